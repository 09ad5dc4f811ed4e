// SPDX-License-Identifier: GPL-3.0-or-later
// sim.h - a simulated system that anyone can drive: reset, step, observe, act.
//
//     tend_sim_setup *setup;  tend_sim_setup_open("shop", NULL, &setup, &err);
//     tend_sim *sim;          tend_sim_open(setup, &sim, &err);
//     tend_sim_reset(sim, 7, &err);
//     while (tend_sim_step(sim)) {
//         tend_obs obs;
//         tend_sim_observe(sim, &obs);
//         tend_sim_act(sim, choose(&obs));
//     }
//
// A setup says what is simulated and never changes; any number of simulations, in any number of
// threads, share one. A simulation is one flat block that one thread at a time may use. Same setup,
// seed and actions: the same bytes, on any machine, and the same as `tend episode` and `tend eval`
// play. Only open, reset and load can fail; nothing else allocates.
#ifndef TEND_SIM_H
#define TEND_SIM_H

#include <tend/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tend_sim_setup tend_sim_setup;

#define TEND_STEPS_MOST 1000000

// What is drawn and how; begin with tend_sim_usual().
typedef struct tend_sim_options {
    size_t size; // sizeof(tend_sim_options) where the caller was compiled
    int steps;   // ticks of an episode, 1..TEND_STEPS_MOST
    // A scenario (docs/formats.md) as JSON, with a name for messages; NULL: each seed draws its
    // own. What a scenario leaves open is drawn from the seed.
    const char *scenario;
    size_t scenario_length;
    const char *scenario_name;
    // What narrows the draw; refused beside a scenario, which says what happens.
    const char *fault;  // a name such as "slow_db", "none": always healthy; NULL: any
    const char *target; // "service" or "caller>callee"; NULL: any
    double severity;    // 0..1; NAN: drawn
    double healthy;     // share of episodes without a fault, 0..1; NAN: 0.1, 0 with a fault named
    double compound;    // share of episodes with two faults, 0..1; NAN: 0
    // World parameters instead of the file's, such as "noise=2" (tend params sim); ended by NULL.
    const char *const *set; // NULL: none
    const char *family; // "single", "two", "twice", "crowd", "strange", "quiet"; NULL or "mixed":
                        // by the shares above
    // What fills the world parameters that system, scenario and `set` leave open: "calm", "real",
    // "rough" (tend params sim); NULL: "real".
    const char *preset;
} tend_sim_options;

TEND_API tend_sim_options tend_sim_usual(void); // 240 steps, everything drawn

// Reads and checks system.json with its "sim" objects; `name` is used in messages. options may be
// NULL. *out is closed with tend_sim_setup_close, after every simulation opened on it.
TEND_API tend_rc tend_sim_setup_parse(const char *text, size_t length, const char *name,
                                      const tend_sim_options *options, tend_sim_setup **out,
                                      tend_err *err);
// The same of a file, or of an example by its name: examples/systems/ below the current folder,
// beside this library or program, or installed.
TEND_API tend_rc tend_sim_setup_open(const char *system, const tend_sim_options *options,
                                     tend_sim_setup **out, tend_err *err);
TEND_API void tend_sim_setup_close(tend_sim_setup *setup); // NULL is fine

// Valid as long as the setup.
TEND_API const tend_system *tend_sim_system(const tend_sim_setup *setup);
TEND_API int tend_sim_steps(const tend_sim_setup *setup);
// Of all that decides what happens to a seed: episodes of two setups compare where it is equal.
TEND_API uint64_t tend_sim_setup_hash(const tend_sim_setup *setup);

typedef struct tend_sim tend_sim;

TEND_API tend_rc tend_sim_open(const tend_sim_setup *setup, tend_sim **out, tend_err *err);
TEND_API void tend_sim_close(tend_sim *sim); // NULL is fine

