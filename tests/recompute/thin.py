#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""thin.py EPISODES SUITE.json - a suite with at least so many episodes, some of every entry."""
import json
import sys


def main():
    wanted = int(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        suite = json.load(file)
    share = -(-wanted // len(suite["entries"]))
    for entry in suite["entries"]:
        system = entry["system"]
        count = 1
        if isinstance(system, dict):  # many systems rather than many episodes of few
            count = system["generate"]["count"] = min(system["generate"].get("count", 1), share)
        entry["episodes"] = min(entry.get("episodes", 8), -(-share // count))
    json.dump(suite, sys.stdout, indent=1)


main()
