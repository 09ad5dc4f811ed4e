#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mutants.py - draws mutants of src, runs the tests that reach them, prints those that live.

A mutant that lives is a line a user could notice and no test holds. Each worker has its own copy
of the tree in a temporary folder. The library is linked as one shared object: a mutant costs one
compilation, one link and the tests that execute its line (gcov says which, once per state of the
tree). Tests run cheapest first, or those that killed before, up to the first failure; running far
beyond the usual time is a failure. A mutant that does not compile, or whose object code is the original's, is not counted.

Compiled objects and coverage are kept under BUILD/mutants, by content.
"""
import argparse
import fnmatch
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True  # nothing is left beside the sources
import mutations
from mutants_build import House, Tests, Tree, in_parallel, read, say

KEEP_OUT = {".git", "build", "results", "__pycache__"}
CPU_FACTOR = 3.0     # a test may take this much more CPU time than usual (loops that never end)
WALL_FACTOR = 6.0    # and this much more time; the machine may be busy
SPARE = 3.0          # s on top of both
Z = 1.959964         # 95 % of a normal distribution


def wilson(killed, n):
    """The 95 % interval of a share (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = killed / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


class Mutant:
    def __init__(self, path, source, mutation):
        self.path, self.mutation, self.kind = path, mutation, mutation[0]
        self.line = mutations.line_of(source, mutation[1])
        self.last = mutations.line_of(source, mutation[2])
        self.before, self.after = mutations.change(source, mutation)
        self.state, self.by, self.tests, self.seconds = None, None, 0, 0.0

    def as_json(self):
        keys = ("path", "line", "kind", "before", "after", "state", "by", "tests", "seconds")
        return {k: getattr(self, k) for k in keys}


class History:
    """Which test killed which mutant before: it is tried first, on the same mutant and, the more
    it killed of a file, on others of that file."""

    def __init__(self, tree):
        tree.used.add("history")
        self.path = os.path.join(tree.cache, "history.json")
        self.by, self.kills = {}, {}
        for row in json.loads(read(self.path)) if os.path.exists(self.path) else []:
            self.add(*row)

    def add(self, path, before, after, test):
        self.by[path, before, after] = test
        self.kills[path, test] = self.kills.get((path, test), 0) + 1

    def order(self, mutant, names, facts):
        known = self.by.get((mutant.path, mutant.before, mutant.after))
        return sorted(names, key=lambda n: (n != known, facts[n]["wall"] /
                                            (1 + self.kills.get((mutant.path, n), 0)), n))

    def keep(self, mutants):
        for m in mutants:
            if m.state == "killed" and (m.path, m.before, m.after) not in self.by:
                self.add(m.path, m.before, m.after, m.by)
        with open(self.path, "w", encoding="utf-8") as f:
            json.dump([[*mutant, test] for mutant, test in self.by.items()], f)


def try_mutant(tree, tests, history, house, mutant):
    """Sets the mutant's state: invalid, equivalent, killed, lived or unreached."""
    start, path = time.monotonic(), mutant.path
    place = os.path.join(house.root, path)
    made = os.path.join(house.root, "build", "mutant.o")
    with open(place, "w", encoding="utf-8") as f:
        f.write(mutations.apply(tree.text[path], mutant.mutation))
    compiled = subprocess.run([*house.flags, "-c", "-o", made, path], cwd=house.root,
                              stderr=subprocess.DEVNULL).returncode == 0
    with open(place, "w", encoding="utf-8") as f:
        f.write(tree.text[path])
    if not compiled:
        mutant.state = "invalid"
    else:
        with open(made, "rb") as a, open(house.objects[path], "rb") as b:
            mutant.state = "equivalent" if a.read() == b.read() else None
    if mutant.state is None:
        names = history.order(mutant, tests.reaching(path, mutant.line, mutant.last), tests.facts)
        mutant.state = "lived" if names else "unreached"
        objects = dict(house.objects, **{path: made})
        try:
            if path != "src/main.c" and names:
                house.link_library(objects)
            if path == "src/main.c":
                house.link_tend(objects)
            for name in names:
                if name in tree.links:
                    house.link_test(name, objects)
                mutant.tests += 1
                fact = tests.facts[name]
                passed, _, _ = house.run(name, CPU_FACTOR * fact["cpu"] + SPARE,
                                         WALL_FACTOR * fact["wall"] + SPARE)
                if not passed:
                    mutant.state, mutant.by = "killed", name
                    break
        except subprocess.CalledProcessError:
            mutant.state = "invalid"  # does not link
        if path == "src/main.c":
            house.link_tend(house.objects)
    mutant.seconds = round(time.monotonic() - start, 3)


def listed_equivalents(path):
    """{(path, before, after): reason} of tests/mutants/equivalent.txt; its head says the form."""
    found, entry = {}, {}
    for line in (read(path) if os.path.exists(path) else "").splitlines() + [""]:
        match = re.match(r"(file:|-|\+|why:)\s*(.*)", line)
        if match:
            entry[match.group(1)] = " ".join(match.group(2).split())
        elif not line.strip() and entry:
            if not all(entry.get(k) for k in ("file:", "-", "+", "why:")):
                sys.exit(f"{path}: an entry needs file:, -, + and why: ({entry})")
            found[entry["file:"], entry["-"], entry["+"]] = entry["why:"]
            entry = {}
    return found


def draw(tree, options):
    """Every mutant of the chosen files in the order of the draw: a kind by weight, then a place."""
    wanted = options.files.split()

    def chosen(path):
        return not wanted or any(path == w or path.startswith(w.rstrip("/") + "/") or
                                 fnmatch.fnmatch(path, w) for w in wanted)

    by_kind = {kind: [] for kind in mutations.KINDS}
    for path in filter(chosen, tree.sources):
        for mutation in mutations.sites(tree.text[path]):
            if not options.kind or mutation[0] in options.kind.split(","):
                by_kind[mutation[0]].append(Mutant(path, tree.text[path], mutation))
    rng, order = random.Random(options.seed), []
    for kind in by_kind:
        rng.shuffle(by_kind[kind])
    while any(by_kind.values()):
        kinds = [k for k in by_kind if by_kind[k]]
        kind = rng.choices(kinds, [mutations.KINDS[k] for k in kinds])[0]
        order.append(by_kind[kind].pop())
    if not order:
        sys.exit(f"nothing to mutate in '{options.files}'")
    return order


def run(tree, tests, houses, options):
    """The first n mutants that count, in the order drawn, whichever worker is done first."""
    order, listed = draw(tree, options), listed_equivalents(options.equivalent)
    history = History(tree)
    n, lock, next_up, start = options.n or len(order), threading.Lock(), [0], time.monotonic()

    def counted(upto=None):
        return [m for m in order[:upto] if m.state in ("killed", "lived", "unreached")]

    def work(worker, _):
        while True:
            with lock:
                if next_up[0] >= len(order) or len(counted(next_up[0])) >= n:
                    return
                mutant = order[next_up[0]]
                next_up[0] += 1
            if (mutant.path, mutant.before, mutant.after) in listed:
                mutant.state = "listed"
            else:
                try_mutant(tree, tests, history, houses[worker], mutant)
            done = len(counted(next_up[0]))
            spent = time.monotonic() - start
            left = spent / max(done, 1) * max(n - done, 0)
            say(f"{done} of {n}, {spent / max(done, 1):.1f} s each, {left:.0f} s left", end="")

    in_parallel(len(houses), work, range(len(houses)))
    history.keep(order)
    result, count = [], 0
    for mutant in order:
        if mutant.state is None or count == n:
            break
        count += mutant.state in ("killed", "lived", "unreached")
        result.append(mutant)
    return result, time.monotonic() - start


def report(result, seconds, options):
    lived = [m for m in result if m.state in ("lived", "unreached")]
    for m in sorted(lived, key=lambda m: (m.path, m.line)):
        note = "no test reaches it" if m.state == "unreached" else f"{m.tests} tests pass"
        print(f"{m.path}:{m.line}: {m.kind}, {note}\n  - {m.before}\n  + {m.after}")
    rows = {}
    for m in result:
        if m.state in ("killed", "lived", "unreached"):
            for place in (os.path.dirname(m.path), "all"):
                row = rows.setdefault(place, [0, 0])
                row[0] += m.state == "killed"
                row[1] += 1
    print(f"\n{'folder':<28} {'drawn':>5} {'killed':>6} {'lived':>5} {'%':>6}  95 % interval")
    for place in sorted(rows, key=lambda p: (p == "all", p)):
        killed, n = rows[place]
        low, high = wilson(killed, n)
        print(f"{place:<28} {n:>5} {killed:>6} {n - killed:>5} {100 * killed / n:>6.1f}  "
              f"{100 * low:.1f} - {100 * high:.1f}")
    states = {s: sum(m.state == s for m in result) for s in ("equivalent", "listed", "invalid")}
    print(f"not counted: {states['invalid']} do not compile, {states['equivalent']} give the same "
          f"object code, {states['listed']} listed in {options.equivalent}")
    print(f"seed {options.seed}, goldens {'on' if options.golden else 'off'}, {seconds:.0f} s")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump({"seed": options.seed, "golden": options.golden, "seconds": round(seconds, 1),
                       "folders": rows, **states, "mutants": [m.as_json() for m in result]}, f,
                      indent=1)
    killed, n = rows.get("all", [0, 0])
    return 4 if options.at_least and 100 * killed < options.at_least * n else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cc", required=True, help="compiler and flags (make gives them)")
    parser.add_argument("--libs", required=True, help="libraries (make gives them)")
    parser.add_argument("--build", default="build", help="folder for what is kept between runs")
    parser.add_argument("--seed", type=int, default=1, help="which mutants (1)")
    parser.add_argument("--n", type=int, default=100, help="how many that count; 0: all (100)")
    parser.add_argument("--files", default="", help="files, folders or patterns; none: all of src")
    parser.add_argument("--kind", default="", help="only these: " + ",".join(mutations.KINDS))
    parser.add_argument("--golden", type=int, default=1, help="0 leaves the goldens out")
    parser.add_argument("--tests", default="", help="only tests of whose name this expression is "
                        "found: quick, and what is killed is a lower bound")
    parser.add_argument("--jobs", type=int, default=2, help="workers, each with its copy (2)")
    parser.add_argument("--json", default="", help="write every mutant and what became of it")
    parser.add_argument("--at-least", type=float, default=0, help="exit 4 below this share, in %%")
    parser.add_argument("--equivalent", default="tests/mutants/equivalent.txt",
                        help="mutants nobody can tell from the original, each with its reason")
    return parser.parse_args()


def main():
    options, home = parse(), os.getcwd()
    options.build = os.path.abspath(options.build)
    options.json = options.json and os.path.abspath(options.json)
    with tempfile.TemporaryDirectory(prefix="tend-mutants-") as scratch:
        # the tree as it is now, whatever is edited meanwhile
        shutil.copytree(".", os.path.join(scratch, "tree"), symlinks=True,
                        ignore=lambda d, names: KEEP_OUT & set(names) if d == "." else set())
        os.chdir(os.path.join(scratch, "tree"))
        tree = Tree(options)
        os.makedirs(tree.cache, exist_ok=True)
        roots = [os.path.join(scratch, str(w)) for w in range(options.jobs)]
        for root in roots:
            shutil.copytree(".", root, symlinks=True)
        say("building")
        objects = tree.objects(tree.flags, options.jobs)
        houses = [House(tree, root, tree.flags, objects) for root in roots]
        made = {}
        lock = threading.Lock()

        def covers():  # built when a test's coverage is not known yet
            with lock:
                if not made:
                    instrumented = tree.objects(tree.cover, 1)
                    for w, root in enumerate(roots):
                        beside = root + "-cover"
                        shutil.copytree(root, beside, symlinks=True,
                                        ignore=lambda d, names: {"build", "tmp"} & set(names)
                                        if d == root else set())
                        made[w] = House(tree, beside, tree.cover, instrumented)
            return made

        tests = Tests(tree, options)
        tests.probe(houses, covers)
        result, seconds = run(tree, tests, houses, options)
        tree.forget()
        os.chdir(home)
    return report(result, seconds, options)


if __name__ == "__main__":
    sys.exit(main())
