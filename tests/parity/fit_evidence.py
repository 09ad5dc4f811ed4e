#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits src/agent/diagnose/cause_fit.h from simulated incidents. Needs NumPy and SciPy.

    fit_evidence.py --tend TEND --dump DUMP_EVIDENCE --work DIR [--write SRC] [--leave-faults]

Systems are those of `tend generate` with seeds below 10,000, in steps of 1, 15 and 60 s, played in
the worlds `real`, `rough` and `calm`, with and without the latencies of calls, in waves, and with
columns, services, calls and kinds that nobody sees; one episode in eight is healthy. No number is
fitted to anything strange, recorded or of the suites; but which signs there are, and the bounds of
their weights, were chosen with the visible recorded sets in sight.

A conditional logit over hypotheses, place x kind of fault, and "nothing": each kind has weights of
its own for the signs of a place, and a gate, a softmax over kinds, says how likely it is of itself.
What it says is then tempered: one factor and the score of "nothing", by likelihood on systems that
it was not fitted on. L2 penalty; every system weighs the same. Prints what the fit is worth on systems left out, in two halves, and with
--leave-faults what is left of each fault when it is left out.
"""
import argparse
import os
import subprocess
import sys
import textwrap
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
    (1001, 60, 1, "real", "single", 5, ["wave=0.4", "wave_period_s=300"]),
    (1001, 60, 1, "real", "quiet", 2, ["wave=0.4", "wave_period_s=300"]),
    # what nobody sees
    (1001, 80, 1, "real", "single", 8, ["lose=0.3"]),
    (1001, 80, 1, "calm", "single", 3, ["lose=0.3"]),
    (1001, 80, 1, "real", "quiet", 1, ["lose=0.3"]),
    (1101, 20, 15, "real", "single", 10, []),
    (1201, 20, 60, "real", "single", 10, []),
]
MOST = 4.0  # log odds of a sign: what is plain in a simulation is not as plain elsewhere
# what a service shows itself never speaks against its place, what others explain never
# for it; these may do either
EITHER = {"amplified", "starved", "swamped"}
AGAINST = {"slow_echo", "fails_echo", "gap_owed", "deeper"}
PENALTY = 1e-3  # of squared log odds; smaller is the same in simulation and worse elsewhere
ROUNDS = 80  # of the optimiser; more move the odds on systems left out by nothing
UNKNOWN = 0.13  # of known faults that may be called unknown; larger names fewer of them
LEAST_SAID = 0.0005  # smaller weights are left out of the table


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
    __slots__ = ("system", "age", "fault", "family", "service", "costly", "world", "sign")


def parse(lines, tag):
    names = lines[0].split(), lines[1].split()
    looks, i = [], 2
    while i < len(lines):
        w = lines[i].split()
        size = int(w[10])
        rows = np.array([lines[i + 1 + k].split() for k in range(size)], dtype=float)
        look = Look()
        look.system, look.age, look.fault = w[1], int(w[3]), w[4]
        look.family, look.service, look.costly = int(w[5]), int(w[6]), int(w[8])
        look.world = tag
        look.sign = rows
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


class Looks:
    """Rows of all services of all looks, weighed so that every system weighs the same."""

    def __init__(self, looks, faults):
        self.x = np.vstack([k.sign for k in looks])
        size = [len(k.sign) for k in looks]
        self.at = np.cumsum([0] + size)[:-1]
        self.end = self.at + size
        self.look = np.repeat(np.arange(len(looks)), size)
        truth = np.array([k.service for k in looks])
        self.hit = truth >= 0
        self.rows = self.at[self.hit] + truth[self.hit]
        self.fault = np.array([faults.index(k.fault) for k in looks if k.service >= 0], int)
        per = {}
        for k in looks:
            per[k.system] = per.get(k.system, 0) + weight(k)
        self.weight = np.array([weight(k) / per[k.system] for k in looks])
        self.weight /= self.weight.sum()


def weight(k):
    return (2.0 if k.costly else 0.5 if k.service >= 0 else 1.0) * (2 if k.age in (5, 9) else 1)


def softmax(score, none, of):
    """score [rows][kinds] and that of nothing -> probabilities of both."""
    top = np.maximum(np.maximum.reduceat(score.max(1), of.at), none)
    e, rest = np.exp(score - top[of.look][:, None]), np.exp(none - top)
    z = np.add.reduceat(e.sum(1), of.at) + rest
    return e / z[of.look][:, None], rest / z


def gated(x, gate, theta):
    """Log odds of each kind: weighed signs of its place, and how likely the kind is of itself."""
    kinds = (len(theta) - 1) // (x.shape[1] + gate.shape[1])
    table = theta[:-1].reshape(-1, kinds)
    z = gate @ table[x.shape[1]:]
    z -= z.max(1)[:, None]
    z -= np.log(np.exp(z).sum(1))[:, None]
    return x @ table[:x.shape[1]] + z, z


def loss(theta, of, columns, gates, kind, penalty):
    """Negative log likelihood of place (and kind) under weights [columns + gates][kinds], none."""
    x, gate = of.x[:, columns], of.x[:, gates]
    score, z = gated(x, gate, theta)
    p, none = softmax(score, theta[-1], of)
    picked = np.concatenate([p[of.rows, kind], none[~of.hit]])
    w = np.concatenate([of.weight[of.hit], of.weight[~of.hit]])
    g = p * of.weight[of.look][:, None]
    g[of.rows, kind] -= of.weight[of.hit]
    last = np.sum(none * of.weight) - np.sum(of.weight[~of.hit])
    return (-np.sum(w * np.log(np.maximum(picked, 1e-300))) + penalty * np.sum(theta[:-1] ** 2),
            np.append(np.vstack([x.T @ g, gate.T @ (g - np.exp(z) * g.sum(1)[:, None])]).ravel() +
                      2 * penalty * theta[:-1], last))


class Fit:
    """Weights of all kinds [place signs + gates][kinds] and nothing, and how they are tempered."""

    def __init__(self, names, faults):
        self.names, self.faults = names, faults
        self.place = list(range(len(names[0])))
        self.gate = list(range(len(names[0]), len(names[0]) + len(names[1])))
        self.kinds = None
        self.temper, self.none, self.least = 1.0, 0.0, 0.0

    def fit(self, looks, start=None):
        of = Looks(looks, self.faults)
        each = []
        for n in self.names[0]:
            each.append((-MOST, 0) if n in AGAINST else (-MOST, MOST) if n in EITHER else (0, MOST))
        each += [(-MOST, MOST)] * len(self.names[1])
        bounds = [b for b in each for _ in self.faults] + [(None, None)]
        at = np.zeros(len(bounds)) if start is None else start.kinds
        self.kinds = minimize(loss, at, args=(of, self.place, self.gate, of.fault, PENALTY),
                              jac=True, method="L-BFGS-B", bounds=bounds,
                              options={"maxiter": ROUNDS}).x
        return self

    def parts(self, of):
        """Log odds of each kind at each place, against nothing."""
        return gated(of.x[:, self.place], of.x[:, self.gate], self.kinds)[0] - self.kinds[-1]

    def odds(self, of):
        kinds = self.parts(of)
        top = kinds.max(1)
        return top + np.log(np.exp(kinds - top[:, None]).sum(1))

    def adjust(self, held):
        """Temper and nothing from (odds, Looks) of systems that were left out."""
        def worth(t):
            total = 0
            for odds, of in held:
                p, none = softmax(t[0] * odds[:, None], t[1], of)
                picked = np.concatenate([p[of.rows, 0], none[~of.hit]])
                w = np.concatenate([of.weight[of.hit], of.weight[~of.hit]])
                total -= np.sum(w * np.log(np.maximum(picked, 1e-300)))
            return total
        self.temper, self.none = minimize(worth, [1.0, 0.0], method="Nelder-Mead").x
        return self


class Verdict:
    """What is said of a look: right place, its confidence, the family at the true place."""
    __slots__ = ("right", "said", "family", "share")


def judge(looks, fit, family_of):
    of = Looks(looks, fit.faults)
    p, none = softmax(fit.temper * fit.odds(of)[:, None], fit.none, of)
    kinds = fit.parts(of)
    rows = np.array([family_of[f] for f in fit.faults])
    out = []
    for i, k in enumerate(looks):
        mine = p[of.at[i]:of.end[i], 0]
        v = Verdict()
        v.right = int(np.argmax(mine)) == k.service and mine.max() >= none[i]
        v.said = mine.max()
        own = kinds[of.at[i] + k.service]
        share = np.bincount(rows, np.exp(own - own.max()), len(FAMILIES))
        share /= share.sum()
        v.share = share.max()
        v.family = int(np.argmax(share)) if v.share >= fit.least else 0
        out.append(v)
    return out


def table(fit, family_of):
    width, text = len(fit.names[0]), []
    for fault, row in zip(fit.faults, fit.kinds[:-1].reshape(-1, len(fit.faults)).T):
        cells = []
        for prefix, names, part in (("PLACE", fit.names[0], row[:width]),
                                    ("FAMILY", fit.names[1], row[width:])):
            cells.append(textwrap.fill(" ".join("[%s_%s]\0=\0%.4g," % (prefix, n, t)
                                                for n, t in zip(names, part)
                                                if abs(t) >= LEAST_SAID),
                                       width=100, initial_indent=" " * 9,
                                       subsequent_indent=" " * 9, break_long_words=False,
                                       break_on_hyphens=False).replace("\0", " "))
        text.append("    {\"%s\",\n     TEND_FAMILY_%s,\n     {\n%s\n     },\n     {\n%s\n     }}," %
                    (fault, FAMILIES[family_of[fault]].upper(), cells[0], cells[1]))
    return "\n".join(text)


def header(src, fit, family_of):
    with open(src + "/cause_fit.h", "w") as f:
        f.write("""// SPDX-License-Identifier: GPL-3.0-or-later
