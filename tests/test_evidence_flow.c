// SPDX-License-Identifier: GPL-3.0-or-later
// test_evidence_flow.c - what a service shows beside its neighbours: own impact, calls that lose
// time, failures that users see, load that moves, and what is missing.
#include "evidence_support.h"

enum { FRONT, BACK, STORE, OTHER, SERVICES };
enum { FRONT_BACK, BACK_STORE, FRONT_OTHER, EDGES };
static const tend_edge calls[] = {{FRONT, BACK}, {BACK, STORE}, {FRONT, OTHER}};

static double clear(double z)
{
    return z > 0 ? z * z / (z * z + 9) : 0;
}

// Everybody at 100 requests and 50 ms, then slower by these.
static scene *slower(double front, double back, double store, double other)
{
    const double by[SERVICES] = {front, back, store, other};
    scene *s = scene_open(SERVICES, EDGES, calls);
    for (int v = 0; v < SERVICES; v++) {
        scene_set(s, v, SIGNAL_REQUESTS, 100, 100);
        scene_set(s, v, SIGNAL_LATENCY, 50, 50 + by[v]);
    }
    return s;
}

static const channel_evidence *latency(const service_evidence *of, int v)
{
    return &of[v].of[CHANNEL_LATENCY];
}

static void latency_is_blamed_on_who_adds_it(void **state)
{
    (void)state;
    static const struct {
        double by[SERVICES];
        int culprit;
    } rows[] = {{{60, 60, 60, 0}, STORE},
                {{60, 60, 0, 0}, BACK},
                {{60, 0, 0, 0}, FRONT},
                {{60, 0, 0, 60}, OTHER},
                {{60, 70, 80, 0}, STORE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const double *by = rows[i].by;
        scene *s = slower(by[0], by[1], by[2], by[3]);
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < SERVICES; v++) {
            assert_near(latency(of, v)->share, v == rows[i].culprit, 1e-12);
            assert_near(latency(of, v)->impact, clear(by[v] / 5) * by[v] * 100, 1e-9);
            assert_true(v == rows[i].culprit || latency(of, v)->own <= 1e-9);
            // of a caller everything is explained, of the culprit nothing
            double want = v != rows[i].culprit && by[v] > 0 ? fmin(1, clear(by[v] / 5)) : 0;
            assert_near(of[v].explained[0], i == 4 && want > 0 ? 1 : want, 1e-12);
        }
        // a sign of a few sigmas counts as nearly whole
        assert_near(of[FRONT].below, rows[i].culprit == BACK || rows[i].culprit == OTHER, 0.07);
        assert_near(of[BACK].below, rows[i].culprit == STORE, 0.07);
        assert_near(of[STORE].below, 0, 0);
        scene_close(s);
    }
}

static void blame_is_shared_by_what_each_adds(void **state)
{
    (void)state;
    scene *s = slower(100, 60, 40, 0); // a chain: 40 of its own each but for the middle one's 20
    const service_evidence *of = scene_measure(s);
    double f = clear(20) * 100, b = clear(12) * 60, t = clear(8) * 40, all = f;
    assert_near(latency(of, FRONT)->share, (f - b) / all, 1e-12);
    assert_near(latency(of, BACK)->share, (b - t) / all, 1e-12);
    assert_near(latency(of, STORE)->share, t / all, 1e-12);
    assert_near(of[FRONT].explained[0], b / 100, 1e-12);
    assert_near(of[BACK].explained[0], t / 60, 1e-12);
    // a callee that is called half as often weighs half, and explains as much
    scene_set(s, STORE, SIGNAL_REQUESTS, 50, 50);
    scene_measure(s);
    assert_near(latency(of, STORE)->share, t / 2 / all, 1e-12);
    assert_near(of[BACK].explained[0], t / 60, 1e-12);
    scene_close(s);
    s = slower(100, 60, 0, 60); // a fan: two slow callees explain more than there is
    of = scene_measure(s);
    assert_near(latency(of, FRONT)->share, 0, 0);
    assert_near(latency(of, BACK)->share, 0.5, 1e-12);
    assert_near(of[FRONT].explained[0], b / 100, 1e-12); // by the worst of them
    scene_close(s);
    s = slower(60, 0, -30, 0); // one that got faster makes nobody guilty
    of = scene_measure(s);
    assert_near(latency(of, BACK)->own, 0, 0);
    assert_near(latency(of, FRONT)->share, 1, 1e-12);
    scene_close(s);
}