// Begins the episode of a seed, before its first tick. Fails when its scenario cannot be drawn.
TEND_API tend_rc tend_sim_reset(tend_sim *sim, uint64_t seed, tend_err *err);

// Simulates the next tick; false, and nothing changes, when all of an episode's have been played or
// none was begun.
TEND_API bool tend_sim_step(tend_sim *sim);

// The number of the tick simulated last, -1 before the first.
TEND_API int64_t tend_sim_tick(const tend_sim *sim);

// What can be seen of it, receipts included. The arrays lead into the simulation and are valid
// until its next step, reset, load or copy. Before the first tick they are NULL and the tick is -1.
TEND_API void tend_sim_observe(const tend_sim *sim, tend_obs *out);

// Begins an action (index into the system's, 0: nothing); it takes effect from the next tick on,
// and its receipts say what becomes of it. False: refused, it cannot be done now, and nothing has
// changed but that a receipt says so; or it is no action of the system.
TEND_API bool tend_sim_act(tend_sim *sim, int action);

// What could be done now: not what is wise or allowed, that is a guard's to say. allowed [A].
TEND_API void tend_sim_mask(const tend_sim *sim, bool *possible);

// A fork: `to` goes on as `from` would. False, and nothing changes, when their setups differ in
// what tend_sim_setup_hash tells.
TEND_API bool tend_sim_copy(tend_sim *to, const tend_sim *from);

// The flat block and its checksum: size, copy out, copy in (refused, and nothing changed, when it
// is of another setup or damaged), hash. Not proof against forgery: keep it as private as a
// program. Of the same layout on every machine of this byte order.
TEND_API size_t tend_sim_state_size(const tend_sim_setup *setup);
TEND_API void tend_sim_save(const tend_sim *sim, void *out);
TEND_API tend_rc tend_sim_load(tend_sim *sim, const void *state, size_t size, tend_err *err);
TEND_API uint64_t tend_sim_hash(const tend_sim *sim);

// ---- the truth: for evaluation and research, never for an agent -------------------------------

// Noise-free quantities of the tick simulated last, 0 before the first; arrays as in tend_obs.
typedef struct tend_facts {
    const double *backlog;     // [S] requests in the service, waiting and being served
    const double *utilisation; // [S]
    const double *arrivals;    // [S] 1/s
    const double *throughput;  // [S] 1/s
    const double *mean_ms;     // [S] response time, own part without callees
    const double *p95_ms;      // [S] including callees
    const double *errors;      // [S] share
    double refused;            // share of the users turned away in this tick
} tend_facts;

TEND_API void tend_sim_facts(const tend_sim *sim, tend_facts *out);

typedef struct tend_fault {
    const char *type; // its name: "slow_db"
    tend_family family;
    int service;     // where it sits; of an edge fault the callee; of a flash crowd the entry
    int edge;        // -1 unless it sits in an edge
    int start;       // tick
    int duration;    // ticks; most faults outlast the episode unless the right action ends them
    double severity; // 0..1
    bool over;       // mended, healed or passed by now
} tend_fault;

#define TEND_FAULTS_MAX 4
#define TEND_DEPLOYS_MAX 4

typedef struct tend_truth {
    const char *name; // "single", "healthy", "compound", or the scenario's own
    int faults;       // 0: a healthy episode
    tend_fault fault[TEND_FAULTS_MAX];
    int deploys; // harmless deployments
    struct {
        int service, tick;
    } deploy[TEND_DEPLOYS_MAX];
} tend_truth;

// Of the episode begun last; its name is valid until the next reset, load or copy. Before the first
// reset: no name, no faults.
TEND_API void tend_sim_truth(const tend_sim *sim, tend_truth *out);

// Takes the faults away, but not what they have done so far: a fork made at the onset and healed is
// the same world with nothing wrong.
TEND_API void tend_sim_heal(tend_sim *sim);

#ifdef __cplusplus
}
#endif
#endif
