// SPDX-License-Identifier: GPL-3.0-or-later
// test_register.c - a caller's own detector, diagnoser and policy beside the built-in ones.
#include "support.h"

#include <tend/tend.h>

static tend_err err;

// a policy that asks for the highest number its parameters allow, so that a test sees them arrive
typedef struct own_params {
    double wait, share;
} own_params;

static const tend_param own_table[] = {
    {"wait", offsetof(own_params, wait), TEND_SECONDS, 30, 0, 600, "before it acts"},
    {"share", offsetof(own_params, share), TEND_NUMBER, 0.25, 0, 1, "of confidence told"},
    {.name = NULL},
};

static size_t own_size(const tend_system *system, const void *params)
{
    (void)system, (void)params;
    return sizeof(double);
}

static void own_init(const tend_node *me, uint64_t seed)
{
    (void)seed;
    *(double *)me->state = 0;
}

static void own_decide(const tend_node *me, const tend_view *view, tend_decision *out)
{
    const own_params *p = me->params;
    double *calls = me->state;
    *calls += 1;
    out->confidence = view->obs->tick >= (int64_t)p->wait ? p->share : -1;
    out->key = (uint64_t)*calls;
}

static void own_detect(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                       double *overall, double *threshold)
{
    (void)obs;
    for (int s = 0; s < me->system->S; s++)
        score[s] = 0.75, metric[s] = -1;
    *overall = 0.75;
    *threshold = 0.5;
}

static void own_diagnose(const tend_node *me, const tend_view *view, tend_causes *out)
{
    (void)me, (void)view;
    out->suspect[0] = (tend_suspect){0, -1, -1, TEND_FAMILY_CRASH, 0.125};
    out->count = 1;
}

static const tend_policy own_policy = {
    .base = {"own", "for a test", own_table, sizeof(own_params), own_size, own_init},
    .decide = own_decide,
};
static const tend_detector own_detector = {.base = {.name = "surge", .help = "for a test"},
                                           .detect = own_detect};
static const tend_diagnoser own_diagnoser = {.base = {.name = "blame", .help = "for a test"},
                                             .diagnose = own_diagnose};

static tend_config *config_with_all(void)
{
    tend_config *c = NULL;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    assert_int_equal(tend_config_register_policy(c, &own_policy, &err), TEND_OK);
    assert_int_equal(tend_config_register_detector(c, &own_detector, &err), TEND_OK);
    assert_int_equal(tend_config_register_diagnoser(c, &own_diagnoser, &err), TEND_OK);
    return c;
}

static const char agent[] = "{\"name\": \"mine\", \"detector\": {\"plugin\": \"surge\"},"
                            "\"diagnoser\": {\"plugin\": \"blame\"},"
                            "\"policy\": {\"plugin\": \"own\", \"wait\": 50}}";

static tend_system *one_service(void)
{
    static const char text[] = "{\"name\":\"one\",\"step_s\":5,\"services\":[{\"name\":\"web\"}],"
                               "\"entry\":\"web\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}";
    tend_system *made = NULL;
    assert_int_equal(tend_system_parse(text, strlen(text), "one", &made, &err), TEND_OK);
    return made;
}

