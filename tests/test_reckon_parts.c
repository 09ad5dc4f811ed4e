// SPDX-License-Identifier: GPL-3.0-or-later
// test_reckon_parts.c - hand-made episodes, of which everybody can say where what was lost.
//
// A locked database breaches at once and until its callers pass it by, which takes eight ticks: a
// tick of waiting costs a tick of breach.
#include "drive/reckon.h"
#include "sim_support.h"

enum { STEPS = 150, ONSET = 40, NEVER = STEPS };

// When the alarm is up and what is done: up to two actions; advised: told, and done by nobody.
typedef struct script {
    int alarm, tick[2];
    const char *action[2];
    bool advised;
} script;

static int find(const tend_system *system, const char *name)
{
    for (int a = 0; name && a < system->A; a++)
        if (strcmp(system->actions[a].name, name) == 0)
            return a;
    return 0;
}

static result play(const char *scenario, const char *const *set, const script *s)
{
    static const char text[] = "{\"name\": \"lock\", \"faults\": [{\"type\": \"slow_db\", "
                               "\"start\": 40, \"severity\": 0.9}]}";
    tend_sim_options options = tend_sim_usual();
    options.scenario = scenario ? scenario : text;
    options.scenario_length = strlen(options.scenario);
    options.scenario_name = "hand-made";
    options.steps = STEPS;
    options.preset = "calm";
    options.set = set;
    tend_sim_setup *setup = setup_of("default", options);
    reckoner *r;
    oracle_answer answer;
    result row = {.fault_t_start = ONSET};
    assert_int_equal(reckon_open(setup, &r, &err), TEND_OK);
    tend_sim *sim = sim_of(setup, 5);
    tend_sink sink = reckon_watch(r, sim, ONSET);
    while (tend_sim_step(sim)) {
        tend_obs obs;
        tend_sim_observe(sim, &obs);
        tend_frame frame = {.obs = &obs};
        frame.findings.alarm = obs.tick >= s->alarm;
        for (int i = 0; i < 2; i++)
            if (s->action[i] && s->tick[i] == obs.tick)
                frame.decision.action = find(tend_sim_system(setup), s->action[i]);
        frame.decision.dry_run = s->advised;
        assert_int_equal(sink.write(sink.self, &frame, &err), TEND_OK);
        row.slo_steps += obs.breach;
        row.slo_before += obs.breach && obs.tick < ONSET;
        if (frame.decision.action && !s->advised)
            assert_true(tend_sim_act(sim, frame.decision.action));
    }
    assert_int_equal(reckon_ask(r, 5, &answer, &err), TEND_OK);
    reckon_row(r, &answer, &row);
    assert_int_equal(row.lost_detection + row.lost_confirmation + row.lost_first_action +
                         row.lost_later_actions,
                     row.slo_steps - row.oracle_steps);
    tend_sim_close(sim);
    reckon_close(r);
    tend_sim_setup_close(setup);
    return row;
}

// The right action late: each tick of it goes to who waited.
static void waiting_is_told_apart_by_the_alarm(void **state)
{
    (void)state;
    script late = {ONSET + 12, {ONSET + 32}, {"reroute(api>db)"}, false};
    result r = play(NULL, NULL, &late);
    assert_int_equal(r.oracle_steps, r.beam_steps);
    assert_between(r.beam_steps, 3, 25);
    assert_between(r.lost_detection, 8, 14);
    assert_between(r.lost_confirmation, 17, 23);
    assert_between(r.lost_first_action, -1, 2);
    assert_between(r.lost_later_actions, -1, 2);
    // who acts at the alarm has confirmed at once
    script at_once = {ONSET + 12, {ONSET + 12}, {"reroute(api>db)"}, false};
    r = play(NULL, NULL, &at_once);
    assert_int_equal(r.lost_confirmation, 0);
    assert_between(r.lost_detection, 8, 14);
    // advice is none: all of it was waited away
    late.advised = true;
    r = play(NULL, NULL, &late);
    assert_between(r.slo_steps, STEPS - ONSET - 6, STEPS - ONSET + 1);
    assert_between(r.lost_detection, 8, 14);
    assert_int_equal(r.lost_first_action + r.lost_later_actions, 0);
    assert_int_equal(r.lost_confirmation, r.slo_steps - r.oracle_steps - r.lost_detection);
}

static void a_useless_first_action_costs_the_gap_and_the_rest_is_for_later(void **state)
{
    (void)state;
    script wrong = {ONSET + 5, {ONSET + 5}, {"scale(cache,+1)"}, false};
    result r = play(NULL, NULL, &wrong);
    assert_int_equal(r.lost_confirmation, 0);
    assert_between(r.lost_first_action, ORACLE_GAP - 2, ORACLE_GAP + 1);
    assert_true(r.lost_later_actions > 50);
    // the right one as soon as may be: nothing is lost later
    wrong.tick[1] = ONSET + 5 + ORACLE_GAP;
    wrong.action[1] = "reroute(api>db)";
    r = play(NULL, NULL, &wrong);
    assert_between(r.lost_first_action, ORACLE_GAP - 2, ORACLE_GAP + 1);
    assert_between(r.lost_later_actions, -1, 2);
}

// Users turned away for the rest of the episode, after all was over.
static void harm_done_later_is_not_the_first_actions(void **state)
{
    (void)state;
    script harm = {ONSET + 5, {ONSET + 5, ONSET + 50}, {"reroute(api>db)", "limit"}, false};
    result r = play(NULL, NULL, &harm);
    assert_between(r.lost_first_action, -1, 2);
    assert_between(r.lost_later_actions, STEPS - ONSET - 50 - 4, STEPS - ONSET - 50 + 1);
}

// A world in breach before its fault: nobody could have done anything, nor is it forgotten.
static void breaches_before_the_onset_are_everybodys(void **state)
{
    (void)state;
    const char *const flood[] = {"wave=0.9", "wave_period_s=120", NULL};
    script none = {NEVER, {NEVER}, {NULL}, false};
    result r = play(NULL, flood, &none);
    assert_true(r.slo_before > 10);
    assert_true(r.beam_steps >= r.slo_before);
    assert_true(r.oracle_steps >= r.slo_before);
    script acts = {ONSET + 10, {ONSET + 20}, {"reroute(api>db)"}, false};
    r = play(NULL, flood, &acts);
    assert_true(r.oracle_steps >= r.slo_before);
    assert_int_equal(r.oracle_steps, r.beam_steps);
}

// In the order of their onsets, whatever that of the file.
static void the_first_of_two_faults_is_where_the_oracle_begins(void **state)
{
    (void)state;
    static const char two[] =
        "{\"name\": \"two\", \"faults\": [{\"type\": \"cpu_hog\", \"service\": \"api\", \"start\": "
        "110,"
        " \"severity\": 0.9}, {\"type\": \"slow_db\", \"start\": 40, \"severity\": 0.9}]}";
    script none = {NEVER, {NEVER}, {NULL}, false};
    result r = play(two, NULL, &none);
    assert_true(r.slo_steps > STEPS - ONSET - 6);
    assert_between(r.beam_steps, 3, 60); // from 110 on it would be 70 at least
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_is_told_apart_by_the_alarm),
        cmocka_unit_test(a_useless_first_action_costs_the_gap_and_the_rest_is_for_later),
        cmocka_unit_test(harm_done_later_is_not_the_first_actions),
        cmocka_unit_test(breaches_before_the_onset_are_everybodys),
        cmocka_unit_test(the_first_of_two_faults_is_where_the_oracle_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
