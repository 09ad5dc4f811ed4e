// report_json.c - the incident report for machines, through cJSON so that every text is escaped.
#include "report/report.h"

#include "report/evidence.h"
#include "report/story.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

static void add_number(cJSON *to, const char *key, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(to, key, value);
    else
        cJSON_AddNullToObject(to, key);
}

static void add_count(cJSON *to, const char *key, int value)
{
    add_number(to, key, value >= 0 ? value : (double)NAN);
}

static void add_suspects(const record *r, cJSON *to)
{
    cJSON *list = cJSON_AddArrayToObject(to, "suspects");
    for (int i = 0; i < r->diagnosis.count; i++) {
        const tend_suspect *s = &r->diagnosis.suspect[i];
        cJSON *item = cJSON_CreateObject();
        str name = {0}, pro = {0}, con = {0};
        suspect_name(r->system, s, &name);
        cJSON_AddStringToObject(item, "name", name.text ? name.text : "");
        cJSON_AddStringToObject(item, "family", tend_family_name(s->family));
        cJSON_AddNumberToObject(item, "confidence", s->confidence);
        evidence_about(r, s->service, false, &pro);
        evidence_about(r, s->service, true, &con);
        cJSON_AddStringToObject(item, "for", pro.text ? pro.text : "");
        cJSON_AddStringToObject(item, "against", con.text ? con.text : "");
        cJSON_AddItemToArray(list, item);
        str_free(&name);
        str_free(&pro);
        str_free(&con);
    }
}

static void add_events(const record *r, cJSON *to)
{
    event_list events = events_of(r);
    cJSON *list = cJSON_AddArrayToObject(to, "events");
    for (int i = 0; i < events.count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "t", (double)events.item[i].tick);
        cJSON_AddStringToObject(item, "event", events.item[i].kind);
        cJSON_AddStringToObject(item, "detail", events.item[i].detail);
        cJSON_AddItemToArray(list, item);
    }
    events_free(&events);
}

static void add_result(const record *r, cJSON *to)
{
    const result *row = &r->result;
    char hash[24];
    add_count(to, "detected_at", (int)r->detected_at);
    add_count(to, "first_slo", row->first_slo);
    add_count(to, "recovered", row->recovered);
    add_count(to, "mttr", row->mttr);
    add_count(to, "slo_steps", row->slo_steps);
    add_count(to, "actions", row->actions);
    add_count(to, "masked", row->masked);
    add_count(to, "violations", row->violations);
    add_number(to, "refused", row->refused);
    add_number(to, "reward", row->reward);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)row->state_hash);
    cJSON_AddStringToObject(to, "state_hash", hash);
    if (r->has_truth)
        cJSON_AddStringToObject(to, "truth", r->truth);
}

static void add_counterfactuals(const record *r, cJSON *to)
{
    cJSON *list = cJSON_AddArrayToObject(to, "counterfactuals");
    for (int i = 0; i < r->counterfactuals; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "policy", r->counterfactual[i].name);
        add_count(item, "slo_steps", r->counterfactual[i].slo_steps);
        add_count(item, "mttr", r->counterfactual[i].mttr);
        cJSON_AddItemToArray(list, item);
    }
}

void report_json(const record *r, str *out)
{
    cJSON *root = cJSON_CreateObject();
    str title = {0};
    incident_title(r, &title);
    cJSON_AddStringToObject(root, "title", title.text ? title.text : "");
    cJSON_AddStringToObject(root, "system", r->system->name);
    cJSON_AddStringToObject(root, "reproduce", r->reproduce);
    add_result(r, root);
    add_suspects(r, root);
    add_events(r, root);
    add_counterfactuals(r, root);
    char *text = cJSON_Print(root);
    out->failed |= !text || title.failed;
    if (text) {
        str_add(out, text);
        str_char(out, '\n');
    }
    cJSON_free(text);
    cJSON_Delete(root);
    str_free(&title);
}
