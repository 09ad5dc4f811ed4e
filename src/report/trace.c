// SPDX-License-Identifier: GPL-3.0-or-later
// trace.c - one line of JSON per tick, kept back until there is enough to write.
#include "base/hash.h"
#include "core/json_write.h"
#include "edge/file.h"
#include "report/evidence.h"

#include <stdlib.h>
#include <tend/drive.h>
#include <tend/engine.h>

#define ENOUGH ((size_t)1 << 16) // bytes; less: more calls of the system, more: more memory
enum { RANKED = 5 }; // suspects of a tick; the yardsticks ask for three, more: longer lines

struct tend_trace {
    const tend_system *system;
    file_out *to;
    str text;         // lines not yet written
    json_writer head; // the first line is left open until its episode has begun
    bool begun;
    uint64_t told; // hash of the evidence last written
    tend_rc failed;
};

static tend_rc flush(tend_trace *t, tend_err *err)
{
    if (t->text.failed)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a trace");
    if (t->failed != TEND_OK) // what was lost leaves a hole
        return tend_fail(err, t->failed, "trace: a write has failed before, it is not whole");
    tend_rc rc = file_add(t->to, t->text.text, t->text.length, err);
    t->text.length = 0;
    t->failed = rc;
    return rc;
}

static void add_names(json_writer *w, const tend_system *system)
{
    json_open_array(w, "services");
    for (int s = 0; s < system->S; s++)
        json_put_text(w, NULL, system->services[s].name);
    json_close_array(w);
    json_open_array(w, "metrics");
    for (int m = 0; m < system->M; m++)
        json_put_text(w, NULL, system->metrics[m].name);
    json_close_array(w);
    json_open_array(w, "actions");
    for (int a = 0; a < system->A; a++)
        json_put_text(w, NULL, system->actions[a].name);
    json_close_array(w);
}

// The first line names services, metrics and actions once, so that the ticks can be plain arrays.
static void add_header(tend_trace *t, const char *reproduce)
{
    const tend_system *system = t->system;
    json_writer *w = &t->head;
    *w = (json_writer){.to = &t->text, .one_line = true};
    json_open_object(w, NULL);
    json_put_text(w, "format", "tend-trace");
    json_put_count(w, "version", 3); // 3: rankings, escalations and the truth
    json_put_text(w, "system", system->name);
    json_put_text(w, "reproduce", reproduce);
    json_put_text(w, "entry", system->services[system->entry].name);
    add_names(w, system);
}

// "db", or "api>db" of a call
static void put_place(json_writer *w, const tend_system *system, int service, int edge)
{
    const char *callee = system->services[service].name;
    str name = {0};
    if (edge >= 0)
        str_format(&name, "%s>", system->services[system->edges[edge].caller].name);
    str_add(&name, callee);
    json_put_text(w, "place", name.text);
    w->to->failed |= name.failed;
    str_free(&name);
}

static void end_header(tend_trace *t)
{
    if (t->begun)
        return;
    t->begun = true;
    json_close_object(&t->head);
    str_char(&t->text, '\n');
}

