#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tsan.sh TEND - eval, learning, sweep, curves and suites with seven threads; a data race fails.
set -eu
tend=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
TSAN_OPTIONS="halt_on_error=1 exitcode=66"
export TSAN_OPTIONS
# TSan needs its shadow memory where a randomised address space may have put something else
fixed=
command -v setarch >/dev/null 2>&1 && setarch -R true 2>/dev/null && fixed="setarch -R"
for more in "--policy rules --checkpoint 0" "--learn --checkpoint 0" "--detector robust_z"; do
    # shellcheck disable=SC2086
    $fixed "$tend" eval --episodes 28 --steps 120 --threads 7 $more --quiet --out "$out/a.csv"
    echo "  eval --threads 7 $more: no race"
done
$fixed "$tend" sweep --grid policy=rules,ucb --episodes 28 --steps 120 --threads 7 --quiet \
    --out "$out/a.csv"
echo "  sweep --threads 7: no race"
$fixed "$tend" learn --curve 20,30 --repeats 2 --episodes 14 --steps 120 --threads 7 --quiet --out "$out/a.csv"
echo "  learn --threads 7: no race"
cat >"$out/suite.json" <<'END'
{"name": "race", "steps": 60, "entries": [{"system": "default", "episodes": 40},
  {"system": {"generate": {"count": 6, "services": "3..6"}}, "episodes": 2}]}
END
$fixed "$tend" eval --suite "$out/suite.json" --policy rules --threads 7 --quiet --out "$out/a.csv"
echo "  eval --suite --threads 7: no race"
echo "tsan: clean"
