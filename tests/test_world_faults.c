// SPDX-License-Identifier: GPL-3.0-or-later
// test_world_faults.c - the world must be worth learning in: faults breach, last, and yield to the
// right action only.
#include "world_support.h"

static const char *const files[] = {"examples/systems/default.json", "examples/systems/shop.json",
                                    "examples/systems/layered40.json"};

typedef struct outcome {
    int first, steps, recovered; // ticks; -1 for never
} outcome;

// An episode in which each action is taken at its own delay after two breaches in a row.
typedef struct plan {
    tend_action_kind kind[3];
    int delay[3], count;
} plan;

static int target_of(const bed *b, tend_action_kind kind, const fault *f)
{
    if (kind == TEND_LIMIT || kind == TEND_LIFT)
        return tend_system_action(b->system, kind, -1, -1);
    if (kind != TEND_REROUTE)
        return tend_system_action(b->system, kind, f->service, -1);
    for (int e = 0; e < b->system->E; e++)
        if (f->edge < 0 ? b->system->edges[e].callee == f->service : e == f->edge)
            return tend_system_action(b->system, kind, f->service, e);
    return -1;
}

static outcome live(bed *b, const scenario *incident, uint64_t seed, const plan *p)
{
    outcome o = {-1, 0, -1};
    int row = 0, healthy = 0, alarm = -1;
    world_init(b->w, b->model, incident, seed);
    for (int t = 0; t < 240; t++) {
        bool breach = bed_step(b).breach;
        row = breach ? row + 1 : 0;
        healthy = breach ? 0 : healthy + 1;
        o.steps += breach;
        if (breach && o.first < 0)
            o.first = t;
        if (o.first >= 0 && o.recovered < 0 && healthy == 10)
            o.recovered = t - 9;
        if (alarm < 0 && row == 2)
            alarm = t;
        for (int i = 0; p && alarm >= 0 && i < p->count; i++) {
            int action = target_of(b, p->kind[i], &incident->fault[0]);
            if (t == alarm + p->delay[i] && action >= 0)
                world_apply(b->w, b->model, action);
        }
    }
    return o;
}

static scenario draw(bed *b, int type, double severity, uint64_t seed)
{
    scenario out;
    tend_err err;
    scenario_spec spec = scenario_any(240);
    spec.type = type;
    spec.severity = severity;
    if (scenario_draw(&spec, b->system, b->physics, seed, &out, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return out;
}

static void healthy_episodes_never_breach(void **state)
{
    (void)state;
    static const uint64_t episodes[] = {400, 100, 40};
    for (int i = 0; i < 3; i++) {
        bed b = bed_of_file(files[i]);
        for (uint64_t seed = 1; seed <= episodes[i]; seed++) {
            scenario none = draw(&b, FAULT_NONE, (double)NAN, seed);
            assert_int_equal(live(&b, &none, seed, NULL).steps, 0);
        }
        bed_close(&b);
    }
}

static void every_fault_breaches_at_half_severity_wherever_it_is_drawn(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        bed b = bed_of_file(files[i]);
        for (int type = 1; type < FAULT_FIRST_STRANGE; type++) {
            int breached = 0, episodes = i == 2 ? 20 : 60;
            for (int seed = 1; seed <= episodes; seed++) {
                scenario one = draw(&b, type, seed % 2 ? 0.5 : 0.8, (uint64_t)seed);
                outcome o = live(&b, &one, (uint64_t)seed, NULL);
                assert_true(o.first < 0 || o.first >= one.fault[0].start);
                breached += o.first >= 0;
            }
            if (breached < 0.9 * episodes)
                fail_msg("%s: %s breaches in %d of %d", files[i], fault_name((fault_type)type),
                         breached, episodes);
        }
        bed_close(&b);
    }
}

static void most_breaches_never_end_by_themselves(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        bed b = bed_of_file(files[i]);
        int breached = 0, never = 0;
        for (uint64_t seed = 1; seed <= (i == 2 ? 60u : 300u); seed++) {
            scenario one = draw(&b, -1, (double)NAN, seed);
            outcome o = live(&b, &one, seed, NULL);
            breached += o.first >= 0;
            never += o.first >= 0 && o.recovered < 0;
        }
        print_message("%s: %d of %d breaches never recover\n", files[i], never, breached);
        assert_true(never >= 0.6 * breached);
        bed_close(&b);
    }
}

// one recipe, one line
// clang-format off
#define ONE(kind) {{kind, TEND_NOOP, TEND_NOOP}, {0, 0, 0}, 1}
#define TWICE(kind) {{kind, kind, TEND_NOOP}, {0, 15, 0}, 2}
#define SHED {{TEND_LIMIT, TEND_LIFT, TEND_NOOP}, {0, 15, 0}, 2}
// clang-format on

