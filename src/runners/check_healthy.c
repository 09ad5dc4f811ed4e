// SPDX-License-Identifier: GPL-3.0-or-later
// check_healthy.c - healthy episodes of a system that is to be checked, and what breached in them.
#include "runners/check_healthy.h"

#include "report/stats.h"

#include <math.h>
#include <stdlib.h>
#include <tend/sim.h>

#define EPISODES 5       // as many noises and waves; more: check takes long on wide systems
#define STEPS 240        // of an episode, the usual
#define BREACH_MOST 0.01 // share of the ticks; larger hides objectives that only noise breaks

typedef struct healthy { // what was seen
    double p95_ms[EPISODES * STEPS];
    double errors; // sum
    double *busy;  // [S] sum of the utilisation
    int ticks, breaches;
} healthy;

static tend_rc play(tend_sim *sim, uint64_t seed, int S, healthy *h, tend_err *err)
{
    tend_rc rc = tend_sim_reset(sim, seed, err);
    while (rc == TEND_OK && tend_sim_step(sim)) {
        tend_obs obs;
        tend_facts facts;
        tend_sim_observe(sim, &obs);
        tend_sim_facts(sim, &facts);
        h->p95_ms[h->ticks++] = obs.entry_p95_ms;
        h->errors += obs.entry_errors;
        h->breaches += obs.breach;
        for (int s = 0; s < S; s++)
            h->busy[s] += facts.utilisation[s];
    }
    return rc;
}

static void say(const tend_system *system, healthy *h, str *out)
{
    int busiest = 0;
    if (out->length > 0) // behind other lines
        str_char(out, '\n');
    for (int s = 1; s < system->S; s++)
        busiest = h->busy[s] > h->busy[busiest] ? s : busiest;
    str_format(out,
               "healthy runs breach the SLO in %.0f %% of the ticks: p95 of %s is %.4g ms "
               "(objective %.4g), errors %.3g %% (objective %.4g %%); busiest is %s, %.0f %% of "
               "its cores",
               ceil(100.0 * h->breaches / h->ticks), system->services[system->entry].name,
               stats_quantile(h->p95_ms, (size_t)h->ticks, 0.5), system->slo.p95_ms,
               100 * h->errors / h->ticks, 100 * system->slo.error_share,
               system->services[busiest].name, 100 * h->busy[busiest] / h->ticks);
}

static tend_rc play_all(const json_file *file, plant_preset preset, double *share, str *out,
                        tend_err *err)
{
    tend_sim_options options = tend_sim_usual();
    tend_sim_setup *setup = NULL;
    tend_sim *sim = NULL;
    healthy *h = calloc(1, sizeof *h);
    options.steps = STEPS;
    options.fault = "none";
    options.preset = plant_presets[preset];
    tend_rc rc =
        h ? tend_sim_setup_parse(file->text, file->length, file->name, &options, &setup, err)
          : tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file->name);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &sim, err);
    const tend_system *system = setup ? tend_sim_system(setup) : NULL;
    if (rc == TEND_OK && !(h->busy = calloc((size_t)system->S, sizeof *h->busy)))
        rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file->name);
    for (uint64_t seed = 1; seed <= EPISODES && rc == TEND_OK; seed++)
        rc = play(sim, seed, system->S, h, err);
    if (rc == TEND_OK)
        *share = (double)h->breaches / h->ticks;
    if (rc == TEND_OK && preset == PRESET_CALM && *share > BREACH_MOST)
        say(system, h, out);
    tend_sim_close(sim);
    tend_sim_setup_close(setup);
    if (h)
        free(h->busy);
    free(h);
    return rc;
}

tend_rc check_healthy(const json_file *file, double *share, str *out, tend_err *err)
{
    tend_rc rc = TEND_OK;
    for (int preset = 0; preset < PRESETS && rc == TEND_OK; preset++)
        rc = play_all(file, (plant_preset)preset, &share[preset], out, err);
    return rc;
}
