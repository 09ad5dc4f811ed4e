// SPDX-License-Identifier: GPL-3.0-or-later
// test_measure.c - what instrument and way add to a metric, and what they leave alone.
#include "env/arrive.h"
#include "env/fleet.h"
#include "env/measure.h"
#include "world_support.h"

#define DEFAULT "examples/systems/default.json"
enum { API, CACHE, DB };

// The default system with world parameters of one's own.
static bed bed_with(const char *const *set)
{
    bed b = bed_of_world(DEFAULT, set);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 7);
    return b;
}

static void a_calm_world_has_none_of_it(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    assert_int_equal(b.model->measure_at, 0);
    assert_int_equal(b.model->arrive_at, 0);
    assert_int_equal(b.model->life_at, 0);
    assert_int_equal(b.model->fate_at, 0);
    bed_close(&b);
}

// Robust spread, lag-1 and tail of one column beside a world without its noise.
static void noise_has_the_width_speed_and_tail_of_its_column(void **state)
{
    (void)state;
    enum { TICKS = 6000, COLUMN = TEND_LATENCY };
    static double ratio[TICKS];
    bed b =
        bed_with((const char *const[]){"metric_noise=0.1", "metric_variety=0", "metric_slow=0.8",
                                       "metric_tail=2", "noise=0", "missing=0", "late=0", NULL});
    bed still = bed_with((const char *const[]){"noise=0", "missing=0", "late=0", NULL});
    const int at = DB * b.system->M + COLUMN;
    const double unit = b.model->column.unit[at], tail = b.model->column.tail[at];
    double mean = 0, lag = 0, var = 0;
    int inside = 0;
    for (int t = 0; t < TICKS; t++) {
        tend_obs noisy = bed_step(&b), clean = bed_step(&still);
        double f = noisy.value[DB * b.system->M + COLUMN] / clean.value[DB * b.system->M + COLUMN];
        assert_true(f > 0);
        ratio[t] = (f - 1 / f) / 2; // undoes x + sqrt(1 + x^2)
        inside += fabs(ratio[t]) < 0.6745 * 0.1;
        mean += ratio[t] / TICKS;
        // the objective is judged without any of it
        assert_near(noisy.entry_p95_ms, clean.entry_p95_ms, 0);
        assert_int_equal(noisy.breach, clean.breach);
    }
    assert_near(unit * (1 + 0.455 * tail), 0.1, 1e-12);
    assert_between(inside / (double)TICKS, 0.44,
                   0.56); // half within a quartile, 3 s.e. of slow noise
    assert_between(mean, -0.02, 0.02);
    for (int t = 0; t < TICKS; t++) {
        var += (ratio[t] - mean) * (ratio[t] - mean);
        lag += t ? (ratio[t] - mean) * (ratio[t - 1] - mean) : 0;
    }
    // a cubic keeps at most the correlation of what it is made of
    const double slow = b.model->column.slow[at];
    assert_between(lag / var, slow - 0.3, slow + 0.05);
    bed_close(&b);
    bed_close(&still);
}

static void a_column_has_its_character_in_every_system_and_seed(void **state)
{
    (void)state;
    bed a = bed_with((const char *const[]){"metric_noise=0.1", "metric_variety=1", NULL});
    bed again = bed_with((const char *const[]){"metric_noise=0.1", "metric_variety=1", NULL});
    size_t count = (size_t)(a.system->S * a.system->M + a.system->E);
    const column_noise *c = &a.model->column, *d = &again.model->column;
    assert_memory_equal(c->slow, d->slow, count * sizeof *c->slow);
    assert_memory_equal(c->tail, d->tail, count * sizeof *c->tail);
    assert_memory_equal(c->unit, d->unit, count * sizeof *c->unit);
    assert_true(c->unit[0] != c->unit[1]);
    bed_close(&a);
    bed_close(&again);
}

// The relative spread of a column, whatever its tail.
static double spread_of(const column_noise *c, int at)
{
    return c->unit[at] * (1 + 0.455 * c->tail[at]);
}

static void a_kind_has_its_width_and_no_column_more_than_itself(void **state)
{
    (void)state;
    bed b = bed_of_world("examples/systems/pods.json",
                         (const char *const[]){"metric_noise=0.1", "metric_variety=0",
                                               "metric_tail=3", "lost_columns=0", NULL});
    for (int i = 0; i < b.system->S * b.system->M; i++) {
        int kind = b.model->kind[i % b.system->M];
        double width = kind == TEND_CPU        ? 1.5
                       : kind == TEND_MEMORY   ? 0.2
                       : kind == TEND_RESTARTS ? 0
                                               : 1;
        assert_near(spread_of(&b.model->column, i), 0.1 * width, 1e-12);
    }
    for (int e = 0; e < b.system->E; e++)
        assert_near(spread_of(&b.model->column, b.system->S * b.system->M + e), 0.1, 1e-12);
    bed_close(&b);
    b = bed_with((const char *const[]){"metric_noise=2", "metric_variety=2", NULL});
    int whole = 0;
    for (int i = 0; i < b.system->S * b.system->M; i++) {
        assert_true(spread_of(&b.model->column, i) < 1 + 1e-12);
        whole += spread_of(&b.model->column, i) > 1 - 1e-12;
    }
    assert_between(whole, 3, b.system->S * b.system->M);
    bed_close(&b);
}

