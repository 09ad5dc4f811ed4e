#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema.py TEND [--check] - brings words and numbers of share/schema up to date.

Written by hand is what a file is like; what the tables of the source say is filled in where a
"$comment" asks for it:
  words TABLE            the names of a table of include/tend/words.h
  words ACTION at A B    of actions, those done to these targets; `but NAME`: without one
  faults                 the names of the faults
  numbers SECTION        properties with range, default and help out of `tend params SECTION`
  plug-ins PART          the plug-ins of a part and their parameters
  parameters PART        the parameters of a part that has no plug-ins
With --check nothing is written; it prints what is not up to date and exits 1.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

TEND, CHECK = sys.argv[1], "--check" in sys.argv
PARAMS = json.loads(subprocess.run([TEND, "params", "--json", "-"], check=True,
                                   capture_output=True).stdout)
WORDS = Path("include/tend/words.h").read_text()
FAULTS = re.findall(r"X\(FAULT_\w+, (\w+),", Path("src/env/scenario.h").read_text())


def layout(value, indent=0, lead=0):
    """JSON in lines of at most 100, what fits on one line on one line; `lead` stand before it."""
    flat = json.dumps(value)
    if indent + lead + len(flat) < 100 or not isinstance(value, (dict, list)) or not value:
        return flat
    pad, end = " " * (indent + 2), " " * indent
    if isinstance(value, dict):
        lines = [f"{pad}{json.dumps(k)}: {layout(v, indent + 2, len(k) + 4)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + end + "}"
    if any(isinstance(v, (dict, list)) for v in value):
        return "[\n" + ",\n".join(pad + layout(v, indent + 2) for v in value) + "\n" + end + "]"
    lines = [""]
    for i, v in enumerate(value):
        word = json.dumps(v) + ("," if i < len(value) - 1 else "")
        if lines[-1] and indent + 3 + len(lines[-1]) + len(word) > 100:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return "[\n" + "\n".join(pad + line for line in lines) + "\n" + end + "]"


def words(table):
    """[(name, what follows it)] of a table of words.h."""
    part = WORDS[WORDS.index(f"#define TEND_{table}_TABLE"):]
    return re.findall(r'X\(\w+, "(\w+)"(?:, (\w+))?', part[:part.index("\n\n")])


def word_list(asked):
    table, *rest = asked.split()
    targets = rest[rest.index("at") + 1:] if "at" in rest else None
    without = rest[rest.index("but") + 1] if "but" in rest else None
    return [name for name, target in words(table)
            if name != without and (targets is None or target in targets)]


def property_of(row):
    least, most = row.get("least"), row.get("most")
    if row["kind"] == "flag":
        made = {"enum": [0, 1]}
    elif row["kind"] == "list":
        made = {"$ref": f"#/$defs/{row['name']}"}
    else:
        kind = "number" if row["kind"] == "number" else "integer"
        made = {"type": kind, "minimum": least, "maximum": most}
    if row["default"] is not None and row["kind"] != "list":
        made["default"] = row["default"]
    seconds = "seconds; " if row["kind"] == "seconds" else ""
    return made | {"description": seconds + row["help"]}


def properties_of(section):
    return {r["name"]: property_of(r) for r in PARAMS if r["section"] == section}


def plug_ins(part):
    """Each plug-in has parameters of its own; the first is what a part without one has."""
    branches, known = [], plug_in_names(part)
    for i, name in enumerate(known):
        own = properties_of(f"{part}.{name}")
        one = {"properties": {"plugin": {"const": name}}}
        branches.append({"if": one if i == 0 else one | {"required": ["plugin"]},
                         "then": {"properties": {"plugin": True} | own,
                                  "additionalProperties": False}})
    return {"type": "object", "properties": {"plugin": {"enum": known, "default": known[0]}},
            "allOf": branches}


def plug_in_names(part):
    """In tend's order, also of those that have no parameters."""
    text = subprocess.run([TEND, "params", part], check=True, capture_output=True, text=True).stdout
    return re.findall(rf"^{part}\.(\w+)", text, re.M)


def fill(value):
    if isinstance(value, list):
        return [fill(v) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: fill(v) for k, v in value.items()}
    kind, _, asked = made.get("$comment", "").partition(" ")
    if kind == "words":
        made["enum"] = word_list(asked) + ([None] if None in made.get("enum", []) else [])
    elif kind == "faults":
        made["enum"] = [f for f in FAULTS if f != "none"]
    elif kind == "numbers":
        kept = {k: v for k, v in made["properties"].items() if v.get("type") != "number"}
        numbers = {r["name"]: property_of(r) for r in PARAMS
                   if r["section"] == asked and r["kind"] == "number"}
        made["properties"] = numbers | kept
    elif kind == "plug-ins":
        made |= plug_ins(asked)
    elif kind == "parameters":
        made |= {"type": "object", "properties": properties_of(asked), "additionalProperties": False}
    return made


stale = []
for path in sorted(Path("share/schema").glob("*.json")):
    before = path.read_text()
    after = layout(fill(json.loads(before))) + "\n"
    if before != after:
        stale.append(path)
        if not CHECK:
            path.write_text(after)
for path in stale:
    print(f"{path}: " + ("not what `make schema` makes of it" if CHECK else "written"))
sys.exit(1 if CHECK and stale else 0)
