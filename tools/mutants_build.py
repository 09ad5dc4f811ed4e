# SPDX-License-Identifier: GPL-3.0-or-later
"""mutants_build.py - the tree as mutants need it, and which test executes which of its lines."""
import glob
import gzip
import hashlib
import json
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

# they build on their own: no mutant gets into what they run
NEVER = {"test_build.sh", "test_docs.sh", "test_install.sh", "test_headers.sh", "test_mutants.sh",
         "test_words.sh"}
SLOWEST = 60.0       # s; a test that takes longer is left out
QUICK = 0.5          # s
MEMORY_KB = 6 << 20  # address space of a test
FILE_BLOCKS = 1 << 20


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def say(text, end="\n"):
    if sys.stderr.isatty() or end == "\n":
        text = f"\r{text:<79}" if sys.stderr.isatty() else text
        print(text, end=end, file=sys.stderr, flush=True)


def in_parallel(jobs, call, items):
    """call(worker, item) for every item on `jobs` threads; an exception ends them all."""
    queue, lock, errors = list(items)[::-1], threading.Lock(), []

    def work(worker):
        while not errors:
            with lock:
                if not queue:
                    return
                item = queue.pop()
            try:
                call(worker, item)
            except BaseException as error:  # pylint: disable=broad-except
                errors.append(error)

    threads = [threading.Thread(target=work, args=(w,)) for w in range(jobs)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]


def said_no(path, position):
    """Whether a TAP file names a failed test past this position, and where its last line ends."""
    with open(path, "rb") as f:
        f.seek(position)
        fresh = f.read()
    whole = fresh[:fresh.rfind(b"\n") + 1]
    failed = any(line.startswith(b"not ok") and b" SKIP" not in line for line in whole.splitlines())
    return failed, position + len(whole)


