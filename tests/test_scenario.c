// SPDX-License-Identifier: GPL-3.0-or-later
// test_scenario.c - drawing incidents and reading them from JSON; the plant's reader.
#include "env/draw.h"
#include "world_support.h"

#define DEFAULT "examples/systems/default.json"

static scenario draw(bed *b, const scenario_spec *spec, uint64_t seed)
{
    scenario out;
    tend_err err = {TEND_OK, ""};
    if (scenario_draw(spec, b->system, b->physics, seed, &out, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return out;
}

static void fault_names_and_families_find_each_other(void **state)
{
    (void)state;
    for (int type = 0; type < FAULT_TYPES; type++) {
        assert_int_equal(fault_find(fault_name((fault_type)type)), type);
        assert_true(strlen(fault_help((fault_type)type)) > 5);
        assert_int_equal(fault_family((fault_type)type) == TEND_FAMILY_UNKNOWN,
                         type == FAULT_NONE || type >= FAULT_FIRST_STRANGE);
    }
    assert_int_equal(fault_find("cpu_hogs"), -1);
}

static void a_seed_always_draws_the_same_incident(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario_spec spec = scenario_any(240);
    scenario first = draw(&b, &spec, 7), again = draw(&b, &spec, 7), other = draw(&b, &spec, 8);
    assert_memory_equal(&first, &again, sizeof first);
    assert_memory_not_equal(&first, &other, sizeof first);
    bed_close(&b);
}

static void onsets_severities_and_kinds_are_drawn_from_their_ranges(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario_spec spec = scenario_any(240);
    spec.compound = 0.2;
    int healthy = 0, compound = 0, seen[FAULT_TYPES] = {0}, deploys = 0;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        scenario s = draw(&b, &spec, seed);
        healthy += s.faults == 0;
        compound += s.faults == 2;
        deploys += s.deploys;
        if (s.faults == 0)
            continue;
        const fault *f = &s.fault[0];
        seen[f->type]++;
        assert_in_range(f->start, 60, 120);
        assert_between(f->severity, 0.39, 1.01);
        // who passes by itself does so after 40 ticks and a quarter of 160 more, or sooner; a crowd
        // and the trigger of a storm always do
        if (f->type == FAULT_NETWORK_DELAY || f->type == FAULT_NOISY_NEIGHBOUR)
            assert_true(f->duration == 240 || (f->duration >= 40 && f->duration < 80));
        else if (f->type == FAULT_FLASH_CROWD)
            assert_in_range(f->duration, 60, 110);
        else if (f->type == FAULT_RETRY_STORM)
            assert_in_range(f->duration, 8, 12);
        else
            assert_int_equal(f->duration, 240);
        if (f->edge >= 0)
            assert_int_equal(b.system->edges[f->edge].callee, f->service);
        if (f->type == FAULT_FLASH_CROWD)
            assert_int_equal(f->service, b.system->entry);
        if (f->type == FAULT_SLOW_DB)
            assert_int_equal(b.system->services[f->service].kind, TEND_DATABASE);
        if (f->type == FAULT_CACHE_EVICT || f->type == FAULT_CACHE_POISON)
            assert_int_equal(b.system->services[f->service].kind, TEND_CACHE);
        if (s.faults == 2)
            assert_in_range(s.fault[1].start, f->start + 5, f->start + 30);
    }
    assert_in_range(healthy, 150, 250);
    assert_in_range(compound, 330, 470);
    assert_in_range(deploys, 1800, 2200);
    for (int type = 1; type < FAULT_FIRST_STRANGE; type++)
        assert_in_range(seen[type], 80, 220);
    for (int type = FAULT_FIRST_STRANGE; type < FAULT_TYPES; type++)
        assert_int_equal(seen[type], 0);
    bed_close(&b);
}

static void fixing_one_aspect_leaves_the_others_as_they_were(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario_spec any = scenario_any(240), fixed = any;
    fixed.type = FAULT_BAD_DEPLOY;
    fixed.severity = 0.55;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        scenario s = draw(&b, &any, seed), f = draw(&b, &fixed, seed);
        assert_int_equal(f.fault[0].type, FAULT_BAD_DEPLOY);
        assert_near(f.fault[0].severity, 0.55, 0);
        if (s.faults > 0)
            assert_int_equal(s.fault[0].start, f.fault[0].start);
        assert_int_equal(s.deploys, f.deploys);
    }
    bed_close(&b);
}

