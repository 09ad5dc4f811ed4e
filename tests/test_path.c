// SPDX-License-Identifier: GPL-3.0-or-later
// test_path.c - who suffers for whom: widest paths against all paths, what ends of calls and
// rivals say against the plain formulas, and growth that all services share.
#include "evidence_support.h"

#include "agent/diagnose/evidence_path.h"

static double positive(double x)
{
    return x > 0 ? x : 0;
}

static double most_of(const service_evidence *s, const evidence_channel *channel, int count)
{
    double most = 0;
    for (int i = 0; i < count; i++)
        most = fmax(most, positive(s->of[channel[i]].e));
    return most;
}

static double felt(const service_evidence *s)
{
    static const evidence_channel of[] = {CHANNEL_LATENCY, CHANNEL_ERRORS};
    return most_of(s, of, 2);
}

static double trouble(const service_evidence *s)
{
    static const evidence_channel of[] = {CHANNEL_LATENCY,    CHANNEL_ERRORS, CHANNEL_CPU,
                                          CHANNEL_SATURATION, CHANNEL_READY,  CHANNEL_RESTARTS};
    return most_of(s, of, 6);
}

static double passed(const service_evidence *s)
{
    bool mute = isnan(s->of[CHANNEL_LATENCY].now) && isnan(s->of[CHANNEL_ERRORS].now);
    return mute ? 4 : felt(s);
}

// A random graph, cycles and two calls between the same two too; columns grow, shrink, are missing.
static scene *draw(uint64_t seed)
{
    rng r = rng_make(seed, "path");
    int S = 1 + (int)rng_below(&r, 7), E = S > 1 ? (int)rng_below(&r, (uint32_t)(2 * S)) : 0;
    tend_edge edge[MOST_E];
    for (int e = 0; e < E; e++) {
        edge[e].caller = (int)rng_below(&r, (uint32_t)S);
        edge[e].callee = (edge[e].caller + 1 + (int)rng_below(&r, (uint32_t)(S - 1))) % S;
    }
    scene *s = scene_open(S, E, edge);
    scene_usual(s, &r);
    s->p.entry = (int)rng_below(&r, (uint32_t)S);
    for (int64_t cell = 0; cell < s->p.width; cell++) {
        uint32_t what = rng_below(&r, 8);
        if (what < 4)
            scene_times(s, cell, 0.8 + 1.5 * rng_uniform(&r) * rng_uniform(&r));
        else if (what == 4)
            scene_fill(s, cell, NAN, NAN);
    }
    for (int e = 0; e < E; e++)
        if (rng_below(&r, 3) == 0) // loses time on the way
            scene_call(s, e, 0, 23, 23 + 60 * rng_uniform(&r));
    for (int v = 0; v < S; v++) {
        if (rng_below(&r, 3) == 0)
            scene_set(s, v, SIGNAL_RESTARTS, 0, 1);
        if (rng_below(&r, 6) == 0) { // tells nothing
            scene_set(s, v, SIGNAL_LATENCY, NAN, NAN);
            scene_set(s, v, SIGNAL_ERRORS, NAN, NAN);
        }
    }
    return s;
}

typedef struct walk {
    const panel *p;
    const service_evidence *of;
    int goal;
    bool on[MOST_S];
    double best;
} walk;

// All simple paths from `at` to the goal, `width` so far.
static void follow(walk *w, int at, double width)
{
    if (at == w->goal) {
        w->best = fmax(w->best, width);
        return;
    }
    w->on[at] = true;
    for (int e = 0; e < w->p->E; e++)
        if (w->p->edge[e].caller == at && !w->on[w->p->edge[e].callee])
            follow(w, w->p->edge[e].callee, fmin(width, passed(&w->of[at])));
    w->on[at] = false;
}

static bool asked_by_users(const panel *p, int v)
{
    bool called = false;
    for (int e = 0; e < p->E; e++)
        called |= p->edge[e].callee == v;
    return v == p->entry || !called;
}

