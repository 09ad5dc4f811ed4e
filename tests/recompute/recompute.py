#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""recompute.py [--filled] {[--by-row] ROWS.csv TRACES}... - the yardsticks once more, from the traces.

ROWS.csv is what `tend eval --out` wrote, TRACES the folder of its `--traces`. Each column is
computed by what docs/formats.md says of it, from nothing but the trace, and held against the cell:
a count, name or flag must be the same, a number to nine digits. TRACES/noop has the same seeds with
nobody acting. A trace bears its row's seed as its name, after --by-row the row's number, as the
traces of a suite do. Differences are printed, and make
the exit status 1; the last line counts them. --filled: a column in which no row of any table has
anything counts as one too.
"""
import csv
import json
import re
import sys
from pathlib import Path

NOT_IN_A_TRACE = {
    "policy": "names of the agent's plug-ins, which a trace leaves to the command that it names",
    "detector": "as the policy",
    "diagnoser": "as the policy",
    "preset": "of the world, which the command of the trace names",
    "family": "as the preset",
    "system_seed": "as the preset",
    "violations": "needs the guard's parameters; src/report/audit.c is a second account already",
    "first_visible": "needs the same world without the fault; taken from the table for `delay`",
    "state_hash": "of bytes that no trace has",
    "config_hash": "as state_hash",
    "beam_steps": "of other worlds than the one played, as all of the oracle's",
    "oracle_steps": "as beam_steps",
    "lost_detection": "as beam_steps",
    "lost_confirmation": "as beam_steps",
    "lost_first_action": "as beam_steps",
    "lost_later_actions": "as beam_steps",
    "oracle_opens": "as beam_steps",
}
RECOVERED, JUDGED_AFTER, STUCK_STEPS, STUCK_ACTIONS = 10, 5, 60, 2
DISRUPTIVE = ("restart", "rollback", "clear_cache", "reroute", "limit")
# the column "remedy" of docs/simulator.md; a fault that is not in it has none
REMEDY = {
    "cpu_hog": ["restart({})"], "memory_leak": ["restart({})"], "slow_db": ["restart({})"],
    "pool_leak": ["restart({})"], "bad_deploy": ["rollback({})"], "crash_loop": ["rollback({})"],
    "cache_evict": ["scale({},+1)"], "noisy_neighbour": ["scale({},+1)"],
    "cache_poison": ["clear_cache({})", "restart({})"], "flash_crowd": ["scale({},+1)", "limit"],
    "retry_storm": ["limit", "scale({},+1)"],
    "network_delay": ["reroute({})"], "network_loss": ["reroute({})"],
}
GOES_ON = ("retry_storm",)  # when its trigger is over


def ends(place):
    """Of a service itself; of a call its callee, then its caller."""
    return place.split(">")[::-1]


def names(suspect, fault):
    return ends(suspect["place"])[0] == ends(fault["place"])[0] or (
        ">" in fault["place"] and suspect["place"] == fault["place"])


def disruptive(action):
    return action.startswith(DISRUPTIVE) or action.endswith(",-1)")


def target(action):
    found = re.fullmatch(r"\w+\(([^,]*)(,[-+]1)?\)", action)
    return found and ends(found[1])[0]


def first(ticks, holds):
    return next((t for t in ticks if holds(t)), None)


class Episode:
    """A trace, and what its ticks say."""

    def __init__(self, path):
        lines = path.read_text().splitlines()
        self.head, self.ticks = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
        if self.head["version"] != 3:
            sys.exit(f"{path}: version {self.head['version']}, expected 3")
        self.length = len(self.ticks)
        if [tick["t"] for tick in self.ticks] != list(range(self.length)):
            sys.exit(f"{path}: ticks are missing")
        self.faults = sorted(self.head["truth"]["faults"], key=lambda f: f["start"])
        self.onset = self.faults[0]["start"] if self.faults else None
        self.breach = [tick["breach"] for tick in self.ticks]
        self.alarm = [tick["alarm"] for tick in self.ticks]
        self.action = [tick.get("decision", {}).get("action", "noop") for tick in self.ticks]
        self.calm = range(self.length if self.onset is None else min(self.onset, self.length))

    def begun(self, t):
        return [f for f in self.faults if f["start"] <= t]

    def since(self, t):
        return range(t, self.length)

    def ranking(self, t):
        return self.ticks[t].get("ranking", [])

    def account(self, onset):
        """(first breach from the onset on, first of the ten quiet ticks after it)."""
        breach = first(self.since(onset), lambda t: self.breach[t])
        if breach is None:
            return None, None
        return breach, first(self.since(breach), lambda t: t + RECOVERED <= self.length
                             and not any(self.breach[t:t + RECOVERED]))

    def judged(self, onset):
        """(detection, tick in which the ranking counts)."""
        found = first(self.since(onset), lambda t: self.alarm[t])
        if found is None:
            return None, None
        return found, first(self.since(found), lambda t: t >= found + JUDGED_AFTER
                            or disruptive(self.action[t]))


def relapses(e):
    count, before = 0, None
    for t in e.since(0):
        if not e.breach[t]:
            continue
        if before is not None and t - before > RECOVERED:
            count += not any(before < f["start"] <= t for f in e.faults)
        before = t
    return count


def truth(e):
    row = {"fault_type": "+".join(f["type"] for f in e.faults) or "none", "system": e.head["system"]}
    seed = re.findall(r"--seed (\d+)", e.head["reproduce"])  # of a drawn system its own first
    row["seed"] = int(seed[-1])
    for key in ("service", "t_start", "duration", "severity"):
        row["fault_" + key] = None
    row["fault2_service"] = row["fault2_t_start"] = None
    if e.faults:
        f = e.faults[0]
        row.update(fault_service=ends(f["place"])[0], fault_t_start=f["start"],
                   fault_duration=f["duration"], fault_severity=f["severity"])
    if len(e.faults) > 1:
        row.update(fault2_service=ends(e.faults[1]["place"])[0],
                   fault2_t_start=e.faults[1]["start"])
    return row


def steps(e):
    row = {"anomaly_steps": sum(e.alarm), "slo_steps": sum(e.breach), "healthy_steps": len(e.calm),
           "false_alarm_steps": sum(e.alarm[t] for t in e.calm),
           "slo_before": sum(e.breach[t] for t in e.calm), "relapses": relapses(e)}
    row["first_slo"], row["recovered"] = e.account(e.onset or 0)
    row["mttr"] = None if row["recovered"] is None else row["recovered"] - row["first_slo"]
    row["fault2_first_slo"] = row["fault2_recovered"] = None
    if len(e.faults) > 1:
        row["fault2_first_slo"], row["fault2_recovered"] = e.account(e.faults[1]["start"])
    row["refused"] = sum(tick["refused"] or 0 for tick in e.ticks) / e.length
    rewards = [o["reward"] for tick in e.ticks for o in tick.get("outcomes", [])]
    row["reward"] = sum(rewards) / len(rewards) if rewards else None
    return row


def diagnosis(e):
    row = dict.fromkeys(["detected_at", "root_cause", "top1", "top3", "fault_family_hit",
                         "confidence", "fault2_top1"])
    if e.faults:
        row["detected_at"], t = e.judged(e.onset)
        if t is not None:
            there, ranking = e.begun(t), e.ranking(t)
            row.update(top1=0, top3=0, fault_family_hit=0)
            if ranking:
                row.update(root_cause=ranking[0]["place"], confidence=ranking[0]["confidence"])
                hits = [any(names(s, f) for f in there) for s in ranking[:3]]
                row.update(top1=hits[0], top3=any(hits),
                           fault_family_hit=any(ranking[0]["family"] == f["family"] for f in there))
    if len(e.faults) > 1:
        second = e.faults[1]
        t = e.judged(second["start"])[1]
        if t is not None:
            others = [f for f in e.begun(t) if f is not second]
            left = [s for s in e.ranking(t)
                    if names(s, second) or not any(names(s, f) for f in others)]
            row["fault2_top1"] = bool(left) and names(left[0], second)
    return row


def mendable(fault, actions):
    at = fault["place"]
    return any(remedy.format(at) in actions for remedy in REMEDY.get(fault["type"], []))


def right_places(e):
    places = set()
    for f in e.faults:
        places.update(ends(f["place"]))
        if f["family"] == "traffic":
            places.add(e.head["entry"])
    return places


def deeds(e):
    taken = [t for t in e.since(0) if e.action[t] != "noop"]
    row = {"actions": len(taken), "false_actions": sum(t in e.calm for t in taken),
           "masked": sum("wanted" in tick.get("decision", {}) for tick in e.ticks)}
    aimed = [t for t in taken if target(e.action[t])]
    places = right_places(e)
    wrong = [t for t in aimed if target(e.action[t]) not in places]
    said = {t: e.ranking(t)[0]["confidence"] if e.ranking(t) else 0 for t in aimed}
    row.update(targeted=len(aimed), wrong_actions=len(wrong), said=sum(said.values()))
    tenths = {key: [0] * 10 for key in ("aimed", "aimed_right", "aimed_said")}
    for t in aimed:
        tenth = min(int(said[t] * 10), 9)
        tenths["aimed"][tenth] += 1
        tenths["aimed_right"][tenth] += t not in wrong
        tenths["aimed_said"][tenth] += int(100 * said[t] + .5)
    row.update({key: " ".join(map(str, v)) if any(v) else None for key, v in tenths.items()})
    called = first(e.since(0), lambda t: e.ticks[t].get("escalated"))
    row.update(escalated=called is not None, escalated_at=called, escalation_right=None)
    if called is not None:
        row["escalation_right"] = any(
            not mendable(f, e.head["actions"]) for f in e.begun(called)
            if called < f["start"] + f["duration"] or f["type"] in GOES_ON)
    row["stuck"] = sum(e.breach) >= STUCK_STEPS and len(taken) <= STUCK_ACTIONS and called is None
    return row


def same(cell, value):
    if value is None:
        return cell == ""
    if isinstance(value, float):
        return cell != "" and abs(float(cell) - value) <= 5.001e-9 * abs(value)
    if isinstance(value, str):
        return re.sub(r"^'(?=[-=+@'])", "", cell) == value
    return cell == str(int(value))


def recompute(e, visible):
    made = truth(e) | steps(e) | diagnosis(e) | deeds(e)
    found = made["detected_at"]
    made["delay"] = max(found - int(visible), 0) if visible and found is not None else None
    return made


def left_alone(path):
    e = Episode(path)
    if any(action != "noop" for action in e.action):
        sys.exit(f"{path}: somebody acts")
    return sum(e.breach)


def compare(table, traces, by_row, filled):
    """(episodes, differences), and into filled the columns in which there was something."""
    differences, count = 0, 0
    for cells in csv.DictReader(table.open(newline="")):
        count += 1
        name = f"{count if by_row else cells['seed']}.jsonl"
        made = recompute(Episode(traces / name), cells["first_visible"])
        made["noop_steps"] = left_alone(traces / "noop" / name)
        for column, cell in cells.items():
            if column in NOT_IN_A_TRACE:
                continue
            if column not in made:
                sys.exit(f"{table}: column {column}, which nobody recomputes")
            if made[column] is not None:
                filled.add(column)
            if not same(cell, made[column]):
                differences += 1
                print(f"{table}: seed {cells['seed']}: {column} is \"{cell}\", the trace says "
                      f"{made[column]}")
        for column in made.keys() - cells.keys():
            differences += 1
            print(f"{table}: no column {column}")
    return count, differences


def main():
    words = [word for word in sys.argv[1:] if word != "--filled"]
    filled, columns, episodes, differences = set(), [], 0, 0
    while words:
        by_row = words[0] == "--by-row"
        if len(words) < 2 + by_row:
            sys.exit(__doc__)
        table, traces = words[by_row:by_row + 2]
        words = words[by_row + 2:]
        columns = next(csv.reader(open(table, newline="")))
        count, wrong = compare(Path(table), Path(traces), by_row, filled)
        episodes, differences = episodes + count, differences + wrong
    if not columns:
        sys.exit(__doc__)
    if "--filled" in sys.argv:
        for column in columns:
            if column not in filled and column not in NOT_IN_A_TRACE:
                differences += 1
                print(f"{column} is empty in every row: nothing is shown of it")
    print(f"{episodes} episodes, {len(columns) - len(NOT_IN_A_TRACE)} of {len(columns)} columns "
          f"recomputed, {differences} differences")
    return episodes == 0 or differences > 0


if __name__ == "__main__":
    sys.exit(main())
