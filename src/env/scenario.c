// SPDX-License-Identifier: GPL-3.0-or-later
// scenario.c - the fault table: names, and where each fault can sit and where it matters.
#include "env/scenario.h"

#include "core/params.h"
#include "env/draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Thresholds of where a fault matters, set on the example systems (tests/bench/headroom.c).
// Smaller draws incidents that nobody notices, larger leaves few targets and always the same.
#define EXPOSURE_LEAST 0.12 // calls per user request below which a fault hardly shows at the door
#define LEAK_LOAD 0.35      // utilisation that the slowest collector still pushes over the edge
#define STORM_LOAD 0.25     // utilisation that eager retries can turn into a lasting overload
#define STORM_PRESSURE 1.5  // callers' timeouts per second over the capacity: see storm_load
#define COLD_LOAD 1.02      // offered load behind a cold cache, where evictions hurt

void fault_copy(fault *to, const fault *from)
{
    memset(to, 0, sizeof *to);
    to->type = from->type;
    to->service = from->service;
    to->edge = from->edge;
    to->start = from->start;
    to->duration = from->duration;
    to->ramp = from->ramp;
    to->flap = from->flap;
    to->severity = from->severity;
}

void scenario_copy(scenario *to, const scenario *from)
{
    memset(to, 0, sizeof *to);
    memcpy(to->name, from->name, sizeof to->name);
    to->faults = from->faults;
    to->crowd = from->crowd;
    to->deploys = from->deploys;
    for (int i = 0; i < from->faults; i++)
        fault_copy(&to->fault[i], &from->fault[i]);
    memcpy(to->deploy, from->deploy, sizeof to->deploy);
}

// Where a fault can sit: on this service, or on an edge to it.
typedef struct spot {
    const tend_system *system;
    const plant *p;
    int service, edge;
} spot;

static bool can_nowhere(const spot *at)
{
    (void)at;
    return false;
}

static bool can_service(const spot *at)
{
    // what runs elsewhere is not ours to break, nor to restart
    return at->edge < 0 && at->system->services[at->service].kind != TEND_EXTERNAL;
}

static bool can_external(const spot *at)
{
    return at->edge < 0 && at->system->services[at->service].kind == TEND_EXTERNAL;
}

// what keeps things on a disk
static bool can_stateful(const spot *at)
{
    tend_service_kind kind = at->edge < 0 ? at->system->services[at->service].kind : TEND_CACHE;
    return kind == TEND_DATABASE || kind == TEND_QUEUE;
}

static bool can_edge(const spot *at)
{
    return at->edge >= 0;
}

static bool can_database(const spot *at)
{
    return at->edge < 0 && at->system->services[at->service].kind == TEND_DATABASE;
}

static bool is_cache(const spot *at)
{
    return at->edge < 0 && at->system->services[at->service].kind == TEND_CACHE;
}

static bool can_cache_in_front(const spot *at)
{
    for (int e = 0; e < at->system->E; e++)
        if (at->p->edges[e].on_miss && at->p->edges[e].cache == at->service)
            return is_cache(at);
    return false;
}

static bool can_cache_with_hits(const spot *at)
{
    return is_cache(at) && at->p->services[at->service].hit_rate > 0;
}

static bool can_entry(const spot *at)
{
    return can_service(at) && at->service == at->system->entry;
}

static bool can_behind_entry(const spot *at)
{
    return can_service(at) && at->service != at->system->entry;
}

// Share of a service's requests that come to it by a call on the misses of this cache.
static double share_of_misses(const tend_system *system, const plant *p, const traffic *t,
                              int cache, int service)
{
    double crossing = 0;
    for (int e = 0; e < system->E; e++)
        if (system->edges[e].callee == service && p->edges[e].on_miss && p->edges[e].cache == cache)
            crossing += t->crossing[e];
    return t->visits[service] > 0 ? crossing / t->visits[service] : 0;
}