// The call takes 40 ms longer at the client's end alone.
static void time_lost_on_the_way_is_the_networks_if_the_callee_is_usual(void **state)
{
    (void)state;
    double z = 40 / (0.15 * 12 * 1.1), e = 0.5 * log(1 + z * z / 9);
    scene *s = slower(60, 60, 0, 0);
    scene_call(s, BACK_STORE, 0, 12, 52);
    scene_call(s, BACK_STORE, 1, 10, 10);
    const service_evidence *of = scene_measure(s);
    const channel_evidence *at = &of[STORE].of[CHANNEL_NETWORK];
    const edge_evidence *edge = &evidence_edges(s->x)[BACK_STORE];
    assert_near(at->z, z, 1e-9);
    assert_near(at->e, e, 1e-6);
    assert_near(at->before, 2, 1e-12);
    assert_near(at->now, 42, 1e-12);
    assert_near(at->excess, 40, 1e-12);
    assert_int_equal(of[STORE].edge, BACK_STORE);
    assert_int_equal(of[BACK].edge, -1);
    assert_near(of[BACK].link_out, e, 1e-6);
    assert_near(of[STORE].link_out, 0, 0);
    assert_near(edge->client, 40, 1e-12);
    assert_near(edge->server, 0, 1e-12);
    assert_near(edge->share, 1, 1e-12);
    // what is lost there is not its caller's
    double added = clear(12) * 60 - clear(z) * 40;
    assert_near(latency(of, BACK)->own, added * 100, 1e-6);
    static const struct {
        int signal;
        double before, after, left;
    } rows[] = {{SIGNAL_CPU, 0.3, 0.9, 0.01},
                {SIGNAL_SATURATION, 0.1, 0.9, 0.01},
                {SIGNAL_RESTARTS, 0, 2, 0.01},
                {SIGNAL_CPU, 0.3, 0.3, 1},
                {SIGNAL_MEMORY, 0.3, 0.9, 1}}; // who is full may be slow, but answers
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene_set(s, STORE, rows[i].signal, rows[i].before, rows[i].after);
        scene_measure(s);
        assert_between(at->e, 0, rows[i].left * e + 1e-6);
        assert_true(rows[i].left < 1 || at->e > e - 1e-6);
        assert_near(at->z, z, 1e-9);
        scene_set(s, STORE, rows[i].signal, NAN, NAN);
    }
    // a client that waits for its turn, and one that is a little busier for repeating its calls
    scene_set(s, BACK, SIGNAL_CPU, 0.3, 0.9);
    scene_measure(s);
    assert_between(at->e, 0, 0.06 * e);
    scene_set(s, BACK, SIGNAL_CPU, 0.3, 0.32);
    scene_measure(s);
    assert_between(at->e, 0.9 * e, e);
    scene_ready(s, STORE, 2, 0);
    scene_measure(s);
    assert_between(at->e, 0, 0.01 * e);
    scene_close(s);
}

static void a_call_that_is_slow_at_both_ends_lost_nothing_on_the_way(void **state)
{
    (void)state;
    scene *s = slower(60, 60, 40, 0);
    scene_call(s, BACK_STORE, 0, 12, 52);
    scene_call(s, BACK_STORE, 1, 10, 50);
    const service_evidence *of = scene_measure(s);
    assert_near(of[STORE].of[CHANNEL_NETWORK].z, 0, 0);
    assert_int_equal(of[STORE].edge, -1);
    assert_true(of[STORE].own_mean > 1); // served slower, calls nobody
    assert_near(evidence_edges(s->x)[BACK_STORE].share, 0, 0);
    // a gap was as wide in the last rows before the onset
    int64_t cell = s->p.edges_at + 3 * BACK_STORE;
    for (int i = 0; i < ROWS; i++)
        scene_cell(s, i, cell)[2] = i < BEFORE - 23 ? 2 : 42;
    scene_measure(s);
    assert_near(of[STORE].of[CHANNEL_NETWORK].z, 0, 0);
    scene_close(s);
}

