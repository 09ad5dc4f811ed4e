// SPDX-License-Identifier: GPL-3.0-or-later
// test_policies.c - the plain policies page by page: rules, fixed, random, noop.
#include "frame_support.h"

#include "agent/decide/playbook.h"
#include "agent/plugins.h"
#include "core/params.h"

enum { PARAMS_MOST = 16 };

typedef struct bench {
    desk d;
    const tend_policy *policy;
    double params[PARAMS_MOST];
    tend_node me;
    tend_decision out;
} bench;

static void set(bench *b, const char *name, double value)
{
    const tend_param *p = params_find(b->policy->base.params, name);
    tend_err err;
    assert_non_null(p);
    assert_int_equal(params_set(p, b->params, value, "test", &err), TEND_OK);
}

static void begin(bench *b)
{
    if (b->policy->base.init)
        b->policy->base.init(&b->me, 1);
    if (b->policy->reset)
        b->policy->reset(&b->me, 1);
    b->d.obs.tick = 0;
}

static void bench_open(bench *b, const tend_policy *policy)
{
    memset(b, 0, sizeof *b);
    desk_open(&b->d);
    b->policy = policy;
    assert_true(policy->base.params_size <= sizeof b->params);
    if (policy->base.params)
        params_default(policy->base.params, b->params);
    b->me = (tend_node){.system = b->d.system, .params = b->params, .learning = TEND_FROZEN};
    size_t size = policy->base.state_size ? policy->base.state_size(b->d.system, b->params) : 0;
    b->me.state = calloc(1, size + 8);
    b->d.obs.entry_p95_ms = 300; // beyond the objective: a limit stays
    begin(b);
}

static void bench_close(bench *b)
{
    free(b->me.state);
    desk_close(&b->d);
}

// one tick; returns the name of what was decided, "noop" for nothing
static const char *decide(bench *b, bool alarm, bool breach)
{
    b->out = (tend_decision){.wanted = -1, .arm = -1, .propensity = 1};
    b->d.frame.findings.alarm = alarm;
    b->d.obs.breach = breach;
    tend_view seen = {.obs = &b->d.obs,
                      .findings = &b->d.frame.findings,
                      .incident = b->d.frame.incident,
                      .incidents = alarm || breach,
                      .causes = &b->d.frame.causes,
                      .allowed = b->d.allowed};
    b->policy->decide(&b->me, &seen, &b->out);
    b->d.obs.tick++;
    return b->d.system->actions[b->out.action].name;
}

static void value(bench *b, int service, int metric, double x)
{
    b->d.value[service * METRICS + metric] = x;
}

// Everything that opens a page is set: the first page that applies and was not tried is taken.
static void rules_turn_their_pages_in_order(void **state)
{
    (void)state;
    static const char *const pages[] = {"rollback(cache)",
                                        "reroute(api>cache)",
                                        "restart(cache)",
                                        "clear_cache(cache)",
                                        "scale(cache,+1)",
                                        "limit",
                                        "noop"};
    bench b;
    bench_open(&b, &policy_rules);
    set(&b, "patience", 1);
    set(&b, "hold", 1);
    desk_suspect(&b.d, 0, CACHE, API_CACHE, TEND_FAMILY_NETWORK, 0.7);
    b.d.deploy_age[CACHE] = 30;
    value(&b, CACHE, MEMORY, 0.86);
    value(&b, CACHE, CPU, 0.86);
    value(&b, CACHE, SATURATION, 0.91);
    value(&b, CACHE, ERRORS, 0.021);
    for (int i = 0; i < 7; i++)
        assert_string_equal(decide(&b, true, true), pages[i]);
    bench_close(&b);
}