static void most_columns_are_nearly_normal_and_calls_differ(void **state)
{
    (void)state;
    bed b =
        bed_of_world("examples/systems/layered40.json",
                     (const char *const[]){"metric_noise=0.1", "metric_tail=8", "metric_variety=1",
                                           "metric_slow=0.9", "lost_columns=0", NULL});
    const column_noise *c = &b.model->column;
    int columns = b.system->S * b.system->M, light = 0, heavy = 0, quick = 0;
    for (int i = 0; i < columns; i++) {
        light += c->tail[i] < 1; // u^3 below 1/8
        heavy += c->tail[i] > 4; // above 1/2: u above .794
        quick += c->slow[i] < 0.45;
        assert_true(c->tail[i] < 8 && c->slow[i] < 0.9);
    }
    assert_between(light, 0.42 * columns, 0.58 * columns);
    assert_between(heavy, 0.14 * columns, 0.28 * columns);
    assert_between(quick, 0.42 * columns, 0.58 * columns);
    for (int e = 1; e < b.system->E; e++)
        assert_true(c->unit[columns + e] != c->unit[columns + e - 1]);
    bed_close(&b);
}

// The first tick of an episode is as noisy as any: a slow noise does not begin at nothing.
static void noise_is_there_from_the_first_tick_and_the_same_at_both_ends_of_a_call(void **state)
{
    (void)state;
    enum { SEEDS = 400 };
    bed b = bed_with((const char *const[]){"metric_noise=0.1", "metric_variety=0", "noise=0",
                                           "metric_slow=0.99", "missing=0", "late=0", NULL});
    bed still = bed_with((const char *const[]){"noise=0", "missing=0", "late=0", NULL});
    scenario none = scenario_none();
    const column_noise *c = &b.model->column;
    int slowest = DB * b.system->M;
    for (int s = 0; s < b.system->S; s++)
        if (c->slow[s * b.system->M] > c->slow[slowest])
            slowest = s * b.system->M; // of the latencies
    assert_true(c->slow[slowest] > 0.6);
    double square = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        world_init(b.w, b.model, &none, seed);
        world_init(still.w, still.model, &none, seed);
        tend_obs noisy = bed_step(&b), clean = bed_step(&still);
        double f = noisy.value[slowest] / clean.value[slowest], x = (f - 1 / f) / 2;
        square += x * x / (c->unit[slowest] * c->unit[slowest]) / SEEDS;
        for (int e = 0; e < b.system->E; e++) {
            double client = noisy.edge[2 * e] / clean.edge[2 * e];
            assert_near(noisy.edge[2 * e + 1] / clean.edge[2 * e + 1], client, 1e-9);
            assert_true(fabs(client - 1) > 1e-9);
        }
    }
    assert_between(square, 0.79, 1.21); // 1 within 3 s.e.
    bed_close(&b);
    bed_close(&still);
}

static int lost_of(const double *value, int count)
{
    int lost = 0;
    for (int i = 0; i < count; i++)
        lost += isnan(value[i]);
    return lost;
}

static void columns_and_calls_are_lost_apart(void **state)
{
    (void)state;
    bed columns = bed_with((const char *const[]){"lost_columns=0.9", "missing=0", "late=0", NULL});
    bed calls = bed_with((const char *const[]){"lost_edges=1", "missing=0", "late=0", NULL});
    const int values = columns.system->S * columns.system->M, ends = 2 * columns.system->E;
    tend_obs some = bed_step(&columns), none = bed_step(&calls);
    assert_between(lost_of(some.value, values), values / 2, values);
    assert_int_equal(lost_of(some.edge, ends), 0);
    assert_int_equal(lost_of(none.value, values), 0);
    assert_int_equal(lost_of(none.edge, ends), ends);
    bed_close(&columns);
    bed_close(&calls);
}

