#!/bin/sh
# A program built against an installed copy by pkg-config alone works, shared and static.
set -u
cd "$(dirname "$0")/.." || exit 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
CC=${CC:-cc}
build=$(dirname "${TEND:-build/tend}")
n=0 bad=0
echo "1..7"
say() {
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        sed 's/^/# /' "$out/log" | head -n 20
        bad=1
    fi
}
make --no-print-directory install BUILD="$build" PREFIX="$out/usr" >"$out/log" 2>&1
say $? "make install fills a prefix"
PKG_CONFIG_PATH=$out/usr/lib/pkgconfig
export PKG_CONFIG_PATH
strict="-std=c11 -Wall -Wextra -Wpedantic -Werror"
# shellcheck disable=SC2046,SC2086
$CC $strict $(pkg-config --cflags tend) -o "$out/shared" tests/install/client.c \
    $(pkg-config --libs tend) >"$out/log" 2>&1
say $? "a program links against the shared library"
LD_LIBRARY_PATH=$out/usr/lib "$out/shared" >"$out/shared.txt" 2>"$out/log"
say $? "and runs"
rm -f "$out/usr/lib/"libtend.so*
# shellcheck disable=SC2046,SC2086
$CC $strict $(pkg-config --cflags --static tend) -o "$out/static" tests/install/client.c \
    $(pkg-config --libs --static tend) >"$out/log" 2>&1
say $? "the same program links against the static library"
"$out/static" >"$out/static.txt" 2>"$out/log" && cmp "$out/shared.txt" "$out/static.txt" \
    >>"$out/log" 2>&1
say $? "and prints the same"
"$out/usr/bin/tend" --version >"$out/version" 2>"$out/log" &&
    grep -q "$(pkg-config --modversion tend)" "$out/version"
say $? "the installed command tells the version pkg-config tells"
make --no-print-directory uninstall BUILD="$build" PREFIX="$out/usr" >"$out/log" 2>&1 &&
    find "$out/usr" -type f >"$out/log" && [ ! -s "$out/log" ]
say $? "make uninstall leaves no file behind"
exit "$bad"
