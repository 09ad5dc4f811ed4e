// SPDX-License-Identifier: GPL-3.0-or-later
// compare.c - paired differences with bootstrap intervals.
#include "report/compare.h"

#include "core/json_write.h"
#include "report/figures.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP "gap_closed" // the contrast that is none of the figures

typedef struct pair {
    const result *before, *after;
} pair;

// By system, then by seed: an eval's rows of one system are so, a file of another program need not
// be. A suite plays a seed of a system in several worlds.
static int by_system(const void *a, const void *b)
{
    const result *x = *(const result *const *)a, *y = *(const result *const *)b;
    int order = strcmp(x->system, y->system);
    if (order == 0)
        order = x->seed < y->seed ? -1 : x->seed > y->seed;
    if (order == 0)
        order = strcmp(x->preset, y->preset);
    return order ? order : strcmp(x->family, y->family);
}

typedef struct run { // rows in that order
    const result **row;
    size_t count;
    bool many;   // systems: messages name them
    bool worlds; // a seed of a system stands in several
} run;

// " of gen-7" where there are several systems.
static const char *of_system(const run *r, const result *row, char text[RESULT_NAME_MAX + 8])
{
    text[0] = 0;
    if (r->many)
        snprintf(text, RESULT_NAME_MAX + 8, " of %s", row->system);
    return text;
}

static tend_rc sort_rows(const result *rows, size_t count, const char *which, run *out,
                         tend_err *err)
{
    const result **sorted = out->row = malloc((count + 1) * sizeof *sorted);
    char system[RESULT_NAME_MAX + 8];
    out->count = count;
    if (!sorted)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &rows[i];
    qsort(sorted, count, sizeof *sorted, by_system);
    out->many = count > 0 && strcmp(sorted[0]->system, sorted[count - 1]->system) != 0;
    for (size_t i = 1; i < count; i++) {
        const result *a = sorted[i - 1], *b = sorted[i];
        // which of the two rows would be paired is anybody's guess
        if (by_system(&a, &b) == 0)
            return tend_fail(err, TEND_INPUT, "%s: seed %llu%s twice, expected once", which,
                             (unsigned long long)b->seed, of_system(out, b, system));
        out->worlds |= a->seed == b->seed && strcmp(a->system, b->system) == 0;
    }
    return TEND_OK;
}

// Below, at or above 0 as one is to be paired with the other. The world counts only where it must:
// runs of one scenario in two worlds are compared too.
static int pairing_order(const result *a, const result *b, bool worlds)
{
    int order = strcmp(a->system, b->system);
    if (order == 0)
        order = a->seed < b->seed ? -1 : a->seed > b->seed;
    if (order == 0 && worlds)
        order = by_system(&a, &b);
    return order;
}

// Common random numbers: a difference means something only between runs of the same incidents.
static tend_rc join(const run *a, const run *b, pair *pairs, tend_err *err)
{
    char system[RESULT_NAME_MAX + 8];
    bool many = a->many || b->many, worlds = a->worlds || b->worlds;
    run both = {.many = many};
    // one system in each, of two names: what differs is told of the incident, below
    bool renamed =
        !many && a->count > 0 && b->count > 0 && strcmp(a->row[0]->system, b->row[0]->system) != 0;
    for (size_t i = 0; i < a->count || i < b->count; i++) {
        const result *x = i < a->count ? a->row[i] : NULL, *y = i < b->count ? b->row[i] : NULL;
        int order = !x        ? 1
                    : !y      ? -1
                    : renamed ? (x->seed < y->seed ? -1 : x->seed > y->seed)
                              : pairing_order(x, y, worlds);
        if (order != 0)
            // both are sorted: the smaller is the one the other run lacks
            return tend_fail(err, TEND_INPUT,
                             "seed %llu%s is only in the %s run, expected the same seeds in both",
                             (unsigned long long)(order < 0 ? x : y)->seed,
                             of_system(&both, order < 0 ? x : y, system),
                             order < 0 ? "first" : "second");
        // one seed, two incidents: other options drew them, and the difference would be theirs
        if (strcmp(x->fault_type, y->fault_type) != 0 ||
            strcmp(x->fault_service, y->fault_service) != 0 ||
            x->fault_t_start != y->fault_t_start || renamed)
            return tend_fail(err, TEND_INPUT,
                             "seed %llu%s: %s on %s against %s on %s, expected the same incident",
                             (unsigned long long)x->seed, of_system(&both, x, system),
                             x->fault_type, x->fault_service, y->fault_type, y->fault_service);
        pairs[i] = (pair){x, y};
    }
    return TEND_OK;
}

