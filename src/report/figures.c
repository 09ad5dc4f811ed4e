// SPDX-License-Identifier: GPL-3.0-or-later
// figures.c - what each figure says of one episode, and how the episodes are put together.
#include "report/figures.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double none = (double)NAN;

// A fault was there; of healthy episodes only false alarms and actions are asked.
static bool sick(const result *r)
{
    return r->fault_t_start >= 0;
}

// The users noticed: a fault nobody notices need not be detected or recovered from.
static bool breached(const result *r)
{
    return sick(r) && r->first_slo >= 0;
}

// Somebody watched: of an episode driven from outside nothing can be said of what an agent saw.
static bool watched(const result *r)
{
    return sick(r) && r->anomaly_steps >= 0;
}

// Breach steps of a fault left alone from which on naming it is worth something; larger leaves out
// more of those that are hardly to be seen.
#define COSTLY 5
// Breach steps beyond those of doing nothing that are harm, and no accident of one tick or two.
#define HARM 5

// X(name, of which episodes, what of them); a fault that is never detected is a miss, not left out
#define OF_TABLE(X)                                                                                \
    X(breaches, sick(r), r->first_slo >= 0)                                                        \
    X(detected, breached(r), r->detected_at >= 0)                                                  \
    X(delay, breached(r) && watched(r) && r->first_visible >= 0,                                   \
      r->delay >= 0 ? r->delay : steps - r->first_visible)                                         \
    X(top1, watched(r), r->top1 == 1)                                                              \
    X(top1_costly, watched(r) && r->noop_steps >= COSTLY, r->top1 == 1)                            \
    X(top3, watched(r), r->top3 == 1)                                                              \
    X(family, watched(r), r->fault_family_hit == 1)                                                \
    X(recovered, breached(r), r->recovered >= 0)                                                   \
    X(false_alarms, true, r->false_alarm_steps)                                                    \
    X(breaches_anyway, !sick(r), r->slo_steps > 0)                                                 \
    X(acted_falsely, !sick(r), r->false_actions > 0)                                               \
    X(violations, true, r->violations)                                                             \
    X(slo_steps, sick(r), r->slo_steps)                                                            \
    X(noop_steps, sick(r) && r->noop_steps >= 0, r->noop_steps)                                    \
    X(harmful, r->noop_steps >= 0, r->slo_steps > r->noop_steps + HARM)                            \
    X(actions, sick(r), r->actions)                                                                \
    X(wrong_actions, sick(r), r->wrong_actions)                                                    \
    X(masked, sick(r), r->masked)                                                                  \
    X(refused, sick(r), r->refused)                                                                \
    X(reward, isfinite(r->reward), r->reward)                                                      \
    X(repair, breached(r), r->recovered >= 0 ? r->mttr : steps - r->first_slo)                     \
    X(repair_or_none, sick(r), r->first_slo >= 0 ? of_repair(r, steps) : 0)                        \
    X(relapses, sick(r) && r->relapses >= 0, r->relapses)                                          \
    X(stuck, sick(r) && r->stuck >= 0, r->stuck == 1)                                              \
    X(escalated, r->escalated >= 0, r->escalated > 0)                                              \
    X(called_rightly, r->escalation_right >= 0, r->escalation_right == 1)                          \
    X(second, watched(r) && r->fault2_t_start >= 0, r->fault2_top1 == 1)                           \
    X(second_over, r->fault2_first_slo >= 0, r->fault2_recovered >= 0)

// a row of the table calls another before its turn
static double of_repair(const result *r, int steps);

#define OF(name, among, what)                                                                      \
    static double of_##name(const result *r, int steps)                                            \
    {                                                                                              \
        (void)steps;                                                                               \
        return among ? (double)(what) : none;                                                      \
    }
OF_TABLE(OF)
#undef OF

// The event of a survival figure has come: without it the time is one it took at least.
static bool found(const result *r)
{
    return r->delay >= 0;
}

static bool over(const result *r)
{
    return r->recovered >= 0;
}

