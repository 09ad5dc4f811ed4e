// SPDX-License-Identifier: GPL-3.0-or-later
// test_life.c - what goes on in a healthy system, how faults come and go, and what becomes of
// actions.
#include "env/draw.h"
#include "env/fate.h"
#include "env/life.h"
#include "world_support.h"

#define DEFAULT "examples/systems/default.json"
enum { API, CACHE, DB };

static bed bed_with(const char *const *set)
{
    return bed_of_world(DEFAULT, set);
}

static void begin(bed *b, const scenario *what, uint64_t seed)
{
    world_init(b->w, b->model, what, seed);
}

typedef struct lived {
    int ticks, breach, other; // other: ticks that differ from a world without life
    double most, least;       // users, share of the usual
} lived;

static lived live(const char *const *set, int ticks)
{
    bed b = bed_with(set), dead = bed_with((const char *const[]){"noise=0", NULL});
    scenario none = scenario_none();
    lived l = {.ticks = ticks, .most = 1, .least = 1};
    begin(&b, &none, 3);
    begin(&dead, &none, 3);
    for (int t = 0; t < ticks; t++) {
        tend_facts with, without;
        l.breach += bed_step(&b).breach;
        bed_step(&dead);
        world_look_behind(b.w, b.model, &with);
        world_look_behind(dead.w, dead.model, &without);
        double share = with.arrivals[API] / without.arrivals[API];
        bool other = false;
        for (int s = 0; s < 3; s++)
            other |= fabs(with.utilisation[s] - without.utilisation[s]) > 0.005;
        l.other += other;
        l.most = share > l.most ? share : l.most;
        l.least = share < l.least ? share : l.least;
    }
    bed_close(&b);
    bed_close(&dead);
    return l;
}

static void life_goes_on_at_the_rate_asked_for_and_breaks_nothing(void **state)
{
    (void)state;
    // a third of an hour each; crowds of 60 to 300 s meet
    lived crowds =
        live((const char *const[]){"noise=0", "crowds_per_hour=30", "crowd=0.5", NULL}, 3600);
    assert_between(crowds.other, 1200, 3590);
    assert_true(crowds.most > 1.1 && crowds.most <= 1.51);
    assert_true(crowds.least < 0.8 && crowds.least >= 0.49);
    assert_int_equal(crowds.breach, 0);
    lived jobs = live((const char *const[]){"noise=0", "jobs_per_hour=30", "job=0.4", NULL}, 3600);
    assert_between(jobs.other, 600, 3000);
    assert_int_equal(jobs.breach, 0);
    lived pauses =
        live((const char *const[]){"noise=0", "pauses_per_hour=60", "pause=2", NULL}, 3600);
    assert_between(pauses.other, 30, 400);
    lived hosts =
        live((const char *const[]){"noise=0", "hosts_per_hour=30", "host=1.2", NULL}, 3600);
    assert_between(hosts.other, 60, 600);
    assert_int_equal(hosts.breach, 0);
    lived none = live((const char *const[]){"noise=0", NULL}, 300);
    assert_int_equal(none.other, 0);
}

static void an_autoscaler_adds_under_load_and_takes_back(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"noise=0", "autoscale=0.7", NULL});
    scenario crowd = scenario_one(FAULT_FLASH_CROWD, API, -1, 10, 150, 0.3);
    begin(&b, &crowd, 3);
    double most = 0, usual = 0, last = 0;
    for (int t = 0; t < 600; t++) {
        tend_obs obs = bed_step(&b);
        usual = t == 5 ? obs.ready[DB] : usual;
        most = obs.ready[DB] > most ? obs.ready[DB] : most;
        last = obs.ready[DB];
    }
    assert_true(most > usual);
    assert_true(last < most);
    bed_close(&b);
}