typedef struct pairing {
    const pair *pairs;
    size_t count;
    int steps;
    int *system; // [count] of the pairs, numbered
    size_t systems;
    double *change; // [count] scratch, with the system of each
    int *of;
    contrast *list; // made so far: `made` of them
    size_t made;
} pairing;

// Of one fault type, or of "all"; out->group says which. All three are over the pairs of which the
// figure speaks in both, so that the change is after minus before; eval's own figures are of more.
static tend_rc contrast_group(const pairing *p, const figure_row *f, contrast *out, tend_err *err)
{
    bool all = strcmp(out->group, "all") == 0;
    out->measure = f->name;
    for (size_t i = 0; i < p->count; i++) {
        const pair *each = &p->pairs[i];
        if (!all && strcmp(each->before->fault_type, out->group) != 0)
            continue;
        double before = f->of(each->before, p->steps), after = f->of(each->after, p->steps);
        // the figure does not speak of one of the two
        if (!isfinite(after - before))
            continue;
        p->of[out->pairs] = p->system[i];
        p->change[out->pairs++] = after - before;
        out->before += before;
        out->after += after;
        // how many pairs differ at all: a change may come from three episodes of a thousand
        out->differ += fabs(after - before) > 0;
    }
    out->before = out->pairs > 0 ? out->before / (double)out->pairs : (double)NAN;
    out->after = out->pairs > 0 ? out->after / (double)out->pairs : (double)NAN;
    return stats_mean_by(p->change, p->of, out->pairs, p->systems, &out->change, err);
}

// the contrasts of one group with the figures of that scope and above
static tend_rc add_group(pairing *p, const char *group, figure_scope scope, tend_err *err)
{
    tend_rc rc = TEND_OK;
    for (int i = 0; i < FIGURES && rc == TEND_OK; i++)
        if (figure_table[i].scope >= scope) {
            contrast *c = &p->list[p->made++];
            c->group = group;
            rc = contrast_group(p, &figure_table[i], c, err);
        }
    return rc;
}

static bool asked(const result *r) // an answer of the oracle names something
{
    return r->oracle_opens[0] != '\0';
}

// At least one was held against the oracle, both in one world.
static bool same_oracle(const pair *p)
{
    const result *a = p->before, *b = p->after;
    return (asked(a) || asked(b)) && a->noop_steps == b->noop_steps &&
           (!asked(a) || !asked(b) || a->beam_steps == b->beam_steps);
}

// Breach steps of the best that is known of an episode: of the oracle's and what was made of it.
static int best_known(const result *a, const result *b)
{
    int best = a->slo_steps < b->slo_steps ? a->slo_steps : b->slo_steps;
    if (asked(a) && a->oracle_steps < best)
        best = a->oracle_steps;
    if (asked(b) && b->oracle_steps < best)
        best = b->oracle_steps;
    return best;
}

// Sums of each system, or of each pair where there is one system: could be won, was won by each.
static void sum_gap(const pairing *p, contrast *out, double *could, double *before, double *after)
{
    for (size_t i = 0; i < p->count; i++) {
        const result *a = p->pairs[i].before, *b = p->pairs[i].after;
        size_t at = p->systems > 1 ? (size_t)p->system[i] : i;
        if (!same_oracle(&p->pairs[i]))
            continue;
        int best = best_known(a, b);
        could[at] += a->noop_steps - best;
        before[at] += a->noop_steps - a->slo_steps;
        after[at] += a->noop_steps - b->slo_steps;
        out->pairs++;
        out->differ += a->slo_steps != b->slo_steps;
        out->beaten += (asked(a) ? a->beam_steps : b->beam_steps) > best;
        out->reference += best;
    }
}

