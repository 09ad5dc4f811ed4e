// SPDX-License-Identifier: GPL-3.0-or-later
// test_context.c - numbers, names, features and the account of a decision's context.
#include "frame_support.h"

#include "agent/decide/context.h"
#include "agent/decide/context_raw.h"

static tend_err err;

typedef struct rig {
    desk d;
    playbook_memory memory;
    playbook_view options;
    tend_view view;
    context_scene scene;
} rig;

// a suspect, and every arm allowed
static void rig_open(rig *r, int service, tend_family family, double confidence)
{
    desk_open(&r->d);
    desk_suspect(&r->d, 0, service, -1, family, confidence);
    playbook_forget(&r->memory);
    r->view = (tend_view){.obs = &r->d.obs,
                          .findings = &r->d.frame.findings,
                          .incident = r->d.frame.incident,
                          .incidents = 0,
                          .causes = &r->d.frame.causes,
                          .allowed = r->d.allowed};
    r->options = (playbook_view){.suspect = r->d.suspect[0], .lift = -1};
    for (int arm = 0; arm < ARMS; arm++) {
        r->options.action[arm] = playbook_action(r->d.system, r->d.suspect, arm);
        r->options.allowed[arm] = r->options.action[arm] >= 0;
    }
    r->scene = (context_scene){r->d.system, &r->view, &r->options, &r->memory};
}

static void every_context_has_a_number_and_a_name_of_its_own(void **state)
{
    (void)state;
    char name[TEND_CONTEXT_MAX], last[TEND_CONTEXT_MAX] = "";
    for (int number = 0; number < CONTEXTS; number++) {
        context c = context_at(number), found = {0};
        bool coarse = true;
        assert_int_equal(context_number(&c), number);
        context_name(&c, false, name);
        assert_string_not_equal(name, last);
        assert_int_equal(context_find(name, &found, &coarse, &err), TEND_OK);
        assert_false(coarse);
        assert_int_equal(context_number(&found), number);
        snprintf(last, sizeof last, "%s", name);
    }
    assert_string_equal(last, "network, cache, failing, severe, after reroute");
    for (int number = 0; number < CONTEXTS_COARSE; number++) {
        context c = context_at_coarse(number), found = {0};
        bool coarse = false;
        context_name(&c, true, name);
        assert_int_equal(context_find(name, &found, &coarse, &err), TEND_OK);
        assert_true(coarse);
        assert_int_equal(context_coarse(&found), number);
        assert_int_equal(context_coarse(&c), number);
    }
    assert_string_equal(name, "network, cache, failing");
}

static void a_name_that_is_none_is_refused_with_the_nearest_word(void **state)
{
    (void)state;
    static const struct {
        const char *name, *told;
    } bad[] = {
        {"netwrok, cache, failing", "\"netwrok\" is no family, did you mean \"network\"?"},
        {"network, cash, failing", "\"cash\" is no kind of service, did you mean \"cache\"?"},
        {"network, cache, fast", "\"fast\" is no sign"},
        {"network, cache, slow, mist, after wait", "\"mist\" is no level"},
        {"network, cache, slow, missed, after weight", "\"weight\" is no arm"},
        {"network, cache, slow, missed, wait", "expected \"family, kind, sign\""},
        {"network, cache", "expected \"family, kind, sign\""},
        {"network, cache, slow, missed", "expected \"family, kind, sign\""},
        {"network, cache, slow, missed, after wait, more", "expected \"family, kind, sign\""},
        {"network, cache, slow, ", "\"\" is no level"},
        {"", "\"\" is no family"},
        {"network,cache,slow", "\"network,cache,slow\" is no family"},
    };
    context c = {0};
    bool coarse;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(context_find(bad[i].name, &c, &coarse, &err), TEND_INPUT);
        assert_holds(err.text, bad[i].told);
    }
    int arm = -1;
    assert_int_equal(context_find_arm("rollback", &arm, &err), TEND_OK);
    assert_int_equal(arm, ARM_ROLLBACK);
    assert_int_equal(context_find_arm("rolback", &arm, &err), TEND_INPUT);
    assert_holds(err.text, "\"rolback\" is no arm, did you mean \"rollback\"?");
}

