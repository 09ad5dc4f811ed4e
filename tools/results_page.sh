#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# results_page.sh - sourced by the makers of results/: what they put on a page $page, by $tend.
# shellcheck disable=SC2154 # both are set by who sources it
mkdir -p "$(dirname "$page")" results
: >"$page"

say() {
    printf '%s\n' "$*" >>"$page"
}

# sets $data, of recorded incidents, and $python, which has NumPy
recorded() {
    data=${TEND_DATA:-}
    if [ -z "$data" ] || [ ! -d "$data/rca" ]; then
        echo "no data: TEND_DATA is to name a folder with rca/ and lab/" >&2
        exit 1
    fi
    # Debian's python3 has the packages of tools/deps.sh, another one before it in PATH may not
    python=python3
    "$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
    PYTHONDONTWRITEBYTECODE=1
    export PYTHONDONTWRITEBYTECODE
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
