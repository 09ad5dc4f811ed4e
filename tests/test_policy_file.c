// SPDX-License-Identifier: GPL-3.0-or-later
// test_policy_file.c - what was learnt is taken by the policy it is of, and by no other.
#include "support.h"

#include <tend/tend.h>

static tend_err err;

typedef struct rig {
    tend_system *system;
    tend_config *config;
    tend_engine *engine;
} rig;

static void open_rig(rig *r, double step_s, const char *path, const char *value)
{
    char text[300];
    snprintf(text, sizeof text,
             "{\"name\":\"one\",\"step_s\":%g,\"services\":[{\"name\":\"web\"}],\"entry\":\"web\","
             "\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}",
             step_s);
    assert_int_equal(tend_system_parse(text, strlen(text), "one", &r->system, &err), TEND_OK);
    assert_int_equal(tend_config_new(&r->config, &err), TEND_OK);
    if (path)
        assert_int_equal(tend_config_set(r->config, path, value, &err), TEND_OK);
    assert_int_equal(tend_open(r->system, r->config, 1, &r->engine, &err), TEND_OK);
}

static void close_rig(rig *r)
{
    tend_close(r->engine);
    tend_config_free(r->config);
    tend_system_free(r->system);
}

static void lessons(rig *r, char **text)
{
    tend_learn(r->engine, &(tend_outcome){.key = 5, .arm = 2, .reward = 0.25});
    tend_learn(r->engine, &(tend_outcome){.key = 9, .arm = 1, .reward = 0.75});
    assert_int_equal(tend_policy_write(r->engine, text, &err), TEND_OK);
}

static void every_parameter_of_the_policy_must_be_the_one_it_was_learnt_with(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value, *told;
    } other[] = {{"policy.raw", "1", "policy.raw 0, but the agent's is 1"},
                 {"policy.alpha", "2", "policy.alpha 0.02, but the agent's is 2"},
                 {"policy.hold", "9", "policy.hold 8, but the agent's is 9"}};
    rig learnt, same;
    open_rig(&learnt, 1, NULL, NULL);
    char *text = NULL;
    lessons(&learnt, &text);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        rig to;
        open_rig(&to, 1, other[i].path, other[i].value);
        uint64_t before = tend_hash(to.engine);
        assert_int_equal(tend_policy_parse(to.engine, text, strlen(text), "p.json", &err),
                         TEND_INPUT);
        assert_holds(err.text, "p.json: ");
        assert_holds(err.text, other[i].told);
        assert_int_equal(tend_hash(to.engine), before);
        close_rig(&to);
    }
    open_rig(&same, 1, NULL, NULL);
    assert_int_equal(tend_policy_parse(same.engine, text, strlen(text), "p.json", &err), TEND_OK);
    assert_int_equal(tend_hash(same.engine), tend_hash(learnt.engine));
    close_rig(&same);
    free(text);
    close_rig(&learnt);
}

static void what_is_no_part_of_the_policy_may_differ(void **state)
{
    (void)state;
    rig learnt, guarded, slow;
    char *again = NULL;
    open_rig(&learnt, 1, NULL, NULL);
    open_rig(&guarded, 1, "guard.cooldown", "99");
    open_rig(&slow, 15, "detector.trees", "20");
    char *text = NULL;
    lessons(&learnt, &text);
    assert_int_equal(tend_policy_parse(guarded.engine, text, strlen(text), "p", &err), TEND_OK);
    // nor the step: times are compared as they were given, in seconds
    assert_int_equal(tend_policy_parse(slow.engine, text, strlen(text), "p", &err), TEND_OK);
    assert_int_equal(tend_policy_write(slow.engine, &again, &err), TEND_OK);
    assert_string_equal(again, text);
    free(again);
    free(text);
    close_rig(&slow);
    close_rig(&guarded);
    close_rig(&learnt);
}

// text with `from` replaced by `to`, of the same length
static void changed(rig *r, const char *text, const char *from, const char *to, const char *told)
{
    char *copy = strdup(text), *at = strstr(copy, from);
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    assert_int_equal(tend_policy_parse(r->engine, copy, strlen(copy), "p.json", &err), TEND_INPUT);
    assert_holds(err.text, told);
    free(copy);
}

static void a_head_that_does_not_hold_is_refused(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, 1, NULL, NULL);
    char *text = NULL, hash[17];
    lessons(&r, &text);
    size_t at = (size_t)(strstr(text, "\"config\": \"") - text) + 11;
    snprintf(hash, sizeof hash, "%.16s", text + at);
    changed(&r, text, hash, "0123456789abcdef", "config \"0123456789abcdef\", expected");
    changed(&r, text, "\"version\": 2", "\"version\": 1", "version 1, expected 2");
    changed(&r, text, "\"config\"", "\"konfig\"", "konfig");
    changed(&r, text, "\"params\"", "\"parans\"", "parans");
    changed(&r, text, "\"raw\"", "\"rav\"", "params.raw is missing");
    changed(&r, text, "\"raw\": 0", "\"raw\": 7", "raw");
    changed(&r, text, "\"ucb\"", "\"abc\"", "policy \"abc\"");
    assert_int_equal(tend_policy_parse(r.engine, text, strlen(text), "p.json", &err), TEND_OK);
    free(text);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_of_the_policy_must_be_the_one_it_was_learnt_with),
        cmocka_unit_test(what_is_no_part_of_the_policy_may_differ),
        cmocka_unit_test(a_head_that_does_not_hold_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
