#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# sweep: every point is the eval it names, paired as compare pairs; refused before it plays, and
# nothing half-written.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

# refused STATUS PATTERN NAME ARGS...: exit status and what stderr says; no file is made, nothing
# is printed
refused() {
    status=$1 pattern=$2 name=$3
    shift 3
    "$tend" sweep --episodes 2 --steps 60 --out "$out/none.csv" --json "$out/none.json" "$@" \
        >"$out/stdout" 2>"$out/stderr"
    [ $? -eq "$status" ] && grep -qF -e "$pattern" "$out/stderr" && [ ! -s "$out/stdout" ] &&
        [ -z "$(find "$out" -name 'none*')" ]
    verdict $? "$name"
}

# a point of the table: eval's header, and the rows that begin with VALUES, without them
point() { # FILE VALUES, each followed by a comma
    awk -v want="$2" 'FNR == 1 { for (k = gsub(",", ",", want); k > 0; k--) sub(/^[^,]*,/, ""); print }
        index($0, want) == 1 { print substr($0, length(want) + 1) }' "$1"
}

common="--preset calm --episodes 12 --seed0 4001 --steps 90"
# shellcheck disable=SC2086 # an option list
"$tend" sweep $common --grid world.noise=1:2:0.5 --grid guard.cooldown=0,30 --compound 0.2 \
    --out "$out/grid.csv" --json "$out/grid.json" >"$out/grid.txt" 2>"$out/stderr"
verdict $? "a grid is swept"
[ ! -s "$out/stderr" ] && [ "$(wc -l <"$out/grid.csv")" -eq 73 ]
verdict $? "a row for each point and episode"
cut -d, -f1,2 "$out/grid.csv" | uniq >"$out/log"
printf '%s\n' world.noise,guard.cooldown 1,0 1,30 1.5,0 1.5,30 2,0 2,30 | cmp - "$out/log" >/dev/null
verdict $? "the grids lead, the last one changes fastest"
cut -d, -f3 "$out/grid.csv" | tail -n +2 >"$out/log"
awk 'BEGIN { for (i = 0; i < 72; i++) print 4001 + i % 12 }' | cmp - "$out/log" >/dev/null
verdict $? "the same seeds at every point, in order"

short() { # a CSV has nine digits of a number, a sweep all of them
    awk '{ for (i = 2; i <= NF; i++) if ($i != "null") $i = sprintf("%.7g", $i); print }'
}
# the figures or changes of JSON laid out by lines: "name value low high" of each
figures() { # FILE [N]: of the Nth block, or the only one
    awk -v n="${2:-1}" '/"figures":/ { k++; inside = k == n; next }
        inside && /^\t*"[a-z].*{$/ { gsub(/[\t":{]/, ""); name = $1; line = name; next }
        inside && /"(value|low|high)":/ { sub(/,$/, ""); line = line " " $2 }
        inside && /}/ { if (name == "") exit; print line; name = "" }' "$1"
}
changes() { # FILE N: of point N, as "name pairs differ change low high"
    awk -v n="$2" '/"change":/ { k++; inside = k == n; next }
        inside && /^\t*"[a-z].*{$/ { gsub(/[\t":{]/, ""); name = $1; line = name; next }
        inside && /"(pairs|differ|value|low|high)":/ { sub(/,$/, ""); line = line " " $2 }
        inside && /}/ { if (name == "") exit; print line; name = "" }' "$1"
}
contrasts() { # FILE of compare --json: the same of the group "all"
    awk '/"group":/ { all = /"all"/ } /"measure":/ { gsub(/[",]/, ""); line = $2 }
        all && /"(pairs|differ|change|low|high)":/ { sub(/,$/, ""); line = line " " $2 }
        all && /"high":/ { print line }' "$1"
}

