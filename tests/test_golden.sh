#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the product prints is what it printed when the goldens were accepted (`make golden`).
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
tools/golden.sh "$tend" "$out/made" >"$out/log" 2>&1
verdict $? "every command of the goldens succeeds"
for golden in tests/golden/*; do
    name=$(basename "$golden")
    # without recorded incidents only what is simulated can be held
    case $name in
    diagnose* | replay*) if [ -z "${TEND_DATA:-}" ]; then
        n=$((n + 1))
        echo "ok $n # SKIP $name: TEND_DATA is not set"
        continue
    fi ;;
    esac
    diff -u "$golden" "$out/made/$name" >"$out/log" 2>&1
    verdict $? "$name"
done
diff -r tests/golden "$out/made" | grep '^Only in .*made' >"$out/log"
[ ! -s "$out/log" ]
verdict $? "nothing is made that has no golden"
finish