def limited(command, cwd, env, cpu, wall):
    """(passed, CPU seconds, seconds) of a test under limits, in a process group of its own. It is
    over at its first `not ok`."""
    limits = (f"ulimit -c 0; ulimit -t {math.ceil(cpu)}; ulimit -v {MEMORY_KB}; "
              f"ulimit -f {FILE_BLOCKS}")
    start, log = time.monotonic(), os.path.join(cwd, "tap")
    with open(log, "wb") as out:
        process = subprocess.Popen(["sh", "-c", f'{limits}; exec "$@"', "sh", *command], cwd=cwd,
                                   env=env, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
    nap, position, failed, status, usage = 0.001, 0, False, None, None
    while time.monotonic() - start < wall and not failed:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        failed, position = said_no(log, position)
        time.sleep(nap)
        nap = min(nap * 1.3, 0.02)
    else:
        os.killpg(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status  # reaped above
    try:
        os.killpg(process.pid, signal.SIGKILL)  # what the test left behind
    except ProcessLookupError:
        pass
    failed, _ = said_no(log, position)
    return status == 0 and not failed, usage.ru_utime + usage.ru_stime, time.monotonic() - start


class Tree:
    """The sources, how they are compiled, and a cache of what was compiled."""

    def __init__(self, options):
        self.cache = os.path.abspath(os.path.join(options.build, "mutants"))
        drop = re.compile(r"^(-g\d?|-O.|-W.*|-fvisibility=.*)$")
        words = [w for w in shlex.split(options.cc) if not drop.match(w)]
        self.libs = shlex.split(options.libs)
        self.flags = words + ["-O2", "-g0", "-fvisibility=default", "-fno-semantic-interposition",
                              "-Werror=incompatible-pointer-types", "-Werror=int-conversion",
                              "-Werror=implicit-function-declaration"]
        self.cover = words + ["-O1", "-g0", "-fno-inline", "-fvisibility=default", "--coverage",
                              "-fprofile-update=prefer-atomic"]
        self.sources = sorted(glob.glob("src/**/*.c", recursive=True))
        headers = sorted(glob.glob("src/**/*.h", recursive=True) + glob.glob("include/**/*.h",
                                                                             recursive=True))
        self.headers = self.digest(headers)
        self.text = {path: read(path) for path in self.sources}
        self.all = self.digest(self.sources) + self.headers
        self.links = dict(re.findall(r"tests/(test_\w+): TEST_LINK = (.*)", read("Makefile")))
        self.used = set()

    @staticmethod
    def digest(paths):
        h = hashlib.sha256()
        for path in paths:
            with open(path, "rb") as f:
                data = f.read()
            h.update(f"{path} {len(data)}\n".encode() + data)
        return h.hexdigest()

    def key(self, *parts):
        key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
        self.used.add(key)
        return key

    def compile(self, flags, path, extra=""):
        """The object of a source of this tree, from the cache when it is there."""
        key = self.key("object", self.headers, extra, path, read(path), *flags)
        made = os.path.join(self.cache, key + ".o")
        if not os.path.exists(made):
            subprocess.run([*flags, "-c", "-o", made + ".tmp.o", path], check=True)
            if "--coverage" in flags:  # the notes' name is in the object
                subprocess.run([*flags, "-c", "-o", made, path], check=True)
                os.unlink(made + ".tmp.o")
                os.unlink(made + ".tmp.gcno")
            else:
                os.rename(made + ".tmp.o", made)
        return made

    def objects(self, flags, jobs):
        made = {}
        in_parallel(jobs, lambda _, path: made.update({path: self.compile(flags, path)}),
                    self.sources)
        return made

    def forget(self):
        """Drop what this run did not use."""
        for name in os.listdir(self.cache):
            if name.split(".")[0] not in self.used:
                os.unlink(os.path.join(self.cache, name))


class House:
    """A built tree: the library as one shared object, build/tend, build/tests/*."""

    def __init__(self, tree, root, flags, objects):
        self.tree, self.root, self.flags, self.objects = tree, root, flags, dict(objects)
        self.lib = os.path.join(root, "build", "libmutants.so")
        os.makedirs(os.path.join(root, "build", "tests"), exist_ok=True)
        os.makedirs(os.path.join(root, "tmp"), exist_ok=True)
        self.env = dict(os.environ, TEND=os.path.join(root, "build", "tend"), TMPDIR=root + "/tmp",
                        CMOCKA_MESSAGE_OUTPUT="TAP", LC_ALL="C.UTF-8")
        self.link_library(self.objects)
        self.link_tend(self.objects)

    def link(self, *words):
        subprocess.run([*self.flags, *words, *self.tree.libs], check=True,
                       stderr=subprocess.DEVNULL)

    def link_library(self, objects):
        parts = [o for path, o in objects.items() if path != "src/main.c"]
        self.link("-shared", "-o", self.lib, *parts)

    def link_tend(self, objects):
        self.link("-o", self.env["TEND"], objects["src/main.c"], self.lib,
                  "-Wl,-rpath,$ORIGIN")

    def link_test(self, name, objects):
        """Tests that wrap functions of the library need its objects in the program."""
        made = os.path.join(self.root, "build", "tests", name)
        test = self.tree.compile([f for f in self.flags if f != "--coverage"], f"tests/{name}.c",
                                 extra=self.tree.digest(sorted(glob.glob("tests/*.h"))))
        wrap = shlex.split(self.tree.links.get(name, ""))
        parts = [o for p, o in objects.items() if p != "src/main.c"] if wrap else [self.lib]
        self.link("-o", made, test, *wrap, *parts, "-Wl,-rpath,$ORIGIN/..", "-lcmocka")

    def run(self, name, cpu, wall, **more):
        command = ["sh", f"tests/{name}"] if name.endswith(".sh") else [f"build/tests/{name}"]
        result = limited(command, self.root, dict(self.env, **more), cpu, wall)
        for left in os.listdir(self.env["TMPDIR"]):
            shutil.rmtree(os.path.join(self.env["TMPDIR"], left), ignore_errors=True)
        return result


class Tests:
    """Which tests there are, what each costs, and which lines it executes."""

    def __init__(self, tree, options):
        self.tree, self.golden = tree, options.golden
        names = glob.glob("tests/test_*.c") + glob.glob("tests/test_*.sh")
        self.names = sorted(os.path.basename(n).removesuffix(".c") for n in names)
        self.names = [n for n in self.names if n not in NEVER and re.search(options.tests, n)]
        self.facts = {}

    def key(self, name):
        path = f"tests/{name}" if name.endswith(".sh") else f"tests/{name}.c"
        beside = sorted(glob.glob("tests/*.h") + glob.glob("tests/parity/*") +
                        (glob.glob("tests/golden/*") + glob.glob("tools/*.sh") +
                         glob.glob("examples/**/*.*", recursive=True)
                         if name.endswith(".sh") else []))
        beside = [p for p in beside if os.path.isfile(p)]
        return self.tree.key("test", self.tree.all, self.tree.digest([path, *beside]),
                             str("TEND_DATA" in os.environ), *self.tree.flags)

    def probe(self, houses, covers):
        """Cost and coverage of every test, those known from before from the cache."""
        missing = []
        for name in self.names:
            stored = os.path.join(self.tree.cache, self.key(name) + ".json.gz")
            if os.path.exists(stored):
                with gzip.open(stored, "rt") as f:
                    self.facts[name] = json.load(f)
            else:
                missing.append((name, stored))
        for name in self.names:
            if name not in ("", *self.tree.links) and not name.endswith(".sh"):
                for house in houses:
                    house.link_test(name, house.objects)

        def measure(worker, item):
            name, stored = item
            say(f"coverage: {name}", end="")
            house, cover = houses[worker], covers()[worker]
            if not name.endswith(".sh"):
                if name in self.tree.links:
                    house.link_test(name, house.objects)
                cover.link_test(name, cover.objects)
            passed, cpu, wall = house.run(name, SLOWEST, SLOWEST)
            fact = {"test": name, "passed": passed, "cpu": cpu, "wall": wall, "lines": {}}
            if passed:
                fact["lines"] = self.cover(cover, name)
            self.facts[name] = fact
            with gzip.open(stored, "wt") as f:
                json.dump(fact, f)

        in_parallel(len(houses), measure, missing)
        for name, fact in self.facts.items():
            if not fact["passed"]:
                say(f"left out: {name} fails on the tree as it is, or takes over {SLOWEST:.0f} s")

    def cover(self, house, name):
        """{file: {line: executed?}} of one test."""
        with tempfile.TemporaryDirectory(prefix="tend-gcov-") as out:
            house.run(name, SLOWEST * 4, SLOWEST * 4, GCOV_PREFIX=out, GCOV_PREFIX_STRIP="99")
            for path in glob.glob(os.path.join(self.tree.cache, "*.gcno")):
                os.symlink(path, os.path.join(out, os.path.basename(path)))
            data = sorted(glob.glob(os.path.join(out, "*.gcda")))
            if not data:
                return {}
            said = subprocess.run(["gcov", "--json-format", "--stdout", *data], check=True, cwd=out,
                                  capture_output=True, text=True).stdout
        lines = {}
        for document in said.splitlines():
            for f in json.loads(document)["files"] if document.strip() else []:
                if f["file"].endswith(".c"):
                    known = lines.setdefault(f["file"], {})
                    for line in f["lines"]:
                        at = str(line["line_number"])
                        known[at] = max(known.get(at, 0), int(line["count"] > 0))
        return lines

    def usable(self):
        return {n: f for n, f in self.facts.items()
                if f["passed"] and (self.golden or not n.startswith("test_golden"))}

    def reaching(self, path, first, last):
        """Tests that execute one of these lines, cheapest first. A line without code of its own (a
        row of a table, the rest of a long statement) belongs to whatever executes the file, and to
        every quick test: tables are read from elsewhere."""
        usable, names = self.usable(), []
        code = any(str(n) in f["lines"].get(path, {}) for f in usable.values()
                   for n in range(first, last + 1))
        data = not any(path in f["lines"] for f in usable.values())
        for name, fact in usable.items():
            lines = fact["lines"].get(path, {})
            hit = any(lines.get(str(n), 0) for n in range(first, last + 1)) if code else \
                any(lines.values()) or fact["wall"] < QUICK or (data and fact["lines"])
            if hit:
                names.append(name)
        return sorted(names, key=lambda n: (usable[n]["wall"], n))