static void reach_is_the_widest_of_all_paths(void **state)
{
    (void)state;
    int wide = 0, none = 0, far = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        scene *s = draw(seed);
        const panel *p = &s->p;
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < p->S; v++) {
            walk w = {.p = p, .of = of, .goal = v};
            for (int from = 0; from < p->S; from++)
                if (asked_by_users(p, from))
                    follow(&w, from, passed(&of[from]));
            assert_near(of[v].path.reach, w.best, 0);
            wide += w.best > 0.3;
            none += w.best == 0;
            far += w.best > 0.3 && !asked_by_users(p, v);
        }
        scene_close(s);
    }
    assert_true(wide > 100 && none > 100 && far > 50);
}

enum { FRONT, MIDDLE, STORE, SERVICES };
static const tend_edge chain[] = {{FRONT, MIDDLE}, {MIDDLE, STORE}};

// Users feel it, and so does the store. What the middle says of it decides what reaches the store.
static void who_tells_nothing_lets_everything_through(void **state)
{
    (void)state;
    enum { QUIET, SLOW, MUTE, FAILS };
    for (int what = QUIET; what <= FAILS; what++) {
        rng r = rng_make(3, "chain");
        scene *s = scene_open(SERVICES, 2, chain);
        scene_usual(s, &r);
        for (int e = 0; e < 2; e++) // else they speak for a service without latency
            for (int end = 0; end < 2; end++)
                scene_call(s, e, end, NAN, NAN);
        for (int v = 0; v < SERVICES; v += 2)
            scene_times(s, panel_cell(&s->p, v, SIGNAL_LATENCY), 4);
        if (what == SLOW)
            scene_times(s, panel_cell(&s->p, MIDDLE, SIGNAL_LATENCY), 4);
        if (what >= MUTE)
            scene_set(s, MIDDLE, SIGNAL_LATENCY, NAN, NAN);
        if (what == MUTE)
            scene_set(s, MIDDLE, SIGNAL_ERRORS, NAN, NAN);
        if (what == FAILS)
            scene_set(s, MIDDLE, SIGNAL_ERRORS, 0.002, 0.2);
        const service_evidence *of = scene_measure(s);
        double users = of[FRONT].of[CHANNEL_LATENCY].e;
        assert_true(users > 1.5);
        assert_near(of[FRONT].path.reach, users, 0);
        assert_near(of[MIDDLE].path.reach, users, 0);
        if (what == QUIET)
            assert_between(of[STORE].path.reach, -0.001, 0.35);
        else if (what == MUTE)
            assert_near(of[STORE].path.reach, users, 0);
        else
            assert_near(of[STORE].path.reach, fmin(users, felt(&of[MIDDLE])), 0);
        scene_close(s);
    }
}

static void ends_of_calls_and_rivals_are_the_plain_formulas(void **state)
{
    (void)state;
    int seen[6] = {0};
    for (uint64_t seed = 0; seed < 300; seed++) {
        scene *s = draw(seed);
        const panel *p = &s->p;
        const service_evidence *of = scene_measure(s);
        const edge_evidence *edge = evidence_edges(s->x);
        for (int v = 0; v < p->S; v++) {
            path_evidence want = {.swamped = fmin(positive(of[v].amplified), trouble(&of[v]))};
            for (int e = 0; e < p->E; e++) {
                int near = p->edge[e].caller, far = p->edge[e].callee;
                // a client that computes nine sigmas more than usual measures half of it itself
                double busy = positive(of[near].of[CHANNEL_CPU].z) / 9;
                double lost = positive(edge[e].e) / (1 + busy * busy);
                double both = fmin(lost, felt(&of[near]));
                if (far == v) {
                    want.gap = fmax(want.gap, lost);
                    want.gap_felt = fmax(want.gap_felt, both);
                }
                if (near == v) {
                    want.gap_owed = fmax(want.gap_owed, both);
                    want.deeper = fmax(want.deeper, fmin(trouble(&of[far]), felt(&of[v])));
                }
                for (int o = 0; o < p->E && far == v; o++) {
                    const service_evidence *rival = &of[p->edge[o].callee];
                    if (o != e && p->edge[o].caller == near)
                        want.behind =
                            fmax(want.behind, fmin(positive(rival->amplified), trouble(rival)));
                }
            }
            const path_evidence *got = &of[v].path;
            const double pairs[][2] = {
                {got->gap, want.gap},           {got->gap_felt, want.gap_felt},
                {got->gap_owed, want.gap_owed}, {got->deeper, want.deeper},
                {got->swamped, want.swamped},   {got->behind, want.behind}};
            for (int i = 0; i < 6; i++) {
                assert_near(pairs[i][0], pairs[i][1], 0);
                assert_true(pairs[i][0] >= 0 && pairs[i][0] <= 4);
                seen[i] += pairs[i][0] > 0.3;
            }
        }
        scene_close(s);
    }
    for (int i = 0; i < 6; i++)
        assert_true(seen[i] > 20);
}

