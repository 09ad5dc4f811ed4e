#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# instructions.sh TEND [OTHER] - instructions of an episode, beside another build's when it is given.
#
# callgrind counts what a busy machine cannot disturb. Start-up and the end are taken away: the
# difference of two runs that differ in their number of episodes, on one thread, seeds 200,001 up.
set -eu
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# count TEND ARGS...: instructions of a whole run
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" >/dev/null 2>"$out" || {
        cat "$out" >&2
        exit 1
    }
    sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p' "$out"
}

# an_episode TEND ARGS...: of one, the mean of four
an_episode() {
    many=$(count "$@" --episodes 5)
    one=$(count "$@" --episodes 1)
    echo $(((many - one) / 4))
}

# line NAME COUNT OTHER
line() {
    if [ -n "$3" ]; then
        awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN {
            printf "%-32s %9.3f M  other %9.3f M  %+.1f %%\n", n, a / 1e6, b / 1e6, 100 * (a / b - 1) }'
    else
        awk -v n="$1" -v a="$2" 'BEGIN { printf "%-32s %9.3f M\n", n, a / 1e6 }'
    fi
}

for name in 'start-up' 'default agent' 'robust_z, healthy' 'robust_z, faults'; do
    case $name in
    default*) set -- "$1" "${2:-}" --healthy 0 ;;
    *healthy) set -- "$1" "${2:-}" --detector robust_z --healthy 1 ;;
    *faults) set -- "$1" "${2:-}" --detector robust_z --healthy 0 ;;
    esac
    this=$1 other=${2:-}
    if [ "$name" = start-up ]; then
        a=$(count "$this" --version) b=${other:+$(count "$other" --version)}
    else
        shift 2
        set -- eval "$@" --threads 1 --seed0 200001 --quiet --out /dev/null
        a=$(an_episode "$this" "$@") b=${other:+$(an_episode "$other" "$@")}
    fi
    line "$name" "$a" "$b"
    set -- "$this" "$other"
done
