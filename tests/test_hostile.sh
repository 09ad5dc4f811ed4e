#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What comes from outside, through the commands: refused with file and line, never spoken to the
# terminal; and what is taken comes out as fields that a machine can read.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

# expect STATUS PATTERN NAME ARGS...: exit status, what is said, and that none of it is an escape
expect() {
    status=$1 pattern=$2 name=$3
    shift 3
    "$tend" "$@" >"$out/log" 2>&1
    got=$?
    [ "$got" -eq "$status" ] && grep -qe "$pattern" "$out/log" &&
        ! LC_ALL=C grep -q "$(printf '[\033\377]')" "$out/log"
    verdict $? "$name"
}

# 120 rows, slow from row 80 on; the first column of row N is what $1 makes of N
rows() {
    echo 'time,web|latency,web|errors,web|cpu,store|latency,web>store|latency'
    awk "BEGIN { for (n = 0; n < 120; n++)
        printf \"%g,%d,0.0%d,0.%d,%d,%d\n\", $1, 10 + n % 7 + (n > 80) * $2, n % 5, n % 9,
            5 + n % 3, 4 + n % 2 }"
}

rows n 500 >"$out/good.csv"
rows '5-n' 500 >"$out/back.csv"
rows 7 500 >"$out/same.csv"
sed "1s/web|cpu/w$(printf '\033')[31m|cpu/" "$out/good.csv" >"$out/escape.csv"
sed "1s/web|cpu/w$(printf '\377')|cpu/" "$out/good.csv" >"$out/bytes.csv"
expect 0 'breach' 'a good recording is replayed' replay "$out/good.csv"
expect 3 'back.csv:3: time 4 goes back, expected more than 5' 'time backwards is refused' \
    replay "$out/back.csv"
expect 3 'same.csv:3: time 7 repeats, expected more than 7' 'time that stands still is refused' \
    replay "$out/same.csv"
expect 3 'escape.csv:1: byte 0x1b' 'an escape sequence in a name is refused' \
    replay "$out/escape.csv"
expect 3 'bytes.csv:1: byte 0xff' 'a name that is no UTF-8 is refused' replay "$out/bytes.csv"

rows n 0 >"$out/normal.csv"
cp "$out/good.csv" "$out/abnormal.csv"
echo '{"case": "c", "normal": "normal.csv", "abnormal": "abnormal.csv"}' >"$out/case.json"
expect 0 '"kind":"latency","service":"web",.*"metric":"web|latency","value":' \
    'the evidence of a case comes as fields' diagnose "$out" --json -
expect 0 '"event":	"diagnosed"' 'a replay tells its events' replay "$out/good.csv" --json -
for field in t time service edge metric action rule receipt value reference detail; do
    grep -q "\"$field\":" "$out/log"
    verdict $? "and each has $field"
done
echo "{\"case\": \"c\\u001b[2J\", \"abnormal\": \"abnormal.csv\"}" >"$out/case.json"
expect 3 'expected no control characters' 'a case with an escape in its name is refused' \
    diagnose "$out"
finish
