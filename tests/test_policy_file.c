// SPDX-License-Identifier: GPL-3.0-or-later
// test_policy_file.c - what was learnt is taken by the policy it is of, and by no other.
#include "support.h"

#include "drive/setup.h"

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
    open_rig(&learnt, 1, "policy.raw", "1");
    open_rig(&same, 1, NULL, NULL);
    tend_learn(learnt.engine, &(tend_outcome){.key = 5, .arm = 2, .reward = 0.25});
    assert_int_equal(tend_policy_write(learnt.engine, &text, &err), TEND_OK);
    assert_holds(text, "\"context\":\"suspect web, latency 0, errors 0\"");
    assert_int_equal(tend_policy_parse(same.engine, text, strlen(text), "p.json", &err),
                     TEND_INPUT);
    assert_holds(err.text, "p.json: learnt with policy.raw 1, but the agent's is 0");
    free(text);
    close_rig(&same);
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

// the text with `from` replaced by `to` is refused, and the engine has what it had
static void changed(rig *r, const char *text, const char *from, const char *to, const char *told)
{
    size_t room = strlen(text) + strlen(to) + 1;
    char *copy = malloc(room);
    const char *at = strstr(text, from);
    assert_non_null(at);
    snprintf(copy, room, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    uint64_t before = tend_hash(r->engine);
    assert_int_equal(tend_policy_parse(r->engine, copy, strlen(copy), "p.json", &err), TEND_INPUT);
    assert_holds(err.text, told);
    assert_holds(err.text, "p.json");
    assert_int_equal(tend_hash(r->engine), before);
    free(copy);
}

// the 16 digits behind a key
static const char *digits(const char *text, const char *key, char out[17])
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    snprintf(out, 17, "%.16s", at + strlen(key));
    return out;
}

static void a_head_that_does_not_hold_is_refused(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, 1, NULL, NULL);
    char *text = NULL, hash[17];
    lessons(&r, &text);
    digits(text, "\"config\": \"", hash);
    changed(&r, text, hash, "0123456789abcdef", "config \"0123456789abcdef\", expected");
    changed(&r, text, "\"version\": 3", "\"version\": 4", "version 4, expected 3");
    changed(&r, text, "\"version\": 3", "\"version\": 3.5", "version 3.5, expected 3");
    changed(&r, text, "\"version\": 3", "\"version\": 2",
            "version 2, expected 3: contexts went by");
    changed(&r, text, "\"config\"", "\"konfig\"", "konfig");
    changed(&r, text, "\"params\"", "\"parans\"", "parans");
    changed(&r, text, "\"lessons\"", "\"rows\"", "rows");
    changed(&r, text, "\"vocabulary\"", "\"help\"", "help");
    changed(&r, text, "\"raw\"", "\"rav\"", "params.raw is missing");
    changed(&r, text, "\"raw\":0", "\"raw\":7", "raw");
    changed(&r, text, "\"raw\":0", "\"raw\":0,\"rav\":0",
            "unknown key \"rav\", did you mean \"raw\"?");
    changed(&r, text, "\"alpha\":0.02", "\"alpha\":0.020000000001",
            "policy.alpha 0.020000000001, but the agent's is 0.02:");
    changed(&r, text, "\"ucb\"", "\"abc\"", "policy \"abc\"");
    assert_int_equal(tend_policy_parse(r.engine, text, strlen(text), "p.json", &err), TEND_OK);
    free(text);
    close_rig(&r);
}

static void a_policy_that_learns_nothing_takes_the_file_it_writes_and_no_lessons(void **state)
{
    (void)state;
    rig r;
    char *text = NULL;
    open_rig(&r, 1, "policy", "random");
    assert_int_equal(tend_policy_write(r.engine, &text, &err), TEND_OK);
    uint64_t before = tend_hash(r.engine);
    assert_int_equal(tend_policy_parse(r.engine, text, strlen(text), "p.json", &err), TEND_OK);
    assert_int_equal(tend_hash(r.engine), before);
    changed(&r, text, "\"lessons\": [", "\"lessons\": [{\"context\": \"cpu\", \"arm\": \"wait\"}",
            "p.json:8: lessons[0]: policy \"random\" learns nothing, expected no lessons");
    free(text);
    close_rig(&r);
}

