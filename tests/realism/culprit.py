#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""culprit.py [--preset NAME] [--system NAME ...] - is the culprit the one that stands out first?

Single faults that breach within 120 ticks when nobody acts, seeds from 1. Robust z of every column
of every service: against median and median absolute deviation of the 60 ticks before the onset
(floored as the robust_z detector does, words.h), the largest in the first rows from the first breach on. The
share of incidents in which it belongs to the service of the fault (of a link: either end).
"""
import argparse
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "bindings", "python"))
import tend  # noqa: E402

BEFORE, ROWS = 60, 5
# absolute, relative to the median; as TEND_METRIC_TABLE of include/tend/words.h
FLOORS = {"p95_ms": (0, .08), "errors": (.005, .05), "cpu": (.02, .04), "memory": (.01, .02),
          "requests": (.3, .04), "saturation": (.03, .05)}


def loudest(table, names, onset, at):
    """{service: largest |z|}"""
    out = {}
    for i, name in enumerate(names):
        if ">" in name or "." not in name:
            continue
        past = [row[i] for row in table[max(0, onset - BEFORE):onset] if row[i] == row[i]]
        now = [row[i] for row in table[at:at + ROWS] if row[i] == row[i]]
        if len(past) < 10 or not now:
            continue
        middle = statistics.median(past)
        mad = 1.4826 * statistics.median(abs(x - middle) for x in past)
        service, metric = name.rsplit(".", 1)
        floor = FLOORS.get(metric, (.5, .04))
        scale = max(mad, floor[0] + floor[1] * abs(middle))
        out[service] = max(out.get(service, 0), max(abs(x - middle) / scale for x in now))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--preset", default="real")
    parser.add_argument("--system", nargs="*", default=["default", "shop", "layered40"])
    parser.add_argument("--episodes", type=int, default=100)
    args = parser.parse_args()
    all_first = all_shown = 0
    for system in args.system:
        env = tend.Env(system=system, steps=240, preset=args.preset, family="single")
        first = shown = 0
        ratio = []
        for seed in range(1, args.episodes + 1):
            table = [env.reset(seed=seed)[0]]
            fault = env.truth()["faults"][0]
            breach = None
            for _ in range(239):
                obs, reward = env.step(0)[:2]
                table.append(obs)
                if breach is None and len(table) > fault["start"] and reward < 0.5:
                    breach = len(table) - 1
            if breach is None or breach > fault["start"] + 120 or fault["start"] < 12:
                continue
            z = loudest(table, env.columns, fault["start"], breach)
            here = {fault["service"]} | set((fault.get("edge") or "").split(">")) - {""}
            mine = max((z.get(s, 0) for s in here), default=0)
            others = max((v for s, v in z.items() if s not in here), default=0)
            shown += 1
            first += mine > others
            ratio.append((mine, others))
        all_first, all_shown = all_first + first, all_shown + shown
        print(f"{system:12} culprit first {first / max(1, shown):.2f} of {shown}; largest |z| "
              f"{statistics.median(r[0] for r in ratio):.1f} of its own, "
              f"{statistics.median(r[1] for r in ratio):.1f} of the best other")
    print(f"{'all':12} culprit first {all_first / max(1, all_shown):.2f} of {all_shown}, "
          "asked .35 to .75")


if __name__ == "__main__":
    main()
