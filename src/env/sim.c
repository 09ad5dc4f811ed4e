// SPDX-License-Identifier: GPL-3.0-or-later
// sim.c - an episode of a world: a block of a head and the world, one tick after another.
//
// The head holds where the episode is and what became of the actions sent. Nothing in the block is
// a pointer; the setup stands outside of it.
#include "env/sim.h"

#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Actions on their way at a time: what a world takes on takes some ticks, so there are few. One
// more than that is carried out, but nothing is told of it.
#define RECEIPTS_MAX 64

typedef struct head {
    uint64_t of; // hash of the setup
    uint64_t seed;
    int32_t tick;                    // of the tick simulated last, -1
    int32_t begun;                   // an episode has been
    int32_t sents, told;             // the first `told` receipts stood in the last observation
    tend_receipt sent[RECEIPTS_MAX]; // that have not been told to be over
    scenario incident;
} head;

struct tend_sim {
    const tend_sim_setup *setup;
    unsigned char *block; // head, then world
};

static size_t block_size(const tend_sim_setup *setup)
{
    return sizeof(head) + world_size(setup->model);
}

static head *head_of(const tend_sim *sim)
{
    return (head *)(void *)sim->block;
}

static world *world_of(const tend_sim *sim)
{
    return (world *)(void *)(sim->block + sizeof(head));
}

const tend_sim_setup *sim_setup_of(const tend_sim *sim)
{
    return sim->setup;
}

const scenario *sim_incident(const tend_sim *sim)
{
    return &head_of(sim)->incident;
}

const world *sim_world(const tend_sim *sim)
{
    return world_of(sim);
}

bool sim_begun(const tend_sim *sim)
{
    return head_of(sim)->begun;
}

uint64_t sim_seed(const tend_sim *sim)
{
    return head_of(sim)->seed;
}

tend_rc tend_sim_open(const tend_sim_setup *setup, tend_sim **out, tend_err *err)
{
    _Static_assert(sizeof(head) % 8 == 0, "a world is a multiple of 8 bytes behind the head");
    *out = NULL;
    tend_sim *sim = calloc(1, sizeof *sim);
    unsigned char *block = calloc(1, block_size(setup));
    if (!sim || !block) {
        free(sim);
        free(block);
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a simulation");
    }
    *sim = (tend_sim){setup, block};
    head_of(sim)->of = tend_sim_setup_hash(setup);
    head_of(sim)->tick = -1;
    *out = sim;
    return TEND_OK;
}

void tend_sim_close(tend_sim *sim)
{
    if (sim)
        free(sim->block);
    free(sim);
}

static tend_rc draw(const tend_sim_setup *s, uint64_t seed, scenario *out, tend_err *err)
{
    scenario_file file = {s->scenario_text, s->scenario_length, s->scenario_name, s->steps, seed};
    // a file is read anew for each seed: what it leaves open is drawn from the seed
    if (s->scenario_text)
        return scenario_parse(&file, s->system, s->plant, out, err);
    return scenario_draw(&s->spec, s->system, s->plant, seed, out, err);
}

void sim_begin(tend_sim *sim, const scenario *incident, uint64_t seed)
{
    head *h = head_of(sim);
    scenario_copy(&h->incident, incident);
    world_init(world_of(sim), sim->setup->model, incident, seed);
    h->seed = seed;
    h->tick = -1;
    h->begun = 1;
    h->sents = h->told = 0;
}

tend_rc tend_sim_reset(tend_sim *sim, uint64_t seed, tend_err *err)
{
    scenario incident;
    tend_rc rc = draw(sim->setup, seed, &incident, err);
    if (rc == TEND_OK)
        sim_begin(sim, &incident, seed);
    return rc;
}

// The states stand in the order of a story: what is behind STARTED has ended.
static bool over(tend_receipt_state state)
{
    return state > TEND_RECEIPT_STARTED;
}

// What was over at the last tick has been told and is dropped; the others are looked at anew.
static void renew_receipts(tend_sim *sim)
{
    head *h = head_of(sim);
    int kept = 0;
    for (int i = 0; i < h->sents; i++) {
        tend_receipt *r = &h->sent[i];
        // told once is enough: the first end that is heard counts
        if (over(r->state) && h->told > i)
            continue;
        if (!over(r->state))
            r->state = world_progress(world_of(sim), sim->setup->model, r->action);
        h->sent[kept++] = *r;
    }
    h->sents = h->told = kept;
}

