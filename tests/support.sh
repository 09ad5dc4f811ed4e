# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# support.sh - what every test in shell shares. Sourced first: `. "$(dirname "$0")/support.sh"`; then
# the working folder is the project's, $tend the program, $out a scratch folder that goes with the
# test. A test says its plan first ("1..16") or ends with `finish`, so that one that dies is noticed.
set -u
unset COLUMNS # a table is as wide as that
cd "$(dirname "$0")/.." || exit 1
tend=${TEND:-build/tend}
case $tend in /*) ;; *) tend=$PWD/$tend ;; esac
# shellcheck disable=SC2034 # of those who compile
CC=${CC:-cc}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
n=0 bad=0

# verdict STATUS NAME: one line of the report, and what was said last when it failed
verdict() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
        return
    fi
    echo "not ok $n - $2"
    for said in log stdout stderr; do
        [ -e "$out/$said" ] && tail -n 20 "$out/$said" | sed 's/^/# /'
    done
    bad=1
}

# holds NAME COMMAND...: the command succeeds; $out/stdout is left to be looked at again
holds() {
    name=$1
    shift
    "$@" >"$out/log" 2>&1
    verdict $? "$name"
}

finish() {
    echo "1..$n"
    exit "$bad"
}
