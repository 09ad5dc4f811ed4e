// SPDX-License-Identifier: GPL-3.0-or-later
// trace.c - one line of JSON per tick.
#include "report/trace.h"

#include "edge/file.h"

#include <math.h>

// names come from outside; JSON needs quotes, backslashes and control bytes escaped
static void add_text(str *out, const char *text)
{
    str_char(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            str_char(out, '\\');
        if ((unsigned char)*text < ' ')
            str_format(out, "\\u%04x", *text);
        else
            str_char(out, *text);
    }
    str_char(out, '"');
}

static void add_number(str *out, double value)
{
    if (isfinite(value))
        str_format(out, "%.9g", value);
    else
        str_add(out, "null");
}

static void add_header(const record *r, str *out)
{
    str_add(out, "{\"format\":\"tend-trace\",\"version\":1,\"system\":");
    add_text(out, r->system->name);
    str_add(out, ",\"reproduce\":");
    add_text(out, r->reproduce);
    str_add(out, ",\"services\":[");
    for (int s = 0; s < r->system->S; s++) {
        str_add(out, s ? "," : "");
        add_text(out, r->system->services[s].name);
    }
    str_add(out, "],\"metrics\":[");
    for (int m = 0; m < r->system->M; m++) {
        str_add(out, m ? "," : "");
        add_text(out, r->system->metrics[m].name);
    }
    str_add(out, "]}\n");
}

static void add_row(str *out, const char *key, const double *values, int count)
{
    str_format(out, ",\"%s\":[", key);
    for (int i = 0; i < count; i++) {
        str_add(out, i ? "," : "");
        add_number(out, values[i]);
    }
    str_char(out, ']');
}

static void add_decisions(const record *r, int t, str *out)
{
    for (int i = 0; i < r->actions; i++) {
        const tend_decision *d = &r->action[i].decision;
        if (r->action[i].tick != t)
            continue;
        str_add(out, ",\"action\":");
        add_text(out, r->system->actions[d->action].name);
        str_format(out, ",\"propensity\":%.9g,\"confidence\":%.9g", d->propensity, d->confidence);
        if (r->action[i].outcome.settled >= 0)
            str_format(out, ",\"reward\":%.9g", r->action[i].outcome.reward);
    }
    for (int i = 0; i < r->maskeds; i++)
        if (r->masked[i].tick == t) {
            str_add(out, ",\"masked\":");
            add_text(out, r->system->actions[r->masked[i].action].name);
            str_format(out, ",\"rule\":\"%s\"", tend_guard_rule_name(r->masked[i].rule));
        }
}

static void add_tick(const record *r, int t, str *out)
{
    int S = r->system->S, width = S * r->system->M;
    str_format(out, "{\"t\":%d,\"breach\":%d,\"alarm\":%d,\"overall\":", t, r->breach[t],
               r->alarm[t]);
    add_number(out, r->overall[t]);
    str_add(out, ",\"entry_p95_ms\":");
    add_number(out, r->entry_p95_ms[t]);
    str_add(out, ",\"entry_errors\":");
    add_number(out, r->entry_errors[t]);
    str_add(out, ",\"refused\":");
    add_number(out, r->refused[t]);
    add_row(out, "ready", r->ready + t * S, S);
    add_row(out, "score", r->score + t * S, S);
    add_row(out, "value", r->value + (size_t)t * (size_t)width, width);
    add_decisions(r, t, out);
    str_add(out, "}\n");
}

tend_rc trace_write(const record *r, const char *path, tend_err *err)
{
    str s = {0};
    add_header(r, &s);
    for (int t = 0; t < r->steps; t++)
        add_tick(r, t, &s);
    tend_rc rc = s.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", path)
                          : file_write(path, s.text, s.length, err);
    str_free(&s);
    return rc;
}
