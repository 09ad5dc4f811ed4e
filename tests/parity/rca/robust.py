#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""robust.py - how far each ranking falls on changed incidents (perturb.py), with intervals by case.

    robust.py TEND DATA [--rankers tend,impact] [--kinds none,rows] [--reps 2] [--seed 1] [--json FILE]

DATA holds rca/ and, if there, lab/. Prints AC@1 per set and kind (of the windows without a fault the
share left quiet), and the share right and detected.
"""
import json
import os
import sys

import rankers
from cases import read_set
from perturb import KINDS, ONCE, perturb, touches
from score import figure, judge, show


def sets_of(data):
    """[(cases, truth)] of what is unpacked; the lab's quiet windows are a set of their own."""
    found = []
    for name in ("rca", "lab"):
        folder = os.path.join(data, name)
        if not os.path.isdir(folder):
            continue
        cases, truth = read_set(folder)
        for t in truth.values():
            if t["dataset"] == "noissue":
                t["set"] = "quiet" if name == "rca" else "quiet_lab"
        found.append((cases, truth))
    return found


def set_of(truth):
    return truth.get("set", truth["dataset"])


def look(ranks, data, kinds, reps, seed=1):
    """{ranker: {set: {kind: {"right": {case: [0/1]}, "called": {case: [0/1]}}}}}"""
    seen = {name: {} for name in ranks}
    for cases, truth in data:
        for kind in kinds:
            kept = [c for c in cases if touches(c, kind)]
            for rep in range(1 if kind in ONCE else reps):
                changed = [perturb(c, truth[c.name], kind, seed, rep) for c in kept]
                for name, ranker in ranks.items():
                    lines = rankers.rank_all(ranker, changed)
                    for c in kept:
                        note(seen[name], judge(truth[c.name], lines[c.name]),
                             set_of(truth[c.name]), kind)
    return seen


def note(seen, judged, of, kind):
    cell = seen.setdefault(of, {}).setdefault(kind, {"right": {}, "called": {}})
    quiet = judged["service"] is None
    right = judged["quiet"] if quiet else judged["right"]
    cell["right"].setdefault(judged["case"], []).append(float(right))
    if not quiet:
        cell["called"].setdefault(judged["case"], []).append(float(right and judged["detected"]))


def mean_by_case(values):
    return [sum(v) / len(v) for v in values.values()]


def summary(seen):
    """{ranker: {set: {kind: {"right": figure, "called": figure}}}}"""
    return {name: {s: {kind: {k: figure(mean_by_case(v)) for k, v in cell.items()}
                       for kind, cell in kinds.items()} for s, kinds in sorted(sets.items())}
            for name, sets in seen.items()}


def option(words, name, default):
    if name not in words[:-1]:
        return default
    at = words.index(name)
    value = words[at + 1]
    del words[at:at + 2]
    return value


def ranks_of(names, binary):
    return {n: rankers.Tend(binary) if n == "tend" else rankers.peer(n) for n in names}


def main(words):
    words = list(words)
    names = option(words, "--rankers", "tend").split(",")
    kinds = option(words, "--kinds", ",".join(KINDS)).split(",")
    reps, seed = int(option(words, "--reps", "2")), int(option(words, "--seed", "1"))
    out = option(words, "--json", None)
    if (len(words) != 2 or set(kinds) - set(KINDS) or set(names) - {"tend", *rankers.PEERS}):
        sys.exit(__doc__)
    result = summary(look(ranks_of(names, words[0]), sets_of(words[1]), kinds, reps, seed))
    for name, sets in result.items():
        for what, title in (("right", "AC@1, or left quiet"), ("called", "right and detected")):
            print(f"{name}: {title}")
            print("%-10s" % "kind" + "".join("%20s" % s for s in sets))
            for kind in kinds:
                print("%-10s" % kind + "".join(
                    "%20s" % show(cells.get(kind, {}).get(what)) for cells in sets.values()))
    if out:
        with open(out, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
