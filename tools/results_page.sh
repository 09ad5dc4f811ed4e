#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# results_page.sh - sourced by the makers of results/: what they put on a page $page, by $tend.
# shellcheck disable=SC2154 # both are set by who sources it
mkdir -p "$(dirname "$page")" results
: >"$page"

say() {
    printf '%s\n' "$*" >>"$page"
}

# runs `tend ARGS` and puts command and output on the page
show() {
    echo "tend $*" >&2
    {
        echo '```'
        echo "\$ tend $*"
        "$tend" "$@" 2>&1
        echo '```'
        echo
    } >>"$page" || {
        tail -n 5 "$page" >&2
        exit 1
    }
}

# the same, but only its files are of interest
quiet() {
    echo "tend $*" >&2
    "$tend" "$@" --quiet >/dev/null
}

machine() {
    echo "$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
}
