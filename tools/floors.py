#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""floors.py BUILD - holds the architecture: who includes whom, what is called, how long it is.

Checks the sources and the objects under BUILD; prints file:line: what, and exits 1 on a finding.
  - includes go down only; folders on one floor never see each other, nor do the stages of the
    agent (detect, diagnose, decide) and the plug-ins
  - base, core, env, agent, cases and loop call no libm transcendental, no gsl_ran_*, no file, clock,
    environment, exit or print function; the rest of the library does not exit
  - no mutable globals in the library; in the runners only the interrupt flag
  - every source and script begins with the licence line
  - files <= 500 lines, functions <= 70 lines, <= 6 parameters, lines <= 100 columns
"""
import re
import subprocess
import sys
from pathlib import Path

FLOOR = {"base": 0, "core": 1, "env": 2, "agent": 2, "cases": 3, "loop": 3, "edge": 4, "report": 5,
         "drive": 6, "runners": 7}
LOW = FLOOR["loop"]  # up to here everything is deterministic and touches nothing outside
STAGES = {"detect", "diagnose", "decide"}  # rooms of the agent: what one tells the next is in the frame
FILE_LINES, FUNCTION_LINES, PARAMETERS, COLUMNS = 500, 70, 6, 100
PLUGIN = re.compile(r"^(detect|diagnose|policy)_\w+\.[ch]$")

LIBM = """exp exp2 exp10 expm1 log log2 log10 log1p sin cos tan sincos asin acos atan atan2 sinh cosh
tanh asinh acosh atanh pow erf erfc lgamma tgamma cbrt hypot""".split()
OUTSIDE = """fopen fopen64 fdopen freopen open open64 openat creat read write pread pwrite close fread
fwrite fclose fgets fgetc getc fputs fputc putc rename unlink remove mkdir opendir readdir stat
stat64 fstat lstat mmap mkstemp popen system fork execv execve execvp socket connect getenv
secure_getenv setenv time clock clock_gettime gettimeofday localtime gmtime nanosleep usleep sleep
printf vprintf fprintf vfprintf puts putchar perror stdout stderr stdin rand srand random
srandom drand48 getrandom pthread_create""".split()
ENDS = "exit _exit _Exit quick_exit abort signal sigaction atexit".split()
BANNED_LOW = {n + s for n in LIBM for s in ("", "f", "l")} | set(OUTSIDE) | set(ENDS)
BANNED_LIBRARY = set(ENDS) | {"printf", "vprintf", "puts", "putchar", "perror", "system"}
GSL_LOW = re.compile(r"^gsl_(ran|cdf|sf|rng_(env|default))")
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
RUNNER_GLOBALS = {"interrupted"}  # set by the signal handler of a long run

findings = []


def found(where, what):
    findings.append(f"{where}: {what}")


def includes(path, lines):
    folder = path.parts[1] if len(path.parts) > 2 else "main"
    stage = path.parts[2] if len(path.parts) > 3 and folder == "agent" else None
    floor = FLOOR.get(folder, 8)
    for number, line in enumerate(lines, 1):
        got = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if not got:
            continue
        quote, target = got.groups()
        where = f"{path}:{number}"
        top = target.split("/")[0]
        if top == "tend":
            continue
        if quote == "<":
            continue
        if "/" not in target or top not in FLOOR:
            found(where, f'include "{target}", expected "folder/file.h" of src')
            continue
        if FLOOR[top] > floor:
            found(where, f"{folder} (floor {floor}) includes {target} (floor {FLOOR[top]})")
        elif FLOOR[top] == floor and top != folder:
            found(where, f"{folder} and {top} share a floor and must not see each other")
        other = target.split("/")[1]
        if stage and top == "agent" and other in STAGES and other != stage:
            found(where, f"stage {stage} looks into stage {other}")
        if PLUGIN.match(path.name) and PLUGIN.match(Path(target).name):
            if Path(target).stem != path.stem:
                found(where, f"plug-in includes plug-in {target}")


def strip_noise(text):
    """Comments, strings and characters blanked, line structure kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def parameter_count(signature):
    close = signature.rfind(")")
    depth, commas = 0, 0
    for at in range(close, -1, -1):
        c = signature[at]
        depth += (c == ")") - (c == "(")
        if depth == 1 and c == ",":
            commas += 1
        if depth == 0:
            inside = signature[at + 1 : close].strip()
            return 0 if inside in ("", "void") else commas + 1
    return 0