static void a_new_fault_takes_only_the_seeds_it_wins(void **state)
{
    (void)state;
    enum { SEEDS = 4000, KNOWN = FAULT_FIRST_STRANGE - 1 };
    const char *names[KNOWN + 1] = {NULL}, *mixed[KNOWN + 1] = {NULL};
    int seen[KNOWN + 1] = {0};
    for (int i = 0; i < KNOWN; i++)
        names[i] = fault_name((fault_type)(i + 1));
    names[KNOWN] = "certificate_expired";
    for (int i = 0; i <= KNOWN; i++) // the same, at another place in the table
        mixed[i] = names[(i + KNOWN) % (KNOWN + 1)];
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        rng from = rng_make(seed, "scenario");
        int before = draw_name(&from, names, KNOWN), after = draw_name(&from, names, KNOWN + 1);
        assert_true(after == before || after == KNOWN);
        assert_string_equal(mixed[draw_name(&from, mixed, KNOWN + 1)], names[after]);
        seen[after]++;
    }
    for (int i = 0; i <= KNOWN; i++) // evenly: 4.5 standard deviations
        assert_between(seen[i], SEEDS / (KNOWN + 1.0) - 75, SEEDS / (KNOWN + 1.0) + 75);
}

static void a_type_less_to_draw_from_moves_only_the_seeds_that_had_it(void **state)
{
    (void)state;
    char *text = get_file(DEFAULT), *kind;
    assert_non_null(text);
    bed all = bed_of_text(text);
    while ((kind = strstr(text, "\"database\""))) // no database: no slow_db
        memcpy(kind, "\"service\" ", 10);
    bed fewer = bed_of_text(text);
    free(text);
    scenario_spec spec = scenario_any(240);
    int moved = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        scenario a = draw(&all, &spec, seed), b = draw(&fewer, &spec, seed);
        assert_int_equal(a.faults, b.faults);
        if (a.faults && a.fault[0].type == FAULT_SLOW_DB) {
            moved++;
            assert_int_not_equal(b.fault[0].type, FAULT_SLOW_DB);
        } else {
            assert_memory_equal(&a, &b, sizeof a);
        }
    }
    assert_between(moved, 30, 130);
    bed_close(&all);
    bed_close(&fewer);
}

// A database behind a cache that others call, too: only what the cache kept away comes on top.
static void an_eviction_counts_what_the_cache_kept_away_and_no_more(void **state)
{
    (void)state;
    static const struct {
        int base_rps; // db serves 400/s: cold 3 x base_rps of them, were all misses 11 x base_rps
        tend_rc rc;
    } rows[] = {{40, TEND_INPUT}, {100, TEND_INPUT}, {135, TEND_INPUT}, {137, TEND_OK}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1400];
        snprintf(text, sizeof text,
                 "{\"name\":\"x\",\"services\":["
                 "{\"name\":\"web\",\"replicas\":4,\"sim\":{\"cores\":4,\"service_ms\":1}},"
                 "{\"name\":\"orders\",\"sim\":{\"cores\":4,\"service_ms\":1}},"
                 "{\"name\":\"pages\",\"kind\":\"cache\",\"sim\":{\"service_ms\":1,"
                 "\"hit_rate\":0.8}},"
                 "{\"name\":\"db\",\"kind\":\"database\",\"sim\":{\"cores\":4,"
                 "\"service_ms\":10}}],\"edges\":["
                 "{\"caller\":\"web\",\"callee\":\"pages\",\"sim\":{}},"
                 "{\"caller\":\"web\",\"callee\":\"db\",\"sim\":{\"cache\":\"pages\"}},"
                 "{\"caller\":\"web\",\"callee\":\"orders\",\"sim\":{}},"
                 "{\"caller\":\"orders\",\"callee\":\"db\",\"sim\":{\"calls\":2}}],"
                 "\"entry\":\"web\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05},"
                 "\"sim\":{\"base_rps\":%d}}",
                 rows[i].base_rps);
        bed b = bed_of_text(text);
        scenario out;
        tend_err err;
        scenario_spec spec = scenario_any(240);
        spec.type = FAULT_CACHE_EVICT;
        assert_int_equal(scenario_draw(&spec, b.system, b.physics, 1, &out, &err), rows[i].rc);
        bed_close(&b);
    }
}