// Against the best known of each episode; without the oracle, or a gap to close, no contrast.
static tend_rc add_gap(pairing *p, tend_err *err)
{
    contrast *c = &p->list[p->made];
    interval before, after;
    double *could = calloc(4 * p->count + 1, sizeof *could);
    if (!could)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu pairs", p->count);
    double *first = could + p->count, *second = first + p->count, *more = second + p->count;
    size_t n = p->systems > 1 ? p->systems : p->count;
    *c = (contrast){.group = "all", .measure = GAP};
    sum_gap(p, c, could, first, second);
    for (size_t i = 0; i < n; i++)
        more[i] = second[i] - first[i];
    tend_rc rc = stats_ratio(first, could, n, &before, err);
    if (rc == TEND_OK)
        rc = stats_ratio(second, could, n, &after, err);
    if (rc == TEND_OK)
        rc = stats_ratio(more, could, n, &c->change, err);
    if (rc == TEND_OK && isfinite(c->change.value)) {
        c->before = before.value;
        c->after = after.value;
        c->reference /= (double)c->pairs;
        p->made++;
    }
    free(could);
    return rc;
}

// Kinds of fault, the same in both runs, get contrasts of their own unless only all is asked for.
static tend_rc contrast_all(pairing *p, compare_run before, bool per_fault, tend_err *err)
{
    const char *groups[RESULT_FAULTS_MAX];
    size_t n = per_fault ? result_faults(before.rows, before.count, groups) : 0;
    // room for every figure in every group
    p->list = calloc((n + 1) * FIGURES + 1, sizeof *p->list);
    if (!p->list)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a comparison");
    tend_rc rc = add_group(p, "all", FIGURE_COMPARED, err);
    if (rc == TEND_OK && per_fault)
        rc = add_gap(p, err);
    for (size_t g = 0; g < n && rc == TEND_OK; g++)
        rc = add_group(p, groups[g], FIGURE_COMPARED_PER_FAULT, err);
    return rc;
}

// The systems of the pairs, and room to work in.
static tend_rc number_systems(pairing *p, tend_err *err)
{
    size_t room = p->count + 1;
    p->system = malloc(room * sizeof *p->system);
    p->of = malloc(room * sizeof *p->of);
    p->change = malloc(room * sizeof *p->change);
    if (!p->system || !p->of || !p->change)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu pairs", p->count);
    for (size_t i = 0; i < p->count; i++) { // sorted by system
        const result *a = p->pairs[i].before, *b = i > 0 ? p->pairs[i - 1].before : NULL;
        p->systems += !b || strcmp(a->system, b->system) != 0;
        p->system[i] = (int)p->systems - 1;
    }
    return TEND_OK;
}

// What the pairing has made is the caller's, also after an error.
static tend_rc contrast_runs(compare_run before, compare_run after, bool per_fault, pairing *p,
                             tend_err *err)
{
    run a = {0}, b = {0};
    pair *pairs = malloc((before.count + after.count + 1) * sizeof *pairs);
    p->pairs = pairs;
    p->count = before.count;
    tend_rc rc = TEND_OK;
    if (!pairs)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu pairs", before.count);
    if (rc == TEND_OK)
        rc = sort_rows(before.rows, before.count, "first run", &a, err);
    if (rc == TEND_OK)
        rc = sort_rows(after.rows, after.count, "second run", &b, err);
    if (rc == TEND_OK)
        rc = join(&a, &b, pairs, err);
    if (rc == TEND_OK)
        rc = number_systems(p, err);
    if (rc == TEND_OK)
        rc = contrast_all(p, before, per_fault, err);
    free(a.row);
    free(b.row);
    free(p->system);
    free(p->of);
    free(p->change);
    free(pairs);
    return rc;
}

static tend_rc hand_over(tend_rc rc, pairing *p, contrast **out, size_t *count)
{
    if (rc != TEND_OK) {
        free(p->list);
        return rc;
    }
    *out = p->list;
    *count = p->made;
    return TEND_OK;
}

