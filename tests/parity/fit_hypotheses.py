#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits the weights of src/agent/diagnose/hypotheses_fit.h. Needs NumPy and SciPy.

    fit_hypotheses.py SYSTEM.json=SIGNS.txt ... > src/agent/diagnose/hypotheses_fit.h

SIGNS.txt comes from dump_signs (tests/parity/dump_signs.c) on that system. A multinomial logit over
"service v suffers from family f", "link e is bad" and "nothing is wrong", fitted by maximum
likelihood with an L2 penalty of 1e-5 (L-BFGS). Every system weighs the same; looks five ticks into
an alarm count twice. The last fifth of each system's seeds is held out and scored on stderr.

The weights in the repository come from these systems and seeds (always from 1 on); "vary N" is
vary_system.py N, "layered" is generate_layered.py (beside this) with --seed, --layers, --databases, --caches:
  default 1500, shop 700, layered40 250 episodes;
  default vary 1 ... 5: 400 each; shop vary 6 ... 9: 250 each; layered40 vary 10, 11: 120 each;
  layered 7 3,4 4 2 vary 12, layered 8 5,6 6 3 vary 13, layered 9 2 2 1 vary 14: 250 each;
  layered 101 4,5,3 5 3 vary 15, 16, layered 103 3,3,3,3 3 1 vary 17: 250 each.
"""
import json
import sys

import numpy as np
from scipy.optimize import minimize

SERVICE, LINK, NONE = 30, 16, 5
FAMILIES = ["compute", "memory", "deploy", "contention", "cache", "traffic", "pool", "crash"]
NETWORK = 9


def numbers(lines):
    return np.array(next(lines).split(), dtype=float)


def looks(path):
    with open(path) as f:
        for head in f:
            seed, age, family, service, edge, s, e = map(int, head.split()[1:])
            none = numbers(f)
            services = np.array([numbers(f) for _ in range(s)])
            links = np.array([numbers(f) for _ in range(e)]).reshape(e, LINK)
            yield seed, age, family, service, edge, none, services, links


class Set:
    """Looks back to back; every hypothesis row knows its look."""

    def __init__(self, rows):
        system, seed, age, family, service, edge, none, services, links = zip(*rows)
        self.system, self.age = np.array(system), np.array(age)
        self.family, self.service, self.edge = map(np.array, (family, service, edge))
        self.none, self.services, self.links = np.array(none), np.vstack(services), np.vstack(links)
        self.s_size, self.e_size = [len(x) for x in services], [len(x) for x in links]
        self.s_at = np.cumsum([0] + self.s_size)[:-1]
        self.e_at = np.cumsum([0] + self.e_size)[:-1]
        self.s_look = np.repeat(np.arange(len(rows)), self.s_size)
        self.e_look = np.repeat(np.arange(len(rows)), self.e_size)
        weight = np.ones(len(rows))
        for i in set(system):
            weight[self.system == i] = 1 / np.sum(self.system == i)
        weight *= np.where(self.age == 5, 2.0, 1.0)
        self.weight = weight / weight.sum()


def split(theta):
    n = len(FAMILIES) * SERVICE
    return theta[:n].reshape(len(FAMILIES), SERVICE), theta[n:n + LINK], theta[n + LINK:]


def odds(theta, d):
    w, u, n = split(theta)
    ls, le, ln = d.services @ w.T, d.links @ u, d.none @ n
    top = np.maximum(np.maximum(np.maximum.reduceat(ls.max(1), d.s_at),
                                np.maximum.reduceat(le, d.e_at)), ln)
    es, ee, en = np.exp(ls - top[d.s_look, None]), np.exp(le - top[d.e_look]), np.exp(ln - top)
    z = np.add.reduceat(es.sum(1), d.s_at) + np.add.reduceat(ee, d.e_at) + en
    return ls, le, ln, np.log(z) + top, es / z[d.s_look, None], ee / z[d.e_look], en / z


def loss(theta, d, penalty):
    ls, le, ln, log_z, ps, pe, pn = odds(theta, d)
    quiet, link = d.family == 0, d.family == NETWORK
    hit = ~quiet & ~link
    rs, re = d.s_at[hit] + d.service[hit], d.e_at[link] + d.edge[link]
    of = d.family[hit] - 1
    truth = np.where(quiet, ln, 0)
    truth[link], truth[hit] = le[re], ls[rs, of]
    gs, ge, gn = ps * d.weight[d.s_look, None], pe * d.weight[d.e_look], pn * d.weight
    gs[rs, of] -= d.weight[hit]
    ge[re] -= d.weight[link]
    gn[quiet] -= d.weight[quiet]
    gradient = np.concatenate([(gs.T @ d.services).ravel(), d.links.T @ ge, d.none.T @ gn])
    return (np.sum(d.weight * (log_z - truth)) + penalty * theta @ theta,
            gradient + 2 * penalty * theta)


def report(theta, d, callees, names):
    ps, pe = odds(theta, d)[4:6]
    for i, name in enumerate(names):
        place = []
        for k in np.where((d.system == i) & (d.family > 0) & (d.age == 5))[0]:
            total = ps[d.s_at[k]:d.s_at[k] + d.s_size[k]].sum(1)
            np.add.at(total, callees[i], pe[d.e_at[k]:d.e_at[k] + d.e_size[k]])
            place.append(np.sum(total > total[d.service[k]]))
        place = np.array(place)
        print("%s: %d held-out incidents, top-1 %.3f, top-3 %.3f" %
              (name, len(place), np.mean(place < 1), np.mean(place < 3)), file=sys.stderr)


def table(values, indent):
    lines, line = [], indent
    for v in values:
        text = "%.4g," % v
        if len(line) + len(text) + 1 > 98:
            lines.append(line.rstrip())
            line = indent
        line += text + " "
    return "\n".join(lines + [line.rstrip()])


def header(theta):
    w, u, n = split(theta)
    print("""// hypotheses_fit.h - made by tests/parity/fit_hypotheses.py from simulated incidents; do not edit.
