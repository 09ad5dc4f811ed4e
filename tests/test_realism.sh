#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Metrics of the preset `real` beside recorded ones; the table is printed. `make realism` has more.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3 # Debian's, which has Debian's numpy
TEND_LIBRARY=$(cd "$(dirname "$tend")" && pwd)/lib/libtend.so.0
export TEND_LIBRARY PYTHONDONTWRITEBYTECODE=1
if [ -z "${TEND_DATA:-}" ] || [ ! -d "$TEND_DATA/rca" ]; then
    echo "# TEND_DATA is not set: recorded incidents were not tried"
    [ "${CI:-}" = true ] && verdict 1 'TEND_DATA is there in CI'
    finish
fi
# of 36; those outside miss by a few hundredths (docs/simulator.md, 9)
"$python" -W ignore tests/realism/realism.py --outside 4 >"$out/log" 2>&1
code=$?
sed 's/^/# /' "$out/log"
verdict $code "nearly every quantile lies within the recorded sets'"
"$python" -W ignore tests/realism/realism.py --preset calm --outside 4 >"$out/log" 2>&1
[ $? -eq 1 ]
verdict $? "which a calm world's do not"
finish
