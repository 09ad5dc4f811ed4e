// SPDX-License-Identifier: GPL-3.0-or-later
// test_guard_audit.c - the audit names each broken rule, and does so at the same tick the guard
// would; and time that runs backwards or jumps far loosens neither.
#include "guard_support.h"

#include "base/rng.h"

typedef struct court {
    yard y;
    audit *check;
} court;

static void set(court *c, const char *name, const char *value)
{
    char path[64];
    snprintf(path, sizeof path, "guard.%s", name);
    assert_int_equal(tend_config_set(c->y.config, path, value, NULL), TEND_OK);
}

static void open_court(court *c)
{
    static const char *const loose[][2] = {
        {"verify", "0"},         {"cooldown", "0"}, {"in_flight", "0"},    {"window", "1"},
        {"target_budget", "32"}, {"budget", "32"},  {"ineffective", "32"}, {"escalate", "32"},
        {"blast_radius", "1"},   {"calm", "3"}};
    yard_open(&c->y);
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++)
        set(c, loose[i][0], loose[i][1]);
    c->check = calloc(1, sizeof *c->check);
}

static void close_court(court *c)
{
    audit_close(c->check);
    free(c->check);
    yard_close(&c->y);
}

static void start(court *c)
{
    audit_start(c->check, c->y.system, c->y.config);
}

static void act(court *c, int64_t tick, const char *action)
{
    yard *y = &c->y;
    y->obs.tick = tick;
    assert_int_equal(audit_tick(c->check, &y->obs, y->frame.findings.alarm,
                                y->frame.causes.count ? y->suspect.confidence : 0,
                                yard_action(y, action), NULL),
                     TEND_OK);
}

// the action breaks the rule, "" for none
static void breaks(court *c, int64_t tick, const char *action, const char *rule)
{
    int before = c->check->violations;
    char told[160];
    c->check->violations = 0;
    c->check->first[0] = 0;
    act(c, tick, action);
    snprintf(told, sizeof told, "t=%lld %s breaks %s", (long long)tick, action, rule);
    assert_string_equal(c->check->first, rule[0] ? told : "");
    assert_int_equal(c->check->violations, rule[0] != 0);
    c->check->violations += before;
}

