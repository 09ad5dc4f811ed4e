#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""severity.py TEND [OPTION ...] - how soon drawn faults breach when nobody acts, and how often
healthy episodes do: the examples under --preset real, seeds from 1; options are handed to eval."""
import csv
import subprocess
import sys
import tempfile


def rows(tend, *options):
    with tempfile.NamedTemporaryFile(suffix=".csv") as out:
        subprocess.run([tend, "eval", "--quiet", "--policy", "noop", "--detector", "threshold",
                        "--seed0", "1", *options, "--out", out.name], check=True,
                       stdout=subprocess.DEVNULL)
        with open(out.name, newline="") as f:
            return list(csv.DictReader(f))


def share(list_of_bools):
    return sum(list_of_bools) / max(1, len(list_of_bools))


def main():
    tend, more = sys.argv[1], sys.argv[2:]
    print(f"{'':12}{'healthy breach':>16}{'never breach':>14}{'within 2':>10}{'after 20':>10}")
    for system, episodes in (("default", 300), ("shop", 300), ("layered40", 150)):
        given = ["--system", system, "--preset", "real", "--episodes", str(episodes), *more]
        quiet = rows(tend, *given, "--family", "quiet")
        single = rows(tend, *given, "--family", "single")
        after = [int(r["first_slo"]) - int(r["fault_t_start"]) for r in single if r["first_slo"]]
        print(f"{system:12}{share([r['first_slo'] != '' for r in quiet]):16.3f}"
              f"{share([r['first_slo'] == '' for r in single]):14.2f}"
              f"{share([0 <= d <= 2 for d in after]):10.2f}{share([d > 20 for d in after]):10.2f}")


if __name__ == "__main__":
    main()