enum { NODES = 6, LINKS = 6 };
static const tend_edge tree[LINKS] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {2, 4}, {3, 5}};

static scene *quiet(uint64_t seed, int calls)
{
    rng r = rng_make(seed, "common");
    scene *s = scene_open(NODES, calls, tree);
    scene_usual(s, &r);
    return s;
}

static double common_of(scene *s)
{
    const service_evidence *of = scene_measure(s);
    for (int v = 0; v < NODES; v++)
        if (v != s->p.entry)
            assert_near(of[v].path.common, 0, 0);
    return of[s->p.entry].path.common;
}

static void all_services_together_are_users_and_one_is_noise(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        scene *s = quiet(seed, LINKS);
        s->p.entry = (int)(seed % NODES);
        assert_between(common_of(s), -0.2, 0.2);
        scene_times(s, panel_cell(&s->p, (int)(seed / 3) % NODES, SIGNAL_REQUESTS), 5);
        assert_between(common_of(s), -0.35, 0.35); // less than 3 sigmas
        scene_close(s);
        for (int more = 0; more < 2; more++) {
            s = quiet(seed, LINKS);
            for (int v = 0; v < NODES; v++)
                scene_times(s, panel_cell(&s->p, v, SIGNAL_REQUESTS), more ? 1.3 : 0.7);
            double common = common_of(s);
            assert_true(more ? common > 0.5 : common < -0.5);
            scene_close(s);
        }
    }
}

static void without_requests_of_the_entry_or_calls_no_crowd_has_a_place(void **state)
{
    (void)state;
    enum { KNOWN, NO_REQUESTS, NO_CALLS };
    for (int what = KNOWN; what <= NO_CALLS; what++) {
        scene *s = quiet(1, what == NO_CALLS ? 0 : LINKS);
        for (int v = 0; v < NODES; v++)
            scene_times(s, panel_cell(&s->p, v, SIGNAL_REQUESTS), 2);
        if (what == NO_REQUESTS)
            scene_set(s, s->p.entry, SIGNAL_REQUESTS, NAN, NAN);
        if (what == KNOWN)
            assert_true(common_of(s) > 1);
        else
            assert_near(common_of(s), 0, 0);
        scene_close(s);
    }
}