static void a_service_shows_the_worst_of_the_calls_to_it(void **state)
{
    (void)state;
    static const tend_edge both[] = {{FRONT, STORE}, {BACK, STORE}};
    for (int worse = 0; worse < 2; worse++) {
        scene *s = scene_open(SERVICES, 2, both);
        for (int e = 0; e < 2; e++) {
            scene_call(s, e, 0, 12, e == worse ? 42 : 22);
            scene_call(s, e, 1, 10, 10);
        }
        const service_evidence *of = scene_measure(s);
        assert_int_equal(of[STORE].edge, worse);
        assert_near(of[STORE].of[CHANNEL_NETWORK].z, 30 / (0.15 * 12 * 1.1), 1e-9);
        assert_near(evidence_edges(s->x)[worse].share / evidence_edges(s->x)[1 - worse].share,
                    3 * clear(30 / 1.98) / clear(10 / 1.98), 1e-9);
        scene_close(s);
    }
}

static void the_share_of_a_call_is_weighed_by_its_requests(void **state)
{
    (void)state;
    scene *s = slower(0, 0, 0, 0);
    scene_set(s, OTHER, SIGNAL_REQUESTS, 300, 300);
    scene_call(s, BACK_STORE, 0, 12, 42);
    scene_call(s, BACK_STORE, 1, 10, 10);
    scene_call(s, FRONT_OTHER, 0, 12, 42);
    scene_call(s, FRONT_OTHER, 1, 10, 10);
    scene_measure(s);
    assert_near(evidence_edges(s->x)[BACK_STORE].share, 0.25, 1e-12);
    assert_near(evidence_edges(s->x)[FRONT_OTHER].share, 0.75, 1e-12);
    assert_near(evidence_edges(s->x)[FRONT_BACK].share, 0, 0);
    scene_close(s);
}

