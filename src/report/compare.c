// SPDX-License-Identifier: GPL-3.0-or-later
// compare.c - paired differences with bootstrap intervals.
#include "report/compare.h"

#include "core/json_write.h"
#include "report/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct pair {
    const result *before, *after;
} pair;

static int by_seed(const void *a, const void *b)
{
    const result *x = *(const result *const *)a, *y = *(const result *const *)b;
    return x->seed < y->seed ? -1 : x->seed > y->seed;
}

// pointers to the rows in seed order; a seed twice is an error
static tend_rc sort_rows(const result *rows, size_t count, const char *which, const result ***out,
                         tend_err *err)
{
    const result **sorted = malloc((count + 1) * sizeof *sorted);
    if (!sorted)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &rows[i];
    // by seed: an eval's rows are so, a file of another program need not be
    qsort(sorted, count, sizeof *sorted, by_seed);
    for (size_t i = 1; i < count; i++)
        if (sorted[i - 1]->seed == sorted[i]->seed) {
            // which of the two rows would be paired is anybody's guess
            tend_rc rc = tend_fail(err, TEND_INPUT, "%s: seed %llu twice, expected once", which,
                                   (unsigned long long)sorted[i]->seed);
            free(sorted);
            return rc;
        }
    *out = sorted;
    return TEND_OK;
}

// Common random numbers: a difference means something only between runs of the same incidents.
static tend_rc join(const result **a, size_t n, const result **b, size_t m, pair *pairs,
                    tend_err *err)
{
    for (size_t i = 0; i < n || i < m; i++) {
        if (i >= n || i >= m || a[i]->seed != b[i]->seed) {
            // both are sorted: the smaller seed is the one the other run lacks
            bool only_a = i < n && (i >= m || a[i]->seed < b[i]->seed);
            return tend_fail(err, TEND_INPUT,
                             "seed %llu is only in the %s run, expected the same "
                             "seeds in both",
                             (unsigned long long)(only_a ? a[i] : b[i])->seed,
                             only_a ? "first" : "second");
        }
        // one seed, two incidents: other options drew them, and the difference would be theirs
        if (strcmp(a[i]->fault_type, b[i]->fault_type) != 0 ||
            strcmp(a[i]->fault_service, b[i]->fault_service) != 0 ||
            a[i]->fault_t_start != b[i]->fault_t_start || strcmp(a[i]->system, b[i]->system) != 0)
            return tend_fail(err, TEND_INPUT,
                             "seed %llu: %s on %s against %s on %s, expected the "
                             "same incident",
                             (unsigned long long)a[i]->seed, a[i]->fault_type, a[i]->fault_service,
                             b[i]->fault_type, b[i]->fault_service);
        pairs[i] = (pair){a[i], b[i]};
    }
    return TEND_OK;
}

// Of one fault type, or of "all"; out->group says which. All three are over the pairs of which the
// figure speaks in both, so that the change is after minus before; eval's own figures are of more.
static tend_rc contrast_group(const pair *pairs, size_t count, const figure_row *f, int steps,
                              contrast *out, tend_err *err)
{
    double *change = malloc((count + 1) * sizeof *change);
    if (!change)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a comparison");
    bool all = strcmp(out->group, "all") == 0;
    out->measure = f->name;
    for (size_t i = 0; i < count; i++) {
        if (!all && strcmp(pairs[i].before->fault_type, out->group) != 0)
            continue;
        double before = f->of(pairs[i].before, steps), after = f->of(pairs[i].after, steps);
        // the figure does not speak of one of the two
        if (!isfinite(after - before))
            continue;
        change[out->pairs++] = after - before;
        out->before += before;
        out->after += after;
        // how many pairs differ at all: a change may come from three episodes of a thousand
        out->differ += fabs(after - before) > 0;
    }
    out->before = out->pairs > 0 ? out->before / (double)out->pairs : (double)NAN;
    out->after = out->pairs > 0 ? out->after / (double)out->pairs : (double)NAN;
    tend_rc rc = stats_mean(change, out->pairs, &out->change, err);
    free(change);
    return rc;
}

typedef struct pairing {
    const pair *pairs;
    size_t count;
    int steps;
    contrast *list; // made so far: `made` of them
    size_t made;
} pairing;

// the contrasts of one group with the figures of that scope and above
static tend_rc add_group(pairing *p, const char *group, figure_scope scope, tend_err *err)
{
    tend_rc rc = TEND_OK;
    for (int i = 0; i < FIGURES && rc == TEND_OK; i++)
        if (figure_table[i].scope >= scope) {
            contrast *c = &p->list[p->made++];
            c->group = group;
            rc = contrast_group(p->pairs, p->count, &figure_table[i], p->steps, c, err);
        }
    return rc;
}

// groups [n]: kinds of fault, the same in both runs.
static tend_rc contrast_all(pairing p, const char *const *groups, size_t n, contrast **out,
                            size_t *rows, tend_err *err)
{
    // room for every figure in every group
    p.list = calloc((n + 1) * FIGURES, sizeof *p.list);
    if (!p.list)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a comparison");
    tend_rc rc = add_group(&p, "all", FIGURE_COMPARED, err);
    for (size_t g = 0; g < n && rc == TEND_OK; g++)
        rc = add_group(&p, groups[g], FIGURE_COMPARED_PER_FAULT, err);
    if (rc != TEND_OK) {
        free(p.list);
        return rc;
    }
    *out = p.list;
    *rows = p.made;
    return TEND_OK;
}

// *out [before.count] is malloc'ed; NULL after an error.
static tend_rc pair_rows(compare_run before, compare_run after, pair **out, tend_err *err)
{
    const result **a = NULL, **b = NULL;
    pair *pairs = NULL;
    tend_rc rc = sort_rows(before.rows, before.count, "first run", &a, err);
    if (rc == TEND_OK)
        rc = sort_rows(after.rows, after.count, "second run", &b, err);
    if (rc == TEND_OK && !(pairs = malloc((before.count + 1) * sizeof *pairs)))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu pairs", before.count);
    if (rc == TEND_OK)
        rc = join(a, before.count, b, after.count, pairs, err);
    free(a);
    free(b);
    if (rc == TEND_OK)
        *out = pairs;
    else
        free(pairs);
    return rc;
}

tend_rc compare_rows(compare_run before, compare_run after, int steps, contrast **out,
                     size_t *count, tend_err *err)
{
    const char *groups[RESULT_FAULTS_MAX];
    size_t n = result_faults(before.rows, before.count, groups);
    pair *pairs = NULL;
    tend_rc rc = pair_rows(before, after, &pairs, err);
    if (rc == TEND_OK)
        rc = contrast_all((pairing){pairs, before.count, steps, NULL, 0}, groups, n, out, count,
                          err);
    free(pairs);
    return rc;
}

tend_rc compare_overall(compare_run before, compare_run after, int steps, contrast **out,
                        size_t *count, tend_err *err)
{
    pair *pairs = NULL;
    tend_rc rc = pair_rows(before, after, &pairs, err);
    if (rc == TEND_OK)
        rc = contrast_all((pairing){pairs, before.count, steps, NULL, 0}, NULL, 0, out, count, err);
    free(pairs);
    return rc;
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
        json_close_object(&w);
    }
    json_close_array(&w);
    str_char(out, '\n');
}