// Users that came before the incident are not its cause: the latest level counts where it is
// closer, and a move between the two levels is none.
static void growth_before_the_onset_is_not_of_the_incident(void **state)
{
    (void)state;
    static const double then[] = {1, 1.5, 1.5, 1.5}, now[] = {1.5, 1.5, 1.25, 2.2};
    double common[4];
    for (int i = 0; i < 4; i++) {
        scene *s = quiet(6, LINKS);
        for (int v = 0; v < NODES; v++)
            for (int row = BEFORE - (int)s->by.local_rows; row < ROWS; row++)
                *scene_cell(s, row, panel_cell(&s->p, v, SIGNAL_REQUESTS)) *=
                    row < BEFORE ? then[i] : now[i];
        common[i] = common_of(s);
        scene_close(s);
    }
    assert_true(common[0] > 1);
    assert_between(common[1], -0.2, 0.2);
    assert_near(common[2], 0, 0);
    assert_true(common[3] > 0.35);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle_of(double *value, int count)
{
    qsort(value, (size_t)count, sizeof *value, by_value);
    return count ? 0.5 * (value[(count - 1) / 2] + value[count / 2]) : (double)NAN;
}

// Of every row the median over the services of what their requests are in parts of the usual.
static robust_level shared_level(const scene *s, int from, int end)
{
    robust_level level;
    double row_of[ROWS];
    for (int i = from; i < end; i++) {
        double part[MOST_S];
        int count = 0;
        for (int v = 0; v < s->p.S; v++) {
            int64_t cell = panel_cell(&s->p, v, SIGNAL_REQUESTS);
            double past[BEFORE];
            int known = 0;
            for (int b = 0; b < BEFORE; b++)
                if (!isnan(s->row[b * s->p.width + cell]))
                    past[known++] = s->row[b * s->p.width + cell];
            double now = s->row[i * s->p.width + cell];
            if (known && !isnan(now))
                part[count++] = now / middle_of(past, known);
        }
        row_of[i - from] = middle_of(part, count);
    }
    robust_levels(row_of, 1, end - from, 1, &level);
    return level;
}

static void shared_growth_is_that_of_the_median_service(void **state)
{
    (void)state;
    int some = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        scene *s = draw(seed);
        rng r = rng_make(seed, "holes");
        for (int i = 0; i < ROWS; i++) // who is not heard of in a row has no say in it
            for (int v = 0; v < s->p.S; v++)
                if (seed % 2 && rng_below(&r, 4) == 0)
                    *scene_cell(s, i, panel_cell(&s->p, v, SIGNAL_REQUESTS)) = (double)NAN;
        const service_evidence *entry = &scene_measure(s)[s->p.entry];
        double want = 0;
        if (s->p.E > 0 && !isnan(entry->of[CHANNEL_REQUESTS].now)) {
            robust_level now = shared_level(s, BEFORE, ROWS);
            robust_level past = shared_level(s, 0, BEFORE);
            robust_level local = shared_level(s, BEFORE - (int)s->by.local_rows, BEFORE);
            double z = robust_shift(&past, &now, 0.04), near = robust_shift(&local, &now, 0.04);
            z = fabs(near) < fabs(z) ? near * z < 0 ? 0 : near : z;
            want = robust_evidence(z);
        }
        assert_near(entry->path.common, want, 1e-9);
        some += fabs(want) > 0.3;
        scene_close(s);
    }
    assert_true(some > 5);
}

// Of more rows than are looked at some stand for all, the last as well as the first.
static void the_load_of_many_rows_is_that_of_all(void **state)
{
    (void)state;
    enum { MANY = 5 * ROBUST_ROWS_MAX / 2 };
    static double row[MANY], scratch[1 + ROBUST_ROWS_MAX];
    panel p = {.S = 1, .row = row, .rows = MANY, .width = 1, .stride = 1};
    robust_level past = {.centre = 100, .count = MANY}, level;
    for (int i = 0; i < SIGNALS; i++)
        p.signal[i] = i == SIGNAL_REQUESTS ? 0 : -1;
    for (int i = 0; i < MANY; i++)
        row[i] = i < MANY / 2 ? 100 : 200;
    path_common(&p, &past, 0, MANY, scratch, &level);
    assert_near(level.low, 1, 1e-9);
    assert_near(level.high, 2, 1e-9);
    path_common(&p, &past, MANY / 2, MANY, scratch, &level);
    assert_near(level.low, 2, 1e-9);
    path_common(&p, &past, 0, MANY / 2, scratch, &level);
    assert_near(level.high, 1, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reach_is_the_widest_of_all_paths),
        cmocka_unit_test(who_tells_nothing_lets_everything_through),
        cmocka_unit_test(ends_of_calls_and_rivals_are_the_plain_formulas),
        cmocka_unit_test(all_services_together_are_users_and_one_is_noise),
        cmocka_unit_test(without_requests_of_the_entry_or_calls_no_crowd_has_a_place),
        cmocka_unit_test(growth_before_the_onset_is_not_of_the_incident),
        cmocka_unit_test(shared_growth_is_that_of_the_median_service),
        cmocka_unit_test(the_load_of_many_rows_is_that_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
