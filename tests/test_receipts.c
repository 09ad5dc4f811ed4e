// SPDX-License-Identifier: GPL-3.0-or-later
// test_receipts.c - what became of an action, heard by guard and audit.
#include "guard_support.h"

typedef struct court {
    yard y;
    audit check;
    tend_receipt told[2]; // the second is beyond the count: nobody may read it
} court;

static void court_open(court *c)
{
    static const char *const loose[][2] = {
        {"verify", "0"},         {"cooldown", "0"}, {"in_flight", "0"},    {"window", "1"},
        {"target_budget", "32"}, {"budget", "32"},  {"ineffective", "32"}, {"escalate", "32"},
        {"blast_radius", "1"},   {"calm", "3"}};
    char path[64];
    memset(&c->check, 0, sizeof c->check);
    yard_open(&c->y);
    yard_loosen(&c->y);
    c->y.params.calm = 3;
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
        snprintf(path, sizeof path, "guard.%s", loose[i][0]);
        assert_int_equal(tend_config_set(c->y.config, path, loose[i][1], NULL), TEND_OK);
    }
    audit_start(&c->check, c->y.system, c->y.config);
}

static void court_close(court *c)
{
    audit_close(&c->check);
    yard_close(&c->y);
}

static void tell(court *c, int64_t id, const char *action, tend_receipt_state became)
{
    int which = action ? yard_action(&c->y, action) : 0;
    bool failed = became == TEND_RECEIPT_FAILED;
    c->told[0] = (tend_receipt){id, which, became};
    c->told[1] = (tend_receipt){id, which, failed ? TEND_RECEIPT_STARTED : TEND_RECEIPT_FAILED};
    c->y.obs.receipt = c->told;
    c->y.obs.receipts = action != NULL;
}

// guard and audit agree: the rule that is against the action now, "" for none
static void held(court *c, int64_t tick, const char *action, const char *rule)
{
    char told[160];
    assert_string_equal(yard_rule(&c->y, tick, action), rule);
    audit twin = c->check; // asks without sending
    audit_action past[64];
    assert_true(c->check.count < 64);
    if (c->check.count > 0)
        memcpy(past, c->check.past, (size_t)c->check.count * sizeof *past);
    twin.past = past, twin.room = 64;
    twin.violations = 0, twin.first[0] = 0;
    assert_int_equal(audit_tick(&twin, &c->y.obs, true, 0.9, yard_action(&c->y, action), NULL),
                     TEND_OK);
    snprintf(told, sizeof told, "t=%lld %s breaks %s", (long long)tick, action, rule);
    assert_string_equal(twin.first, rule[0] ? told : "");
}

static void pass(court *c, int64_t tick, const char *action)
{
    if (action)
        yard_take(&c->y, tick, action);
    else
        yard_look(&c->y, tick);
    assert_int_equal(
        audit_tick(&c->check, &c->y.obs, true, 0.9, action ? yard_action(&c->y, action) : 0, NULL),
        TEND_OK);
    assert_int_equal(c->check.violations, 0);
}

static void an_action_under_way_is_not_repeated(void **state)
{
    (void)state;
    static const tend_receipt_state open[] = {TEND_RECEIPT_ACCEPTED, TEND_RECEIPT_STARTED};
    static const tend_receipt_state shut[] = {TEND_RECEIPT_UNKNOWN, TEND_RECEIPT_DONE,
                                              TEND_RECEIPT_FAILED, TEND_RECEIPT_STATES};
    court c;
    court_open(&c);
    pass(&c, 0, "scale(web,+1)");
    for (int i = 0; i < 2; i++) {
        tell(&c, 0, "scale(web,+1)", open[i]);
        held(&c, 500, "scale(web,+1)", "in_flight");
        held(&c, 500, "scale(db,+1)", "");
        held(&c, 500, "restart(web)", "");
    }
    for (int i = 0; i < 4; i++) {
        tell(&c, 0, "scale(web,+1)", shut[i]);
        held(&c, 500, "scale(web,+1)", "");
    }
    court_close(&c);
}

static void one_disruption_at_a_time_whoever_sent_it(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    tell(&c, -1, "restart(db)", TEND_RECEIPT_STARTED);
    held(&c, 3, "restart(web)", "in_flight");
    held(&c, 3, "limit", "in_flight");
    held(&c, 3, "scale(web,+1)", "");
    c.told[1] = (tend_receipt){-1, yard_action(&c.y, "scale(a,+1)"), TEND_RECEIPT_STARTED};
    c.y.obs.receipts = 2; // whatever else is told behind it
    held(&c, 3, "restart(web)", "in_flight");
    tell(&c, -1, "restart(db)", TEND_RECEIPT_DONE);
    held(&c, 3, "restart(web)", "");
    court_close(&c);
}

