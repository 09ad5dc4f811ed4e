#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The schemas of share/schema: every example and everything tend writes is valid, broken files are
# refused by schema and `tend check` alike, and docs/formats.md tells every key.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
# Debian's own, which has Debian's jsonschema; another may stand first on the path
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3
"$python" -c 'import jsonschema' 2>"$out/log"
verdict $? "jsonschema is there"
holds "words and numbers of the schemas are those of the tables" "$python" tools/schema.py "$tend" --check

for schema in share/schema/*.schema.json; do
    word=$(basename "$schema" .schema.json)
    grep '^| .*|$' docs/formats.md | grep -q "\`$word\`.*|\$" || echo "docs/formats.md has no row with $word"
done >"$out/log"
[ ! -s "$out/log" ]
verdict $? "each has its row in docs/formats.md"

# what tend writes
run() { "$tend" "$@" >"$out/log" 2>&1 || { echo "tend $*"; exit 1; }; }
(
    run episode --seed 3 --trace "$out/trace_ucb.jsonl" --json "$out/report.json"
    run episode --system shop --seed 4 --policy random --trace "$out/trace_random.jsonl"
    run episode --system pods --seed 5 --policy rules --set guard.dry_run=1 --set world.missing=0.2 \
        --compound 1 --trace "$out/trace_dry.jsonl" --json "$out/report_dry.json"
    run episode --system layered40 --seed 6 --fault none --steps 60 \
        --trace "$out/trace_healthy.jsonl" --report "$out/report_healthy.json"
    run episode --agent seed --seed 8 --trace "$out/trace_untried.jsonl"
    run eval --episodes 40 --learn --policy-out "$out/policy.json" --out "$out/a.csv" \
        --json "$out/summary.json" --gate 'top1>=0' --quiet
    run eval --episodes 3 --steps 60 --preset calm --policy rules --oracle --json "$out/summary_oracle.json" --quiet
    run eval --episodes 40 --policy noop --out "$out/b.csv" --json "$out/summary_noop.json" --quiet
    run compare "$out/a.csv" "$out/b.csv" --json "$out/compare.json"
    run eval --episodes 3 --policy-in "$out/policy.json" --quiet
    run sweep --grid policy=rules,ucb --grid guard.cooldown=0,8 --episodes 4 \
        --json "$out/sweep.json"
    run sweep --grid world.base_rps=60,400 --episodes 12 --json "$out/sweep_unpaired.json"
    run learn --curve 20,40 --repeats 2 --episodes 12 --test-preset calm --json "$out/learn.json"
    run learn --curve 5 --repeats 1 --episodes 4 --fault none --json "$out/learn_healthy.json"
    run generate --seed 3 --count 2 --episodes 1 --out "$out/systems" --json "$out/generate.json"
    run generate --services 3..4 --step-s 15 --episodes 0 --out "$out/systems" \
        --json "$out/generate_alone.json"
    echo '{"name": "few", "steps": 60, "entries": [{"system": "default", "episodes": 2},
        {"system": {"generate": {"count": 2, "services": "3..5"}}, "preset": "calm", "episodes": 2}]}' \
        >"$out/few.json"
    run eval --suite "$out/few.json" --oracle --json "$out/suite-summary.json" --out "$out/few.csv" \
        --gate 'top1>=0' --quiet
    run params --json "$out/params.json"
    run bench --only bandit --seconds 0.001 --repetitions 1 --json "$out/bench.json"
    awk 'BEGIN {
        print "time,web|p95_ms,web|errors,db|p95_ms,db|errors,web>db|client_ms,web>db|server_ms"
        for (t = 0; t < 200; t++) {
            bad = t >= 150
            printf "%d,%d,0.001,%d,0.001,%d,%d\n", t, 60 + t % 7 + 400 * bad, 9 + t % 3 + 400 * bad,
                10 + t % 3 + 400 * bad, 9 + t % 3 + 400 * bad
        }
    }' >"$out/metrics.csv"
    run replay "$out/metrics.csv" --json "$out/replay.json"
    mkdir "$out/case"
    head -n 140 "$out/metrics.csv" >"$out/case/normal.csv"
    sed -n '1p;141,$p' "$out/metrics.csv" >"$out/case/abnormal.csv"
    echo '{"case": "one", "normal": "normal.csv", "abnormal": "abnormal.csv"}' >"$out/case/case.json"
    run diagnose "$out/case" --out "$out/ranking.jsonl"
) >"$out/failed"
cp "$out/failed" "$out/log"
[ ! -s "$out/failed" ]
verdict $? "tend writes one of each"
head -n 1 "$out/trace_ucb.jsonl" >"$out/trace-header.json"
sed -n 2p "$out/trace_ucb.jsonl" >"$out/trace-tick.json"
cp "$out/ranking.jsonl" "$out/ranking.json"
cp "$out/case/case.json" "$out/case.json"
# what a trace may hold is in these, so that it says something when they are valid
for part in '"dry_run":true' '"wanted":' '"outcomes":' '"state":"done"' '"value":[[^]]*null' '"index":null'; do
    cat "$out"/trace_*.jsonl | grep -q "$part" || echo "no trace has $part"
done >"$out/log"
[ ! -s "$out/log" ]
verdict $? "advice, masks, outcomes, receipts, missing samples and the untried among them"

# it goes on with the numbers, and says the plan at its end
"$python" tests/schemas.py "$out" "$tend" $((n + 1)) || bad=1
exit "$bad"
