#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One incident, scraped at 1, 5 and 15 s: the agent must see it as soon and do the same.

usage: same_incident.py [--tend BINARY] [--system FILE] [--seed0 N] [--count N] [--steps 1,5,15]

Draws incidents at 1 s, lays each onto seconds that every scrape interval meets (onset at 900 s and
more, 600 s to go), and plays it with the same physics at each interval. Says for each kind of fault
the delay in seconds from onset to alarm, and how often the first action is that of the 1 s run.
Where the agent acts on a breach and so mends the fault before a second sample could raise the
alarm, the alarm is missed and yet nothing was: the last lines count from the alarm or the action,
if that was sooner.
Exit status 1 when a delay is off by more than two steps of the coarser interval in more than one
incident of ten, or when fewer than nine first actions in ten agree.
"""
import argparse
import collections
import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile

HISTORY, AFTER = 900, 600  # seconds before the onset, and after it


def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def draw(tend, system, seed0, count):
    """Incidents with one fault: type, place, severity, and the seconds they last."""
    out = run([tend, "eval", "--preset", "calm", "--system", system, "--seed0", seed0, "--episodes", count,
               "--healthy", "0", "--policy", "noop", "--out", "-"])
    return list(csv.DictReader(io.StringIO(out)))


def place_of(tend, system, row):
    """Of an edge the CSV names the callee only; the report's truth names both ends."""
    out = json.loads(run([tend, "episode", "--preset", "calm", "--system", system, "--seed", row["seed"],
                          "--healthy", "0", "--policy", "noop", "--json", "-"]))
    name = out["truth"].split(" on ")[1].split(" from ")[0]
    return {"edge": name} if ">" in name else {"service": name}


def play(tend, base, step_s, incident, folder):
    system = dict(base, step_s=step_s)
    fault = {"type": incident["type"], **incident["place"], "severity": incident["severity"],
             "start": incident["start"] // step_s,
             "duration": max(1, round(incident["duration"] / step_s))}
    (folder / "system.json").write_text(json.dumps(system))
    (folder / "scenario.json").write_text(json.dumps({"name": "same", "faults": [fault]}))
    out = json.loads(run([tend, "episode", "--preset", "calm", "--system", folder / "system.json", "--scenario",
                          folder / "scenario.json", "--seed", incident["seed"], "--steps",
                          (incident["start"] + AFTER) // step_s, "--json", "-"]))
    at = out["detected_at"]
    acted = next((e for e in out["events"] if e["event"] == "action"), {"action": None, "t": None})
    noticed = min((t for t in (at, acted["t"]) if t is not None), default=None)
    late, soon = (None if t is None else (t - fault["start"]) * step_s for t in (at, noticed))
    return late, acted["action"], soon


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tend", default="build/tend")
    parser.add_argument("--system", default="examples/systems/default.json")
    parser.add_argument("--seed0", default="200001")
    parser.add_argument("--count", default="60")
    parser.add_argument("--steps", default="1,5,15")
    o = parser.parse_args()
    base = json.loads(pathlib.Path(o.system).read_text())
    steps = [int(s) for s in o.steps.split(",")]
    rows = draw(o.tend, o.system, o.seed0, o.count)
    table = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        for row in rows:
            start = HISTORY + 15 * (int(row["fault_t_start"]) // 15)
            incident = {"type": row["fault_type"], "place": place_of(o.tend, o.system, row),
                        "severity": float(row["fault_severity"]), "seed": row["seed"],
                        "start": start, "duration": AFTER if int(row["fault_duration"]) >= 240
                        else int(row["fault_duration"])}
            table[row["fault_type"]].append(
                [play(o.tend, base, s, incident, pathlib.Path(name)) for s in steps])
    sys.exit(show(table, steps))


def median(values):
    known = sorted(v for v in values if v is not None)
    return known[len(known) // 2] if known else float("nan")


def is_near(first, now, step):
    return first is not None and now is not None and abs(now - first) <= 2 * step


def show(table, steps):
    print(f"{'fault':16}{'n':>4}" + "".join(f"  delay/{s}s missed" for s in steps)
          + "".join(f"  same/{s}s" for s in steps[1:]))
    alike = collections.Counter()
    near = collections.Counter()
    soon = collections.Counter()
    total = 0
    for fault in sorted(table):
        plays = table[fault]
        total += len(plays)
        print(f"{fault:16}{len(plays):4}", end="")
        for i, step in enumerate(steps):
            missed = sum(p[i][0] is None for p in plays)
            print(f"{median([p[i][0] for p in plays]):10.0f}{missed:7}", end="")
            for p in plays:
                near[step] += is_near(p[0][0], p[i][0], step)
                soon[step] += is_near(p[0][2], p[i][2], step)
        for i, step in enumerate(steps[1:], 1):
            same = sum(p[i][1] == p[0][1] for p in plays)
            alike[step] += same
            print(f"{same:10}", end="")
        print()
    good = True
    for step in steps[1:]:
        print(f"{step} s: delay within two steps of that at {steps[0]} s in {near[step]} of {total}, "
              f"same first action in {alike[step]} of {total}")
        print(f"      alarm or action within two steps of the first at {steps[0]} s in "
              f"{soon[step]} of {total}")
        good &= near[step] >= 0.9 * total and alike[step] >= 0.9 * total
    return 0 if good else 1


if __name__ == "__main__":
    main()
