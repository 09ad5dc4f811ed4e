#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What README and docs/ show is true: the demo is what it prints, the detector builds and detects,
# source and sink build and meet, the policy's lines are those of the example, the files of one's own
# data are read, links and paths lead somewhere. tests/test_words.sh does fault and action.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
build=$(dirname "$tend")
echo "1..16"
blocks() { # FILE: what stands in its blocks of C
    awk '/^```/ {inside = $0 == "```c"; next} inside' "$1"
}
block() { # FILE LANGUAGE N: its Nth block of that language
    awk -v open="^\`\`\`$2\$" -v n="$3" '
        /^```/ {inside = !inside && $0 ~ open; k += inside; if (!inside && shut) exit; next}
        inside && k == n' "$1"
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
verdict $? "the detector of the recipe builds"
"$out/surge" >"$out/log" 2>&1
verdict $? "and sees a surge, and none before it"
# a source and a sink, in the folders and under the names that the recipes give them
mkdir -p "$out/src/edge" "$out/src/report"
block docs/adding-a-source.md c 1 >"$out/src/edge/source_lines.h"
block docs/adding-a-source.md c 2 >"$out/src/edge/source_lines.c"
block docs/adding-a-sink.md c 1 >"$out/src/report/pager.h"
block docs/adding-a-sink.md c 2 >"$out/src/report/pager.c"
cat >"$out/play.c" <<'END'
#include "edge/source_lines.h"
#include "loop/loop.h"
#include "report/pager.h"

#include <string.h>
#include <tend/tend.h>

static int play(tend_engine *engine, const tend_system *system, FILE *from, bool own)
{
    tend_err wrong = {TEND_OK, ""}, *err = &wrong;
    lines_source *lines = NULL;
    pager page = {.to = stdout, .system = system};
    tend_rc rc = source_lines_open(from, system, &lines, err);
    if (rc != TEND_OK)
        return 9;
    if (!own) {
@LOOP@
    } else {
        tend_source source = source_lines(lines);
        tend_sink sink = pager_sink(&page);
        tend_obs obs;
@OWN@
        rc = rc == TEND_END ? TEND_OK : rc;
    }
    source_lines_close(lines);
    if (rc != TEND_OK)
        fprintf(stderr, "%s\n", wrong.text);
    return tend_rc_status(rc);
}

int main(int argc, char **argv)
{
    static const char text[] = "{\"name\":\"one\",\"services\":[{\"name\":\"web\"}],"
                               "\"entry\":\"web\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}";
    tend_err err;
    tend_system *system = NULL;
    tend_config *config = NULL;
    tend_engine *engine = NULL;
    if (tend_system_parse(text, strlen(text), "one", &system, &err) != TEND_OK ||
        tend_config_new(&config, &err) != TEND_OK ||
        tend_config_set(config, "detector", "threshold", &err) != TEND_OK ||
        tend_open(system, config, 1, &engine, &err) != TEND_OK) {
        puts(err.text);
        return 9;
    }
    int status = play(engine, system, stdin, argc > 1 && strcmp(argv[1], "own") == 0);
    tend_close(engine);
    tend_config_free(config);
    tend_system_free(system);
    return status;
}
END
block docs/adding-a-source.md c 3 >"$out/loop.txt"
block docs/adding-a-source.md c 4 >"$out/own.txt"
sed -i -e "/@LOOP@/{r $out/loop.txt
d}" -e "/@OWN@/{r $out/own.txt
d}" "$out/play.c"
$CC -std=c17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Werror -Iinclude \
    -Isrc -I"$out/src" -o "$out/play" "$out/play.c" "$out/src/edge/source_lines.c" \
    "$out/src/report/pager.c" "$build/libtend.a" -lgsl -lgslcblas -lcjson -lcsv -lm -lpthread \
    >"$out/log" 2>&1
verdict $? "the source and the sink of the recipes build, and the loops that play them"
awk 'BEGIN {
    for (t = 0; t < 90; t++) {
        bad = t >= 40 && t < 60
        printf "web p95_ms %d\nweb errors %s\nweb cpu %s\n\n", bad ? 900 : 60, bad ? 0.3 : 0, bad ? 0.99 : 0.3
    }
}' >"$out/samples"
"$out/play" <"$out/samples" >"$out/log" 2>&1 &&
    grep -q '^t=4[0-9] alarm: web, [a-z]*, 0\.[0-9]*$\|^t=4[0-9] alarm: web, [a-z]*, 1\.00$' "$out/log" &&
    grep -q '^t=[678][0-9] quiet$' "$out/log" && [ "$(wc -l <"$out/log")" -eq 2 ]
verdict $? "the page comes once when the alarm rises, once when it is over, and not before"
cp "$out/log" "$out/told"
"$out/play" own <"$out/samples" >"$out/own.told" 2>&1 && cmp "$out/told" "$out/own.told" >"$out/log" 2>&1
verdict $? "a loop of one's own tells the same"
head -n 160 "$out/samples" | grep -v errors >"$out/some" # one metric and the last empty line missing
printf 'web cpu 0.3' >>"$out/some"
"$out/play" <"$out/some" >"$out/log" 2>&1 && [ ! -s "$out/log" ]
verdict $? "a metric that is missing is no fault, nor a last tick without its empty line"
refused=0
for torn in 'web cpu' 'wed cpu 1' 'web cqu 1'; do
    { printf 'web cpu 0.3\n\n'; echo "$torn"; } | "$out/play" >"$out/log" 2>&1
    [ $? -eq 3 ] && grep -q '^line 3: ' "$out/log" && refused=$((refused + 1))
done
"$out/play" <"$out/samples" >/dev/full 2>"$out/log"
[ $? -eq 3 ] && grep -q 'the page cannot be written' "$out/log" && [ $refused -eq 3 ]
verdict $? "a torn line and a full disk end the loop, with a message"

# the files of one's own data, and what is done with them
mkdir "$out/own" "$out/own/case"
own=$PWD/docs/own-data.md
for name in system agent case/case scenario; do
    k=$((${k:-0} + 1))
    block "$own" json $k >"$out/own/$name.json"
done
block "$own" csv 1 >"$out/own/graph.csv"
awk 'BEGIN {
    srand(1)
    print "time,web|p95_ms,web|errors,web|cpu,db|p95_ms,db|errors,db|cpu,web>db|client_ms,web>db|server_ms"
    for (t = 0; t < 300; t++) {
        bad = t >= 200 && t < 240
        db = (bad ? 400 : 9) + rand() # the web waits for it
        printf "%d,%.1f,0.001,%.3f,%.1f,0.001,%.3f,%.1f,%.1f\n", 60 * t, 50 + db + 5 * rand(),
            0.3 + 0.02 * rand(), db, (bad ? 0.97 : 0.3) + 0.02 * rand(), db + 1 + rand(), db
    }
}' >"$out/own/metrics.csv"
head -n 196 "$out/own/metrics.csv" >"$out/own/case/normal.csv"
sed -n '1p;197,240p' "$out/own/metrics.csv" >"$out/own/case/abnormal.csv"
cp "$out/own/graph.csv" "$out/own/case"
commands() { # what stands in its blocks of no language, one after another, as a person would type it
    awk '/^```/ {open = !open; inside = open && $0 == "```"; next} inside' "$own" |
        sed "s,^tend ,\"$tend\" ,; s,CASE_DIR,case,"
}
(cd "$out/own" && commands >run.sh && sh -e run.sh) >"$out/log" 2>&1
verdict $? "every command about one's own data runs on the files shown"
grep -q 'without sim: watched only' "$out/log" && grep -q 'advice ' "$out/log" &&
    grep -q 'diagnosed  db [01]' "$out/log" && grep -q '^{"ranking":\["db"' "$out/own/ranking.jsonl"