tend_rc compare_rows(compare_run before, compare_run after, int steps, contrast **out,
                     size_t *count, tend_err *err)
{
    pairing p = {.steps = steps};
    return hand_over(contrast_runs(before, after, true, &p, err), &p, out, count);
}

tend_rc compare_overall(compare_run before, compare_run after, int steps, contrast **out,
                        size_t *count, tend_err *err)
{
    pairing p = {.steps = steps};
    return hand_over(contrast_runs(before, after, false, &p, err), &p, out, count);
}

#define VERDICT_LEAST 5 // pairs: of fewer a bootstrap draws the same few again and is too sure

// A word only where the interval excludes no change; better or worse is the reader's to say.
const char *compare_verdict(const contrast *c)
{
    if (c->pairs < VERDICT_LEAST || isnan(c->change.low))
        return "";
    return c->change.high < 0 ? "lower" : c->change.low > 0 ? "higher" : "unclear";
}

// four digits: a row has room for 80 columns, and an interval is not known better
void compare_number(str *out, double value, int room, bool sign)
{
    double size = fabs(value);
    int digits = size < 9.9995 ? 3 : size < 99.995 ? 2 : size < 999.95 ? 1 : 0;
    str_format(out, sign ? "%+*.*f" : "%*.*f", room, digits, value);
}

void compare_bounds(str *out, const interval *x, int room, bool sign)
{
    if (!isfinite(x->low)) {
        str_format(out, "%*s", room + 8, "");
        return;
    }
    compare_number(out, x->low, room, sign);
    str_add(out, "..");
    size_t before = out->length;
    compare_number(out, x->high, 0, sign);
    str_format(out, "%*s", (int)(6 - (out->length - before)), "");
}

static bool gap_row(const contrast *c)
{
    return strcmp(c->measure, GAP) == 0;
}

void compare_text(const contrast *rows, size_t count, const char *before, const char *after,
                  str *out)
{
    str_format(out, "compare  %s -> %s\n         paired by seed, bootstrap 95 %% intervals\n",
               before, after);
    str_add(out, "\n  measure        pairs differ before  after   change  95 % interval\n");
    const char *group = ""; // of the row above
    for (size_t i = 0; i < count; i++) {
        const contrast *c = &rows[i];
        if (c->pairs == 0)
            continue; // the measure does not apply, as recovery in healthy episodes
        if (strcmp(group, c->group) != 0)
            str_format(out, "%s  %s\n", *group ? "\n" : "", c->group);
        group = c->group;
        str_format(out, "    %-12s %6zu %6zu", c->measure, c->pairs, c->differ);
        compare_number(out, c->before, 7, false);
        compare_number(out, c->after, 7, false);
        compare_number(out, c->change.value, 9, true);
        compare_number(out, c->change.low, 8, true);
        str_add(out, " .. ");
        compare_number(out, c->change.high, 0, true);
        str_format(out, "  %s", compare_verdict(c));
        str_end_line(out);
        if (gap_row(c))
            str_format(out, "      oracle %.2f steps, best of search and runs; %s worse in %zu\n",
                       c->reference, "the search alone", c->beaten);
    }
}

void compare_json(const contrast *rows, size_t count, str *out)
{
    json_writer w = {.to = out};
    json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        const contrast *c = &rows[i];
        bool known = c->pairs > 0;
        json_open_object(&w, NULL);
        json_put_text(&w, "group", c->group);
        json_put_text(&w, "measure", c->measure);
        json_put_count(&w, "pairs", (int64_t)c->pairs);
        json_put_count(&w, "differ", (int64_t)c->differ);
        json_put_number(&w, "before", c->before);
        json_put_number(&w, "after", c->after);
        json_put_number(&w, "change", known ? c->change.value : (double)NAN);
        json_put_number(&w, "low", known ? c->change.low : (double)NAN);
        json_put_number(&w, "high", known ? c->change.high : (double)NAN);
        if (gap_row(c)) {
            json_put_number(&w, "oracle_steps", c->reference);
            json_put_count(&w, "beaten", (int64_t)c->beaten);
        }
        json_close_object(&w);
    }
    json_close_array(&w);
    str_char(out, '\n');
}
