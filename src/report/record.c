// SPDX-License-Identifier: GPL-3.0-or-later
// record.c - an episode kept tick by tick.
#include "report/record.h"

#include <stdlib.h>
#include <string.h>

tend_rc record_open(const tend_system *system, int steps, record **out, tend_err *err)
{
    record *r = calloc(1, sizeof *r);
    // everything per tick is allocated at once: an episode has a known length, and must not fail
    // late
    size_t n = (size_t)steps, S = (size_t)system->S, M = (size_t)system->M;
    if (!r)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a record");
    r->system = system;
    r->room = steps;
    r->diagnosed_at = r->detected_at = -1;
    r->reproduce = "";
    r->value = calloc(n * S * M, sizeof *r->value);
    r->entry_p95_ms = calloc(n, sizeof(double));
    r->entry_errors = calloc(n, sizeof(double));
    r->refused = calloc(n, sizeof(double));
    r->breach = calloc(n, 1);
    r->alarm = calloc(n, 1);
    r->overall = calloc(n, sizeof(double));
    r->threshold = calloc(n, sizeof(double));
    r->score = calloc(n * S, sizeof(double));
    r->diagnosis.room = system->S + system->E;
    r->diagnosis.suspect = calloc((size_t)r->diagnosis.room, sizeof *r->diagnosis.suspect);
    double *scores = calloc(S, sizeof *scores);
    int *metrics = calloc(S, sizeof *metrics);
    r->detection.score = scores;
    r->detection.metric = metrics;
    if (!r->value || !r->entry_p95_ms || !r->entry_errors || !r->refused || !r->breach ||
        !r->alarm || !r->overall || !r->threshold || !r->score || !r->diagnosis.suspect ||
        !scores || !metrics) {
        record_close(r);
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %d steps", steps);
    }
    *out = r;
    return TEND_OK;
}

void record_close(record *r)
{
    if (!r)
        return;
    free(r->value);
    free(r->entry_p95_ms);
    free(r->entry_errors);
    free(r->refused);
    free(r->breach);
    free(r->alarm);
    free(r->overall);
    free(r->threshold);
    free(r->score);
    free(r->diagnosis.suspect);
    free((void *)(uintptr_t)r->detection.score); // const for readers only
    free((void *)(uintptr_t)r->detection.metric);
    free(r->action);
    free(r->masked);
    free(r->blame);
    free(r);
}

// room for one more entry of a list that doubles
static void *grow(void *list, int count, size_t size, tend_err *err)
{
    if (count > 0 && (count & (count - 1)) != 0) // full at powers of two
        return list;
    void *more = realloc(list, (count > 0 ? 2 * (size_t)count : 1) * size);
    if (!more)
        tend_fail(err, TEND_NO_MEMORY, "out of memory for a record");
    return more;
}

static tend_rc add_action(record *r, const tend_frame *frame, tend_err *err)
{
    record_action *list = grow(r->action, r->actions, sizeof *list, err);
    if (!list)
        return TEND_NO_MEMORY;
    r->action = list;
    record_action *a = &list[r->actions++];
    *a = (record_action){.decision = frame->decision, .tick = frame->obs->tick};
    // the engine's mask lives for one tick; what mattered of it is kept by add_masked
    a->decision.masked = NULL;
    a->outcome.settled = -1;
    a->over = -1;
    return TEND_OK;
}

static tend_rc add_masked(record *r, const tend_frame *frame, tend_err *err)
{
    record_masked *list = grow(r->masked, r->maskeds, sizeof *list, err);
    if (!list)
        return TEND_NO_MEMORY;
    r->masked = list;
    const tend_decision *d = &frame->decision;
    list[r->maskeds++] = (record_masked){frame->obs->tick, d->wanted, d->masked[d->wanted]};
    return TEND_OK;
}

// The scores at the alarm: later ones show what the fault did to others.
static void keep_detection(record *r, const tend_frame *frame)
{
    size_t S = (size_t)r->system->S;
    double *scores = (double *)(uintptr_t)r->detection.score;
    int *metrics = (int *)(uintptr_t)r->detection.metric;
    memcpy(scores, frame->findings.score, S * sizeof *scores);
    memcpy(metrics, frame->findings.metric, S * sizeof *metrics);
    r->detection = frame->findings;
    r->detection.score = scores;
    r->detection.metric = metrics;
    r->detected_at = frame->obs->tick;
}