static void a_fault_that_cannot_exist_there_is_refused(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario out;
    tend_err err;
    scenario_spec spec = scenario_any(240);
    spec.type = FAULT_SLOW_DB;
    spec.service = 0;
    assert_int_equal(scenario_draw(&spec, b.system, b.physics, 1, &out, &err), TEND_INPUT);
    assert_holds(err.text, "slow_db cannot sit on api");
    spec.service = 2;
    assert_int_equal(scenario_draw(&spec, b.system, b.physics, 1, &out, &err), TEND_OK);
    spec.edge = 0;
    assert_int_equal(scenario_draw(&spec, b.system, b.physics, 1, &out, &err), TEND_INPUT);
    bed_close(&b);
}

static tend_rc parse(bed *b, const char *text, scenario *out, tend_err *err)
{
    return scenario_parse(&(scenario_file){text, strlen(text), "s.json", 240, 3}, b->system,
                          b->physics, out, err);
}

static void a_scenario_file_fixes_what_it_names_and_draws_the_rest(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario s, drawn;
    tend_err err;
    assert_int_equal(parse(&b,
                           "{\"name\":\"two\",\"faults\":[{\"type\":\"slow_db\",\"service\":\"db\","
                           "\"start\":70,\"duration\":50,\"severity\":0.6},"
                           "{\"type\":\"network_delay\",\"edge\":\"api > cache\"}],"
                           "\"deploys\":[{\"service\":\"api\",\"tick\":65}]}",
                           &s, &err),
                     TEND_OK);
    assert_string_equal(s.name, "two");
    assert_int_equal(s.faults, 2);
    assert_int_equal(s.fault[0].type, FAULT_SLOW_DB);
    assert_int_equal(s.fault[0].service, 2);
    assert_int_equal(s.fault[0].start, 70);
    assert_int_equal(s.fault[0].duration, 50);
    assert_int_equal(s.fault[1].edge, 0);
    assert_int_equal(s.fault[1].service, 1);
    assert_in_range(s.fault[1].start, 60, 120);
    assert_int_equal(s.deploys, 1);
    assert_int_equal(s.deploy[0].tick, 65);
    // a file that names nothing is the incident of the seed
    assert_int_equal(parse(&b, "{\"name\":\"any\",\"faults\":[{}]}", &s, &err), TEND_OK);
    scenario_spec spec = scenario_any(240);
    spec.healthy = 0;
    drawn = draw(&b, &spec, 3);
    assert_memory_equal(&s.fault[0], &drawn.fault[0], sizeof(fault));
    bed_close(&b);
}

static void the_examples_are_readable_on_every_system(void **state)
{
    (void)state;
    static const char *const systems[] = {DEFAULT, "examples/systems/shop.json",
                                          "examples/systems/layered40.json"};
    static const char *const names[] = {"db_lock", "retry_storm", "deploy_in_a_crowd",
                                        "leak_then_link", "healthy_deploys"};
    for (int i = 0; i < 3; i++) {
        bed b = bed_of_file(systems[i]);
        for (int k = 0; k < 5; k++) {
            char path[128];
            scenario s;
            tend_err err = {TEND_OK, ""};
            snprintf(path, sizeof path, "examples/scenarios/%s.json", names[k]);
            char *text = get_file(path);
            assert_non_null(text);
            if (parse(&b, text, &s, &err) != TEND_OK)
                fail_msg("%s on %s: %s", path, systems[i], err.text);
            assert_string_equal(s.name, names[k]);
            free(text);
        }
        bed_close(&b);
    }
}

static void a_wrong_scenario_file_is_refused_in_one_line(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "s.json"},
        {"[1]", "s.json"},
        {"{\"faults\":[]}", "name"},
        {"{\"name\":\"x\",\"fault\":[]}", "faults"},
        {"{\"name\":\"x\",\"faults\":[{\"type\":\"slow_dp\"}]}", "slow_db"},
        {"{\"name\":\"x\",\"faults\":[{\"service\":\"cach\"}]}", "cache"},
        {"{\"name\":\"x\",\"faults\":[{\"edge\":\"db>api\"}]}", "db>api"},
        {"{\"name\":\"x\",\"faults\":[{\"service\":\"db\",\"edge\":\"api>db\"}]}", "one of them"},
        {"{\"name\":\"x\",\"faults\":[{\"type\":\"slow_db\",\"service\":\"api\"}]}", "cannot sit"},
        {"{\"name\":\"x\",\"faults\":[{\"severity\":1.5}]}", "severity"},
        {"{\"name\":\"x\",\"faults\":[{\"start\":-1}]}", "start"},
        {"{\"name\":\"x\",\"faults\":[{\"start\":1.5}]}", "whole"},
        {"{\"name\":\"x\",\"faults\":[{},{},{},{},{}]}", "at most 4"},
        {"{\"name\":\"x\",\"faults\":[7]}", "object"},
        {"{\"name\":\"x\",\"deploys\":[{\"tick\":3}]}", "service"},
        {"{\"name\":\"x\",\"deploys\":[{\"service\":\"nobody\"}]}", "nobody"},
    };
    bed b = bed_of_file(DEFAULT);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        scenario s;
        tend_err err = {TEND_OK, ""};
        assert_int_equal(parse(&b, wrong[i][0], &s, &err), TEND_INPUT);
        assert_holds(err.text, "s.json");
        assert_holds(err.text, wrong[i][1]);
        assert_null(strchr(err.text, '\n'));
    }
    bed_close(&b);
}