const figure_row figure_table[FIGURES] = {
    {"breach_rate", "share", "faults that breach the SLO", FIGURE_SHARE, FIGURE_EVAL, of_breaches,
     NULL},
    {"detection_rate", "share", "breaching faults detected", FIGURE_SHARE, FIGURE_EVAL, of_detected,
     NULL},
    {"delay_p50", "steps", "median, first visible deviation to alarm (Kaplan-Meier)",
     FIGURE_SURVIVAL, FIGURE_EVAL, of_delay, found},
    {"top1", "share", "root cause first in the ranking", FIGURE_SHARE, FIGURE_COMPARED_PER_FAULT,
     of_top1, NULL},
    {"top1_costly", "share", "the same, of faults that cost 5 steps left alone", FIGURE_SHARE,
     FIGURE_COMPARED, of_top1_costly, NULL},
    {"top3", "share", "root cause among the first three", FIGURE_SHARE, FIGURE_COMPARED, of_top3,
     NULL},
    {"family", "share", "kind of fault named", FIGURE_SHARE, FIGURE_COMPARED, of_family, NULL},
    {"recovered", "share", "breaches recovered from", FIGURE_SHARE, FIGURE_COMPARED_PER_FAULT,
     of_recovered, NULL},
    {"false_alarms_per_1000", "steps", "alarm steps before onset or when healthy", FIGURE_RATE,
     FIGURE_EVAL, of_false_alarms, NULL},
    {"false_alarms", "steps", "the same, of an episode", FIGURE_MEAN, FIGURE_COMPARED,
     of_false_alarms, NULL},
    {"healthy_breach_rate", "share", "healthy episodes that breach", FIGURE_SHARE, FIGURE_EVAL,
     of_breaches_anyway, NULL},
    {"false_action_rate", "share", "healthy episodes acted upon", FIGURE_SHARE, FIGURE_EVAL,
     of_acted_falsely, NULL},
    {"violations", "", "guard violations found by the audit", FIGURE_TOTAL, FIGURE_EVAL,
     of_violations, NULL},
    {"slo_steps", "steps", "breach steps of an episode with a fault", FIGURE_MEAN,
     FIGURE_COMPARED_PER_FAULT, of_slo_steps, NULL},
    {"noop_steps", "steps", "the same, had nobody done anything", FIGURE_MEAN, FIGURE_EVAL,
     of_noop_steps, NULL},
    {"harmful", "share", "episodes worse by over 5 steps than left alone", FIGURE_SHARE,
     FIGURE_COMPARED, of_harmful, NULL},
    {"delay_mean", "steps", "the same, to the end where there was no alarm", FIGURE_MEAN,
     FIGURE_EVAL, of_delay, NULL},
    {"actions", "", "actions of an episode with a fault", FIGURE_MEAN, FIGURE_COMPARED, of_actions,
     NULL},
    {"wrong_actions", "", "of them, aimed at an innocent place", FIGURE_MEAN, FIGURE_COMPARED,
     of_wrong_actions, NULL},
    {"masked", "", "wanted actions the guard masked", FIGURE_MEAN, FIGURE_EVAL, of_masked, NULL},
    {"refused", "share", "users turned away", FIGURE_MEAN, FIGURE_COMPARED, of_refused, NULL},
    {"reward", "", "reward of priced decisions, waits included", FIGURE_MEAN, FIGURE_EVAL,
     of_reward, NULL},
    {"mttr_p50", "steps", "median time to recover (Kaplan-Meier)", FIGURE_SURVIVAL, FIGURE_EVAL,
     of_repair, over},
    {"mttr_mean", "steps", "0 without a breach, to the end without recovery", FIGURE_MEAN,
     FIGURE_COMPARED_PER_FAULT, of_repair_or_none, NULL},
    {"relapses", "", "breaches that came back, of an episode", FIGURE_MEAN, FIGURE_EVAL,
     of_relapses, NULL},
    {"stuck", "share", "long breaches with hardly an action or a call", FIGURE_SHARE, FIGURE_EVAL,
     of_stuck, NULL},
    {"escalated", "share", "episodes in which a person was called", FIGURE_SHARE, FIGURE_EVAL,
     of_escalated, NULL},
    {"escalation_precision", "share", "of them, where no action mends", FIGURE_SHARE, FIGURE_EVAL,
     of_called_rightly, NULL},
    {"second_top1", "share", "second fault of two first in the ranking", FIGURE_SHARE, FIGURE_EVAL,
     of_second, NULL},
    {"second_recovered", "share", "its breaches recovered from", FIGURE_SHARE, FIGURE_EVAL,
     of_second_over, NULL},
};