static void a_registered_plug_in_is_named_in_a_file_and_does_the_work(void **state)
{
    (void)state;
    tend_config *c = config_with_all();
    tend_engine *engine = NULL;
    assert_string_equal(tend_config_plugin(c, "policy"), "ucb"); // known is not chosen
    assert_int_equal(tend_config_read(c, agent, strlen(agent), "a.json", &err), TEND_OK);
    assert_string_equal(tend_config_name(c), "mine");
    assert_string_equal(tend_config_plugin(c, "policy"), "own");
    assert_string_equal(tend_config_plugin(c, "detector"), "surge");
    assert_string_equal(tend_config_plugin(c, "diagnoser"), "blame");
    assert_near(tend_config_number(c, "policy", "wait"), 50, 0);
    assert_near(tend_config_number(c, "policy", "share"), 0.25, 0);
    assert_int_equal(tend_config_set(c, "policy.share", "0.5", &err), TEND_OK);
    tend_system *system = one_service();
    assert_int_equal(tend_open(system, c, 1, &engine, &err), TEND_OK);
    tend_config_free(c); // an engine has its own copy
    for (int64_t t = 0; t < 20; t++) {
        tend_obs obs = {.size = sizeof obs, .tick = t};
        const tend_frame *f = tend_step(engine, &obs);
        assert_near(f->findings.overall, 0.75, 0);
        assert_int_equal(f->causes.suspect[0].family, TEND_FAMILY_CRASH);
        // 50 s are 10 ticks of 5 s
        assert_near(f->decision.confidence, t < 10 ? -1 : 0.5, 0);
        assert_int_equal(f->decision.key, t + 1);
    }
    // without a reset of its own a policy starts anew by its init
    tend_reset(engine, 2);
    tend_obs obs = {.size = sizeof obs};
    assert_int_equal(tend_step(engine, &obs)->decision.key, 1);
    tend_close(engine);
    tend_system_free(system);
}

static void own_reset(const tend_node *me, uint64_t seed)
{
    *(double *)me->state = (double)(seed >> 12);
}

// what an episode with this seed begins with
static uint64_t begun_with(tend_engine *engine, uint64_t seed)
{
    tend_reset(engine, seed);
    tend_obs obs = {.size = sizeof obs};
    return tend_step(engine, &obs)->decision.key;
}

static void a_policy_is_reset_with_a_seed_of_the_episode(void **state)
{
    (void)state;
    tend_policy seeded = own_policy;
    seeded.base.name = "seeded";
    seeded.reset = own_reset;
    tend_config *c = config_with_all();
    tend_engine *engine = NULL;
    tend_system *system = one_service();
    assert_int_equal(tend_config_register_policy(c, &seeded, &err), TEND_OK);
    assert_int_equal(tend_config_set(c, "policy", "seeded", &err), TEND_OK);
    assert_int_equal(tend_open(system, c, 1, &engine, &err), TEND_OK);
    uint64_t first = begun_with(engine, 1), second = begun_with(engine, 2);
    assert_true(first > 1 && second > 1 && first != second);
    assert_true(begun_with(engine, 1) == first);
    tend_close(engine);
    tend_config_free(c);
    tend_system_free(system);
}

static void other_configurations_know_nothing_of_it(void **state)
{
    (void)state;
    tend_config *c = config_with_all(), *other = NULL;
    assert_int_equal(tend_config_new(&other, &err), TEND_OK);
    assert_int_equal(tend_config_set(other, "policy", "own", &err), TEND_INPUT);
    assert_holds(err.text, "policy \"own\" is not known");
    assert_int_equal(tend_config_set(c, "policy", "own", &err), TEND_OK);
    tend_config_free(other);
    assert_int_equal(tend_config_parse(agent, strlen(agent), "a.json", &other, &err), TEND_INPUT);
    assert_holds(err.text, "a.json:1: detector.plugin: detector \"surge\" is not known");
    tend_config_free(c);
}

static void names_and_ranges_are_checked_as_for_built_in_ones(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value, *told;
    } wrong[] = {
        {"policy.wate", "1", "did you mean \"wait\"?"},
        {"policy.wait", "1.5", "wait 1.5, expected a whole number of seconds, 0 to 600"},
        {"policy.share", "2", "share 2, expected 0 to 1"},
        {"policy.alpha", "1", "has no parameter \"alpha\""},
        {"policy", "owm", "did you mean \"own\"?"},
        {"detector", "surje", "did you mean \"surge\"?"},
        {"detector.trees", "1", "has no parameter \"trees\""},
    };
    tend_config *c = config_with_all();
    assert_int_equal(tend_config_read(c, agent, strlen(agent), "a.json", &err), TEND_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_not_equal(tend_config_set(c, wrong[i].path, wrong[i].value, &err), TEND_OK);
        assert_holds(err.text, wrong[i].told);
    }
    assert_true(isnan(tend_config_number(c, "detector", "trees")));
    tend_config_free(c);
}

