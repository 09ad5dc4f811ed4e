#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The build honours its caller's flags, gives the same bytes in any folder, hardens what it links,
# and refuses a machine or an option on which the results would be others.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
# flags of the make that runs the tests are not those of the makes below
unset MAKEFLAGS MFLAGS CFLAGS CPPFLAGS LDFLAGS EXTRA OPT
echo "1..16"
commands() { # what make would run, with the variables given
    make -n V=1 BUILD="$out/none" "$@" >"$out/log" 2>&1
}
line() { # LEFT RIGHT: a compilation has both, in that order
    grep -q -- "-c -o .*main.o" "$out/log" && grep -- "-c -o .*main.o" "$out/log" |
        grep -q -- "$1.*$2"
}

for where in here "there, and longer"; do
    mkdir -p "$out/$where" && cp -R Makefile src include "$out/$where" &&
        make -C "$out/$where" -j2 OPT=-O0 all >"$out/log" 2>&1
    verdict $? "builds in a folder \"$where\""
done
cmp "$out/here/build/tend" "$out/there, and longer/build/tend" >"$out/log" 2>&1
verdict $? "the program has the same bytes in both"
cmp "$out/here/build/lib/libtend.a" "$out/there, and longer/build/lib/libtend.a" >"$out/log" 2>&1
verdict $? "so has the library"
touch "$out/log"
! grep -q -F "$out" "$out/here/build/tend"
verdict $? "and the program does not know where it was built"

commands CFLAGS=-O1 CPPFLAGS=-DGIVEN LDFLAGS=-Wl,--as-needed
line "-O3" "-O1" && line "-DGIVEN" "-ffp-contract=off" && line "-O1" "-std=c17"
verdict $? "the caller's CFLAGS and CPPFLAGS come after the defaults, and what must stand after them"
grep -- '-o .*/tend ' "$out/log" | grep -q -- '-Wl,-z,relro.*-Wl,--as-needed'
verdict $? "the caller's LDFLAGS reach the linker"
CFLAGS=-O1 CPPFLAGS=-DGIVEN commands && line "-DGIVEN" "-O1"
verdict $? "flags of the environment count as well"
commands && line "_FORTIFY_SOURCE=" "" && line "-fstack-protector-strong" ""
verdict $? "an optimised build is fortified and protects its stack"
commands OPT=-O0 && ! line "_FORTIFY_SOURCE=" "" && line "-fstack-protector-strong" ""
verdict $? "a build without optimisation cannot be fortified and is not"
commands CPPFLAGS=-D_FORTIFY_SOURCE=1 && line "-D_FORTIFY_SOURCE=1" "" &&
    ! line "_FORTIFY_SOURCE=[23]" ""
verdict $? "a caller's own fortification is left alone"
commands EXTRA=-fsanitize=address && ! line "_FORTIFY_SOURCE\|-fstack-protector" ""
verdict $? "a sanitizer looks for itself"

readelf -lWd "$tend" >"$out/log" 2>&1
if grep -q __asan_init "$tend"; then
    echo "ok $((n += 1)) - hardening of the program # SKIP a sanitizer's build"
else
    grep -q 'GNU_RELRO' "$out/log" && grep -q 'Flags:.* NOW.* PIE' "$out/log" &&
        grep 'GNU_STACK' "$out/log" | grep -vq 'RWE'
    verdict $? "the program is position-independent, bound at start, its stack not executable"
fi

accepts() { # whether the sources take these flags
    $CC -std=c17 -Isrc -fsyntax-only "$@" src/base/math.c >"$out/log" 2>&1
}
accepts
verdict $? "this machine is taken"
! accepts -Wno-builtin-macro-redefined -U__BYTE_ORDER__ -D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__ &&
    grep -q "little-endian" "$out/log"
verdict $? "a big-endian one is refused by name"
! accepts -ffast-math && grep -q "fast-math" "$out/log"
verdict $? "so is -ffast-math"
exit "$bad"
