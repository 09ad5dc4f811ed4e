#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# golden.sh TEND DIR - plays what the goldens hold and writes it into DIR, one file each.
#
# Small outputs are kept whole, so that a change can be read in a diff; long ones (traces, the
# ranking of every recorded case) as a digest a line. Nothing here tells what is right: that is
# asserted by the tests of the modules. A golden tells *that* something changed.
# Paths and times of the machine are taken out; TEND_DATA, where set, adds recorded incidents.
set -eu
unset COLUMNS # of whoever plays them
tend=$1 dir=$2
mkdir -p "$dir"
root=$(cd "$(dirname "$0")/.." && pwd)
tend=$(cd "$(dirname "$tend")" && pwd)/$(basename "$tend")
dir=$(cd "$dir" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$root/examples" "$work/examples"
cd "$work" # outputs are named relative to it: no path of this machine gets into a golden

digest() { # NAME FILE: one line of the digests
    printf '%s  %s\n' "$(sha256sum <"$2" | cut -c1-32)" "$1"
}

# tables of three systems; the columns state_hash and config_hash hold world, engine and options
for system in default shop layered40; do
    "$tend" eval --preset calm --system $system --episodes 16 --seed0 3001 --compound 0.2 --quiet \
        --out "$dir/eval_$system.csv"
done
for policy in noop random rules fixed; do
    "$tend" eval --preset calm --episodes 8 --seed0 3101 --policy $policy --quiet --out "$dir/eval_$policy.csv"
done
for detector in threshold robust_z; do
    "$tend" eval --preset calm --episodes 8 --seed0 3201 --detector $detector --diagnoser impact --quiet \
        --out "$dir/eval_$detector.csv"
done
"$tend" eval --preset calm --episodes 8 --seed0 3201 --diagnoser correlation --quiet \
    --out "$dir/eval_correlation.csv"
"$tend" eval --preset calm --episodes 60 --seed0 3301 --learn --round 10 --quiet --out "$dir/learn.csv" \
    --policy-out "$dir/learn_policy.json" --json "$dir/learn_summary.json"
"$tend" eval --preset calm --episodes 24 --seed0 3401 --threads 2 --out a.csv 2>&1 |
    sed 's/, [0-9.]* s$//' >"$dir/eval_summary.txt"
"$tend" eval --preset calm --episodes 24 --seed0 3401 --policy rules --quiet --out b.csv
"$tend" compare b.csv a.csv >"$dir/compare.txt" 2>&1
"$tend" compare b.csv a.csv --json "$dir/compare.json" >/dev/null 2>&1
"$tend" sweep --preset calm --grid world.noise=1:2:0.5 --grid policy=rules,ucb --episodes 6 --seed0 3501 \
    --out sweep.csv >"$dir/sweep.txt" 2>&1
cp sweep.csv "$dir"

"$tend" learn --preset calm --curve 20,50 --repeats 3 --episodes 12 --seed0 3601 --test-preset real \
    --out curve.csv >"$dir/curve.txt" 2>&1
cp curve.csv "$dir"
"$tend" generate --seed 9001 --count 3 --out systems --episodes 1 >"$dir/generate.txt" 2>&1
cat systems/gen-900[123].json >"$dir/generate.jsonl"

# reports in every form, a drawn page, and what the trace of an episode says
for kind in md html json; do
    "$tend" episode --preset calm --seed 19 --report "$dir/report.$kind" >"$dir/episode.txt" 2>&1
done
"$tend" demo >"$dir/demo.txt" 2>&1
"$tend" episode --preset calm --system shop --seed 3 --render --ascii >"$dir/timeline_shop.txt" 2>&1
for scenario in db_lock deploy_in_a_crowd healthy_deploys leak_then_link retry_storm; do
    "$tend" episode --preset calm --scenario $scenario --render >"$dir/scenario_$scenario.txt" 2>&1
done
{
    for seed in 7 19 3 11; do
        "$tend" episode --preset calm --seed $seed --trace t >/dev/null 2>&1
        digest "trace default $seed" t
    done
    for system in shop layered40; do
        "$tend" episode --preset calm --system $system --seed 5 --trace t >/dev/null 2>&1
        digest "trace $system 5" t
    done
} >"$dir/traces.txt"
# and its decisions, to be read
"$tend" episode --preset calm --seed 19 --trace t >/dev/null 2>&1
sed -n 's/^{"t":\([0-9]*\),.*"decision":\(.*\)}$/\1 \2/p' t >"$dir/decisions.txt"

if [ -n "${TEND_DATA:-}" ] && [ -d "$TEND_DATA/rca" ]; then
    ln -s "$TEND_DATA/rca" rca
    "$tend" diagnose rca/*/*-v0* --quiet --out ranking
    sed 's/, *"ms":[^,}]*//; s/"ms":[^,}]*, *//' ranking | while IFS= read -r line; do
        printf '%s\n' "$line" >line
        digest "$(printf '%s' "$line" | sed 's/.*"case":"\([^"]*\)".*/\1/')" line
    done >"$dir/diagnose.txt"
    "$tend" diagnose rca/*/*-v001 2>/dev/null | sed 's/, [0-9.]* ms)/)/' \
        >"$dir/diagnose_table.txt"
    for stream in st-v001 st-v002; do
        "$tend" replay rca/sockshop1_stream/$stream/stream.csv --entry front-end \
            --graph rca/sockshop1_stream/graph.csv --json "$dir/replay_$stream.json" \
            >"$dir/replay_$stream.txt" 2>/dev/null
    done
fi