static void a_file_that_is_refused_changes_nothing(void **state)
{
    (void)state;
    static const char bad[] = "{\"name\": \"bad\", \"detector\": {\"plugin\": \"threshold\"},"
                              "\"policy\": {\"plugin\": \"own\", \"wait\": -1}}";
    tend_config *c = config_with_all();
    assert_int_equal(tend_config_read(c, bad, strlen(bad), "bad.json", &err), TEND_INPUT);
    assert_holds(err.text, "bad.json:1: policy: wait -1, expected");
    assert_string_equal(tend_config_name(c), "default");
    assert_string_equal(tend_config_plugin(c, "detector"), "iforest");
    assert_string_equal(tend_config_plugin(c, "policy"), "ucb");
    // a section the file does not name stays as it was set
    assert_int_equal(tend_config_set(c, "guard.cooldown", "77", &err), TEND_OK);
    assert_int_equal(tend_config_read(c, agent, strlen(agent), "a.json", &err), TEND_OK);
    assert_near(tend_config_number(c, "guard", "cooldown"), 77, 0);
    tend_config_free(c);
}

static void a_name_that_is_taken_is_refused(void **state)
{
    (void)state;
    tend_config *c = config_with_all();
    tend_policy p = own_policy;
    assert_int_equal(tend_config_register_policy(c, &p, &err), TEND_INPUT);
    assert_holds(err.text, "policy \"own\": there is one of that name already");
    p.base.name = "rules";
    assert_int_equal(tend_config_register_policy(c, &p, &err), TEND_INPUT);
    assert_holds(err.text, "policy \"rules\"");
    p.base.name = "surge"; // a detector may have the same
    assert_int_equal(tend_config_register_policy(c, &p, &err), TEND_OK);
    tend_config_free(c);
}

static void there_is_room_for_eight_of_a_kind(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    tend_policy p[9];
    tend_config *c = NULL;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    for (int i = 0; i < 9; i++) {
        p[i] = own_policy;
        p[i].base.name = names[i];
        assert_int_equal(tend_config_register_policy(c, &p[i], &err), i < 8 ? TEND_OK : TEND_INPUT);
    }
    assert_holds(err.text, "policy \"i\": 8 are registered already");
    assert_int_equal(tend_config_set(c, "policy", "h", &err), TEND_OK);
    assert_int_equal(tend_config_set(c, "policy", "i", &err), TEND_INPUT);
    tend_config_free(c);
}

static void refused(const tend_policy *p, const char *told)
{
    tend_config *c = NULL;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    assert_int_equal(tend_config_register_policy(c, p, &err), TEND_INPUT);
    assert_holds(err.text, told);
    assert_int_equal(tend_config_set(c, "policy", p->base.name ? p->base.name : "x", &err),
                     TEND_INPUT);
    tend_config_free(c);
}

static void a_table_that_is_not_sound_is_refused(void **state)
{
    (void)state;
    static const char long_name[] = "a2345678901234567890123456789012"; // 32 bytes
    tend_policy p = own_policy;
    const char *const bad[] = {"", "two words", "quo\"te", "1st", "dot.ted", long_name};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        p.base.name = bad[i];
        refused(&p, "expected a word of letters");
    }
    p.base.name = NULL;
    refused(&p, "policy: name NULL");
    p = own_policy;
    p.base.params_size = (TEND_PARAMS_MAX + 1) * sizeof(double);
    refused(&p, "policy \"own\": params_size 264, expected at most 256");
    p = own_policy;
    p.base.params_size = sizeof(own_params) - 1;
    refused(&p, "share at offset 8, expected one of the doubles in 15 bytes");
    p.base.params_size = 0;
    refused(&p, "wait at offset 0, expected one of the doubles in 0 bytes");
    p = own_policy;
    p.decide = NULL;
    refused(&p, "policy \"own\": decide is NULL");
}

