#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One row is all a new word needs: a metric kind, a family, and the action and the fault of the
# recipes under docs/ are added to a copy of the tree, and everything that lists words knows them; a
# row that lacks a column, or an action or fault without its effect, does not compile.
# shellcheck source=tests/support.sh
. "$(dirname "$0")/support.sh"
root=$PWD
base=$tend
unset MAKEFLAGS MFLAGS CFLAGS CPPFLAGS LDFLAGS EXTRA OPT BUILD
echo "1..33"
# row FILE TABLE ROW: a row at the end of a table
cat >"$out/row.py" <<'PY'
import sys
path, table, row = sys.argv[1:4]
lines = open(path).read().split("\n")
at = next(i for i, line in enumerate(lines) if line.startswith(f"#define {table}(X)"))
while lines[at].endswith("\\"):
    at += 1
lines[at] += " \\"
lines.insert(at + 1, "    " + row)
open(path, "w").write("\n".join(lines))
PY
# before FILE TEXT NEW: NEW on the line before the first that holds TEXT
cat >"$out/before.py" <<'PY'
import sys
path, text, new = sys.argv[1:4]
lines = open(path).read().split("\n")
at = next(i for i, line in enumerate(lines) if text in line)
lines.insert(at, new)
open(path, "w").write("\n".join(lines))
PY
row() { python3 "$out/row.py" "$@"; }
before() { python3 "$out/before.py" "$@"; }
recipe() { # FILE N: the Nth block of C of docs/FILE
    awk -v n="$2" '/^```/ {k += $0 == "```c"; inside = $0 == "```c" && k == n; next} inside' \
        "$root/docs/$1"
}
one_line() { tr -s '\n ' ' ' | sed 's/ $//'; }

mkdir "$out/tree"
cp -R Makefile src include examples "$out/tree"
cd "$out/tree" || exit 1
words=include/tend/words.h
syntax() { # FILE: whether it compiles as the project compiles it
    $CC -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -Wswitch-enum -Iinclude -Isrc \
        -fsyntax-only "$1" >"$out/log" 2>&1
}

# the words, and what they do
row $words TEND_METRIC_TABLE 'X(HEADROOM, "headroom", "share", "headroom", false, LOW,
    FLOOR(0.02, 0.02), FLOOR(0.01, 0), LIMIT(headroom, 0.1, "headroom that is too little"), DISK,
    "share of the cores that is free")'
sed -i '/X(HEADROOM/,/is free/s/$/ \\/; /is free")/s/ \\$//' $words
row $words TEND_FAMILY_TABLE 'X(DISK, "disk", PLAYBOOK(TEND_RECYCLE, TEND_SCALE_UP), "a full disk")'
row $words TEND_ACTION_TABLE "$(recipe adding-an-action.md 1 | one_line)"
! syntax src/env/actions.c && grep -q TEND_RECYCLE "$out/log"
verdict $? "an action without an effect does not compile"
before src/env/actions.c 'case TEND_NOOP:' "$(recipe adding-an-action.md 2)"
before src/env/actions.c 'case TEND_LIFT: //' "$(recipe adding-an-action.md 3)"
row src/env/scenario.h FAULT_TABLE "$(recipe adding-a-fault.md 1 | one_line)"
! syntax src/env/faults.c && grep -q full_disk "$out/log"
verdict $? "a fault without an effect does not compile"
before src/env/faults.c 'static const row table' "$(recipe adding-a-fault.md 2)
"
before src/env/fluid_observe.c 'out[TEND_RESTARTS]' '    out[TEND_HEADROOM] = 1 - out[TEND_CPU];'
{ make -j2 OPT=-O0 HARDEN= EXTRA=-g0 build/tend && [ -x build/tend ]; } >"$out/log" 2>&1
verdict $? "with a row each, and their effects, the tree compiles without a warning"
tend=$out/tree/build/tend

