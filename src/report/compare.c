// SPDX-License-Identifier: GPL-3.0-or-later
// compare.c - paired differences with bootstrap intervals.
#include "report/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct pair {
    const result *before, *after;
} pair;

typedef struct measure {
    const char *name;
    double (*of)(const result *, int steps); // NAN: does not apply
} measure;

// of episodes with a fault, as in eval's figures: a healthy one has nothing to shorten
static double slo_steps(const result *r, int steps)
{
    (void)steps;
    return r->fault_t_start < 0 ? (double)NAN : r->slo_steps;
}

static double mttr(const result *r, int steps)
{
    if (r->first_slo < 0)
        return 0; // no breach: nothing to recover from
    return r->recovered >= 0 ? r->mttr : steps - r->first_slo;
}

static double recovered(const result *r, int steps)
{
    (void)steps;
    if (r->fault_t_start < 0)
        return (double)NAN;
    return r->first_slo < 0 || r->recovered >= 0;
}

static double top1(const result *r, int steps)
{
    (void)steps;
    return r->fault_t_start < 0 ? (double)NAN : r->top1 == 1;
}

static double top3(const result *r, int steps)
{
    (void)steps;
    return r->fault_t_start < 0 ? (double)NAN : r->top3 == 1;
}

static double actions(const result *r, int steps)
{
    (void)steps;
    return r->fault_t_start < 0 ? (double)NAN : r->actions;
}

static double refused(const result *r, int steps)
{
    (void)steps;
    return r->refused;
}

static double false_alarms(const result *r, int steps)
{
    (void)steps;
    return r->false_alarm_steps;
}

static const measure measures[] = {
    {"slo_steps", slo_steps}, {"mttr", mttr},
    {"recovered", recovered}, {"top1", top1},
    {"top3", top3},           {"actions", actions},
    {"refused", refused},     {"false_alarms", false_alarms},
};

enum { MEASURES = sizeof measures / sizeof *measures, PER_FAULT = 4, FAULTS_MAX = 64 };

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
    qsort(sorted, count, sizeof *sorted, by_seed);
    for (size_t i = 1; i < count; i++)
        if (sorted[i - 1]->seed == sorted[i]->seed) {
            tend_rc rc = tend_fail(err, TEND_INPUT, "%s: seed %llu twice, expected once", which,
                                   (unsigned long long)sorted[i]->seed);
            free(sorted);
            return rc;
        }
    *out = sorted;
    return TEND_OK;
}

static tend_rc join(const result **a, size_t n, const result **b, size_t m, pair *pairs,
                    tend_err *err)
{
    for (size_t i = 0; i < n || i < m; i++) {
        if (i >= n || i >= m || a[i]->seed != b[i]->seed) {
            bool only_a = i < n && (i >= m || a[i]->seed < b[i]->seed);
            return tend_fail(err, TEND_INPUT,
                             "seed %llu is only in the %s run, expected the same "
                             "seeds in both",
                             (unsigned long long)(only_a ? a[i] : b[i])->seed,
                             only_a ? "first" : "second");
        }
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

// of one fault type, or of "all"; out->group says which
static tend_rc contrast_group(const pair *pairs, size_t count, const measure *m, int steps,
                              contrast *out, tend_err *err)
{
    double *change = malloc((count + 1) * sizeof *change);
    if (!change)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a comparison");
    bool all = strcmp(out->group, "all") == 0;
    out->measure = m->name;
    for (size_t i = 0; i < count; i++) {
        double before = m->of(pairs[i].before, steps), after = m->of(pairs[i].after, steps);
        if ((!all && strcmp(pairs[i].before->fault_type, out->group) != 0) || isnan(before) ||
            isnan(after))
            continue;
        change[out->pairs++] = after - before;
        out->differ += fabs(after - before) > 0;
        out->before += before;
        out->after += after;
    }
    if (out->pairs > 0) {
        out->before /= (double)out->pairs;
        out->after /= (double)out->pairs;
    }
    tend_rc rc = stats_mean(change, out->pairs, &out->change, err);
    free(change);
    return rc;
}

static size_t find_groups(const pair *pairs, size_t count, const char **groups)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < n && strcmp(groups[k], pairs[i].before->fault_type) != 0)
            k++;
        if (k == n && n < FAULTS_MAX)
            groups[n++] = pairs[i].before->fault_type;
    }
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && strcmp(groups[k - 1], groups[k]) > 0; k--) {
            const char *held = groups[k];
            groups[k] = groups[k - 1];
            groups[k - 1] = held;
        }
    return n;
}

