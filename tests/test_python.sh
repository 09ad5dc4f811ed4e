#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The Python binding, of a checkout and installed, with numpy and without; and its speed is printed.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

export TEND="$tend" CC
# Debian's own, which has Debian's numpy; another may stand first on the path
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3

# tests FOLDER INCLUDE: the binding there
tests() {
    PYTHONPATH=$1 TEND_INCLUDE=$2 PYTHONDONTWRITEBYTECODE=1 "$python" tests/python/test_tend.py
}

here() {
    TEND_LIBRARY=$(dirname "$tend")/lib/libtend.so.0 tests "$PWD/bindings/python" "$PWD/include"
}

"$python" -c 'import numpy' 2>/dev/null
verdict $? 'numpy is there'
holds 'with numpy' here
WITHOUT_NUMPY=1 holds 'without it' here

holds 'it is installed' make --no-print-directory install BUILD="$(dirname "$tend")" \
    PREFIX="$out/a b"
holds 'and works from there, another folder being the current one' sh -c "
    cd '$out' && PYTHONPATH='$out/a b/share/tend/python' '$python' -c '
import tend
env = tend.Env(\"shop\", scenario=\"retry_storm\")
env.reset(seed=7)
assert env.step(0)[4][\"tick\"] == 1 and tend.Agent(\"rules\").step(env.observation())
'"
holds 'a library that is not there is told' sh -c "
    ! TEND_LIBRARY=/nowhere.so PYTHONPATH=bindings/python '$python' -c 'import tend' 2>'$out/said' &&
    grep -q 'run .make. in the checkout' '$out/said'"
finish
