#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# smoke.sh TEND - the commands of the README on a sanitized binary; any report of it fails.
set -eu
tend=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
run() {
    echo "  tend $*"
    "$tend" "$@" >"$out/stdout" 2>"$out/stderr" || {
        cat "$out/stderr" >&2
        echo "smoke: tend $* failed" >&2
        exit 1
    }
}
run demo
run episode --steps 240 --seed 7 --render --report "$out/r.html" --trace "$out/t.jsonl"
run eval --episodes 12 --steps 240 --threads 2 --quiet --out "$out/a.csv"
run eval --episodes 12 --steps 240 --policy rules --quiet --out "$out/b.csv"
run compare "$out/a.csv" "$out/b.csv"
run sweep --grid world.noise=1:2:0.5 --grid policy=rules,ucb --episodes 4 --out "$out/c.csv" \
    --json "$out/c.json"
run learn --curve 10,25 --repeats 2 --episodes 4 --test-system shop --out "$out/l.csv" --json "$out/l.json" \
    --policy-out "$out/p.json"
run generate --seed 3 --count 2 --episodes 1 --out "$out/systems" --json "$out/d.json"
run params
run help
for system in examples/systems/*.json; do
    run eval --episodes 2 --steps 120 --system "$system" --quiet --out "$out/s.csv"
done
for agent in examples/agents/*.json; do
    run eval --episodes 2 --steps 120 --agent "$agent" --quiet --out "$out/s.csv"
done
for scenario in examples/scenarios/*.json; do
    run episode --steps 120 --scenario "$scenario"
done
echo "smoke: clean"
