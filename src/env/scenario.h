// SPDX-License-Identifier: GPL-3.0-or-later
// scenario.h - what goes wrong in an episode: the fault table, and drawing or reading a scenario.
#ifndef TEND_ENV_SCENARIO_H
#define TEND_ENV_SCENARIO_H

#include "core/plant.h"

#include <stdint.h>
#include <tend/sim.h>

// One row per fault:
// X(enum, name, family,
//   where it can sit, where it matters when drawn (can_*, shows_* in scenario.c),
//   in which share of incidents it passes by itself, after least to least + share x spread ticks,
//   the actions on its service that end it, whether it goes on when its time is over, help)
// Its effects are scale_NAME and apply_NAME in faults.c.
#define LASTS 0, 0, 0 // until the right action ends it
#define PASSES(share, least, spread) share, least, spread
#define NOTHING_ENDS 0
#define ENDS(action) (1u << (action))
#define FAULT_TABLE(X)                                                                             \
    X(FAULT_NONE, none, TEND_FAMILY_UNKNOWN, nowhere, always, LASTS, NOTHING_ENDS, false,          \
      "healthy control")                                                                           \
    X(FAULT_CPU_HOG, cpu_hog, TEND_FAMILY_COMPUTE, service, always, LASTS, ENDS(TEND_RESTART),     \
      false, "a runaway process steals cpu")                                                       \
    X(FAULT_MEMORY_LEAK, memory_leak, TEND_FAMILY_MEMORY, service, under_load, LASTS,              \
      ENDS(TEND_RESTART), false, "leak, GC slowdown, OOM restart")                                 \
    X(FAULT_BAD_DEPLOY, bad_deploy, TEND_FAMILY_DEPLOY, service, always, LASTS,                    \
      ENDS(TEND_ROLLBACK), false, "new version: errors and slowdown")                              \
    X(FAULT_SLOW_DB, slow_db, TEND_FAMILY_CONTENTION, database, always, LASTS, ENDS(TEND_RESTART), \
      false, "lock contention: slow, cpu idle")                                                    \
    X(FAULT_CACHE_EVICT, cache_evict, TEND_FAMILY_CACHE, cache_in_front, when_cold, LASTS,         \
      NOTHING_ENDS, false, "evictions: the hit rate collapses")                                    \
    X(FAULT_CACHE_POISON, cache_poison, TEND_FAMILY_CACHE, cache_with_hits, always, LASTS,         \
      ENDS(TEND_CLEAR_CACHE) | ENDS(TEND_RESTART), false, "wrong entries: hits that fail")         \
    X(FAULT_FLASH_CROWD, flash_crowd, TEND_FAMILY_TRAFFIC, entry, always, PASSES(1, 60, 51),       \
      NOTHING_ENDS, false, "a surge of users")                                                     \
    X(FAULT_RETRY_STORM, retry_storm, TEND_FAMILY_TRAFFIC, behind_entry, by_retries,               \
      PASSES(1, 8, 5), NOTHING_ENDS, true, "short trigger, lasting storm")                         \
    X(FAULT_POOL_LEAK, pool_leak, TEND_FAMILY_POOL, service, always, LASTS, ENDS(TEND_RESTART),    \
      false, "connections are never given back")                                                   \
    X(FAULT_CRASH_LOOP, crash_loop, TEND_FAMILY_CRASH, service, always, LASTS,                     \
      ENDS(TEND_ROLLBACK), false, "replicas crash and restart")                                    \
    X(FAULT_NETWORK_DELAY, network_delay, TEND_FAMILY_NETWORK, edge, always, PASSES(.25, 40, 160), \
      NOTHING_ENDS, false, "a slow link")                                                          \
    X(FAULT_NETWORK_LOSS, network_loss, TEND_FAMILY_NETWORK, edge, always, LASTS, NOTHING_ENDS,    \
      false, "a lossy link")                                                                       \
    X(FAULT_NOISY_NEIGHBOUR, noisy_neighbour, TEND_FAMILY_COMPUTE, service, always,                \
      PASSES(.25, 40, 160), NOTHING_ENDS, false, "cpu stolen by the host")

// Strange ones, for evaluation alone: drawn only where they are asked for, and neither a fit nor a
// prior, a playbook or a twin may know of them (tests/test_strange.sh). What is asked of an agent:
// that it finds the place, calls it unknown and contains it or calls for help.
#define STRANGE_TABLE(X)                                                                           \
    X(FAULT_DEPENDENCY_DOWN, dependency_down, TEND_FAMILY_UNKNOWN, external, always,               \
      PASSES(.5, 60, 120), NOTHING_ENDS, false, "an external dependency fails its callers")        \
    X(FAULT_SLOW_DISK, slow_disk, TEND_FAMILY_UNKNOWN, stateful, always, LASTS, NOTHING_ENDS,      \
      false, "a disk that stalls for seconds, again and again")                                    \
    X(FAULT_HALF_CONFIG, half_config, TEND_FAMILY_UNKNOWN, service, always, LASTS, NOTHING_ENDS,   \
      false, "a configuration that breaks one kind of request, at once")                           \
    X(FAULT_EXPIRED, expired, TEND_FAMILY_UNKNOWN, service, always, LASTS, NOTHING_ENDS, false,    \
      "a certificate that runs out, on all replicas in the same moment")