# a system that has the column, and of which little can be done
python3 - <<'PY'
import json
d = json.load(open("examples/systems/pods.json"))
d["name"] = "grown"
d["metrics"].append({"name": "room", "unit": "share", "kind": "headroom"})
d["actions"] = ["recycle", "restart"]
json.dump(d, open("grown.json", "w"))
d["actions"] = ["recylce"]
json.dump(d, open("typo.json", "w"))
PY
$tend check grown.json >"$out/log" 2>&1 && grep -q "7 actions" "$out/log"
verdict $? "a system may list the metric and the action"
! $tend check typo.json >"$out/log" 2>&1 && grep -q 'did you mean "recycle"' "$out/log"
verdict $? "and a typo is told the new name"
! $base check grown.json >"$out/log" 2>&1 && grep -q 'headroom' "$out/log"
verdict $? "which was unknown before"
$tend check examples/systems/default.json >"$out/log" 2>&1 && grep -q "21 actions" "$out/log" &&
    $base check examples/systems/default.json >"$out/log" 2>&1 && grep -q "18 actions" "$out/log"
verdict $? "the usual actions have it for every service"
$tend help --completion bash >"$out/log" 2>&1 && grep -q -- '--fault).* full_disk' "$out/log" &&
    grep -q 'judge.cost_recycle=' "$out/log" && grep -q 'detector.headroom=' "$out/log"
verdict $? "completion knows fault, price and limit"
$tend params judge >"$out/log" 2>&1 && grep -q 'cost_recycle  *0.7 .*cost of recycling' "$out/log"
verdict $? "the judge has its price"
$tend params detector.threshold >"$out/log" 2>&1 && grep -q 'headroom  *0.1 ' "$out/log"
verdict $? "the pager its limit"
$tend episode --preset calm --system grown.json --seed 5 --fault full_disk --target db --policy fixed \
    --set policy.arm=7 --set guard.allow=recycle >"$out/log" 2>&1
grep -q 'full_disk on ' "$out/log" && grep -q 'action     recycle(' "$out/log" &&
    grep -q ' R  recovered ' "$out/log"
verdict $? "the fault is drawn, the action carried out, allowed by name, and mends it"
$tend episode --preset calm --system grown.json --seed 5 --fault full_disk >"$out/log" 2>&1
grep -q 'guard held' "$out/log"
verdict $? "the default agent copes with them under guard and audit"
for file in $base $tend; do
    $file eval --episodes 60 --seed0 41 --policy noop --quiet --out "$out/$(basename "$(dirname "$(dirname "$file")")").csv" >"$out/log" 2>&1
done
python3 - "$out/$(basename "$(dirname "$(dirname "$base")")").csv" "$out/tree.csv" >"$out/log" 2>&1 <<'PY'
import csv, sys
old, new = (list(csv.DictReader(open(p))) for p in sys.argv[1:3])
keys = [k for k in old[0] if k.startswith("fault") and not k.endswith("hit")]
won = sum("full_disk" in b["fault_type"] for b in new)
moved = [a["seed"] for a, b in zip(old, new)
         if "full_disk" not in b["fault_type"] and any(a[k] != b[k] for k in keys)]
print(keys, won, moved)
sys.exit(not (len(old) == len(new) == 60 and 0 < won < 20 and not moved))
PY
verdict $? "a seed that does not draw the new fault has the incident it had"

# what only code can ask: the guard, the judge, arms and playbooks, detectors, recorded names
cat >probe.c <<'PROBE'
#include "detect_support.h"
#include "frame_support.h"
#include "guard_support.h"

#include "agent/decide/judge.h"
#include "agent/decide/playbook.h"
#include "cases/metric_name.h"

// words that were there keep their numbers
_Static_assert(TEND_OTHER == 6 && TEND_RESTARTS == 7 && TEND_REROUTE == 8, "numbers");
_Static_assert(ARM_WAIT == 0 && ARM_REROUTE == 6 && TEND_FAMILY_NETWORK == 9, "numbers");

