# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy of one's own against ours, on the same incidents: own_policy.py [SYSTEM [EPISODES]]

It does to the first suspect what its family asks for, once a tick as long as that is allowed.
Detector, diagnoser and guard are tend's; the guard has masked before it is asked.
"""
import random
import sys

import tend

REMEDY = {"deploy": "rollback({service})", "crash": "rollback({service})",
          "cache": "clear_cache({service})", "network": "reroute({edge})",
          "traffic": "scale({service},+1)", "compute": "scale({service},+1)"}


def policy(view):
    for suspect in view.causes[:1]:
        name = REMEDY.get(suspect["family"], "restart({service})").format(**suspect)
        if name in view.system.actions and view.system.actions.index(name) in view.allowed:
            return view.system.actions.index(name)
    return 0  # nobody is suspected, or the guard is against it


def interval(values, rounds=2000, draw=random.Random(1)):
    """Of the mean, 95 %: the percentile bootstrap (Efron 1979)."""
    n = len(values)
    means = sorted(sum(draw.choices(values, k=n)) / n for _ in range(rounds))
    return means[rounds // 40], means[-rounds // 40]


system = sys.argv[1] if len(sys.argv) > 1 else "default"
episodes = int(sys.argv[2]) if len(sys.argv) > 2 else 200
mine = tend.evaluate(policy, system, episodes)
for name in ("rules", "noop"):
    theirs = tend.evaluate(name, system, episodes)
    gap = [a["slo_steps"] - b["slo_steps"] for a, b in zip(mine, theirs)]
    low, high = interval(gap)
    print(f"against {name}: {sum(gap) / len(gap):+.2f} ticks in breach ({low:+.2f} to {high:+.2f})")
