#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# deps.sh [test | dev] - installs what is missing to build (test: and test; dev: and lint, fuzz,
# measure).
#
# Debian and its relatives only; elsewhere it says what is needed and fails if something is
# missing. Installs without asking and only what is missing.
set -eu

base="build-essential pkg-config libgsl-dev libcjson-dev libcsv-dev"
test="libcmocka-dev xz-utils python3 python3-jsonschema python3-numpy"
dev="clang clang-format clang-tidy libclang-rt-dev valgrind gcovr python3-sklearn shellcheck"

wanted=$base
case ${1:-} in
test) wanted="$base $test" ;;
dev) wanted="$base $test $dev" ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    # not Debian: enough if the compiler finds everything
    if printf '%s\n' '#include <gsl/gsl_rng.h>' '#include <cjson/cJSON.h>' '#include <csv.h>' \
        'int main(void) { return 0; }' | ${CC:-cc} -x c - -o /dev/null \
        -lgsl -lgslcblas -lcjson -lcsv -lm 2>/dev/null; then
        exit 0
    fi
    echo "deps: this is not Debian; install a C compiler, GSL, cJSON, libcsv and cmocka," \
        "with headers, and run make again" >&2
    exit 1
fi

missing=
for package in $wanted; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true) in
    "install ok installed") ;;
    *) missing="$missing $package" ;;
    esac
done
[ -z "$missing" ] && exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "deps: missing:$missing" >&2
        echo "deps: run as root: apt-get install$missing" >&2
        exit 1
    fi
    root=sudo
fi
echo "deps: installing$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    # shellcheck disable=SC2086
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        $missing >"$log" 2>&1 </dev/null
}
if ! install; then
    $root apt-get update >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }
    install || { cat "$log" >&2; exit 1; }
fi