static void a_service_under_change_counts_for_the_blast_radius(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    c.y.params.blast_radius = 0.01; // one service
    assert_int_equal(tend_config_set(c.y.config, "guard.blast_radius", "0.01", NULL), TEND_OK);
    audit_start(&c.check, c.y.system, c.y.config);
    tell(&c, -1, "scale(db,+1)", TEND_RECEIPT_STARTED);
    held(&c, 3, "scale(web,+1)", "blast_radius");
    held(&c, 3, "restart(db)", "");
    tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
    held(&c, 3, "scale(web,+1)", "");
    court_close(&c);
}

// web may have nine replicas and has three; db must keep two of its three
static void a_replica_that_never_came_is_not_counted(void **state)
{
    (void)state;
    static const struct {
        tend_receipt_state became;
        const char *rule;
    } cases[] = {{TEND_RECEIPT_FAILED, ""},
                 {TEND_RECEIPT_REFUSED, ""},
                 {TEND_RECEIPT_TIMEOUT, "replica_bounds"},
                 {TEND_RECEIPT_DONE, "replica_bounds"},
                 {TEND_RECEIPT_STARTED, "replica_bounds"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int up = 0; up < 2; up++) {
            const char *action = up ? "scale(web,+1)" : "scale(db,-1)";
            court c;
            court_open(&c);
            int64_t last = up ? 5 : 0;
            for (int64_t t = 0; t <= last; t++)
                pass(&c, t, action);
            held(&c, last + 1, action, "replica_bounds");
            tell(&c, last, action, cases[i].became);
            pass(&c, last + 1, NULL);
            pass(&c, last + 2, NULL); // told twice, taken back once
            tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
            held(&c, last + 3, action, cases[i].rule);
            if (!cases[i].rule[0]) {
                pass(&c, last + 3, action);
                held(&c, last + 4, action, "replica_bounds");
            }
            court_close(&c);
        }
}

// That one service got its replica, or one its restart, says nothing of the others.
static void what_is_told_of_one_service_says_nothing_of_another(void **state)
{
    (void)state;
    static const char *const services[] = {"web", "cart", "hot", "db", "a", "b"};
    static const char *const kinds[][2] = {
        {"restart(", ")"}, {"scale(", ",+1)"}, {"scale(", ",-1)"}, {"rollback(", ")"}};
    for (int k = 0; k < 4; k++)
        for (int done = 0; done < YARD_S; done++) {
            court c;
            char action[40];
            court_open(&c);
            c.y.params.in_flight = 10;
            assert_int_equal(tend_config_set(c.y.config, "guard.in_flight", "10", NULL), TEND_OK);
            audit_start(&c.check, c.y.system, c.y.config);
            snprintf(action, sizeof action, "%s%s%s", kinds[k][0], services[done], kinds[k][1]);
            pass(&c, 1, action);
            tell(&c, 1, action, TEND_RECEIPT_DONE);
            pass(&c, 2, NULL);
            tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
            c.y.params.blast_radius = 2.0 / YARD_S; // another one may change, a third not
            for (int s = 0; s < YARD_S; s++) {
                snprintf(action, sizeof action, "scale(%s,+1)", services[s]);
                assert_string_equal(yard_rule(&c.y, 3, action), "");
            }
            snprintf(action, sizeof action, "scale(%s,-1)", services[(done + 1) % YARD_S]);
            assert_string_equal(yard_rule(&c.y, 30, action), "");
            court_close(&c);
        }
}

// What has been told done is not taken back by what is told later.
static void an_end_is_heard_once(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    for (int64_t t = 0; t <= 5; t++)
        pass(&c, t, "scale(web,+1)");
    tell(&c, 5, "scale(web,+1)", TEND_RECEIPT_DONE);
    pass(&c, 6, NULL);
    tell(&c, 5, "scale(web,+1)", TEND_RECEIPT_FAILED);
    pass(&c, 7, NULL);
    tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
    held(&c, 8, "scale(web,+1)", "replica_bounds");
    court_close(&c);
}

// Twenty actions in the log; what is known of their ends lies beside it, untouched.
static void the_ends_of_many_actions_are_kept_beside_the_log(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    c.y.params.window = 1000;
    assert_int_equal(tend_config_set(c.y.config, "guard.window", "1000", NULL), TEND_OK);
    c.y.params.budget = c.y.params.target_budget = 20;
    assert_int_equal(tend_config_set(c.y.config, "guard.budget", "20", NULL), TEND_OK);
    assert_int_equal(tend_config_set(c.y.config, "guard.target_budget", "20", NULL), TEND_OK);
    audit_start(&c.check, c.y.system, c.y.config);
    static const char *const done[] = {"restart(web)", "restart(cart)", "restart(hot)",
                                       "restart(db)"};
    for (int64_t t = 0; t < 20; t++) {
        if (t > 0)
            tell(&c, t - 1, done[(t - 1) % 4], TEND_RECEIPT_DONE);
        pass(&c, t, done[t % 4]);
    }
    held(&c, 20, "scale(a,+1)", "budget");
    held(&c, 999, "scale(a,+1)", "budget");
    held(&c, 1000, "scale(a,+1)", "");
    court_close(&c);
}

static void a_limit_that_never_bit_needs_no_lift(void **state)
{
    (void)state;
    static const tend_receipt_state nothing[] = {TEND_RECEIPT_FAILED, TEND_RECEIPT_REFUSED};
    for (int i = 0; i < 2; i++) {
        court c;
        court_open(&c);
        pass(&c, 0, "limit");
        held(&c, 1, "lift", "");
        tell(&c, 0, "limit", nothing[i]);
        pass(&c, 1, NULL);
        held(&c, 2, "lift", "undone");
        held(&c, 2, "limit", "");
        court_close(&c);
    }
    court c;
    court_open(&c);
    pass(&c, 0, "limit");
    tell(&c, 0, "limit", TEND_RECEIPT_TIMEOUT); // it may be in force
    pass(&c, 1, NULL);
    held(&c, 2, "lift", "");
    held(&c, 2, "limit", "undone");
    court_close(&c);
}

static void a_lift_that_may_have_come_to_nothing_may_be_repeated(void **state)
{
    (void)state;
    static const tend_receipt_state doubt[] = {TEND_RECEIPT_FAILED, TEND_RECEIPT_REFUSED,
                                               TEND_RECEIPT_TIMEOUT};
    for (int i = 0; i < 3; i++) {
        court c;
        court_open(&c);
        pass(&c, 0, "limit");
        pass(&c, 3, "lift");
        held(&c, 4, "lift", "undone");
        tell(&c, 3, "lift", doubt[i]);
        pass(&c, 4, NULL);
        held(&c, 5, "lift", "");
        pass(&c, 5, "lift");
        tell(&c, 5, "lift", TEND_RECEIPT_DONE);
        pass(&c, 6, NULL);
        held(&c, 7, "lift", "undone");
        court_close(&c);
    }
}

static void set_limit_most(court *c, int seconds)
{
    char text[16];
    c->y.params.limit_most = seconds;
    snprintf(text, sizeof text, "%d", seconds);
    assert_int_equal(tend_config_set(c->y.config, "guard.limit_most", text, NULL), TEND_OK);
    audit_start(&c->check, c->y.system, c->y.config);
}

// Users have been refused since the limit was set: a lift that failed in between is no fresh start.
static void a_failed_lift_leaves_the_limit_as_old_as_it_is(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    set_limit_most(&c, 20);
    pass(&c, 0, "limit");
    pass(&c, 10, "lift");
    tell(&c, 10, "lift", TEND_RECEIPT_FAILED);
    pass(&c, 11, NULL);
    tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
    held(&c, 19, "scale(web,+1)", "");
    held(&c, 20, "scale(web,+1)", "limit_due");
    held(&c, 20, "lift", "");
    court_close(&c);
}

// News may come late and crosswise: the limit never bit, so the lift that failed undid nothing.
static void a_failed_lift_of_a_limit_that_never_bit_brings_nothing_back(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    set_limit_most(&c, 20);
    pass(&c, 0, "limit");
    pass(&c, 1, "lift");
    tell(&c, 0, "limit", TEND_RECEIPT_FAILED);
    pass(&c, 2, NULL);
    tell(&c, 1, "lift", TEND_RECEIPT_FAILED);
    pass(&c, 3, NULL);
    tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
    held(&c, 4, "lift", "undone");
    held(&c, 40, "scale(web,+1)", "");
    held(&c, 40, "limit", "");
    court_close(&c);
}

// A lift came to nothing, and then so did the limit after it: the first limit is still in force.
static void two_that_failed_leave_the_limit_before_them(void **state)
{
    (void)state;
    for (int crosswise = 0; crosswise < 2; crosswise++) {
        court c;
        court_open(&c);
        set_limit_most(&c, 20);
        pass(&c, 41, "limit");
        pass(&c, 42, "lift");
        pass(&c, 43, "limit");
        for (int i = 0; i < 2; i++) {
            bool lift = i == crosswise;
            tell(&c, lift ? 42 : 43, lift ? "lift" : "limit", TEND_RECEIPT_FAILED);
            pass(&c, 44 + i, NULL);
        }
        tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
        held(&c, 60, "scale(web,+1)", "");
        held(&c, 61, "scale(web,+1)", "limit_due");
        held(&c, 61, "lift", "");
        court_close(&c);
    }
}

// The budget of web is used up, then lift after lift is refused until the log has dropped why: the
// guard may be stricter than the audit, which forgets nothing, never laxer.
static void a_flood_of_lifts_frees_no_budget(void **state)
{
    (void)state;
    enum { FLOOD_END = 3 + 40, WINDOW = 60 };
    court c;
    court_open(&c);
    c.y.params.window = WINDOW, c.y.params.target_budget = 2;
    assert_int_equal(tend_config_set(c.y.config, "guard.window", "60", NULL), TEND_OK);
    assert_int_equal(tend_config_set(c.y.config, "guard.target_budget", "2", NULL), TEND_OK);
    audit_start(&c.check, c.y.system, c.y.config);
    pass(&c, 0, "scale(web,+1)");
    pass(&c, 1, "scale(web,+1)");
    pass(&c, 2, "limit");
    for (int t = 3; t < FLOOD_END; t++) {
        pass(&c, t, "lift");
        tell(&c, t, "lift", TEND_RECEIPT_REFUSED);
        if (t == 10) { // the log still knows them all
            held(&c, 11, "scale(web,+1)", "target_budget");
            held(&c, 11, "scale(db,+1)", "");
        }
    }
    pass(&c, FLOOD_END, "lift");
    tell(&c, FLOOD_END, "lift", TEND_RECEIPT_DONE);
    pass(&c, FLOOD_END + 1, NULL);
    tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
    // 33 lifts are left of 43 actions in the window
    held(&c, FLOOD_END + 2, "scale(db,+1)", "budget");
    assert_string_equal(yard_rule(&c.y, FLOOD_END + 2, "scale(web,+1)"), "budget");
    // 32 lifts in the window are a full budget, 31 are none; web's own are long out of it
    held(&c, FLOOD_END - 32 + WINDOW, "scale(web,+1)", "budget");
    held(&c, FLOOD_END - 31 + WINDOW, "scale(web,+1)", "");
    court_close(&c);
}

static void what_is_no_receipt_of_ours_changes_nothing(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    tend_receipt odd[] = {{0, -5, TEND_RECEIPT_STARTED},       {0, 1 << 20, TEND_RECEIPT_STARTED},
                          {0, 0, TEND_RECEIPT_STARTED},        {0, 1 << 20, TEND_RECEIPT_FAILED},
                          {77, 1, TEND_RECEIPT_FAILED},        {0, 1, (tend_receipt_state)99},
                          {INT64_MIN, 1, TEND_RECEIPT_REFUSED}};
    pass(&c, 0, "scale(web,+1)");
    c.y.obs.receipt = odd;
    c.y.obs.receipts = (int)(sizeof odd / sizeof *odd);
    uint64_t replicas = 0;
    for (int64_t t = 1; yard_rule(&c.y, t, "scale(web,+1)")[0] == 0; t++, replicas++)
        pass(&c, t, "scale(web,+1)");
    assert_int_equal(replicas, 5); // of the six there is room for one was asked for
    held(&c, 50, "restart(web)", "");
    court_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_action_under_way_is_not_repeated),
        cmocka_unit_test(one_disruption_at_a_time_whoever_sent_it),
        cmocka_unit_test(a_service_under_change_counts_for_the_blast_radius),
        cmocka_unit_test(a_replica_that_never_came_is_not_counted),
        cmocka_unit_test(what_is_told_of_one_service_says_nothing_of_another),
        cmocka_unit_test(an_end_is_heard_once),
        cmocka_unit_test(the_ends_of_many_actions_are_kept_beside_the_log),
        cmocka_unit_test(a_limit_that_never_bit_needs_no_lift),
        cmocka_unit_test(a_lift_that_may_have_come_to_nothing_may_be_repeated),
        cmocka_unit_test(a_failed_lift_leaves_the_limit_as_old_as_it_is),
        cmocka_unit_test(a_failed_lift_of_a_limit_that_never_bit_brings_nothing_back),
        cmocka_unit_test(two_that_failed_leave_the_limit_before_them),
        cmocka_unit_test(a_flood_of_lifts_frees_no_budget),
        cmocka_unit_test(what_is_no_receipt_of_ours_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
