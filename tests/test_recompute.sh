#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The yardsticks are what docs/formats.md says: each column once more out of the traces, by code
# that shares nothing with the tally. `make recompute` does it for 1,500 episodes.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
if ! command -v python3 >/dev/null; then
    echo "ok 1 # SKIP python3 is absent"
    echo 1..1
    exit
fi

again() { # ROWS TRACES
    python3 tests/recompute/recompute.py "$@"
}
cat >"$out/few.json" <<'END'
{"name": "few", "entries": [
  {"system": "default", "episodes": 3},
  {"system": {"generate": {"seed": 6, "count": 3, "services": "3..6"}}, "family": "two", "episodes": 2}]}
END
holds 'no column differs from what the traces say' tests/recompute/recompute.sh "$tend" 5 "$out/all" \
    "$out/few.json"

# and it would be seen: other cells, another tick
mkdir "$out/traces"
cp -r "$out/all/3/noop" "$out/all/3/"*.jsonl "$out/traces"
differs() { # NAME ROWS TRACES WORDS
    again "$2" "$3" >"$out/log" 2>&1
    [ $? -eq 1 ] && grep -q "$4" "$out/log"
    verdict $? "$1"
}
python3 - "$out/all/3.csv" "$out/cells.csv" "$out/visible.csv" <<'END'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
made = [{c: v if c == "seed" else "7777" for c, v in row.items()} for row in rows[:2]]
for path, rows in ((sys.argv[2], made), (sys.argv[3], [row | {"first_visible": "0"} for row in rows])):
    with open(path, "w", newline="") as f:
        to = csv.DictWriter(f, rows[0].keys(), lineterminator="\n")
        to.writeheader()
        to.writerows(rows)
END
again "$out/cells.csv" "$out/traces" >"$out/log" 2>&1
verdict $(($? != 1)) 'wrong cells are told by the exit status'
for column in $(head -n 1 "$out/cells.csv" | tr , ' '); do
    grep -q ": $column is" "$out/log"
    told=$?
    case $column in
    seed) ;; # names the trace
    policy | detector | diagnoser | violations | first_visible | *_hash | preset | family | system_seed)
        verdict $((told != 1)) "$column is not looked at"
        ;;
    beam_steps | oracle_* | lost_*) verdict $((told != 1)) "the oracle's $column neither" ;;
    *) verdict $told "a wrong $column is seen" ;;
    esac
done
differs 'another first_visible is seen in the delay' "$out/visible.csv" "$out/traces" ': delay is'
sed 's/"breach":false/"breach":true/' "$out/all/3/1.jsonl" >"$out/traces/1.jsonl"
differs 'breaches in a trace are seen' "$out/all/3.csv" "$out/traces" ': slo_steps is'
sed 3d "$out/all/3/1.jsonl" >"$out/traces/1.jsonl"
differs 'a tick that is missing is seen' "$out/all/3.csv" "$out/traces" 'ticks are missing'

# an eval's traces are those of its episodes
"$tend" episode --system shop --preset rough --policy rules --seed 2 --trace "$out/alone" >/dev/null 2>&1
holds 'the trace of an eval is that of the episode' cmp "$out/alone" "$out/all/3/2.jsonl"
"$tend" eval --episodes 5 --preset rough --policy rules --system shop --quiet --threads 2 \
    --out "$out/plain.csv"
holds 'and changes no row' cmp "$out/plain.csv" "$out/all/3.csv"
"$tend" eval --episodes 2 --traces "$out/none" >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && grep -q 'none, expected a folder' "$out/stderr"
verdict $? 'a folder that is not there is a wrong usage'
finish
