// SPDX-License-Identifier: GPL-3.0-or-later
// model.h - what the files of the simulator share: the immutable model and a world's header.
//
// A world is one block: header, fleet (fleet.h), series that are seen, the engine's own state. One
// tick is a straight list of passes over it:
//     faults.c        what is wrong now                      -> effects on services and edges
//     actions.c       timers of restarts, scaling, rollbacks -> replicas ready
//     fluid_queue.c   load and queues, callers first         -> backlog, throughput, own time
//     fluid_calls.c   calls, callees first                   -> response time, errors with callees
//     fluid_observe.c what a monitor measures                -> samples with noise
//     observe.c       noise of the instrument (measure.c), missing and late samples, what has
//                     arrived (arrive.c)                     -> what can be seen
// Beside them life.c has what goes on in a healthy system, fate.c what becomes of actions; each of
// these four has state of its own in a world whose plant wants it, and none in any other.
// Times are seconds inside, milliseconds outside. docs/simulator.md has the equations.
#ifndef TEND_ENV_MODEL_H
#define TEND_ENV_MODEL_H

#include "base/hash.h"
#include "env/env.h"
#include "env/tables.h"

#include <math.h>

#define MISSING ((double)NAN) // as everywhere: a value that is not known

typedef struct service_model {
    double cores, service_s, cv2;
    double waiting_factor; // (1 + cv2) / 2, Allen-Cunneen
    double workers, queue; // per replica
    double memory, memory_load, error_share;
    double hit_rate, working_set;
    double utilisation, visits, hold_s; // nominal, see traffic.h
    int restart_ticks, scale_ticks, provision_ticks;
    int first_edge, edges; // its outgoing edges, consecutive in sim_model.edge
    int cache;             // cache whose hits split its response times in two, -1
    int replicas, least, most;
} service_model;

typedef struct edge_model { // in the order of their callers
    int index;              // in the system
    int caller, callee;
    int cache;                      // >= 0: only called on a miss of this cache
    int guard;                      // then the caller's edge to that cache (in this order), else -1
    bool first;                     // of the edges to its callee
    bool guards_miss;               // the callee is a cache: its failure is a miss, not an error
    double present;                 // probability of a call, without a hit: min(1, calls)
    double times;                   // repeated calls: max(1, calls)
    double timeout_s, timeout_root; // root: the cube root
    double network_s, fallback_errors, fallback_s;
    int retries;
} edge_model;

#define COLUMN_NOISE_ARRAYS 5
typedef struct column_noise { // [S][M], [E] each: the character of a column's noise, see measure.h
    double *slow, *fresh;     // share of the last tick's that stays, and of a new draw
    double *tail, *unit;      // cubic share; width, MISSING of a column that is never there
    double *most;             // of a sample: 1 for a share
} column_noise;

typedef struct arrival { // of a value that waits, see arrive.h
    int at, kind;        // in the series of a world; of its metric
} arrival;

typedef struct arrival_list {
    int window, scrape, delay; // ticks, at least 1, 1 and 0
    int count;                 // of column, at most [S][M], [E][2]
    arrival *column;           // in the order of the ticks in which they are scraped
    int *due;                  // [scrape + 1] where each tick of an interval begins in it
} arrival_list;

enum { LIFE_CROWD, LIFE_JOB, LIFE_PAUSE, LIFE_HOST, LIFE_KINDS };

struct sim_model {
    const env_engine *engine;
    const tend_system *system;
    const plant *plant;
    tables tables;
    int S, M, E;
    int entry;
    double step_s;
    double slo_s;
    double turn_sin, turn_cos;          // of the daily wave, per tick
    uint32_t sample_gate;               // of 65536: some sample of a service is missing or late
    double sample_missing, sample_late; // given that
    uint32_t spike_gate, gap_gate;      // of 65536: a sample of a service leaps; a gap begins
    uint32_t life_gate[LIFE_KINDS];     // of 65536: one begins, see life.h
    double busiest;                     // highest nominal utilisation
    service_model *service;             // [S]
    edge_model *edge;                   // [E]
    int *order;                         // [S] callers before callees
    int *position;                      // [E] of an edge of the system in `edge`
    int *kind;                          // [M] tend_metric_kind of a column
    arrival_list arrivals;              // what does not show the tick itself
    column_noise column;                // arrays: what is done to all is done to two at a time
    // layout of a world, bytes from its beginning
    size_t fleet_at, fleet_edge_at, series_at, own_at, size;
    size_t measure_at, arrive_at, life_at, fate_at; // 0: the world has none of it
};