static void raw_names_go_by_the_service_whatever_it_is_called(void **state)
{
    (void)state;
    static const tend_service services[] = {{"a, latency 1, errors 1", TEND_SERVICE, 1, 1, 1},
                                            {"no suspect", TEND_SERVICE, 1, 1, 1}};
    static const tend_metric metrics[] = {{"p95_ms", "ms", TEND_LATENCY}};
    tend_system draft = {.name = "odd",
                         .step_s = 1,
                         .S = 2,
                         .M = 1,
                         .services = services,
                         .metrics = metrics,
                         .slo = {200, 0.02}};
    tend_system *odd = NULL;
    assert_int_equal(tend_system_build(&draft, &odd, &err), TEND_OK);
    char name[TEND_CONTEXT_MAX];
    assert_int_equal(context_raws(odd), 12);
    for (int number = 0; number < 12; number++) {
        int found = -1;
        context_raw_name(odd, number, name);
        assert_int_equal(context_raw_find(odd, name, &found, &err), TEND_OK);
        assert_int_equal(found, number);
    }
    static const char *const bad[] = {"suspect a", "suspect a, latency 2, errors 0",
                                      "a, latency 0, errors 0", ", latency 0, errors 0", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int found;
        assert_int_equal(context_raw_find(odd, bad[i], &found, &err), TEND_INPUT);
        assert_holds(err.text, "expected \"suspect NAME");
    }
    static const tend_service swapped[] = {{"no suspect", TEND_SERVICE, 1, 1, 1},
                                           {"a, latency 1, errors 1", TEND_SERVICE, 1, 1, 1}};
    tend_system *other = NULL;
    draft.services = swapped; // the order of words is no part of a vocabulary
    assert_int_equal(tend_system_build(&draft, &other, &err), TEND_OK);
    assert_int_equal(context_raw_vocabulary(odd), context_raw_vocabulary(other));
    tend_system_free(other);
    other = small_system();
    assert_true(context_raw_vocabulary(odd) != context_raw_vocabulary(other));
    tend_system_free(other);
    tend_system_free(odd);
}

static void features_are_what_their_names_say(void **state)
{
    (void)state;
    rig r;
    double f[CONTEXT_FEATURES];
    rig_open(&r, DB, TEND_FAMILY_CRASH, 0.625);
    r.d.obs.entry_p95_ms = 600; // three times the objective
    r.d.obs.entry_errors = 0.02;
    r.d.obs.refused = 0.25;
    r.d.obs.breach = true;
    r.d.frame.findings.overall = 0.875;
    r.view.incidents = 1;
    r.d.frame.incident[0].age = 20;
    r.memory.tried = 1u << ARM_RESTART | 1u << ARM_REROUTE;
    context_features(&r.scene, f);
    const struct {
        const char *name;
        double value;
    } right[CONTEXT_FEATURES] = {{"one", 1},        {"confidence", 0.625}, {"overall", 0.875},
                                 {"latency", 0.75}, {"errors", 0.5},       {"refused", 0.25},
                                 {"breach", 1},     {"age", 0.25},         {"tried", 2.0 / ARMS}};
    for (int i = 0; i < CONTEXT_FEATURES; i++) {
        assert_string_equal(context_feature_name(i), right[i].name);
        assert_near(f[i], right[i].value, 1e-12);
    }
    desk_close(&r.d);
}

static void a_missing_reading_is_a_feature_of_0(void **state)
{
    (void)state;
    static const double odd[] = {NAN, HUGE_VAL, -1, 1e305};
    rig r;
    double f[CONTEXT_FEATURES];
    rig_open(&r, DB, TEND_FAMILY_CRASH, 0.625);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        r.d.obs.entry_p95_ms = r.d.obs.entry_errors = r.d.obs.refused = odd[i];
        context_features(&r.scene, f);
        assert_near(f[CONTEXT_FEATURE_latency], 0, 0);
        assert_near(f[CONTEXT_FEATURE_errors], 0, 0);
        assert_near(f[CONTEXT_FEATURE_refused], 0, 0);
    }
    assert_near(f[CONTEXT_FEATURE_age], 0, 0); // no incident
    assert_near(f[CONTEXT_FEATURE_breach], 0, 0);
    desk_close(&r.d);
}