static void a_scripted_crowd_comes_and_goes_without_a_fault(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"noise=0", NULL});
    scenario s = scenario_none();
    s.crowd = 50 + 1;
    begin(&b, &s, 3);
    double usual = 0, most = 0, after = 0;
    for (int t = 0; t < 300; t++) {
        tend_facts facts;
        assert_false(bed_step(&b).breach);
        world_look_behind(b.w, b.model, &facts);
        usual = t == 49 ? facts.arrivals[API] : usual;
        most = facts.arrivals[API] > most ? facts.arrivals[API] : most;
        after = facts.arrivals[API];
    }
    assert_between(most / usual, 1.25, 1.6);
    assert_between(after / usual, 0.85, 1.15); // but for the wave
    bed_close(&b);
}

// Breach ticks and the highest utilisation of the target under one fault.
static int breaches(const char *const *set, scenario one, double *busiest)
{
    bed b = bed_with(set);
    int count = 0;
    begin(&b, &one, 3);
    *busiest = 0;
    for (int t = 0; t < 200; t++) {
        tend_facts facts;
        count += bed_step(&b).breach;
        world_look_behind(b.w, b.model, &facts);
        if (facts.utilisation[DB] > *busiest)
            *busiest = facts.utilisation[DB];
    }
    bed_close(&b);
    return count;
}

static void a_faint_fault_is_hardly_there_and_a_strong_one_as_ever(void **state)
{
    (void)state;
    const char *const faint[] = {"noise=0", "faint=1", NULL}, *const loud[] = {"noise=0", NULL};
    double a, b, c, none;
    scenario weak = scenario_one(FAULT_CPU_HOG, DB, -1, 20, 400, 0.1), strong = weak;
    strong.fault[0].severity = 1;
    assert_int_equal(breaches(faint, weak, &a), 0);
    assert_true(breaches(loud, weak, &b) > 100);
    breaches(loud, scenario_none(), &none);
    assert_between(a, none, none + 0.1);
    assert_int_equal(breaches(faint, strong, &b), breaches(loud, strong, &c));
    assert_near(b, c, 0);
}

static void a_ramp_grows_and_a_flapping_fault_comes_and_goes(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"noise=0", NULL});
    scenario s = scenario_one(FAULT_NETWORK_DELAY, DB, 1, 20, 400, 0.5);
    s.fault[0].ramp = 40;
    begin(&b, &s, 3);
    double before = 0, at[3] = {0};
    for (int t = 0; t < 80; t++) {
        tend_obs obs = bed_step(&b);
        before = t == 19 ? obs.edge[2] : before;
        at[0] = t == 24 ? obs.edge[2] : at[0];
        at[1] = t == 39 ? obs.edge[2] : at[1];
        at[2] = t == 70 ? obs.edge[2] : at[2];
    }
    double full = 150 * (0.5 + 1.2 * 0.5); // ms, of the objective's 150
    if (full > 100)
        full = 100; // the caller gives up
    assert_between(at[0] - before, full / 10, full / 4);
    assert_between(at[1] - before, 0.4 * full, 0.9 * full);
    assert_true(at[2] > at[1]);
    s.fault[0].ramp = 0;
    s.fault[0].flap = 10;
    begin(&b, &s, 3);
    for (int t = 0; t < 100; t++) {
        tend_obs obs = bed_step(&b);
        bool on = t >= 20 && (t - 20) / 10 % 2 == 0;
        assert_true(on ? obs.edge[2] > 3 * before : obs.edge[2] < 1.5 * before);
    }
    bed_close(&b);
}

