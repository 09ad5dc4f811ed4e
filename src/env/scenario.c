// SPDX-License-Identifier: GPL-3.0-or-later
// scenario.c - the fault table's names, and drawing the incident of a seed.
//
// Every aspect (type, target, onset, ...) has a random stream of its own, so that fixing one of
// them leaves the others as they were.
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
    to->severity = from->severity;
}

void scenario_copy(scenario *to, const scenario *from)
{
    memset(to, 0, sizeof *to);
    memcpy(to->name, from->name, sizeof to->name);
    to->faults = from->faults;
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
    FAULT_TABLE(ROW)
#undef ROW
};

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

// everything is drawn; one incident in ten is a healthy control
scenario_spec scenario_any(int steps)
{
    return (scenario_spec){-1, -1, -1, (double)NAN, 0.1, 0, steps};
}

// It can sit on this service, or on this edge, at all.
static bool possible(const tend_system *system, const plant *p, fault_type type, int service,
                     int edge)
{
    return types[type].can(&(spot){system, p, service, edge});
}

// Users must notice: enough of them cross the target, and the fault bites there.
static bool matters(const draw_place *in, fault_type type, int service, int edge)
{
    if (!possible(in->system, in->p, type, service, edge))
        return false;
    if (edge >= 0)
        return in->t->crossing[edge] >= EXPOSURE_LEAST;
    return in->t->visits[service] >= EXPOSURE_LEAST && types[type].shows(in, service);
}

// How many targets the spec leaves open for this type; the `wanted`-th of them goes to *out.
static int targets(const scenario_spec *spec, const draw_place *place, fault_type type, int wanted,
                   fault *out)
{
    const tend_system *system = place->system;
    int count = 0;
    // a named target is the user's wish, whether it matters or not
    bool named = spec->service >= 0 || spec->edge >= 0;
    for (int i = 0; i < system->S + system->E; i++) {
        int edge = i < system->S ? -1 : i - system->S;
        int service = edge < 0 ? i : system->edges[edge].callee;
        if ((spec->service >= 0 && spec->service != service) ||
            (spec->edge >= 0 && spec->edge != edge))
            continue;
        if (named ? !possible(system, place->p, type, service, edge)
                  : !matters(place, type, service, edge))
            continue;
        if (count++ == wanted) {
            out->service = service;
            out->edge = edge;
        }
    }
    return count;
}

// ", only on A, B": where a fault that was named can sit. A long list is cut, it is a hint.
static void sits(const scenario_spec *spec, const draw_place *place, char *out, size_t room)
{
    const tend_system *system = place->system;
    size_t used = 0;
    out[0] = 0;
    for (int i = 0; i < system->S + system->E && spec->type >= 0; i++) {
        int edge = i < system->S ? -1 : i - system->S;
        const tend_edge *call = edge < 0 ? NULL : &system->edges[edge];
        int service = call ? call->callee : i;
        if (!possible(system, place->p, (fault_type)spec->type, service, edge))
            continue;
        const char *caller = call ? system->services[call->caller].name : "",
                   *name = system->services[service].name;
        const char *begin = used ? ", " : ", only on ";
        size_t length = strlen(begin) + strlen(caller) + (call != NULL) + strlen(name);
        if (used + length + sizeof ", ..." > room) {
            snprintf(out + used, room - used, ", ...");
            return;
        }
        used += (size_t)snprintf(out + used, room - used, "%s%s%s%s", begin, caller,
                                 call ? ">" : "", name);
    }
}

// Says which of the caller's wishes cannot be met: a call, a service, or the kind of fault.
static tend_rc no_target(const scenario_spec *spec, const draw_place *place, tend_err *err)
{
    const tend_system *system = place->system;
    char where[240];
    sits(spec, place, where, sizeof where);
    const char *what = spec->type >= 0 ? types[spec->type].name : "any fault";
    if (spec->edge >= 0)
        return tend_fail(err, TEND_INPUT, "system %s: %s cannot sit on the edge %s>%s%s",
                         system->name, what,
                         system->services[system->edges[spec->edge].caller].name,
                         system->services[system->edges[spec->edge].callee].name, where);
    if (spec->service >= 0)
        return tend_fail(err, TEND_INPUT, "system %s: %s cannot sit on %s%s", system->name, what,
                         system->services[spec->service].name, where);
    return tend_fail(err, TEND_INPUT, "system %s: nothing in it on which %s would matter",
                     system->name, what);
}

// A stream per name: what is drawn for one aspect never shifts another.
static uint32_t draw_below(const rng *from, const char *name, uint32_t n)
{
    rng r = rng_split(from, name, 0);
    return rng_below(&r, n);
}

static double draw_uniform(const rng *from, const char *name)
{
    rng r = rng_split(from, name, 0);
    return rng_uniform(&r);
}

