#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# realism.sh BUILD - simulated metrics and faults beside what is asked of them.
set -eu
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3 # Debian's, which has Debian's numpy
LD_LIBRARY_PATH=$1/lib "$python" -W ignore tests/realism/realism.py --forest --outside 36 || true
"$python" tests/realism/severity.py "$1/tend"
LD_LIBRARY_PATH=$1/lib "$python" tests/realism/culprit.py