verdict $? "and blames the database, in replay and as a case"
sed '/"allow"/s/scale(web/scale(wed/' "$out/own/agent.json" >"$out/own/typo.json"
! (cd "$out/own" && "$tend" check --system system.json typo.json) >"$out/log" 2>&1 &&
    grep -q 'did you mean "scale(web,+1)"' "$out/log"
verdict $? "an agent that names an action the system has not is told so"

# the small system of the formats: it is fit, and an incident in it is found
block docs/formats.md json 2 >"$out/own/small.json"
block docs/formats.md json 3 >"$out/own/faults.json"
block docs/formats.md json 4 >"$out/own/careful.json"
(cd "$out/own" && "$tend" check small.json && "$tend" check --system small.json faults.json careful.json &&
    "$tend" episode --system small.json --seed 7 --render) >"$out/log" 2>&1 &&
    grep -q '3 services, 2 calls' "$out/log" && grep -qE 'recovered|dealt with' "$out/log"
verdict $? "the system, scenario and agent shown in the formats are read, and the system plays"

# what the README shows of the demo is what it prints, but for blanks at ends of lines
sed 's/ *$//' tests/golden/demo.txt >"$out/demo"
# shellcheck disable=SC2016 # backticks of Markdown
sed -n '/^`make demo` ends/,/^What to read/p' README.md | awk '/^```/ {inside = !inside; next} inside' |
    sed 's/ *$//' | diff - "$out/demo" >"$out/log"
verdict $? "the demo of the README is the demo"
: >"$out/log"
blocks docs/adding-a-policy.md | grep -v '^$' >"$out/lines"
[ -s "$out/lines" ] && ! grep -vxFf examples/own_policy.c "$out/lines" >"$out/log"
verdict $? "every line of the policy's recipe stands in the example"
: >"$out/log"
grep -o '](\([^)#]*\)' README.md CONTRIBUTING.md docs/*.md | grep -v '://' | while IFS=: read -r file link; do
    path=$(dirname "$file")/${link#](}
    [ -e "$path" ] || echo "$file: $path"
done >"$out/log"
[ ! -s "$out/log" ]
verdict $? "every link of README and docs leads to a file"
# shellcheck disable=SC2016 # backticks of Markdown
sed -n '/^## Episodes/,/^## Reports/s/^| `\([^`]*\)` |[^|]*| [^|][^|]* |$/\1/p' docs/formats.md >"$out/told"
"$tend" eval --episodes 1 --steps 60 --out - | head -n 1 | tr ',' '\n' >"$out/columns"
diff "$out/told" "$out/columns" >"$out/log"
verdict $? "every column of eval's CSV is explained, in its order"
# src/..., tests/..., agent/decide/...: names in backticks, without patterns and places to fill in
# shellcheck disable=SC2016 # backticks of Markdown
grep -o '`[a-z][a-zA-Z0-9_/]*/[a-zA-Z0-9_]*\.[chs][h]*`' README.md CONTRIBUTING.md docs/*.md |
    while IFS=: read -r file name; do
        path=$(echo "$name" | tr -d '`')
        case $path in *NAME*) continue ;; esac
        [ -e "$path" ] || [ -e "src/$path" ] || echo "$file: $path"
    done >"$out/log"
[ ! -s "$out/log" ]
verdict $? "every source they name is there"
exit "$bad"
