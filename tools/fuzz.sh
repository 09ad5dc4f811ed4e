#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# fuzz.sh BUILD SECONDS - runs every fuzz target from seeds of its kind; a finding fails.
#
# Seeds: the examples, and the malformed inputs under TEND_DATA when it is set. A finding's input
# stays in BUILD/findings; put it into the tests before mending the bug.
set -eu
build=$1
seconds=$2
mkdir -p "$build/findings"

# a flat folder of copies, named by content; at most 64 KB each, so that the fuzzer stays quick
seeds() {
    find "$@" -type f -size -64k 2>/dev/null | while read -r file; do
        cp "$file" "$corpus/$(cksum <"$file" | tr ' ' -)"
    done
}

bad=0
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    target=$build/$name
    corpus=$build/corpus/$name
    mkdir -p "$corpus"
    seeds "tests/fuzz/seeds/$name"
    seeds examples ${TEND_DATA:+"$TEND_DATA/corpora"}
    if [ -n "${TEND_DATA:-}" ] && [ "$name" = fuzz_case ]; then
        find "$TEND_DATA/rca" -name case.json 2>/dev/null | head -n 20 | while read -r file; do
            cp "$file" "$corpus/$(cksum <"$file" | tr ' ' -)"
        done
    fi
    echo "$name: $(find "$corpus" -type f | wc -l) seeds, $seconds s"
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -artifact_prefix="$build/findings/$name-" -print_final_stats=1 "$corpus" \
        >"$build/$name.log" 2>&1; then
        grep -E 'number_of_executed_units|cov:' "$build/$name.log" | tail -n 2 | sed 's/^/    /'
    else
        tail -n 40 "$build/$name.log"
        bad=1
    fi
done
[ "$bad" -eq 0 ] && echo "fuzz: no finding"
exit "$bad"
