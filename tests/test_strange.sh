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
# what feeds the fit asks for single faults, two, crowds and quiet: none of them draws a strange one
grep -o '"[a-z]*", [0-9]*, \[' tests/parity/fit_evidence.py | cut -d'"' -f2 | sort -u >"$out/families"
[ -s "$out/families" ] && ! grep -qx strange "$out/families"
verdict $? "the fit asks for none"
# shellcheck disable=SC2046
${CC:-cc} -std=c11 -D_GNU_SOURCE -Isrc -Iinclude tests/parity/dump_evidence.c "$build/libtend.a" \
    $(pkg-config --libs gsl libcjson zlib) -lcsv -lpthread -lm -o "$out/dump_evidence" \
    >"$out/log" 2>&1
verdict $? "what writes the fit's input builds"
"$out/dump_evidence" examples/systems/default.json real single 1 40 >"$out/looks" 2>"$out/log" &&
    [ -s "$out/looks" ] && ! grep '^L' "$out/looks" | cut -d' ' -f5 | grep -qxF "$names"
verdict $? "and writes none"
finish
