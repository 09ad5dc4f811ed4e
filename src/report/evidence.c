// SPDX-License-Identifier: GPL-3.0-or-later
// evidence.c - the phrases of the reports.
#include "report/evidence.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

// "it" and "-" stand in phrases for what a piece of evidence does not name.
static const char *metric_name(const tend_system *system, int metric)
{
    return metric >= 0 && metric < system->M ? system->metrics[metric].name : "it";
}

static const char *service_name(const tend_system *system, int service)
{
    return service >= 0 && service < system->S ? system->services[service].name : "-";
}

static const char *action_name(const tend_system *system, int action)
{
    return action > 0 && action < system->A ? system->actions[action].name : "-";
}

// what a phrase of words.h may speak of
#define METRIC metric_name(system, e->metric)
#define OTHER service_name(system, e->other)
#define ACTION action_name(system, e->action)
#define VALUE known(e->value, &unknown)
#define REFERENCE known(e->reference, &unknown)
#define WEIGHT known(e->weight, &unknown)

static double known(double number, bool *unknown)
{
    *unknown |= !isfinite(number);
    return number;
}

void evidence_text(const tend_system *system, const tend_evidence *e, str *out)
{
    bool unknown = false;
    str said = {0};
    switch (e->kind) {
// each phrase of words.h becomes the case of its kind: a kind without one does not compile
#define SAY(...) str_format(&said, __VA_ARGS__)
#define PHRASE(kind, name, value, reference, weight, phrase)                                       \
    case TEND_EVIDENCE_##kind:                                                                     \
        phrase;                                                                                    \
        break;
        TEND_EVIDENCE_TABLE(PHRASE)
#undef PHRASE
    case TEND_EVIDENCE_KINDS:
        break;
    }
    // a phrase speaks of numbers there are: of one without them only what it is about stands
    for (const char *c = tend_evidence_name(e->kind); unknown && *c; c++)
        str_char(out, (char)(*c == '_' ? ' ' : *c));
    str_add(out, unknown ? ", not measured" : said.text ? said.text : "");
    out->failed |= said.failed;
    str_free(&said);
    if (e->tick >= 0)
        str_format(out, " at t=%lld", (long long)e->tick);
}

void json_put_service(json_writer *w, const char *key, const tend_system *system, int service)
{
    json_put_text(w, key, service >= 0 ? system->services[service].name : NULL);
}

void json_put_edge(json_writer *w, const char *key, const tend_system *system, int edge)
{
    str name = {0};
    if (edge >= 0)
        str_format(&name, "%s>%s", system->services[system->edges[edge].caller].name,
                   system->services[system->edges[edge].callee].name);
    json_put_text(w, key, name.text);
    w->to->failed |= name.failed;
    str_free(&name);
}

void evidence_json(const tend_system *system, const tend_evidence *e, json_writer *w)
{
    str words = {0};
    json_open_object(w, NULL);
    json_put_text(w, "kind", tend_evidence_name(e->kind));
    json_put_service(w, "service", system, e->service);
    json_put_text(w, "metric", e->metric >= 0 ? system->metrics[e->metric].name : NULL);
    json_put_edge(w, "edge", system, e->edge);
    json_put_service(w, "other", system, e->other);
    json_put_number(w, "value", e->value);
    json_put_number(w, "reference", e->reference);
    json_put_number(w, "weight", e->weight);
    json_put_count(w, "tick", e->tick);
    json_put_bool(w, "against", e->against);
    json_put_text(w, "action", e->action > 0 ? system->actions[e->action].name : NULL);
    evidence_text(system, e, &words);
    json_put_text(w, "text", words.text ? words.text : "");
    json_close_object(w);
    w->to->failed |= words.failed;
    str_free(&words);
}

bool evidence_about(const tend_system *system, const tend_causes *causes, int service, bool against,
                    str *out)
{
    int found = 0;
    for (int i = 0; i < causes->evidence_count; i++) {
        const tend_evidence *e = &causes->evidence[i];
        if (e->service != service || e->against != against)
            continue;
        if (found++)
            str_add(out, "; ");
        evidence_text(system, e, out);
    }
    return found > 0;
}

// "caller>callee" of a call, else the service.
void suspect_name(const tend_system *system, const tend_suspect *suspect, str *out)
{
    if (suspect->edge >= 0)
        str_format(out, "%s>", service_name(system, system->edges[suspect->edge].caller));
    str_add(out, service_name(system, suspect->service));
}

void incident_title(const record *r, str *out)
{
    const char *entry = r->system->services[r->system->entry].name;
    // a title for every outcome, the good ones too
    if (r->detected_at < 0 && r->result.slo_steps == 0) {
        str_add(out, "Nothing happened: no alarm, no breach");
        return;
    }
    if (r->diagnosis.count > 0) {
        suspect_name(r->system, &r->diagnosis.suspect[0], out);
        str_format(out, " (%s)", tend_family_name(r->diagnosis.suspect[0].family));
    } else {
        str_add(out, "An unnamed cause");
    }
    if (r->result.slo_steps > 0)
        str_format(out, " made %s breach its SLO for %d steps", entry, r->result.slo_steps);
    else
        str_format(out, " was dealt with before %s breached its SLO", entry);
}

double record_strain(const record *r, int64_t tick)
{
    if (tick < 0 || tick >= r->steps)
        return (double)NAN;
    // the worse of the two objectives, as a multiple of its limit
    double slow = r->entry_p95_ms[tick] / r->system->slo.p95_ms;
    // refused users count as failed: to them the system was down
    double lost = r->entry_errors[tick] + (r->refused[tick] > 0 ? r->refused[tick] : 0);
    double failing = lost / r->system->slo.error_share;
    return failing > slow ? failing : slow;
}

// Median; NAN when memory runs out, 0 without a sample.
double record_baseline(const double *series, int stride, int count)
{
    double *seen = malloc(((size_t)count + 1) * sizeof *seen), median = 0;
    size_t n = 0;
    if (!seen)
        return (double)NAN;
    for (int t = 0; t < count; t++)
        if (isfinite(series[(size_t)t * (size_t)stride])) // missing samples are not low ones
            seen[n++] = series[(size_t)t * (size_t)stride];
    if (n > 0) {
        gsl_sort(seen, 1, n);
        median = gsl_stats_median_from_sorted_data(seen, 1, n);
    }
    free(seen);
    return median;
}