static void a_lesson_that_is_damaged_is_refused_and_nothing_is_lost(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, 1, NULL, NULL);
    char *text = NULL, *again = NULL, hash[17];
    lessons(&r, &text);
    // the first two of four lines of lessons hold the coarse contexts
    assert_holds(text, "    {\"context\":\"unknown, service, slow, held, after limit\","
                       "\"arm\":\"scale\",\"count\":1,\"sum\":0.25},\n");
    tend_learn(r.engine, &(tend_outcome){.key = 9, .arm = 1, .reward = 0.5});
    changed(&r, text, "unknown, service, slow, held", "unknown, service, slow, hold",
            "p.json:11: lessons[2]: \"hold\" is no level, did you mean \"held\"?");
    changed(&r, text, "\"scale\"", "\"scare\"", "\"scare\" is no arm, did you mean \"scale\"?");
    changed(&r, text, ",\"arm\":\"scale\"", "", "arm: missing");
    changed(&r, text, "\"arm\":\"scale\"", "\"arm\":2", "arm: a number");
    changed(&r, text, "\"context\"", "\"kontext\"", "did you mean \"context\"?");
    changed(&r, text, ",\"sum\":0.25", "", "p.json:10: lessons[1]: sum is missing");
    changed(&r, text, "\"sum\":0.25", "\"sum\":\"0.25\"", "sum: a text, expected a number");
    changed(&r, text, "\"sum\":0.25", "\"sum\":1.25", "expected 0 <= sum <= count");
    changed(&r, text, "\"count\":1,", "\"count\":0,", "count > 0");
    changed(&r, text, "\"count\":1,", "\"key\":7,\"count\":1,", "unknown key \"key\"");
    // a word that is not known comes from another vocabulary only where that is another one
    changed(&r, text, "slow, held", "slow, helt", "no level");
    assert_null(strstr(err.text, "other words"));
    free(text);
    assert_int_equal(tend_policy_write(r.engine, &again, &err), TEND_OK);
    char *copy = strdup(again), *at = strstr(copy, digits(again, "\"vocabulary\": \"", hash));
    *at = *at == '0' ? '1' : '0';
    assert_int_equal(tend_policy_parse(r.engine, copy, strlen(copy), "p", &err), TEND_OK);
    changed(&r, copy, "unknown, service", "unknown, servant",
            "did you mean \"service\"?; it was learnt with other words than these");
    free(copy);
    free(again);
    close_rig(&r);
}

// a policy whose words stand in another order in another build
enum { WORDS = 3 };
static const char *const forth[WORDS] = {"red", "green", "blue"};
static const char *const back[WORDS] = {"blue", "green", "red"};

typedef struct order_state {
    double seen[WORDS][WORDS]; // [context][arm]
} order_state;

static size_t order_size(const tend_system *system, const void *params)
{
    (void)system, (void)params;
    return sizeof(order_state);
}

static void order_init(const tend_node *me, uint64_t seed)
{
    (void)seed;
    memset(me->state, 0, sizeof(order_state));
}

static void order_decide(const tend_node *me, const tend_view *view, tend_decision *out)
{
    (void)me, (void)view;
    out->action = 0;
}

static void order_learn(const tend_node *me, const tend_outcome *outcome)
{
    order_state *state = me->state;
    state->seen[outcome->key][outcome->arm] += outcome->reward;
}

static bool order_row(const tend_node *me, const char *const *words, int index, tend_lesson *out)
{
    const order_state *state = me->state;
    if (index >= WORDS * WORDS)
        return false;
    double had = state->seen[index / WORDS][index % WORDS];
    snprintf(out->context, sizeof out->context, "%s", had > 0 ? words[index / WORDS] : "");
    snprintf(out->arm, sizeof out->arm, "%s", words[index % WORDS]);
    out->number[0] = had;
    return true;
}

static tend_rc order_restore(const tend_node *me, const char *const *words, const tend_lesson *row)
{
    order_state *state = me->state;
    int context = 0, arm = 0;
    while (strcmp(words[context], row->context) != 0)
        context++;
    while (strcmp(words[arm], row->arm) != 0)
        arm++;
    state->seen[context][arm] = row->number[0];
    return TEND_OK;
}

static bool row_forth(const tend_node *me, int index, tend_lesson *out)
{
    return order_row(me, forth, index, out);
}

static bool row_back(const tend_node *me, int index, tend_lesson *out)
{
    return order_row(me, back, index, out);
}

static tend_rc restore_forth(const tend_node *me, const tend_lesson *row, tend_err *told)
{
    (void)told;
    return order_restore(me, forth, row);
}

static tend_rc restore_back(const tend_node *me, const tend_lesson *row, tend_err *told)
{
    (void)told;
    return order_restore(me, back, row);
}