// What it serves less what it calls, so many calls a request, in parts of 8 % of its latency.
static void the_mean_a_service_adds_is_between_its_calls(void **state)
{
    (void)state;
    static const struct {
        double store, calls; // requests of it, and calls to it per request that count
    } rows[] = {{100, 1}, {50, 0.5}, {250, 2.5}, {500, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = slower(50, 0, 0, 0);
        scene_set(s, STORE, SIGNAL_REQUESTS, rows[i].store, rows[i].store);
        scene_call(s, FRONT_BACK, 0, 40, 62);
        scene_call(s, FRONT_BACK, 1, 38, 58);
        scene_call(s, BACK_STORE, 0, 12, 16);
        scene_call(s, BACK_STORE, 1, 10, 13);
        const service_evidence *of = scene_measure(s);
        double own[SERVICES] = {0.6 * 50 - 22, 20 - 4 * rows[i].calls, 3, 0};
        for (int v = 0; v < SERVICES; v++) {
            double z = own[v] / (0.08 * 50), e = 0.5 * log(1 + z * z / 9);
            assert_near(of[v].own_mean, z < 0 ? -e : e, 1e-6);
        }
        scene_close(s);
    }
}

// Two callers are served by one service: what it serves is the mean of both, not the sum.
static void the_mean_of_two_callers_is_no_sum(void **state)
{
    (void)state;
    static const tend_edge both[] = {{FRONT, STORE}, {BACK, STORE}};
    scene *s = scene_open(SERVICES, 2, both);
    scene_set(s, STORE, SIGNAL_LATENCY, 50, 50);
    for (int e = 0; e < 2; e++) {
        scene_call(s, e, 0, 12, 20);
        scene_call(s, e, 1, 10, 18);
    }
    double z = 8 / (0.08 * 50);
    assert_near(scene_measure(s)[STORE].own_mean, 0.5 * log(1 + z * z / 9), 1e-6);
    scene_close(s);
}

// A call that takes so much longer explains a caller though its callee tells nothing; a mean moves
// by 0.6 of what the caller's slowest do.
static void a_slow_call_explains_without_its_callee(void **state)
{
    (void)state;
    for (int by = 0; by <= 60; by += 12) {
        scene *s = slower(0, 60, (double)NAN, 0);
        scene_call(s, BACK_STORE, 0, 12, 12 + by);
        const service_evidence *of = scene_measure(s);
        assert_near(of[BACK].explained[0], fmin(1, by / 0.6 / 60), 1e-9);
        scene_close(s);
    }
}

static void latency_is_borrowed_from_the_calls_to_a_silent_service(void **state)
{
    (void)state;
    static const struct {
        double own, server, client, before, now;
    } rows[] = {{30, 10, 12, 30, 90}, {NAN, 10, 12, 10, 30}, {NAN, NAN, 12, 12, 36}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = slower(0, 60, 0, 0);
        scene_set(s, STORE, SIGNAL_LATENCY, rows[i].own, 3 * rows[i].own);
        scene_call(s, BACK_STORE, 0, rows[i].client, 3 * rows[i].client);
        scene_call(s, BACK_STORE, 1, rows[i].server, 3 * rows[i].server);
        const channel_evidence *at = latency(scene_measure(s), STORE);
        assert_near(at->before, rows[i].before, 1e-12);
        assert_near(at->now, rows[i].now, 1e-12);
        assert_near(at->z, 20, 1e-9); // twice as much again, of a tenth
        assert_true(at->share > 0);
        scene_set(s, OTHER, SIGNAL_LATENCY, NAN, NAN); // nobody times the calls to it
        scene_measure(s);
        assert_true(isnan(latency(evidence_services(s->x), OTHER)->now));
        s->p.edges_at = -1; // nobody times calls
        assert_near(latency(scene_measure(s), STORE)->z, isnan(rows[i].own) ? 0 : 20, 1e-9);
        scene_close(s);
    }
}

// What users see fails, and no service says so: who calls its callee less is to blame, else who is
// called by nobody.
static void failures_of_the_users_go_to_who_starves_its_callee_or_to_the_entry(void **state)
{
    (void)state;
    static const struct {
        double store; // requests of it
        int blamed;
    } rows[] = {{100, FRONT}, {95, FRONT}, {20, BACK}, {200, FRONT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = slower(0, 0, 0, 0);
        scene_users(s, 1, 0, 0.1);
        scene_set(s, STORE, SIGNAL_REQUESTS, 100, rows[i].store);
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < SERVICES; v++) {
            const channel_evidence *at = &of[v].of[CHANNEL_ERRORS];
            // 20 rows of 100 of the entry's requests
            assert_near(at->z, v == rows[i].blamed ? 0.1 / 0.0015 : 0, 1e-9);
            assert_near(at->share, v == rows[i].blamed, 1e-12);
        }
        // failures that come and go as usual are none
        for (int k = 0; k < ROWS; k++)
            *scene_cell(s, k, s->p.users_at + 1) = k % 4 ? 0 : 0.1;
        scene_measure(s);
        assert_between(of[rows[i].blamed].of[CHANNEL_ERRORS].z, -1, 1);
        scene_users(s, 1, 0, 0.1);
        // who counts its own failures borrows none
        scene_set(s, rows[i].blamed, SIGNAL_ERRORS, 0, 0);
        of = scene_measure(s);
        for (int v = 0; v < SERVICES; v++)
            assert_near(of[v].of[CHANNEL_ERRORS].z, 0, 0);
        scene_close(s);
    }
}

static void failures_are_explained_by_callees_that_fail_or_are_slow(void **state)
{
    (void)state;
    scene *s = slower(0, 0, 0, 0);
    scene_set(s, FRONT, SIGNAL_ERRORS, 0, 0.1);
    scene_set(s, BACK, SIGNAL_ERRORS, 0, 0.04);
    const service_evidence *of = scene_measure(s);
    double share = clear(0.04 / 0.0015) * 0.04;
    assert_near(of[FRONT].explained[1], share / 0.1, 1e-9);
    assert_near(of[BACK].explained[1], 0, 0);
    assert_near(of[STORE].explained[1], 0, 0);
    double front = clear(0.1 / 0.0015) * 0.1;
    assert_near(of[FRONT].of[CHANNEL_ERRORS].share, (front - share) / front, 1e-9);
    // of who is asked half as often half as many fail; more often is no more than all
    scene_set(s, BACK, SIGNAL_REQUESTS, 50, 50);
    double fewer = clear(0.04 * 50 * AFTER / 2) * 0.04; // counted: 20 sigmas
    assert_near(scene_measure(s)[FRONT].explained[1], fewer / 2 / 0.1, 1e-9);
    scene_set(s, BACK, SIGNAL_REQUESTS, 300, 300);
    assert_near(scene_measure(s)[FRONT].explained[1], share / 0.1, 1e-9);
    scene_set(s, BACK, SIGNAL_LATENCY, 50, 100); // who waits too long gives up
    of = scene_measure(s);
    assert_near(of[FRONT].explained[1], fmax(share / 0.1, 0.5 * clear(10)), 1e-9);
    scene_close(s);
}

static void a_callee_that_is_gone_explains_both(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        scene *s = slower(60, 0, 0, 0);
        scene_set(s, FRONT, SIGNAL_ERRORS, 0, 0.1);
        if (kind == 1)
            scene_ready(s, BACK, 2, 1);
        if (kind == 2)
            scene_set(s, BACK, SIGNAL_RESTARTS, 0, 1);
        const service_evidence *of = scene_measure(s);
        double gone = kind == 0 ? 0 : clear(kind == 1 ? 15 : 1 / (0.05 * 1.25));
        for (int i = 0; i < 2; i++) {
            assert_near(of[FRONT].explained[i], gone, 1e-9);
            assert_near(of[BACK].explained[i], 0, 0);
            assert_near(of[OTHER].explained[i], 0, 0);
        }
        scene_close(s);
    }
}