static void lost_columns_are_never_there_and_shares_stay_shares(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"lost_columns=0.5", "lost_edges=0.5", "metric_noise=1",
                                           "metric_tail=5", "missing=0", "late=0", NULL});
    int lost = 0, edges = 0, seen[2] = {0};
    for (int t = 0; t < 200; t++) {
        tend_obs obs = bed_step(&b);
        int now[2] = {0};
        for (int i = 0; i < b.system->S * b.system->M; i++) {
            int kind = b.model->kind[i % b.system->M];
            now[0] += isnan(obs.value[i]);
            assert_false(isnan(obs.value[i]) && kind == TEND_LATENCY);
            assert_false(obs.value[i] < 0);
            assert_false(obs.value[i] > 1 && (kind == TEND_CPU || kind == TEND_MEMORY));
        }
        for (int e = 0; e < b.system->E; e++)
            now[1] += isnan(obs.edge[2 * e]) && isnan(obs.edge[2 * e + 1]);
        lost = t ? lost : now[0];
        edges = t ? edges : now[1];
        seen[0] += now[0] == lost;
        seen[1] += now[1] == edges;
    }
    assert_between(lost, 3, 14); // of 15 that may be lost
    assert_int_equal(seen[0], 200);
    assert_int_equal(seen[1], 200);
    bed_close(&b);
}

static void spikes_are_single_and_gaps_hold_a_whole_service(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"spikes=0.02", "spike_size=9", "gaps_per_hour=60",
                                           "gap_s=8", "noise=0", "missing=0", "late=0", NULL});
    int spikes = 0, gaps = 0, longest = 0, length = 0, rows = 0;
    double usual = NAN;
    for (int t = 0; t < 4000; t++) {
        tend_obs obs = bed_step(&b);
        const double *db = obs.value + DB * b.system->M;
        int missing = 0;
        for (int i = 0; i < b.system->M; i++)
            missing += isnan(db[i]);
        assert_true(missing == 0 || missing == b.system->M);
        length = missing ? length + 1 : 0;
        gaps += length == 1;
        longest = length > longest ? length : longest;
        if (missing)
            continue;
        rows++;
        if (isnan(usual) || db[TEND_REQUESTS] < 1.2 * usual)
            usual = db[TEND_REQUESTS]; // wanders with the wave
        else
            spikes++;
    }
    // 60 an hour are 67 in 4,000 s less those within one; u^2 above 1/40 is 84 % of 2 %
    assert_between(gaps, 35, 95);
    assert_between(longest, 5, 9);
    assert_between(spikes, 0.010 * rows, 0.024 * rows);
    bed_close(&b);
}

// Most spikes are small; what is only ever counted or hardly moves has none.
static void a_spike_is_small_more_often_than_not(void **state)
{
    (void)state;
    bed b = bed_of_world("examples/systems/pods.json",
                         (const char *const[]){"spikes=0.02", "spike_size=9", "noise=0", "wave=0",
                                               "missing=0", "late=0", "gaps_per_hour=0", NULL});
    scenario none = scenario_none();
    const int at = DB * b.system->M + TEND_REQUESTS;
    double usual = 0;
    int spikes = 0, large = 0;
    world_init(b.w, b.model, &none, 7);
    for (int t = 0; t < 8000; t++) {
        tend_obs obs = bed_step(&b);
        if (t < 5) {
            usual = t && usual < obs.value[at] ? usual : obs.value[at];
            continue;
        }
        double above = obs.value[at] / usual - 1;
        spikes += above > 0.2;
        large += above > 2; // a quarter of 8: u above 1/2
        assert_true(above < 8.1);
        for (int s = 0; s < b.system->S; s++) {
            assert_true(obs.value[s * b.system->M + TEND_MEMORY] < 0.9);
            assert_near(obs.value[s * b.system->M + TEND_SATURATION + 1], 0, 0);
        }
    }
    assert_between(spikes, 95, 190);                     // 84 % of 160
    assert_between(large, 0.48 * spikes, 0.71 * spikes); // .5 of .84
    bed_close(&b);
}

// Processes that ended are told by the scrape that follows, not averaged away.
static void restarts_within_the_window_are_told(void **state)
{
    (void)state;
    bed b =
        bed_of_world("examples/systems/pods.json",
                     (const char *const[]){"smooth_s=10", "noise=0", "missing=0", "late=0", NULL});
    scenario s = scenario_one(FAULT_CRASH_LOOP, DB, -1, 20, 400, 1);
    double most = 0, exits = 0;
    world_init(b.w, b.model, &s, 7);
    for (int t = 0; t < 60; t++) {
        tend_obs obs = bed_step(&b);
        double now = fleet_services(b.w, b.model)[DB].now.exits;
        double told = obs.value[DB * b.system->M + TEND_SATURATION + 1];
        exits = now > exits ? now : exits;
        most = told > most ? told : most;
        assert_near(told, floor(told), 0); // a mean of counts would be broken
    }
    assert_true(exits >= 1);
    assert_near(most, exits, 0);
    bed_close(&b);
}

