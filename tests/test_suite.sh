#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# suites: rows in their order whatever the threads, each the row of the eval or episode it names,
# summarised by system, paired by system and seed; refused before they play.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

cat >"$out/few.json" <<'END'
{"name": "few", "steps": 80, "entries": [
  {"system": "default", "preset": "calm", "episodes": 20, "seed0": 7},
  {"system": {"generate": {"seed": 5, "count": 3, "services": "3..6"}}, "family": "single",
   "episodes": 2, "seed0": 100},
  {"system": {"generate": {"seed": 6, "count": 3, "services": "3..6"}}, "preset": "calm",
   "family": "quiet", "episodes": 1, "seed0": 100},
  {"system": {"generate": {"seed": 6, "services": "4", "step_s": 15}}, "episodes": 1}]}
END
for threads in 1 2 7; do
    "$tend" eval --suite "$out/few.json" --policy rules --threads $threads --out "$out/$threads.csv" \
        --json "$out/$threads.json" >"$out/text.$threads" 2>"$out/stderr"
    verdict $? "a suite is played by $threads threads"
done
cmp "$out/1.csv" "$out/2.csv" && cmp "$out/1.csv" "$out/7.csv" && cmp "$out/1.json" "$out/7.json"
verdict $? "to the same rows and figures"

# columns by name
cells() { # FILE COLUMN...: of each row
    file=$1
    shift
    awk -F, -v want="$*" 'NR == 1 { n = split(want, w, " "); for (i = 1; i <= NF; i++) at[$i] = i; next }
        { line = ""; for (i = 1; i <= n; i++) line = line $at[w[i]] " "; print line }' "$file"
}
cells "$out/1.csv" system seed preset family system_seed >"$out/log"
{
    awk 'BEGIN { for (i = 7; i < 27; i++) print "default " i " calm mixed  " }'
    for system in 5 6 7; do
        for k in 0 1; do
            echo "gen-$system-3-6 $((100 + 2 * (system - 5) + k)) real single $system "
        done
    done
    for system in 6 7 8; do echo "gen-$system-3-6 $((94 + system)) calm quiet $system "; done
    echo "gen-6-4-4-15s 1 real mixed 6 "
} | cmp - "$out/log" >/dev/null
verdict $? "entry by entry, system by system, each with seeds of its own"

"$tend" eval --system default --preset calm --policy rules --steps 80 --episodes 20 --seed0 7 --quiet \
    --out "$out/home.csv" 2>"$out/stderr" && head -n 21 "$out/1.csv" | cmp - "$out/home.csv" >/dev/null
verdict $? "the rows of a system are those of its eval"
"$tend" generate --seed 6 --services 3..6 --out "$out/systems" --episodes 0 --quiet &&
    "$tend" eval --system "$out/systems/gen-6-3-6.json" --preset real --family single --policy rules \
        --steps 80 --episodes 2 --seed0 102 --quiet --out "$out/own.csv" 2>"$out/stderr"
verdict $? "a drawn system can be played from its file"
cells "$out/1.csv" seed system state_hash config_hash slo_steps | grep 'gen-6-3-6' | head -n 2 >"$out/log"
[ "$(wc -l <"$out/log")" -eq 2 ] &&
    cells "$out/own.csv" seed system state_hash config_hash slo_steps | cmp - "$out/log" >/dev/null
verdict $? "to the same bytes"
command=$(grep -A 1 'generate --seed' "$out/text.1" | head -n 2 | sed "s, systems , $out/again ,; s, systems/, $out/again/,")
printf '%s\n' "$command" | sed "s,^ *tend,$tend," >"$out/again.sh"
grep -q 'tend episode' "$out/text.1" && { [ -z "$command" ] || sh "$out/again.sh" >"$out/log" 2>&1; }
verdict $? "what the summary says to look at can be looked at"

# the commands: a system is that of its row, its world and length are named
cat >"$out/tight.json" <<'END'
{"name": "tight", "steps": 60, "entries": [
  {"system": {"generate": {"seed": 5, "count": 4, "services": "3..6"}}, "family": "single", "preset": "calm",
   "episodes": 3}]}
END
"$tend" eval --suite "$out/tight.json" --policy noop --out "$out/tight.csv" --json "$out/tight.full" \
    >"$out/stdout" 2>"$out/stderr"
system=$(sed -n 's/^    \(gen-[^,]*\), .*/\1/p' "$out/stdout" | tail -n 1)
seed=$(sed -n 's/.*tend episode --seed \([0-9]*\) .*/\1/p' "$out/stdout" | tail -n 1)
drawn=$(printf '%s\n' "$system" | cut -d- -f2)
grep -q "tend generate --seed $drawn --services 3..6 --out" "$out/stdout" &&
    grep -q "seed $seed --system systems/$system.json --preset calm --family single --steps 60 --policy noop --render" "$out/stdout" &&
    cells "$out/tight.csv" system seed | grep -qx "$system $seed "
