// SPDX-License-Identifier: GPL-3.0-or-later
// test_param_kinds.c - what counts is whole, what is a flag is 0 or 1, and a time is in seconds
// whatever the step of the system.
#include "support.h"

#include "agent/config.h"
#include "base/hash.h"
#include "core/params.h"

#include <math.h>

typedef struct four {
    double count, flag, share, time;
} four;

static const tend_param table[] = {
    {"count", offsetof(four, count), TEND_INTEGER, 3, 1, 9, "counts"},
    {"flag", offsetof(four, flag), TEND_FLAG, 0, 0, 1, "on or off"},
    {"share", offsetof(four, share), TEND_NUMBER, 0.5, 0, 1, "any number"},
    {"time", offsetof(four, time), TEND_SECONDS, 40, 0, 1e6, "a time"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

static tend_err err;

static void refused(four *p, const char *name, double value, const char *expected)
{
    assert_int_equal(params_set(params_find(table, name), p, value, "a.json:3", &err), TEND_INPUT);
    assert_holds(err.text, "a.json:3: ");
    assert_holds(err.text, name);
    assert_holds(err.text, expected);
}

static void a_fraction_is_refused_where_it_means_nothing(void **state)
{
    (void)state;
    four p = {3, 0, 0.5, 40};
    refused(&p, "count", 3.7, "count 3.7, expected a whole number, 1 to 9");
    refused(&p, "count", nextafter(4, 5), "expected a whole number");
    refused(&p, "flag", 0.3, "flag 0.3, expected a flag, 0 to 1");
    refused(&p, "flag", 1e-300, "expected a flag");
    refused(&p, "time", 10.5, "time 10.5, expected a whole number of seconds, 0 to 1e+06");
    refused(&p, "share", 1.5, "share 1.5, expected 0 to 1");
    refused(&p, "time", (double)INFINITY, "expected a whole number of seconds");
    refused(&p, "count", (double)NAN, "expected a whole number");
    assert_near(p.count, 3, 0);
    assert_near(p.flag, 0, 0);
    assert_near(p.time, 40, 0);
    const struct {
        const char *name;
        double value;
    } good[] = {{"count", 9}, {"flag", 1}, {"share", 0.3}, {"time", 11}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(params_set(params_find(table, good[i].name), &p, good[i].value, "a", &err),
                         TEND_OK);
    assert_near(p.count, 9, 0);
    assert_near(p.flag, 1, 0);
    assert_near(p.share, 0.3, 0);
    assert_near(p.time, 11, 0);
}

static double ticks(double seconds, double step_s)
{
    four p = {3, 1, 0.5, seconds};
    params_to_ticks(table, &p, step_s);
    assert_near(p.count, 3, 0); // what is no time stays as it is
    assert_near(p.flag, 1, 0);
    assert_near(p.share, 0.5, 0);
    return p.time;
}

static void seconds_become_ticks_rounded_up(void **state)
{
    (void)state;
    for (int s = 0; s < 200; s++)
        assert_near(ticks(s, 1), s, 0);
    assert_near(ticks(40, 5), 8, 0);
    assert_near(ticks(41, 5), 9, 0);
    assert_near(ticks(40, 15), 3, 0);
    assert_near(ticks(1, 60), 1, 0); // never nothing
    assert_near(ticks(60, 60), 1, 0);
    assert_near(ticks(61, 60), 2, 0);
    assert_near(ticks(0, 60), 0, 0); // unless nothing was asked for
    assert_near(ticks(3, 0.1), 30, 0);
    assert_near(ticks(7, 0.7), 10, 0);
    assert_near(ticks(1e6, 1e-9), 1e9, 0); // and never more than an int holds
}

static tend_rc parse(const char *text)
{
    tend_config *config = NULL;
    tend_rc rc = tend_config_parse(text, strlen(text), "mine.json", &config, &err);
    tend_config_free(config);
    return rc;
}

static void an_agent_file_is_told_where_its_fraction_stands(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"name\":\"x\",\n\"detector\":{\n\"trees\": 3.7}}"), TEND_INPUT);
    assert_string_equal(err.text,
                        "mine.json:3: detector: trees 3.7, expected a whole number, 1 to 1000");
    assert_int_equal(parse("{\"name\":\"x\",\"policy\":{\"raw\": 0.3}}"), TEND_INPUT);
    assert_holds(err.text, "mine.json:1: policy: raw 0.3, expected a flag");
    assert_int_equal(parse("{\"name\":\"x\",\"guard\":{\"cooldown\": 10.5}}"), TEND_INPUT);
    assert_holds(err.text, "mine.json:1: guard: cooldown 10.5, expected a whole number of seconds");
    assert_int_equal(parse("{\"name\":\"x\",\"guard\":{\"cooldown\": 11, \"confidence\": 0.25},"
                           "\"policy\":{\"raw\": 1}}"),
                     TEND_OK);
}

static const tend_param *find(config_part part, const char *plugin, const char *name)
{
    return params_find(config_table(part, plugin), name);
}

// What must be seen before it is believed is seen twice, unless who asks wants less.
static void patience_is_two_samples_at_least(void **state)
{
    (void)state;
    static const tend_param patience[] = {
        {"patience", 0, TEND_PATIENCE, 2, 1, 86400, "trouble before acting"},
        {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
    };
    static const double rows[][3] = {{2, 1, 2},  {2, 5, 2},  {2, 60, 2},  {3, 5, 2},   {11, 5, 3},
                                     {1, 60, 1}, {1, 1, 1},  {1, 0.5, 2}, {2, 0.5, 4}, {0, 5, 0},
                                     {10, 5, 2}, {15, 5, 3}, {61, 60, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double p = rows[i][0];
        params_to_ticks(patience, &p, rows[i][1]);
        assert_near(p, rows[i][2], 0);
    }
    assert_string_equal(tend_param_kind_name(TEND_PATIENCE), "seconds");
    for (int i = 0; i < 3; i++) {
        const char *const of[] = {"ucb", "rules", "random"};
        assert_int_equal(find(CONFIG_POLICY, of[i], "patience")->kind, TEND_PATIENCE);
    }
}

static void what_means_time_is_in_seconds(void **state)
{
    (void)state;
    static const char *const guard_times[] = {"calm",     "verify",    "limit_most",
                                              "cooldown", "in_flight", "window"};
    static const char *const counts[] = {"target_budget", "budget", "ineffective", "escalate"};
    for (size_t i = 0; i < sizeof guard_times / sizeof *guard_times; i++)
        assert_int_equal(find(CONFIG_GUARD, NULL, guard_times[i])->kind, TEND_SECONDS);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_int_equal(find(CONFIG_GUARD, NULL, counts[i])->kind, TEND_INTEGER);
    assert_int_equal(find(CONFIG_DETECTOR, "iforest", "warmup")->kind, TEND_INTEGER);
    assert_int_equal(find(CONFIG_POLICY, "ucb", "patience")->kind, TEND_PATIENCE);
    assert_int_equal(find(CONFIG_JUDGE, NULL, "horizon")->kind, TEND_SECONDS);
    assert_int_equal(find(CONFIG_ALARM, NULL, "release")->kind, TEND_SECONDS);
    assert_int_equal(find(CONFIG_GUARD, NULL, "kill_switch")->kind, TEND_FLAG);
    assert_int_equal(find(CONFIG_POLICY, "ucb", "raw")->kind, TEND_FLAG);
    assert_int_equal(find(CONFIG_DETECTOR, "iforest", "trees")->kind, TEND_INTEGER);
}

static const char pair[] =
    "{\"name\":\"pair\",\"step_s\":%g,\"services\":[{\"name\":\"web\",\"replicas\":2,"
    "\"most_replicas\":4},{\"name\":\"db\",\"kind\":\"database\",\"replicas\":2,"
    "\"most_replicas\":4}],\"edges\":[{\"caller\":\"web\",\"callee\":\"db\"}],"
    "\"entry\":\"web\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}";

typedef struct rig {
    tend_system *system;
    tend_config *config;
    tend_engine *engine;
} rig;

static void open_rig(rig *r, double step_s)
{
    char text[600];
    snprintf(text, sizeof text, pair, step_s);
    assert_int_equal(tend_system_parse(text, strlen(text), "p", &r->system, &err), TEND_OK);
    assert_int_equal(tend_config_new(&r->config, &err), TEND_OK);
    assert_int_equal(tend_config_set(r->config, "policy", "random", &err), TEND_OK);
    assert_int_equal(tend_config_set(r->config, "guard.confidence", "0", &err), TEND_OK);
}

static void close_rig(rig *r)
{
    tend_close(r->engine);
    tend_config_free(r->config);
    tend_system_free(r->system);
}

// each time of the agent given as so many seconds at one second a step
static void divide_times(tend_config *config, double by)
{
    for (config_part part = 0; part < CONFIG_PARTS; part++) {
        const char *section = config_part_name(part);
        for (const tend_param *p = config_table(part, tend_config_plugin(config, section)); p->name;
             p++) {
            char path[64], value[32];
            snprintf(path, sizeof path, "%s.%s", section, p->name);
            snprintf(value, sizeof value, "%g", ceil(p->initial / by));
            if (p->kind == TEND_SECONDS)
                assert_int_equal(tend_config_set(config, path, value, &err), TEND_OK);
        }
    }
}

// all a frame says but prices: those are in seconds of breach, and so is a tick
static uint64_t heard(uint64_t hash, const rig *r, const tend_frame *f)
{
    const tend_decision *d = &f->decision;
    const double said[] = {f->findings.overall, d->propensity, d->confidence};
    const int64_t done[] = {f->findings.alarm,  f->findings.since, f->causes.count, f->causes.onset,
                            f->incidents,       d->action,         (int64_t)d->key, d->arm,
                            f->incident[0].age, d->wanted,         f->outcomes};
    hash = hash_bytes(hash, said, sizeof said);
    hash = hash_bytes(hash, done, sizeof done);
    hash = hash_bytes(hash, d->masked, (size_t)r->system->A);
    for (int i = 0; i < f->outcomes; i++) {
        const tend_outcome *o = &f->outcome[i];
        const int64_t end[] = {o->decided, o->settled, o->breach_ticks, o->action, o->effective};
        hash = hash_bytes(hash, end, sizeof end);
    }
    return hash;
}

// what was heard is added to *hash
static int play(rig *r, int64_t *acted_at, uint64_t *hash)
{
    double value[12], edge[2] = {5, 4}, ready[2] = {2, 2}, age[2] = {1000, 1000};
    int acted = 0;
    for (int64_t t = 0; t < 400; t++) {
        bool breach = t % 40 < 25;
        for (int i = 0; i < 12; i++)
            value[i] = 0.3 + 0.001 * (double)((t * 7 + i) % 5);
        // nobody counts requests: what a few failures prove hangs on how many there are in a tick
        int requests = tend_system_column(r->system, TEND_REQUESTS);
        for (int v = 0; v < 2; v++)
            value[6 * v + requests] = (double)NAN;
        value[0] = value[6] = breach ? 400 : 20;
        tend_obs obs = {.size = sizeof obs,
                        .tick = t,
                        .value = value,
                        .edge = edge,
                        .ready = ready,
                        .deploy_age = age,
                        .entry_p95_ms = breach ? 900 : 20,
                        .breach = breach};
        const tend_frame *frame = tend_step(r->engine, &obs);
        *hash = heard(*hash, r, frame);
        if (frame->decision.action)
            acted_at[acted++] = t;
    }
    return acted;
}

static void an_agent_at_five_seconds_a_step_is_one_with_a_fifth_of_every_time(void **state)
{
    (void)state;
    rig slow, quick, same;
    int64_t first[400], second[400];
    uint64_t one = HASH_START, two = HASH_START, three = HASH_START;
    open_rig(&slow, 5);
    open_rig(&quick, 1);
    open_rig(&same, 1);
    divide_times(quick.config, 5);
    assert_int_equal(tend_open(slow.system, slow.config, 3, &slow.engine, &err), TEND_OK);
    assert_int_equal(tend_open(quick.system, quick.config, 3, &quick.engine, &err), TEND_OK);
    assert_int_equal(tend_open(same.system, same.config, 3, &same.engine, &err), TEND_OK);
    int acted = play(&slow, first, &one);
    assert_true(acted > 10);
    assert_int_equal(play(&quick, second, &two), acted);
    assert_memory_equal(first, second, (size_t)acted * sizeof *first);
    assert_int_equal(one, two);
    assert_true(play(&same, second, &three) < acted); // five times as long between actions
    // what the caller asks for is what was said, in seconds
    assert_near(tend_config_number(slow.config, "guard", "cooldown"), 10, 0);
    close_rig(&slow);
    close_rig(&quick);
    close_rig(&same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fraction_is_refused_where_it_means_nothing),
        cmocka_unit_test(seconds_become_ticks_rounded_up),
        cmocka_unit_test(patience_is_two_samples_at_least),
        cmocka_unit_test(an_agent_file_is_told_where_its_fraction_stands),
        cmocka_unit_test(what_means_time_is_in_seconds),
        cmocka_unit_test(an_agent_at_five_seconds_a_step_is_one_with_a_fifth_of_every_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
