#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the recipes under docs/ show is true: the detector builds and detects, the policy's lines are
# those of the example, links and paths lead somewhere.
set -u
cd "$(dirname "$0")/.." || exit 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
CC=${CC:-cc}
build=$(dirname "${TEND:-build/tend}")
n=0 bad=0
echo "1..5"
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
blocks() { # FILE: what stands in its blocks of C
    awk '/^```/ {inside = $0 == "```c"; next} inside' "$1"
}
# the first block of the recipe is a whole file; the second is a table that names it
blocks docs/adding-a-detector.md | awk '{print} /^};/ && surge {exit} /tend_detector detect_surge/ {surge = 1}' \
    >"$out/detect_surge.c"
cat >"$out/main.c" <<'END'
#include <stdio.h>
#include <string.h>
#include <tend/tend.h>

extern const tend_detector detect_surge;

int main(void)
{
    static const char text[] = "{\"name\":\"one\",\"services\":[{\"name\":\"web\"}],"
                               "\"entry\":\"web\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}";
    tend_err err;
    tend_system *system = NULL;
    tend_config *config = NULL;
    tend_engine *engine = NULL;
    if (tend_system_parse(text, strlen(text), "one", &system, &err) != TEND_OK ||
        tend_config_new(&config, &err) != TEND_OK ||
        tend_config_register_detector(config, &detect_surge, &err) != TEND_OK ||
        tend_config_set(config, "detector", "surge", &err) != TEND_OK ||
        tend_config_set(config, "detector.times", "2", &err) != TEND_OK ||
        tend_open(system, config, 1, &engine, &err) != TEND_OK) {
        puts(err.text);
        return 1;
    }
    double value[64] = {0}, calm = 0, surge = 0;
    int cpu = tend_system_column(system, TEND_CPU);
    for (int64_t tick = 0; tick < 100; tick++) {
        value[cpu] = tick < 99 ? 0.2 : 0.8;
        tend_obs obs = {.size = sizeof obs, .tick = tick, .value = value};
        const tend_findings *found = &tend_step(engine, &obs)->findings;
        *(tick < 99 ? &calm : &surge) = found->overall;
        if (found->threshold != 0.5)
            return 1;
    }
    printf("calm %g, surge %g\n", calm, surge);
    tend_close(engine);
    tend_config_free(config);
    tend_system_free(system);
    return calm > 0.5 || surge < 0.5;
}
END
$CC -std=c17 -Wall -Wextra -Wpedantic -Werror -Iinclude -Isrc -o "$out/surge" "$out/main.c" \
    "$out/detect_surge.c" "$build/libtend.a" -lgsl -lgslcblas -lcjson -lcsv -lm -lpthread \
    >"$out/log" 2>&1
say $? "the detector of the recipe builds"
"$out/surge" >"$out/log" 2>&1
say $? "and sees a surge, and none before it"
blocks docs/adding-a-policy.md | grep -v '^$' >"$out/lines"
[ -s "$out/lines" ] && ! grep -vxFf examples/own_policy.c "$out/lines" >"$out/log"
say $? "every line of the policy's recipe stands in the example"
: >"$out/log"
grep -o '](\([^)#]*\)' README.md docs/*.md | grep -v '://' | while IFS=: read -r file link; do
    path=$(dirname "$file")/${link#](}
    [ -e "$path" ] || echo "$file: $path"
done >"$out/log"
[ ! -s "$out/log" ]
say $? "every link of README and docs leads to a file"
# src/..., tests/..., agent/decide/...: names in backticks, without patterns and places to fill in
# shellcheck disable=SC2016 # backticks of Markdown
grep -o '`[a-z][a-zA-Z0-9_/]*/[a-zA-Z0-9_]*\.[chs][h]*`' README.md CONTRIBUTING.md docs/*.md |
    while IFS=: read -r file name; do
        path=$(echo "$name" | tr -d '`')
        case $path in *NAME*) continue ;; esac
        [ -e "$path" ] || [ -e "src/$path" ] || echo "$file: $path"
    done >"$out/log"
[ ! -s "$out/log" ]
say $? "every source they name is there"
exit "$bad"
