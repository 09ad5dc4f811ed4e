// SPDX-License-Identifier: GPL-3.0-or-later
// test_generate.c - drawn systems: sound, within the ranges that are promised, well at rest, unlike
// each other, and the same bytes for a seed whatever else is asked.
#include "command_support.h"

#include "core/json.h"
#include "drive/generate.h"
#include "env/sim.h"
#include "env/traffic.h"

#include <sys/stat.h>

enum { SEEDS = 200 };

typedef struct drawn { // a design read back from its file
    design d;
    str text;
    tend_system *system;
    plant *plant;
    traffic *flow;
} drawn;

static void draw(const design_ask *ask, uint64_t seed, int attempt, drawn *out)
{
    tend_err err;
    memset(out, 0, sizeof *out);
    assert_int_equal(design_draw(ask, seed, attempt, &out->d, &err), TEND_OK);
    design_write(&out->d, &out->text);
    tend_rc rc = tend_system_parse(out->text.text, out->text.length, "drawn", &out->system, &err);
    if (rc == TEND_OK)
        rc = plant_parse(out->text.text, out->text.length, "drawn", out->system, &out->plant, &err);
    if (rc == TEND_OK)
        rc = traffic_open(out->system, out->plant, &out->flow, &err);
    if (rc != TEND_OK)
        print_error("seed %d: %s\n", (int)seed, err.text);
    assert_int_equal(rc, TEND_OK);
}

static void drop(drawn *d)
{
    str_free(&d->text);
    traffic_close(d->flow);
    plant_free(d->plant);
    tend_system_free(d->system);
}

static bool within(double x, double least, double most)
{
    return x >= least && x <= most;
}

// Layers counted anew from the calls.
static int depth_of(const drawn *d)
{
    int layer[DESIGN_SERVICES_MOST], deepest = 0;
    for (int s = 0; s < d->system->S; s++)
        layer[s] = s == d->system->entry ? 1 : 0;
    for (int i = 0; i < d->system->S; i++)
        for (int e = 0; e < d->system->E; e++) {
            const tend_edge *edge = &d->system->edges[e];
            if (edge->caller == d->flow->order[i] && layer[edge->callee] < layer[edge->caller] + 1)
                layer[edge->callee] = layer[edge->caller] + 1;
        }
    for (int s = 0; s < d->system->S; s++) {
        assert_true(layer[s] > 0); // users reach it
        deepest = layer[s] > deepest ? layer[s] : deepest;
    }
    return deepest;
}

static void check_service(const drawn *d, int s)
{
    const tend_service *t = &d->system->services[s];
    const plant_service *p = &d->plant->services[s];
    // the service time is rounded to four digits
    assert_true(within(d->flow->utilisation[s], 0.2, 0.8));
    assert_true(within(p->cores, 1, 4));
    assert_true(within(t->replicas, 2, 4));
    assert_true(t->most_replicas > t->replicas);
    assert_true(d->flow->visits[s] <= 10.1);
    if (t->kind == TEND_CACHE) {
        assert_true(within(p->hit_rate, 0.5, 0.9));
        // a few seconds of its traffic fill it, a part of which are misses
        double rate = d->flow->visits[s] * d->plant->base_rps;
        assert_true(within(p->working_set, 0.28 * rate + 9, 3.2 * rate + 11));
    }
    // a pool that carries twice what is inside on the average, waiting for cores not counted
    double inside = d->flow->visits[s] * d->plant->base_rps * d->flow->hold_s[s] / t->replicas;
    assert_true(p->workers >= 2 * inside);
    assert_true(p->queue >= 20);
}

static void check_edge(const drawn *d, int e)
{
    const tend_edge *edge = &d->system->edges[e];
    const plant_edge *p = &d->plant->edges[e];
    double mean_ms = 1000 * d->flow->hold_s[edge->callee] + p->network_ms;
    // hold_s knows no waiting for cores, which is up to 3.5 times the service: see design_sizes.c
    assert_true(within(p->timeout_ms, 7.9 * mean_ms, 4.5 * 30.2 * mean_ms));
    assert_true(within(p->retries, 0, 3));
    assert_true(within(p->calls, 0.01, 5));
    // a fallback costs users from a fifth to one and a half of what the objective allows
    double share = d->flow->crossing[e] < 1 ? d->flow->crossing[e] : 1;
    double cost = p->fallback_errors * share / d->system->slo.error_share;
    assert_true(within(cost, 0.19, 1.58) || within(p->fallback_errors, 0.5, 0.5));
    if (p->on_miss)
        assert_true(tend_system_edge(d->system, edge->caller, p->cache) >= 0);
}

static bool asks_its_cache_as_often(const drawn *d, int e)
{
    const plant_edge *p = &d->plant->edges[e];
    int of_cache = tend_system_edge(d->system, d->system->edges[e].caller, p->cache);
    return fabs(d->plant->edges[of_cache].calls - p->calls) < 1e-9;
}

