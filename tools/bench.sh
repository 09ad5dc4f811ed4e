#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench.sh TEND - the figures of `tend bench`, and those of its peers in the same run.
set -eu
"$1" bench
python=/usr/bin/python3
[ -x "$python" ] || python=python3
if command -v "$python" >/dev/null 2>&1; then
    echo
    echo "beside it, on this machine now:"
    "$python" tests/bench/sklearn_forest.py
    echo
    echo "from Python, on this machine now:"
    TEND_LIBRARY=$(dirname "$1")/lib/libtend.so.0 PYTHONPATH=bindings/python \
        "$python" tests/bench/env_steps.py
fi
