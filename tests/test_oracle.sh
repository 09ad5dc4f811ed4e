#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tend eval --oracle: its columns, its summary, its cache; and tables of those who never asked.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

# expect STATUS PATTERN NAME ARGS...: exit status, and what is said
expect() {
    status=$1 pattern=$2 name=$3
    shift 3
    "$tend" "$@" >"$out/log" 2>&1
    [ $? -eq "$status" ] && grep -qe "$pattern" "$out/log"
    verdict $? "$name"
}

play() { "$tend" eval --episodes 4 --seed0 33 --steps 60 --preset calm --oracle "$@"; }

holds "an eval with an oracle" play --policy rules --out "$out/rules.csv" --oracle-cache "$out/cache"
cp "$out/log" "$out/stdout"
grep -q 'gap closed .* %  95% ' "$out/stdout" && grep -q 'lost .*: detection .*, later ' "$out/stdout" &&
    grep -q 'plans that help: .*, opened by ' "$out/stdout" && grep -q 'reproduce: .* --oracle ' "$out/stdout"
verdict $? "tells gap, losses, openings and the command"

# slo_steps - oracle_steps = the four parts, in every row
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["oracle_steps"] != "" { rows++
        sum = $at["lost_detection"] + $at["lost_confirmation"] + $at["lost_first_action"] + $at["lost_later_actions"]
        if (sum != $at["slo_steps"] - $at["oracle_steps"]) exit 1 }
    END { exit rows < 1 }' "$out/rules.csv"
verdict $? "the parts add up in the table"

# what is known is not asked again: the same rows, with a plan that nobody would find by searching
holds "the cache holds an answer per seed" test "$(wc -l <"$out/cache")" -eq 6
cp "$out/cache" "$out/before"
holds "again with the cache" play --policy rules --out "$out/again.csv" --oracle-cache "$out/cache" --threads 1
cmp -s "$out/rules.csv" "$out/again.csv" && cmp -s "$out/cache" "$out/before"
verdict $? "gives the same rows and leaves the cache as it was"
holds "other seeds are added" "$tend" eval --episodes 2 --seed0 30 --steps 60 --preset calm --oracle --oracle-cache "$out/cache"
holds "and those it had stay" test "$(wc -l <"$out/cache")" -eq 8
holds "another length is another setup" "$tend" eval --episodes 2 --seed0 33 --steps 50 --preset calm --oracle --oracle-cache "$out/cache"
holds "and has its own answers" test "$(wc -l <"$out/cache")" -eq 10

# the bytes of the program are part of the question
cp "$tend" "$out/other" && printf x >>"$out/other" && cp "$out/before" "$out/of_other"
"$out/other" eval --episodes 4 --seed0 33 --steps 60 --preset calm --oracle --policy rules --quiet \
    --out "$out/other.csv" --oracle-cache "$out/of_other" 2>"$out/stderr"
answers() { sed '1d;$d' "$1" | cut -c18-; } # without the program
answers "$out/before" >"$out/log"
cmp -s "$out/rules.csv" "$out/other.csv" && ! cmp -s "$out/of_other" "$out/before" &&
    answers "$out/of_other" | cmp -s - "$out/log"
verdict $? "another program asks anew, and finds the same"

sed '2s/$/ /' "$out/before" >"$out/bad"
expect 3 'bad: cut or changed' "a changed cache is refused" eval --episodes 1 --oracle --oracle-cache "$out/bad"
head -n 4 "$out/before" >"$out/bad"
expect 3 'bad: cut or changed' "one that is cut too" eval --episodes 1 --oracle --oracle-cache "$out/bad"
expect 3 'not a file of --oracle-cache' "and one that never was one" eval --episodes 1 --oracle --oracle-cache README.md
: >"$out/empty"
expect 3 'not a file of --oracle-cache' "and an empty file" eval --episodes 1 --oracle --oracle-cache "$out/empty"
expect 2 'expected --oracle beside it' "a cache without an oracle" eval --episodes 1 --oracle-cache "$out/cache"
expect 2 'expected a file' "a cache on standard output" eval --episodes 1 --oracle --oracle-cache -

