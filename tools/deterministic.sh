#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# deterministic.sh BUILD - the same configuration and seed give the same bytes, however built.
#
# Builds with gcc and clang at several levels, with -flto and under ASan, and runs the same evaluations with
# 1, 2 and 7 threads and with the CPU's FMA and AVX2 hidden from the C library. Every CSV (it
# holds a hash of world and engine per episode) must equal that of the first build on one thread.
set -eu
build=$1
out=$build/deterministic
mkdir -p "$out"
bad=0

variants="gcc-O2 gcc-O0 gcc-O3-native clang-O0 clang-O2 clang-O3-native gcc-lto clang-lto gcc-asan"
for variant in $variants; do
    extra=
    case $variant in
    *-O0) level=-O0 ;;
    *-O2) level=-O2 ;;
    *-O3-native) level=-O3 extra=-march=native ;;
    *-lto) level=-O3 extra=-flto ;;
    *-asan) level=-O1 extra="-fsanitize=address,undefined -fno-sanitize-recover=all -DTEND_HARD" ;;
    esac
    ${MAKE:-make} --no-print-directory -j"$(nproc)" all BUILD="$out/$variant" \
        CC="${variant%%-*}" OPT="$level" EXTRA="$extra" >"$out/$variant.log" 2>&1 || {
        tail -n 20 "$out/$variant.log"
        exit 1
    }
done

# name and options of each evaluation; a large system and a slow build get fewer episodes
cases="default learn robust_z shop"
options() {
    case $1 in
    default) echo "--episodes 24 --steps 240 --seed0 1" ;;
    learn) echo "--episodes 24 --steps 240 --seed0 1 --learn --round 12" ;;
    robust_z) echo "--episodes 24 --steps 240 --seed0 1 --detector robust_z" ;;
    shop) echo "--episodes 6 --steps 240 --seed0 1 --system examples/systems/shop.json" ;;
    esac
}

one() { # variant, threads, case, file
    # shellcheck disable=SC2046
    "$out/$1/tend" eval $(options "$3") --threads "$2" --quiet --out "$4"
}

check() { # label, file, reference
    if cmp -s "$2" "$3"; then
        printf '  %-34s same\n' "$1"
    else
        printf '  %-34s DIFFERS\n' "$1"
        diff "$3" "$2" | head -n 4
        bad=1
    fi
}

for case in $cases; do
    reference=$out/$case.csv
    one gcc-O2 1 "$case" "$reference"
    echo "$case: $(($(wc -l <"$reference") - 1)) episodes, $(cksum <"$reference")"
    for variant in $variants; do
        for threads in 1 2 7; do
            [ "$variant" = gcc-O2 ] && [ "$threads" = 1 ] && continue
            # a slow build shows nothing new with two threads
            case $variant-$threads in *-O0-2 | *-asan-2) continue ;; esac
            one "$variant" "$threads" "$case" "$out/again.csv"
            check "$variant, $threads threads" "$out/again.csv" "$reference"
        done
    done
    GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2 \
        one gcc-O2 2 "$case" "$out/again.csv"
    check "gcc-O2, 2 threads, no FMA, no AVX2" "$out/again.csv" "$reference"
done
[ "$bad" -eq 0 ] && echo "deterministic: every run gave the same bytes"
exit "$bad"
