// model.h - what the files of the simulator share: the immutable model and the changing world.
//
// One tick is a straight list of passes over the world (world.c):
//     faults.c   what is wrong now                      -> effects of services and edges
//     actions.c  timers of restarts, scaling, rollbacks -> replicas ready
//     queue.c    load and queues, callers first         -> backlog, throughput, own response time
//     calls.c    calls, callees first                   -> response time and errors with callees
//     observe.c  noise, missing and late samples        -> what can be seen
// Times are seconds inside, milliseconds outside. docs/simulator.md has the equations.
#ifndef TEND_ENV_MODEL_H
#define TEND_ENV_MODEL_H

#include "env/tables.h"
#include "env/world.h"

#include <math.h>

#define MISSING ((double)NAN)

typedef struct service_model {
    double cores, service_s, cv2;
    double waiting_factor; // (1 + cv2) / 2, Allen-Cunneen
    double workers, queue; // per replica
    double memory, memory_load, error_share;
    double hit_rate, working_set;
    double utilisation, visits, hold_s; // nominal, see traffic.h
    int restart_ticks, scale_ticks;
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

struct sim_model {
    const tend_system *system;
    const plant *plant;
    tables tables;
    int S, E;
    int entry;
    double step_s;
    double slo_s;
    double turn_sin, turn_cos;          // of the daily wave, per tick
    uint32_t sample_gate;               // of 65536: some sample of a service is missing or late
    double sample_missing, sample_late; // given that
    service_model *service;             // [S]
    edge_model *edge;                   // [E]
    int *order;                         // [S] callers before callees
    int *position;                      // [E] of an edge of the system in `edge`
    size_t service_at, edge_at, series_at, size; // layout of a world, bytes
};

typedef struct effects { // of the faults in force, on one service
    double slow;         // factor on the service time, busy
    double lock;         // factor on the service time, idle
    double lost;         // share of the cores of the replicas it began with
    double hog;          // share of the cpu that another process is seen to use
    double errors;       // share of requests that fail however often they are tried
    double leak;         // memory per tick
    double pool;         // leaked share of the pool per tick
    double pool_most;
    double evict;  // share of the cache that holds
    double poison; // share of the hits that are wrong
    double crash;  // share of the replicas in a crash loop
} effects;

typedef struct service_state {
    // queue.c
    double arrivals, backlog, busy, throughput, capacity; // 1/s, requests, share, 1/s, 1/s
    double service_s;                                     // service time under faults and GC
    double held;                   // share of the pool in use or leaked, may exceed 1
    double wait_s, own_s, own_var; // waiting; waiting and service; its variance
    double shed;                   // share of arrivals turned away by a full queue
    double down_s;                 // mean time a worker waits for callees
    double offered;                // 1/s, gathered from the callers in this tick
    double swing;                  // standard deviation of its arrivals, requests
    // calls.c
    double mean_s, var, p95_s, root; // with callees
    double errors, lasting_errors;   // all; those a retry cannot mend
    // slow state
    double memory, leak, pool_leaked, fill;
    double broken; // share of requests cut off by a crash in this tick
    effects now;
    // actions.c
    int replicas, ready, pending, scale_left;
    int restart_left, restart_wave, rollback_left, rollback_wave;
    int oom_left, oom_wave, crash_wave;
    int live_since;   // tick the running version went live
    int affected;     // replicas when the episode began
    uint32_t bits[4]; // random bits of this tick
} service_state;

typedef struct edge_state {
    double flow;          // calls on the callee per request of the caller
    double failing;       // lagged failure share of an attempt
    double miss;          // of a guard edge: share of the calls that go on behind the cache
    double delay_s, loss; // by faults
    int more_retries;     // by a fault, beyond those of the plant
    int pad;
    double client_s, server_s, var, calls; // per call; s^2; 1/s
    int rerouted, switch_left;             // goes to the fallback; ticks until it changes over
} edge_state;

typedef struct fault_state {
    fault f;
    double strength, second; // what severity means on this target
    int over;
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
    int deploy_pad;
};

// The arrays behind the header. [S][WORLD_METRICS] twice, [E][2], and [S] each of the others.
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

static inline service_state *world_services(world *w, const sim_model *m)
{
    return (service_state *)(void *)((char *)w + m->service_at);
}

static inline edge_state *world_edges(world *w, const sim_model *m)
{
    return (edge_state *)(void *)((char *)w + m->edge_at);
}

static inline double *world_series(world *w, const sim_model *m)
{
    return (double *)(void *)((char *)w + m->series_at);
}

// Random bits of (tick, item, stream): 128 of them.
enum { STREAM_SERVICE, STREAM_SAMPLE, STREAM_EDGE, STREAM_FAULT, STREAM_START };

void faults_init(world *w, const sim_model *m, const scenario *incident);
void faults_apply(world *w, const sim_model *m);
// An action on `service` has been carried out: faults it mends are over.
void faults_mended(world *w, const sim_model *m, tend_action_kind by, int service);

void actions_tick(world *w, const sim_model *m);

void queue_pass(world *w, const sim_model *m, double users);
void calls_pass(world *w, const sim_model *m);
void observe_pass(world *w, const sim_model *m);

#endif
