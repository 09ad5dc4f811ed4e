#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the product prints is what it printed when the goldens were accepted (`make golden`).
set -u
cd "$(dirname "$0")/.." || exit 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
n=0 bad=0
tools/golden.sh "${TEND:-build/tend}" "$out" >"$out.log" 2>&1
status=$?
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
    n=$((n + 1))
    if diff -u "$golden" "$out/$name" >"$out.diff" 2>&1; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        sed 's/^/# /' "$out.diff" | head -n 12
        bad=1
    fi
done
for made in "$out"/*; do
    [ -e "tests/golden/$(basename "$made")" ] && continue
    n=$((n + 1)) bad=1
    echo "not ok $n - $(basename "$made") has no golden"
done
if [ "$status" -ne 0 ]; then
    n=$((n + 1)) bad=1
    echo "not ok $n - every command of the goldens succeeds"
    sed 's/^/# /' "$out.log" | tail -n 5
fi
rm -f "$out.log" "$out.diff"
echo "1..$n"
exit "$bad"
