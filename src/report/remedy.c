// SPDX-License-Identifier: GPL-3.0-or-later
// remedy.c - the column "remedy" of docs/simulator.md, for the yardsticks alone.
#include "report/remedy.h"

bool fault_present(const fault *f, int tick)
{
    return f->start <= tick && (tick - f->start < f->duration || fault_lingers(f->type));
}

static bool ended_by_anything(fault_type type)
{
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        if (fault_ends(type, (tend_action_kind)kind))
            return true;
    return false;
}

static bool mends(const tend_action *a, const fault *f)
{
    if (fault_family(f->type) == TEND_FAMILY_NETWORK)
        return a->kind == TEND_REROUTE && a->edge == f->edge;
    if (fault_family(f->type) == TEND_FAMILY_TRAFFIC && a->kind == TEND_LIMIT)
        return true;
    // what nothing ends is outgrown
    if (!ended_by_anything(f->type))
        return a->kind == TEND_SCALE_UP && a->service == f->service;
    return fault_ends(f->type, a->kind) && a->service == f->service && a->edge < 0;
}

bool remedy_known(const fault *f, const tend_system *system)
{
    if (f->type >= FAULT_FIRST_STRANGE)
        return false;
    for (int a = 0; a < system->A; a++)
        if (mends(&system->actions[a], f))
            return true;
    return false;
}