// cause_fit.h - made by `make fit` from generated systems; do not edit. Log odds per sign.
#ifndef TEND_AGENT_DIAGNOSE_CAUSE_FIT_H
#define TEND_AGENT_DIAGNOSE_CAUSE_FIT_H

// clang-format off
static const cause_row cause_fit[] = {
%s
};

// log odds of "nothing is wrong", larger abstains oftener: as fitted, and beside tempered odds
#define CAUSE_NONE_KINDS %.4g
#define CAUSE_NONE %.4g
#define CAUSE_TEMPER %.4g // of all odds: below 1 the weights say too much of other systems
#define CAUSE_FAMILY_LEAST %.4g // share of the likeliest family, below which it is unknown
// clang-format on

#endif
""" % (table(fit, family_of), fit.kinds[-1], fit.none, fit.temper, fit.least))


def say_places(looks, said, title):
    print(title)
    for label, pick in (("world", lambda k: k.world), ("fault", lambda k: k.fault),
                        ("age", lambda k: "%d" % k.age)):
        for value in sorted({pick(k) for k in looks}):
            chosen = [i for i, k in enumerate(looks) if pick(k) == value]
            costly = [i for i in chosen if looks[i].costly]
            print("  %-8s%-32s%6d looks, top-1 %.2f; costly %6d, %.2f" %
                  (label, value, len(chosen), np.mean([said[i].right for i in chosen]), len(costly),
                   np.mean([said[i].right for i in costly]) if costly else float("nan")))
    costly = [v for k, v in zip(looks, said) if k.costly]
    high = [v for v in costly if v.said > 0.9]
    print("  all: top-1 %.3f, costly %.3f; said %.3f; above .9 %.2f of them, %.3f right" %
          (np.mean([v.right for v in said]), np.mean([v.right for v in costly]),
           np.mean([v.said for v in costly]), len(high) / len(costly),
           np.mean([v.right for v in high])))


def say_families(looks, said):
    pairs = np.array([(k.family, v.family) for k, v in zip(looks, said) if k.costly])
    print("families at the true place, costly: right %.3f, unknown %.3f" %
          (np.mean(pairs[:, 0] == pairs[:, 1]), np.mean(pairs[:, 1] == 0)))
    for f in range(1, len(FAMILIES)):
        row = pairs[pairs[:, 0] == f]
        if len(row):
            print("  %-11s %5d  %s" % (FAMILIES[f], len(row), " ".join(
                "%s %.2f" % (FAMILIES[s], np.mean(row[:, 1] == s)) for s in range(len(FAMILIES))
                if np.mean(row[:, 1] == s) >= 0.03)))


def say_left_faults(looks, whole, family_of):
    print("a fault left out of the fit: top-1 of it (costly), called unknown")
    for fault in whole.faults:
        kept = [i for i, f in enumerate(whole.faults) if f != fault]
        fit = Fit(whole.names, [whole.faults[i] for i in kept])
        start = Fit(whole.names, fit.faults)
        start.kinds = np.append(whole.kinds[:-1].reshape(-1, len(whole.faults))[:, kept].ravel(),
                                whole.kinds[-1])
        fit.fit([k for k in looks if k.fault != fault], start)
        fit.temper, fit.none, fit.least = whole.temper, whole.none, whole.least
        left = [k for k in looks if k.fault == fault and k.costly]
        for k in left:
            k.fault = fit.faults[0]  # its own has no row
        said = judge(left, fit, family_of)
        for k in left:
            k.fault = fault
        known = family_of[fault] in {family_of[f] for f in fit.faults}
        print("  %-18s %5d  %.2f  %.2f%s" % (fault, len(left), np.mean([v.right for v in said]),
                                             np.mean([v.family == 0 for v in said]),
                                             ", its family is known" if known else ""))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--tend", required=True)
    p.add_argument("--dump", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--write")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--leave-faults", action="store_true", help="each fault left out in turn")
    args = p.parse_args()
    names, looks = gather(args)
    print("%d looks at %d systems" % (len(looks), len({k.system for k in looks})))
    faults = sorted({k.fault for k in looks if k.service >= 0})
    family_of = {k.fault: k.family for k in looks if k.service >= 0}
    halves = []
    systems = sorted({k.system for k in looks})
    for half in (0, 1):
        out = set(systems[half::2])
        halves.append((Fit(names, faults).fit([k for k in looks if k.system not in out]),
                       [k for k in looks if k.system in out]))
    held = [(fit.odds(Looks(left, faults)), Looks(left, faults)) for fit, left in halves]
    left, said = [], []
    for half, (fit, mine) in enumerate(halves):
        # tempered on the other half, of which the other fit has seen nothing
        fit.adjust([held[1 - half]])
        other = [k for k in halves[1 - half][1] if k.service >= 0 and k.costly]
        fit.least = np.quantile([v.share for v in judge(other, halves[1 - half][0], family_of)],
                                UNKNOWN)
        known = [k for k in mine if k.service >= 0]
        left += known
        said += judge(known, fit, family_of)
    say_places(left, said, "places, on systems left out of the fit:")
    say_families(left, said)
    whole = Fit(names, faults).fit(looks, halves[0][0]).adjust(held)
    whole.least = 0.5 * (halves[0][0].least + halves[1][0].least)
    print("tempered by %.2f, nothing at %.2f, a family has at least %.2f" %
          (whole.temper, whole.none, whole.least))
    if args.write:
        header(args.write, whole, family_of)
    if args.leave_faults:
        say_left_faults(looks, whole, family_of)


main()