static void a_page_opens_beyond_its_limit_only(void **state)
{
    (void)state;
    static const struct {
        int metric; // of db; -1: deployment age
        double shut, open;
        const char *page;
    } rows[] = {{-1, 31, 30, "rollback(db)"},
                {MEMORY, 0.85, 0.8501, "restart(db)"},
                {CPU, 0.85, 0.8501, "scale(db,+1)"},
                {SATURATION, 0.9, 0.9001, "restart(db)"},
                {ERRORS, 0.02, 0.0201, "restart(db)"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int open = 0; open < 3; open++) {
            bench b;
            double x = open == 2 ? (double)NAN : open ? rows[i].open : rows[i].shut;
            bench_open(&b, &policy_rules);
            set(&b, "patience", 1);
            desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.7);
            if (rows[i].metric < 0)
                b.d.deploy_age[DB] = x;
            else
                value(&b, DB, rows[i].metric, x);
            // without a page that speaks of it, a replica is added
            assert_string_equal(decide(&b, true, true), open == 1 ? rows[i].page : "scale(db,+1)");
            bench_close(&b);
        }
}

static void the_last_pages_are_a_replica_a_restart_and_a_limit_in_a_breach(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, &policy_rules);
    set(&b, "patience", 1);
    set(&b, "hold", 1);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.7);
    assert_string_equal(decide(&b, true, true), "scale(db,+1)");
    assert_string_equal(decide(&b, true, true), "restart(db)");
    // the objective holds since: it is left alone
    assert_string_equal(decide(&b, true, false), "noop");
    assert_string_equal(decide(&b, true, true), "limit");
    assert_string_equal(decide(&b, true, true), "noop");
    bench_close(&b);
}

static void the_first_page_needs_no_breach_and_the_second_does(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, &policy_rules);
    set(&b, "patience", 1);
    set(&b, "hold", 1);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.7);
    assert_string_equal(decide(&b, true, false), "scale(db,+1)");
    for (int i = 0; i < 5; i++)
        assert_string_equal(decide(&b, true, false), "noop");
    assert_string_equal(decide(&b, true, true), "restart(db)");
    bench_close(&b);
}

static void rules_wait_for_their_patience_and_hold(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, &policy_rules);
    set(&b, "patience", 3);
    set(&b, "hold", 4);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.7);
    assert_string_equal(decide(&b, true, true), "noop");
    assert_string_equal(decide(&b, true, true), "noop");
    assert_string_equal(decide(&b, true, true), "scale(db,+1)");
    for (int i = 1; i < 4; i++)
        assert_string_equal(decide(&b, true, true), "noop");
    assert_string_equal(decide(&b, true, true), "restart(db)");
    bench_close(&b);
}

static void a_masked_page_is_wished_for(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, &policy_rules);
    set(&b, "patience", 1);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.7);
    int scale = desk_action(&b.d, TEND_SCALE_UP, DB, -1);
    b.d.allowed[scale] = false;
    assert_string_equal(decide(&b, true, true), "noop");
    assert_int_equal(b.out.wanted, scale);
    b.d.allowed[scale] = true;
    assert_string_equal(decide(&b, true, true), "scale(db,+1)");
    assert_int_equal(b.out.wanted, -1);
    bench_close(&b);
}

// The edge of an incident is rerouted once, of the next one again.
static void an_edge_is_rerouted_once_an_incident(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, &policy_rules);
    set(&b, "patience", 1);
    set(&b, "hold", 1);
    desk_suspect(&b.d, 0, DB, API_DB, TEND_FAMILY_NETWORK, 0.7);
    for (int incident = 0; incident < 2; incident++) {
        assert_string_equal(decide(&b, true, true), "reroute(api>db)");
        // another suspect has tried nothing yet, but the edge has been rerouted
        desk_suspect(&b.d, 0, CACHE, API_CACHE, TEND_FAMILY_NETWORK, 0.7);
        assert_string_equal(decide(&b, true, true), "clear_cache(cache)");
        desk_suspect(&b.d, 0, DB, API_DB, TEND_FAMILY_NETWORK, 0.7);
        for (int i = 0; i < 3; i++)
            decide(&b, false, false);
    }
    bench_close(&b);
}

