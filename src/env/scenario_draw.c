// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_draw.c - the incident of a seed.
//
// Every aspect (type, target, onset, ...) has a random stream of its own, so that fixing one of
// them leaves the others as they were.
#include "env/draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Chosen; what is measured of the draws with them stands in docs/simulator.md, 9.
#define SHORT_MOST_S 90 // of what passes by itself where usually it would not
#define FLAP_MOST_S 30  // and half of it at least: shorter is noise, longer is two faults
#define COURSE_TICKS_MOST 30000
#define CROWD_LEAD_S 60 // by which a harmless crowd is there before the fault, at most
#define NEAR_TICKS 5    // a deployment this close to the onset looks like its cause

// everything is drawn; one incident in ten is a healthy control
scenario_spec scenario_any(int steps)
{
    return (scenario_spec){-1, -1, -1, (double)NAN, 0.1, 0, steps, SCENARIO_MIXED};
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
        if (named ? !fault_possible(system, place->p, type, service, edge)
                  : !fault_matters(place, type, service, edge))
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
        if (!fault_possible(system, place->p, (fault_type)spec->type, service, edge))
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
    const char *what = spec->type >= 0 ? fault_name((fault_type)spec->type) : "any fault";
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
    fault_course usual = fault_usual_course(type);
    if (u < usual.passes)
        // the same u, which is below `passes`, spreads it: one draw decides both
        return usual.least + (int)(usual.spread * u);
    return steps;
}

// Ticks of a share of so many seconds, at most what the course of a fault can hold.
static int16_t part_of(const draw_place *place, double seconds, double u)
{
    double ticks = ceil(seconds * u / place->system->step_s);
    return (int16_t)(ticks < COURSE_TICKS_MOST ? ticks : COURSE_TICKS_MOST);
}

// How a fault comes and goes. A trigger that lingers is over before it could do either.
static void draw_course(const draw_place *place, const rng *from, fault *out)
{
    const plant *p = place->p;
    out->ramp = out->flap = 0;
    if (fault_lingers(out->type))
        return;
    if (draw_uniform(from, "passing") < p->passing) {
        int ticks = part_of(place, SHORT_MOST_S, draw_uniform(from, "short")) + 1;
        out->duration = ticks < out->duration ? ticks : out->duration;
    }
    if (draw_uniform(from, "ramped") < p->ramped)
        out->ramp = part_of(place, p->ramp_s, draw_uniform(from, "ramp"));
    if (out->ramp > out->duration / 2)
        out->ramp = (int16_t)(out->duration / 2); // it gets to its strength
    if (draw_uniform(from, "flapping") < p->flapping)
        out->flap = part_of(place, FLAP_MOST_S, (1 + draw_uniform(from, "flap")) / 2);
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
    bool strange = spec->family == SCENARIO_STRANGE;
    for (int type = 1; type < FAULT_TYPES; type++)
        if ((spec->type < 0 ? (type >= FAULT_FIRST_STRANGE) == strange : spec->type == type) &&
            targets(spec, place, (fault_type)type, -1, out) > 0) {
            names[count] = fault_name((fault_type)type);
            open[count++] = type;
        }
    if (count == 0)
        return no_target(spec, place, err);
    out->type = (fault_type)open[draw_name(from, names, count)];
    int n = targets(spec, place, out->type, -1, out);
    // counted first, then drawn: no list of targets has to be kept
    targets(spec, place, out->type, (int)draw_below(from, "target", (uint32_t)n), out);
    // usually a quarter to learn what is usual in, and at least half to act in
    int first = (int)(spec->steps * place->p->onset_first);
    int span = (int)(spec->steps * place->p->onset_last) - first;
    out->start = first + (int)draw_below(from, "start", (uint32_t)(span > 0 ? span : 0) + 1);
    if (out->start >= spec->steps) // a fault that never begins is none
        out->start = spec->steps > 0 ? spec->steps - 1 : 0;
    out->duration = draw_duration(out->type, spec->steps, from);
    double u = draw_uniform(from, "severity");
    double least = place->p->severity_least;
    // not NAN: fixed
    out->severity = spec->severity == spec->severity ? spec->severity : least + (1 - least) * u;
    draw_course(place, from, out);
    return TEND_OK;
}

