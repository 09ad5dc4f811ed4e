#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""one_set_out.py - constants chosen without a set, scored on it: is the method fitted or found?

    one_set_out.py TEND DATA [--kinds none,nohist] [--reps 1] [--sweeps 2] [--only NAME,...]

For each group of sets in turn a coordinate search over x2/3, x1 and x1.5 of every constant looks for
what is worth most on the other groups (constants.py: mean of AC@1 and right-and-detected over sets
and kinds of change, all alike) and is scored on the group left out, beside what the same search
finds when it may see all of them. Equal worth keeps the value nearest to the default.
"""
import sys

import constants
import robust
from perturb import KINDS

LEAST_GAIN = 1e-9  # of rounding: sums of the same figures in another order


def search(bench, rows, groups, sweeps):
    """Settings that are worth most on some groups, from the defaults on."""
    settings, best = {}, bench.worth({}, groups)
    for _ in range(sweeps):
        before = dict(settings)
        for name, row in rows.items():
            for factor in constants.FACTORS:
                # always of the default: a second sweep tries the other end of the same grid
                value = constants.moved(row, row["default"], factor)
                if value is None:
                    continue
                for tried in (dict(settings, **{name: value}),
                              {k: v for k, v in settings.items() if k != name}):
                    worth = bench.worth(tried, groups)
                    if worth > best + LEAST_GAIN:
                        settings, best = tried, worth
        if settings == before:
            break
    return settings


def said(settings):
    return ", ".join(f"{k}={v:.4g}" for k, v in settings.items()) or "as they are"


def main(words):
    words = list(words)
    kinds = robust.option(words, "--kinds", "none,nohist").split(",")
    reps, sweeps = (int(robust.option(words, k, d)) for k, d in (("--reps", "1"), ("--sweeps", "2")))
    only = robust.option(words, "--only", None)
    if len(words) != 2 or set(kinds) - set(KINDS):
        sys.exit(__doc__)
    case = robust.sets_of(words[1])[0][0][0].folder
    rows = constants.parameters(words[0], case)
    rows = constants.chosen(rows, only)
    bench = constants.Bench(words[0], words[1], kinds, reps)
    try:
        groups = bench.groups()
        seen = search(bench, rows, groups, sweeps)
        print(f"{len(rows)} constants; chosen with all sets: {said(seen)}")
        print("%-18s %8s %8s %8s %8s   %s" % ("left out", "default", "with", "without", "lost",
                                              "chosen without it"))
        for group in groups:
            blind = search(bench, rows, [g for g in groups if g != group], sweeps)
            with_, without = bench.worth(seen, [group]), bench.worth(blind, [group])
            print("%-18s %8.3f %8.3f %8.3f %8.3f   %s" % (
                group, bench.worth({}, [group]), with_, without, with_ - without, said(blind)))
    finally:
        bench.close()


if __name__ == "__main__":
    main(sys.argv[1:])
