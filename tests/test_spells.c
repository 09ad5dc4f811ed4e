// SPDX-License-Identifier: GPL-3.0-or-later
// test_spells.c - how long crowds, jobs, pauses and hosts last, whom they meet, how far they go.
#include "env/fleet.h"
#include "world_support.h"

#define DEFAULT "examples/systems/default.json"
enum { API, CACHE, DB, SERVICES };

static bed bed_with(const char *const *set)
{
    bed b = bed_of_world(DEFAULT, set);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 3);
    return b;
}

typedef double touch(const bed *b, int service); // how strongly one is touched, 0: not at all

static double by_crowd(const bed *b, int service)
{
    return service == API ? fabs(b->w->flash - 1) : 0;
}

static double by_job(const bed *b, int service)
{
    return fleet_services(b->w, b->model)[service].now.lost;
}

static double by_slowness(const bed *b, int service)
{
    return fleet_services(b->w, b->model)[service].now.slow - 1;
}

typedef struct spells {
    int count, shortest, longest, breach;
    int met[SERVICES]; // ticks
    int alone;         // ticks in which not all of them were touched
    double busiest;    // highest utilisation in a tick with one
} spells;

static spells watch(const char *const *set, touch *how, int ticks)
{
    bed b = bed_with(set);
    spells s = {.shortest = ticks};
    int length = 0;
    for (int t = 0; t < ticks; t++) {
        tend_facts facts;
        int met = 0;
        s.breach += bed_step(&b).breach;
        world_look_behind(b.w, b.model, &facts);
        for (int i = 0; i < SERVICES; i++) {
            bool touched = how(&b, i) > 1e-9;
            met += touched;
            s.met[i] += touched;
            if (touched && facts.utilisation[i] > s.busiest)
                s.busiest = facts.utilisation[i];
        }
        s.alone += met > 0 && met < SERVICES;
        if (!met && length) { // over
            s.count++;
            s.shortest = length < s.shortest ? length : s.shortest;
            s.longest = length > s.longest ? length : s.longest;
        }
        length = met ? length + 1 : 0;
    }
    bed_close(&b);
    return s;
}

// Seldom enough that hardly two of a kind meet end to end.
static void each_kind_lasts_as_long_as_its_words_say(void **state)
{
    (void)state;
    spells job =
        watch((const char *const[]){"noise=0", "jobs_per_hour=8", "job=0.2", NULL}, by_job, 90000);
    assert_between(job.count, 120, 200);
    assert_between(job.shortest, 18, 25);
    assert_between(job.longest, 110, 121);
    spells host = watch((const char *const[]){"noise=0", "hosts_per_hour=20", "host=1.1", NULL},
                        by_slowness, 40000);
    assert_between(host.count, 150, 280);
    assert_between(host.shortest, 3, 5); // more than 3 s: four ticks
    assert_between(host.longest, 9, 11);
    spells pause = watch((const char *const[]){"noise=0", "pauses_per_hour=20", "pause=2", NULL},
                         by_slowness, 40000);
    assert_between(pause.count, 150, 280);
    assert_int_equal(pause.shortest, 2); // more than 1 s: two ticks
    assert_int_equal(pause.longest, 2);
    spells crowd = watch((const char *const[]){"noise=0", "crowds_per_hour=3", "crowd=0.3", NULL},
                         by_crowd, 150000);
    assert_between(crowd.count, 80, 130);
    assert_between(crowd.shortest, 58, 75);
    assert_between(crowd.longest, 270, 301);
}

static void jobs_and_pauses_meet_one_service_and_a_host_all(void **state)
{
    (void)state;
    spells job =
        watch((const char *const[]){"noise=0", "jobs_per_hour=60", "job=0.2", NULL}, by_job, 20000);
    spells pause = watch((const char *const[]){"noise=0", "pauses_per_hour=600", "pause=1.5", NULL},
                         by_slowness, 20000);
    spells host = watch((const char *const[]){"noise=0", "hosts_per_hour=60", "host=1.1", NULL},
                        by_slowness, 20000);
    int jobs = job.met[API] + job.met[CACHE] + job.met[DB];
    int pauses = pause.met[API] + pause.met[CACHE] + pause.met[DB];
    assert_int_equal(jobs, job.alone);
    assert_int_equal(pauses, pause.alone);
    for (int i = 0; i < SERVICES; i++) { // one as often as another
        assert_between(job.met[i], 0.23 * jobs, 0.44 * jobs);
        assert_between(pause.met[i], 0.28 * pauses, 0.39 * pauses);
        assert_int_equal(host.met[i], host.met[API]);
    }
    assert_int_equal(host.alone, 0);
    assert_true(host.met[API] > 1000);
}

