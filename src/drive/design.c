// SPDX-License-Identifier: GPL-3.0-or-later
// design.c - a design put together, and written as a system file.
#include "drive/design.h"

#include "base/number.h"
#include "base/rng.h"
#include "core/json_write.h"
#include "core/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

design_ask design_usual(void)
{
    return (design_ask){DESIGN_SERVICES_LEAST, DESIGN_SERVICES_MOST, 1};
}

// Digits alone: strtol would take a sign or a blank.
static bool read_number(const char **at, int *out)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits == 0 || digits > 4)
        return false;
    *out = (int)strtol(*at, NULL, 10);
    *at += digits;
    return true;
}

bool design_read_services(const char *text, design_ask *out)
{
    int least, most;
    if (!read_number(&text, &least))
        return false;
    most = least;
    if (strncmp(text, "..", 2) == 0) {
        text += 2;
        if (!read_number(&text, &most))
            return false;
    }
    if (*text || least < DESIGN_SERVICES_LEAST || most > DESIGN_SERVICES_MOST || least > most)
        return false;
    out->least = least;
    out->most = most;
    return true;
}

// gen-10001, and what was asked beyond the usual: another system of that seed.
static void name_design(const design_ask *ask, uint64_t seed, char name[DESIGN_NAME_MAX])
{
    design_ask usual = design_usual();
    int used = snprintf(name, DESIGN_NAME_MAX, "gen-%llu", (unsigned long long)seed);
    size_t at = (size_t)used; // of 48 bytes: 24, at most 6 and at most 16
    if (ask->least != usual.least || ask->most != usual.most)
        at += (size_t)snprintf(name + at, DESIGN_NAME_MAX - at, "-%d-%d", ask->least, ask->most);
    if (ask->step_s < usual.step_s || ask->step_s > usual.step_s) {
        char seconds[16];
        number_write(ask->step_s, 6, seconds, sizeof seconds);
        snprintf(name + at, DESIGN_NAME_MAX - at, "-%ss", seconds);
    }
}

tend_rc design_draw(const design_ask *ask, uint64_t seed, int attempt, design *out, tend_err *err)
{
    rng all = rng_make(seed, "generate"), from = rng_split(&all, "attempt", (uint64_t)attempt);
    memset(out, 0, sizeof *out);
    name_design(ask, seed, out->name);
    out->system = (tend_system){.name = out->name,
                                .step_s = ask->step_s,
                                .services = out->service,
                                .edges = out->edge,
                                .slo = {1e9, 1}};
    out->plant.services = out->physics;
    out->plant.edges = out->call;
    design_structure(ask, &from, out);
    design_names(&from, out);
    return design_sizes(&from, out, err);
}

// What is not the usual of a table of numbers, on the line of what it belongs to.
static void put_sim(json_writer *w, const tend_param *table, const void *params)
{
    for (const tend_param *row = table; row->name; row++) {
        double value = params_get(row, params);
        // a NAN has to be said: no value is the same
        if (!(value >= row->initial && value <= row->initial))
            json_put_number(w, row->name, value);
    }
}

static void write_service(const design *d, int s, str *out)
{
    json_writer w = {.to = out, .one_line = true};
    const tend_service *t = &d->service[s];
    json_open_object(&w, NULL);
    json_put_text(&w, "name", t->name);
    json_put_text(&w, "kind", tend_service_kind_name(t->kind));
    json_put_count(&w, "replicas", t->replicas);
    json_put_count(&w, "least_replicas", t->least_replicas);
    json_put_count(&w, "most_replicas", t->most_replicas);
    json_open_object(&w, "sim");
    put_sim(&w, plant_service_params(), &d->physics[s]);
    json_close_object(&w);
    json_close_object(&w);
}

static void write_edge(const design *d, int e, str *out)
{
    json_writer w = {.to = out, .one_line = true};
    json_open_object(&w, NULL);
    json_put_text(&w, "caller", d->names[d->edge[e].caller]);
    json_put_text(&w, "callee", d->names[d->edge[e].callee]);
    json_open_object(&w, "sim");
    put_sim(&w, plant_edge_params(), &d->call[e]);
    if (d->call[e].on_miss)
        json_put_text(&w, "cache", d->names[d->call[e].cache]);
    json_close_object(&w);
    json_close_object(&w);
}

void design_write(const design *d, str *out)
{
    json_writer w = {.to = out, .one_line = true};
    str_add(out, "{\"name\":");
    json_put_text(&w, NULL, d->name);
    str_add(out, ",\n\"step_s\":");
    w.more = false;
    json_put_number(&w, NULL, d->system.step_s);
    str_add(out, ",\n\"services\":[\n");
    for (int s = 0; s < d->system.S; s++) {
        write_service(d, s, out);
        str_add(out, s + 1 < d->system.S ? ",\n" : "],\n");
    }
    str_add(out, "\"edges\":[\n");
    for (int e = 0; e < d->system.E; e++) {
        write_edge(d, e, out);
        str_add(out, e + 1 < d->system.E ? ",\n" : "],\n");
    }
    str_add(out, "\"entry\":");
    w.more = false;
    json_put_text(&w, NULL, d->names[d->system.entry]);
    str_add(out, ",\n\"slo\":");
    w.more = false;
    json_open_object(&w, NULL);
    json_put_number(&w, "p95_ms", d->system.slo.p95_ms);
    json_put_number(&w, "error_share", d->system.slo.error_share);
    json_close_object(&w);
    str_add(out, ",\n\"sim\":");
    w.more = false;
    json_open_object(&w, NULL);
    json_put_number(&w, "base_rps", d->plant.base_rps);
    json_close_object(&w);
    str_add(out, "}\n");
}