k=0
for noise in 1 1.5 2; do
    for cooldown in 0 30; do
        k=$((k + 1))
        # shellcheck disable=SC2086
        "$tend" eval $common --set world.noise=$noise --set guard.cooldown=$cooldown \
            --compound 0.2 --out "$out/eval$k.csv" --json "$out/eval$k.json" >"$out/stdout"
        point "$out/grid.csv" "$noise,$cooldown," | cmp -s - "$out/eval$k.csv"
        verdict $? "the rows at $noise,$cooldown are those of eval"
        figures "$out/grid.json" $k >"$out/said"
        figures "$out/eval$k.json" >"$out/want"
        [ "$(wc -l <"$out/want")" -gt 20 ] && diff "$out/want" "$out/said" >"$out/log"
        verdict $? "and so are its figures"
        [ $k -eq 1 ] && continue
        "$tend" compare "$out/eval1.csv" "$out/eval$k.csv" --steps 90 --json "$out/c.json"
        contrasts "$out/c.json" | short >"$out/want"
        changes "$out/grid.json" $k | short >"$out/said"
        [ "$(wc -l <"$out/want")" -ge 10 ] && diff "$out/want" "$out/said" >"$out/log"
        verdict $? "and its changes are what compare says of the two"
    done
done
[ "$(grep -c '"change":.null' "$out/grid.json")" -eq 1 ]
verdict $? "only the first point has none"

# the table shows them
"$tend" compare "$out/eval1.csv" "$out/eval6.csv" --steps 90 |
    awk '$1 == "slo_steps" { print $5, $6, $7 ".." $9, $10; exit }' >"$out/want"
awk '$1 == "2" && $2 == "30" { print $3, $6, $7, $8 }' "$out/grid.txt" >"$out/said"
[ -s "$out/want" ] && diff "$out/want" "$out/said" >"$out/log"
verdict $? "the table has compare's change and interval"
"$tend" sweep --grid guard.cooldown=0,30 --grid policy=noop,rules --episodes 20 --steps 120 \
    >"$out/choice.txt" 2>"$out/log"
grep 'fewest breach steps: tend eval' "$out/choice.txt" | sed 's/.*: tend //' >"$out/line"
# shellcheck disable=SC2046 # the line is to be split
"$tend" $(cat "$out/line") --quiet --out "$out/best.csv"
least=$(awk 'NF >= 5 && $1 ~ /^[0-9.]+$/ { print $3 }' "$out/choice.txt" | sort -g | head -n 1)
mean=$(awk -F, 'NR > 1 && $5 { n++; sum += $9 } END { printf "%.4g", sum / n }' "$out/best.csv")
[ -n "$least" ] && [ "$mean" = "$(printf '%.4g' "$least")" ]
verdict $? "and the command of the point with the fewest breach steps, which has them"

# advice is of what can be chosen, and says how sure it is
"$tend" sweep --grid policy=noop,rules --grid world.noise=0.5,2 --episodes 30 >"$out/worlds.txt"
grep -A 1 'fewest breach steps, over all worlds:$' "$out/worlds.txt" | grep -qx '    policy=rules'
verdict $? "a world is no advice"
! grep -q 'not told apart' "$out/worlds.txt"
verdict $? "what is clear is not called unclear"
"$tend" sweep --grid guard.cooldown=4,8,9 --episodes 30 >"$out/alike.txt"
grep -qx '    not told apart from 2 of the 2 others' "$out/alike.txt"
verdict $? "what is not clear is"
"$tend" sweep --grid world.noise=1,2 --episodes 5 >"$out/noise.txt"
! grep -q 'fewest' "$out/noise.txt"
verdict $? "where nothing can be chosen there is no advice"
cat "$out/worlds.txt" "$out/alike.txt" "$out/noise.txt" >"$out/tables.txt"
! grep -n ' $' "$out/tables.txt" >"$out/log"
verdict $? "no line ends in a blank"