static int masks(void)
{
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    bool right = strcmp(yard_rule(&y, 1, "recycle(cart)"), "") == 0;
    y.ready[1] = 1; // it takes the last replica
    right &= strcmp(yard_rule(&y, 2, "recycle(cart)"), "last_replica") == 0;
    y.ready[1] = 3;
    y.params.in_flight = 5; // it is disruptive
    yard_take(&y, 3, "recycle(cart)");
    right &= strcmp(yard_rule(&y, 4, "restart(web)"), "in_flight") == 0;
    right &= strcmp(yard_rule(&y, 8, "restart(web)"), "") == 0;
    y.suspect.confidence = 0.1;
    right &= strcmp(yard_rule(&y, 9, "recycle(web)"), "confidence") == 0;
    yard_close(&y);
    return !right;
}

static int charges(void)
{
    judge_params p;
    params_default(judge_param_table, &p);
    p.horizon = 10;
    tend_system *system = small_system();
    judge_state j;
    tend_frame frame = {.outcomes = 0};
    judge_init(&j);
    int recycle = tend_system_action(system, TEND_RECYCLE, DB, -1);
    judge_note(&j, &(tend_decision){.key = 7, .arm = 2, .action = recycle, .tick = 0});
    for (int t = 1; t <= 10; t++) {
        tend_obs obs = {.tick = t};
        judge_tick(&j, &p, system, &obs, &frame);
    }
    tend_system_free(system);
    return !(frame.outcomes == 1 && fabs(frame.outcome[0].reward - 0.93) < 1e-12);
}

static int plays(void)
{
    tend_system *system = small_system();
    tend_suspect suspect = {DB, -1, -1, TEND_FAMILY_DISK, 0.9};
    int action = playbook_action(system, &suspect, ARM_RECYCLE);
    bool right = action >= 0 && strcmp(system->actions[action].name, "recycle(db)") == 0;
    tend_system_free(system);
    return !(right && strcmp(playbook_arm_name(ARM_RECYCLE), "recycle") == 0 &&
             playbook_rank(TEND_FAMILY_DISK, ARM_RECYCLE) == 0 &&
             playbook_rank(TEND_FAMILY_DISK, ARM_SCALE) == 1 &&
             playbook_rank(TEND_FAMILY_DISK, ARM_RESTART) < 0 &&
             playbook_rank(TEND_FAMILY_MEMORY, ARM_RECYCLE) < 0);
}

static int named(void)
{
    return !(strcmp(tend_metric_kind_name(TEND_HEADROOM), "headroom") == 0 &&
             strcmp(tend_family_name(TEND_FAMILY_DISK), "disk") == 0 &&
             strcmp(tend_action_kind_name(TEND_RECYCLE), "recycle") == 0 &&
             tend_metric_row(TEND_HEADROOM)->hint == TEND_FAMILY_DISK);
}

static int recorded(void)
{
    return !(metric_name_role("jvm_headroom", false) == METRIC_HEADROOM &&
             metric_role_kind(METRIC_HEADROOM) == TEND_HEADROOM &&
             metric_name_role("jvm_hedroom", false) == METRIC_IGNORED);
}