static void families_draw_what_they_are_named_for(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    tend_err err;
    for (uint64_t seed = 1; seed <= 300; seed++)
        for (int family = SCENARIO_SINGLE; family < SCENARIO_FAMILIES; family++) {
            scenario_spec spec = scenario_any(240);
            scenario s;
            spec.family = (scenario_family)family;
            spec.compound = 0.5; // of the mixed family alone
            tend_rc rc = scenario_draw(&spec, b.system, b.physics, seed, &s, &err);
            assert_int_equal(rc, TEND_OK);
            const fault *f = s.fault;
            assert_int_equal(s.faults, family == SCENARIO_QUIET                             ? 0
                                       : family == SCENARIO_TWO || family == SCENARIO_TWICE ? 2
                                                                                            : 1);
            assert_int_equal(s.crowd > 0, family == SCENARIO_CROWD);
            if (s.faults)
                assert_int_equal(f->type >= FAULT_FIRST_STRANGE, family == SCENARIO_STRANGE);
            if (family == SCENARIO_CROWD)
                assert_between(s.crowd - 1, f->start - 61, f->start + 1);
            if (family == SCENARIO_TWO) {
                assert_int_not_equal(f[0].type, f[1].type);
                assert_int_not_equal(f[0].service, f[1].service);
                assert_between(f[1].start - f[0].start, 4, 31);
            }
            if (family == SCENARIO_TWICE) {
                assert_int_equal(f[0].type, f[1].type);
                assert_int_equal(f[0].service, f[1].service);
                assert_true(f[1].start >= f[0].start + f[0].duration && f[1].start < 240);
            }
        }
    bed_close(&b);
}

static void onsets_courses_and_deployments_follow_the_world(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){
        "onset_first=0.1", "onset_last=0.6", "severity_least=0.1", "ramped=0.3", "ramp_s=60",
        "flapping=0.2", "passing=0.3", "deploy_near=0.5", "deploys=0", NULL});
    tend_err err;
    scenario_spec spec = scenario_any(240);
    int first = 240, last = 0, ramped = 0, flapping = 0, passing = 0, near = 0, after = 0, weak = 0;
    spec.family = SCENARIO_SINGLE;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        scenario s;
        assert_int_equal(scenario_draw(&spec, b.system, b.physics, seed, &s, &err), TEND_OK);
        const fault *f = s.fault;
        first = f->start < first ? f->start : first;
        last = f->start > last ? f->start : last;
        ramped += f->ramp > 0;
        flapping += f->flap > 0;
        passing += f->duration < 100;
        weak += f->severity < 0.4;
        near += s.deploys;
        after += s.deploys && s.deploy[0].tick > f->start;
        assert_between(f->ramp, -1, 61);
        assert_true(f->ramp <= f->duration);
        assert_true(f->flap == 0 || (f->flap >= 15 && f->flap <= 30));
        if (s.deploys)
            assert_between(s.deploy[0].tick, f->start - 6, f->start + 6);
        if (f->type == FAULT_RETRY_STORM)
            assert_true(f->ramp == 0 && f->flap == 0);
    }
    assert_between(first, 23, 27);
    assert_between(last, 140, 145);
    assert_between(ramped, 210, 320);
    assert_between(flapping, 130, 240);
    assert_between(passing, 280, 480);
    assert_between(weak, 270, 400);
    assert_between(near, 440, 560);
    assert_between(after, 0.36 * near, 0.55 * near); // five ticks of eleven
    bed_close(&b);
}

// An onset at either end is a tick of the episode, and so is the deployment beside it.
static void onsets_and_what_is_near_them_are_within_the_episode(void **state)
{
    (void)state;
    const char *const ends[2][2] = {{"onset_first=0", "onset_last=0"},
                                    {"onset_first=1", "onset_last=1"}};
    tend_err err;
    for (int end = 0; end < 2; end++) {
        bed b = bed_with(
            (const char *const[]){ends[end][0], ends[end][1], "deploy_near=1", "deploys=0", NULL});
        scenario_spec spec = scenario_any(240);
        int inside = 0;
        spec.family = SCENARIO_SINGLE;
        for (uint64_t seed = 1; seed <= 100; seed++) {
            scenario s;
            assert_int_equal(scenario_draw(&spec, b.system, b.physics, seed, &s, &err), TEND_OK);
            assert_int_equal(s.fault[0].start, end ? 239 : 0);
            assert_int_equal(s.deploys, 1);
            assert_between(s.deploy[0].tick, -1, 240);
            inside += s.deploy[0].tick > 0 && s.deploy[0].tick < 239;
        }
        assert_between(inside, 20, 60);
        bed_close(&b);
    }
}