// A world whose only change is the way of its metrics, beside one that shows them at once.
static void what_arrives_is_a_mean_held_between_scrapes_and_late(void **state)
{
    (void)state;
    enum { TICKS = 120, WINDOW = 5, SCRAPE = 4, DELAY = 3 };
    bed b = bed_with((const char *const[]){"smooth_s=5", "scrape_s=4", "delay_s=3", "missing=0",
                                           "late=0", NULL});
    bed at_once = bed_with((const char *const[]){"missing=0", "late=0", NULL});
    static double sample[TICKS], memory[TICKS], pool[TICKS];
    const int M = b.system->M;
    int held = 0;
    for (int t = 0; t < TICKS; t++) {
        tend_obs way = bed_step(&b), now = bed_step(&at_once);
        sample[t] = now.value[DB * M + TEND_LATENCY];
        memory[t] = now.value[DB * M + TEND_MEMORY];
        pool[t] = now.value[DB * M + TEND_SATURATION];
        int phase = DB * 7 % SCRAPE, seen = t - DELAY, scraped = seen;
        while (scraped >= 0 && scraped % SCRAPE != phase)
            scraped--;
        double shown = way.value[DB * M + TEND_LATENCY];
        if (scraped < 0) {
            assert_true(isnan(shown));
            continue;
        }
        double sum = 0;
        int count = 0;
        for (int i = scraped; i >= 0 && i > scraped - WINDOW; i--, count++)
            sum += sample[i];
        assert_near(shown, sum / count, 1e-9);
        assert_near(way.value[DB * M + TEND_MEMORY], memory[scraped], 0); // a gauge is not smoothed
        assert_near(way.value[DB * M + TEND_SATURATION], pool[scraped], 0);
        held += scraped != seen;
        assert_near(way.entry_p95_ms, now.entry_p95_ms, 0);
    }
    assert_between(held, TICKS / 2, TICKS);
    bed_close(&b);
    bed_close(&at_once);
}

static bool waits_for_a_scrape(const bed *b, int at)
{
    const arrival_list *a = &b->model->arrivals;
    for (int i = 0; i < a->due[a->scrape]; i++)
        if (a->column[i].at == at)
            return true;
    return false;
}

static void some_exporters_are_scraped_and_the_others_read(void **state)
{
    (void)state;
    bed b =
        bed_with((const char *const[]){"scrape_s=10", "scraped=0.5", "missing=0", "late=0", NULL});
    const int M = b.system->M;
    int slow = 0, still[3][TEND_METRIC_KINDS] = {{0}};
    double before[3][TEND_METRIC_KINDS] = {{0}};
    for (int t = 0; t < 100; t++) {
        tend_obs obs = bed_step(&b);
        for (int s = 0; s < 3; s++)
            for (int i = 0; i < M; i++) {
                double x = obs.value[s * M + i];
                still[s][i] += x == before[s][i];
                before[s][i] = x;
            }
    }
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < M; i++) {
            bool waits = waits_for_a_scrape(&b, s * M + i);
            slow += waits;
            assert_true(waits ? still[s][i] >= 70 : still[s][i] < 50);
        }
    assert_between(slow, 1, 3 * M - 1);
    bed_close(&b);
}

static void noise_forks_and_does_not_depend_on_what_was_looked_at(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"metric_noise=0.2", "metric_slow=0.9", "smooth_s=5",
                                           "delay_s=2", "spikes=0.01", "gaps_per_hour=100", NULL});
    size_t size = world_size(b.model);
    for (int t = 0; t < 50; t++)
        bed_step(&b);
    world *fork = malloc(size);
    assert_non_null(fork);
    memcpy(fork, b.w, size);
    for (int t = 0; t < 50; t++) {
        bed_step(&b);
        world_step(fork, b.model); // never observed
    }
    assert_memory_equal(fork, b.w, size);
    free(fork);
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calm_world_has_none_of_it),
        cmocka_unit_test(noise_has_the_width_speed_and_tail_of_its_column),
        cmocka_unit_test(a_column_has_its_character_in_every_system_and_seed),
        cmocka_unit_test(a_kind_has_its_width_and_no_column_more_than_itself),
        cmocka_unit_test(most_columns_are_nearly_normal_and_calls_differ),
        cmocka_unit_test(noise_is_there_from_the_first_tick_and_the_same_at_both_ends_of_a_call),
        cmocka_unit_test(columns_and_calls_are_lost_apart),
        cmocka_unit_test(lost_columns_are_never_there_and_shares_stay_shares),
        cmocka_unit_test(spikes_are_single_and_gaps_hold_a_whole_service),
        cmocka_unit_test(a_spike_is_small_more_often_than_not),
        cmocka_unit_test(restarts_within_the_window_are_told),
        cmocka_unit_test(what_arrives_is_a_mean_held_between_scrapes_and_late),
        cmocka_unit_test(some_exporters_are_scraped_and_the_others_read),
        cmocka_unit_test(noise_forks_and_does_not_depend_on_what_was_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
