// SPDX-License-Identifier: GPL-3.0-or-later
// event.c - the words of each kind of event.
#include "report/event.h"

#include "base/text.h"
#include "report/evidence.h"

#include <math.h>
#include <tend/engine.h>

enum { NAMED = 3 }; // services or suspects a line has room for

event event_at(int64_t tick, const char *kind)
{
    return (event){.tick = tick,
                   .kind = kind,
                   .service = -1,
                   .edge = -1,
                   .metric = -1,
                   .action = -1,
                   .rule = -1,
                   .value = (double)NAN,
                   .reference = (double)NAN,
                   .until = -1};
}

// Half a sentence would mislead: without memory the detail stays empty.
bool event_say(event *e, str *words)
{
    bool known = !words->failed;
    // names come from outside: control bytes are shown, not sent to a terminal
    text_shown(known && words->text ? words->text : "", e->detail, sizeof e->detail);
    str_free(words);
    return known;
}

event event_breach(const tend_system *system, int64_t tick, double p95_ms, double errors,
                   str *words)
{
    event e = event_at(tick, "breach");
    const char *comma = "";
    // a missing sample is left out of the sentence, not told as NAN
    if (!isnan(p95_ms)) {
        str_format(words, "p95 %.4g ms (objective %.4g)", p95_ms, system->slo.p95_ms);
        comma = ", ";
    }
    if (!isnan(errors))
        str_format(words, "%serrors %.2f %% (objective %.2f %%)", comma, 100 * errors,
                   100 * system->slo.error_share);
    e.service = system->entry;
    e.value = p95_ms;
    e.reference = system->slo.p95_ms;
    return e;
}

event event_detected(const tend_system *system, int64_t tick, const tend_findings *findings,
                     str *words)
{
    event e = event_at(tick, "detected");
    for (int s = 0, shown = 0; s < system->S && shown < NAMED; s++)
        // who is unusual by itself; the threshold is the overall's, which is of the same scale
        if (findings->score[s] > findings->threshold) {
            str_format(words, "%s %.2f, ", system->services[s].name, findings->score[s]);
            shown++;
        }
    str_format(words, "overall %.2f (threshold %.2f)", findings->overall, findings->threshold);
    e.value = findings->overall;
    e.reference = findings->threshold;
    return e;
}

static void add_why(const tend_system *system, const tend_causes *causes, str *words)
{
    str why = {0};
    if (evidence_about(system, causes, causes->suspect[0].service, false, &why) && !why.failed)
        str_format(words, ": %s", why.text);
    words->failed |= why.failed;
    str_free(&why);
}

// Two reasons of a kind at most: a change of mind may come often.
static void add_reasons(const tend_system *system, const tend_causes *causes, int service,
                        bool against, str *words)
{
    int told = 0;
    for (int i = 0; i < causes->evidence_count && told < EVENT_REASONS; i++) {
        const tend_evidence *e = &causes->evidence[i];
        // that the first suspect was the first to move is told of every first suspect
        if (e->service != service || e->against != against || e->kind == TEND_EVIDENCE_ONSET)
            continue;
        str_add(words, told++ ? "; " : ": ");
        evidence_text(system, e, words);
    }
}

// "; was api (network): explained by db, ..."
static void add_was(const tend_system *system, const tend_causes *causes, const tend_suspect *was,
                    str *words)
{
    str_add(words, "; was ");
    suspect_name(system, was, words);
    str_format(words, " (%s)", tend_family_name(was->family));
    if (was->service != causes->suspect[0].service)
        add_reasons(system, causes, was->service, true, words);
}

event event_diagnosed(const tend_system *system, int64_t tick, const tend_causes *causes,
                      const tend_suspect *was, str *words)
{
    const tend_suspect *first = &causes->suspect[0];
    event e = event_at(tick, "diagnosed");
    str_add(words, was ? "now " : "");
    for (int i = 0; i < causes->count && i < (was ? 1 : NAMED); i++) {
        str_add(words, i ? " | " : "");
        suspect_name(system, &causes->suspect[i], words);
        str_format(words, " %.2f", causes->suspect[i].confidence);
    }
    str_format(words, "; %s", tend_family_name(first->family));
    if (was) {
        add_reasons(system, causes, first->service, false, words);
        add_was(system, causes, was, words);
    } else {
        add_why(system, causes, words);
    }
    e.service = first->service;
    e.edge = first->edge;
    e.value = first->confidence;
    return e;
}

// What a policy has not tried ranks before everything: a place, not a figure.
static void add_index(double index, str *words)
{
    if (isfinite(index))
        str_format(words, "%.2f", index);
    else
        str_add(words, "untried");
}

event event_decided(const tend_system *system, int64_t tick, const tend_decision *decision,
                    str *words)
{
    event e = event_at(tick, decision->dry_run ? "advice" : "action");
    str_add(words, system->actions[decision->action].name);
    // what the choice was between, in the policy's own currency: itself and the best of the others;
    // it need not be the first, for equals are ranked too
    int own = -1, other = -1;
    for (int i = decision->compared_count - 1; i >= 0; i--)
        *(decision->compared[i].action == decision->action ? &own : &other) = i;
    if (own >= 0 && other >= 0) {
        str_add(words, ": ");
        add_index(decision->compared[own].index, words);
        str_add(words, " against ");
        add_index(decision->compared[other].index, words);
        str_format(words, " for %s", system->actions[decision->compared[other].action].name);
    }
    e.action = decision->action;
    return e;
}

event event_masked(const tend_system *system, int64_t tick, int action, int rule, str *words)
{
    event e = event_at(tick, "masked");
    str_format(words, "%s by rule %s (%s)", system->actions[action].name,
               tend_guard_rule_name(rule), tend_guard_rule_help(rule));
    e.action = action;
    e.rule = rule;
    return e;
}

// -1 becomes null, so every event has the same keys.
void event_json(const tend_system *system, const event *e, json_writer *w)
{
    json_put_text(w, "event", e->kind);
    json_put_service(w, "service", system, e->service);
    json_put_edge(w, "edge", system, e->edge);
    json_put_text(w, "metric", e->metric >= 0 ? system->metrics[e->metric].name : NULL);
    json_put_text(w, "action", e->action >= 0 ? system->actions[e->action].name : NULL);
    json_put_text(w, "rule", e->rule >= 0 ? tend_guard_rule_name(e->rule) : NULL);
    json_put_count(w, "until", e->until);
    json_put_text(w, "receipt", e->receipt);
    json_put_number(w, "value", e->value);
    json_put_number(w, "reference", e->reference);
    json_put_text(w, "detail", e->detail);
}