// A few faults pass by themselves; the others last until the right action ends them.
static int draw_duration(fault_type type, int steps, const rng *from)
{
    double u = draw_uniform(from, "duration");
    if (u < types[type].passes)
        // the same u, which is below `passes`, spreads it: one draw decides both
        return types[type].least + (int)(types[type].spread * u);
    return steps;
}

int draw_name(const rng *from, const char *const names[], int count)
{
    rng all = rng_split(from, "type", 0);
    uint64_t highest = 0;
    int best = 0;
    for (int i = 0; i < count; i++) {
        rng one = rng_split(&all, names[i], 0);
        uint64_t ticket = rng_next64(&one);
        if (ticket > highest) {
            highest = ticket;
            best = i;
        }
    }
    return best;
}

tend_rc draw_fault(const scenario_spec *spec, const draw_place *place, const rng *from, fault *out,
                   tend_err *err)
{
    int open[FAULT_TYPES], count = 0;
    const char *names[FAULT_TYPES];
    // type 0 is the healthy control: never drawn as a fault
    for (int type = 1; type < FAULT_TYPES; type++)
        if ((spec->type < 0 || spec->type == type) &&
            targets(spec, place, (fault_type)type, -1, out) > 0) {
            names[count] = types[type].name;
            open[count++] = type;
        }
    if (count == 0)
        return no_target(spec, place, err);
    out->type = (fault_type)open[draw_name(from, names, count)];
    int n = targets(spec, place, out->type, -1, out);
    // counted first, then drawn: no list of targets has to be kept
    targets(spec, place, out->type, (int)draw_below(from, "target", (uint32_t)n), out);
    // a quarter to learn what is usual, at least half to act in
    int first = spec->steps / 4, span = spec->steps / 2 - first;
    out->start = first + (int)draw_below(from, "start", (uint32_t)(span > 0 ? span : 0) + 1);
    out->duration = draw_duration(out->type, spec->steps, from);
    double u = draw_uniform(from, "severity");
    // not NAN: fixed. Drawn from 0.4 up, since below that many faults never breach
    out->severity = spec->severity == spec->severity ? spec->severity : 0.4 + 0.6 * u;
    return TEND_OK;
}

void draw_deploys(const tend_system *system, int steps, const rng *from, scenario *out)
{
    rng r = rng_split(from, "deploys", 0);
    out->deploys = (int)rng_below(&r, 3); // 0, 1 or 2, anywhere in the episode
    for (int i = 0; i < out->deploys; i++) {
        out->deploy[i].service = (int)rng_below(&r, (uint32_t)system->S);
        out->deploy[i].tick = (int)rng_below(&r, steps > 1 ? (uint32_t)steps : 1);
    }
}

// A second fault elsewhere, while the first is still there.
static tend_rc draw_second(const scenario_spec *spec, const draw_place *place, const rng *from,
                           scenario *out, tend_err *err)
{
    // another place and type, or in a tiny system after 16 tries whatever came last
    for (uint64_t i = 0; i < 16; i++) {
        rng again = rng_split(from, "second", i);
        fault *second = &out->fault[1];
        tend_rc rc = draw_fault(spec, place, &again, second, err);
        if (rc != TEND_OK)
            return rc;
        // 5 to 30 ticks later: while the first is being worked on
        second->start = out->fault[0].start + 5 + (int)draw_below(&again, "gap", 26);
        out->faults = 2;
        if (second->service != out->fault[0].service && second->type != out->fault[0].type)
            break;
    }
    snprintf(out->name, sizeof out->name, "compound");
    return TEND_OK;
}

tend_rc scenario_draw(const scenario_spec *spec, const tend_system *system, const plant *physics,
                      uint64_t seed, scenario *out, tend_err *err)
{
    memset(out, 0, sizeof *out);
    rng from = rng_make(seed, "scenario");
    // who names a type or a place wants that fault, not a control
    bool open = spec->type < 0 && spec->service < 0 && spec->edge < 0;
    draw_deploys(system, spec->steps, &from, out);
    double kind = draw_uniform(&from, "kind");
    snprintf(out->name, sizeof out->name, "healthy");
    if (spec->type == FAULT_NONE || (open && kind < spec->healthy))
        return TEND_OK;
    traffic *t = NULL;
    tend_rc rc = traffic_open(system, physics, &t, err);
    draw_place place = {system, physics, t};
    if (rc == TEND_OK)
        rc = draw_fault(spec, &place, &from, &out->fault[0], err);
    if (rc != TEND_OK)
        goto done;
    out->faults = 1;
    snprintf(out->name, sizeof out->name, "single");
    // the upper end of the same draw that made healthy controls at its lower end
    if (open && kind >= 1 - spec->compound)
        rc = draw_second(spec, &place, &from, out, err);
done:
    traffic_close(t);
    return rc;
}
