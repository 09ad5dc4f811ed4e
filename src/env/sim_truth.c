// SPDX-License-Identifier: GPL-3.0-or-later
// sim_truth.c - what is behind a simulation, for those who judge.
#include "env/model.h"
#include "env/sim.h"

void tend_sim_facts(const tend_sim *sim, tend_facts *out)
{
    world_look_behind(sim_world(sim), sim_setup_of(sim)->model, out);
}

void tend_sim_truth(const tend_sim *sim, tend_truth *out)
{
    const scenario *incident = sim_incident(sim);
    const world *w = sim_world(sim);
    *out = (tend_truth){.name = incident->name, .faults = incident->faults};
    for (int i = 0; i < incident->faults; i++) {
        const fault *f = &incident->fault[i];
        // healed: the world has none of them any more
        bool mended = i >= w->faults || w->fault[i].over;
        bool passed = w->tick - f->start >= f->duration && !fault_lingers(f->type);
        out->fault[i] = (tend_fault){.type = fault_name(f->type),
                                     .family = fault_family(f->type),
                                     .service = f->service,
                                     .edge = f->edge,
                                     .start = f->start,
                                     .duration = f->duration,
                                     .severity = f->severity,
                                     .over = mended || passed};
    }
    out->deploys = incident->deploys;
    for (int i = 0; i < incident->deploys; i++) {
        out->deploy[i].service = incident->deploy[i].service;
        out->deploy[i].tick = incident->deploy[i].tick;
    }
}
