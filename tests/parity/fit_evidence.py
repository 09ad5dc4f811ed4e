#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits src/agent/diagnose/{place,family}_fit.h from simulated incidents. Needs NumPy and SciPy.

    fit_evidence.py --tend TEND --dump DUMP_EVIDENCE --work DIR [--write SRC]

Systems are those of `tend generate` with seeds below 10,000, in steps of 1, 15 and 60 s, played in
the worlds `real` and `rough`, with and without the latencies of calls; one episode in eight is
healthy. No number is fitted to anything strange, recorded or of the suites; but which signs there are, and
the bounds of their weights below, were chosen with the visible recorded sets in sight. Place: a conditional logit over
services and "nothing", weights of the signs that speak for a place at least 0, so that no
surrounding can outvote what a service shows itself. Family: one logistic regression per family, at
the true place. L2 penalties; every system weighs the same. Prints what the fit is worth on systems
left out (five parts), and of every fault what is left of it when that fault is left out.
"""
import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.optimize import minimize

FAMILIES = ["unknown", "compute", "memory", "deploy", "contention", "cache", "traffic", "pool",
            "crash", "network"]
# (first system seed, systems, step_s, world, family, episodes, settings)
PLAN = [
    (1001, 80, 1, "real", "single", 16, []),
    (1001, 80, 1, "rough", "single", 6, []),
    (1001, 40, 1, "calm", "single", 6, []),
    (1001, 80, 1, "real", "quiet", 3, []),
    (1001, 80, 1, "real", "crowd", 3, []),
    (1001, 40, 1, "real", "single", 5, ["lost_edges=1"]),
    (1101, 20, 15, "real", "single", 10, []),
    (1201, 20, 60, "real", "single", 10, []),
]
# own impact by the requests that feel it is worth nothing in a simulation, where all calls matter,
# and much where most do not
LEAST = {"latency": 0.4, "errors": 0.4,
         # what a callee explains speaks against its caller, and a little at most
         "slow_echo": -0.5, "fails_echo": -0.5}
MOST = 4.0  # what is plain in a simulation is not as plain elsewhere


def system_file(folder, step, seed):
    return "%s/%d/gen-%d%s.json" % (folder, step, seed, "" if step == 1 else "-%ds" % step)


def dump(tool, folder, plan, i):
    first, count, step, world, family, episodes, settings = plan
    system = system_file(folder, step, first + i)
    seed = 1 + 100 * i
    command = [tool, system, world, family, str(seed), str(episodes)] + settings
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(command), done.stderr))
    return done.stdout.splitlines()


class Look:
    __slots__ = ("system", "age", "fault", "family", "service", "costly", "world", "place", "kind",
                 "seed", "edge")


def parse(lines, tag):
    names = lines[0].split(), lines[1].split()
    looks, i = [], 2
    while i < len(lines):
        w = lines[i].split()
        size = int(w[10])
        rows = np.array([lines[i + 1 + k].split() for k in range(size)], dtype=float)
        look = Look()
        look.system, look.age, look.fault = w[1], int(w[3]), w[4]
        look.seed, look.edge = int(w[2]), int(w[7])
        look.family, look.service, look.costly = int(w[5]), int(w[6]), int(w[8])
        look.world = tag
        look.place, look.kind = rows[:, :len(names[0])], rows[:, len(names[0]):]
        looks.append(look)
        i += 1 + size
    return names, looks


def gather(args):
    for first, count, step, *_ in PLAN:
        folder = "%s/%d" % (args.work, step)
        if not os.path.exists(system_file(args.work, step, first + count - 1)):
            subprocess.run([args.tend, "generate", "--seed", str(first), "--count", str(count),
                            "--step-s", str(step), "--episodes", "0", "--quiet", "--out", folder],
                           check=True)
    jobs = [(plan, i) for plan in PLAN for i in range(plan[1])]
    looks, names = [], None
    with ThreadPoolExecutor(args.jobs) as pool:
        for (plan, _), lines in zip(jobs, pool.map(lambda j: dump(args.dump, args.work, *j), jobs)):
            tag = "%s %s %d s%s" % (plan[3], plan[4], plan[2], " " + plan[6][0] if plan[6] else "")
            names, more = parse(lines, tag)
            looks += more
    return names, looks


class Choice:
    """Conditional logit over the services of a look and "nothing"."""

    def __init__(self, looks, least):
        self.x = np.vstack([k.place for k in looks])
        size = [len(k.place) for k in looks]
        self.at = np.cumsum([0] + size)[:-1]
        self.look = np.repeat(np.arange(len(looks)), size)
        self.truth = np.array([k.service for k in looks])
        per = {}
        for k in looks:
            per[k.system] = per.get(k.system, 0) + weight(k)
        self.weight = np.array([weight(k) / per[k.system] for k in looks])
        self.weight /= self.weight.sum()
        self.bounds = [(e, 0 if e < 0 else MOST) for e in least] + [(None, None)]

    def fit(self, penalty, start):
        return minimize(self.loss, start, args=(penalty,), jac=True, method="L-BFGS-B",
                        bounds=self.bounds, options={"maxiter": 300}).x

    def probabilities(self, theta):
        score = self.x @ theta[:-1]
        top = np.maximum(np.maximum.reduceat(score, self.at), theta[-1])
        e, none = np.exp(score - top[self.look]), np.exp(theta[-1] - top)
        z = np.add.reduceat(e, self.at) + none
        return e / z[self.look], none / z

    def loss(self, theta, penalty):
        p, none = self.probabilities(theta)
        hit = self.truth >= 0
        rows = self.at[hit] + self.truth[hit]
        picked = np.concatenate([p[rows], none[~hit]])
        w = np.concatenate([self.weight[hit], self.weight[~hit]])
        g = p * self.weight[self.look]
        g[rows] -= self.weight[hit]
        last = np.sum(none * self.weight) - np.sum(self.weight[~hit])
        gradient = np.append(self.x.T @ g + 2 * penalty * theta[:-1], last)
        return (-np.sum(w * np.log(np.maximum(picked, 1e-300))) +
                penalty * np.sum(theta[:-1] ** 2), gradient)


def weight(k):
    return (2.0 if k.costly else 0.5 if k.service >= 0 else 1.0) * (2 if k.age in (5, 9) else 1)


def first_right(looks, theta, none=True):
    out = []
    for k in looks:
        s = k.place @ theta[:-1]
        out.append(int(np.argmax(s)) == k.service)
    return np.array(out)


def logistic(x, y, w, penalty):
    def loss(t):
        z = x @ t
        p = 1 / (1 + np.exp(-np.clip(z, -60, 60)))
        value = np.sum(w * (np.logaddexp(0, z) - y * z)) + penalty * np.sum(t[1:] ** 2)
        g = x.T @ (w * (p - y))
        g[1:] += 2 * penalty * t[1:]
        return value, g
    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B",
                    options={"maxiter": 400}).x


def fit_family(looks, penalty):
    at = [k for k in looks if k.service >= 0]
    x = np.array([k.kind[k.service] for k in at])
    y = np.array([k.family for k in at])
    # every fault weighs the same, or the place of the frequent ones would speak for them
    per = {}
    for k in at:
        per[k.fault] = per.get(k.fault, 0) + (2.0 if k.costly else 0.5)
    w = np.array([(2.0 if k.costly else 0.5) / per[k.fault] for k in at])
    w /= w.sum()
    return np.array([logistic(x, (y == f).astype(float), w, penalty)
                     for f in range(1, len(FAMILIES))])


def families(looks, theta, least):
    at = [k for k in looks if k.service >= 0]
    z = np.array([k.kind[k.service] for k in at]) @ theta.T
    best = np.argmax(z, 1)
    return at, np.where(z[np.arange(len(at)), best] > least, best + 1, 0)


def headers(args, names, theta, kinds, least):
    place = "\n".join("    [PLACE_%s] = %.4g," % (n, t) for n, t in zip(names[0], theta))
    with open(args.write + "/place_fit.h", "w") as f:
        f.write("""// SPDX-License-Identifier: GPL-3.0-or-later