grep 'reproduce: tend sweep' "$out/grid.txt" | sed 's/.*: tend //' >"$out/line"
# shellcheck disable=SC2046
"$tend" $(cat "$out/line") --quiet --out "$out/again.csv" >"$out/stdout"
cmp -s "$out/grid.csv" "$out/again.csv" && [ ! -s "$out/stdout" ]
verdict $? "the command of the whole makes the same bytes, --quiet without a word"
for threads in 1 2 7; do
    # shellcheck disable=SC2046
    "$tend" $(cat "$out/line") --threads $threads --out "$out/t.csv" --json "$out/t.json" \
        >"$out/t.txt"
    sed "s,$out/grid.csv,$out/t.csv," "$out/grid.txt" | cmp -s - "$out/t.txt" &&
        cmp -s "$out/grid.csv" "$out/t.csv" && cmp -s "$out/grid.json" "$out/t.json"
    verdict $? "$threads threads: the same bytes, in rows, JSON and table"
done

# plug-ins: eval has their columns
# shellcheck disable=SC2086
"$tend" sweep $common --grid policy=rules,ucb --grid guard.cooldown=0,8 --grid detector=iforest,robust_z \
    --agent rules --out "$out/plug.csv" >"$out/plug.txt"
# shellcheck disable=SC2086
"$tend" eval $common --policy ucb --set guard.cooldown=8 --detector robust_z --agent rules --quiet \
    --out "$out/eval.csv"
{ head -n 1 "$out/plug.csv" && tail -n 12 "$out/plug.csv"; } | cut -d, -f2- | cmp -s - "$out/eval.csv"
verdict $? "a plug-in is set as by its own option"
head -n 1 "$out/plug.csv" | tr ',' '\n' | sort | uniq -d >"$out/log"
[ ! -s "$out/log" ] && head -n 1 "$out/plug.csv" | grep -q '^guard.cooldown,seed,.*,policy,detector,'
verdict $? "and stands in eval's column, no name twice"
grep -qx '  policy=ucb guard.cooldown=8 detector=robust_z' "$out/plug.txt"
verdict $? "values too wide for columns get lines of their own"
# shellcheck disable=SC2086
"$tend" sweep $common --grid world.base_rps=60,400 >"$out/load.txt"
grep -q 'other incidents$' "$out/load.txt" && grep -q '^  other incidents: seed 40[01][0-9]: ' "$out/load.txt"
verdict $? "where the seeds draw other incidents no change is told"
cat "$out"/*.txt | grep -v 'tend eval\|tend sweep\|wrote' | awk 'length > 80' >"$out/log"
[ ! -s "$out/log" ]
verdict $? "tables fit 80 columns"

# where it goes
"$tend" sweep --episodes 2 --steps 60 --grid world.noise=1,2 --out - >"$out/stdout" \
    2>"$out/stderr" && [ "$(wc -l <"$out/stdout")" -eq 5 ] && [ ! -s "$out/stderr" ]
verdict $? "rows on stdout are alone"
"$tend" sweep --episodes 2 --steps 60 --grid world.noise=1,2 --json - >"$out/stdout" &&
    [ "$(head -c 1 "$out/stdout")" = '{' ] && [ "$(tail -n 1 "$out/stdout")" = '}' ]
verdict $? "so is JSON"

# refused, before anything is played
refused 2 'no --grid, expected at least one' 'no grid'
refused 2 '"extra" is not an option' 'a word' --grid world.noise=1 extra
refused 2 '--grid guard.cooldown=, expected PATH=VALUES' 'no values' --grid guard.cooldown=
refused 2 '--grid guard.cooldown: an empty value' 'an empty value' --grid guard.cooldown=0,,8
refused 2 '--grid world.noise: "1:2", expected FROM:TO:STEP' 'half a range' --grid world.noise=1:2
refused 2 '"1:2:-1", expected a step that leads' 'a range that leads away' --grid world.noise=1:2:-1
refused 2 'has 1001 values' '1001 points' --grid guard.cooldown=0:1000:1
refused 2 '1001 points with it' '1001 points of two grids' --grid guard.cooldown=1:143:1 --grid alarm.need=1:7:1
refused 2 'expected at most 10000000 in all' 'too many rows' --grid world.noise=1,2 --episodes 9000000
refused 2 'did you mean "cooldown"?' 'a parameter misspelt' --grid guard.cooldwn=1,2
refused 2 'did you mean "guard"?' 'a section misspelt' --grid gaurd.cooldown=1,2
refused 2 '--grid world.noize=1: no parameter "noize", did you mean "noise"?' 'a world misspelt' --grid world.noize=1,2
refused 2 '--grid policy: policy "ubc" is not known, did you mean "ucb"?' 'a plug-in misspelt' --grid policy=rules,ubc
refused 2 '--grid world.noise: noise 11, expected 0 to 10' 'the last value of the world' --grid world.noise=1,2,11
refused 2 '--grid guard.cooldown: cooldown -1, expected' 'a value out of range' --grid guard.cooldown=0,-1
refused 2 '--grid guard.cooldown: cooldown -1, expected' 'one of the second grid' \
    --grid world.noise=1,2 --grid guard.cooldown=0,-1
refused 2 '--grid guard.cooldown: "x", expected a number' 'a word for a number' --grid guard.cooldown=0,x
refused 2 '--grid at policy=rules: policy.alpha: policy rules has no parameter "alpha"' 'a point that cannot be' \
    --grid policy=ucb,rules --set policy.alpha=1
refused 2 '--grid guard.allow: a list' 'a list' --grid guard.allow=all,none
refused 2 '--grid policy and --policy, expected one of them' 'an option beside its grid' --grid policy=ucb --policy ucb
refused 2 '--grid world.noise and --set world.noise, expected one' 'a --set beside its grid' \
    --grid world.noise=1,2 --set world.noise=2
refused 2 '--grid world.noise twice' 'two grids of one' --grid world.noise=1,2 --grid world.noise=3
refused 3 'no such file' 'a system that is not there' --grid world.noise=1,2 --system nowhere
refused 2 'are one place' 'two outputs, one place' --grid world.noise=1,2 --json "$out/none.csv"
mkdir "$out/folder"
refused 3 'a directory, expected a file' 'rows to a directory' --grid world.noise=1,2 --out "$out/folder"
refused 3 'a directory, expected a file' 'JSON to a directory' --grid world.noise=1,2 --json "$out/folder"
refused 3 'No such file' 'rows into no folder' --grid world.noise=1,2 --out "$out/nofolder/f"
"$tend" eval --episodes 4 --steps 60 --learn --quiet --policy-out "$out/learnt.json"
refused 3 '--grid at policy=rules: ' 'what another policy has learnt' --grid policy=ucb,rules --policy-in "$out/learnt.json"
if [ -c /dev/full ]; then
    "$tend" sweep --episodes 2 --steps 60 --grid world.noise=1,2 --out /dev/full >"$out/stdout" 2>"$out/stderr"
    [ $? -eq 3 ] && grep -q 'No space' "$out/stderr" && [ ! -s "$out/stdout" ]
    verdict $? "a full disk is an error, and no summary says otherwise"
    "$tend" sweep --episodes 2 --steps 60 --grid world.noise=1,2 >/dev/full 2>"$out/stderr"
    [ $? -eq 3 ] && grep -q 'standard output: cannot write' "$out/stderr"
    verdict $? "so is lost output"
fi

# stop SIGNAL: sends it to a sweep in its second point or later; its exit status in $status
cp examples/systems/default.json "$out/own.json"
grids="--grid guard.cooldown=8,30 --grid policy=rules,ucb --system $out/own.json --steps 60"
s=$out/stopped/s.csv
stop() {
    # shellcheck disable=SC2086 # an option list
    "$tend" sweep $grids --episodes 300 --threads 2 --checkpoint 0 --out "$s" \
        --json "$out/stopped/s.json" >"$out/stdout" 2>"$out/stderr" &
    pid=$!
    while kill -0 $pid 2>/dev/null; do
        rows=$(grep -c '^[0-9]' "$s.partial" 2>/dev/null)
        [ "${rows:-0}" -lt 350 ] || break
    done
    while kill -"$1" $pid 2>/dev/null; do sleep 0.05; done
    wait $pid 2>/dev/null
    status=$?
}
# resume ARGS...
resume() {
    # shellcheck disable=SC2086 # an option list
    "$tend" sweep $grids --resume --out "$s" --quiet "$@" >"$out/stdout" 2>"$out/stderr"
}
# shellcheck disable=SC2086 # an option list
"$tend" sweep $grids --episodes 300 --quiet --out "$out/ref.csv" --json "$out/ref.json"
mkdir "$out/stopped"
for how in INT=130 TERM=143 KILL=137; do
    echo before >"$s"
    stop "${how%=*}"
    # a killed one leaves the file it was about to put in place
    { [ "$how" = KILL=137 ] || [ "$(find "$out/stopped" -type f | wc -l)" -eq 2 ]; } &&
        [ "$status" -eq "${how#*=}" ] && [ "$(cat "$s")" = before ] && [ ! -s "$out/stdout" ]
    verdict $? "SIG${how%=*} ends it with ${how#*=}, nothing is half-written, what was there stays"
    kept=$(grep -c '^[0-9]' "$s.partial")
    [ "$kept" -ge 350 ] && [ "$kept" -lt 1200 ] && { [ "$how" = KILL=137 ] ||
        grep -q "interrupted; $kept of 1200 episodes are in .*/s.csv.partial, --resume goes on" "$out/stderr"; }
    verdict $? "and says what is kept (SIG${how%=*})"
    [ "$how" = INT=130 ] && cp "$s.partial" "$out/kept"
    resume --episodes 300 --threads 1 --json "$out/got.json"
    verdict $? "it goes on (SIG${how%=*})"
    cmp "$s" "$out/ref.csv" >/dev/null && sed "s|$s|$out/ref.csv|" "$out/got.json" | cmp - "$out/ref.json" >/dev/null
    verdict $? "to the same rows and figures (SIG${how%=*})"
    [ ! -e "$s.partial" ]
    verdict $? "and nothing is left over (SIG${how%=*})"
