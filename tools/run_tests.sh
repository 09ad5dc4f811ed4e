#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run_tests.sh BUILD PROGRAM... - runs cmocka programs and TAP scripts, sums what they say.
#
# Every program speaks TAP (cmocka does when asked). A program that dies counts the tests it did
# not reach as failed. Under CI=true a skipped test counts as failed. The last line reads
# `N passed, N failed`.
set -u
build=$1
shift
CMOCKA_MESSAGE_OUTPUT=TAP
export CMOCKA_MESSAGE_OUTPUT
TEND=${TEND:-$build/tend}
export TEND

passed=0 failed=0 skipped=0
for program; do
    name=$(basename "$program")
    mkdir -p "$build/tests"
    log=$build/tests/$name.log
    ${TEST_WRAPPER:-} "$program" >"$log" 2>&1 </dev/null
    status=$?
    planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    skip=$(grep -c '^not ok .* SKIP\|^ok .* SKIP' "$log") # cmocka says `not ok 2 # SKIP name`
    good=$(grep '^ok ' "$log" | grep -vc ' SKIP')
    bad=$(grep '^not ok ' "$log" | grep -vc ' SKIP')
    lost=$((planned - good - bad - skip))
    [ "$lost" -gt 0 ] && bad=$((bad + lost))
    # a bad end without a failed test: crash at exit, leak, no plan at all
    [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    [ "$planned" -eq 0 ] && [ "$bad" -eq 0 ] && bad=1
    note=
    [ "$skip" -gt 0 ] && note=", $skip skipped"
    if [ "$skip" -gt 0 ] && [ "${CI:-}" = true ]; then
        bad=$((bad + skip))
        note="$note (a failure under CI)"
    fi
    if [ "$bad" -gt 0 ]; then
        echo "FAIL $name: $good passed, $bad failed$note (exit $status)"
        sed 's/^/    /' "$log" | grep -v '^    ok ' | tail -n 60
    else
        echo "ok   $name: $good passed$note"
        [ "$skip" -gt 0 ] && grep -v '^ok \|^1\.\.\|^TAP ' "$log" | grep -i 'absent\|skip' |
            sort -u | sed 's/^# */    /' | head -n 5
    fi
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
done
[ "$skipped" -gt 0 ] && echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
