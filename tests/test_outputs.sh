#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Outputs: found unwritable before the work, never lost without a word, never mixed, never left over.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

# refused STATUS PATTERN NAME ARGS...: exit status, and what stderr says
refused() {
    status=$1 pattern=$2 name=$3
    shift 3
    "$tend" "$@" >"$out/stdout" 2>"$out/stderr"
    [ $? -eq "$status" ] && grep -q -e "$pattern" "$out/stderr"
    verdict $? "$name"
}

"$tend" eval --episodes 30 --steps 60 --quiet --out "$out/rows.csv" || exit 1
mkdir "$out/case" "$out/folder"
header='time,web|latency,web|errors,store|latency,web>store|latency'
{ echo "$header" && seq 1 60 | sed 's/.*/&,10,0,5,5/'; } >"$out/case/normal.csv"
{ echo "$header" && seq 1 60 | sed 's/.*/&,900,0,800,800/'; } >"$out/case/abnormal.csv"
{ cat "$out/case/normal.csv" && seq 61 120 | sed 's/.*/&,900,0,800,800/'; } >"$out/stream.csv"
echo '{"case": "c", "normal": "normal.csv", "abnormal": "abnormal.csv"}' >"$out/case/case.json"

# every command that prints, into a full disk
if [ -c /dev/full ]; then
    while read -r words; do
        # shellcheck disable=SC2086 # words are to be split
        "$tend" $words >/dev/full 2>"$out/stderr"
        [ $? -eq 3 ] && grep -q 'standard output: cannot write' "$out/stderr"
        verdict $? "lost output is an error: $words"
    done <<-END
	demo
	episode --seed 7 --render
	episode --json -
	eval --episodes 3 --steps 60
	eval --episodes 30 --steps 60 --out -
	compare $out/rows.csv $out/rows.csv
	compare $out/rows.csv $out/rows.csv --json -
	sweep --grid world.noise=1,2 --episodes 3 --steps 60 --out -
	sweep --grid world.noise=1,2 --episodes 3 --steps 60 --json -
	learn --curve 5 --repeats 2 --episodes 3 --steps 60
	learn --curve 5 --repeats 2 --episodes 3 --steps 60 --out -
	learn --curve 5 --repeats 2 --episodes 3 --steps 60 --json -
	generate --episodes 0 --out $out/systems
	generate --episodes 1 --out $out/systems --json -
	replay $out/stream.csv
	replay $out/stream.csv --json -
	diagnose $out/case
	diagnose $out/case --out -
	params
	params --json -
	check examples/systems/default.json
	bench --repetitions 1 --seconds 0.01
	help
	help eval
	help --man
	help --completion bash
	eval --help
	--version
	END
    "$tend" eval --episodes 3 --steps 60 --gate 'top1>=2' >/dev/full 2>"$out/stderr"
    holds 'and never hides behind a failed gate' test $? -eq 3
fi
"$tend" help >&- 2>"$out/stderr"
holds 'a closed standard output is an error' test $? -eq 3
"$tend" eval --episodes 3 --steps 60 --quiet --out "$out/closed.csv" >&- 2>"$out/stderr"
holds 'unless nothing is printed' test $? -eq 0
holds 'and nothing else got into the file' test "$(wc -l <"$out/closed.csv")" -eq 4
"$tend" eval --episodes 3 --steps 60 --out "$out/closed.csv" >&- 2>"$out/stderr"
holds 'a summary that cannot be printed is an error' test $? -eq 3
holds 'and is not in the file either' test "$(wc -l <"$out/closed.csv")" -eq 4

# found out before the work: these would take minutes
long='eval --episodes 2000000 --steps 1000 --threads 1 --quiet'
for option in --out --json --policy-out; do
    # shellcheck disable=SC2086 # an option list
    refused 3 'a directory, expected a file' "$option to a directory" $long $option "$out/folder"
    # shellcheck disable=SC2086
    refused 3 'cannot create: No such file' "$option into no folder" $long $option "$out/none/f"
done
for option in --report --json --trace; do
    mkdir -p "$out/folder.md"
    refused 3 'a directory, expected a file' "episode $option to a directory" episode --seed 7 \
        $option "$out/folder.md"
done
refused 3 'a directory' 'compare --json to a directory' compare "$out/rows.csv" "$out/rows.csv" \
    --json "$out/folder"
refused 3 'a directory' 'replay --json to a directory' replay "$out/stream.csv" --json \
    "$out/folder"
refused 3 'a directory' 'diagnose --out to a directory' diagnose "$out/case" --out "$out/folder"
refused 3 'a directory' 'diagnose --json to one, before a case is read' diagnose "$out/none" \
    --json "$out/folder"
refused 3 'a directory' 'params --json to a directory' params --json "$out/folder"
refused 3 'a directory' 'bench --json to a directory' bench --json "$out/folder"