verdict $? "which name system, world and length of its row"
"$tend" eval --suite "$out/tight.json" --policy noop --quiet --json "$out/tight.quiet" 2>"$out/stderr"
cmp -s "$out/tight.full" "$out/tight.quiet"
verdict $? "the JSON is the same when nothing is printed"
"$tend" eval --suite "$out/tight.json" --policy noop --oracle 2>"$out/stderr" |
    grep -q 'reproduce: tend eval .* --oracle --policy noop'
verdict $? "an oracle that was asked is asked again"

grep -qx "  reproduce: tend eval --suite $out/few.json --policy rules" "$out/text.1" &&
    ! grep -q -e '--preset.*--preset' "$out/text.1"
verdict $? "and plays it again without saying twice what the suite says"

grep -q 'suite few: 6 systems, 30 episodes x 80 steps' "$out/text.1" &&
    grep -q '^  calm mixed  *20 ' "$out/text.1" && grep -q '^  real single  *6 ' "$out/text.1" &&
    grep -q '^  calm quiet  *3 ' "$out/text.1" && grep -q '^  real mixed  *1 ' "$out/text.1"
verdict $? "the summary has a row for each world and family"
grep -c '"preset":' "$out/1.json" | grep -qx 4 && grep -q '"systems":.6,' "$out/1.json"
verdict $? "and so has the JSON"

# figures of a group are those of its rows, by the length of this suite
flat=$(tr -d ' \n\t' <"$out/tight.full")
for name in mttr_mean slo_steps delay_mean; do
    of=$(printf '%s\n' "$flat" | grep -o "\"$name\":{[^}]*}" | sort | uniq -c | tr -s ' ' | cut -c2-4)
    [ "$of" = '2 "' ]
    verdict $? "$name of the only group is that of the whole"
done
printf '{"name": "a", "steps": 20, "entries": [{"system": "default"},
 {"system": {"generate": {"seed": 4, "services": "3"}}},
 {"system": {"generate": {"seed": 4, "services": "3", "step_s": 5}}}]}\n' >"$out/usual.json"
"$tend" eval --suite "$out/usual.json" --quiet --out "$out/usual.csv" 2>"$out/stderr"
cells "$out/usual.csv" system | sort | uniq -c | tr -s ' ' | tr '\n' ';' >"$out/log"
grep -q ' 8 default ; 8 gen-4-3-3 ; 8 gen-4-3-3-5s ;' "$out/log"
verdict $? "eight episodes of each where nothing is said, and another step is another system"

# pairing
"$tend" eval --suite "$out/few.json" --policy noop --quiet --out "$out/noop.csv" 2>"$out/stderr" &&
    "$tend" compare "$out/noop.csv" "$out/1.csv" >"$out/compare.txt" 2>"$out/stderr"
verdict $? "two runs of a suite are compared"
grep -q '^    slo_steps  *2[0-9]' "$out/compare.txt"
verdict $? "over all of their systems"
(head -n 1 "$out/noop.csv" && tail -n +2 "$out/noop.csv" | sort -r) >"$out/turned.csv"
"$tend" compare "$out/turned.csv" "$out/1.csv" | tail -n +3 >"$out/log"
[ -s "$out/log" ] && tail -n +3 "$out/compare.txt" | cmp - "$out/log" >/dev/null
verdict $? "whatever the order of the rows"
sed '$d' "$out/noop.csv" >"$out/short.csv"
"$tend" compare "$out/short.csv" "$out/1.csv" >"$out/stdout" 2>"$out/stderr"
[ $? -eq 3 ] && grep -q 'seed 1 of gen-6-4-4-15s is only in the second run' "$out/stderr"
verdict $? "a row that the other lacks is named with its system"

# gates, policies
"$tend" eval --suite "$out/few.json" --policy noop --gate 'actions>=1' --out "$out/gated.csv" \
    >"$out/stdout" 2>"$out/stderr"
[ $? -eq 4 ] && grep -q 'FAIL' "$out/stdout" && cmp -s "$out/gated.csv" "$out/noop.csv"
verdict $? "a gate that fails comes after the rows"
"$tend" eval --episodes 20 --learn --steps 120 --policy-out "$out/policy.json" --quiet 2>"$out/stderr" &&
    "$tend" eval --suite "$out/few.json" --policy-in "$out/policy.json" --out "$out/learnt.csv" \
        --quiet 2>"$out/stderr" && ! cmp -s "$out/learnt.csv" "$out/1.csv"
