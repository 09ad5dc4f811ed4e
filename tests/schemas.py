#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""schemas.py FOLDER TEND FIRST - holds share/schema; speaks TAP from number FIRST on
and ends with the plan.

FOLDER has what tests/test_schema.sh made tend write. Examples and written files are valid; a file
of which a part is dropped is not. Broken systems, scenarios, agents and cases are refused by the
schema and by `tend check`, which names the key. docs/formats.md tells every key.
"""
import copy
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import jsonschema

SCHEMAS = Path("share/schema")
wrong = []


def schema(name):
    made = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def hold(validator, value, where):
    for error in list(validator.iter_errors(value))[:3]:
        wrong.append(f"{where}: {error.json_path}: {error.message[:200]}")


def valid(name, *files):
    validator = schema(name)
    if not files:
        wrong.append(f"no files for {name}")
    for file in files:
        hold(validator, json.loads(Path(file).read_text()), file)


def lines(name, file):
    rows = Path(file).read_text().splitlines()
    if not rows:
        wrong.append(f"{file}: no lines")
    if name == "trace":
        hold(schema("trace-header"), json.loads(rows.pop(0)), f"{file}:1")
        name = "trace-tick"
    validator = schema(name)
    for number, row in enumerate(rows, 1):
        hold(validator, json.loads(row), f"{file}: row {number}")


def refused(name, file):
    validator = schema(name)
    whole = json.loads(Path(file).read_text())
    for key in validator.schema["required"]:
        part = {k: v for k, v in whole.items() if k != key}
        if validator.is_valid(part):
            wrong.append(f"{name}: {file} without {key} is taken")
    if name != "case" and validator.is_valid(whole | {"surplus": 1}):
        wrong.append(f"{name}: {file} with a surplus key is taken")


# ---- mutants ----------------------------------------------------------------------------------

SYSTEMS = ["default", "shop", "pods"]
FULL_SUITE = {
    "name": "full", "help": "each key once", "steps": 60,
    "entries": [{"system": "default", "preset": "calm", "family": "two", "episodes": 2, "seed0": 7},
                {"system": {"generate": {"seed": 3, "count": 2, "services": "3..5", "step_s": 2}}}]}
FULL_SCENARIO = {
    "name": "full", "help": "each key once",
    "faults": [{"type": "slow_db", "service": "db", "start": 80, "duration": 40, "severity": 0.7},
               {"type": "network_delay", "edge": "api>db", "start": 150}],
    "deploys": [{"service": "api", "tick": 30}]}
FULL_AGENT = {
    "name": "full", "help": "each part once",
    "detector": {"plugin": "robust_z", "threshold": 0.5}, "diagnoser": {"plugin": "impact"},
    "policy": {"plugin": "ucb", "alpha": 0.1, "raw": 0}, "alarm": {"need": 2, "of": 3},
    "guard": {"cooldown": 8, "confidence": 0.5, "dry_run": 1, "allow": ["restart"],
              "freeze": [[0, 60]]},
    "judge": {"horizon": 30}}
FULL_CASE = {
    "case": "one", "dataset": "set", "step_s": 60, "normal": "normal.csv",
    "abnormal": "abnormal.csv", "graph": "graph.csv", "onset_row": 1, "onset_time": 1.5,
    "target": {"service": "web", "metric": "latency"}}
REQUIRED = {
    "system": r"(name|services|entry|slo|sim)|slo\.\w+|sim\.base_rps|services\[\d+\]\.(name|sim)|"
              r"services\[\d+\]\.sim\.service_ms|edges\[\d+\]\.(caller|callee|sim)|"
              r"metrics\[\d+\]\.name",
    "suite": r"name|entries|entries\[\d+\]\.system",
    "scenario": r"name|deploys\[\d+\]\.service",
    "agent": r"name",
    "case": r"case|abnormal"}
RANGES = {  # values that each key refuses
    "step_s": [0, -1, 1e9], "p95_ms": [0, -5], "error_share": [-0.1, 1.5], "replicas": [0, 1.5, 5000],
    "least_replicas": [0, -1], "most_replicas": [0, 2000], "cores": [0, 100], "service_ms": [0, 1e6],
    "cv2": [-1, 21], "workers": [0, 1e6], "queue": [0], "memory": [-0.1, 0.9], "memory_load": [0.7],
    "restart_s": [-1, 4000], "scale_s": [-1], "hit_rate": [1, -0.5], "working_set": [0],
    "calls": [0, 101], "timeout_ms": [0], "retries": [-1, 11], "network_ms": [-0.5],
    "fallback_errors": [1.1], "provision_s": [-1, 4000], "switch_s": [0, 4000], "fallback_ms": [-1], "base_rps": [0, 1e7], "wave": [1],
    "wave_period_s": [0.5], "user_retries": [6], "late": [0.6], "noise": [-1, 11],
    "start": [-1, 80.5, 2e6], "duration": [0, 1.5], "severity": [0, 1.2], "tick": [-1, 0.5],
    "threshold": [-1], "alpha": [-1], "raw": [2, 0.5], "need": [0, 1.5], "of": [0],
    "cooldown": [-1, 2.5], "confidence": [1.5], "dry_run": [7], "horizon": [0, 0.5],
    "onset_row": [-1, 0.5], "steps": [19, 20.5], "episodes": [0, 1.5], "seed0": [-1, 0.5],
    "seed": [-1, 0.5], "count": [0, 1.5, 20000]}
NAMES = {  # texts that each key refuses
    "kind": ["databse", "Restart"], "type": ["slow_bd", "none"], "plugin": ["ubc"],
    "preset": ["clam"], "family": ["sinlge"], "services": ["3..", "a", "3..40x"],
    "name": ["", "a\u0007b", "a\u202eb"], "edge": ["api-db"]}


def walk(value, path=""):
    """(path, container, key) of every value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        here = f"{path}[{key}]" if isinstance(value, list) else f"{path}.{key}".lstrip(".")
        yield here, value, key
        if isinstance(inner, (dict, list)):
            yield from walk(inner, here)


