// SPDX-License-Identifier: GPL-3.0-or-later
// rank.c - a window through evidence and causes, and what stands behind the ranking.
#include "cases/rank.h"

#include "agent/diagnose/causes.h"
#include "cases/onset.h"
#include "core/params.h"

#include <math.h>
#include <stdlib.h>

#define WEIGHT_LEAST 0.02 // evidence of a channel that is worth a word
// sigmas; larger leaves more of what users noticed unsaid, smaller takes a restless symptom for an
// incident
#define SYMPTOM_PLAIN 4.0
#define LEAK_RATIO 1.85 // memory grown this much explains a busy cpu, not the reverse

const tend_param rank_param_table[] = {
    {"alarm_off", offsetof(rank_params, alarm_off), TEND_SECONDS, 120, 0, 86400,
     "a stated onset may be late or early by so much"},
    {"context", offsetof(rank_params, context), TEND_INTEGER, 60, 3, 100000,
     "rows on either side of it that tell what a change is"},
    {.name = NULL},
};

void rank_defaults(rank_params *out)
{
    evidence_defaults(&out->evidence);
    params_default(rank_param_table, out);
}

// Best first; equal scores by number, so that a ranking is the same everywhere.
static int by_score(const void *a, const void *b)
{
    const rank_suspect *x = a, *y = b;

    if (x->score > y->score)
        return -1;
    if (x->score < y->score)
        return 1;
    return x->service - y->service;
}

// What was noticed, where it was noticed, is there beyond doubt: users suffer, and somebody is to
// be named however little is known of whom, as in an incident that is watched.
static bool noticed(const window *w, const rank_result *r)
{
    int where = w->target_service >= 0 ? w->target_service : r->panel.panel.entry;

    if (where < 0)
        return false;
    const channel_evidence *of = evidence_services(r->evidence)[where].of;
    bool fails = w->target_role == METRIC_ERRORS || w->target_role == METRIC_AVAILABILITY;

    return (w->target_role == METRIC_LATENCY && of[CHANNEL_LATENCY].z > SYMPTOM_PLAIN) ||
           (fails && of[CHANNEL_ERRORS].z > SYMPTOM_PLAIN);
}

static void rank(const window *w, rank_result *r, double *score, double *likely)
{
    const panel *p = &r->panel.panel;

    cause_scores(r->evidence, p, score);
    double none = cause_likely(score, p->S, likely);
    for (int s = 0; s < p->S; s++)
        r->suspect[r->suspects++] = (rank_suspect){.service = s,
                                                   .score = score[s],
                                                   .confidence = likely[s],
                                                   .family = cause_family(r->evidence, p, s)};
    qsort(r->suspect, (size_t)r->suspects, sizeof *r->suspect, by_score);
    r->detected = r->suspects && (r->suspect[0].confidence > none || noticed(w, r));
}

int rank_column(const rank_result *r, int service, evidence_channel channel)
{
    int signal = evidence_signal(channel);

    if (signal >= 0 && r->panel.column[service][signal] >= 0)
        return r->panel.column[service][signal];
    return channel == CHANNEL_ERRORS ? r->panel.users[1] : -1; // borrowed from the users
}

int rank_channels(const rank_result *r, int service, evidence_channel order[CHANNELS],
                  double weight[CHANNELS])
{
    int count = 0;

    cause_channels(r->evidence, &r->panel.panel, service, weight);
    for (int c = 0; c < CHANNELS; c++) {
        if (weight[c] < WEIGHT_LEAST)
            continue;
        int at = count++;
        for (; at > 0 && weight[order[at - 1]] < weight[c]; at--)
            order[at] = order[at - 1];
        order[at] = (evidence_channel)c;
    }
    return count;
}

static void add_metric(rank_result *r, int column)
{
    for (int i = 0; i < r->metrics; i++)
        if (r->metric[i] == column)
            return;
    if (column >= 0)
        r->metric[r->metrics++] = column;
}

// The suspects' columns, best suspect first, within one the weightiest channel first.
static void rank_metrics(rank_result *r)
{
    const service_evidence *services = evidence_services(r->evidence);

    for (int i = 0; i < r->suspects; i++) {
        int v = r->suspect[i].service;
        const channel_evidence *memory = &services[v].of[CHANNEL_MEMORY];
        evidence_channel order[CHANNELS];
        double weight[CHANNELS];
        int count = rank_channels(r, v, order, weight);
        // a leak makes the collector busy: memory goes before the cpu that is its symptom
        if (memory->z > 3 && memory->now >= LEAK_RATIO * memory->before)
            add_metric(r, rank_column(r, v, CHANNEL_MEMORY));
        for (int c = 0; c < count; c++)
            // a bad link has no column of its own: the latency of its callee stands for it
            add_metric(r,
                       rank_column(r, v, order[c] == CHANNEL_NETWORK ? CHANNEL_LATENCY : order[c]));
    }
}

static tend_rc open_result(const window *w, rank_result *r, tend_err *err)
{
    tend_rc rc = window_panel_open(w, &r->panel, err);
    if (rc != TEND_OK)
        return rc;
    const panel *p = &r->panel.panel;
    r->suspect = calloc((size_t)p->S + 1, sizeof *r->suspect);
    r->metric = malloc(((size_t)p->S * CHANNELS + 1) * sizeof *r->metric);
    r->evidence = malloc(evidence_size(p->S, p->E, p->width));
    if (!r->suspect || !r->metric || !r->evidence)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    evidence_init(r->evidence, p->S, p->E, p->width);
    return TEND_OK;
}

tend_rc rank_window(const window *w, const rank_params *by, rank_result **out, tend_err *err)
{
    rank_result *r = calloc(1, sizeof *r);
    double *score = malloc(2 * ((size_t)w->S + 1) * sizeof *score);
    int at = -1;
    tend_rc rc =
        r && score ? open_result(w, r, err) : tend_fail(err, TEND_NO_MEMORY, "out of memory");

    *out = NULL;
    if (rc == TEND_OK)
        rc = onset_find(w, by, &r->panel.panel, &at, err);
    // without rows on both sides of the onset there is nothing to compare
    if (rc == TEND_OK && at > 0 && at < w->rows) {
        evidence_learn(r->evidence, &r->panel.panel, &by->evidence, at);
        evidence_measure(r->evidence, &r->panel.panel, &by->evidence, at, w->rows);
        rank(w, r, score, score + w->S);
        rank_metrics(r);
    }
    if (rc == TEND_OK) {
        r->onset = at > 0 && at < w->rows ? at : -1;
        *out = r;
    } else {
        rank_free(r);
    }
    free(score);
    return rc;
}

void rank_free(rank_result *result)
{
    if (!result)
        return;
    window_panel_close(&result->panel);
    free(result->suspect);
    free(result->metric);
    free(result->evidence);
    free(result);
}
