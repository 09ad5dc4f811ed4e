#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Public headers compile alone as C11 and as C++, and no reader can write what it reads.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
CXX=${CXX:-c++}
strict="-Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only"
set -- include/tend/*.h
fails=$(echo tests/fail/*.c)
# shellcheck disable=SC2086
set -- "$@"
# shellcheck disable=SC2086
echo "1..$(($# * 2 + $(echo $fails | wc -w) * 2))"
for header; do
    name=${header#include/}
    printf "#include <%s>\nextern int alone;\n" "$name" >"$out/alone.c"
    cp "$out/alone.c" "$out/alone.cc"
    # shellcheck disable=SC2086
    $CC -std=c11 $strict -Wstrict-prototypes "$out/alone.c" >"$out/log" 2>&1
    verdict $? "$name compiles alone as C11"
    # shellcheck disable=SC2086
    $CXX -std=c++17 $strict "$out/alone.cc" >"$out/log" 2>&1
    verdict $? "$name compiles alone as C++"
done
# each of tests/fail must compile as it stands and must not with -DFAIL
for file in $fails; do
    # shellcheck disable=SC2086
    $CC -std=c17 $strict "$file" >"$out/log" 2>&1
    verdict $? "$(basename "$file" .c): reading compiles"
    # shellcheck disable=SC2086
    ! $CC -std=c17 $strict -DFAIL "$file" >"$out/log" 2>&1 &&
        grep -q 'read-only\|const' "$out/log"
    verdict $? "$(basename "$file" .c): writing does not compile"
done
exit "$bad"