// place_fit.h - made by `make fit` from generated systems; do not edit.
#ifndef TEND_AGENT_DIAGNOSE_PLACE_FIT_H
#define TEND_AGENT_DIAGNOSE_PLACE_FIT_H

// clang-format off
static const double place_weight[PLACE_SIGNS] = {
%s
};
// clang-format on

#define PLACE_NONE %.4g // score of "nothing stands out"

#endif
""" % (place, theta[-1]))
    rows = []
    for f, row in zip(FAMILIES[1:], kinds):
        cells = "\n".join("        [FAMILY_%s] = %.4g," % (n, t) for n, t in zip(names[1], row))
        rows.append("    {TEND_FAMILY_%s, {\n%s\n    }}," % (f.upper(), cells))
    with open(args.write + "/family_fit.h", "w") as f:
        f.write("""// SPDX-License-Identifier: GPL-3.0-or-later
// family_fit.h - made by `make fit` from generated systems; do not edit. Log odds.
#ifndef TEND_AGENT_DIAGNOSE_FAMILY_FIT_H
#define TEND_AGENT_DIAGNOSE_FAMILY_FIT_H

// clang-format off
static const struct {
    tend_family family;
    double weight[FAMILY_SIGNS];
} family_fit[] = {
%s
};
// clang-format on

