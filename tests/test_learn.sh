#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# learn: each point is what eval learns and what eval finds of it, whatever the threads; refused
# before it plays, and nothing half-written.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

# points within a round too: the round of 20 is cut at 30 and at 50
world="--preset calm --steps 90"
learn="--curve 20,30,50 --repeats 2 --seed0 11 --episodes 15 --test-seed0 5001"
# shellcheck disable=SC2086 # an option list
"$tend" learn $learn $world --out "$out/curve.csv" --json "$out/curve.json" \
    --policy-out "$out/policy.json" >"$out/curve.txt" 2>"$out/stderr"
verdict $? "a curve is learnt"
cut -d, -f1-3 "$out/curve.csv" >"$out/said"
cat >"$out/want" <<'END'
repeat,seed0,learnt
1,11,0
1,11,20
1,11,30
1,11,50
2,61,0
2,61,20
2,61,30
2,61,50
END
[ ! -s "$out/stderr" ] && diff "$out/want" "$out/said" >"$out/log"
verdict $? "a row for each repeat and point, 0 among them, the repeats on seeds of their own"

# the figures of a row of the CSV, and of eval's summary, as "name value" with nine digits
row() { # FILE REPEAT LEARNT
    awk -F, -v repeat="$2" -v learnt="$3" 'NR == 1 { for (i = 4; i <= NF; i++) name[i] = $i }
        NR > 1 && $1 == repeat && $3 == learnt { for (i = 4; i <= NF; i++) print name[i], $i }' "$1"
}
figures() { # FILE
    awk '/"figures":/ { inside = 1; next }
        inside && /^\t*"[a-z].*{$/ { gsub(/[\t":{]/, ""); name = $1; next }
        inside && /"value":/ { sub(/,$/, ""); print name, $2 == "null" ? "" : sprintf("%.9g", $2) }
        inside && /"gates"/ { exit }' "$1"
}

for repeat in 1 2; do
    for learnt in 0 20 30 50; do
        : >"$out/eval.json"
        # shellcheck disable=SC2086
        [ $learnt -eq 0 ] || "$tend" eval --learn --episodes $learnt --seed0 $((50 * repeat - 39)) \
            $world --quiet --policy-out "$out/learnt.json"
        # shellcheck disable=SC2086
        "$tend" eval --episodes 15 --seed0 5001 $world --quiet --json "$out/eval.json" \
            ${learnt:+$([ $learnt -eq 0 ] || echo "--policy-in $out/learnt.json")}
        figures "$out/eval.json" >"$out/want"
        row "$out/curve.csv" $repeat $learnt >"$out/said"
        [ "$(wc -l <"$out/want")" -gt 20 ] && diff "$out/want" "$out/said" >"$out/log"
        verdict $? "repeat $repeat at $learnt episodes is what eval learns and finds"
        [ "$repeat-$learnt" = 1-50 ] && cp "$out/learnt.json" "$out/first.json"
    done
done
cmp "$out/policy.json" "$out/first.json" >"$out/log" 2>&1
verdict $? "the policy is, byte for byte, the first repeat's at its end"
row "$out/curve.csv" 1 0 >"$out/want" && row "$out/curve.csv" 1 50 >"$out/said"
! cmp -s "$out/want" "$out/said" && row "$out/curve.csv" 2 50 >"$out/want" && ! cmp -s "$out/want" "$out/said"
verdict $? "learning changes something, and not the same in both repeats"

# the table's numbers are the rows'
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    NR > 1 { n[$3]++; sum[$3] += $at["slo_steps"]; wrong[$3] += $at["wrong_actions"] }
    END { for (k in n) printf "%d %.2f %.3f\n", k, sum[k] / n[k], wrong[k] / n[k] }' "$out/curve.csv" |
    sort -n >"$out/want"
awk '/^ *learnt/ { inside = 1; next } inside && !NF { exit }
    inside { printf "%d %.2f %.3f\n", $1, $2, $NF }' "$out/curve.txt" >"$out/said"
[ "$(wc -l <"$out/said")" -eq 4 ] && diff "$out/want" "$out/said" >"$out/log"
verdict $? "the table has the means of the rows"
grep -v 'reproduce\|wrote' "$out/curve.txt" | awk 'length > 80' >"$out/log"
[ ! -s "$out/log" ] && ! grep -n ' $' "$out/curve.txt" >"$out/log"
verdict $? "and fits 80 columns, no blank at the end of a line"
grep -q '^  Learning ' "$out/curve.txt" && grep -q "wrote $out/curve.csv (8 rows)" "$out/curve.txt"
verdict $? "says what it shows, and what was written"