//
// One row of fit_service for each family that was fitted, by its name: a family without one is
// not scored. Columns in the order of hypotheses_service, hypotheses_link and hypotheses_none. Log
// odds.
#ifndef TEND_AGENT_DIAGNOSE_HYPOTHESES_FIT_H
#define TEND_AGENT_DIAGNOSE_HYPOTHESES_FIT_H

// clang-format off
static const double fit_none[NONE_SIGNS] = {
%s
};

static const double fit_link[LINK_SIGNS] = {
%s
};

static const struct {
    tend_family family;
    double weight[SERVICE_SIGNS];
} fit_service[] = {""" %
          (table(n, "    "), table(u, "    ")))
    for name, row in zip(FAMILIES, w):
        print("    {TEND_FAMILY_%s, {\n%s\n    }}," % (name.upper(), table(row, "        ")))
    print("};\n// clang-format on\n\n#endif")


def main(arguments):
    names, callees, train, held = [], [], [], []
    for i, argument in enumerate(arguments):
        path, signs = argument.split("=")
        with open(path) as f:
            system = json.load(f)
        index = {s["name"]: k for k, s in enumerate(system["services"])}
        names.append(system["name"])
        callees.append([index[e["callee"]] for e in system["edges"]])
        rows = [(i,) + look for look in looks(signs)]
        last = max(row[1] for row in rows)
        for row in rows:
            (held if row[1] > 0.8 * last else train).append(row)
    d = Set(train)
    start = np.zeros(len(FAMILIES) * SERVICE + LINK + NONE)
    fit = minimize(loss, start, args=(d, 1e-5), jac=True, method="L-BFGS-B",
                   options={"maxiter": 500})
    report(fit.x, Set(held), callees, names)
    header(fit.x)


main(sys.argv[1:])