static const char *const order_numbers[] = {"seen", NULL};

static void open_order(rig *r, tend_policy *policy, bool reversed)
{
    *policy = (tend_policy){.base = {.name = "order",
                                     .help = "for a test",
                                     .state_size = order_size,
                                     .init = order_init},
                            .decide = order_decide,
                            .reset = order_init,
                            .learn = order_learn,
                            .numbers = order_numbers,
                            .row = reversed ? row_back : row_forth,
                            .restore = reversed ? restore_back : restore_forth};
    open_rig(r, 1, NULL, NULL);
    tend_close(r->engine);
    assert_int_equal(tend_config_register_policy(r->config, policy, &err), TEND_OK);
    assert_int_equal(tend_config_set(r->config, "policy", "order", &err), TEND_OK);
    assert_int_equal(tend_open(r->system, r->config, 1, &r->engine, &err), TEND_OK);
}

static void words_in_another_order_are_the_same_words(void **state)
{
    (void)state;
    rig one, two;
    tend_policy a, b;
    char *text = NULL, *there = NULL, *home = NULL;
    open_order(&one, &a, false);
    open_order(&two, &b, true);
    tend_learn(one.engine, &(tend_outcome){.key = 0, .arm = 1, .reward = 0.5});  // red, green
    tend_learn(one.engine, &(tend_outcome){.key = 2, .arm = 0, .reward = 0.75}); // blue, red
    assert_int_equal(tend_policy_write(one.engine, &text, &err), TEND_OK);
    assert_int_equal(tend_policy_parse(two.engine, text, strlen(text), "p", &err), TEND_OK);
    assert_int_equal(tend_policy_write(two.engine, &there, &err), TEND_OK);
    // blue comes first there
    const char *blue = strstr(there, "{\"context\":\"blue\",\"arm\":\"red\",\"seen\":0.75}");
    const char *red = strstr(there, "{\"context\":\"red\",\"arm\":\"green\",\"seen\":0.5}");
    assert_true(blue && red && blue < red);
    uint64_t before = tend_hash(one.engine);
    assert_int_equal(tend_policy_parse(one.engine, there, strlen(there), "p", &err), TEND_OK);
    assert_int_equal(tend_hash(one.engine), before);
    assert_int_equal(tend_policy_write(one.engine, &home, &err), TEND_OK);
    assert_string_equal(home, text);
    free(text);
    free(there);
    free(home);
    close_rig(&one);
    close_rig(&two);
}

static void open_home(run_setup *setup, tend_drive **r, const char *path)
{
    run_files files = {path, NULL, NULL};
    assert_int_equal(run_setup_open(setup, &files, 240, &err), TEND_OK);
    setup->learning = TEND_ONLINE;
    assert_int_equal(run_open(setup, r, &err), TEND_OK);
}

static void what_was_learnt_at_home_is_taken_elsewhere(void **state)
{
    (void)state;
    run_setup home, away;
    tend_drive *here, *there;
    result row;
    char *text = NULL, *again = NULL;
    open_home(&home, &here, "examples/systems/default.json");
    open_home(&away, &there, "examples/systems/shop.json");
    for (uint64_t seed = 1; seed <= 8; seed++)
        assert_int_equal(drive_episode(here, seed, &row, NULL, NULL, &err), TEND_OK);
    assert_int_equal(tend_policy_write(tend_drive_engine(here), &text, &err), TEND_OK);
    assert_holds(text, "\"context\":\""); // it has learnt something
    assert_int_equal(tend_policy_parse(tend_drive_engine(there), text, strlen(text), "p", &err),
                     TEND_OK);
    assert_int_equal(tend_policy_write(tend_drive_engine(there), &again, &err), TEND_OK);
    assert_string_equal(again, text);
    free(text);
    free(again);
    tend_drive_close(here);
    tend_drive_close(there);
    run_setup_close(&home);
    run_setup_close(&away);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_of_the_policy_must_be_the_one_it_was_learnt_with),
        cmocka_unit_test(what_is_no_part_of_the_policy_may_differ),
        cmocka_unit_test(a_head_that_does_not_hold_is_refused),
        cmocka_unit_test(a_policy_that_learns_nothing_takes_the_file_it_writes_and_no_lessons),
        cmocka_unit_test(a_lesson_that_is_damaged_is_refused_and_nothing_is_lost),
        cmocka_unit_test(words_in_another_order_are_the_same_words),
        cmocka_unit_test(what_was_learnt_at_home_is_taken_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