static const struct {
    fault_type type;
    plan right, wrong;
} remedies[] = {
    {FAULT_CPU_HOG, ONE(TEND_RESTART), ONE(TEND_ROLLBACK)},
    {FAULT_MEMORY_LEAK, ONE(TEND_RESTART), ONE(TEND_ROLLBACK)},
    {FAULT_BAD_DEPLOY, ONE(TEND_ROLLBACK), ONE(TEND_RESTART)},
    {FAULT_SLOW_DB, ONE(TEND_RESTART), TWICE(TEND_SCALE_UP)},
    {FAULT_CACHE_EVICT, TWICE(TEND_SCALE_UP), ONE(TEND_CLEAR_CACHE)},
    {FAULT_CACHE_POISON, ONE(TEND_CLEAR_CACHE), TWICE(TEND_SCALE_UP)},
    {FAULT_FLASH_CROWD, TWICE(TEND_SCALE_UP), ONE(TEND_RESTART)},
    {FAULT_RETRY_STORM, SHED, ONE(TEND_ROLLBACK)},
    {FAULT_POOL_LEAK, ONE(TEND_RESTART), ONE(TEND_ROLLBACK)},
    {FAULT_CRASH_LOOP, ONE(TEND_ROLLBACK), ONE(TEND_RESTART)},
    {FAULT_NETWORK_DELAY, ONE(TEND_REROUTE), ONE(TEND_RESTART)},
    {FAULT_NETWORK_LOSS, ONE(TEND_REROUTE), ONE(TEND_RESTART)},
    {FAULT_NOISY_NEIGHBOUR, TWICE(TEND_SCALE_UP), ONE(TEND_RESTART)},
};

static void each_fault_yields_to_its_own_remedy_and_not_to_another(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        bed b = bed_of_file(files[i]);
        for (size_t k = 0; k < sizeof remedies / sizeof remedies[0]; k++) {
            double noop = 0, right = 0, wrong = 0;
            int recovered = 0, episodes = i == 2 ? 12 : 40;
            for (int seed = 1; seed <= episodes; seed++) {
                scenario one = draw(&b, (int)remedies[k].type, 0.7, (uint64_t)seed);
                noop += live(&b, &one, (uint64_t)seed, NULL).steps;
                outcome o = live(&b, &one, (uint64_t)seed, &remedies[k].right);
                right += o.steps;
                recovered += o.recovered >= 0;
                wrong += live(&b, &one, (uint64_t)seed, &remedies[k].wrong).steps;
            }
            const char *name = fault_name(remedies[k].type);
            print_message("%-32s %-16s noop %6.1f right %6.1f wrong %6.1f recovered %d/%d\n",
                          files[i], name, noop / episodes, right / episodes, wrong / episodes,
                          recovered, episodes);
            assert_true(right < 0.6 * noop);
            assert_true(wrong > 0.75 * noop);
            assert_true(recovered >= 0.9 * episodes);
        }
        bed_close(&b);
    }
}

static void no_action_at_every_alarm_alone_does_what_the_right_ones_do(void **state)
{
    (void)state;
    bed b = bed_of_file(files[0]);
    double best = 1e9, right = 0;
    for (int action = -1; action < b.system->A; action++) {
        double steps = 0;
        for (uint64_t seed = 1; seed <= 78; seed++) {
            size_t k = seed % 13;
            scenario one = draw(&b, (int)remedies[k].type, (double)NAN, seed);
            if (action < 0) {
                right += live(&b, &one, seed, &remedies[k].right).steps;
                continue;
            }
            int last = -100, row = 0; // blindly again and again, with a rest in between
            world_init(b.w, b.model, &one, seed);
            for (int t = 0; t < 240; t++) {
                bool breach = bed_step(&b).breach;
                row = breach ? row + 1 : 0;
                steps += breach;
                if (row >= 2 && t - last > 20) {
                    world_apply(b.w, b.model, action);
                    last = t;
                }
            }
        }
        best = action >= 0 && steps < best ? steps : best;
    }
    print_message("per episode: best blind action %.1f, right action %.1f\n", best / 78,
                  right / 78);
    assert_true(best > 2 * right);
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy_episodes_never_breach),
        cmocka_unit_test(every_fault_breaches_at_half_severity_wherever_it_is_drawn),
        cmocka_unit_test(most_breaches_never_end_by_themselves),
        cmocka_unit_test(each_fault_yields_to_its_own_remedy_and_not_to_another),
        cmocka_unit_test(no_action_at_every_alarm_alone_does_what_the_right_ones_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