static void rules_about_the_past_begin_and_end_where_the_guards_do(void **state)
{
    (void)state;
    static const struct {
        const char *parameter, *value, *first, *second, *rule;
        int64_t until;
    } cases[] = {
        {"verify", "4", "scale(web,+1)", "restart(web)", "verify", 4},
        {"verify", "4", "scale(web,+1)", "limit", "verify", 4},
        {"verify", "4", "scale(web,+1)", "scale(db,+1)", "second_target", 4},
        {"cooldown", "10", "scale(web,+1)", "scale(web,+1)", "cooldown", 10},
        {"in_flight", "100000", "restart(web)", "limit", "in_flight", 100000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int late = 0; late < 2; late++) {
            court c;
            open_court(&c);
            set(&c, cases[i].parameter, cases[i].value);
            start(&c);
            breaks(&c, 0, cases[i].first, "");
            breaks(&c, cases[i].until - !late, cases[i].second, late ? "" : cases[i].rule);
            close_court(&c);
        }
}

static void a_surer_second_target_is_no_violation(void **state)
{
    (void)state;
    court c;
    open_court(&c);
    set(&c, "verify", "10");
    start(&c);
    c.y.suspect.confidence = 0.5;
    breaks(&c, 0, "scale(web,+1)", "");
    c.y.suspect.confidence = 0.6;
    breaks(&c, 1, "scale(db,+1)", "");
    breaks(&c, 2, "scale(cart,+1)", "second_target");
    close_court(&c);
}

static void rules_about_the_target_as_it_is(void **state)
{
    (void)state;
    court c;
    open_court(&c);
    start(&c);
    breaks(&c, 0, "restart(web)", "");
    c.y.ready[0] = (double)NAN;
    breaks(&c, 1, "restart(web)", "last_replica");
    breaks(&c, 2, "scale(web,-1)", "last_replica");
    c.y.ready[0] = 1;
    breaks(&c, 3, "restart(web)", "last_replica");
    c.y.ready[0] = 0;
    breaks(&c, 4, "restart(web)", "");
    breaks(&c, 5, "rollback(db)", "");
    c.y.age[3] = (double)NAN;
    breaks(&c, 6, "rollback(db)", "rollback_known");
    c.y.suspect.confidence = (double)NAN;
    breaks(&c, 7, "restart(cart)", "confidence");
    breaks(&c, 8, "lift", "undone");
    c.y.frame.findings.alarm = c.y.obs.breach = false;
    breaks(&c, 9, "scale(cart,+1)", "incident");
    close_court(&c);
}

static void readings_count_from_their_bounds_on(void **state)
{
    (void)state;
    static const struct {
        double ready;
        const char *restart, *fewer; // the rule a restart and one replica less break
    } rows[] = {{0, "", "last_replica"},
                {0.49, "", "last_replica"},
                {0.5, "last_replica", "last_replica"},
                {-1, "last_replica", "last_replica"},
                {1.99, "last_replica", "last_replica"},
                {2, "", ""},
                {1e6, "", ""},
                {1.01e6, "last_replica", "last_replica"},
                {(double)INFINITY, "last_replica", "last_replica"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        court c;
        open_court(&c);
        start(&c);
        c.y.ready[0] = rows[i].ready;
        breaks(&c, 0, "restart(web)", rows[i].restart);
        breaks(&c, 1, "scale(web,-1)", rows[i].fewer);
        close_court(&c);
    }
    static const double ages[] = {0, -1, 5, (double)INFINITY, (double)NAN};
    for (int i = 0; i < 5; i++) {
        court c;
        open_court(&c);
        start(&c);
        c.y.age[3] = ages[i];
        breaks(&c, 0, "rollback(db)", i == 0 || i == 2 ? "" : "rollback_known");
        close_court(&c);
    }
}

// what was done before, and the action that is or is not one too many
static void counted_rules_break_with_the_one_too_many(void **state)
{
    (void)state;
    static const struct {
        const char *parameter, *value;
        const char *done[4];
        int64_t at; // of what was done: a tick each from 0 on; then this
        const char *action, *rule;
    } rows[] = {
        {"budget", "2", {"scale(web,+1)"}, 9, "scale(cart,+1)", ""},
        {"budget", "2", {"scale(web,+1)", "scale(cart,+1)"}, 9, "scale(db,+1)", "budget"},
        {"budget", "2", {"scale(web,+1)", "scale(cart,+1)"}, 10, "scale(db,+1)", ""},
        {"budget", "2", {"scale(web,+1)", "scale(cart,+1)"}, 9, "limit", "budget"},
        {"target_budget",
         "2",
         {"scale(web,+1)", "restart(web)"},
         9,
         "rollback(web)",
         "target_budget"},
        {"target_budget", "2", {"scale(web,+1)", "restart(web)"}, 10, "rollback(web)", ""},
        {"target_budget", "2", {"scale(web,+1)", "restart(cart)"}, 9, "rollback(web)", ""},
        {"ineffective", "2", {"restart(web)", "restart(web)"}, 30, "restart(web)", "ineffective"},
        {"ineffective", "2", {"restart(web)", "restart(web)"}, 30, "restart(cart)", ""},
        {"ineffective", "2", {"restart(web)", "scale(web,+1)"}, 30, "restart(web)", ""},
        {"escalate", "2", {"restart(web)", "scale(cart,+1)"}, 30, "restart(db)", "escalated"},
        {"escalate", "2", {"limit", "lift"}, 30, "restart(db)", ""},
        {"limit_most", "20", {"limit"}, 19, "restart(web)", ""},
        {"limit_most", "20", {"limit"}, 20, "restart(web)", "limit_due"},
        {"limit_most", "20", {"limit"}, 20, "lift", ""},
        {"limit_most", "20", {"limit", "lift"}, 30, "restart(web)", ""},
        {"limit_most", "20", {"limit"}, 9, "limit", "undone"},
        {"blast_radius", "0.34", {"restart(web)", "restart(cart)"}, 4, "restart(web)", ""},
        {"blast_radius",
         "0.34",
         {"scale(web,+1)", "scale(cart,+1)"},
         4,
         "scale(db,+1)",
         "blast_radius"},
        {"blast_radius", "0.34", {"scale(web,+1)", "scale(cart,+1)"}, 4, "scale(web,+1)", ""},
        {"blast_radius", "0.34", {"scale(web,+1)", "scale(cart,+1)"}, 5, "scale(db,+1)", ""},
        // a third of six services are two
        {"blast_radius", "0.33333333333333331", {"scale(web,+1)"}, 4, "scale(db,+1)", ""},
        {"blast_radius", "0.33", {"scale(web,+1)"}, 4, "scale(db,+1)", "blast_radius"},
        {"blast_radius", "0", {NULL}, 4, "scale(db,+1)", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        court c;
        open_court(&c);
        set(&c, "window", "10");
        set(&c, rows[i].parameter, rows[i].value);
        if (strcmp(rows[i].parameter, "blast_radius") == 0)
            set(&c, "in_flight", strstr(rows[i].action, "restart") ? "0" : "5");
        start(&c);
        for (int k = 0; k < 4 && rows[i].done[k]; k++)
            breaks(&c, k, rows[i].done[k], "");
        breaks(&c, rows[i].at, rows[i].action, rows[i].rule);
        close_court(&c);
    }
}

static void lists_of_the_configuration(void **state)
{
    (void)state;
    court c;
    open_court(&c);
    set(&c, "allow", "restart(db),limit,scale_up");
    set(&c, "freeze", "10-20,30-31");
    start(&c);
    breaks(&c, 0, "restart(db)", "");
    breaks(&c, 1, "restart(web)", "allow_list");
    breaks(&c, 9, "limit", "");
    breaks(&c, 10, "lift", ""); // by no list
    breaks(&c, 11, "restart(db)", "freeze");
    breaks(&c, 18, "scale(db,+1)", "");
    breaks(&c, 19, "restart(db)", "freeze");
    breaks(&c, 21, "restart(db)", "");
    breaks(&c, 30, "restart(db)", "freeze");
    set(&c, "allow", "none");
    start(&c);
    breaks(&c, 0, "restart(db)", "allow_list");
    close_court(&c);
}

// an engine with a random policy under hostile ticks, its audit beside it
static int play(const int64_t *ticks, int count, int *acted)
{
    court c;
    tend_engine *engine;
    open_court(&c);
    set(&c, "confidence", "0");
    set(&c, "in_flight", "900");
    set(&c, "verify", "3");
    set(&c, "cooldown", "20");
    assert_int_equal(tend_config_set(c.y.config, "policy", "random", NULL), TEND_OK);
    assert_int_equal(tend_open(c.y.system, c.y.config, 5, &engine, NULL), TEND_OK);
    start(&c);
    for (int i = 0; i < count; i++) {
        c.y.obs.tick = ticks[i];
        c.y.obs.breach = i % 30 < 25;
        c.y.obs.entry_p95_ms = c.y.obs.breach ? 900 : 20;
        const tend_frame *f = tend_step(engine, &c.y.obs);
        assert_int_equal(audit_tick(c.check, &c.y.obs, f->findings.alarm,
                                    f->causes.count ? f->causes.suspect[0].confidence : 0,
                                    f->decision.action, NULL),
                         TEND_OK);
        *acted += f->decision.action != 0;
    }
    int violations = c.check->violations;
    if (violations)
        print_error("%s\n", c.check->first);
    tend_close(engine);
    close_court(&c);
    return violations;
}

static void nothing_is_forgotten_however_much_was_done(void **state)
{
    (void)state;
    court c;
    open_court(&c);
    set(&c, "ineffective", "32");
    start(&c);
    breaks(&c, 0, "scale(web,+1)", "");
    for (int64_t tick = 1; tick <= 6; tick++) // six more than there is room for, of one kind
        act(&c, tick, "scale(web,+1)");
    int violations = c.check->violations;
    for (int64_t tick = 7; tick < 6000; tick++) // as many lifts as once filled it
        act(&c, tick, tick % 2 ? "limit" : "lift");
    act(&c, 6000, "scale(db,+1)");
    assert_int_equal(c.check->count, 6001);
    assert_true(c.check->violations > violations);
    int before = c.check->violations;
    act(&c, 6001, "scale(web,+1)"); // beyond the bounds since tick 6
    assert_int_equal(c.check->violations, before + 1);
    close_court(&c);
}

enum { TICKS = 3000 };

static void hostile_ticks_neither_loosen_the_guard_nor_stop_the_agent(void **state)
{
    (void)state;
    static int64_t ticks[6][TICKS];
    rng r = rng_make(3, "ticks");
    for (int i = 0; i < TICKS; i++) {
        ticks[0][i] = i;
        ticks[1][i] = i < 1500 ? 50000 + i : i - 1500; // the source started again
        ticks[2][i] = INT64_C(4000000000000000000) + i;
        ticks[3][i] = INT64_MAX - TICKS + i;
        ticks[4][i] = (int64_t)rng_below(&r, 100000); // to and fro
        ticks[5][i] = i % 2 ? INT64_MIN : INT64_MAX;
    }
    for (int k = 0; k < 6; k++) {
        int acted = 0;
        assert_int_equal(play(ticks[k], TICKS, &acted), 0);
        assert_true(acted >= 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_about_the_past_begin_and_end_where_the_guards_do),
        cmocka_unit_test(a_surer_second_target_is_no_violation),
        cmocka_unit_test(rules_about_the_target_as_it_is),
        cmocka_unit_test(readings_count_from_their_bounds_on),
        cmocka_unit_test(counted_rules_break_with_the_one_too_many),
        cmocka_unit_test(lists_of_the_configuration),
        cmocka_unit_test(nothing_is_forgotten_however_much_was_done),
        cmocka_unit_test(hostile_ticks_neither_loosen_the_guard_nor_stop_the_agent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