static bool no_row(const tend_node *me, int index, tend_lesson *out)
{
    (void)me, (void)index, (void)out;
    return false;
}

static tend_rc no_restore(const tend_node *me, const tend_lesson *row, tend_err *told)
{
    (void)me, (void)row;
    return tend_fail(told, TEND_INPUT, "nothing is taken");
}

static void what_is_saved_must_be_read_back(void **state)
{
    (void)state;
    static const char *const good[] = {"count", "sum_2", NULL};
    tend_policy p = own_policy;
    p.row = no_row;
    refused(&p, "restore (beside numbers or row) is NULL");
    p.restore = no_restore;
    p.row = NULL;
    refused(&p, "row (beside numbers or restore) is NULL");
    p.row = no_row;
    refused(&p, "numbers is NULL, expected their names");
    p.numbers = good;
    p.base.init = NULL;
    refused(&p, "init (beside restore) is NULL");
    p.base.init = own_init;
    tend_config *c = NULL;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    assert_int_equal(tend_config_register_policy(c, &p, &err), TEND_OK);
    tend_config_free(c);
    const char *many[TEND_NUMBERS_MAX + 2] = {NULL};
    char names[TEND_NUMBERS_MAX + 1][16];
    for (int i = 0; i <= TEND_NUMBERS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "n%d", i);
        many[i] = names[i];
    }
    static const char *const bad[][3] = {
        {"arm", NULL}, {"n", "context", NULL}, {"two words", NULL}, {"n", "n", NULL}};
    p.numbers = many;
    refused(&p, "number 16 of a lesson, \"n16\": expected at most 16");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        p.numbers = bad[i];
        refused(&p, "expected at most 16 different words, not context and arm");
    }
}

static void a_parameter_that_is_not_sound_is_refused(void **state)
{
    (void)state;
    static const struct {
        tend_param row;
        const char *told;
    } bad[] = {
        {{"x y", 8, TEND_NUMBER, 1, 0, 2, ""}, "parameter \"x y\", expected a word"},
        {{"plugin", 8, TEND_NUMBER, 1, 0, 2, ""}, "not \"plugin\""},
        {{"x", 8, (tend_param_kind)7, 1, 0, 2, ""}, "x of kind 7"},
        {{"x", 4, TEND_NUMBER, 1, 0, 2, ""}, "x at offset 4"},
        {{"x", 16, TEND_NUMBER, 1, 0, 2, ""}, "x at offset 16"},
        {{"x", SIZE_MAX - 7, TEND_NUMBER, 1, 0, 2, ""}, "x at offset"},
        {{"x", 0, TEND_NUMBER, 1, 0, 2, ""}, "wait and x share"},
        {{"wait", 8, TEND_NUMBER, 1, 0, 2, ""}, "wait and wait share"},
        {{"x", 8, TEND_NUMBER, 3, 0, 2, ""}, "policy \"own\", initial value: x 3, expected 0 to 2"},
        {{"x", 8, TEND_NUMBER, (double)NAN, 0, 2, ""}, "x starts at no finite number"},
        {{"x", 8, TEND_NUMBER, HUGE_VAL, 0, HUGE_VAL, ""}, "x starts at no finite number"},
        {{"x", 8, TEND_INTEGER, 1.5, 0, 2, ""}, "x 1.5, expected a whole number"},
        {{"x", 8, TEND_NUMBER, 1, 2, 0, ""}, "x 1, expected 2 to 0"},
        {{"x", 8, TEND_FLAG, 1, 0, 2, ""},
         "policy \"own\": x is a flag of 0 to 2, expected 0 to 1"},
        {{"x", 8, TEND_FLAG, 0, -1, 1, ""}, "x is a flag of -1 to 1"},
        {{"x", 8, TEND_FLAG, 1, 1, 1, ""}, "x is a flag of 1 to 1"},
        {{"x", 8, TEND_FLAG, 1, 0, (double)NAN, ""}, "x is a flag of 0 to"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const tend_param table[] = {own_table[0], bad[i].row, {.name = NULL}};
        tend_policy p = own_policy;
        p.base.params = table;
        refused(&p, bad[i].told);
    }
    tend_param endless[TEND_PARAMS_MAX + 1];
    char names[TEND_PARAMS_MAX + 1][8];
    for (size_t i = 0; i <= TEND_PARAMS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "p%zu", i);
        endless[i] =
            (tend_param){names[i], i * sizeof(double), TEND_NUMBER, 1, 0, 2, "one of many"};
    }
    tend_policy p = own_policy;
    p.base.params = endless;
    p.base.params_size = TEND_PARAMS_MAX * sizeof(double);
    refused(&p, "more than 32 parameters");
    endless[TEND_PARAMS_MAX].name = NULL;
    tend_config *c = NULL;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    assert_int_equal(tend_config_register_policy(c, &p, &err), TEND_OK);
    assert_int_equal(tend_config_set(c, "policy", "own", &err), TEND_OK);
    assert_near(tend_config_number(c, "policy", "p31"), 1, 0);
    tend_config_free(c);
}