bool tend_sim_step(tend_sim *sim)
{
    head *h = head_of(sim);
    if (!h->begun || h->tick >= sim->setup->steps - 1)
        return false;
    world_step(world_of(sim), sim->setup->model);
    h->tick++;
    if (h->sents)
        renew_receipts(sim);
    return true;
}

int64_t tend_sim_tick(const tend_sim *sim)
{
    return head_of(sim)->tick;
}

void tend_sim_observe(const tend_sim *sim, tend_obs *out)
{
    const head *h = head_of(sim);
    const double unknown = (double)NAN;
    if (h->tick < 0) {
        *out = (tend_obs){.size = sizeof *out,
                          .tick = -1,
                          .entry_p95_ms = unknown,
                          .entry_errors = unknown,
                          .refused = unknown};
        return;
    }
    world_observe(world_of(sim), sim->setup->model, out);
    // what was sent in this tick is told of in the next
    out->receipt = h->sent;
    out->receipts = h->told;
}

bool tend_sim_act(tend_sim *sim, int action)
{
    head *h = head_of(sim);
    if (action < 0 || action >= sim->setup->system->A || !h->begun)
        return false;
    if (action == 0)
        return true;
    bool accepted = world_apply(world_of(sim), sim->setup->model, action);
    // an action whose receipt finds no room is told by time alone, as without receipts
    if (h->sents < RECEIPTS_MAX)
        h->sent[h->sents++] =
            (tend_receipt){.id = h->tick,
                           .action = action,
                           .state = accepted ? TEND_RECEIPT_ACCEPTED : TEND_RECEIPT_REFUSED};
    return accepted;
}

void tend_sim_mask(const tend_sim *sim, bool *possible)
{
    for (int a = 0; a < sim->setup->system->A; a++)
        possible[a] =
            a == 0 || (head_of(sim)->begun && world_can(world_of(sim), sim->setup->model, a));
}

void tend_sim_heal(tend_sim *sim)
{
    world_heal(world_of(sim), sim->setup->model);
}

bool sim_same_setup(const tend_sim *a, const tend_sim *b)
{
    return head_of(a)->of == head_of(b)->of && block_size(a->setup) == block_size(b->setup);
}

bool tend_sim_copy(tend_sim *to, const tend_sim *from)
{
    if (!sim_same_setup(to, from))
        return false;
    if (to != from)
        memcpy(to->block, from->block, block_size(from->setup));
    return true;
}

size_t tend_sim_state_size(const tend_sim_setup *setup)
{
    return block_size(setup) + sizeof(uint64_t);
}

void tend_sim_save(const tend_sim *sim, void *out)
{
    size_t size = block_size(sim->setup);
    uint64_t seal = hash_bytes(HASH_START, sim->block, size);
    memcpy(out, sim->block, size);
    memcpy((unsigned char *)out + size, &seal, sizeof seal);
}

tend_rc tend_sim_load(tend_sim *sim, const void *state, size_t size, tend_err *err)
{
    size_t body = block_size(sim->setup);
    uint64_t of, seal;
    if (size != tend_sim_state_size(sim->setup))
        return tend_fail(err, TEND_INPUT, "state of %zu bytes, expected %zu", size,
                         tend_sim_state_size(sim->setup));
    memcpy(&of, state, sizeof of); // the head's first member
    memcpy(&seal, (const unsigned char *)state + body, sizeof seal);
    if (of != head_of(sim)->of)
        return tend_fail(err, TEND_INPUT, "state of another system, scenario or world");
    // a damaged block would lead far outside of itself: what is in it is never checked again
    if (seal != hash_bytes(HASH_START, state, body))
        return tend_fail(err, TEND_INPUT, "state is damaged: its checksum does not hold");
    memcpy(sim->block, state, body);
    return TEND_OK;
}

// Of numbers, not of the head's bytes: between its members lie some that nobody sets.
uint64_t tend_sim_hash(const tend_sim *sim)
{
    const head *h = head_of(sim);
    const uint64_t where[] = {h->of, h->seed, (uint64_t)h->tick, (uint64_t)h->sents,
                              (uint64_t)h->told};
    uint64_t hash = hash_bytes(world_hash(world_of(sim), sim->setup->model), where, sizeof where);
    for (int i = 0; i < h->sents; i++) {
        const int64_t r[] = {h->sent[i].id, h->sent[i].action, (int64_t)h->sent[i].state};
        hash = hash_bytes(hash, r, sizeof r);
    }
    return hash;
}
