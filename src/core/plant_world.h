// SPDX-License-Identifier: GPL-3.0-or-later
// plant_world.h - the world as a whole: how much happens in it, how well it is seen, what it costs.
//
// One row per parameter: X(field, least, most, calm, real, rough, help). A system's "sim" sets what
// it knows; what it leaves open a preset fills. `calm` is a world in which nothing happens but what
// was meant to; `real` has the spread that recorded systems have (tests/realism holds it against
// them); `rough` is a bad day. docs/simulator.md, 9, has the origin of each value.
#ifndef TEND_CORE_PLANT_WORLD_H
#define TEND_CORE_PLANT_WORLD_H

#include <math.h>

#define WORLD_REQUIRED ((double)NAN) // has no sensible value of its own

// clang-format off
#define WORLD_TABLE(X)                                                                             \
    /* users */                                                                                    \
    X(base_rps, 0.001, 1e6, WORLD_REQUIRED, WORLD_REQUIRED, WORLD_REQUIRED,                        \
      "users' requests per second")                                                                \
    X(wave, 0, 0.9, 0, 0.1, 0.3, "amplitude of the daily wave, share of the base")                 \
    X(wave_period_s, 1, 1e7, 86400, 600, 300, "seconds of one wave")                               \
    X(user_retries, 0, 5, 0, 0.1, 0.2, "share of failed users who try again")                      \
    X(noise, 0, 10, 1, 1, 1, "scale of arrival and measurement noise")                             \
    /* metrics as they are measured */                                                             \
    X(metric_noise, 0, 2, 0, 0.05, 0.1,                                                            \
      "median over columns of the relative spread beyond what its requests explain")               \
    X(metric_variety, 0, 3, 0, 1, 1, "how far columns differ in that: sigma of its logarithm")     \
    X(metric_slow, 0, 0.99, 0, 0.95, 0.98, "lag-1 correlation of the slowest column's noise")      \
    X(metric_tail, 0, 20, 0, 12, 15, "cubic share of the heaviest column's noise, 0: normal")      \
    X(spikes, 0, 0.2, 0, 0.001, 0.005, "share of samples that are a single spike")                 \
    X(spike_size, 1, 100, 4, 4, 8, "factor of the largest spike")                                  \
    /* metrics as they arrive */                                                                   \
    X(missing, 0, 0.5, 0, 0.005, 0.02, "share of samples that are missing")                        \
    X(late, 0, 0.5, 0, 0.005, 0.02, "share of samples that arrive one tick late")                  \
    X(gaps_per_hour, 0, 1000, 0, 2, 10, "times a service's metrics all fail, per service")         \
    X(gap_s, 1, 3600, 10, 10, 30, "longest of those gaps")                                         \
    X(lost_columns, 0, 0.9, 0, 0.05, 0.15, "share of a service's columns that are never there")    \
    X(lost_edges, 0, 1, 0, 0.2, 0.5, "share of calls without latencies")                           \
    X(scrape_s, 0, 600, 0, 15, 15, "seconds between two scrapes, 0: each tick")                    \
    X(scraped, 0, 1, 1, 0.3, 0.6, "share of exporters that slow; the others are read each tick")   \
    X(smooth_s, 0, 600, 0, 0, 30, "window of rates and latencies, as rate[1m]; 0: none")           \
    X(delay_s, 0, 600, 0, 0, 5, "age of what is seen")                                             \
    /* background life */                                                                          \
    X(crowds_per_hour, 0, 1000, 0, 6, 20, "harmless surges and ebbs of users")                     \
    X(crowd, 0, 5, 0.5, 0.5, 0.5, "largest of them, share of the base; a fifth of headroom stays") \
    X(jobs_per_hour, 0, 1000, 0, 10, 40, "batch jobs beside a service")                            \
    X(job, 0, 0.9, 0.2, 0.2, 0.4, "most of its cores that one takes")                              \
    X(pauses_per_hour, 0, 10000, 0, 40, 200, "collections of garbage, of one service at a time")   \
    X(pause, 1, 100, 1.5, 1.5, 2.5, "factor on its service time in the longest")                   \
    X(hosts_per_hour, 0, 1000, 0, 5, 20, "times that a noisy host slows everything")               \
    X(host, 1, 20, 1.2, 1.2, 1.5, "factor on all service times in the worst")                      \
    X(autoscale, 0, 1, 0, 0, 0.7, "utilisation at which an autoscaler adds replicas, 0: none")     \
    X(deploys, 0, 4, 2, 2, 4, "most harmless deployments of an episode")                           \
    X(deploy_near, 0, 1, 0, 0.15, 0.4, "share of faults with one of them within 5 ticks")          \
    /* faults */                                                                                   \
    X(faint, 0, 1, 0, 1, 1, "1: a fault's effects shrink with its severity to nothing")            \
    X(severity_least, 0.01, 1, 0.4, 0.12, 0.08, "weakest fault drawn")                             \
    X(ramped, 0, 1, 0, 0.5, 0.6, "share of faults that grow to their strength")                    \
    X(ramp_s, 0, 3600, 120, 120, 120, "longest time of that")                                      \
    X(flapping, 0, 1, 0, 0.1, 0.2, "share of faults that come and go")                             \
    X(passing, 0, 1, 0, 0.1, 0.15, "share of faults that pass by themselves, beyond the usual")    \
    X(onset_first, 0, 1, 0.25, 0.1, 0.05, "earliest onset drawn, share of the episode")            \
    X(onset_last, 0, 1, 0.5, 0.6, 0.7, "latest")                                                   \
    /* actions and their prices */                                                                 \
    X(action_fails, 0, 1, 0, 0.03, 0.1, "share of actions that end with nothing done")             \
    X(action_half, 0, 1, 0, 0.03, 0.1, "share that do half of what they should")                   \
    X(action_drags, 0, 1, 0, 0.1, 0.25, "share that begin late")                                   \
    X(drag_s, 1, 3600, 30, 30, 60, "latest of those")                                              \
    X(provision_s, 0, 3600, 0, 60, 120, "seconds until there is a machine for a new replica")      \
    X(switch_s, 1, 3600, 8, 30, 60, "seconds until a rerouted call has changed over")              \
    X(fallback_price, 0, 1, 0, 0.03, 0.06, "share of a fallback's answers of no use to users")
// clang-format on

#endif