int figures_row(const char *name)
{
    int i = 0;
    while (strcmp(figure_table[i].name, name) != 0)
        i++;
    return i;
}

typedef struct sample {  // what a figure says of the episodes it speaks of
    double *value;       // [n]
    unsigned char *seen; // [n] its event has come
    int *of;             // [n] system
    size_t n;
    double sum, healthy_steps;
} sample;

typedef struct rows {
    const result *row; // [count]
    size_t count;
    int *system; // [count]
    size_t systems;
    int steps;   // of an episode
    bool bounds; // wanted
} rows;

// Collects a figure's values over the episodes it speaks of; NAN is left out.
static tend_rc take(const figure_row *f, const rows *from, sample *out, tend_err *err)
{
    size_t count = from->count;
    // one more: malloc(0) may be NULL
    *out = (sample){.value = malloc((count + 1) * sizeof *out->value),
                    .seen = malloc((count + 1) * sizeof *out->seen),
                    .of = malloc((count + 1) * sizeof *out->of)};
    if (!out->value || !out->seen || !out->of)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", count);
    for (size_t i = 0; i < count; i++) {
        double value = f->of(&from->row[i], from->steps);
        out->healthy_steps += from->row[i].healthy_steps;
        if (!isfinite(value))
            continue;
        out->sum += value;
        out->seen[out->n] = f->seen && f->seen(&from->row[i]);
        out->of[out->n] = from->system[i];
        out->value[out->n++] = value;
    }
    return TEND_OK;
}

// From values to the figure and, where there is one, its interval.
static tend_rc put_together(const figure_row *f, const sample *s, const rows *from, interval *out,
                            tend_err *err)
{
    bool bounds = from->bounds;
    *out = (interval){none, none, none};
    switch (f->kind) {
    case FIGURE_SHARE:
        *out = stats_share((size_t)s->sum, s->n);
        if (from->systems > 1 && s->n > 0 && bounds) // Wilson's is of episodes alike
            return stats_mean_by(s->value, s->of, s->n, from->systems, out, err);
        break;
    case FIGURE_MEAN:
        // the bootstrap is nearly all of the time; tables without intervals go without it
        if (s->n > 0 && bounds)
            return stats_mean_by(s->value, s->of, s->n, from->systems, out, err);
        if (s->n > 0)
            out->value = gsl_stats_mean(s->value, 1, s->n);
        break;
    case FIGURE_MEDIAN:
        out->value = stats_quantile(s->value, s->n, 0.5);
        break;
    // those never recovered are censored, not left out: leaving them out would flatter
    case FIGURE_SURVIVAL:
        return stats_survival_median(s->value, s->seen, s->n, out, err);
    case FIGURE_RATE: // of all healthy steps, so long episodes count by their length
        out->value = s->healthy_steps > 0 ? 1000 * s->sum / s->healthy_steps : none;
        break;
    case FIGURE_TOTAL:
        out->value = s->sum;
        break;
    }
    return TEND_OK;
}

tend_rc figures_make(const result *row, size_t count, int steps, bool bounds,
                     figure figures[FIGURES], tend_err *err)
{
    rows from = {row, count, malloc((count + 1) * sizeof *from.system), 1, steps, bounds};
    tend_rc rc =
        from.system ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", count);
    if (rc == TEND_OK)
        from.systems = result_systems(row, count, from.system);
    for (int i = 0; i < FIGURES && rc == TEND_OK; i++) {
        const figure_row *f = &figure_table[i];
        sample s;
        figures[i] = (figure){f->name, f->unit, f->help, {none, none, none}};
        rc = take(f, &from, &s, err);
        if (rc == TEND_OK)
            rc = put_together(f, &s, &from, &figures[i].value, err);
        free(s.value);
        free(s.seen);
        free(s.of);
    }
    free(from.system);
    return rc;
}