// it falls in one service, which is bad, and rises in the other, which is not
static int seen(const tend_detector *detector)
{
    tend_metric metrics[LAB_METRICS];
    memcpy(metrics, lab_metrics, sizeof metrics);
    metrics[LAB_REQUESTS] = (tend_metric){"room", "share", TEND_HEADROOM};
    tend_system system = lab_system;
    system.metrics = metrics;
    lab *l = lab_new(detector);
    l->system = &system;
    lab_open(l, 1);
    bool quiet = true;
    for (int t = 0; t < 160; t++) {
        lab_draw(l);
        // a sample that is the same to the last bit is a scrape that stands: no news
        double news = 1 + 0.001 * t;
        l->value[0][LAB_REQUESTS] = (t >= 150 ? 0.7 : 0.5) * news;
        l->value[1][LAB_REQUESTS] = (t >= 150 ? 0.05 : 0.5) * news;
        lab_detect(l);
        quiet &= t < 60 || t >= 150 || l->overall < l->threshold;
    }
    bool right = quiet && l->score[1] > l->threshold && l->score[0] < l->threshold &&
                 l->metric[1] == LAB_REQUESTS;
    lab_close(l);
    return !right;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    return strcmp(what, "masks") == 0       ? masks()
           : strcmp(what, "charges") == 0   ? charges()
           : strcmp(what, "plays") == 0     ? plays()
           : strcmp(what, "named") == 0     ? named()
           : strcmp(what, "recorded") == 0  ? recorded()
           : strcmp(what, "robust_z") == 0  ? seen(&detect_robust_z)
           : strcmp(what, "iforest") == 0   ? seen(&detect_iforest)
           : strcmp(what, "threshold") == 0 ? seen(&detect_threshold)
                                            : 2;
}
PROBE
$CC -std=c17 -D_GNU_SOURCE -w -Iinclude -Isrc -I"$root/tests" -o probe probe.c build/libtend.a \
    -lcmocka -lgsl -lgslcblas -lcjson -lcsv -lm -lpthread >"$out/log" 2>&1
verdict $? "words that were there keep their numbers"
ask() { # WHAT NAME
    ./probe "$1" >"$out/log" 2>&1
    verdict $? "$2"
}
ask named "names and hint are the row's"
ask masks "the guard takes it for disruptive and spares the last replica"
ask charges "the judge charges its price"
ask plays "it has an arm, and a place in the playbook of its family alone"
ask recorded "recorded names tell the metric"
for detector in robust_z iforest threshold; do
    ask $detector "$detector sees it fall and lets it rise"
done

# LACK FILE UNIT TABLE COLUMNS: the first row of the table without its last column
cat >"$out/lack.py" <<'PY'
import re, sys
path, table = sys.argv[1:3]
text = open(path).read()
at = text.index(f"#define {table}(X)")
start = text.index("X(", at + len(f"#define {table}(X)"))
depth, comma, quoted = 0, None, False
for i in range(start + 1, len(text)):
    c = text[i]
    quoted ^= c == '"' and text[i - 1] != "\\"
    if quoted:
        continue
    depth += (c == "(") - (c == ")")
    if c == "," and depth == 1:
        comma = i
    if depth == 0:
        break
open(path, "w").write(text[:comma] + text[i:])
PY
lack() { # FILE UNIT TABLE
    cp "$1" "$out/kept"
    syntax "$2"
    whole=$?
    python3 "$out/lack.py" "$1" "$3"
    syntax "$2"
    lacks=$?
    cp "$out/kept" "$1"
    [ $whole -eq 0 ] && [ $lacks -ne 0 ]
    verdict $? "$3: a row without its last column does not compile"
}
for table in SERVICE METRIC ACTION FAMILY EVIDENCE RECEIPT; do
    lack $words src/core/words.c TEND_${table}_TABLE
done
lack $words src/agent/decide/guard.c TEND_GUARD_TABLE
lack src/env/scenario.h src/env/scenario.c FAULT_TABLE

# and one column too many, or a playbook too long
row $words TEND_SERVICE_TABLE 'X(BUS, "bus", STORE, 3)'
! syntax src/core/words.c
verdict $? "nor does a row with a column too many"
sed -i 's/X(BUS, "bus", STORE, 3)/X(BUS, "bus", STORE)/' $words
syntax src/core/words.c && syntax src/core/system_read.c && syntax src/agent/decide/context.c
verdict $? "a service kind is one row too"
sed -i 's/PLAYBOOK(TEND_RECYCLE, TEND_SCALE_UP)/PLAYBOOK(TEND_RECYCLE, TEND_RESTART, TEND_SCALE_UP, TEND_LIMIT, TEND_ROLLBACK)/' $words
! syntax src/core/words.c
verdict $? "a playbook longer than there is room for does not compile"
exit "$bad"