def other_type(value):
    """Values of types that no reader takes for this one."""
    if isinstance(value, bool) or value is None:
        return ["x"]
    return {str: [7, True], int: ["7", True], float: ["7", []], list: ["x", {}],
            dict: ["x", []]}[type(value)]


def changes(kind, base):
    """(what, path, field, changed copy) of everything that can be done to a file."""
    for path, _, key in list(walk(base)):
        if isinstance(key, int) or key == "onset_time":  # which nobody reads
            continue
        if re.fullmatch(REQUIRED[kind], path):
            yield "without", path, key, edit(base, path, None)
        if kind != "case":  # which may hold keys of one's own
            yield "unknown key beside", path, f"{key}x", edit(base, path, (f"{key}x", 1))
        for bad in other_type(at(base, path)):
            yield f"{bad!r} for", path, key, edit(base, path, bad)
        for bad in RANGES.get(key, []):
            if isinstance(at(base, path), (int, float)):
                yield f"{bad!r} for", path, key, edit(base, path, bad)
        for bad in NAMES.get(key, []):
            yield f"{bad!r} for", path, key, edit(base, path, bad)


def steps(path):
    return [int(word[1:-1]) if word[0] == "[" else word
            for word in re.findall(r"\[\d+\]|[^.\[\]]+", path)]


def at(value, path):
    for step in steps(path):
        value = value[step]
    return value


def edit(base, path, to):
    """A copy with the value at path dropped (None), joined by another (a pair) or replaced."""
    made = copy.deepcopy(base)
    *up, key = steps(path)
    inner = made
    for step in up:
        inner = inner[step]
    if to is None:
        del inner[key]
    elif isinstance(to, tuple):
        inner[to[0]] = to[1]
    else:
        inner[key] = to
    return made


def mutants(folder):
    folder = Path(folder)
    draw = random.Random(6)
    bases = [("system", json.loads(Path(f"examples/systems/{name}.json").read_text()), 40)
             for name in SYSTEMS]
    bases += [("suite", FULL_SUITE, 40), ("scenario", FULL_SCENARIO, 40), ("agent", FULL_AGENT, 60), ("case", FULL_CASE, 30)]
    rows = []
    (folder / "normal.csv").write_text("time,web|latency\n1,10\n2,11\n3,10\n")
    (folder / "abnormal.csv").write_text("time,web|latency\n4,10\n5,99\n6,98\n")
    (folder / "graph.csv").write_text("caller,callee\nweb,db\n")
    for number, (kind, base, count) in enumerate(bases):
        file = folder / f"{kind}{number}.json"  # the base itself must be fine
        file.write_text(json.dumps(base, indent=1))
        rows.append((kind, file, "", "nothing"))
        every = list(changes(kind, base))
        for i, (what, path, field, made) in enumerate(draw.sample(every, min(count, len(every)))):
            file = folder / f"{kind}{number}-{i}.json"
            file.write_text(json.dumps(made, indent=1))
            rows.append((kind, file, field, f"{what} {path}"))
    (folder / "list").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def mutants_refused(folder, tend):
    validators = {}
    refusals = 0
    for row in Path(folder, "list").read_text().splitlines():
        kind, file, field, what = row.split("\t")
        validator = validators.setdefault(kind, schema(kind))
        by_schema = not validator.is_valid(json.loads(Path(file).read_text()))
        said = subprocess.run([tend, "check", "--quiet", file], capture_output=True, text=True)
        told = said.stderr
        if not field:
            if by_schema or said.returncode != 0:
                wrong.append(f"{file}: the base is refused: {told}")
            continue
        refusals += 1
        if not by_schema:
            wrong.append(f"{file}: {what}: the schema takes it")
        if said.returncode != 3:
            wrong.append(f"{file}: {what}: tend check says {said.returncode}: {told}")
        elif not re.search(rf"\b{field}\b", told):
            wrong.append(f"{file}: {what}: tend check does not name {field}: {told}")
    if refusals < 200:
        wrong.append(f"{refusals} mutants, expected 200")


