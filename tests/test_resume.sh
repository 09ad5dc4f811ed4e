#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# eval stopped and resumed: the same bytes as in one go, or a refusal that says what differs.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

# stop SIGNAL FILE ARGS...: runs eval until FILE.partial is there, then sends the signal; its exit
# status is returned
stop() {
    signal=$1 file=$2
    shift 2
    # whoever runs the tests may ignore hang-ups, and what is ignored stays so
    env --default-signal=HUP,PIPE "$tend" eval --quiet --checkpoint 0 --out "$file" "$@" \
        >"$out/stdout" 2>"$out/stderr" &
    pid=$!
    while [ ! -e "$file.partial" ] && kill -0 $pid 2>/dev/null; do :; done
    kill -"$signal" $pid 2>/dev/null
    wait $pid 2>/dev/null
}

# refused FILE PATTERN NAME ARGS...: exit 3, stderr says so, FILE stays as it is
refused() {
    file=$1 pattern=$2 name=$3
    shift 3
    cksum <"$file" >"$out/before"
    "$tend" eval --quiet "$@" >"$out/stdout" 2>"$out/stderr"
    [ $? -eq 3 ] && grep -q -e "$pattern" "$out/stderr" && grep -qF "$(basename "$file")" \
        "$out/stderr" && cksum <"$file" | cmp -s - "$out/before"
    verdict $? "$name"
}

last_seed() {
    awk -F, '/^[0-9]/ && $1 > most { most = $1 } END { print most + 0 }' "$1"
}

# not learning: rows stand alone, so a run may go on to fewer or more episodes than were planned
for stopped in INT=130 TERM=143 HUP=129 PIPE=141 KILL=137; do
    signal=${stopped%=*}
    a=$out/$signal.csv
    stop "$signal" "$a" --episodes 400000 --steps 60 --threads 2
    holds "SIG$signal ends with ${stopped#*=}" test $? -eq "${stopped#*=}"
    holds "SIG$signal keeps what is finished" test -s "$a.partial"
    holds "and no half table (SIG$signal)" test ! -e "$a"
    last=$(last_seed "$a.partial")
    "$tend" eval --quiet --episodes $((last + 5)) --steps 60 --out "$out/ref.csv" \
        --json "$out/ref.json"
    holds "resumed after SIG$signal" "$tend" eval --quiet --episodes $((last + 5)) --steps 60 \
        --resume --out "$a" --json "$out/got.json"
    holds "to the same bytes (SIG$signal)" cmp "$a" "$out/ref.csv"
    holds "and figures to the last digit (SIG$signal)" cmp "$out/got.json" "$out/ref.json"
    holds "then nothing is left over (SIG$signal)" test ! -e "$a.partial"
done
"$tend" eval --quiet --episodes 600 --steps 60 --preset calm --learn --round 10 --out "$out/ref.csv" \
    --policy-out "$out/ref.policy"
l=$out/learnt.csv
for signal in INT KILL; do
    stop $signal "$l" --episodes 600 --steps 60 --preset calm --learn --round 10
    holds "a learning run keeps rounds (SIG$signal)" test -s "$l.partial"
    rows=$(grep -c '^[0-9]' "$l.partial")
    holds "whole ones (SIG$signal)" test $((rows % 10)) -eq 0
    [ "$signal" = INT ] && cp "$l.partial" "$out/kept"
    holds "resumed" "$tend" eval --quiet --episodes 600 --steps 60 --preset calm --learn --round 10 --resume \
        --out "$l" --policy-out "$out/got.policy"
    holds "the same rows" cmp "$l" "$out/ref.csv"
    holds "and lessons" cmp "$out/got.policy" "$out/ref.policy"
    rm -f "$l"
done

# a hang-up stays ignored under nohup: the run goes on
trap '' HUP
"$tend" eval --quiet --checkpoint 0 --out "$out/nohup.csv" --episodes 400000 --steps 60 --threads 1 \
    2>"$out/stderr" &
pid=$!
trap - HUP
rows() { # finished so far
    { grep -c '^[0-9]' "$out/nohup.csv.partial" || :; } 2>/dev/null
}
while [ ! -e "$out/nohup.csv.partial" ] && kill -0 $pid 2>/dev/null; do :; done
before=$(rows)
kill -HUP $pid
while [ "$(rows)" -lt $((before + 20)) ] && kill -0 $pid 2>/dev/null; do :; done
holds 'nohup is heeded' test "$(rows)" -ge $((before + 20))
kill -INT $pid
wait $pid

# what is kept is never lost without a word
p=$out/p.csv
stop INT "$p" --episodes 400000 --steps 60
last=$(last_seed "$p.partial")
refused "$p.partial" '--resume goes on with it' 'a new run does not overwrite it' --out "$p" \
    --episodes $((last + 1)) --steps 60
