// SPDX-License-Identifier: GPL-3.0-or-later
// suite_run.c - two rounds over all threads: the systems are drawn or read, then the episodes of
// each are played. Whatever a thread takes first, every system and row has its place.
#include "drive/suite_run.h"

#include "base/text.h"
#include "drive/drive.h"
#include "drive/generate.h"
#include "edge/example.h"
#include "env/sim.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// Episodes that one thread plays on one setup. Longer: threads wait for the last at the end;
// shorter: systems are read and engines opened more often.
#define PART_MOST 16

typedef struct source_file { // of a system, as text
    const suite_entry *of;
    int seed; // -1: of a file
    char *text;
    size_t length;
    char *name; // for messages
    int rejected;
} source_file;

typedef struct part { // episodes of one system in one world
    const suite_entry *of;
    const source_file *system;
    uint64_t seed0;
    int first, count; // rows
} part;

typedef struct plan {
    suite_job *job;
    source_file *file; // [files] each system once
    int files;
    part *part; // [parts]
    int parts;
    atomic_int next, finished;
    atomic_bool failed;
    tend_rc (*work)(struct plan *p, int i, bool speaks, tend_err *err);
    int items;
} plan;

typedef struct worker {
    plan *plan;
    bool speaks; // one of them reports progress
    tend_err err;
    tend_rc rc;
    int at; // item that failed
    pthread_t thread;
} worker;

static void *take_items(void *argument)
{
    worker *w = argument;
    plan *p = w->plan;
    while (w->rc == TEND_OK && !atomic_load(&p->failed) && !*p->job->stop) {
        w->at = atomic_fetch_add(&p->next, 1);
        if (w->at >= p->items)
            break;
        w->rc = p->work(p, w->at, w->speaks, &w->err);
        if (w->rc != TEND_OK)
            atomic_store(&p->failed, true);
    }
    return NULL;
}

// All items of one round. Of several that fail the first is told.
static tend_rc each(plan *p, worker *workers, int items, tend_err *err)
{
    int threads = p->job->threads, started = 0, first = 0;
    atomic_store(&p->next, 0);
    p->items = items;
    for (int i = 0; i < threads; i++)
        workers[i] = (worker){.plan = p, .speaks = i == 0};
    for (int i = 1; i < threads; i++, started++)
        if (pthread_create(&workers[i].thread, NULL, take_items, &workers[i]) != 0)
            break; // fewer threads do the same work
    take_items(&workers[0]);
    for (int i = 1; i <= started; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 1; i <= started; i++)
        if (workers[i].rc != TEND_OK &&
            (workers[first].rc == TEND_OK || workers[i].at < workers[first].at))
            first = i;
    if (workers[first].rc != TEND_OK)
        return tend_fail(err, workers[first].rc, "%s", workers[first].err.text);
    if (*p->job->stop)
        return tend_fail(err, TEND_INTERRUPTED, "interrupted after %d of %d episodes",
                         atomic_load(&p->finished), suite_episodes(p->job->suite));
    return TEND_OK;
}

static tend_rc fill_file(plan *p, int i, bool speaks, tend_err *err)
{
    source_file *f = &p->file[i];
    char path[EXAMPLE_PATH_MAX];
    generated g = {.name = ""};
    tend_rc rc;
    (void)speaks;
    if (!f->of) // it stood before, see find_file
        return TEND_OK;
    if (f->seed < 0)
        rc = example_read("systems", f->of->system, &f->text, &f->length, path, err);
    else
        rc = generate_system(&f->of->ask, (uint64_t)f->seed, &g, err);
    if (rc != TEND_OK)
        return rc;
    if (f->seed >= 0) {
        f->text = g.text; // not freed: it is kept
        f->length = g.length;
        f->rejected = g.rejected;
    }
    f->name = strdup(f->seed < 0 ? path : g.name);
    return f->name ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "out of memory for a system");
}

static tend_rc open_part(const plan *p, const part *at, tend_sim_setup **setup, tend_drive **drive,
                         tend_err *err)
{
    const suite_job *job = p->job;
    const source_file *f = at->system;
    tend_sim_options options = tend_sim_usual();
    options.steps = job->suite->steps;
    options.preset = plant_presets[at->of->preset];
    options.family = scenario_families[at->of->family];
    options.set = job->set;
    tend_rc rc = tend_sim_setup_parse(f->text, f->length, f->name, &options, setup, err);
    if (rc == TEND_OK)
        rc = tend_drive_open(*setup, job->config, drive, err);
    if (rc == TEND_OK && job->policy)
        rc = tend_policy_parse(tend_drive_engine(*drive), job->policy, job->policy_length,
                               job->policy_name, err);
    return rc;
}

static tend_rc reckon_by(oracle_book *book, reckoner *by, const tend_sim_setup *setup, result *row,
                         tend_err *err)
{
    oracle_answer answer;
    tend_rc rc = oracle_book_ask(book, by, tend_sim_setup_hash(setup), row->seed, &answer, err);
    if (rc == TEND_OK)
        reckon_row(by, &answer, row);
    return rc;
}

static tend_rc open_trace(const suite_job *job, int row, drive_tracer *out, tend_err *err)
{
    str again = {0};
    job->again(job->context, (size_t)row, &again);
    tend_rc rc = again.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for a command")
                              : tracer_open(out, job->traces, (uint64_t)row + 1, again.text, err);
    str_free(&again);
    return rc;
}

