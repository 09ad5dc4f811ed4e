// SPDX-License-Identifier: GPL-3.0-or-later
// localise.c - the clues of all channels, weighed into a ranking.
#include "cases/localise_work.h"

#include "agent/diagnose/impact.h"
#include "base/math.h"

#include <stdlib.h>

// Summed weights of channels; set on the recorded cases. SCORE_LEAST larger:
// faint incidents get no answer; smaller: quiet windows get a suspect.
#define SCORE_LEAST 0.4 // below it nothing stands out
#define LEAK_RATIO 1.85 // memory grown this much explains a busy cpu, not the reverse
#define OFF_TARGET 0.4  // weight of a channel other than the one the symptom was noticed in

// The channel in which the symptom was noticed counts in full, its rivals less.
static void aim(work *k)
{
    bool failing = k->w->target_role == METRIC_AVAILABILITY || k->w->target_role == METRIC_ERRORS;

    if (k->w->target_role == METRIC_IGNORED)
        return;
    for (int s = 0; s < k->w->S; s++) {
        if (failing) {
            clue(k, s, LOCALISE_LATENCY)->weight *= OFF_TARGET;
            clue(k, s, LOCALISE_NETWORK)->weight *= OFF_TARGET;
        }
    }
}

// Best first; equal scores by number, so that a ranking is the same everywhere.
static int by_score(const void *a, const void *b)
{
    const localise_suspect *x = a, *y = b;

    if (x->score > y->score)
        return -1;
    if (x->score < y->score)
        return 1;
    return x->service - y->service;
}

// Sums the channels of each service, drops the silent ones, and turns scores to confidences.
static void rank(work *k)
{
    localise_result *r = k->result;
    double all = 0;

    for (int s = 0; s < k->w->S; s++) {
        double score = 0;
        for (int channel = 0; channel < LOCALISE_CHANNELS; channel++)
            score += r->clue[s][channel].weight;
        if (score > 0)
            r->suspect[r->suspects++] = (localise_suspect){.service = s, .score = score};
    }
    qsort(r->suspect, (size_t)r->suspects, sizeof *r->suspect, by_score);
    r->detected = r->suspects && r->suspect[0].score >= SCORE_LEAST;
    if (!r->detected)
        r->suspects = 0;
    for (int i = 0; i < r->suspects; i++)
        all += math_exp(r->suspect[i].score - r->suspect[0].score);
    // a narrow lead or a faint signal is worth less than a clear one
    for (int i = 0; i < r->suspects; i++)
        r->suspect[i].confidence = math_exp(r->suspect[i].score - r->suspect[0].score) / all *
                                   (1 - math_exp(-r->suspect[0].score));
}

// The suspects' columns, best suspect first, within one the heaviest clue first.
static void rank_metrics(work *k)
{
    localise_result *r = k->result;

    for (int i = 0; i < r->suspects; i++) {
        localise_clue *of = r->clue[r->suspect[i].service];
        bool done[LOCALISE_CHANNELS] = {false};
        // a leak makes the collector busy: memory goes before the cpu that is its symptom
        localise_clue *memory = &of[LOCALISE_MEMORY];
        bool leak = memory->weight > 0 && memory->after >= LEAK_RATIO * memory->before;
        for (;;) {
            int best = leak && !done[LOCALISE_MEMORY] ? LOCALISE_MEMORY : -1;
            for (int c = 0; c < LOCALISE_CHANNELS && !(leak && !done[LOCALISE_MEMORY]); c++)
                if (!done[c] && of[c].weight > 0 && (best < 0 || of[c].weight > of[best].weight))
                    best = c;
            if (best < 0)
                break;
            done[best] = true;
            int column = of[best].column;
            // a bad link has no column of its own: the latency of its callee stands for it
            if (best == LOCALISE_NETWORK && of[LOCALISE_LATENCY].column >= 0) {
                column = of[LOCALISE_LATENCY].column;
                done[LOCALISE_LATENCY] = true;
            }
            r->metric[r->metrics++] = column;
        }
    }
}

// Where nobody knows the onset: where the columns change their level together.
static tend_rc find_split(work *k, tend_err *err)
{
    const window *w = k->w;
    const double **chosen = malloc((size_t)(w->columns + 1) * sizeof *chosen);
    double *gain = malloc((size_t)(w->rows + 1) * sizeof *gain);
    int count = 0;

    if (!chosen || !gain) {
        free(chosen);
        free(gain);
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    }
    for (int s = 0; s <= w->S; s++)
        for (int role = METRIC_IGNORED + 1; role < METRIC_ROLES; role++)
            // load follows the day, and its change is not the incident's
            if (role != METRIC_REQUESTS && k->first[s][role] >= 0)
                chosen[count++] = w->column[k->first[s][role]].value;
    k->split = impact_change_point(chosen, count, w->rows, gain, k->scratch);
    free(chosen);
    free(gain);
    return TEND_OK;
}

// One more of everything: malloc(0) may be NULL.
static tend_rc work_open(const window *w, work *k, tend_err *err)
{
    size_t S = (size_t)w->S, E = (size_t)w->E, columns = (size_t)w->columns;
    localise_result *r = calloc(1, sizeof *r);

    *k = (work){.w = w, .split = w->split, .result = r};
    k->scratch = malloc(((size_t)w->rows + 1) * sizeof *k->scratch);
    k->row = malloc(((size_t)w->rows + 1) * sizeof *k->row);
    k->first = malloc((S + 1) * sizeof *k->first);
    k->end = malloc((E + 1) * sizeof *k->end);
    k->impact = malloc((S + 1) * sizeof *k->impact);
    k->own = malloc((S + 1) * sizeof *k->own);
    k->lost = calloc(E + 1, sizeof *k->lost);
    k->called = calloc(S + 1, 1);
    if (r) {
        r->suspect = calloc(S + 1, sizeof *r->suspect);
        r->clue = calloc(S + 1, sizeof *r->clue);
        r->metric = malloc((columns + S * LOCALISE_CHANNELS + 1) * sizeof *r->metric);
    }
    if (!k->scratch || !k->row || !k->first || !k->end || !k->impact || !k->own || !k->lost ||
        !k->called || !r || !r->suspect || !r->clue || !r->metric)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    for (size_t s = 0; s < S; s++)
        for (int c = 0; c < LOCALISE_CHANNELS; c++)
            r->clue[s][c] = (localise_clue){.column = -1, .edge = -1};
    return TEND_OK;
}

static void work_close(work *k)
{
    free(k->scratch);
    free(k->row);
    free(k->first);
    free(k->end);
    free(k->impact);
    free(k->own);
    free(k->lost);
    free(k->called);
}

tend_rc localise(const window *w, localise_result **out, tend_err *err)
{
    work k;
    tend_rc rc = work_open(w, &k, err);

    *out = NULL;
    if (rc == TEND_OK)
        localise_columns(&k);
    if (rc == TEND_OK && k.split < 0)
        rc = find_split(&k, err);
    // without rows on both sides of the split there is nothing to compare
    if (rc == TEND_OK && k.split > 0 && k.split < w->rows) {
        localise_signals(&k);
        aim(&k);
        rank(&k);
        rank_metrics(&k);
    }
    if (rc == TEND_OK) {
        k.result->onset = k.split > 0 && k.split < w->rows ? k.split : -1;
        *out = k.result;
    } else {
        localise_free(k.result);
    }
    work_close(&k);
    return rc;
}

void localise_free(localise_result *result)
{
    if (!result)
        return;
    free(result->suspect);
    free(result->clue);
    free(result->metric);
    free(result);
}
