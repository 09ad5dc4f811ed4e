#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Strange faults are the world's alone: no fit, prior, playbook, twin or agent may know their names,
# a fit that meets one stops, and none is drawn unless it is asked for.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
build=$(dirname "$tend")
names=$(sed -n '/define STRANGE_TABLE/,/^$/s/.*X(FAULT_[A-Z_]*, \([a-z_]*\),.*/\1/p' src/env/scenario.h)
[ "$(echo "$names" | wc -w)" -ge 4 ]
verdict $? "there are some"
for name in $names; do
    grep -rnw -e "$name" -e "FAULT_$(echo "$name" | tr '[:lower:]' '[:upper:]')" \
        src/agent src/cases src/base src/loop tests/parity include >"$out/log" 2>&1
    [ $? -eq 1 ]
    verdict $? "$name is named nowhere but in the world"
done
$tend eval --system shop --preset real --policy noop --detector threshold --episodes 300 --seed0 1 \
    --compound 0.3 --quiet --out "$out/all.csv" >"$out/log" 2>&1
found=0
for name in $names; do
    grep -q "$name" "$out/all.csv" && found=1
done
verdict $found "none is drawn by itself"
$tend eval --system shop --preset real --policy noop --detector threshold --episodes 60 --seed0 1 \
    --family strange --quiet --out "$out/strange.csv" >"$out/log" 2>&1 &&
    [ "$(cut -d, -f3 "$out/strange.csv" | sed 1d | sort -u | grep -cxF "$names")" -ge 3 ] &&
    [ "$(cut -d, -f3 "$out/strange.csv" | sed 1d | sort -u | grep -cvxF "$names")" -eq 0 ]
verdict $? "nothing else is where they are asked for"
# shellcheck disable=SC2046
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Isrc -Iinclude -Itests tests/parity/dump_signs.c \
    "$build/libtend.a" $(pkg-config --libs gsl libcjson zlib) -lcsv -lpthread -o "$out/dump_signs" \
    >"$out/log" 2>&1
verdict $? "what writes the fit's input builds"
"$out/dump_signs" examples/systems/default.json 1 20 slow_disk >"$out/signs" 2>"$out/log"
[ $? -eq 1 ] && grep -q 'strange fault, which no fit may know' "$out/log"
verdict $? "and refuses one"
"$out/dump_signs" examples/systems/default.json 1 3 slow_db >"$out/signs" 2>"$out/log" && [ -s "$out/signs" ]
verdict $? "but no other"
finish