// What becomes of restart(db), sent at tick 20 of many seeds; the states its receipt went through.
typedef struct story {
    int failed, done, accepted; // ticks in which it was told to wait
    bool down, mended;
} story;

static story send(bed *b, uint64_t seed)
{
    tend_sim_setup setup;
    tend_sim *sim = bed_sim(b, 240, &setup);
    scenario s = scenario_one(FAULT_SLOW_DB, DB, -1, 10, 400, 0.9);
    story out = {0};
    int restart = tend_system_action(b->system, TEND_RESTART, DB, -1);
    sim_begin(sim, &s, seed);
    for (int t = 0; t < 120; t++) {
        tend_obs obs;
        tend_sim_step(sim);
        tend_sim_observe(sim, &obs);
        for (int i = 0; i < obs.receipts; i++) {
            out.failed += obs.receipt[i].state == TEND_RECEIPT_FAILED;
            out.done += obs.receipt[i].state == TEND_RECEIPT_DONE;
            out.accepted += obs.receipt[i].state == TEND_RECEIPT_ACCEPTED;
        }
        out.down |= t > 20 && obs.ready[DB] < 1;
        if (t == 20)
            assert_true(tend_sim_act(sim, restart));
        if (t == 20 && fate_progress(sim_world(sim), b->model, restart) == TEND_RECEIPT_ACCEPTED)
            assert_false(tend_sim_act(sim, restart)); // it waits already
    }
    tend_truth truth;
    tend_sim_truth(sim, &truth);
    out.mended = truth.fault[0].over;
    assert_true(out.failed + out.done <= 2); // the refused one apart, one end is told
    tend_sim_close(sim);
    return out;
}

static void actions_fail_drag_and_half_work_as_often_as_asked(void **state)
{
    (void)state;
    enum { SEEDS = 400 };
    bed b = bed_with((const char *const[]){"action_fails=0.2", "action_half=0.2",
                                           "action_drags=0.3", "drag_s=20", NULL});
    int failed = 0, mended = 0, waited = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        story a = send(&b, seed);
        story again = send(&b, seed);
        assert_memory_equal(&a, &again, sizeof a);
        assert_int_equal(a.mended, !a.failed); // half done is told as failed
        failed += a.failed > 0;
        mended += a.mended;
        waited += a.accepted > 0;
    }
    assert_between(failed, 0.33 * SEEDS, 0.47 * SEEDS);
    assert_int_equal(mended, SEEDS - failed);
    assert_between(waited, 0.40 * SEEDS, 0.60 * SEEDS); // what fails waits too
    bed_close(&b);
    bed sure = bed_with((const char *const[]){NULL});
    story plain = send(&sure, 1);
    assert_true(plain.mended && plain.done == 1 && plain.failed == 0);
    bed_close(&sure);
}

static void half_an_action_halves_the_fault(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"action_half=1", "noise=0", NULL});
    scenario s = scenario_one(FAULT_SLOW_DB, DB, -1, 10, 400, 0.5);
    begin(&b, &s, 1);
    for (int t = 0; t < 15; t++)
        bed_step(&b);
    double whole = fleet_services(b.w, b.model)[DB].now.lock;
    bed_act(&b, TEND_RESTART, DB, -1);
    for (int t = 0; t < 40; t++)
        bed_step(&b);
    double half = fleet_services(b.w, b.model)[DB].now.lock;
    assert_near(half - 1, (whole - 1) / 2, 1e-12);
    // of a limit the half lets more in
    bed_act(&b, TEND_LIMIT, -1, -1);
    tend_obs obs = bed_step(&b);
    assert_near(obs.refused, 0.25, 1e-12);
    bed_close(&b);
}

