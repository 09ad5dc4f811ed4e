#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The Python binding, of a checkout and installed, with numpy and without; and its speed is printed.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"

export TEND="$tend" CC
# Debian's own, which has Debian's numpy; another may stand first on the path
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3

TEND_LIBRARY=$(cd "$(dirname "$tend")" && pwd)/lib/libtend.so.0
export TEND_LIBRARY PYTHONPATH="$PWD/bindings/python" PYTHONDONTWRITEBYTECODE=1 \
    TEND_INCLUDE="$PWD/include"

"$python" -c 'import numpy' 2>/dev/null
verdict $? 'numpy is there'
for tests in test_tend test_misuse; do
    holds "$tests with numpy" "$python" tests/python/$tests.py
    holds "$tests without it" env WITHOUT_NUMPY=1 "$python" tests/python/$tests.py
done

# the tutorial is one program; its one number is that of results/home.md, at its full length
awk '/^```/ { inside = !inside && $0 == "```python"; next } inside' docs/research.md >"$out/all.py"
sed 's/^EPISODES = .*/EPISODES = 40/' "$out/all.py" >"$out/short.py"
holds 'the tutorial runs from top to bottom' "$python" "$out/short.py"
awk '/^EPISODES/ { on = 1 } on; /^print\(f"rules/ { exit }' "$out/all.py" |
    sed '1i import tend' >"$out/table.py"
holds 'and its table is that of results' sh -c "
    '$python' '$out/table.py' >'$out/said' && grep -qx \"\$(sed -n 's/.*# \(rules: .*\)/\1/p' \
        '$out/all.py')\" '$out/said' &&
    grep -q \"^| rules | \$(sed 's/rules: \([0-9.]*\).*/\1/' '$out/said') \" results/home.md"

holds 'it is installed' make --no-print-directory install BUILD="$(dirname "$tend")" \
    PREFIX="$out/a b"
holds 'and works from there, another folder being the current one' sh -c "
    unset TEND_LIBRARY; cd '$out' && PYTHONPATH='$out/a b/share/tend/python' '$python' -c '
import tend
env = tend.Env(\"shop\", scenario=\"retry_storm\")
env.reset(seed=7)
assert env.step(0)[4][\"tick\"] == 1 and tend.Agent(\"rules\").step(env.observation())
'"
holds 'a library that is not there is told' sh -c "
    ! TEND_LIBRARY=/nowhere.so '$python' -c 'import tend' 2>'$out/said' &&
    grep -q 'run .make. in the checkout' '$out/said'"
echo 'const char *tend_version(void); const char *tend_version(void) { return "9.9"; }' |
    "${CC:-cc}" -shared -fPIC -Wl,--no-as-needed -x c - -x none "$TEND_LIBRARY" -o "$out/other.so"
holds 'and one of another version' sh -c "
    ! TEND_LIBRARY='$out/other.so' LD_LIBRARY_PATH='$(dirname "$TEND_LIBRARY")' \
        '$python' -c 'import tend' 2>'$out/said' &&
    grep -q 'of version 9.9, expected' '$out/said'"
finish