# ---- the page ---------------------------------------------------------------------------------


def keys(value):
    """Names of members, and the words that a member may be."""
    if isinstance(value, dict):
        asked = value.get("$comment", "")
        # what plug-ins take is told by tend params, faults in simulator.md, rules by tend episode
        if asked.split(" ")[0] in ("plug-ins", "parameters") or asked in ("faults", "words GUARD"):
            return
        yield from value.get("properties", {})
        yield from (word for word in value.get("enum", []) if isinstance(word, str))
        for inner in value.values():
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def told(page, summary):
    text = Path(page).read_text()
    known = set(re.findall(r"`\"?([\w>=<]+)\"?`", text)) | set(re.findall(r'"(\w+)":', text))
    for file in sorted(SCHEMAS.glob("*.json")):
        for key in sorted(set(keys(json.loads(file.read_text()))) - known):
            wrong.append(f"{file}: {key} is not told in {page}")
    for figure in json.loads(Path(summary).read_text())["figures"]:
        if figure not in known:
            wrong.append(f"figure {figure} is not told in {page}")


def ranges_told(page, params):
    """Rows `| key | default | least..most |`, or without the default where it is drawn."""
    text = Path(page).read_text()
    parts = {"sim": text[text.index("`sim` of the system"):text.index("`sim` of a service")],
             "sim.service": text[text.index("`sim` of a service"):text.index("`sim` of an edge")],
             "sim.edge": text[text.index("`sim` of an edge"):text.index("*Sizing.*")],
             "scenario.fault": text[text.index("An item of `faults`"):text.index("A type needs")]}
    held = 0
    for row in json.loads(Path(params).read_text()):
        if row["section"] not in parts or "least" not in row:
            continue
        name, initial = row["name"], row["default"]
        found = re.search(rf"^\| `{name}` \| ([^|]*) \| ([^|. ]*(?:\.\d+)?)\.\.([^| ]*) \|",
                          parts[row["section"]], re.M)
        held += 1
        if not found or float(found[2]) != row["least"] or float(found[3]) != row["most"] or \
                not isinstance(initial, str) and found[1] != ("required" if initial is None
                                                              else f"{initial:g}"):
            wrong.append(f"{row['section']}: {name} is {initial}, {row['least']}..{row['most']}; "
                         f"{page} tells {found and found[0]}")
    if held < 25:
        wrong.append(f"{held} ranges, expected more")


FOLDER, TEND, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
failed = False


def holds(name, call, *words):
    global number, failed
    wrong.clear()
    call(*words)
    print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
    for line in wrong[:20]:
        print(f"# {line}")
    failed |= bool(wrong)
    number += 1


for kind in "system", "scenario", "suite", "agent":
    holds(f"every {kind} of the examples is valid", valid, kind,
          *sorted(Path(f"examples/{kind}s").glob("*.json")))
holds("so are drawn ones", valid, "system", *sorted(FOLDER.glob("systems/*.json")))
for file in sorted(FOLDER.glob("trace*.jsonl")):
    holds(f"the trace {file.stem} is valid, line by line", lines, "trace", file)
for name in ("trace-header", "trace-tick", "report", "summary", "policy", "replay", "ranking",
             "bench", "compare", "sweep", "learn", "generate", "suite-summary", "params", "case"):
    files = sorted(FOLDER.glob(f"{name}*.json"))
    holds(f"{name}: {len(files)} written by tend", valid, name, *files)
    if name not in ("compare", "params"):  # lists
        holds(f"{name}: part by part it is refused", refused, name, files[0])
holds("every key, word and figure is told in docs/formats.md", told, "docs/formats.md",
      FOLDER / "summary_noop.json")
holds("with the defaults and ranges that tend has", ranges_told, "docs/formats.md",
      FOLDER / "params.json")
(FOLDER / "mutants").mkdir()
mutants(FOLDER / "mutants")
holds("broken files are refused by the schema and by check, which names the key", mutants_refused,
      FOLDER / "mutants", TEND)
print(f"1..{number - 1}")
sys.exit(failed)
