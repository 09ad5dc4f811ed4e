#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# results_rca.sh TEND - makes results/rca.md anew: recorded incidents, tend beside its peers.
#
# Needs the unpacked data (TEND_DATA), NumPy and a compiler; REPS=1 gives a quicker look. The figures
# go to build/results/rca.json too, with the times that the page leaves out.
set -eu
tend=$1
work=build/results
page=$work/rca.md
# shellcheck source=tools/results_page.sh
. tools/results_page.sh
recorded

set -- --reps "${REPS:-2}"
if [ -d "$data/lab/recording" ]; then
    build=$(dirname "$tend")
    # shellcheck disable=SC2046
    ${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -Isrc -Iinclude tests/parity/rca/replay_frames.c \
        "$build/libtend.a" $(pkg-config --libs gsl libcjson) -lcsv -lpthread -lm \
        -o "$work/replay_frames"
    "$work/replay_frames" "$data/lab/recording/system.json" "$data/lab/recording/all.csv" \
        >"$work/frames.jsonl"
    set -- "$@" --frames "$work/frames.jsonl"
fi

say "# Recorded incidents"
say ""
say "Real incidents of four microservice systems and of a live lab, ranked by \`tend diagnose\` and by"
say "methods written from their papers (\`tests/parity/rca/peers.py\`), scored by one scorer."
say "Made by \`make results-rca\`: tend $("$tend" --version | head -n 1 | sed 's/^tend //')."
say "These cases are what the method was worked on with: what it is worth on others, the changed"
say "incidents below hint at. \`tools/vary_constants.py\` tells what hangs on one constant of it, and"
say "\`tests/parity/rca/one_set_out.py\` what constants chosen without a set are worth on it."
say ""
say "AC@k: share of incidents whose service is among the first k. Intervals are of 95 %."
say ""
"$python" tests/parity/rca/page.py "$tend" "$data" "$work/rca.json" "$@" >>"$page"
mv "$page" results/rca.md
echo "results/rca.md is made anew" >&2