# two outputs, one place
refused 2 'out - and --json - are one place' 'two outputs to stdout' eval --episodes 3 --out - --json -
holds 'print nothing' test ! -s "$out/stdout"
refused 2 'are one place' 'stdout by its other name' eval --episodes 3 --out - --json /dev/stdout
refused 2 'are one place' 'one file twice' eval --episodes 3 --out "$out/f" --json "$out/f"
refused 2 'are one place' 'by another name' eval --episodes 3 --out "$out/f" --policy-out "$out/./f"
ln -s f "$out/link"
refused 2 'are one place' 'by a link' eval --episodes 3 --out "$out/f" --json "$out/link"
cp examples/systems/default.json "$out/own.json"
"$tend" eval --episodes 3 --quiet --out "$out/own.csv"
refused 2 'would replace --system' 'over the system that is read' eval --system "$out/own.json" --out "$out/own.json"
refused 2 'would replace --system' 'of an episode too' episode --system "$out/own.json" --trace "$out/./own.json"
refused 2 'would replace --suite' 'over the suite' eval --suite "$out/own.json" --json "$out/own.json"
refused 2 'would replace the rows' 'over rows that are compared' compare "$out/own.csv" "$out/own.csv" --json "$out/own.csv"
cmp -s examples/systems/default.json "$out/own.json"
verdict $? 'which stay what they were'
refused 2 'are one place' 'of an episode' episode --report "$out/f.json" --json "$out/f.json"
refused 2 'expected one' 'two names of one output' diagnose "$out/case" --out "$out/f" --json "$out/g"
holds 'and no file is made' test ! -e "$out/f" -a ! -e "$out/f.json"
holds '/dev/null takes both' "$tend" eval --episodes 3 --quiet --out /dev/null --json /dev/null
holds 'and is a device still' test -c /dev/null
"$tend" diagnose "$out/case" --json /dev/stdout >"$out/stdout" 2>"$out/stderr"
holds 'rankings on stdout are alone' test "$(grep -c '^{' "$out/stdout") $(grep -vc '^{' "$out/stdout")" = '1 0'
"$tend" episode --trace - --render >"$out/stdout" 2>"$out/stderr"
holds 'a trace on stdout is alone' test "$(grep -vc '^{' "$out/stdout")" -eq 0

# standard output by name, in a file that has something already
if [ -e /dev/stdout ]; then
    "$tend" eval --episodes 30 --steps 60 --quiet --out - >"$out/plain"
    { echo before && "$tend" eval --episodes 30 --steps 60 --out /dev/stdout && echo after; } \
        >"$out/redirected" 2>"$out/stderr"
    { echo before && cat "$out/plain" && echo after; } | cmp -s - "$out/redirected"
    verdict $? '/dev/stdout is standard output'
fi

# a link, a private file, a limit, a stale temporary
mkdir "$out/real" "$out/here"
ln -s ../real/rows.csv "$out/here/rows.csv"
holds 'through a link' "$tend" eval --episodes 3 --quiet --out "$out/here/rows.csv"
holds 'the link stays' test -L "$out/here/rows.csv"
holds 'and its target is written' test -s "$out/real/rows.csv"
chmod 600 "$out/real/rows.csv"
"$tend" eval --episodes 3 --quiet --out "$out/real/rows.csv"
holds 'a private file stays private' test "$(stat -c %a "$out/real/rows.csv")" = 600
mkdir "$out/limit"
(ulimit -f 8 && "$tend" eval --episodes 200 --steps 20 --quiet --out "$out/limit/rows.csv") \
    2>"$out/stderr"
holds 'a limit on file size is an error' test $? -eq 3
holds 'that leaves nothing' test -z "$(ls -A "$out/limit")"
# shellcheck disable=SC2016 # the inner shell's process id, which the program takes over
sh -c 'touch "$2/rows.csv.$$.tmp" && exec "$1" eval --episodes 3 --quiet --out "$2/rows.csv"' sh \
    "$tend" "$out/limit" 2>"$out/stderr"
holds 'what a killed run left blocks nothing' test $? -eq 0
holds 'and the rows are there' test "$(wc -l <"$out/limit/rows.csv")" -eq 4

# interrupted in the middle: the trace that is begun is taken back
mkdir "$out/stopped"
stop_trace() { # SIGNAL: sends it to an episode that writes a trace; its exit status in $status
    # whoever runs the tests may ignore hang-ups, and what is ignored stays so
    env --default-signal=HUP,PIPE "$tend" episode --steps 1000000 --trace "$out/stopped/t.jsonl" \
        >"$out/stdout" 2>"$out/stderr" &
    begun=$!
    tries=0
    while [ -z "$(ls -A "$out/stopped")" ] && [ "$tries" -lt 200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    # the file comes first, the handler right behind it
    sleep 0.2
    kill -s "$1" "$begun"
    wait "$begun" 2>/dev/null
    status=$?
}
for stop in HUP=129 INT=130 PIPE=141 TERM=143; do
    stop_trace "${stop%=*}"
    holds "SIG${stop%=*} ends a trace with ${stop#*=}" test "$status" -eq "${stop#*=}"
    holds 'and nothing is left of it' test -z "$(ls -A "$out/stopped")"
done
# nothing can be taken back then; but nobody is in the way of the next
stop_trace KILL
left=$(ls -A "$out/stopped")
case $left in t.jsonl.*.tmp) named=0 ;; *) named=1 ;; esac
holds 'SIGKILL leaves what was begun, by a name that says so' test "$named" -eq 0
holds 'and a later run' "$tend" episode --steps 100 --trace "$out/stopped/t.jsonl"
holds 'writes all of it' test "$(wc -l <"$out/stopped/t.jsonl")" -eq 101
holds 'beside what was left' test -s "$out/stopped/$left"
# who looks at the first lines only has done nothing wrong
{
    "$tend" episode --steps 100000 --trace - 2>"$out/stderr"
    echo $? >"$out/status"
} | head -n 1 >"$out/stdout"
holds 'a reader that goes away ends a trace like any program' test "$(cat "$out/status")" -eq 141
holds 'without a word' test ! -s "$out/stderr"
finish