// Who does not count its requests is weighed by the most of its callers, else of what it calls.
static void a_service_that_does_not_count_weighs_as_its_neighbours(void **state)
{
    (void)state;
    static const struct {
        double asked[SERVICES], load[SERVICES];
    } rows[] = {{{40, 30, 20, 10}, {40, 30, 20, 10}},  {{40, NAN, NAN, 10}, {40, 40, 1, 10}},
                {{NAN, 30, 20, 10}, {30, 30, 20, 10}}, {{NAN, NAN, NAN, NAN}, {1, 1, 1, 1}},
                {{NAN, 5, NAN, 7}, {7, 5, 5, 7}},      {{40, NAN, 20, 10}, {40, 40, 20, 10}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, EDGES, calls);
        for (int v = 0; v < SERVICES; v++)
            scene_set(s, v, SIGNAL_REQUESTS, 100, rows[i].asked[v]);
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < SERVICES; v++)
            assert_near(of[v].load, rows[i].load[v], 1e-12);
        scene_close(s);
    }
}

// A caller is slow, no callee explains it, and nobody times its calls.
static void a_call_nobody_times_may_be_the_slow_one(void **state)
{
    (void)state;
    scene *s = slower(0, 60, 0, 0);
    scene_call(s, FRONT_BACK, 0, 50, 50);
    scene_call(s, FRONT_BACK, 1, 50, 50);
    const service_evidence *of = scene_measure(s);
    double e = latency(of, BACK)->e;
    assert_near(of[STORE].dark, e, 1e-12);
    assert_near(of[BACK].dark, 0, 0);
    assert_near(of[OTHER].dark, 0, 0); // its caller is usual
    scene_set(s, STORE, SIGNAL_LATENCY, 50, 80);
    scene_measure(s);
    assert_near(of[STORE].dark, e * (1 - clear(6) * 30 / 60), 1e-9);
    scene_call(s, BACK_STORE, 0, 12, 12);
    scene_measure(s);
    assert_near(of[STORE].dark, 0, 0);
    // where nobody times any call, one that is not timed tells nothing
    scene_call(s, BACK_STORE, 0, NAN, NAN);
    scene_measure(s);
    assert_true(of[STORE].dark > 0);
    scene_call(s, FRONT_BACK, 0, NAN, NAN);
    scene_measure(s);
    assert_near(of[STORE].dark, 0, 0);
    s->p.edges_at = -1;
    scene_measure(s);
    assert_near(of[STORE].dark, 0, 0);
    scene_close(s);
}

