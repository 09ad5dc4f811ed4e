#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a layered service graph as a system.json on stdout, for fit_hypotheses.py; other systems are
drawn by `tend generate`.

    generate_layered.py > examples/systems/layered40.json

A gateway, three layers of services and a layer of databases, of which some stand behind a cache.
Every service calls one to three of the next layer, each with a probability of its own; every one is
called by somebody. Service times follow from the load: each service gets the utilisation drawn
for it (gateway 0.62, services 0.34-0.40, databases 0.35-0.38, caches 0.25-0.30). Timeouts grow
towards the gateway, queues hold twice what can be served within a timeout, and the SLO is twice
the nominal p95. Same options, same bytes.
"""
import argparse
import json
import math
import random

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--seed", type=int, default=40)
parser.add_argument("--layers", default="6,9,8", help="services in each layer below the gateway")
parser.add_argument("--databases", type=int, default=11)
parser.add_argument("--caches", type=int, default=5)
parser.add_argument("--rps", type=float, default=240)
options = parser.parse_args()
draw = random.Random(options.seed)


class Service:
    def __init__(self, name, kind, load):
        self.name, self.kind, self.load = name, kind, load
        self.rate, self.calls, self.cache = 0.0, [], None


class Call:
    def __init__(self, callee, calls, behind=None):
        self.callee, self.calls, self.behind = callee, calls, behind


HIT = 0.65
gateway = Service("gateway", "service", 0.62)
layers = [[gateway]]
for depth, count in enumerate(map(int, options.layers.split(","))):
    layers.append([Service("%s%d" % ("abcdefgh"[depth], i + 1), "service", draw.uniform(0.34, 0.40))
                   for i in range(count)])
layers.append([Service("db%d" % (i + 1), "database", draw.uniform(0.35, 0.38))
               for i in range(options.databases)])
caches = []

# who calls whom: round robin first, so that nobody is left out, then a few more
for above, below in zip(layers, layers[1:]):
    for i in range(max(len(above), len(below))):
        caller, callee = above[i % len(above)], below[i % len(below)]
        if callee not in [c.callee for c in caller.calls]:
            least = 0.45 if caller is gateway else 0.65
            caller.calls.append(Call(callee, round(draw.uniform(least, 0.95), 2)))
for i in range(options.caches):  # a cache in front of a database that one service calls
    caller = layers[-2][i % len(layers[-2])]
    call = caller.calls[0]
    if any(c.callee is call.callee for s in layers[-2] if s is not caller for c in s.calls):
        call = caller.calls[-1]
    cache = Service("cache%d" % (i + 1), "cache", draw.uniform(0.26, 0.30))
    caches.append(cache)
    caller.calls.insert(0, Call(cache, 1))
    call.behind, call.calls = cache, 1

gateway.rate = options.rps
services = [s for layer in layers[:-1] for s in layer] + caches + layers[-1]
for layer in layers[:-1]:
    for s in layer:
        for call in s.calls:
            call.rate = s.rate * call.calls * ((1 - HIT) if call.behind else 1)
            call.callee.rate += call.rate


def round_to(x, digits=3):
    return float("%.*g" % (digits, x))


for s in services:  # a database behind a cache must feel it when the cache is cold
    fronted = any(c.callee is s and c.behind for o in services for c in o.calls)
    if fronted:
        s.load = 0.38
    s.cores = {"service": 2, "cache": 1, "database": 2}[s.kind]
    s.ms = round_to(1000 * s.load * s.cores * 2 / s.rate)

depth_of = {s: depth for depth, layer in enumerate(layers) for s in layer}
for s in reversed(services):
    s.mean, s.var = s.ms, s.ms ** 2
for layer in reversed(layers[:-1]):
    for s in layer:
        for c in s.calls:
            p = min(1, c.calls) * ((1 - HIT) if c.behind else 1)
            s.mean += p * c.callee.mean
            s.var += p * (c.callee.var + c.callee.mean ** 2) - (p * c.callee.mean) ** 2
slo = 10 * round(2 * (gateway.mean + 1.9 * math.sqrt(gateway.var)) / 10)


def timeout_of(caller, callee):
    if callee.kind == "cache":
        return slo
    return round_to(slo * {"database": 1.2}.get(callee.kind, 1.2 + 0.6 * (4 - depth_of[callee])))


out_services, out_edges = [], []
for s in services:
    callers = [(o, c) for o in services for c in o.calls if c.callee is s]
    longest = max([timeout_of(o, s) for o, _ in callers] or [slo * 2])
    capacity = s.rate / s.load
    queue = max(20, math.ceil(2 * longest / 1000 * capacity / 2))
    hold = s.mean / 1000 * s.rate / 2
    # a pool outlasts a stuck callee: it holds what the callee could serve within a timeout
    waiting = [timeout_of(s, c.callee) / 1000 * c.callee.rate / c.callee.load for c in s.calls]
    workers = max(12, math.ceil(hold * 6), math.ceil(0.8 * max(waiting or [0])))
    sim = {"cores": s.cores, "service_ms": s.ms, "cv2": round(draw.uniform(0.6, 1.2), 2),
           "workers": workers, "queue": queue,
           "memory": round(draw.uniform(0.35, 0.55), 2), "memory_load": 0.1, "error_share": 0.0002,
           "restart_s": 5, "scale_s": 12}
    if s.kind == "cache":
        sim.update(hit_rate=HIT, working_set=max(50, round(3 * s.rate)))
    out_services.append({"name": s.name, "kind": s.kind, "replicas": 2, "least_replicas": 2,
                         "most_replicas": 5, "sim": sim})
    for c in s.calls:
        share = min(1, c.rate / options.rps)
        edge = {"calls": c.calls, "timeout_ms": timeout_of(s, c.callee),
                "retries": 1 if c.callee.kind != "service" else 0, "network_ms": 0.5,
                "fallback_errors": round(min(0.1, 0.015 / share), 3), "fallback_ms": 10}
        if c.behind:
            edge["cache"] = c.behind.name
        out_edges.append({"caller": s.name, "callee": c.callee.name, "sim": edge})


def lines(items):
    return ",\n".join("    " + json.dumps(item) for item in items)


print("""{
  "name": "layered%d",
  "step_s": 1,
  "services": [
%s
  ],
  "edges": [
%s
  ],
  "entry": "gateway",
  "slo": {"p95_ms": %d, "error_share": 0.05},
  "sim": {"base_rps": %g, "wave": 0.08, "wave_period_s": 600, "user_retries": 0.1,
          "missing": 0.005, "late": 0.005}
}""" % (len(services), lines(out_services), lines(out_edges), slo, options.rps))
