// SPDX-License-Identifier: GPL-3.0-or-later
// plant.h - how a simulated system behaves: the physics behind a tend_system.
//
// Read from the "sim" objects of the same system.json. Known to the simulator (src/env) alone and
// not reachable from a tend_system, so the agent cannot look at it. Shapes [S], [E] as in system.h.
// Immutable after parse. docs/simulator.md explains what each number does.
#ifndef TEND_CORE_PLANT_H
#define TEND_CORE_PLANT_H

#include "core/key.h"
#include "core/plant_world.h"

#include <stdbool.h>
#include <tend/plugin.h>

typedef struct plant_service {
    double cores;       // servers per replica, 1..64 in all replicas together
    double service_ms;  // mean service time of one request, without waiting
    double cv2;         // squared coefficient of variation of the service time
    double workers;     // pool limit per replica: requests held at once
    double queue;       // waiting requests beyond which load is shed, per replica
    double memory;      // share of the limit in use at rest, 0..1
    double memory_load; // additional share at full pool
    double error_share; // base failure share of a healthy request
    double restart_s;   // seconds a restarted replica is down
    double scale_s;     // seconds until a new replica serves
    double hit_rate;    // cache only: share of requests found when warm
    double working_set; // cache only: entries; misses fill it after a flush
} plant_service;

typedef struct plant_edge {
    double calls;           // calls per request of the caller
    bool on_miss;           // only for the share of requests that missed the cache named by `cache`
    int cache;              // index of the cache service whose hits avoid this call, -1
    double timeout_ms;      // the caller gives up after this
    double retries;         // further attempts after a failure
    double network_ms;      // mean network delay of the call
    double fallback_errors; // failure share when rerouted to the fallback
    double fallback_ms;     // latency of the fallback
} plant_edge;

typedef struct plant {
    const plant_service *services; // [S]
    const plant_edge *edges;       // [E]
#define PLANT_FIELD(field, ...) double field;
    WORLD_TABLE(PLANT_FIELD) // plant_world.h says what each is
#undef PLANT_FIELD
} plant;

// What a system's file leaves open of the world as a whole. Found by name, -1 when unknown; names
// are ended by NULL, the first is what plant_parse takes.
typedef enum plant_preset {
    PRESET_CALM,
    PRESET_REAL,
    PRESET_ROUGH,
    PRESETS,
    PRESET_USUAL = PRESET_REAL // of a simulation that names none
} plant_preset;
extern const char *const plant_presets[PRESETS + 1];
int plant_preset_find(const char *name);
double plant_preset_value(plant_preset preset, const char *field); // NAN: the file must say it

tend_rc plant_parse_under(plant_preset preset, const json_file *file, const tend_system *system,
                          plant **out, tend_err *err);
tend_rc plant_parse(const char *text, size_t length, const char *name, const tend_system *system,
                    plant **out, tend_err *err);
void plant_free(plant *p); // NULL is fine

// Notes all that is wrong with the "sim" objects. system NULL: it is not sound itself, and only
// what can be told without it is.
tend_rc plant_check(const json_file *file, const tend_system *system, err_list *all, tend_err *err);

// The parameters of the world as a whole, ended by a NULL name; of services; of calls. An initial
// value that is NAN: a system must say it. And what a call's "sim" has beside numbers.
const tend_param *plant_world_params(void);
const tend_param *plant_service_params(void);
const tend_param *plant_edge_params(void);
const key_row *plant_edge_keys(void);
// Numbers of the world as "world" of a scenario has them. TEND_INPUT, and what is wrong with them.
tend_rc plant_set_all(plant *p, const cJSON *numbers, const char *where, err_list *all,
                      tend_err *err);
// Sets one of the world by "noise=2". TEND_USAGE: no such parameter, or out of its range.
tend_rc plant_set(plant *p, const char *assignment, tend_err *err);

#endif