// The default system with one piece of its text replaced.
static char *altered(const char *piece, const char *by)
{
    char *text = get_file(DEFAULT);
    assert_non_null(text);
    char *at = strstr(text, piece);
    assert_non_null(at);
    char *out = malloc(strlen(text) + strlen(by) + 1);
    assert_non_null(out);
    sprintf(out, "%.*s%s%s", (int)(at - text), text, by, at + strlen(piece));
    free(text);
    return out;
}

static void a_wrong_plant_is_refused_in_one_line(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {
        {"\"service_ms\": 8,", "", "service_ms"},
        {"\"service_ms\": 8,", "\"service_ms\": 0,", "service_ms"},
        {"\"service_ms\": 8,", "\"service_ms\": 8, \"hit_rate\": 0.5,", "cache only"},
        {"\"cores\": 3", "\"coers\": 3", "cores"},
        {"\"cores\": 3", "\"cores\": 63", "64 servers"},
        {"\"cache\": \"cache\"", "\"cache\": \"db\"", "name of a cache"},
        {"\"retries\": 1", "\"retries\": -1", "retries"},
        {"\"base_rps\": 300", "\"base_rps\": -300", "base_rps"},
        {"\"base_rps\": 300, ", "", "base_rps"},
        {"\"missing\": 0.005", "\"missing\": 2", "missing"},
        {"\"missing\": 0.005", "\"mising\": 0.005", "missing"},
    };
    bed b = bed_of_file(DEFAULT);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *text = altered(wrong[i][0], wrong[i][1]);
        plant *p;
        tend_err err = {TEND_OK, ""};
        assert_int_equal(plant_parse(text, strlen(text), "p.json", b.system, &p, &err), TEND_INPUT);
        assert_null(p);
        assert_holds(err.text, "p.json:");
        assert_holds(err.text, wrong[i][2]);
        free(text);
    }
    bed_close(&b);
}

static void a_system_without_physics_cannot_be_simulated(void **state)
{
    (void)state;
    static const char text[] =
        "{\"name\":\"x\",\"step_s\":1,\"services\":[{\"name\":\"a\",\"kind\":\"service\","
        "\"replicas\":1,\"least_replicas\":1,\"most_replicas\":1}],\"edges\":[],\"entry\":\"a\","
        "\"slo\":{\"p95_ms\":10,\"error_share\":0.1}}";
    tend_system *system;
    plant *p;
    tend_err err = {TEND_OK, ""};
    if (tend_system_parse(text, strlen(text), "x.json", &system, &err) != TEND_OK)
        fail_msg("%s", err.text);
    assert_int_equal(plant_parse(text, strlen(text), "x.json", system, &p, &err), TEND_INPUT);
    assert_holds(err.text, "sim");
    tend_system_free(system);
    plant_free(NULL);
    sim_model_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fault_names_and_families_find_each_other),
        cmocka_unit_test(a_seed_always_draws_the_same_incident),
        cmocka_unit_test(onsets_severities_and_kinds_are_drawn_from_their_ranges),
        cmocka_unit_test(fixing_one_aspect_leaves_the_others_as_they_were),
        cmocka_unit_test(a_new_fault_takes_only_the_seeds_it_wins),
        cmocka_unit_test(a_type_less_to_draw_from_moves_only_the_seeds_that_had_it),
        cmocka_unit_test(an_eviction_counts_what_the_cache_kept_away_and_no_more),
        cmocka_unit_test(a_fault_that_cannot_exist_there_is_refused),
        cmocka_unit_test(a_scenario_file_fixes_what_it_names_and_draws_the_rest),
        cmocka_unit_test(the_examples_are_readable_on_every_system),
        cmocka_unit_test(a_wrong_scenario_file_is_refused_in_one_line),
        cmocka_unit_test(a_wrong_plant_is_refused_in_one_line),
        cmocka_unit_test(a_system_without_physics_cannot_be_simulated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
