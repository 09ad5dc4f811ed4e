#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""vary_constants.py - what moves on the recorded incidents when a constant of the ranking does.

    vary_constants.py TEND DATA [--kinds none,nohist] [--reps 1] [--only NAME,...] [--least 0.001]

Multiplies every constant `tend diagnose --set` takes by 2/3 and by 1.5, one at a time (a flag is
flipped), and prints what changes by at least --least on which set: AC@1, and the share right and
detected; of windows without a fault the share left quiet. A method whose constants carry its figures
was fitted to these cases.
"""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "parity" / "rca"))

import constants  # noqa: E402
import robust  # noqa: E402
from perturb import KINDS  # noqa: E402


def label(cell):
    return cell[0] if cell[1] == "none" else f"{cell[0]}/{cell[1]}"


def changes(base, other, least):
    """["petshop 1.00 -> 0.95", ...] and the largest loss."""
    words, most = [], 0.0
    for cell in base:
        for what in ("right", "called"):
            a, b = base[cell][what]["mean"], other[cell][what]["mean"]
            # said once where the two move alike
            same = what == "called" and (a, b) == tuple(x[cell]["right"]["mean"] for x in (base, other))
            if abs(a - b) >= least and not same:
                words.append(f"{label(cell)}{' called' if what == 'called' else ''} "
                             f"{a:.2f} -> {b:.2f}")
            most = max(most, a - b)
    return words, most


def main(words):
    words = list(words)
    kinds = robust.option(words, "--kinds", "none,nohist").split(",")
    reps, least = int(robust.option(words, "--reps", "1")), float(robust.option(words, "--least", "0.001"))
    only = robust.option(words, "--only", None)
    if len(words) != 2 or set(kinds) - set(KINDS):
        sys.exit(__doc__)
    rows = constants.parameters(words[0], robust.sets_of(words[1])[0][0][0].folder)
    rows = constants.chosen(rows, only)
    bench = constants.Bench(words[0], words[1], kinds, reps)
    try:
        base, worst = bench.figures({}), (0.0, None)
        for name, row in rows.items():
            for factor in constants.FACTORS:
                value = constants.moved(row, row["default"], factor)
                if value is None:
                    print(f"{name:20} {row['default']:10.4g} -> the same")
                    continue
                moved, loss = changes(base, bench.figures({name: value}), least)
                worst = max(worst, (loss, name), key=lambda x: x[0])
                print(f"{name:20} {row['default']:10.4g} -> {value:<10.4g} "
                      f"{'; '.join(moved) or 'nothing moves'}", flush=True)
        print(f"{len(rows)} constants; the largest loss is {worst[0]:.3f}"
              + (f", of {worst[1]}" if worst[1] else ""))
    finally:
        bench.close()


if __name__ == "__main__":
    main(sys.argv[1:])
