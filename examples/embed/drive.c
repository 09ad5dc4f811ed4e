// SPDX-License-Identifier: GPL-3.0-or-later
// drive.c - a C program that drives the simulator with a policy of its own, beside doing nothing.
//
//     cc drive.c $(pkg-config --cflags --libs tend) -o drive && ./drive shop 50
//
// The policy restarts the service whose latency has grown most over its usual one, three ticks into
// a breach, and then waits twenty ticks to see what comes of it.
#include <stdio.h>
#include <stdlib.h>
#include <tend/sim.h>

enum { LEARN = 40, LATE = 3, WAIT = 20 };

typedef struct mine {
    double usual[64]; // [S] mean latency of the first ticks, ms
    int late, since;  // ticks in breach; since the last action
} mine;

static int choose(mine *me, const tend_system *s, const tend_sim *sim, const tend_obs *obs)
{
    int latency = tend_system_column(s, TEND_LATENCY), best = 0;
    bool possible[512], due = me->late >= LATE && me->since > WAIT;
    double most = 2; // at least twice the usual
    tend_sim_mask(sim, possible);
    me->late = obs->breach ? me->late + 1 : 0;
    me->since++;
    for (int i = 0; i < s->S; i++) {
        double ms = obs->value[i * s->M + latency];
        int restart = tend_system_action(s, TEND_RESTART, i, -1);
        if (obs->tick < LEARN && ms == ms) // NAN: missing
            me->usual[i] += ms / LEARN;
        if (due && restart > 0 && possible[restart] && ms > most * me->usual[i]) {
            most = ms / me->usual[i];
            best = restart;
        }
    }
    me->since = best ? 0 : me->since;
    return best;
}

// Ticks in breach of a seed's episode, with the policy or without.
static int play(tend_sim *sim, const tend_system *s, uint64_t seed, bool act)
{
    mine me = {.since = WAIT};
    tend_obs obs;
    int breaches = 0;
    if (tend_sim_reset(sim, seed, NULL) != TEND_OK)
        return -1;
    while (tend_sim_step(sim)) {
        tend_sim_observe(sim, &obs);
        breaches += obs.breach;
        if (act)
            tend_sim_act(sim, choose(&me, s, sim, &obs));
    }
    return breaches;
}

int main(int argc, char **argv)
{
    tend_err err;
    tend_sim_setup *setup;
    tend_sim *sim = NULL;
    int episodes = argc > 2 ? atoi(argv[2]) : 20, ours = 0, without = 0;
    if (tend_sim_setup_open(argc > 1 ? argv[1] : "default", NULL, &setup, &err) != TEND_OK ||
        tend_sim_open(setup, &sim, &err) != TEND_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    const tend_system *s = tend_sim_system(setup);
    for (int i = 0; i < episodes && s->S <= 64 && s->A <= 512; i++) {
        ours += play(sim, s, 200001 + (uint64_t)i, true);
        without += play(sim, s, 200001 + (uint64_t)i, false);
    }
    printf("%d episodes: %d ticks in breach, %d without acting\n", episodes, ours, without);
    tend_sim_close(sim);
    tend_sim_setup_close(setup);
    return 0;
}