static tend_rc contrast_all(const pair *pairs, size_t count, int steps, contrast **out,
                            size_t *rows, tend_err *err)
{
    const char *groups[FAULTS_MAX];
    size_t n = find_groups(pairs, count, groups), made = 0;
    contrast *list = calloc(MEASURES + n * PER_FAULT, sizeof *list);
    tend_rc rc = list ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "out of memory for a comparison");
    for (size_t m = 0; m < MEASURES && rc == TEND_OK; m++) {
        list[made].group = "all";
        rc = contrast_group(pairs, count, &measures[m], steps, &list[made++], err);
    }
    for (size_t g = 0; g < n; g++)
        for (size_t m = 0; m < PER_FAULT && rc == TEND_OK; m++) {
            list[made].group = groups[g];
            rc = contrast_group(pairs, count, &measures[m], steps, &list[made++], err);
        }
    if (rc != TEND_OK) {
        free(list);
        return rc;
    }
    *out = list;
    *rows = made;
    return TEND_OK;
}

tend_rc compare_rows(compare_run before, compare_run after, int steps, contrast **out,
                     size_t *count, tend_err *err)
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
    if (rc == TEND_OK)
        rc = contrast_all(pairs, before.count, steps, out, count, err);
    free(pairs);
    free(a);
    free(b);
    return rc;
}

static const char *verdict(const contrast *c)
{
    if (c->pairs == 0 || isnan(c->change.low))
        return "";
    return c->change.high < 0 ? "lower" : c->change.low > 0 ? "higher" : "unclear";
}

// four digits: a row has room for 80 columns, and an interval is not known better
static void add_number(str *out, double value, int room, bool sign)
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
    for (size_t i = 0; i < count; i++) {
        const contrast *c = &rows[i];
        if (i == 0 || strcmp(rows[i - 1].group, c->group) != 0)
            str_format(out, "%s  %s\n", i > 0 ? "\n" : "", c->group);
        if (c->pairs == 0)
            continue; // the measure does not apply, as recovery in healthy episodes
        str_format(out, "    %-12s %6zu %6zu", c->measure, c->pairs, c->differ);
        add_number(out, c->before, 7, false);
        add_number(out, c->after, 7, false);
        add_number(out, c->change.value, 9, true);
        add_number(out, c->change.low, 8, true);
        str_add(out, " .. ");
        add_number(out, c->change.high, 0, true);
        str_format(out, "  %s\n", verdict(c));
    }
}

void compare_json(const contrast *rows, size_t count, str *out)
{
    str_add(out, "[");
    for (size_t i = 0; i < count; i++) {
        const contrast *c = &rows[i];
        str_format(out,
                   "%s\n  {\"group\": \"%s\", \"measure\": \"%s\", \"pairs\": %zu, "
                   "\"differ\": %zu, ",
                   i ? "," : "", c->group, c->measure, c->pairs, c->differ);
        str_format(out, "\"before\": %.9g, \"after\": %.9g, ", c->before, c->after);
        if (c->pairs > 0)
            str_format(out, "\"change\": %.9g, \"low\": %.9g, \"high\": %.9g}", c->change.value,
                       c->change.low, c->change.high);
        else
            str_add(out, "\"change\": null, \"low\": null, \"high\": null}");
    }
    str_add(out, "\n]\n");
}
