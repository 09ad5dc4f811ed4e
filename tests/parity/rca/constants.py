# SPDX-License-Identifier: GPL-3.0-or-later
"""constants.py - the constants of `tend diagnose`, and what a setting of them is worth on every set.

Knows them by what the program says: `tend params --json -` has them in the sections "diagnoser..." and
"window", `tend diagnose --set diagnoser.NAME=X` sets them. Sets that share incidents or ordinary
rows are one group: what was chosen with one half has seen the other.
"""
import json
import subprocess
import sys

import rankers
import robust
from perturb import ONCE, perturb, touches
from score import figure, judge

FACTORS = (2 / 3, 1.5)
SECTIONS = ("diagnoser", "window")
GROUPS = {"sockshop1": "Sock Shop", "sockshop1_stream": "Sock Shop", "petshop": "PetShop",
          "nezha_ob": "Online Boutique", "nezha_tt": "Train Ticket", "lab": "live lab"}
SOURCES = {"petshop_low_lat": "PetShop", "petshop_low_avail": "PetShop",
           "nezha_ob": "Online Boutique", "lab": "live lab"}


def told(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr.strip()}")
    return done.stdout


def parameters(binary, some_case):
    """{path: row of `tend params`} of the constants that `tend diagnose` takes: it is the one to ask."""
    if "--set" not in told(binary, "diagnose", "--help"):
        sys.exit("tend diagnose has no --set: its constants cannot be changed from outside")
    found = {}
    for row in json.loads(told(binary, "params", "--json", "-")):
        section = row["section"].split(".")[0]
        path = f"{section}.{row['name']}"
        if section not in SECTIONS or path in found or not isinstance(row["default"], (int, float)):
            continue
        taken = subprocess.run([binary, "diagnose", "-q", "--set", f"{path}={row['default']}", some_case],
                               capture_output=True, check=False)
        if taken.returncode == 0:
            found[path] = row
    return found


def chosen(rows, only):
    """Those of --only, by path or by name; a name that nothing has is an error."""
    if only is None:
        return rows
    words = only.split(",")
    for word in words:
        if not any(word in (path, row["name"]) for path, row in rows.items()):
            sys.exit(f"--only {word}: not a constant of `tend diagnose`, which has {', '.join(rows)}")
    return {path: row for path, row in rows.items() if path in words or row["name"] in words}


def moved(row, value, factor):
    """The value times a factor as the parameter can take it; None when that is no other value."""
    if row["kind"] == "flag":
        return 1 - value if factor > 1 else None
    new = value * factor
    if row["kind"] in ("integer", "seconds"):
        # a small whole number must move at all
        new = round(new) if round(new) != value else value + (1 if factor > 1 else -1)
    if isinstance(row.get("least"), (int, float)):
        new = max(row["least"], new)
    if isinstance(row.get("most"), (int, float)):
        new = min(row["most"], new)
    return None if new == value else new


class Bench:
    """Every case in every kind of change, written once, ranked under many settings."""

    def __init__(self, binary, data, kinds=("none", "nohist"), reps=1):
        self.binary, self.stages, self.memory = binary, [], {}
        for cases, truth in robust.sets_of(data):
            for kind in kinds:
                kept = [c for c in cases if touches(c, kind)]
                for rep in range(1 if kind in ONCE else reps):
                    changed = [perturb(c, truth[c.name], kind, 1, rep) for c in kept]
                    whole = all(c.folder for c in changed)
                    held = None if whole else rankers.Written(changed)
                    folders = [c.folder for c in changed] if whole else held.__enter__()
                    self.stages.append((kind, changed, truth, folders, held))

    def close(self):
        for *_, held in self.stages:
            if held:
                held.__exit__()

    def judged(self, settings):
        """[(group, set, kind, judgement)] of all cases."""
        key = tuple(sorted(settings.items()))
        if key not in self.memory:
            options = [w for n, v in key for w in ("--set", f"{n}={v:.9g}")]
            tend, rows = rankers.Tend(self.binary, *options), []
            for kind, cases, truth, folders, _ in self.stages:
                lines = tend.rank_folders(folders)
                for c in cases:
                    t = truth[c.name]
                    group = GROUPS.get(t["dataset"]) or SOURCES.get(t.get("source"), t["dataset"])
                    line = rankers.translated(lines.get(c.name, {}), getattr(c, "back", None))
                    rows.append((group, robust.set_of(t), kind, judge(t, line)))
            self.memory[key] = rows
        return self.memory[key]

    def figures(self, settings):
        """{(set, kind): {"right": figure, "called": figure}}; of quiet windows share left quiet."""
        cells = {}
        for _, name, kind, j in self.judged(settings):
            cell = cells.setdefault((name, kind), {"right": [], "called": []})
            quiet = j["service"] is None
            cell["right"].append(float(j["quiet"] if quiet else j["right"]))
            cell["called"].append(float(j["quiet"] if quiet else j["right"] and j["detected"]))
        return {k: {w: figure(v) for w, v in cell.items()} for k, cell in cells.items()}

    def worth(self, settings, groups):
        """Mean over sets and kinds of AC@1 and right-and-detected, of some groups' cases alone.

        Every set counts alike, however many cases it has."""
        cells = {}
        for group, name, kind, j in self.judged(settings):
            if group not in groups:
                continue
            if j["service"] is None:
                value = float(j["quiet"])
            else:
                value = (float(j["right"]) + float(j["right"] and j["detected"])) / 2
            cells.setdefault((name, kind), []).append(value)
        means = [sum(v) / len(v) for v in cells.values()]
        return sum(means) / len(means) if means else 0.0

    def groups(self):
        return sorted({row[0] for row in self.judged({})})