static void a_limit_goes_when_the_entry_has_looked_well_for_a_while(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, &policy_rules);
    set(&b, "patience", 1);
    set(&b, "hold", 1);
    set(&b, "lift_after", 3);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.7);
    decide(&b, true, true);
    decide(&b, true, true);
    assert_string_equal(decide(&b, true, true), "limit");
    b.d.obs.entry_p95_ms = 50;
    assert_string_equal(decide(&b, true, true), "noop");
    assert_string_equal(decide(&b, true, true), "noop");
    assert_string_equal(decide(&b, true, true), "lift");
    assert_string_equal(decide(&b, true, true), "noop"); // once
    bench_close(&b);
}

static void fixed_takes_its_arm_at_every_turn_and_nothing_else(void **state)
{
    (void)state;
    static const char *const arms[] = {"restart(cache)", "scale(cache,+1)", "clear_cache(cache)",
                                       "limit",          "rollback(cache)", "reroute(api>cache)"};
    for (int arm = 1; arm <= 6; arm++) {
        bench b;
        bench_open(&b, &policy_fixed);
        set(&b, "arm", arm);
        set(&b, "hold", 3);
        desk_suspect(&b.d, 0, CACHE, API_CACHE, TEND_FAMILY_CACHE, 0.7);
        assert_string_equal(decide(&b, false, false), "noop");
        for (int t = 0; t < 9; t++)
            assert_string_equal(decide(&b, true, true), t % 3 ? "noop" : arms[arm - 1]);
        int action = playbook_action(b.d.system, b.d.suspect, arm);
        b.d.allowed[action] = false;
        assert_string_equal(decide(&b, true, true), "noop");
        b.d.allowed[action] = true;
        assert_string_equal(decide(&b, true, true), arms[arm - 1]); // it did not have to wait again
        bench_close(&b);
    }
}

// Each arm that is allowed as often as the next, told with that probability.
static void random_takes_allowed_arms_alike(void **state)
{
    (void)state;
    enum { TURNS = 7000 };
    bench b;
    bench_open(&b, &policy_random);
    set(&b, "patience", 1);
    set(&b, "hold", 1);
    desk_suspect(&b.d, 0, CACHE, API_CACHE, TEND_FAMILY_CACHE, 0.7);
    for (int masked = 0; masked < 2; masked++) {
        int count[ARMS] = {0}, arms = ARMS - 2 * masked;
        begin(&b);
        if (masked) {
            b.d.allowed[playbook_action(b.d.system, b.d.suspect, ARM_RESTART)] = false;
            b.d.allowed[playbook_action(b.d.system, b.d.suspect, ARM_REROUTE)] = false;
        }
        for (int t = 0; t < TURNS; t++) {
            b.me.seed = (uint64_t)t;
            decide(&b, true, true);
            assert_near(b.out.propensity, 1.0 / arms, 1e-15);
            int arm = 0;
            while (playbook_action(b.d.system, b.d.suspect, arm) != b.out.action)
                arm++;
            count[arm]++;
        }
        for (int arm = 0; arm < ARMS; arm++) {
            bool none = masked && (arm == ARM_RESTART || arm == ARM_REROUTE);
            double p = none ? 0 : 1.0 / arms;
            assert_near(count[arm], TURNS * p, 4 * sqrt(TURNS * p * (1 - p)));
        }
    }
    bench_close(&b);
}

static void noop_never_acts(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, &policy_noop);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 1);
    for (int t = 0; t < 30; t++)
        assert_string_equal(decide(&b, true, true), "noop");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_turn_their_pages_in_order),
        cmocka_unit_test(a_page_opens_beyond_its_limit_only),
        cmocka_unit_test(the_last_pages_are_a_replica_a_restart_and_a_limit_in_a_breach),
        cmocka_unit_test(the_first_page_needs_no_breach_and_the_second_does),
        cmocka_unit_test(rules_wait_for_their_patience_and_hold),
        cmocka_unit_test(a_masked_page_is_wished_for),
        cmocka_unit_test(an_edge_is_rerouted_once_an_incident),
        cmocka_unit_test(a_limit_goes_when_the_entry_has_looked_well_for_a_while),
        cmocka_unit_test(fixed_takes_its_arm_at_every_turn_and_nothing_else),
        cmocka_unit_test(random_takes_allowed_arms_alike),
        cmocka_unit_test(noop_never_acts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
