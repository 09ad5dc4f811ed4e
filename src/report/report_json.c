// SPDX-License-Identifier: GPL-3.0-or-later
// report_json.c - the incident report for machines.
#include "report/report.h"

#include "core/json_write.h"
#include "report/evidence.h"
#include "report/story.h"

#include <stdio.h>

// Evidence and events are fields first; the sentences beside them are the text report's.
static void add_evidence(const record *r, int service, json_writer *w)
{
    json_open_array(w, "evidence");
    for (int i = 0; i < r->diagnosis.evidence_count; i++)
        if (r->diagnosis.evidence[i].service == service)
            evidence_json(r->system, &r->diagnosis.evidence[i], w);
    json_close_array(w);
}

// All of them: a program may cut the list itself.
static void add_suspects(const record *r, json_writer *w)
{
    json_open_array(w, "suspects");
    for (int i = 0; i < r->diagnosis.count; i++) {
        const tend_suspect *s = &r->diagnosis.suspect[i];
        str name = {0}, pro = {0}, con = {0};
        suspect_name(r->system, s, &name);
        evidence_about(r->system, &r->diagnosis, s->service, false, &pro);
        evidence_about(r->system, &r->diagnosis, s->service, true, &con);
        json_open_object(w, NULL);
        json_put_text(w, "name", name.text ? name.text : "");
        json_put_service(w, "service", r->system, s->service);
        json_put_edge(w, "edge", r->system, s->edge);
        json_put_text(w, "family", tend_family_name(s->family));
        json_put_number(w, "confidence", s->confidence);
        json_put_text(w, "for", pro.text ? pro.text : "");
        json_put_text(w, "against", con.text ? con.text : "");
        add_evidence(r, s->service, w);
        json_close_object(w);
        // one flag for the whole text: a report with a missing phrase must not pass for complete
        w->to->failed |= name.failed | pro.failed | con.failed;
        str_free(&name);
        str_free(&pro);
        str_free(&con);
    }
    json_close_array(w);
}

// The same list as in the other reports, in fields.
static void add_events(const record *r, json_writer *w)
{
    event_list events = events_of(r);
    w->to->failed |= events.failed;
    json_open_array(w, "events");
    for (int i = 0; i < events.count; i++) {
        const event *e = &events.item[i];
        json_open_object(w, NULL);
        json_put_count(w, "t", e->tick);
        event_json(r->system, e, w);
        json_close_object(w);
    }
    json_close_array(w);
    events_free(&events);
}

static void add_result(const record *r, json_writer *w)
{
    const result *row = &r->result;
    char hash[24];
    json_put_count(w, "detected_at", r->detected_at);
    json_put_count(w, "first_slo", row->first_slo);
    json_put_count(w, "recovered", row->recovered);
    json_put_count(w, "mttr", row->mttr);
    json_put_count(w, "slo_steps", row->slo_steps);
    json_put_count(w, "actions", row->actions);
    json_put_count(w, "masked", row->masked);
    json_put_count(w, "violations", row->violations);
    json_put_number(w, "refused", row->refused);
    json_put_number(w, "reward", row->reward);
    // as text: JSON numbers lose bits beyond 2^53
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)row->state_hash);
    json_put_text(w, "state_hash", hash);
    // only a simulation knows it; otherwise absent, rather than null
    if (r->has_truth)
        json_put_text(w, "truth", r->truth);
}

static void add_counterfactuals(const record *r, json_writer *w)
{
    json_open_array(w, "counterfactuals");
    for (int i = 0; i < r->counterfactuals; i++) {
        json_open_object(w, NULL);
        json_put_text(w, "policy", r->counterfactual[i].name);
        json_put_count(w, "slo_steps", r->counterfactual[i].slo_steps);
        json_put_count(w, "mttr", r->counterfactual[i].mttr);
        json_close_object(w);
    }
    json_close_array(w);
}

void report_json(const record *r, str *out)
{
    json_writer w = {.to = out};
    str title = {0};
    incident_title(r, &title);
    json_open_object(&w, NULL);
    json_put_text(&w, "title", title.text ? title.text : "");
    json_put_text(&w, "system", r->system->name);
    json_put_text(&w, "reproduce", r->reproduce);
    add_result(r, &w);
    add_suspects(r, &w);
    add_events(r, &w);
    add_counterfactuals(r, &w);
    json_close_object(&w);
    str_char(out, '\n');
    out->failed |= title.failed;
    str_free(&title);
}