def functions(path, text):
    """Linux braces: a body starts with `{` alone in column 0 and ends with `}` in column 0."""
    lines = strip_noise(text).split("\n")
    lengths = []
    start = None
    for i, line in enumerate(lines):
        if line.rstrip() == "{" and start is None:
            start = i
            while start > 0 and lines[start - 1].strip() and not re.match(
                r"^(#|})|.*;\s*$", lines[start - 1]
            ):
                start -= 1
            signature = " ".join(lines[start:i])
            count = parameter_count(signature)
            name = re.search(r"(\w+)\s*\(", signature)
            name = name.group(1) if name else "?"
            if count > PARAMETERS:
                found(f"{path}:{start + 1}", f"{name} has {count} parameters, at most {PARAMETERS}")
        elif line.startswith("}") and start is not None:
            length = i - start + 1
            lengths.append(length)
            if length > FUNCTION_LINES:
                found(f"{path}:{start + 1}", f"{name} has {length} lines, at most {FUNCTION_LINES}")
            start = None
    return lengths


def licence(path, lines):
    """First line of a source, second of a script."""
    mark = "// " if path.suffix in (".c", ".h") else "# "
    at = 1 if lines and lines[0].startswith("#!") else 0
    if lines[at : at + 1] != [mark + LICENCE]:
        found(f"{path}:{at + 1}", f'expected "{mark}{LICENCE}"')


def shape(path, text, lines):
    if len(lines) > FILE_LINES:
        found(path, f"{len(lines)} lines, at most {FILE_LINES}")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            found(f"{path}:{number}", f"{len(line)} columns, at most {COLUMNS}")
        if line != line.rstrip() or "\t" in line:
            found(f"{path}:{number}", "trailing blank or tab")
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            found(f"{path}:{number}", "an open end is left in the source")
    return functions(path, text)


def symbols(build, path, folder):
    """What the object calls and which writable data it defines."""
    obj = build / path.with_suffix(".o")
    if not obj.exists():
        found(path, f"no object {obj}: build first")
        return
    low = FLOOR.get(folder, 8) <= LOW
    nm = subprocess.run(["nm", "-u", obj], capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"\bU (\S+)", nm):
        name = name.split("@")[0]
        plain = re.sub(r"^__isoc99_|^__(\w+)_(?:chk|2)$", r"\1", name)
        if low and (plain in BANNED_LOW or GSL_LOW.match(plain)):
            found(path, f"{folder} calls {name}")
        elif FLOOR.get(folder, 8) <= FLOOR["report"] and plain in BANNED_LIBRARY:
            found(path, f"the library calls {name}")
    dump = subprocess.run(["objdump", "-t", obj], capture_output=True, text=True, check=True).stdout
    for line in dump.splitlines():
        got = re.match(r"^[0-9a-f]+ .{7} (\.data|\.bss|\.tdata|\.tbss|\*COM\*)(\.\S+)?\t[0-9a-f]+ (\S.*)$",
                       line)
        if not got or got.group(2, 3) == (None, ".data") or (got.group(2) or "").startswith(".rel"):
            continue
        name = got.group(3).split()[-1]
        if name.startswith(".") or name.startswith("__"):
            continue
        if FLOOR.get(folder, 8) >= FLOOR["runners"] and re.sub(r"\.\d+$", "", name) in RUNNER_GLOBALS:
            continue
        found(path, f"mutable global {name}")


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else "build")
    source = sorted(p for d in ("src", "include") for p in Path(d).rglob("*.[ch]"))
    tests = sorted(Path("tests").rglob("*.[ch]"))
    lengths, count = [], 0
    scripts = sorted(p for d in ("tools", "tests") for p in Path(d).rglob("*.*")
                     if p.suffix in (".sh", ".py"))
    for path in [Path("Makefile")] + scripts:
        licence(path, path.read_text().split("\n"))
    for path in source + tests:
        text = path.read_text()
        lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
        if not text.endswith("\n"):
            found(path, "no newline at the end")
        licence(path, lines)
        got = shape(path, text, lines)
        if path.parts[0] == "src":
            includes(path, lines)
            lengths += got
            count += len(lines)
            if path.suffix == ".c":
                symbols(build, path, path.parts[1] if len(path.parts) > 2 else "main")
    for line in findings:
        print(line)
    print(f"floors: {len(source)} files, {count} lines of src, {len(lengths)} functions "
          f"(lines: median {percentile(lengths, .5)}, p90 {percentile(lengths, .9)}, "
          f"longest {max(lengths, default=0)}), {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