// The largest of each: held to four fifths of what a service can carry, as the wave leaves it.
static void none_takes_a_service_beyond_its_headroom(void **state)
{
    (void)state;
    const char *const *const worst[] = {
        (const char *const[]){"noise=0", "wave=0", "jobs_per_hour=200", "job=0.9", NULL},
        (const char *const[]){"noise=0", "wave=0", "pauses_per_hour=2000", "pause=20", NULL},
        (const char *const[]){"noise=0", "wave=0", "hosts_per_hour=200", "host=20", NULL},
        (const char *const[]){"noise=0", "wave=0", "crowds_per_hour=60", "crowd=5", NULL}};
    touch *const how[] = {by_job, by_slowness, by_slowness, by_crowd};
    for (int i = 0; i < 4; i++) {
        spells s = watch(worst[i], how[i], 8000);
        assert_true(s.count > 10);
        assert_int_equal(s.breach, 0);
        assert_between(s.busiest, i == 3 ? 0.4 : 0.7, 0.83); // of a crowd that of the entry
    }
}

static void a_job_is_seen_as_the_cpu_of_its_service(void **state)
{
    (void)state;
    bed b =
        bed_with((const char *const[]){"noise=0", "missing=0", "late=0", "jobs_per_hour=60", NULL});
    double with = 0, without = 0;
    int ticks = 0, others = 0;
    for (int t = 0; t < 4000; t++) {
        tend_obs obs = bed_step(&b);
        double cpu = obs.value[DB * b.system->M + TEND_CPU], lost = by_job(&b, DB);
        if (lost > 0.1) {
            with += cpu - lost; // what it takes, on top of the usual
            ticks++;
        } else if (!(lost > 0)) {
            without += cpu;
            others++;
        }
    }
    assert_true(ticks > 100 && others > 100);
    assert_near(with / ticks, without / others, 0.02);
    bed_close(&b);
}

static void a_crowd_comes_and_goes_by_degrees(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"noise=0", "crowds_per_hour=20", "crowd=0.5", NULL});
    double before = 1, up = 0, down = 0, least = 1, most = 1;
    for (int t = 0; t < 20000; t++) {
        bed_step(&b);
        double step = b.w->flash - before;
        up = step > up ? step : up;
        down = step < down ? step : down;
        least = b.w->flash < least ? b.w->flash : least;
        most = b.w->flash > most ? b.w->flash : most;
        before = b.w->flash;
    }
    // .5 in a quarter of 60 ticks
    assert_between(up, 0.01, 0.5 / 15 + 1e-9);
    assert_between(down, -0.5 / 15 - 1e-9, -0.01);
    assert_between(least, 0.5 - 1e-9, 0.6); // as far down as up
    assert_between(most, 1.3, 1.5 + 1e-9);
    bed_close(&b);
}

typedef struct scaling {
    int first_up, first_down, most, last; // ticks; replicas of db
} scaling;

// A crowd from tick 50 to 199, of 900; one replica of three may go.
static scaling scale(const char *mark, const char *users)
{
    bed b = bed_of_world(DEFAULT, (const char *const[]){"noise=0", "wave=0", mark, users, NULL});
    scenario crowd = scenario_one(FAULT_FLASH_CROWD, API, -1, 50, 150, 0.4);
    scaling s = {.first_up = -1, .first_down = -1};
    b.model->service[DB].least = 1;
    world_init(b.w, b.model, &crowd, 3);
    int before = fleet_services(b.w, b.model)[DB].replicas;
    for (int t = 0; t < 900; t++) {
        bed_step(&b);
        int now = fleet_services(b.w, b.model)[DB].replicas;
        if (now > before && s.first_up < 0)
            s.first_up = t;
        if (now < before && s.first_down < 0)
            s.first_down = t;
        s.most = now > s.most ? now : s.most;
        s.last = before = now;
    }
    bed_close(&b);
    return s;
}

static void an_autoscaler_is_patient_and_never_below_the_usual(void **state)
{
    (void)state;
    // 30 s hot and 15 s to start; 120 s cold
    scaling s = scale("autoscale=0.5", "base_rps=200");
    assert_between(s.first_up, 50 + 30 + 15 - 4, 50 + 30 + 15 + 2);
    assert_between(s.first_down, 200 + 120 - 2, 200 + 120 + 3);
    assert_int_equal(s.most, 3);
    assert_int_equal(s.last, 2);
    // three at .245 each are more than half of the mark: nothing is taken back
    scaling stays = scale("autoscale=0.45", "base_rps=300");
    assert_int_equal(stays.most, stays.last);
    assert_int_equal(stays.last, 3);
    assert_int_equal(stays.first_down, -1);
    // hardly any load, and never hot: the usual two stay
    scaling idle = scale("autoscale=0.95", "base_rps=20");
    assert_int_equal(idle.first_down, -1);
    assert_int_equal(idle.last, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_lasts_as_long_as_its_words_say),
        cmocka_unit_test(jobs_and_pauses_meet_one_service_and_a_host_all),
        cmocka_unit_test(none_takes_a_service_beyond_its_headroom),
        cmocka_unit_test(a_job_is_seen_as_the_cpu_of_its_service),
        cmocka_unit_test(a_crowd_comes_and_goes_by_degrees),
        cmocka_unit_test(an_autoscaler_is_patient_and_never_below_the_usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