// the last ranking of the first five ticks of the alarm, or that of the first action
static void keep_diagnosis(record *r, const tend_frame *frame)
{
    const tend_causes *causes = &frame->causes;
    if (r->detected_at < 0 || causes->count == 0 || r->actions > 0 ||
        (r->diagnosed_at >= 0 && frame->obs->tick > r->detected_at + 5))
        return;
    tend_suspect *own = r->diagnosis.suspect;
    // all but the array, which is our own
    int room = r->diagnosis.room;
    memcpy(own, causes->suspect, (size_t)causes->count * sizeof *own);
    r->diagnosis = *causes;
    r->diagnosis.suspect = own;
    r->diagnosis.room = room;
    r->diagnosed_at = frame->obs->tick;
}

static bool same_place(const tend_suspect *a, const tend_suspect *b)
{
    return a->service == b->service && a->edge == b->edge;
}

// Those that an event tells; that it moved first is told of every first suspect.
static void keep_reasons(record_blame *b, const tend_causes *causes, int service, bool against)
{
    int kept = 0;
    for (int i = 0; i < causes->evidence_count && kept < RECORD_REASONS; i++) {
        const tend_evidence *e = &causes->evidence[i];
        if (e->service != service || e->against != against || e->kind == TEND_EVIDENCE_ONSET)
            continue;
        b->reason[b->reasons++] = *e;
        kept++;
    }
}

// own actions, a spreading fault or a second one can move the blame: each move is kept
static tend_rc keep_blame(record *r, const tend_frame *frame, tend_err *err)
{
    const tend_causes *causes = &frame->causes;
    if (r->diagnosed_at < 0 || causes->count == 0)
        return TEND_OK;
    tend_suspect was = r->blamed;
    bool moved = r->blaming && !same_place(&causes->suspect[0], &was);
    r->blaming = true;
    r->blamed = causes->suspect[0];
    if (!moved)
        return TEND_OK;
    record_blame *list = grow(r->blame, r->blames, sizeof *list, err);
    if (!list)
        return TEND_NO_MEMORY;
    r->blame = list;
    record_blame *b = &list[r->blames++];
    *b = (record_blame){.tick = frame->obs->tick, .suspect = r->blamed, .was = was};
    keep_reasons(b, causes, b->suspect.service, false);
    if (was.service != b->suspect.service)
        keep_reasons(b, causes, was.service, true);
    return TEND_OK;
}

// A price arrives long after its action: matched by the tick of the decision.
static void settle(record *r, const tend_frame *frame)
{
    for (int i = 0; i < frame->outcomes; i++)
        for (int k = 0; k < r->actions; k++)
            if (r->action[k].tick == frame->outcome[i].decided)
                r->action[k].outcome = frame->outcome[i];
}

static void keep_receipts(record *r, const tend_obs *obs)
{
    for (int i = 0; i < obs->receipts; i++) {
        const tend_receipt *told = &obs->receipt[i];
        for (int k = 0; k < r->actions; k++) {
            record_action *a = &r->action[k];
            // the first end that is told counts, as for the guard
            if (a->over >= 0 || a->decision.tick != told->id || a->decision.action != told->action)
                continue;
            a->became = told->state;
            if (told->state >= TEND_RECEIPT_DONE)
                a->over = obs->tick;
        }
    }
}

tend_rc record_add(record *r, const tend_frame *frame, tend_err *err)
{
    const tend_obs *obs = frame->obs;
    size_t t = (size_t)r->steps, S = (size_t)r->system->S, row = S * (size_t)r->system->M;
    if (r->steps == r->room)
        return tend_fail(err, TEND_FAILED, "a record of %d steps is full", r->room);
    memcpy(r->value + t * row, obs->value, row * sizeof(double));
    memcpy(r->score + t * S, frame->findings.score, S * sizeof(double));
    r->entry_p95_ms[t] = obs->entry_p95_ms;
    r->entry_errors[t] = obs->entry_errors;
    r->refused[t] = obs->refused;
    r->breach[t] = obs->breach;
    r->alarm[t] = frame->findings.alarm;
    r->overall[t] = frame->findings.overall;
    r->threshold[t] = frame->findings.threshold;
    r->steps++;
    // findings before causes, actions last: a ranking is kept only if no action came before it
    if (frame->findings.alarm && r->detected_at < 0)
        keep_detection(r, frame);
    keep_diagnosis(r, frame);
    settle(r, frame);
    keep_receipts(r, obs);
    tend_rc rc = keep_blame(r, frame, err);
    if (rc == TEND_OK && frame->decision.wanted > 0 && frame->decision.masked)
        rc = add_masked(r, frame, err);
    if (rc == TEND_OK && frame->decision.action != 0)
        rc = add_action(r, frame, err);
    return rc;
}

static tend_rc write(void *self, const tend_frame *frame, tend_err *err)
{
    return record_add(self, frame, err);
}

tend_sink record_sink(record *r)
{
    return (tend_sink){.self = r, .write = write};
}
