// SPDX-License-Identifier: GPL-3.0-or-later
// replay_frames.c - what the agent holds for true in every tick of a recording, for live.py.
//
//     LIBS="build/libtend.a -lgsl -lgslcblas -lcjson -lcsv -lm -lpthread"
//     cc -D_GNU_SOURCE -O2 -Iinclude -Isrc -o replay_frames tests/parity/rca/replay_frames.c $LIBS
//     ./replay_frames SYSTEM.json METRICS.csv [SECTION.NAME=X...] > frames.jsonl
//
// Events of `tend replay` tell what has changed; a line here is a whole tick: `t`, `time` (the
// recording's), `alarm`, `breach`, `incidents` (`id`, `opened`, `place`) and `ranking` (`place`,
// `family`, `confidence`), of a call caller>callee. Nothing is carried out and nothing is learnt.
#include "core/json_write.h"
#include "edge/file.h"
#include "edge/source_csv.h"
#include "loop/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tend/engine.h>

typedef struct bed {
    tend_system *system;
    csv_table *table;
    csv_source *source;
    tend_config *config;
    tend_engine *engine;
} bed;

static void put_place(json_writer *w, const tend_system *system, int service, int edge)
{
    str name = {0};

    if (edge >= 0)
        str_format(&name, "%s>", system->services[system->edges[edge].caller].name);
    if (service >= 0)
        str_add(&name, system->services[service].name);
    json_put_text(w, "place", name.text);
    w->to->failed |= name.failed;
    str_free(&name);
}

static tend_rc see(void *self, const tend_frame *frame, tend_err *err)
{
    const bed *b = self;
    str line = {0};
    json_writer w = {.to = &line, .one_line = true};

    json_open_object(&w, NULL);
    json_put_count(&w, "t", frame->obs->tick);
    json_put_number(&w, "time", source_csv_time(b->source, frame->obs->tick));
    json_put_bool(&w, "alarm", frame->findings.alarm);
    json_put_bool(&w, "breach", frame->obs->breach);
    json_open_array(&w, "incidents");
    for (int i = 0; i < frame->incidents; i++) {
        json_open_object(&w, NULL);
        json_put_count(&w, "id", frame->incident[i].id);
        json_put_count(&w, "opened", frame->incident[i].opened);
        put_place(&w, b->system, frame->incident[i].service, frame->incident[i].edge);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_open_array(&w, "ranking");
    for (int i = 0; i < frame->causes.count; i++) {
        const tend_suspect *s = &frame->causes.suspect[i];
        json_open_object(&w, NULL);
        put_place(&w, b->system, s->service, s->edge);
        json_put_text(&w, "family", tend_family_name(s->family));
        json_put_number(&w, "confidence", s->confidence);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    tend_rc rc = line.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory") : TEND_OK;
    if (rc == TEND_OK)
        puts(line.text);
    str_free(&line);
    return rc;
}

static tend_rc configure(bed *b, char **settings, tend_err *err)
{
    tend_rc rc = tend_config_new(&b->config, err);

    for (; rc == TEND_OK && *settings; settings++) {
        char *value = strchr(*settings, '=');
        if (!value)
            return tend_fail(err, TEND_USAGE, "%s: expected SECTION.NAME=X", *settings);
        *value = 0;
        rc = tend_config_set(b->config, *settings, value + 1, err);
    }
    // last, as in tend replay: nothing an old file shows can be acted upon
    return rc == TEND_OK ? tend_config_set(b->config, "guard.dry_run", "1", err) : rc;
}

static tend_rc play(bed *b, const char *system, const char *metrics, char **settings, tend_err *err)
{
    char *text = NULL;
    size_t length;
    tend_rc rc = file_read(system, 0, &text, &length, err);

    if (rc == TEND_OK)
        rc = tend_system_parse(text, length, system, &b->system, err);
    free(text);
    if (rc == TEND_OK)
        rc = csv_table_read(metrics, CSV_TIMES_RISE, &b->table, err);
    if (rc == TEND_OK)
        rc = source_csv_open(b->table, metrics, b->system, &b->source, err);
    if (rc == TEND_OK)
        rc = configure(b, settings, err);
    if (rc == TEND_OK)
        rc = tend_open(b->system, b->config, 1, &b->engine, err);
    if (rc != TEND_OK)
        return rc;
    tend_set_learning(b->engine, TEND_FROZEN);
    loop l = {.source = source_csv(b->source), .engine = b->engine};
    loop_add(&l, (tend_sink){.self = b, .write = see});
    return loop_run(&l, err);
}

int main(int argc, char **argv)
{
    tend_err err;
    bed b = {0};

    if (argc < 3) {
        fprintf(stderr, "usage: replay_frames SYSTEM.json METRICS.csv [SECTION.NAME=X...]\n");
        return 2;
    }
    tend_rc rc = play(&b, argv[1], argv[2], argv + 3, &err);
    if (rc != TEND_OK)
        fprintf(stderr, "replay_frames: %s\n", err.text);
    tend_close(b.engine);
    tend_config_free(b.config);
    source_csv_close(b.source);
    csv_table_free(b.table);
    tend_system_free(b.system);
    return rc == TEND_OK ? 0 : 1;
}