void draw_deploys(const draw_place *place, int steps, const rng *from, scenario *out)
{
    const tend_system *system = place->system;
    rng r = rng_split(from, "deploys", 0);
    out->deploys = (int)rng_below(&r, (uint32_t)place->p->deploys + 1); // anywhere in the episode
    for (int i = 0; i < out->deploys; i++) {
        out->deploy[i].service = (int)rng_below(&r, (uint32_t)system->S);
        out->deploy[i].tick = (int)rng_below(&r, steps > 1 ? (uint32_t)steps : 1);
    }
}

// One more harmless deployment, about when the first fault begins.
static void draw_deploy_near(const draw_place *place, int steps, const rng *from, scenario *out)
{
    if (out->faults == 0 || draw_uniform(from, "near") >= place->p->deploy_near)
        return;
    // in the last place when all are taken
    int i = out->deploys < SCENARIO_DEPLOYS_MAX ? out->deploys++ : SCENARIO_DEPLOYS_MAX - 1;
    int tick =
        out->fault[0].start - NEAR_TICKS + (int)draw_below(from, "near tick", 2 * NEAR_TICKS + 1);
    out->deploy[i].service = (int)draw_below(from, "near place", (uint32_t)place->system->S);
    out->deploy[i].tick = tick < 0 ? 0 : tick < steps ? tick : steps - 1;
}

// The same once more, when the first is over or has been for a while.
static void draw_again(const scenario_spec *spec, const rng *from, scenario *out)
{
    fault *second = &out->fault[1];
    fault_copy(second, &out->fault[0]);
    int left = spec->steps - second->start;
    // the first third is the first one's; it ends by itself then, mended or not
    out->fault[0].duration = second->duration < left / 3 ? second->duration : left / 3;
    second->start += left / 3 + (int)draw_below(from, "again", (uint32_t)(left / 3) + 1);
    out->faults = 2;
    snprintf(out->name, sizeof out->name, "twice");
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
    traffic *t = NULL;
    draw_place place = {system, physics, NULL};
    draw_deploys(&place, spec->steps, &from, out);
    double kind = draw_uniform(&from, "kind");
    snprintf(out->name, sizeof out->name, "healthy");
    bool mixed = spec->family == SCENARIO_MIXED;
    if (spec->type == FAULT_NONE || spec->family == SCENARIO_QUIET ||
        (mixed && open && kind < spec->healthy))
        return TEND_OK;
    tend_rc rc = traffic_open(system, physics, &t, err);
    place.t = t;
    if (rc == TEND_OK)
        rc = draw_fault(spec, &place, &from, &out->fault[0], err);
    if (rc != TEND_OK)
        goto done;
    out->faults = 1;
    snprintf(out->name, sizeof out->name, "single");
    // the upper end of the same draw that made healthy controls at its lower end
    if (spec->family == SCENARIO_TWO || (mixed && open && kind >= 1 - spec->compound))
        rc = draw_second(spec, &place, &from, out, err);
    if (spec->family == SCENARIO_TWICE)
        draw_again(spec, &from, out);
    if (spec->family == SCENARIO_CROWD) {
        int lead = (int)(CROWD_LEAD_S * draw_uniform(&from, "crowd") / system->step_s);
        int start = out->fault[0].start - lead;
        out->crowd = (start > 0 ? start : 0) + 1;
        snprintf(out->name, sizeof out->name, "crowd");
    }
    draw_deploy_near(&place, spec->steps, &from, out);
done:
    traffic_close(t);
    return rc;
}
