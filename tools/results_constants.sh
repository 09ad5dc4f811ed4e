#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# results_constants.sh TEND - makes results/constants.md anew: what hangs on each constant of the
# ranking of recorded incidents, and what constants chosen without a set are worth on it.
#
# Needs the unpacked data (TEND_DATA) and NumPy; SWEEPS=1 gives a quicker look.
set -eu
tend=$1
work=build/results
page=$work/constants.md
# shellcheck source=tools/results_page.sh
. tools/results_page.sh
recorded

# runs a tool on the data and puts what it prints on the page
tell() {
    tool=$1
    shift
    echo "$tool $*" >&2
    {
        echo '```'
        echo "\$ $tool build/tend DATA $*" | sed 's/ $//'
        "$python" "$tool" "$tend" "$data" "$@"
        echo '```'
    } >>"$page"
}

say "# Constants"
say ""
say "What hangs on the constants of the evidence and of a window's onset (\`tend params\`), on recorded"
say "incidents with and without the rows before them. A method whose constants carry its figures was"
say "fitted to these incidents. Made by \`make results-constants\`."
say ""
say "## One constant at a time, times 2/3 and times 1.5"
say ""
say "AC@1 and, as \`called\`, right and detected; of windows without a fault the share left quiet."
say ""
tell tools/vary_constants.py
say ""
say "## Chosen without a set, scored on it"
say ""
say "The constants are searched, each among x 2/3, x 1 and x 1.5, for what is worth most: \`with\` on all"
say "sets, \`without\` on all but the one left out, and both scored on that one; worth is the mean of AC@1"
say "and right and detected."
say ""
tell tests/parity/rca/one_set_out.py --sweeps "${SWEEPS:-2}"
mv "$page" results/constants.md
echo "results/constants.md is made anew" >&2