static void every_design_is_sound_and_in_range(void **state)
{
    (void)state;
    design_ask ask = design_usual();
    int kinds[TEND_SERVICE_KINDS] = {0}, cached = 0, asked = 0, retries[4] = {0}, depths[7] = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        drawn d;
        draw(&ask, seed, 0, &d);
        assert_true(within(d.system->S, 3, 40));
        assert_true(within(d.plant->base_rps, 40, 600));
        assert_true(within(depth_of(&d), 2, 6));
        assert_int_equal(depth_of(&d), d.d.depth);
        depths[d.d.depth]++;
        for (int s = 0; s < d.system->S; s++) {
            check_service(&d, s);
            kinds[d.system->services[s].kind]++;
        }
        for (int e = 0; e < d.system->E; e++) {
            check_edge(&d, e);
            cached += d.plant->edges[e].on_miss;
            asked += d.plant->edges[e].on_miss && asks_its_cache_as_often(&d, e);
            retries[(int)d.plant->edges[e].retries]++;
        }
        drop(&d);
    }
    // all of what is drawn is there, often
    for (int kind = 0; kind < TEND_SERVICE_KINDS; kind++)
        assert_true(kinds[kind] > SEEDS);
    assert_int_equal(cached, kinds[TEND_CACHE]);
    // but where either is visited too seldom or too often
    assert_true(asked > 0.6 * cached);
    for (int depth = 2; depth <= 6; depth++)
        assert_true(depths[depth] > SEEDS / 20);
    for (int i = 0; i < 4; i++)
        assert_true(retries[i] > SEEDS);
}

// What a preset fills is left open.
static void a_file_says_nothing_of_the_world_but_its_load(void **state)
{
    (void)state;
    design_ask ask = design_usual();
    drawn d;
    draw(&ask, 5, 0, &d);
    cJSON *root;
    tend_err err;
    assert_int_equal(json_parse(d.text.text, d.text.length, "drawn", &root, &err), TEND_OK);
    const cJSON *sim = cJSON_GetObjectItemCaseSensitive(root, "sim");
    assert_int_equal(cJSON_GetArraySize(sim), 1);
    assert_non_null(cJSON_GetObjectItemCaseSensitive(sim, "base_rps"));
    cJSON_Delete(root);
    drop(&d);
}

// How many services are called by how many, and of what kind: what a copy would share.
static void shape_of(const drawn *d, char *out, size_t room)
{
    size_t used = (size_t)snprintf(out, room, "%d/%d:", d->system->S, d->d.depth);
    for (int s = 0; s < d->system->S && used < room; s++) {
        int calls = 0;
        for (int e = 0; e < d->system->E; e++)
            calls += d->system->edges[e].caller == s;
        used += (size_t)snprintf(out + used, room - used, "%d%c", calls,
                                 'a' + (int)d->system->services[s].kind);
    }
}

static void designs_are_no_copies_of_each_other(void **state)
{
    (void)state;
    static char shapes[SEEDS][256];
    design_ask ask = design_usual();
    int same = 0;
    for (int i = 0; i < SEEDS; i++) {
        drawn d;
        draw(&ask, (uint64_t)i + 1, 0, &d);
        shape_of(&d, shapes[i], sizeof shapes[i]);
        for (int s = 0; s < d.system->S; s++)
            for (int k = 0; k < s; k++)
                assert_string_not_equal(d.system->services[s].name, d.system->services[k].name);
        for (int k = 0; k < i; k++)
            same += strcmp(shapes[i], shapes[k]) == 0;
        drop(&d);
    }
    // 19,900 pairs; what is alike are systems of three to six services
    assert_true(same < 12);
}

static void seeds_attempts_and_what_is_asked_name_another_design(void **state)
{
    (void)state;
    design_ask ask = design_usual(), small = {3, 5, 1}, slow = {3, 40, 15};
    drawn d, same, other;
    draw(&ask, 7, 0, &d);
    draw(&ask, 7, 0, &same);
    assert_string_equal(d.text.text, same.text.text);
    assert_string_equal(d.system->name, "gen-7");
    drop(&same);
    draw(&ask, 7, 1, &other);
    assert_string_not_equal(d.text.text, other.text.text);
    drop(&other);
    draw(&ask, 8, 0, &other);
    assert_string_not_equal(d.text.text, other.text.text);
    drop(&other);
    draw(&slow, 7, 0, &other);
    assert_string_equal(other.system->name, "gen-7-15s");
    assert_true(other.system->step_s > 14);
    assert_int_equal(other.system->S, d.system->S);
    drop(&other);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        draw(&small, seed, 0, &other);
        assert_true(within(other.system->S, 3, 5));
        drop(&other);
    }
    drop(&d);
}