static tend_rc play_row(const suite_job *job, tend_drive *drive, int row, tend_err *err)
{
    drive_tracer tracer = {drive, NULL};
    tend_sink sink = tracer_sink(&tracer);
    result *out = &job->rows[row];
    uint64_t seed = out->seed;
    if (!job->traces)
        return drive_episode(drive, seed, out, NULL, NULL, err);
    tend_rc rc = open_trace(job, row, &tracer, err);
    if (rc == TEND_OK)
        rc = drive_episode(drive, seed, out, NULL, &sink, err);
    tend_rc end = tend_trace_close(tracer.trace, rc == TEND_OK, rc == TEND_OK ? err : NULL);
    return rc == TEND_OK ? end : rc;
}

static tend_rc play_part(plan *p, int i, bool speaks, tend_err *err)
{
    const suite_job *job = p->job;
    const part *at = &p->part[i];
    tend_sim_setup *setup = NULL;
    tend_drive *drive = NULL;
    reckoner *by = NULL;
    tend_rc rc = open_part(p, at, &setup, &drive, err);
    if (rc == TEND_OK && job->book)
        rc = reckon_open(setup, &by, err);
    if (rc == TEND_OK)
        drive_watched(drive, by);
    for (int k = 0; k < at->count && rc == TEND_OK && !*job->stop; k++) {
        result *row = &job->rows[at->first + k];
        text_copy(setup->system->name, row->system, sizeof row->system); // for its trace
        row->seed = at->seed0 + (uint64_t)k;
        rc = play_row(job, drive, at->first + k, err);
        row->system_seed = at->system->seed;
        if (rc == TEND_OK && by)
            rc = reckon_by(job->book, by, setup, row, err);
        int finished = atomic_fetch_add(&p->finished, 1) + 1;
        if (speaks && job->progress)
            job->progress(job->context, finished);
    }
    tend_drive_close(drive);
    reckon_close(by);
    tend_sim_setup_close(setup);
    return rc;
}

static bool same_source(const suite_entry *a, const suite_entry *b)
{
    if (!a->system != !b->system)
        return false;
    if (a->system)
        return strcmp(a->system, b->system) == 0;
    bool longer = a->ask.step_s > b->ask.step_s, shorter = a->ask.step_s < b->ask.step_s;
    return a->ask.least == b->ask.least && a->ask.most == b->ask.most && !longer && !shorter;
}

// A system that several entries have is drawn once. at [entries]: where each entry's begin.
static int find_file(const plan *p, const int *at, int entry, int nth)
{
    const suite_entry *all = p->job->suite->entry, *e = &all[entry];
    for (int k = 0; k < entry; k++) {
        int same = all[k].system ? 0 : e->system_seed + nth - all[k].system_seed;
        if (same_source(&all[k], e) && same >= 0 && same < all[k].count)
            return find_file(p, at, k, same);
    }
    return at[entry] + nth;
}

static void lay_out(plan *p)
{
    const suite *s = p->job->suite;
    int at[SUITE_ENTRIES_MOST], row = 0;
    for (int i = 0; i < s->entries; i++) {
        const suite_entry *e = &s->entry[i];
        at[i] = p->files;
        for (int nth = 0; nth < e->count; nth++) {
            // places of systems that stood before stay empty
            source_file *own = &p->file[p->files++], *f = &p->file[find_file(p, at, i, nth)];
            if (own == f)
                *own = (source_file){.of = e, .seed = e->system ? -1 : e->system_seed + nth};
            for (int done = 0; done < e->episodes; done += PART_MOST) {
                int left = e->episodes - done, count = left < PART_MOST ? left : PART_MOST;
                // a seed draws the kind of fault whatever the system: each system has its own
                uint64_t before = (uint64_t)nth * (uint64_t)e->episodes + (uint64_t)done;
                p->part[p->parts++] = (part){e, f, e->seed0 + before, row, count};
                row += count;
            }
        }
    }
}

tend_rc suite_run(suite_job *job, tend_err *err)
{
    plan p = {.job = job, .work = fill_file};
    int systems = suite_systems(job->suite), episodes = suite_episodes(job->suite);
    job->threads = job->threads > 0 ? job->threads : 1;
    worker *workers = calloc((size_t)job->threads, sizeof *workers);
    p.file = calloc((size_t)systems, sizeof *p.file);
    p.part = calloc((size_t)(systems + episodes / PART_MOST), sizeof *p.part);
    tend_rc rc = workers && p.file && p.part
                     ? TEND_OK
                     : tend_fail(err, TEND_NO_MEMORY, "out of memory for %d systems", systems);
    if (rc == TEND_OK) {
        lay_out(&p);
        rc = each(&p, workers, p.files, err);
    }
    if (rc == TEND_OK) {
        p.work = play_part;
        rc = each(&p, workers, p.parts, err);
    }
    job->rejected = 0;
    for (int i = 0; p.file && i < p.files; i++) {
        job->rejected += p.file[i].rejected;
        free(p.file[i].text);
        free(p.file[i].name);
    }
    free(p.file);
    free(p.part);
    free(workers);
    return rc;
}