// Utilisation of the busiest service behind a cache that answers nothing. What comes by other ways
// stays as it is.
static double coldest_load(const tend_system *system, const plant *p, const traffic *t, int cache)
{
    double most = 0;
    for (int e = 0; e < system->E; e++)
        if (p->edges[e].on_miss && p->edges[e].cache == cache) {
            int callee = system->edges[e].callee;
            double miss = 1 - p->services[cache].hit_rate;
            double of_misses = share_of_misses(system, p, t, cache, callee);
            double cold = t->utilisation[callee] * (1 - of_misses + of_misses / miss);
            // only where the users would notice
            most = t->crossing[e] / miss >= EXPOSURE_LEAST && cold > most ? cold : most;
        }
    return most;
}

// What callers whose workers all wait for a timeout can still offer, against the capacity: below 1
// their own pools hold the storm back. 0 for a service with callees: they would be overrun first.
static double storm_load(const tend_system *system, const plant *p, int service)
{
    const plant_service *of = &p->services[service];
    double rate = 0;
    for (int e = 0; e < system->E; e++) {
        int caller = system->edges[e].caller;
        if (caller == service)
            return 0;
        if (system->edges[e].callee == service)
            rate += p->services[caller].workers * system->services[caller].replicas * 1000 /
                    p->edges[e].timeout_ms;
    }
    return rate * of->service_ms / 1000 / (of->cores * system->services[service].replicas);
}

// shows_*: where an unnamed target is drawn from, as can_* says where one may be named.
static bool shows_always(const draw_place *in, int service)
{
    (void)in;
    (void)service;
    return true;
}

static bool shows_under_load(const draw_place *in, int service)
{
    return in->t->utilisation[service] >= LEAK_LOAD;
}

static bool shows_by_retries(const draw_place *in, int service)
{
    return in->t->utilisation[service] >= STORM_LOAD &&
           storm_load(in->system, in->p, service) >= STORM_PRESSURE;
}

static bool shows_when_cold(const draw_place *in, int service)
{
    return coldest_load(in->system, in->p, in->t, service) >= COLD_LOAD;
}

// a row of FAULT_TABLE, with its functions found by name
static const struct {
    const char *name, *help;
    tend_family family;
    bool (*can)(const spot *at);
    bool (*shows)(const draw_place *in, int service);
    double passes; // share of the incidents that pass by themselves
    int least, spread;
    unsigned ends; // a bit per kind of action
    bool lingers;
} types[FAULT_TYPES] = {
#define ROW(e, name, family, can, shows, passes, ends, lingers, help)                              \
    {#name, help, family, can_##can, shows_##shows, passes, ends, lingers},
    FAULT_TABLE(ROW) STRANGE_TABLE(ROW)
#undef ROW
};

const char *const scenario_families[SCENARIO_FAMILIES + 1] = {
#define FAMILY_NAME(e, name, help) #name,
    SCENARIO_FAMILY_TABLE(FAMILY_NAME)
#undef FAMILY_NAME
        NULL};

int scenario_family_find(const char *name)
{
    for (int i = 0; i < SCENARIO_FAMILIES; i++)
        if (strcmp(scenario_families[i], name) == 0)
            return i;
    return -1;
}

const char *fault_name(fault_type type)
{
    return types[type].name;
}

const char *fault_help(fault_type type)
{
    return types[type].help;
}

tend_family fault_family(fault_type type)
{
    return types[type].family;
}

int fault_find(const char *name)
{
    for (int i = 0; i < FAULT_TYPES; i++)
        if (strcmp(types[i].name, name) == 0)
            return i;
    return -1;
}

bool fault_ends(fault_type type, tend_action_kind by)
{
    return types[type].ends >> by & 1;
}

bool fault_lingers(fault_type type)
{
    return types[type].lingers;
}

// It can sit on this service, or on this edge, at all.
bool fault_possible(const tend_system *system, const plant *p, fault_type type, int service,
                    int edge)
{
    return types[type].can(&(spot){system, p, service, edge});
}

// Users must notice: enough of them cross the target, and the fault bites there.
bool fault_matters(const draw_place *in, fault_type type, int service, int edge)
{
    if (!fault_possible(in->system, in->p, type, service, edge))
        return false;
    if (edge >= 0)
        return in->t->crossing[edge] >= EXPOSURE_LEAST;
    return in->t->visits[service] >= EXPOSURE_LEAST && types[type].shows(in, service);
}

fault_course fault_usual_course(fault_type type)
{
    return (fault_course){types[type].passes, types[type].least, types[type].spread};
}