grep 'reproduce: tend learn' "$out/curve.txt" | sed 's/.*: tend //' >"$out/line"
grep -q -- '--preset calm' "$out/line"
verdict $? "the command to reproduce it names the world"
for threads in 1 2 7; do
    # shellcheck disable=SC2046 # the line is to be split
    "$tend" $(cat "$out/line") --threads $threads --out "$out/t.csv" --json "$out/t.json" \
        --policy-out "$out/t.policy" >"$out/t.txt"
    sed "s,$out/curve.csv,$out/t.csv," "$out/curve.txt" | cmp -s - "$out/t.txt" &&
        cmp -s "$out/curve.csv" "$out/t.csv" && cmp -s "$out/curve.json" "$out/t.json" &&
        cmp -s "$out/policy.json" "$out/t.policy"
    verdict $? "and with $threads threads makes the same bytes, in rows, JSON, table and policy"
done

# learnt here, tested there; learnt before
# shellcheck disable=SC2086
"$tend" learn --curve 40 --repeats 1 --episodes 10 $world --round 40 --test-system shop --test-preset real \
    --out "$out/away.csv" --policy-out "$out/away.json" >"$out/away.txt" 2>"$out/stderr" &&
    "$tend" eval --learn --episodes 40 --round 40 $world --quiet --policy-out "$out/learnt.json" &&
    cmp -s "$out/away.json" "$out/learnt.json"
verdict $? "what is tested elsewhere is learnt as at home"
"$tend" eval --episodes 10 --seed0 200001 --system shop --preset real --steps 90 --quiet \
    --policy-in "$out/learnt.json" --json "$out/eval.json"
figures "$out/eval.json" >"$out/want" && row "$out/away.csv" 1 40 >"$out/said"
diff "$out/want" "$out/said" >"$out/log"
verdict $? "and is what eval finds there"
tr -s '\n ' ' ' <"$out/away.txt" | grep -q 'on default (calm); tested on shop (real), 10 episodes' &&
    grep -q 'reproduce: .* --round 40 --test-system shop --test-preset real .*--preset calm$' "$out/away.txt"
verdict $? "head and command name both worlds"
grep -q 'One repeat does not tell what another would learn' "$out/away.txt"
verdict $? "one repeat is not taken for many"
# shellcheck disable=SC2086
"$tend" learn --curve 20 --repeats 1 --episodes 10 $world --policy-in "$out/learnt.json" \
    --policy-out "$out/more.json" --out "$out/more.csv" --quiet &&
    "$tend" eval --learn --episodes 20 $world --policy-in "$out/learnt.json" --quiet --policy-out "$out/want" &&
    cmp "$out/more.json" "$out/want" >"$out/log" 2>&1
verdict $? "what was learnt before is learnt on"
"$tend" learn --curve 5 --repeats 2 --episodes 5 --steps 60 --policy rules >"$out/stdout" 2>"$out/stderr" &&
    grep -q 'warning: policy rules learns nothing; of those that learn there is ucb' "$out/stderr" &&
    grep -q 'changed nothing that can be told from chance; at 5 episodes: +0.000' "$out/stdout"
verdict $? "a policy that does not learn is told, and changes nothing"
"$tend" learn --curve 5 --repeats 2 --episodes 5 --steps 60 --fault none >"$out/stdout" 2>"$out/log" &&
    grep -q 'No test has a fault' "$out/stdout" && ! grep -q nan "$out/stdout"
verdict $? "nor is anything said where there is no fault"

# where it goes
small="--curve 5 --repeats 2 --episodes 4 --steps 60"
# shellcheck disable=SC2086
"$tend" learn $small --out - >"$out/stdout" 2>"$out/stderr" &&
    [ "$(wc -l <"$out/stdout")" -eq 5 ] && [ ! -s "$out/stderr" ]
verdict $? "rows on stdout are alone"
# shellcheck disable=SC2086
"$tend" learn $small --json - >"$out/stdout" && [ "$(head -c 1 "$out/stdout")" = '{' ] &&
    [ "$(tail -n 1 "$out/stdout")" = '}' ]
