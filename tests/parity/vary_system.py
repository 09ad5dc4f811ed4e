#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""vary_system.py SEED < system.json > other.json: the same graph with other load, pools, queues,
timeouts and retries, so that what is fitted on simulated incidents does not hang on one style."""
import json
import random
import sys

draw = random.Random(int(sys.argv[1]))
system = json.load(sys.stdin)
system["name"] = "%s-v%s" % (system["name"], sys.argv[1])
for service in system["services"]:
    sim = service["sim"]
    sim["workers"] = max(2, round(sim.get("workers", 64) * draw.choice([0.5, 0.7, 1, 1.5])))
    sim["queue"] = max(5, round(sim.get("queue", 200) * draw.choice([0.5, 1, 2])))
    sim["cv2"] = draw.choice([0.5, 1, 2])
for edge in system["edges"]:
    sim = edge["sim"]
    sim["timeout_ms"] = sim.get("timeout_ms", 500) * draw.choice([0.7, 1, 1.5, 3])
    sim["retries"] = draw.choice([0, 1, 1, 2])
sim = system["sim"]
sim["base_rps"] *= draw.choice([0.6, 0.8, 0.9, 1])
sim["wave"] = draw.choice([0.05, 0.1, 0.2])
sim["missing"] = draw.choice([0.005, 0.03])
sim["late"] = draw.choice([0.005, 0.03])
json.dump(system, sys.stdout, indent=1)
