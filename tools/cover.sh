#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cover.sh BUILD PROGRAM... - runs the tests of a --coverage build and holds src to 90 / 80 %.
set -eu
build=$1
shift
find "$build" -name '*.gcda' -delete
tools/run_tests.sh "$build" "$@"
# an assertion's other branch is a trap: no test can take it and live
gcovr --root . --filter src/ --object-directory "$build" --exclude-unreachable-branches \
    --exclude-branches-by-pattern '.*TEND_ASSERT.*' \
    --sort-uncovered --print-summary --fail-under-line 90 --fail-under-branch 80 "$build"