verdict $? "so is JSON"
# shellcheck disable=SC2086
"$tend" learn $small --quiet >"$out/stdout" 2>"$out/stderr" && [ ! -s "$out/stdout" ] && [ ! -s "$out/stderr" ]
verdict $? "--quiet says nothing"

# refused STATUS PATTERN NAME ARGS...: before anything is played; no file is made, nothing printed
refused() {
    status=$1 pattern=$2 name=$3
    shift 3
    # what plays would take minutes
    "$tend" learn --repeats 50 --episodes 5000 --out "$out/none.csv" --json "$out/none.json" \
        --policy-out "$out/none.policy" "$@" >"$out/stdout" 2>"$out/stderr"
    [ $? -eq "$status" ] && grep -qF -e "$pattern" "$out/stderr" && [ ! -s "$out/stdout" ] &&
        [ -z "$(find "$out" -name 'none*')" ]
    verdict $? "$name"
}
refused 2 '"extra" is not an option' 'a word' extra
refused 2 'did you mean --repeats?' 'an option misspelt' --repeat 3
refused 2 '--curve: "x", expected a whole number' 'no number' --curve 0,x
refused 2 '--curve: 20 after 40, expected numbers that grow' 'points that do not grow' --curve 40,20
refused 2 '--curve: only 0' 'nothing to learn from' --curve 0
refused 2 '--repeats 0, expected 1 to 1000' 'no repeat' --repeats 0
refused 2 'seeds 1..100000 to learn from and 100000..104999 to test on overlap' 'a test that was learnt from' \
    --test-seed0 100000
refused 2 'seeds 204999..304998 to learn from and 200001..205000 to test on overlap' 'the other way round' \
    --seed0 205000 --seed0 204999
refused 2 'expected at most 10000000 in all' 'too many tests' --episodes 25001
refused 2 '--preset "claim" is not known' 'a world misspelt' --preset claim
refused 2 '--test-preset "calmm" is not known, did you mean "calm"?' 'that of the tests' --test-preset calmm
refused 3 'nowhere' 'a system that is not there' --system nowhere
refused 3 'elsewhere' 'that of the tests, too' --test-system elsewhere
refused 3 "policy \"ucb\", but the agent's is \"rules\"" 'what another policy has learnt' \
    --policy rules --policy-in "$out/learnt.json"
refused 2 'are one place' 'two outputs, one place' --json "$out/none.csv"
mkdir "$out/folder"
refused 3 'a directory, expected a file' 'rows to a directory' --out "$out/folder"
refused 3 'No such file' 'a policy into no folder' --policy-out "$out/nofolder/f"
# shellcheck disable=SC2086
"$tend" learn $small --seed0 10 --test-seed0 20 --quiet && "$tend" learn $small --seed0 10 --test-seed0 6 --quiet
verdict $? "seeds side by side do not overlap"

# interrupted: how far it came, and no file
mkdir "$out/stopped"
for how in INT=130 TERM=143; do
    echo before >"$out/stopped/c.csv"
    "$tend" learn --curve 20,1000000 --repeats 3 --episodes 10 --steps 60 --test-seed0 9000001 --out "$out/stopped/c.csv" \
        --json "$out/stopped/c.json" --policy-out "$out/stopped/p.json" >"$out/stdout" 2>"$out/stderr" &
    pid=$!
    # till SIGINT is caught, where one can see it
    tries=0
    until [ $tries -ge 100 ] || grep -q '^SigCgt:.*[2367abef]$' "/proc/$pid/status" 2>/dev/null; do
        sleep 0.05
        tries=$((tries + 1))
    done
    kill -"${how%=*}" $pid # once: a second one means at once, without a word
    wait $pid 2>/dev/null
    [ $? -eq "${how#*=}" ] && [ "$(ls "$out/stopped")" = c.csv ] && [ "$(cat "$out/stopped/c.csv")" = before ] &&
        [ ! -s "$out/stdout" ]
    verdict $? "SIG${how%=*} ends it with ${how#*=}, what was there stays and nothing else is"
    grep -q 'interrupted in repeat 1 of 3, at [0-9]* of 1000000 episodes; a curve is written when all' "$out/stderr"
    verdict $? "and it says how far it came"
done
finish