// Share of the ticks in breach over episodes it was not chosen by.
static double breaches(const generated *g, const char *preset)
{
    tend_sim_options options = tend_sim_usual();
    tend_sim_setup *setup;
    tend_sim *sim;
    tend_err err;
    int ticks = 0, breaches = 0;
    options.fault = "none";
    options.preset = preset;
    assert_int_equal(tend_sim_setup_parse(g->text, g->length, "g", &options, &setup, &err),
                     TEND_OK);
    assert_int_equal(tend_sim_open(setup, &sim, &err), TEND_OK);
    for (uint64_t seed = 1001; seed <= 1004; seed++) {
        assert_int_equal(tend_sim_reset(sim, seed, &err), TEND_OK);
        for (; tend_sim_step(sim); ticks++) {
            tend_obs obs;
            tend_sim_observe(sim, &obs);
            breaches += obs.breach;
        }
    }
    tend_sim_close(sim);
    tend_sim_setup_close(setup);
    return (double)breaches / ticks;
}

// The file is the design of the attempt after those rejected, with an objective.
static void assert_matches(const generated *g, const design_ask *ask, uint64_t seed)
{
    tend_system *system;
    tend_err err;
    str text = {0};
    drawn d;
    draw(ask, seed, g->rejected, &d);
    assert_int_equal(tend_system_parse(g->text, g->length, "g", &system, &err), TEND_OK);
    d.d.system.slo.p95_ms = system->slo.p95_ms;
    design_write(&d.d, &text);
    assert_string_equal(text.text, g->text);
    str_free(&text);
    tend_system_free(system);
    drop(&d);
}

static void what_is_let_live_is_well_at_rest(void **state)
{
    (void)state;
    design_ask ask = design_usual();
    int rejected = 0;
    double calm = 0, real = 0;
    enum { COUNT = 20 };
    for (uint64_t seed = 1; seed <= COUNT; seed++) {
        generated g;
        tend_err err;
        assert_int_equal(generate_system(&ask, seed, &g, &err), TEND_OK);
        assert_true(within(g.slack, 1.45, 3.05));
        assert_true(g.breaches <= 0.05);
        calm += breaches(&g, "calm") / COUNT;
        real += breaches(&g, "real") / COUNT;
        assert_matches(&g, &ask, seed);
        rejected += g.rejected;
        generated_free(&g);
    }
    assert_true(calm < 0.005);
    assert_true(real < 0.02);
    assert_true(within(rejected, 5, 30)); // some are, most are not
}

static void the_command_writes_a_file_per_seed(void **state)
{
    (void)state;
    char folder[256], line[600], path[300], *one, *two, *said;
    struct stat st;
    temp_path(folder, sizeof folder, "systems");
    snprintf(line, sizeof line, "--seed 21 --count 3 --out %s --episodes 2", folder);
    said = command_said(&command_generate, line, TEND_OK);
    assert_holds(said, "3 systems, seeds 21..23");
    assert_holds(said, "utilisation");
    assert_holds(said, "reroute");
    assert_holds(said, "reproduce: tend generate --seed 21 --count 3 --out");
    free(said);
    snprintf(path, sizeof path, "%s/gen-22.json", folder);
    one = get_file(path);
    snprintf(line, sizeof line, "--seed 22 --out %s --episodes 0 --json -", folder);
    said = command_said(&command_generate, line, TEND_OK);
    assert_holds(said, "\"systems\":\t1");
    assert_null(strstr(said, "reproduce"));
    two = get_file(path);
    assert_string_equal(one, two);
    free(said);
    free(one);
    free(two);
    for (int seed = 21; seed <= 23; seed++) {
        snprintf(path, sizeof path, "%s/gen-%d.json", folder, seed);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0); // there was nothing else in it
    // refused before anything is made
    snprintf(line, sizeof line, "--out %s --services 2..5", folder);
    command_failed(&command_generate, line, TEND_USAGE, "--services 2..5, expected A..B");
    snprintf(line, sizeof line, "--out %s --services 9..5", folder);
    command_failed(&command_generate, line, TEND_USAGE, "--services 9..5, expected A..B");
    snprintf(line, sizeof line, "--out %s --services 3..", folder);
    command_failed(&command_generate, line, TEND_USAGE, "--services 3.., expected A..B");
    snprintf(line, sizeof line, "--out %s more", folder);
    command_failed(&command_generate, line, TEND_USAGE, "\"more\" is not an option");
    assert_int_not_equal(stat(folder, &st), 0);
    command_failed(&command_generate, "--seed 3", TEND_USAGE, "--out DIR is missing");
    command_failed(&command_generate, "--out /dev/null/none", TEND_IO, "/dev/null/none: cannot");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_design_is_sound_and_in_range),
        cmocka_unit_test(a_file_says_nothing_of_the_world_but_its_load),
        cmocka_unit_test(designs_are_no_copies_of_each_other),
        cmocka_unit_test(seeds_attempts_and_what_is_asked_name_another_design),
        cmocka_unit_test(what_is_let_live_is_well_at_rest),
        cmocka_unit_test(the_command_writes_a_file_per_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
