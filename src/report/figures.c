// SPDX-License-Identifier: GPL-3.0-or-later
// figures.c - the figures of an eval, one function each, in one table.
#include "report/summary.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct rows {
    const result *row;
    size_t count;
    int steps;
    bool bounds; // intervals of means are asked for: a bootstrap each
} rows;

static bool sick(const result *r)
{
    return r->fault_t_start >= 0;
}

static bool breached(const result *r)
{
    return sick(r) && r->first_slo >= 0;
}

// share of the rows that `among` which also satisfy `hit`
static interval share(const rows *x, bool (*among)(const result *), bool (*hit)(const result *))
{
    size_t n = 0, k = 0;
    for (size_t i = 0; i < x->count; i++)
        if (among(&x->row[i])) {
            n++;
            k += hit(&x->row[i]);
        }
    return stats_share(k, n);
}

static tend_rc mean(const rows *x, bool (*among)(const result *), double (*of)(const result *),
                    interval *out, tend_err *err)
{
    double *values = malloc((x->count + 1) * sizeof *values);
    size_t n = 0;
    if (!values)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a summary");
    for (size_t i = 0; i < x->count; i++)
        if (among(&x->row[i]) && isfinite(of(&x->row[i])))
            values[n++] = of(&x->row[i]);
    tend_rc rc = TEND_OK;
    if (x->bounds)
        rc = stats_mean(values, n, out, err);
    else
        *out = (interval){gsl_stats_mean(values, 1, n), (double)NAN, (double)NAN};
    if (n == 0)
        out->value = (double)NAN;
    free(values);
    return rc;
}

static interval median(const rows *x, bool (*among)(const result *), double (*of)(const result *))
{
    double *values = malloc((x->count + 1) * sizeof *values);
    size_t n = 0;
    for (size_t i = 0; values && i < x->count; i++)
        if (among(&x->row[i]))
            values[n++] = of(&x->row[i]);
    interval out = {(double)NAN, (double)NAN, (double)NAN};
    if (values)
        out.value = stats_quantile(values, n, 0.5);
    free(values);
    return out;
}

static bool any(const result *r)
{
    (void)r;
    return true;
}

static bool healthy(const result *r)
{
    return !sick(r);
}

static bool detected(const result *r)
{
    return r->detected_at >= 0;
}

static bool timed(const result *r)
{
    return breached(r) && r->delay >= 0;
}

static bool judged(const result *r)
{
    return r->top1 >= 0;
}

static bool hit1(const result *r)
{
    return r->top1 == 1;
}

static bool hit3(const result *r)
{
    return r->top3 == 1;
}

static bool hit_family(const result *r)
{
    return r->fault_family_hit == 1;
}

static bool recovered(const result *r)
{
    return r->recovered >= 0;
}

static bool breaching(const result *r)
{
    return r->slo_steps > 0;
}

static bool acted_falsely(const result *r)
{
    return r->false_actions > 0;
}

static double delay_of(const result *r)
{
    return r->delay;
}

static double slo_of(const result *r)
{
    return r->slo_steps;
}

static double actions_of(const result *r)
{
    return r->actions;
}

static double wrong_of(const result *r)
{
    return r->wrong_actions;
}

static double masked_of(const result *r)
{
    return r->masked;
}

static double refused_of(const result *r)
{
    return r->refused;
}

static double reward_of(const result *r)
{
    return r->reward;
}

static tend_rc median_mttr(const rows *x, interval *out, tend_err *err)
{
    double *time = malloc((x->count + 1) * sizeof *time);
    unsigned char *seen = malloc(x->count + 1);
    size_t n = 0;
    tend_rc rc = TEND_OK;
    *out = (interval){(double)NAN, (double)NAN, (double)NAN};
    if (!time || !seen)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a summary");
    for (size_t i = 0; rc == TEND_OK && i < x->count; i++) {
        const result *r = &x->row[i];
        if (!breached(r))
            continue;
        seen[n] = r->recovered >= 0;
        time[n] = seen[n] ? r->mttr : x->steps - r->first_slo;
        n++;
    }
    if (rc == TEND_OK)
        rc = stats_survival_median(time, seen, n, &out->value, err);
    free(time);
    free(seen);
    return rc;
}

static interval per_thousand(const rows *x)
{
    double alarms = 0, steps = 0;
    for (size_t i = 0; i < x->count; i++) {
        alarms += x->row[i].false_alarm_steps;
        steps += x->row[i].healthy_steps;
    }
    return (interval){steps > 0 ? 1000 * alarms / steps : (double)NAN, (double)NAN, (double)NAN};
}

static interval total_violations(const rows *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->count; i++)
        sum += x->row[i].violations;
    return (interval){sum, (double)NAN, (double)NAN};
}

tend_rc summary_figures(const result *row, size_t count, int steps, bool bounds,
                        figure figures[SUMMARY_FIGURES], tend_err *err)
{
    rows x = {row, count, steps, bounds};
    const figure plain[] = {
        {"breach_rate", "share", "faults that breach the SLO", share(&x, sick, breaching)},
        {"detection_rate", "share", "breaching faults detected", share(&x, breached, detected)},
        {"delay_p50", "steps", "first visible deviation to alarm", median(&x, timed, delay_of)},
        {"top1", "share", "root cause first in the ranking", share(&x, judged, hit1)},
        {"top3", "share", "root cause among the first three", share(&x, judged, hit3)},
        {"family", "share", "kind of fault named", share(&x, judged, hit_family)},
        {"recovered", "share", "breaches recovered from", share(&x, breached, recovered)},
        {"false_alarms_per_1000", "steps", "alarm steps before onset or when healthy",
         per_thousand(&x)},
        {"healthy_breach_rate", "share", "healthy episodes that breach",
         share(&x, healthy, breaching)},
        {"false_action_rate", "share", "healthy episodes acted upon",
         share(&x, healthy, acted_falsely)},
        {"violations", "", "guard violations found by the audit", total_violations(&x)},
    };
    const struct {
        figure f;
        bool (*among)(const result *);
        double (*of)(const result *);
    } means[] = {
        {{"slo_steps", "steps", "breach steps of an episode with a fault", {0, 0, 0}},
         sick,
         slo_of},
        {{"delay_mean", "steps", "first visible deviation to alarm", {0, 0, 0}}, timed, delay_of},
        {{"actions", "", "actions of an episode with a fault", {0, 0, 0}}, sick, actions_of},
        {{"wrong_actions", "", "of them, aimed at an innocent place", {0, 0, 0}}, sick, wrong_of},
        {{"masked", "", "wanted actions the guard masked", {0, 0, 0}}, sick, masked_of},
        {{"refused", "share", "users turned away", {0, 0, 0}}, sick, refused_of},
        {{"reward", "", "reward of settled decisions", {0, 0, 0}}, any, reward_of},
    };
    size_t n = sizeof plain / sizeof *plain;
    memcpy(figures, plain, sizeof plain);
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        figures[n] = means[i].f;
        tend_rc rc = mean(&x, means[i].among, means[i].of, &figures[n++].value, err);
        if (rc != TEND_OK)
            return rc;
    }
    figures[n] = (figure){"mttr_p50", "steps", "median time to recover (Kaplan-Meier)", {0, 0, 0}};
    return median_mttr(&x, &figures[n].value, err);
}