void tend_trace_truth(tend_trace *t, const tend_truth *truth)
{
    json_writer *w = &t->head;
    if (t->begun)
        return;
    json_open_object(w, "truth");
    json_put_text(w, "name", truth->name);
    json_open_array(w, "faults");
    for (int i = 0; i < truth->faults; i++) {
        const tend_fault *f = &truth->fault[i];
        json_open_object(w, NULL);
        json_put_text(w, "type", f->type);
        json_put_text(w, "family", tend_family_name(f->family));
        put_place(w, t->system, f->service, f->edge);
        json_put_count(w, "start", f->start);
        json_put_count(w, "duration", f->duration);
        json_put_number(w, "severity", f->severity);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
    end_header(t);
}

static void add_row(json_writer *w, const char *key, const double *values, int count)
{
    json_open_array(w, key);
    for (int i = 0; i < count; i++)
        json_put_number(w, NULL, values[i]);
    json_close_array(w);
}

// As a source told them; a key that would be empty is left out, as in the three below.
static void add_receipts(const tend_trace *t, const tend_obs *obs, json_writer *w)
{
    if (obs->receipts == 0)
        return;
    json_open_array(w, "receipts");
    for (int i = 0; i < obs->receipts; i++) {
        const tend_receipt *r = &obs->receipt[i];
        bool known = r->action >= 0 && r->action < t->system->A;
        json_open_object(w, NULL);
        json_put_count(w, "id", r->id);
        json_put_text(w, "action", known ? t->system->actions[r->action].name : NULL);
        json_put_text(w, "state",
                      r->state < TEND_RECEIPT_STATES ? tend_receipt_name(r->state) : NULL);
        json_close_object(w);
    }
    json_close_array(w);
}

// What was suspected, best first.
static void add_ranking(const tend_trace *t, const tend_causes *causes, json_writer *w)
{
    if (causes->count == 0)
        return;
    json_open_array(w, "ranking");
    for (int i = 0; i < causes->count && i < RANKED; i++) {
        const tend_suspect *s = &causes->suspect[i];
        json_open_object(w, NULL);
        put_place(w, t->system, s->service, s->edge);
        json_put_text(w, "family", tend_family_name(s->family));
        json_put_number(w, "confidence", s->confidence);
        json_close_object(w);
    }
    json_close_array(w);
}

// With the ranking, of its first three, and only where it is not what stood there last.
static void add_evidence(tend_trace *t, const tend_causes *causes, json_writer *w)
{
    size_t size = (size_t)causes->evidence_count * sizeof *causes->evidence;
    uint64_t hash = hash_bytes(HASH_START, causes->evidence, size);
    if (causes->count == 0 || causes->evidence_count == 0 || hash == t->told)
        return;
    t->told = hash;
    json_open_array(w, "evidence");
    for (int i = 0; i < causes->evidence_count; i++)
        evidence_json(t->system, &causes->evidence[i], w);
    json_close_array(w);
}

// Prices of earlier decisions, told in the tick in which they are known.
static void add_outcomes(const tend_trace *t, const tend_frame *frame, json_writer *w)
{
    if (frame->outcomes == 0)
        return;
    json_open_array(w, "outcomes");
    for (int i = 0; i < frame->outcomes; i++) {
        const tend_outcome *o = &frame->outcome[i];
        json_open_object(w, NULL);
        json_put_count(w, "decided", o->decided);
        json_put_key(w, "key", o->key);
        json_put_count(w, "arm", o->arm);
        json_put_text(w, "action", t->system->actions[o->action].name);
        json_put_number(w, "reward", o->reward);
        json_put_count(w, "breach_ticks", o->breach_ticks);
        json_put_bool(w, "effective", o->effective);
        json_close_object(w);
    }
    json_close_array(w);
}

// What was allowed and how the policy ranked it: with the propensity, what an estimator needs.
static void add_choice(const tend_trace *t, const tend_decision *d, json_writer *w)
{
    json_open_array(w, "allowed");
    for (int a = 0; a < t->system->A; a++)
        if (d->masked[a] == 0)
            json_put_count(w, NULL, a);
    json_close_array(w);
    json_open_array(w, "compared");
    for (int i = 0; i < d->compared_count; i++) {
        json_open_object(w, NULL);
        json_put_text(w, "action", t->system->actions[d->compared[i].action].name);
        json_put_number(w, "index", d->compared[i].index);
        json_close_object(w);
    }
    json_close_array(w);
    if (d->key) {
        json_put_key(w, "key", d->key);
        json_put_text(w, "context", d->context);
        json_put_count(w, "arm", d->arm);
    }
}

static void add_decision(const tend_trace *t, const tend_decision *d, json_writer *w)
{
    bool wished = d->wanted > 0 && d->masked[d->wanted] != 0;
    // nothing was looked up, done or wished: most ticks, and they stay short
    if (d->key == 0 && d->action == 0 && !wished)
        return;
    json_open_object(w, "decision");
    json_put_text(w, "action", t->system->actions[d->action].name);
    json_put_number(w, "propensity", d->propensity);
    json_put_number(w, "confidence", d->confidence);
    json_put_bool(w, "dry_run", d->dry_run);
    add_choice(t, d, w);
    if (wished) {
        json_put_text(w, "wanted", t->system->actions[d->wanted].name);
        json_put_text(w, "rule", tend_guard_rule_name(d->masked[d->wanted]));
    }
    json_close_object(w);
}

// One line per tick; every key in every line but for those that would say nothing.
static tend_rc write(void *self, const tend_frame *frame, tend_err *err)
{
    tend_trace *t = self;
    const tend_obs *obs = frame->obs;
    int S = t->system->S;
    json_writer w = {.to = &t->text, .one_line = true};
    end_header(t);
    json_open_object(&w, NULL);
    json_put_count(&w, "t", obs->tick);
    json_put_bool(&w, "breach", obs->breach);
    json_put_bool(&w, "alarm", frame->findings.alarm);
    json_put_number(&w, "overall", frame->findings.overall);
    json_put_number(&w, "entry_p95_ms", obs->entry_p95_ms);
    json_put_number(&w, "entry_errors", obs->entry_errors);
    json_put_number(&w, "refused", obs->refused);
    add_row(&w, "ready", obs->ready, S);
    add_row(&w, "score", frame->findings.score, S);
    add_row(&w, "value", obs->value, S * t->system->M);
    add_receipts(t, obs, &w);
    add_outcomes(t, frame, &w);
    add_ranking(t, &frame->causes, &w);
    add_evidence(t, &frame->causes, &w);
    if (frame->decision.escalated)
        json_put_bool(&w, "escalated", true);
    add_decision(t, &frame->decision, &w);
    json_close_object(&w);
    str_char(&t->text, '\n');
    return t->text.length >= ENOUGH || t->text.failed ? flush(t, err) : TEND_OK;
}

tend_rc tend_trace_open(const tend_system *system, const char *reproduce, const char *path,
                        tend_trace **out, tend_err *err)
{
    tend_trace *t = calloc(1, sizeof *t);
    if (!t)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a trace");
    t->system = system;
    tend_rc rc = file_begin(path, &t->to, err);
    if (rc != TEND_OK) {
        free(t);
        return rc;
    }
    add_header(t, reproduce);
    *out = t;
    return TEND_OK;
}

tend_sink tend_trace_sink(tend_trace *t)
{
    return (tend_sink){.self = t, .write = write};
}

tend_rc tend_trace_close(tend_trace *t, bool keep, tend_err *err)
{
    if (!t)
        return TEND_OK;
    end_header(t);
    tend_rc rc = keep ? flush(t, err) : TEND_OK;
    // an error that came first is the one to tell
    tend_rc end = file_end(t->to, keep && rc == TEND_OK, rc == TEND_OK ? err : NULL);
    str_free(&t->text);
    free(t);
    return rc == TEND_OK ? end : rc;
}
