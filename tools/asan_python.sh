#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# asan_python.sh BUILD CC - the tests of the binding over a library with ASan and UBSan inside.
#
# The interpreter is not built with ASan, so its runtime is loaded before everything else. What
# Python itself never frees is no leak of ours; test_tend.py measures that by resident memory.
set -eu
build=$1 cc=$2
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3
of_tend="-k Wrong -k SameBytes.test_forks -k SameBytes.test_a_vec -k SameBytes.test_a_view
    -k SameBytes.test_an_agent -k Conventions.test_lessons -k Conventions.test_receipts
    -k Conventions.test_missing"
run() {
    env LD_PRELOAD="$("$cc" -print-file-name=libasan.so)" ASAN_OPTIONS=detect_leaks=0 \
        TEND="$PWD/$build/tend" TEND_LIBRARY="$PWD/$build/lib/libtend.so.0" \
        TEND_INCLUDE="$PWD/include" \
        PYTHONPATH=bindings/python PYTHONDONTWRITEBYTECODE=1 WITHOUT_NUMPY=$numpy CC="$cc" \
        "$python" "$@"
}
for numpy in '' 1; do
    # shellcheck disable=SC2086
    run tests/python/test_tend.py $of_tend
    # but for the one that measures memory: ASan keeps what is freed
    run tests/python/test_misuse.py -k a_view -k closed_agent_is -k thread -k fork -k arrays \
        -k copied -k exit -k nonsense -k integers -k another_type
done