verdict $? "what was learnt on one system is taken to others"

# --preset is for the entries that name none
mkdir "$out/traces"
"$tend" eval --suite "$out/few.json" --preset rough --policy rules --traces "$out/traces" \
    --out "$out/rough.csv" >"$out/text.rough" 2>"$out/stderr" &&
    cells "$out/rough.csv" preset family | sort | uniq -c | tr -s ' ' >"$out/log" &&
    printf ' %s\n' '20 calm mixed ' '3 calm quiet ' '1 rough mixed ' '6 rough single ' | cmp - "$out/log"
verdict $? "another world is for the entries that name none"
grep -qx "  reproduce: tend eval --suite $out/few.json --preset rough --policy rules" "$out/text.rough"
verdict $? "and is said where it can be played again"
[ "$(find "$out/traces" -name '*.jsonl' | wc -l)" -eq 30 ]
verdict $? "each row has a trace"
again=$(sed -n '1s/.*"reproduce":"\([^"]*\)".*/\1/p' "$out/traces/24.jsonl" | sed "s, systems/, $out/systems/,g; s,.* && tend ,,; s, --render,,")
# shellcheck disable=SC2086 # the options that its head names
"$tend" $again --trace "$out/alone" >"$out/log" 2>&1 && sed 1d "$out/alone" >"$out/a" &&
    sed 1d "$out/traces/24.jsonl" | cmp - "$out/a"
verdict $? "which is that of the episode it names"

# refused STATUS PATTERN NAME ARGS...
refused() {
    status=$1 pattern=$2 name=$3
    shift 3
    "$tend" eval --out "$out/none.csv" "$@" >"$out/stdout" 2>"$out/stderr"
    [ $? -eq "$status" ] && grep -qF -e "$pattern" "$out/stderr" && [ ! -e "$out/none.csv" ]
    verdict $? "$name"
}
for more in '--system shop' '--family two' '--episodes 3' '--seed0 9' '--steps 60' \
    --learn '--round 7' --resume '--checkpoint 9' '--fault none' '--severity 0.5' "--policy-out $out/p.json"; do
    # shellcheck disable=SC2086 # an option and its value
    refused 2 "${more%% *} beside --suite" "not with ${more%% *}" --suite "$out/few.json" $more
done
refused 3 'no such file' 'an unknown suite' --suite none
refused 2 'expected calm, real or rough' 'an unknown world' --suite "$out/few.json" --preset wild
refused 2 'names its own' 'a world for a suite that leaves none open' --suite home --preset calm
refused 2 'world.noies' 'a misspelt parameter' --suite "$out/few.json" --set world.noies=2
refused 2 'no figure top9' 'a misspelt gate' --suite "$out/few.json" --gate 'top9>=1'
refused 3 'cannot open' 'a policy that is not there' --suite "$out/few.json" \
    --policy-in "$out/none.json"

# wrong PATTERN NAME ENTRY: a suite of such an entry is refused by eval and by check
wrong() {
    printf '{"name": "a", "entries": [%s]}\n' "$3" >"$out/wrong.json"
    refused 3 "$1" "$2" --suite "$out/wrong.json"
    "$tend" check "$out/wrong.json" >"$out/stdout" 2>"$out/stderr"
    [ $? -eq 3 ] && grep -qF -e "$1" "$out/stderr"
    verdict $? "$2, by check"
}
wrong '0 entries, expected 1 to 64' 'no entries' ''
wrong 'did you mean "real"?' 'a misspelt preset' '{"system": "default", "preset": "reel"}'
wrong 'did you mean "family"?' 'a misspelt key' '{"system": "default", "famly": "two"}'
wrong 'nowhere: no such file' 'no system' '{"system": "nowhere"}'
wrong 'expected A..B within 3..40' 'too many services' \
    '{"system": {"generate": {"services": "50"}}}'
wrong '9990000 episodes in all' 'too many episodes' \
    '{"system": {"generate": {"count": 10000}}, "episodes": 999}'
wrong 'did you mean "generate"?' 'neither a file nor drawn' '{"system": {"genrate": {}}}'
"$tend" check examples/suites/*.json >"$out/stdout" 2>"$out/stderr" && [ ! -s "$out/stderr" ]
verdict $? "the suites of the examples are sound"

# drawn systems of reports are not those of work
held=$(grep -l '"seed": 1[0-9][0-9][0-9][0-9]' examples/suites/*.json)
[ "$held" = examples/suites/abroad.json ]
verdict $? "seeds from 10,001 on are in abroad alone"
finish