typedef enum fault_type {
#define FAULT_ENUM(e, ...) e,
    FAULT_TABLE(FAULT_ENUM) STRANGE_TABLE(FAULT_ENUM)
#undef FAULT_ENUM
        FAULT_TYPES,
    FAULT_FIRST_STRANGE = FAULT_DEPENDENCY_DOWN // from here on
} fault_type;

typedef struct fault {
    fault_type type;
    int service;     // where it sits; of an edge fault the callee; of a flash crowd the entry
    int edge;        // -1 unless it sits in an edge
    int start;       // tick
    int duration;    // ticks; most faults outlast the episode unless the right action ends them
    int16_t ramp;    // ticks in which it grows to its strength, 0: at once
    int16_t flap;    // ticks for which it comes, then goes, then comes; 0: it stays
    double severity; // 0..1
} fault;

// in one scenario; a file with more is refused
#define SCENARIO_FAULTS_MAX TEND_FAULTS_MAX
#define SCENARIO_DEPLOYS_MAX TEND_DEPLOYS_MAX

typedef struct scenario {
    char name[64]; // "single", "healthy", "compound", or the name in the file
    int faults;    // 0 = healthy control
    fault fault[SCENARIO_FAULTS_MAX];
    int crowd;   // tick after the one in which a harmless crowd begins, 0: none
    int deploys; // harmless deployments, so that a recent deployment alone proves nothing
    struct {
        int service, tick;
    } deploy[SCENARIO_DEPLOYS_MAX];
} scenario;

// A copy without what lies in the holes of the original: worlds and simulations are hashed and
// saved with theirs.
void scenario_copy(scenario *to, const scenario *from);
void fault_copy(fault *to, const fault *from);

// What kind of incident: X(enum, name, help)
#define SCENARIO_FAMILY_TABLE(X)                                                                   \
    X(SCENARIO_MIXED, mixed, "a fault, two or none, by the shares asked for")                      \
    X(SCENARIO_SINGLE, single, "one fault")                                                        \
    X(SCENARIO_TWO, two, "two faults of different kinds at different places")                      \
    X(SCENARIO_TWICE, twice, "the same fault again after it has ended or been ended")              \
    X(SCENARIO_CROWD, crowd, "one fault while a harmless crowd is there")                          \
    X(SCENARIO_STRANGE, strange, "one fault that no fit, prior or playbook knows")                 \
    X(SCENARIO_QUIET, quiet, "no fault")

typedef enum scenario_family {
#define FAMILY_ENUM(e, ...) e,
    SCENARIO_FAMILY_TABLE(FAMILY_ENUM)
#undef FAMILY_ENUM
        SCENARIO_FAMILIES
} scenario_family;
extern const char *const scenario_families[SCENARIO_FAMILIES + 1]; // names, ended by NULL
int scenario_family_find(const char *name);                        // -1 when unknown

// What to draw: fixed fields narrow the choice (-1 / NAN = draw it).
typedef struct scenario_spec {
    int type;        // fault_type or -1
    int service;     // or -1
    int edge;        // or -1
    double severity; // or NAN
    double healthy;  // share of healthy controls, default 0.1
    double compound; // share of compound scenarios, default 0
    int steps;       // of the episode: the onset is drawn from a part of it
    scenario_family family;
} scenario_spec;

scenario_spec scenario_any(int steps);

// Draws the incident of a seed. Only targets on which the fault can exist and matter are drawn
// (cache faults on caches, slow_db on databases, ...). TEND_INPUT when the spec names none.
tend_rc scenario_draw(const scenario_spec *spec, const tend_system *system, const plant *physics,
                      uint64_t seed, scenario *out, tend_err *err);

typedef struct scenario_file { // a scenario as JSON text, and what fills the fields it leaves open
    const char *text;
    size_t length;
    const char *name; // for messages
    int steps;        // of the episode
    uint64_t seed;
} scenario_file;

// Reads a scenario (docs/formats.md); a field left out is drawn from seed.
tend_rc scenario_parse(const scenario_file *from, const tend_system *system, const plant *physics,
                       scenario *out, tend_err *err);
// With a list for all that is wrong with the file.
tend_rc scenario_parse_all(const scenario_file *from, err_list *all, const tend_system *system,
                           const plant *physics, scenario *out, tend_err *err);

// Sets the world parameters that a scenario has of its own in `physics`.
tend_rc scenario_world(const json_file *file, plant *physics, tend_err *err);

// What a scenario may hold, its faults and its deployments: tables ended by a NULL name.
const key_row *scenario_keys(void);
const key_row *scenario_fault_keys(void);
const key_row *scenario_deploy_keys(void);

const char *fault_name(fault_type type);
const char *fault_help(fault_type type);
tend_family fault_family(fault_type type);
bool fault_ends(fault_type type, tend_action_kind by); // when that was done to its service
bool fault_lingers(fault_type type);                   // acts on when its duration is over
int fault_find(const char *name);                      // -1 when unknown

#endif