# a suite: all systems in one cache, the same rows by any threads
cat >"$out/two.json" <<'END'
{"name": "two", "steps": 60, "entries": [
  {"system": "default", "preset": "calm", "family": "single", "episodes": 2, "seed0": 7},
  {"system": "shop", "preset": "calm", "family": "single", "episodes": 1, "seed0": 7}]}
END
suite() { "$tend" eval --suite "$out/two.json" --policy rules --oracle "$@"; }
holds "a suite with an oracle" suite --threads 1 --out "$out/1.csv" --oracle-cache "$out/of_suite"
grep -q 'against the oracle, breach steps of 3 episodes' "$out/log" && [ "$(wc -l <"$out/of_suite")" -eq 5 ]
verdict $? "tells of all its systems and keeps their answers"
suite --threads 7 --out "$out/7.csv" --json "$out/7.json" --quiet && cmp -s "$out/1.csv" "$out/7.csv" &&
    suite --threads 2 --out "$out/2.csv" --oracle-cache "$out/of_suite" --quiet && cmp -s "$out/1.csv" "$out/2.csv"
verdict $? "the same rows by any threads, with and without a cache"

# what a run has found is kept when it is stopped, of one system and of a suite
stopped() { # NAME ARGS...: ends it when it has had time for some answers
    name=$1
    shift
    rm -f "$out/stopped"
    "$tend" eval --oracle --oracle-cache "$out/stopped" --quiet "$@" 2>"$out/log" &
    pid=$!
    sleep 3
    kill -TERM $pid
    wait $pid
    [ $? -eq 143 ] && [ "$(wc -l <"$out/stopped")" -gt 2 ] && tail -n 1 "$out/stopped" | grep -q '^end '
    verdict $? "$name"
}
cat >"$out/long.json" <<'END'
{"name": "long", "steps": 60, "entries": [
  {"system": "default", "preset": "calm", "family": "single", "episodes": 100000}]}
END
stopped "an eval that is stopped keeps its answers" --episodes 100000 --steps 60 --preset calm
stopped "and a suite" --suite "$out/long.json"

# the frozen subset: 20 systems below 10,000, small and large, each of abroad-dev with its incidents
for_all() { # SUITE FILE: with the cheapest agent
    "$tend" eval --suite "$1" --policy noop --detector threshold --diagnoser impact --quiet --out "$2"
}
for_all oracle "$out/subset.csv" && for_all abroad-dev "$out/dev.csv"
verdict $? "the oracle's suite plays"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { key = $at["system"] " " $at["seed"] " " $at["family"] " " $at["state_hash"] }
    FNR == NR { if (!($at["system"] in seen)) { seen[$at["system"]]; systems++ } want[key]; next }
    key in want { delete want[key] }
    END { n = 0; for (k in want) n++; exit systems != 20 || n > 0 }' "$out/subset.csv" "$out/dev.csv"
verdict $? "20 systems of abroad-dev, each episode one of its own"

# those who did not ask, and tables of before
"$tend" eval --episodes 4 --seed0 33 --steps 60 --preset calm --policy rules --out "$out/plain.csv" --quiet
cut -d, -f1-53 "$out/plain.csv" >"$out/old.csv"
cut -d, -f1-53 "$out/rules.csv" | cmp -s - "$out/old.csv"
verdict $? "the oracle changes nothing else of a row"
grep -q oracle "$out/old.csv"
[ $? -eq 1 ] && head -n 1 "$out/plain.csv" | grep -q oracle_steps
verdict $? "without it its columns are there and empty"
expect 0 'slo_steps' "a table without its columns is compared" compare "$out/old.csv" "$out/rules.csv"

finish