static void load_that_moves_shows_beside_its_callers(void **state)
{
    (void)state;
    scene *s = slower(0, 0, 0, 0);
    scene_set(s, BACK, SIGNAL_REQUESTS, 100, 150); // front calls it more, and it the store less
    scene_set(s, STORE, SIGNAL_REQUESTS, 100, 60);
    const service_evidence *of = scene_measure(s);
    double grown = 150.5 / 100.5, fell = 60.5 / 100.5;
    double up = log(grown) / 0.05, down = log(fell / grown) / 0.05;
    assert_near(of[BACK].amplified, 0.5 * log(1 + up * up / 9), 1e-6);
    assert_near(of[STORE].amplified, -0.5 * log(1 + down * down / 9), 1e-6);
    assert_near(of[FRONT].amplified, 0, 0);
    assert_near(of[OTHER].amplified, 0, 1e-9);
    assert_near(of[BACK].starved, -of[STORE].amplified, 1e-12);
    assert_near(of[FRONT].starved, 0, 0);
    assert_near(of[OTHER].pushed, of[BACK].amplified, 1e-12); // they have one caller
    assert_near(of[BACK].pushed, 0, 1e-9);
    assert_near(of[STORE].pushed, 0, 0);
    assert_near(of[FRONT].everywhere, fmin(1.5, of[BACK].of[CHANNEL_REQUESTS].e) / SERVICES, 1e-12);
    assert_near(of[BACK].everywhere, 0, 0);
    scene_set(s, BACK, SIGNAL_REQUESTS, 100, 1e6); // of one service no more than 1.5 counts
    scene_measure(s);
    assert_near(of[FRONT].everywhere, 1.5 / SERVICES, 1e-12);
    scene_set(s, BACK, SIGNAL_REQUESTS, 100, 150);
    scene_set(s, STORE, SIGNAL_REQUESTS, 100, 150); // as much as its caller: passed on
    assert_near(scene_measure(s)[STORE].amplified, 0, 1e-9);
    for (int i = 0; i < BEFORE; i++) // usually restless: less is said
        *scene_cell(s, i, panel_cell(&s->p, FRONT, SIGNAL_REQUESTS)) = i % 2 ? 60 : 140;
    assert_between(scene_measure(s)[BACK].amplified, 0, 0.5 * log(1 + up * up / 9) / 2);
    for (int i = 0; i < BEFORE; i++) // restless downwards is restless
        *scene_cell(s, i, panel_cell(&s->p, FRONT, SIGNAL_REQUESTS)) = i % 5 ? 100 : 40;
    assert_between(scene_measure(s)[BACK].amplified, 0, 0.5 * log(1 + up * up / 9) / 2);
    scene_set(s, FRONT, SIGNAL_REQUESTS, NAN, NAN); // a crowd has no place where none is counted
    assert_near(scene_measure(s)[FRONT].everywhere, 0, 0);
    assert_true(of[STORE].of[CHANNEL_REQUESTS].e > 0);
    scene_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_is_blamed_on_who_adds_it),
        cmocka_unit_test(blame_is_shared_by_what_each_adds),
        cmocka_unit_test(time_lost_on_the_way_is_the_networks_if_the_callee_is_usual),
        cmocka_unit_test(a_call_that_is_slow_at_both_ends_lost_nothing_on_the_way),
        cmocka_unit_test(a_service_shows_the_worst_of_the_calls_to_it),
        cmocka_unit_test(the_share_of_a_call_is_weighed_by_its_requests),
        cmocka_unit_test(the_mean_a_service_adds_is_between_its_calls),
        cmocka_unit_test(the_mean_of_two_callers_is_no_sum),
        cmocka_unit_test(a_slow_call_explains_without_its_callee),
        cmocka_unit_test(latency_is_borrowed_from_the_calls_to_a_silent_service),
        cmocka_unit_test(failures_of_the_users_go_to_who_starves_its_callee_or_to_the_entry),
        cmocka_unit_test(failures_are_explained_by_callees_that_fail_or_are_slow),
        cmocka_unit_test(a_callee_that_is_gone_explains_both),
        cmocka_unit_test(a_service_that_does_not_count_weighs_as_its_neighbours),
        cmocka_unit_test(a_call_nobody_times_may_be_the_slow_one),
        cmocka_unit_test(load_that_moves_shows_beside_its_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