static void what_was_tried_shifts_a_belief_and_relief_speaks_for_waiting(void **state)
{
    (void)state;
    context c = {.family = TEND_FAMILY_COMPUTE, .level = 1, .last = ARM_RESTART};
    for (int arm = 0; arm < ARMS; arm++)
        assert_near(context_shift(&c, arm), 0, 0);
    c.tried = 1u << ARM_RESTART | 1u << ARM_SCALE;
    assert_near(context_shift(&c, ARM_RESTART), -0.5, 0);
    assert_near(context_shift(&c, ARM_SCALE), -0.1, 0);
    assert_near(context_shift(&c, ARM_LIMIT), 0, 0);
    assert_near(context_shift(&c, ARM_WAIT), 0, 0);
    c.level = 0;
    assert_near(context_shift(&c, ARM_WAIT), 0.4, 0);
    c.last = ARM_WAIT; // nothing was done that could be at work
    assert_near(context_shift(&c, ARM_WAIT), 0, 0);
    assert_near(context_prior(&c, ARM_RESTART), 0.8, 1e-12);
    assert_near(context_prior(&c, ARM_LIMIT), 0.6, 1e-12);
    assert_near(context_prior(&c, ARM_ROLLBACK), 0.3, 1e-12);
    assert_near(context_prior(&c, ARM_WAIT), 0.45, 1e-12);
}

static void the_account_has_key_name_and_every_allowed_arm_in_order(void **state)
{
    (void)state;
    rig r;
    rig_open(&r, DB, TEND_FAMILY_CONTENTION, 0.625);
    r.d.obs.breach = true;
    r.d.obs.entry_p95_ms = 300;
    r.memory.last_arm = ARM_SCALE;
    r.options.allowed[ARM_RESTART] = false;
    context c = context_of(&r.scene, 2);
    double index[ARMS];
    for (int arm = 0; arm < ARMS; arm++)
        index[arm] = arm % 2 ? arm : -arm;
    tend_decision out = {.propensity = 1, .wanted = -1};
    context_tell(&r.scene, &c, ARM_LIMIT, index, &out);
    assert_string_equal(out.context, "contention, store, slow, missed, after scale");
    assert_int_equal(out.key, context_number(&c) + 1);
    assert_int_equal(out.arm, ARM_LIMIT);
    assert_int_equal(out.action, desk_action(&r.d, TEND_LIMIT, -1, -1));
    assert_near(out.confidence, 0.625, 0);
    // restart is masked, and db has no cache to clear
    assert_int_equal(out.compared_count, ARMS - 2);
    for (int i = 1; i < out.compared_count; i++)
        assert_true(out.compared[i - 1].index > out.compared[i].index);
    assert_near(out.compared[0].index, ARM_ROLLBACK, 0);
    assert_int_equal(out.compared[0].action, desk_action(&r.d, TEND_ROLLBACK, DB, -1));
    tend_decision plain = {.propensity = 1, .wanted = -1};
    context_tell(&r.scene, &c, ARM_WAIT, NULL, &plain);
    assert_int_equal(plain.compared_count, 0);
    assert_int_equal(plain.action, 0);
    assert_int_equal(plain.key, out.key);
    desk_close(&r.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_context_has_a_number_and_a_name_of_its_own),
        cmocka_unit_test(a_name_that_is_none_is_refused_with_the_nearest_word),
        cmocka_unit_test(raw_names_go_by_the_service_whatever_it_is_called),
        cmocka_unit_test(features_are_what_their_names_say),
        cmocka_unit_test(a_missing_reading_is_a_feature_of_0),
        cmocka_unit_test(what_was_tried_shifts_a_belief_and_relief_speaks_for_waiting),
        cmocka_unit_test(the_account_has_key_name_and_every_allowed_arm_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
