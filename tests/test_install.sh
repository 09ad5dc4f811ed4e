#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A program built against an installed copy by pkg-config alone works, shared and static, under a
# path with a blank; the libraries export the API and nothing else.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
build=$(dirname "$tend")
usr="$out/a b & c/usr" # a blank, and what sed would take for the match
# files under a folder, by name
files() {
    (cd "$1" && find . ! -type d | LC_ALL=C sort)
}
# names a library gives to the linker that are not the API's, and whether it gives any of those
strangers() {
    nm -g --defined-only "$@" >"$out/names" 2>"$out/log" && grep -q ' T tend_step$' "$out/names" &&
        ! grep ' [A-Zuvw] ' "$out/names" | grep -v ' tend_[a-z0-9_]*$' >"$out/log"
}
make --no-print-directory install BUILD="$build" PREFIX="$usr" >"$out/log" 2>&1
verdict $? "make install fills a prefix with a blank in its name"
make --no-print-directory install BUILD="$build" DESTDIR="$out/stage d" PREFIX=/usr \
    >"$out/log" 2>&1 && files "$usr" >"$out/one" && files "$out/stage d/usr" >"$out/two" &&
    diff "$out/one" "$out/two" >"$out/log"
verdict $? "a DESTDIR with a blank gets the same files"
[ ! -e "$out/stage" ] && [ ! -e "$out/a" ] && [ ! -e b ] && [ ! -e d ]
verdict $? "and nothing lies under a part of its name"
[ -s "$usr/share/doc/tend/docs/formats.md" ] && [ -s "$usr/share/doc/tend/README.md" ]
verdict $? "the documents are there"
(cd "$usr/share/doc/tend" && for page in *.md */*.md; do
    grep -o '](\([^)#h][^)#]*\)' "$page" | sed 's/^](//' | while read -r link; do
        echo "$page $link" >>"$out/links"
        [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
    done
done) >"$out/log"
[ "$(wc -l <"$out/links")" -gt 20 ] && [ ! -s "$out/log" ]
verdict $? "and every link between them leads somewhere"
strangers "$usr/lib/libtend.a"
verdict $? "the static library exports the API and nothing else"
strangers -D "$usr/lib/libtend.so"
verdict $? "so does the shared one"
nm -D --defined-only "$usr/lib/libtend.so" | sed 's/.* //' | LC_ALL=C sort >"$out/symbols" &&
    diff share/abi/libtend.so.0 "$out/symbols" >"$out/log"
verdict $? "a symbol gained is listed in share/abi; one lost wants another soname"
PKG_CONFIG_PATH="$usr/lib/pkgconfig"
export PKG_CONFIG_PATH
# pkg-config quotes for a shell that reads its words again
build_client() { # KIND NAME SOURCE...: KIND is static or shared
    static=''
    [ "$1" = static ] && static=--static
    name=$2
    shift 2
    set -- "$out/$name" "$@"
    flags=$(pkg-config ${static:+"$static"} --cflags tend)
    libs=$(pkg-config ${static:+"$static"} --libs tend)
    eval "$CC -std=c11 -Wall -Wextra -Wpedantic -Werror $flags" -o '"$@"' "$libs" \
        >"$out/log" 2>&1
}
build_client shared shared tests/install/client.c
verdict $? "a program links against the shared library"
LD_LIBRARY_PATH="$usr/lib" "$out/shared" >"$out/shared.txt" 2>"$out/log"
verdict $? "and runs"
# as the README has it, but for the place
awk '/^```/ { inside = !inside; next } inside && /^export PKG_CONFIG_PATH/ { on = 1 } !inside { on = 0 } on' \
    README.md | sed "s|PREFIX|$out/plain|g; s|client.c|tests/install/client.c|; s|-o client|-o $out/as_told|" \
    >"$out/told.sh"
make --no-print-directory install BUILD="$build" PREFIX="$out/plain" >"$out/log" 2>&1 &&
    sh -e "$out/told.sh" >"$out/log" 2>&1 && "$out/as_told" >"$out/as_told.txt" 2>"$out/log" &&
    cmp "$out/shared.txt" "$out/as_told.txt" >"$out/log" 2>&1
verdict $? "a client that is built as the README says finds the library"
build_client shared drive "$usr/share/tend/examples/embed/drive.c"
verdict $? "the installed client of the simulator builds"
"$tend" eval --policy noop --episodes 5 --seed0 200001 --out - --quiet >"$out/noop.csv" 2>"$out/log"
breaches=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "slo_steps") at = i; next }
    { sum += $at } END { print sum }' "$out/noop.csv")
(cd "$out" && LD_LIBRARY_PATH="$usr/lib" ./drive default 5) >"$out/drive.txt" 2>"$out/log" &&
    grep -q "^5 episodes: [0-9]* ticks in breach, $breaches without acting" "$out/drive.txt"
verdict $? "and plays the incidents the command plays"
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3
(cd "$out" && PYTHONPATH="$usr/share/tend/python" PYTHONDONTWRITEBYTECODE=1 "$python" \
    "$usr/share/tend/examples/embed/own_policy.py" default 5) >"$out/py.txt" 2>"$out/log" &&
    [ "$(grep -c '^against [a-z]*: [-+][0-9.]* ticks in breach' "$out/py.txt")" -eq 2 ]
verdict $? "the installed example in Python finds library and systems"
rm -f "$usr/lib/"libtend.so*
build_client static static tests/install/client.c
verdict $? "the same program links against the static library"
"$out/static" >"$out/static.txt" 2>"$out/log" && cmp "$out/shared.txt" "$out/static.txt" \
    >>"$out/log" 2>&1
verdict $? "and prints the same"
build_client static policy "$usr/share/tend/examples/own_policy.c"
verdict $? "the installed example of an own policy builds"
"$out/policy" >"$out/policy.txt" 2>"$out/log" &&
    grep -q '"context":"[a-z]*","arm":"restart","count":[1-9]' "$out/policy.txt"
verdict $? "chooses, learns, and takes back what it has saved"
# names the library uses inside, each to be the caller's own as well
echo 'int rng_next, str_add, guard_mask, world_step, file_read, hash_bytes;' >"$out/own.c"
build_client static own tests/install/client.c "$out/own.c" && "$out/own" \
    >"$out/own.txt" 2>"$out/log" && cmp "$out/shared.txt" "$out/own.txt" >"$out/log" 2>&1
verdict $? "a program may have a rng_next of its own"
"$usr/bin/tend" --version >"$out/version" 2>"$out/log" &&
    grep -q "$(pkg-config --modversion tend)" "$out/version"
verdict $? "the installed command tells the version pkg-config tells"
(cd "$out" && "$usr/bin/tend" episode --system shop --steps 30 >"$out/log" 2>&1)
verdict $? "and finds the installed examples"
make --no-print-directory uninstall BUILD="$build" PREFIX="$usr" >"$out/log" 2>&1 &&
    files "$usr" >"$out/log" && [ ! -s "$out/log" ]
verdict $? "make uninstall leaves no file behind"
make --no-print-directory uninstall BUILD="$build" DESTDIR="$out/stage d" PREFIX=/usr \
    >"$out/log" 2>&1 && files "$out/stage d" >"$out/log" && [ ! -s "$out/log" ]
verdict $? "nor under a DESTDIR"
finish