// Whole ticks that last at least so many seconds, one at least.
static inline int ticks_of(double seconds, double step_s)
{
    double ticks = ceil(seconds / step_s);
    return ticks < 1 ? 1 : (int)ticks;
}

static inline int model_ticks(const sim_model *m, double seconds)
{
    return ticks_of(seconds, m->step_s);
}

typedef struct fault_state {
    fault f;
    double strength, second; // what severity means on this target
    int over;
    int halved; // times that an action did half of what would have ended it
} fault_state;

struct world {
    uint32_t key[2];
    int64_t tick;              // the tick simulated last, -1 before the first
    double wave_sin, wave_cos; // of the daily wave; turned a little every tick
    double admitted, admit;    // share of users let in now; where it moves to
    double flash;              // factor on the users
    double user_errors;        // share of admitted users who failed, in the last tick
    double refused;
    double seen_p95_ms, seen_errors;
    int breach;
    int faults;
    fault_state fault[SCENARIO_FAULTS_MAX];
    int deploys;
    int deploy_service[SCENARIO_DEPLOYS_MAX], deploy_tick[SCENARIO_DEPLOYS_MAX];
    int crowd; // tick after the one in which a scenario's harmless crowd begins, 0: none
};

// The arrays behind the header. [S][M] twice, [E][2], and [S] each of the others.
enum {
    SERIES_READY,
    SERIES_AGE,
    SERIES_BACKLOG,
    SERIES_UTILISATION,
    SERIES_ARRIVALS,
    SERIES_THROUGHPUT,
    SERIES_MEAN,
    SERIES_P95,
    SERIES_ERRORS,
    SERIES_COUNT
};

static inline double *world_series(world *w, const sim_model *m)
{
    return (double *)(void *)((char *)w + m->series_at);
}

static inline double *series_edges(world *w, const sim_model *m) // [E][2]
{
    return world_series(w, m) + 2 * m->S * m->M;
}

static inline double *series_of(world *w, const sim_model *m) // [SERIES_COUNT][S]
{
    return series_edges(w, m) + 2 * m->E;
}

// 64 random bits of (seed, tick, stream, item): SplitMix64 (Steele, Lea, Flood 2014) on a counter,
// where a block of Philox would cost as much as what it is drawn for.
static inline uint64_t world_key(const world *w, uint32_t stream)
{
    uint64_t key = (uint64_t)w->key[1] << 32 | w->key[0];
    return hash_mix(key ^ hash_mix((uint64_t)w->tick << 8 | stream));
}

static inline uint64_t world_word(uint64_t key, int item)
{
    return hash_mix(key + (uint64_t)(uint32_t)item * 0x9E3779B97F4A7C15ull);
}

// Random bits of (tick, item, stream): 128 of them.
enum {
    STREAM_SERVICE,
    STREAM_SAMPLE,
    STREAM_EDGE,
    STREAM_FAULT,
    STREAM_START,
    STREAM_METRIC,
    STREAM_LIFE,
    STREAM_ACTION
};

// observe.c: an engine shows a service's samples of this tick, one per kind, MISSING for what it
// does not measure; `gate` are 16 random bits that decide whether any of them is missing or late.
// When all are shown, the tick is judged.
void series_show(world *w, const sim_model *m, int at, const double now[TEND_METRIC_KINDS],
                 uint32_t gate);
void series_judge(world *w, const sim_model *m);

#endif
