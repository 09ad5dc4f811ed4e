#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What `make results-rca` reckons with - peers, changes, scorers - on incidents made for the purpose.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3 # Debian's, which has Debian's numpy
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
# shellcheck disable=SC2046
$CC -std=c17 -D_GNU_SOURCE -Isrc -Iinclude tests/parity/rca/replay_frames.c \
    "$(dirname "$tend")/libtend.a" $(pkg-config --libs gsl libcjson) -lcsv -lpthread -lm \
    -o "$out/replay_frames" >"$out/log" 2>&1 || {
    verdict 1 "what tells a recording tick by tick builds"
    finish
}
"$python" tests/parity/rca/check.py "$tend" "$out/replay_frames"
