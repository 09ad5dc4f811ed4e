#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# lint.sh - formatting, static analysis, shell scripts and data files; any finding fails.
set -u
bad=0
sources=$(find src include tests -name '*.c' -o -name '*.h' | sort)
units=$(find src tests -name '*.c' ! -path 'tests/fail/*' | sort)
flags="-std=c17 -D_GNU_SOURCE -Iinclude -Isrc -Itests"

# shellcheck disable=SC2086
clang-format --dry-run -Werror $sources || bad=1

# findings come on stdout; stderr only counts what was left out
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
printf '%s\n' $units |
    xargs -P "$(nproc)" -I {} sh -c 'clang-tidy --quiet {} -- '"$flags"' 2>/dev/null' >"$log" || bad=1
[ -s "$log" ] && cat "$log"

if command -v shellcheck >/dev/null 2>&1; then
    shellcheck -x -s sh tools/*.sh .ci/run tests/*.sh || bad=1
fi
find examples -name '*.json' -exec python3 -c 'import json, sys
for name in sys.argv[1:]:
    json.load(open(name))' {} + || bad=1
[ "$bad" -eq 0 ] && echo "lint: clean"
exit "$bad"
