#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""headline.py PAGE - prints a table of the evals on a results page, one row each, from their own output."""
import re
import sys

FIGURES = ["slo_steps", "recovered", "detection_rate", "delay_p50", "top1", "top3",
           "false_alarms_per_1000", "false_action_rate", "violations"]


def rows(lines):
    row = None
    for line in lines:
        started = re.match(r"\$ tend eval .*--out \S*/(\S+)\.csv", line)
        if started:
            row = {"run": started.group(1)}
        found = re.match(r"  (\w+) +(\S+)(?: (?:%|steps))?(?: +95% (\S+))?", line)
        if row is not None and found and found.group(1) in FIGURES:
            row[found.group(1)] = found.group(2) + (f" ({found.group(3)})" if found.group(3) else "")
        if row is not None and line.startswith("  fault "):
            yield row
            row = None


def main():
    with open(sys.argv[1], encoding="utf-8") as page:
        table = list(rows(page))
    print("| run | " + " | ".join(FIGURES) + " |")
    print("|---|" + "---:|" * len(FIGURES))
    for row in table:
        print(f"| {row['run']} | " + " | ".join(row.get(name, "-") for name in FIGURES) + " |")


main()