static void a_fallback_costs_its_price(void **state)
{
    (void)state;
    bed cheap = bed_with((const char *const[]){NULL});
    bed dear = bed_with((const char *const[]){"fallback_price=0.1", NULL});
    for (int e = 0; e < cheap.system->E; e++) {
        double before = cheap.model->edge[e].fallback_errors;
        assert_near(dear.model->edge[e].fallback_errors, before + (1 - before) * 0.1, 1e-15);
    }
    bed_close(&cheap);
    bed_close(&dear);
}

// Ticks of one second until a service has so many replicas ready.
static int ticks_until_ready(bed *b, int service, int replicas)
{
    int ticks = 0;
    while (fleet_services(b->w, b->model)[service].ready < replicas && ticks < 1000) {
        bed_step(b);
        ticks++;
    }
    return ticks;
}

static void a_first_replica_waits_for_its_machine_and_those_behind_it_do_not(void **state)
{
    (void)state;
    const char *const worlds[][2] = {{"provision_s=0", NULL}, {"provision_s=40", NULL}};
    for (int i = 0; i < 2; i++) {
        bed b = bed_with(worlds[i]);
        scenario none = scenario_none();
        begin(&b, &none, 1);
        int own = b.model->service[API].scale_ticks;
        bed_act(&b, TEND_SCALE_UP, API, -1);
        bed_act(&b, TEND_SCALE_UP, API, -1);
        assert_int_equal(ticks_until_ready(&b, API, 3), 40 * i + own);
        assert_int_equal(ticks_until_ready(&b, API, 4), own); // there was room for both
        bed_act(&b, TEND_SCALE_UP, API, -1);                  // and there is none any more
        assert_int_equal(ticks_until_ready(&b, API, 5), 40 * i + own);
        bed_close(&b);
    }
}

static void a_call_changes_over_when_the_world_says(void **state)
{
    (void)state;
    const struct {
        const char *set[2];
        int ticks;
    } worlds[] = {{{"noise=1", NULL}, 8}, {{"switch_s=30", NULL}, 30}, {{"switch_s=1", NULL}, 1}};
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        bed b = bed_with(worlds[i].set);
        scenario none = scenario_none();
        begin(&b, &none, 1);
        for (int way = 1; way >= 0; way--) { // there and back
            bed_act(&b, TEND_REROUTE, -1, 1);
            for (int t = 1; t < worlds[i].ticks; t++)
                bed_step(&b);
            assert_int_equal(fleet_edges(b.w, b.model)[b.model->position[1]].rerouted, !way);
            bed_step(&b);
            assert_int_equal(fleet_edges(b.w, b.model)[b.model->position[1]].rerouted, way);
        }
        bed_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life_goes_on_at_the_rate_asked_for_and_breaks_nothing),
        cmocka_unit_test(an_autoscaler_adds_under_load_and_takes_back),
        cmocka_unit_test(a_scripted_crowd_comes_and_goes_without_a_fault),
        cmocka_unit_test(a_faint_fault_is_hardly_there_and_a_strong_one_as_ever),
        cmocka_unit_test(a_ramp_grows_and_a_flapping_fault_comes_and_goes),
        cmocka_unit_test(families_draw_what_they_are_named_for),
        cmocka_unit_test(onsets_courses_and_deployments_follow_the_world),
        cmocka_unit_test(onsets_and_what_is_near_them_are_within_the_episode),
        cmocka_unit_test(actions_fail_drag_and_half_work_as_often_as_asked),
        cmocka_unit_test(half_an_action_halves_the_fault),
        cmocka_unit_test(a_fallback_costs_its_price),
        cmocka_unit_test(a_first_replica_waits_for_its_machine_and_those_behind_it_do_not),
        cmocka_unit_test(a_call_changes_over_when_the_world_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
