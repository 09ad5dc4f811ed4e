#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""standings.py TEND WORK [SUITE...] - every policy on every suite in every world, as tables.

Plays what is not there yet into WORK (CSV and JSON of each run) and prints Markdown. The agents
that learn are trained on the default system first, on seeds that no suite draws. A suite that
leaves its world open is played in all three. Without SUITE all are played but abroad-dev.
"""
import csv
import json
import subprocess
import sys
from pathlib import Path

TRAINING = ["--seed0", "1", "--episodes", "2000", "--learn"]
# The original recipe keys what it learns by the names of services and takes nothing of it to another
# system: it plays as it is. With the playbook as its prior it learns by symptoms, and is trained.
PLAYBOOK = ["--agent", "seed", "--set", "policy.raw=0", "--set", "policy.prior=4"]
TRAINED = {  # name: (options of the agent, world it is trained in)
    "recipe, playbook": (PLAYBOOK, "real"),
    "trained": ([], "real"),
    "trained calm": ([], "calm"),
}
PLAYED = {  # name: options of an agent that has not learnt before
    "noop": ["--policy", "noop"],
    "rules": ["--policy", "rules"],
    "rules, hold 16": ["--policy", "rules", "--set", "policy.hold=16"],
    # of the six fixed arms the best on the suite `oracle`, whose systems are for work
    "blind": ["--policy", "fixed", "--set", "policy.arm=2"],
    "recipe": ["--agent", "seed"],
    "ucb": [],
}
OURS = ("ucb", "trained", "trained calm")
WORLDS = ("calm", "real", "rough")
SUITES = ("home", "abroad", "crowded", "strange", "slow", "quiet")
DETAILS = ("recovered", "top1", "top1_costly", "family", "ece", "wrong_actions", "harmful", "relapses",
           "stuck", "escalation_precision", "refused", "violations")
QUIET = ("false_action_rate", "harmful", "healthy_breach_rate", "false_alarms_per_1000",
         "escalated", "violations")


def slug(*words):
    return "-".join("".join(c if c.isalnum() else "_" for c in word) for word in words)


class Ground:
    def __init__(self, tend, work):
        self.tend, self.work = tend, Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.agents = dict(PLAYED)
        self.commands = []

    def run(self, made, *words):
        """Unless what it makes is there."""
        self.commands.append("tend " + " ".join(f"'{w}'" if " " in w else w for w in words))
        if Path(made).exists():
            return
        print(self.commands[-1], file=sys.stderr)
        done = subprocess.run([self.tend, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{self.commands[-1]}: exit {done.returncode}\n{done.stderr}")

    def train(self):
        for name, (agent, world) in TRAINED.items():
            policy = str(self.work / (slug(name) + ".policy.json"))
            self.run(policy, "eval", *TRAINING, *agent, "--preset", world, "--quiet",
                     "--policy-out", policy)
            self.agents[name] = [*agent, "--policy-in", policy]

    def path(self, suite, world, name, kind):
        return str(self.work / f"{slug(suite, world or 'own', name)}.{kind}")

    def play(self, suite, world, name):
        rows, figures = (self.path(suite, world, name, kind) for kind in ("csv", "json"))
        self.run(figures, "eval", "--suite", suite, *(["--preset", world] if world else []),
                 *self.agents[name], "--out", rows, "--json", figures)
        return json.loads(Path(figures).read_text())

    def rows(self, suite, world, own, name):
        """The rows of a run, of a suite with worlds of its own those of one world."""
        path = self.path(suite, world, name, "csv")
        if world:
            return path
        part = self.path(suite, own, name, "csv")
        with open(path, newline="", encoding="utf-8") as rows:
            lines = list(csv.reader(rows))
        at = lines[0].index("preset")
        with open(part, "w", newline="", encoding="utf-8") as rows:
            csv.writer(rows, lineterminator="\n").writerows(
                line for line in lines if line[at] in ("preset", own))
        return part

    def difference(self, suite, world, own, before, after):
        """Of breach steps, over systems: (change, low, high)."""
        made = self.path(suite, own, before + " " + after, "compare")
        self.run(made, "compare", self.rows(suite, world, own, before),
                 self.rows(suite, world, own, after), "--json", made)
        for row in json.loads(Path(made).read_text()):
            if row["group"] == "all" and row["measure"] == "slo_steps":
                return row["change"], row["low"], row["high"]
        sys.exit(f"{made}: no slo_steps")


def open_worlds(suite):
    entries = json.loads(Path("examples/suites", suite + ".json").read_text())["entries"]
    return [None] if all("preset" in entry for entry in entries) else list(WORLDS)


def cell(figure, bold=False):
    value = figure.get("value")
    if value is None:
        return "-"
    text = f"{value:.3g}"
    text = f"**{text}**" if bold else text
    if figure.get("low") is not None and figure.get("high") is not None:
        text += f" ({figure['low']:.3g}..{figure['high']:.3g})"
    return text


def parts(told):
    """[(world, figures)]: whole, or of a suite with worlds of its own by world."""
    groups = told["groups"]
    if len({group["preset"] for group in groups}) == 1:
        return [(groups[0]["preset"],
                 told["figures"] | {"ece": told["calibration"]["ranking"]["ece"]})]
    return [(group["preset"], group["figures"]) for group in groups]


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def least(figures, names):
    known = {name: f["slo_steps"]["value"] for name, f in figures.items() if name in names}
    return min(known, key=known.get)


def standings(ground, suites):
    """{(suite, world): {policy: figures}} and the differences to the strongest of the others."""
    all_of, to_beat = {}, []
    for suite in suites:
        for world in open_worlds(suite):
            for name in ground.agents:
                for own, figures in parts(ground.play(suite, world, name)):
                    all_of.setdefault((suite, own), {})[name] = figures
            for of, own in [key for key in all_of if key[0] == suite and world in (None, key[1])]:
                figures = all_of[(of, own)]
                if of == "quiet":  # nothing breaches there by a fault
                    continue
                best = least(figures, [name for name in figures if name not in OURS])
                to_beat.append((suite, own, best, figures[best]["slo_steps"], {
                    mine: ground.difference(suite, world, own, best, mine) for mine in OURS}))
    return all_of, to_beat


def show(all_of, to_beat, names):
    faults = {key: f for key, f in all_of.items() if key[0] != "quiet"}
    print("### Breach steps of an episode with a fault\n")
    table(["suite, world", *names],
          [[f"{suite}, {world}", *(cell(f[n]["slo_steps"], n == least(f, names)) for n in names)]
           for (suite, world), f in faults.items()])
    print("### The strongest of the others, and what ours add to its breach steps\n")
    table(["suite, world", "to beat", "its steps", *OURS],
          [[f"{suite}, {world}", best, cell(steps),
            *("{:+.3g} ({:+.3g}..{:+.3g})".format(*changes[own]) for own in OURS)]
           for suite, world, best, steps, changes in to_beat])
    print("### The rest, in the real world\n")
    for (suite, world), f in faults.items():
        if world == "real":
            print(f"{suite}:\n")
            table(["", *DETAILS], [[n, *(cell(f[n].get(d, {})) for d in DETAILS)] for n in names])
    print("### Healthy episodes\n")
    for (suite, world), f in all_of.items():
        if suite == "quiet":
            print(f"{suite}, {world}:\n")
            table(["", *QUIET], [[n, *(cell(f[n][d]) for d in QUIET)] for n in names])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    ground = Ground(sys.argv[1], sys.argv[2])
    ground.train()
    all_of, to_beat = standings(ground, sys.argv[3:] or SUITES)
    show(all_of, to_beat, list(ground.agents))
    print("Made by these commands and `tend compare` of their rows:\n\n```")
    print("\n".join(line for line in ground.commands if " compare " not in line))
    print("```")


if __name__ == "__main__":
    main()