done
cp "$out/kept" "$s.partial"
kept_stays() { # PATTERN NAME: the last command ended with 3, saying so
    [ $? -eq 3 ] && grep -q -e "$1" "$out/stderr" && cmp "$s.partial" "$out/kept" >/dev/null
    verdict $? "$2"
}
# shellcheck disable=SC2086 # an option list
"$tend" sweep $grids --episodes 300 --out "$s" >"$out/stdout" 2>"$out/stderr"
kept_stays '--resume goes on with it' 'a new sweep does not overwrite what is kept'
resume --episodes 301
kept_stays 'made with command tend sweep .* --episodes 300 .*, this run has tend sweep .* --episodes 301' \
    'nor does one of other options'
"$tend" sweep --grid guard.cooldown=8,30 --grid policy=noop,ucb --system "$out/own.json" --steps 60 \
    --episodes 300 --out "$s" --resume >"$out/stdout" 2>"$out/stderr"
kept_stays 'made with command tend sweep .* policy=rules,ucb .*, this run has .* policy=noop,ucb' \
    'and another policy is no other --policy-in'
sed 's/"p95_ms": *[0-9]*/"p95_ms": 251/' "$out/own.json" >"$out/other.json"
mv "$out/other.json" "$out/own.json"
resume --episodes 300
kept_stays 's.csv.partial: seed [0-9]* was run with other options' 'nor one of a system that has changed'
"$tend" sweep --grid world.noise=1,2 --resume >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && grep -q 'needs the --out FILE' "$out/stderr"
verdict $? 'without a file there is nothing to go on with'
finish