static void a_flag_of_0_to_1_is_taken(void **state)
{
    (void)state;
    const tend_param table[] = {
        own_table[0], {"x", 8, TEND_FLAG, 1, 0, 1, "on or off"}, {.name = NULL}};
    tend_policy p = own_policy;
    tend_config *c = NULL;
    p.base.params = table;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    assert_int_equal(tend_config_register_policy(c, &p, &err), TEND_OK);
    assert_int_equal(tend_config_set(c, "policy", "own", &err), TEND_OK);
    assert_near(tend_config_number(c, "policy", "x"), 1, 0);
    assert_int_equal(tend_config_set(c, "policy.x", "0", &err), TEND_OK);
    assert_int_equal(tend_config_set(c, "policy.x", "2", &err), TEND_INPUT);
    assert_holds(err.text, "expected a flag, 0 to 1");
    tend_config_free(c);
}

static void detectors_and_diagnosers_need_their_call_and_a_name(void **state)
{
    (void)state;
    tend_config *c = NULL;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    tend_detector d = {.base = {.name = "mute"}};
    assert_int_equal(tend_config_register_detector(c, &d, &err), TEND_INPUT);
    assert_holds(err.text, "detector \"mute\": detect is NULL");
    d = (tend_detector){.detect = own_detect};
    assert_int_equal(tend_config_register_detector(c, &d, &err), TEND_INPUT);
    assert_holds(err.text, "detector: name NULL");
    tend_diagnoser g = {.base = {.name = "mute"}};
    assert_int_equal(tend_config_register_diagnoser(c, &g, &err), TEND_INPUT);
    assert_holds(err.text, "diagnoser \"mute\": diagnose is NULL");
    g = (tend_diagnoser){.base = {.name = "blend"}, .diagnose = own_diagnose};
    assert_int_equal(tend_config_register_diagnoser(c, &g, &err), TEND_INPUT);
    assert_holds(err.text, "diagnoser \"blend\": there is one");
    tend_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registered_plug_in_is_named_in_a_file_and_does_the_work),
        cmocka_unit_test(a_policy_is_reset_with_a_seed_of_the_episode),
        cmocka_unit_test(other_configurations_know_nothing_of_it),
        cmocka_unit_test(names_and_ranges_are_checked_as_for_built_in_ones),
        cmocka_unit_test(a_file_that_is_refused_changes_nothing),
        cmocka_unit_test(a_name_that_is_taken_is_refused),
        cmocka_unit_test(there_is_room_for_eight_of_a_kind),
        cmocka_unit_test(a_table_that_is_not_sound_is_refused),
        cmocka_unit_test(what_is_saved_must_be_read_back),
        cmocka_unit_test(a_parameter_that_is_not_sound_is_refused),
        cmocka_unit_test(a_flag_of_0_to_1_is_taken),
        cmocka_unit_test(detectors_and_diagnosers_need_their_call_and_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