refused "$p.partial" 'beyond --episodes' 'nor does one that would drop rows' --out "$p" \
    --episodes 1 --steps 60 --resume
holds 'and neither makes a table' test ! -e "$p"
"$tend" eval --quiet --episodes 40 --learn --policy-out "$out/policy.json"
while read -r option words; do
    # shellcheck disable=SC2086 # words are to be split
    refused "$p.partial" "made with $option .*, this run has " "another $option is refused" \
        --resume --out "$p" --episodes $((last + 1)) $words
done <<END
--seed0 --steps 60 --seed0 0
--learn --steps 60 --learn
--policy-in --steps 60 --policy-in $out/policy.json
--steps --steps 61
--system --steps 60 --system shop
--scenario --steps 60 --scenario db_lock
--fault --steps 60 --fault slow_db
--target --steps 60 --target db
--severity --steps 60 --severity 0.5
--healthy --steps 60 --healthy 0.2
--compound --steps 60 --compound 0.2
--detector --steps 60 --detector threshold
--diagnoser --steps 60 --diagnoser impact
--policy --steps 60 --policy rules
--agent/--set --steps 60 --set guard.cooldown=9
END
cp "$out/kept" "$l.partial"
refused "$l.partial" 'made with --round 10, this run has 20' 'another --round is refused' \
    --resume --out "$l" --steps 60 --preset calm --learn --round 20 --episodes 600
refused "$l.partial" 'made with --episodes 600, this run has 2500' 'with lessons --episodes too' \
    --resume --out "$l" --steps 60 --preset calm --learn --round 10 --episodes 2500
refused "$l.partial" 'made with --learn given, this run has not given' 'and going on without' \
    --resume --out "$l" --steps 60 --episodes 600

# damage is found, whatever it is
damaged() { # NAME PATTERN, the file being there
    refused "$l.partial" "$2" "$1" --resume --out "$l" --steps 60 --preset calm --learn --round 10 \
        --episodes 600
}
sed 's/"count":/"count":1/' "$out/kept" >"$l.partial"
damaged 'lessons changed by hand' 'damaged or cut off'
sed '$d' "$out/kept" >"$l.partial"
damaged 'the last line gone' 'damaged or cut off'
head -c 1000 "$out/kept" >"$l.partial"
damaged 'cut off' 'damaged or cut off'
: >"$l.partial"
damaged 'empty' 'not the interrupted run'
cp "$out/ref.csv" "$l.partial"
damaged 'a table' 'not the interrupted run'
sed 's/^tend-partial 1/tend-partial 2/' "$out/kept" >"$l.partial"
damaged 'another version of the file' 'expected the first line'
rm "$l.partial" && mkdir "$l.partial"
"$tend" eval --quiet --resume --out "$l" --episodes 3 2>"$out/stderr"
holds 'a directory in its place is refused' test $? -eq 3
rmdir "$l.partial"

# kept until everything asked for is in place
if [ -c /dev/full ]; then
    "$tend" eval --quiet --episodes $((last + 3)) --steps 60 --resume --out "$p" --json /dev/full \
        2>"$out/stderr"
    holds 'a summary that is lost' test $? -eq 3
    holds 'leaves the partial file' test -s "$p.partial"
    holds 'which has grown to all rows' test "$(grep -c '^[0-9]' "$p.partial")" -eq $((last + 3))
fi
"$tend" eval --quiet --episodes $((last + 3)) --steps 60 --resume --out "$p" --gate 'top1>=2' \
    2>"$out/stderr"
holds 'a failed gate is a result' test $? -eq 4
holds 'so nothing is kept then' test ! -e "$p.partial"

# nothing to keep it beside
mkdir "$out/here" && tend=$(cd "$(dirname "$tend")" && pwd)/tend
(cd "$out/here" && "$tend" eval --quiet --episodes 20 --steps 60 --checkpoint 0 --out - >rows)
holds 'rows to stdout' test "$(wc -l <"$out/here/rows")" -eq 21
holds 'leave no file beside' test "$(find "$out/here" -type f | wc -l)" -eq 1
"$tend" eval --episodes 3 --resume --out - >"$out/stdout" 2>"$out/stderr"
holds 'and cannot be resumed' test $? -eq 2
ln -s ../p.csv "$out/here/link.csv"
stop INT "$out/p.csv" --episodes 400000 --steps 60
refused "$out/p.csv.partial" '--resume goes on with it' 'a link shares it with the real file' \
    --episodes 3 --steps 60 --out "$out/here/link.csv"
finish