// log odds below which a fault is none of them; larger: known ones are called unknown
#define FAMILY_LEAST %.4g

#endif
""" % ("\n".join(rows), least))


def say_places(looks, theta, title):
    known = [k for k in looks if k.service >= 0]
    right = first_right(known, theta)
    print(title)
    for label, pick in (("world", lambda k: k.world), ("fault", lambda k: k.fault),
                        ("age", lambda k: "%d" % k.age)):
        for value in sorted({pick(k) for k in known}):
            chosen = [i for i, k in enumerate(known) if pick(k) == value]
            costly = [i for i in chosen if known[i].costly]
            print("  %-8s%-28s%6d looks, top-1 %.2f; costly %6d, %.2f" %
                  (label, value, len(chosen), right[chosen].mean(), len(costly),
                   right[costly].mean() if costly else float("nan")))
    costly = np.array([k.costly for k in known], bool)
    print("  all: top-1 %.3f, costly %.3f" % (right.mean(), right[costly].mean()))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--tend", required=True)
    p.add_argument("--dump", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--write")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--penalty", type=float, default=1e-4)
    p.add_argument("--least", type=float, default=-0.5, help="log odds of a family")
    args = p.parse_args()
    names, looks = gather(args)
    print("%d looks at %d systems" % (len(looks), len({k.system for k in looks})))
    least = [LEAST.get(n, 0) for n in names[0]]
    start = np.append(np.full(len(names[0]), 0.5), 1.0)
    theta = Choice(looks, least).fit(args.penalty, start)
    systems = sorted({k.system for k in looks})
    held, pairs = [], []
    for part in range(5):
        out = set(systems[part::5])
        t = Choice([k for k in looks if k.system not in out], least).fit(args.penalty, theta)
        left = [k for k in looks if k.system in out]
        held += list(first_right([k for k in left if k.service >= 0 and k.costly], t))
        at, said = families(left, fit_family([k for k in looks if k.system not in out], 1e-5),
                            args.least)
        pairs += [(k.family, s, k.costly) for k, s in zip(at, said)]
    say_places(looks, theta, "places, fitted on all:")
    print("systems left out: top-1 of costly faults %.3f" % np.mean(held))
    said = np.array([(f, s) for f, s, c in pairs if c])
    print("families, systems left out, costly: right %.3f, unknown %.3f" %
          (np.mean(said[:, 0] == said[:, 1]), np.mean(said[:, 1] == 0)))
    for f in range(1, len(FAMILIES)):
        row = said[said[:, 0] == f]
        if len(row):
            print("  %-11s %5d  %s" % (FAMILIES[f], len(row), " ".join(
                "%s %.2f" % (FAMILIES[s], np.mean(row[:, 1] == s)) for s in range(len(FAMILIES))
                if np.mean(row[:, 1] == s) >= 0.03)))
    print("a fault left out of the fit: top-1 of it (costly), called unknown")
    for fault in sorted({k.fault for k in looks if k.service >= 0}):
        rest = [k for k in looks if k.fault != fault]
        left = [k for k in looks if k.fault == fault and k.costly]
        t = Choice(rest, least).fit(args.penalty, theta)
        at, said = families(left, fit_family(rest, 1e-5), args.least)
        own = {k.family for k in rest if k.service >= 0}
        print("  %-18s %.2f (all %.2f)  unknown %.2f%s" %
              (fault, first_right(left, t).mean(), first_right(left, theta).mean(),
               np.mean(said == 0), "" if left and left[0].family not in own else ", its family is known"))
    for n, t in zip(names[0] + ["(nothing)"], theta):
        print("  %-12s %8.3f" % (n, t))
    if args.write:
        headers(args, names, theta, fit_family(looks, 1e-5), args.least)


main()
