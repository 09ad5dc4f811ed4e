// SPDX-License-Identifier: GPL-3.0-or-later
// test_loop.c - the one loop: who is called, in which order, and what ends it.
#include "support.h"

#include "loop/loop.h"

#include <tend/tend.h>

enum { TICKS = 6 };

typedef struct stand {
    tend_system *system;
    tend_config *config;
    tend_engine *engine;
    double value[64];
    int tick, breaks_at, sink_fails_at;
    char calls[64]; // one letter per call: n(ext), a and b (sinks), x (apply)
    int used;
} stand;

static void called(stand *s, char who)
{
    assert_true(s->used < (int)sizeof s->calls - 1);
    s->calls[s->used++] = who;
}

static tend_rc next(void *self, tend_obs *out, tend_err *err)
{
    stand *s = self;
    called(s, 'n');
    if (s->tick == s->breaks_at)
        return tend_fail(err, TEND_INPUT, "row %d is torn", s->tick);
    if (s->tick == TICKS)
        return TEND_END;
    *out = (tend_obs){.tick = s->tick++,
                      .value = s->value,
                      .edge = s->value,
                      .ready = s->value,
                      .deploy_age = s->value,
                      .breach = true};
    return TEND_OK;
}

static tend_rc first(void *self, const tend_frame *frame, tend_err *err)
{
    stand *s = self;
    called(s, 'a');
    if (frame->obs->tick == s->sink_fails_at)
        return tend_fail(err, TEND_FAILED, "disk full");
    return TEND_OK;
}

static tend_rc second(void *self, const tend_frame *frame, tend_err *err)
{
    (void)frame, (void)err;
    called(self, 'b');
    return TEND_OK;
}

static tend_rc apply(void *self, const tend_decision *decision, tend_err *err)
{
    (void)err;
    assert_int_not_equal(decision->action, 0);
    called(self, 'x');
    return TEND_OK;
}

static const char system_text[] =
    "{\"name\":\"pair\",\"entry\":\"web\",\"slo\":{\"p95_ms\":100,\"error_share\":0.01},"
    "\"services\":[{\"name\":\"web\",\"replicas\":3},{\"name\":\"db\",\"replicas\":3}],"
    "\"edges\":[{\"caller\":\"web\",\"callee\":\"db\"}]}";

static loop set_up(stand *s, const char *dry)
{
    tend_err err = {TEND_OK, ""};
    memset(s, 0, sizeof *s);
    s->breaks_at = s->sink_fails_at = -1;
    if (tend_system_parse(system_text, strlen(system_text), "pair.json", &s->system, &err))
        fail_msg("%s", err.text);
    assert_int_equal(tend_config_new(&s->config, &err), TEND_OK);
    // a random policy acts in most ticks that the guard lets it act in
    assert_int_equal(tend_config_set(s->config, "policy", "random", &err), TEND_OK);
    assert_int_equal(tend_config_set(s->config, "guard.confidence", "0", &err), TEND_OK);
    assert_int_equal(tend_config_set(s->config, "guard.dry_run", dry, &err), TEND_OK);
    assert_int_equal(tend_open(s->system, s->config, 3, &s->engine, &err), TEND_OK);
    for (size_t i = 0; i < sizeof s->value / sizeof *s->value; i++)
        s->value[i] = 3;
    loop l = {.source = {s, next}, .engine = s->engine, .actuator = {s, apply}};
    loop_add(&l, (tend_sink){s, first});
    loop_add(&l, (tend_sink){s, second});
    return l;
}

static void clear_up(stand *s)
{
    tend_close(s->engine);
    tend_config_free(s->config);
    tend_system_free(s->system);
}

static int count(const stand *s, char who)
{
    int n = 0;
    for (int i = 0; i < s->used; i++)
        n += s->calls[i] == who;
    return n;
}

static void sinks_see_every_tick_in_order_and_before_it_is_acted_upon(void **state)
{
    (void)state;
    stand s;
    tend_err err = {TEND_OK, ""};
    loop l = set_up(&s, "0");
    assert_int_equal(loop_run(&l, &err), TEND_OK);
    assert_int_equal(count(&s, 'n'), TICKS + 1);
    assert_int_equal(count(&s, 'a'), TICKS);
    assert_int_equal(count(&s, 'b'), TICKS);
    assert_true(count(&s, 'x') > 0);
    for (int i = 1; i < s.used; i++) {
        if (s.calls[i] == 'a')
            assert_int_equal(s.calls[i - 1], 'n');
        if (s.calls[i] == 'b')
            assert_int_equal(s.calls[i - 1], 'a');
        if (s.calls[i] == 'x')
            assert_int_equal(s.calls[i - 1], 'b');
    }
    clear_up(&s);
}

static void advice_is_not_carried_out(void **state)
{
    (void)state;
    stand s;
    tend_err err = {TEND_OK, ""};
    loop l = set_up(&s, "1");
    assert_int_equal(loop_run(&l, &err), TEND_OK);
    assert_int_equal(count(&s, 'a'), TICKS);
    assert_int_equal(count(&s, 'x'), 0);
    clear_up(&s);
}

static void without_an_actuator_it_only_watches(void **state)
{
    (void)state;
    stand s;
    tend_err err = {TEND_OK, ""};
    loop l = set_up(&s, "0");
    l.actuator.apply = NULL;
    assert_int_equal(loop_run(&l, &err), TEND_OK);
    assert_int_equal(count(&s, 'b'), TICKS);
    assert_int_equal(count(&s, 'x'), 0);
    clear_up(&s);
}

static void a_source_that_breaks_ends_the_loop_with_its_error(void **state)
{
    (void)state;
    stand s;
    tend_err err = {TEND_OK, ""};
    loop l = set_up(&s, "0");
    s.breaks_at = 2;
    assert_int_equal(loop_run(&l, &err), TEND_INPUT);
    assert_string_equal(err.text, "row 2 is torn");
    assert_int_equal(count(&s, 'a'), 2);
    clear_up(&s);
}

static void a_sink_that_fails_ends_the_loop_before_the_action(void **state)
{
    (void)state;
    stand s;
    tend_err err = {TEND_OK, ""};
    loop l = set_up(&s, "0");
    s.sink_fails_at = 0;
    assert_int_equal(loop_run(&l, &err), TEND_FAILED);
    assert_string_equal(err.text, "disk full");
    assert_int_equal(count(&s, 'b'), 0);
    assert_int_equal(count(&s, 'x'), 0);
    clear_up(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sinks_see_every_tick_in_order_and_before_it_is_acted_upon),
        cmocka_unit_test(advice_is_not_carried_out),
        cmocka_unit_test(without_an_actuator_it_only_watches),
        cmocka_unit_test(a_source_that_breaks_ends_the_loop_with_its_error),
        cmocka_unit_test(a_sink_that_fails_ends_the_loop_before_the_action),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
