// SPDX-License-Identifier: GPL-3.0-or-later
// test_causes.c - the odds of kinds of faults at places: computed once more from the table, and
// what holds for any weights. They are fitted: nothing here hangs on their values.
#include "cause_support.h"

#include "agent/diagnose/causes.h"
#include "agent/diagnose/family.h"
#include "agent/diagnose/place.h"

typedef struct cause_row {
    const char *fault;
    tend_family family;
    double place[PLACE_SIGNS], kind[FAMILY_SIGNS];
} cause_row;

#include "agent/diagnose/cause_fit.h"

enum { KINDS = sizeof cause_fit / sizeof *cause_fit };

// What a kind of fault says of the signs of a place.
static double told(int k, const double place[PLACE_SIGNS])
{
    double sum = -CAUSE_NONE_KINDS;
    for (int i = 0; i < PLACE_SIGNS; i++)
        sum += cause_fit[k].place[i] * place[i];
    return sum;
}

// Odds of every kind at a service, straight from the definition; `shift` is added to all gates.
// Returns their sum.
static long double odds_of(const scene *s, int service, long double shift, long double odds[KINDS])
{
    double place[PLACE_SIGNS], kind[FAMILY_SIGNS];
    long double gates = 0, all = 0;
    place_signs(s->x, &s->p, service, place);
    family_signs(s->x, &s->p, service, kind);
    for (int k = 0; k < KINDS; k++) {
        long double gate = shift;
        for (int i = 0; i < FAMILY_SIGNS; i++)
            gate += (long double)cause_fit[k].kind[i] * kind[i];
        odds[k] = expl(gate);
        gates += odds[k];
    }
    for (int k = 0; k < KINDS; k++) {
        odds[k] *= expl(told(k, place)) / gates;
        all += odds[k];
    }
    return all;
}

static double likely_of(const scene *s, double *likely)
{
    double score[MOST_S];
    cause_scores(s->x, &s->p, score);
    return cause_likely(score, s->p.S, likely);
}

static void scores_are_the_summed_odds_of_the_kinds(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        double score[MOST_S];
        long double odds[KINDS];
        scene *s = draw(seed);
        if (seed % 5 == 0)
            s->p.service = NULL;
        scene_measure(s);
        cause_scores(s->x, &s->p, score);
        for (int v = 0; v < NODES; v++)
            // a gate is a share: what is added to all of them is added to none
            for (int shift = -40; shift <= 40; shift += 40)
                assert_near(score[v], CAUSE_TEMPER * (double)logl(odds_of(s, v, shift, odds)),
                            1e-9);
        scene_close(s);
    }
}

// The gates divide one whole, so that a score lies between what the kinds say of the place.
static void a_score_is_within_what_the_kinds_say(void **state)
{
    (void)state;
    int apart = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        double score[MOST_S];
        scene *s = draw(seed);
        scene_measure(s);
        cause_scores(s->x, &s->p, score);
        for (int v = 0; v < NODES; v++) {
            double place[PLACE_SIGNS], least = INFINITY, most = -INFINITY;
            place_signs(s->x, &s->p, v, place);
            for (int k = 0; k < KINDS; k++) {
                least = fmin(least, told(k, place));
                most = fmax(most, told(k, place));
            }
            assert_between(score[v], CAUSE_TEMPER * least - 1e-9, CAUSE_TEMPER * most + 1e-9);
            apart += most > least + 1;
        }
        scene_close(s);
    }
    assert_true(apart > 60);
}

// Less cpu and memory, another kind of service: signs of a family, of no place.
static void what_tells_kinds_alone_moves_no_place(void **state)
{
    (void)state;
    static const tend_service_kind kinds[] = {TEND_SERVICE, TEND_CACHE, TEND_DATABASE, TEND_QUEUE};
    int moved = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        double score[MOST_S], place[PLACE_SIGNS];
        rng r = rng_make(seed, "gate");
        long double odds[KINDS], plain[KINDS];
        scene *s = usual(seed);
        for (int64_t cell = 0; cell < s->p.width; cell++)
            scene_fill(s, cell, s->row[cell], s->row[cell]);
        scene_measure(s);
        odds_of(s, 1, 0, plain);
        for (int v = 0; v < NODES; v++) {
            scene_times(s, panel_cell(&s->p, v, SIGNAL_CPU), 0.2 + 0.7 * rng_uniform(&r));
            scene_times(s, panel_cell(&s->p, v, SIGNAL_MEMORY), 0.2 + 0.7 * rng_uniform(&r));
            s->service[v].kind = kinds[rng_below(&r, 4)];
        }
        scene_measure(s);
        cause_scores(s->x, &s->p, score);
        for (int v = 0; v < NODES; v++) {
            place_signs(s->x, &s->p, v, place);
            for (int i = 0; i < PLACE_SIGNS; i++)
                assert_near(place[i], 0, 0);
            assert_near(score[v], -CAUSE_TEMPER * CAUSE_NONE_KINDS, 1e-9);
        }
        odds_of(s, 1, 0, odds);
        moved += fabsl(odds[0] - plain[0]) > 1e-3L;
        scene_close(s);
    }
    assert_true(moved > 10);
}

static void probabilities_are_a_softmax_with_none_in_it(void **state)
{
    (void)state;
    static const double scores[][3] = {{0, 0, 0},      {5, 2, -1},      {-50, -60, -70},
                                       {1000, 999, 0}, {-1e6, -1e6, 3}, {1e8, -1e8, 1e8},
                                       {-1e300, 0, 2}};
    double likely[3], base = exp(CAUSE_NONE);
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        double none = cause_likely(scores[i], 3, likely), all = none;
        assert_true(none >= 0 && none <= 1);
        for (int v = 0; v < 3; v++) {
            assert_true(likely[v] >= 0 && likely[v] <= 1);
            all += likely[v];
            double apart = scores[i][v] - scores[i][0];
            if (fabs(apart) < 30 && likely[0] > 1e-20)
                assert_near_relative(likely[v], likely[0] * exp(apart), 1e-9);
            if (fabs(scores[i][v]) < 30)
                assert_near_relative(none * exp(scores[i][v]), base * likely[v], 1e-9);
        }
        assert_near(all, 1, 1e-12);
    }
    assert_near(cause_likely(NULL, 0, NULL), 1, 0); // of no service none is the cause
}

static void probabilities_of_any_incident_sum_to_one(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        double likely[MOST_S], score[MOST_S];
        scene *s = draw(seed);
        scene_measure(s);
        double none = likely_of(s, likely), all = none;
        cause_scores(s->x, &s->p, score);
        for (int v = 0; v < NODES; v++) {
            all += likely[v];
            assert_near_relative(likely[v] * exp(CAUSE_NONE), none * exp(score[v]), 1e-9);
        }
        assert_near(all, 1, 1e-12);
        scene_close(s);
    }
}

static void none_is_the_likeliest_where_nothing_stands_out(void **state)
{
    (void)state;
    int none_first = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        double likely[MOST_S], most = 0;
        scene *s = usual(seed);
        scene_measure(s);
        double none = likely_of(s, likely);
        for (int v = 0; v < NODES; v++)
            most = fmax(most, likely[v]);
        none_first += none > most;
        scene_close(s);
    }
    assert_int_equal(none_first, 20);
}

// Of every service in turn: busy, saturated, slow and failing, and its callers as slow as it makes
// them.
static void a_plain_culprit_is_likelier_than_none_and_than_any_other(void **state)
{
    (void)state;
    for (int at = 0; at < NODES; at++) {
        double likely[MOST_S];
        scene *s = usual((uint64_t)at);
        scene_times(s, panel_cell(&s->p, at, SIGNAL_CPU), 2.4);
        scene_times(s, panel_cell(&s->p, at, SIGNAL_SATURATION), 3);
        bool slow[NODES] = {[0] = true};
        slow[at] = true;
        for (int e = LINKS - 1; e >= 0; e--)
            if (slow[graph[e].callee])
                slow[graph[e].caller] = true;
        for (int v = 0; v < NODES; v++)
            for (int i = BEFORE; i < ROWS && slow[v]; i++)
                *scene_cell(s, i, panel_cell(&s->p, v, SIGNAL_LATENCY)) += v == at ? 200 : 150;
        scene_measure(s);
        double none = likely_of(s, likely);
        assert_true(likely[at] > none);
        for (int v = 0; v < NODES; v++)
            assert_true(v == at || likely[at] > likely[v]);
        scene_close(s);
    }
}

static void the_order_of_services_and_calls_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        const int *to = order_of(seed);
        double one[MOST_S], other[MOST_S], weight[CHANNELS], weight_other[CHANNELS];
        scene *s = draw(seed), *t = permuted(s, to, edge_order_of(seed));
        scene_measure(s);
        scene_measure(t);
        assert_near(likely_of(s, one), likely_of(t, other), 1e-9);
        for (int v = 0; v < NODES; v++) {
            assert_near(other[to[v]], one[v], 1e-9);
            assert_int_equal(cause_family(t->x, &t->p, to[v]), cause_family(s->x, &s->p, v));
            cause_channels(s->x, &s->p, v, weight);
            cause_channels(t->x, &t->p, to[v], weight_other);
            for (int c = 0; c < CHANNELS; c++)
                assert_near(weight_other[c], weight[c], 1e-9);
        }
        scene_close(s);
        scene_close(t);
    }
}

static bool stands_out(const service_evidence *of)
{
    bool odd = of->deployed > 0 || of->dark > robust_evidence(EVIDENCE_ODD);
    for (int c = 0; c < CHANNELS; c++)
        odd |= fabs(of->of[c].z) > EVIDENCE_ODD;
    return odd;
}

static void the_family_of_the_likeliest_kinds_is_named(void **state)
{
    (void)state;
    int unclear = 0, usual_ones = 0, named = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        rng r = rng_make(seed, "odds");
        scene *s = seed % 2 ? draw(seed) : usual(seed);
        for (int64_t cell = 0; cell < s->p.width; cell++)
            if (seed % 2 == 0 && rng_below(&r, 9) == 0)
                scene_times(s, cell, 0.5 + 2 * rng_uniform(&r));
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < NODES; v++) {
            long double odds[KINDS], all = odds_of(s, v, 0, odds), share[TEND_FAMILIES] = {0};
            tend_family best = TEND_FAMILY_UNKNOWN;
            for (int k = 0; k < KINDS; k++)
                share[cause_fit[k].family] += odds[k] / all;
            for (int f = 0; f < TEND_FAMILIES; f++)
                if (share[f] >= CAUSE_FAMILY_LEAST && share[f] > share[best])
                    best = (tend_family)f;
            bool odd = stands_out(&of[v]);
            usual_ones += !odd;
            unclear += odd && best == TEND_FAMILY_UNKNOWN;
            best = odd ? best : TEND_FAMILY_UNKNOWN; // what is not beyond noise has none
            named += best != TEND_FAMILY_UNKNOWN;
            assert_int_equal(cause_family(s->x, &s->p, v), best);
        }
        scene_close(s);
    }
    assert_true(named > 50 && unclear > 5 && usual_ones > 5);
}

static void every_family_is_fitted(void **state)
{
    (void)state;
    int count[TEND_FAMILIES] = {0};
    for (int k = 0; k < KINDS; k++) {
        count[cause_fit[k].family]++;
        for (int o = 0; o < k; o++)
            assert_string_not_equal(cause_fit[o].fault, cause_fit[k].fault);
    }
    for (int f = 0; f < TEND_FAMILIES; f++)
        assert_int_equal(count[f] > 0, f != TEND_FAMILY_UNKNOWN);
    assert_between(CAUSE_FAMILY_LEAST, 1.0 / TEND_FAMILIES, 0.5); // else it is never or often told
    assert_true(CAUSE_TEMPER > 0);
}

enum { FRONT, BACK, STORE, OTHER, SERVICES };
enum { FRONT_BACK, BACK_STORE, FRONT_OTHER, EDGES };
static const tend_edge calls[EDGES] = {{FRONT, BACK}, {BACK, STORE}, {FRONT, OTHER}};

// The store in the plainest shape of each fault; its callers wait for it.
static void plain_faults_are_named(void **state)
{
    (void)state;
    static const tend_family plain[] = {TEND_FAMILY_COMPUTE, TEND_FAMILY_MEMORY, TEND_FAMILY_CRASH,
                                        TEND_FAMILY_NETWORK};
    for (int i = 0; i < 4; i++) {
        rng r = rng_make(5, "family");
        scene *s = scene_open(SERVICES, EDGES, calls);
        scene_usual(s, &r);
        for (int v = 0; v < SERVICES; v++)
            if (plain[i] != TEND_FAMILY_NETWORK || v != STORE)
                for (int k = BEFORE; k < ROWS; k++)
                    *scene_cell(s, k, panel_cell(&s->p, v, SIGNAL_LATENCY)) += 150;
        if (plain[i] == TEND_FAMILY_COMPUTE) {
            scene_set(s, STORE, SIGNAL_CPU, 0.4, 0.98);
        } else if (plain[i] == TEND_FAMILY_MEMORY) {
            scene_set(s, STORE, SIGNAL_MEMORY, 0.45, 0.97);
        } else if (plain[i] == TEND_FAMILY_CRASH) {
            scene_ready(s, STORE, 2, 1);
            scene_set(s, STORE, SIGNAL_RESTARTS, 0, 1);
            scene_set(s, STORE, SIGNAL_ERRORS, 0, 0.3);
        } else {
            scene_call(s, BACK_STORE, 1, 20, 20);
            scene_call(s, BACK_STORE, 0, 23, 173);
        }
        scene_measure(s);
        if (cause_family(s->x, &s->p, STORE) != plain[i])
            fail_msg("%s is %s", tend_family_name(plain[i]),
                     tend_family_name(cause_family(s->x, &s->p, STORE)));
        scene_close(s);
    }
}

static void a_channel_without_evidence_tells_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        scene *s = draw(seed);
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < NODES; v++) {
            double weight[CHANNELS];
            cause_channels(s->x, &s->p, v, weight);
            for (int c = 0; c < CHANNELS; c++) {
                assert_true(weight[c] >= 0 && weight[c] <= 4);
                if (of[v].of[c].e <= 0 || (c == CHANNEL_REQUESTS && v != s->p.entry))
                    assert_near(weight[c], 0, 0);
            }
            // lost replicas and crashes are one thing
            assert_true(weight[CHANNEL_RESTARTS] == 0 || weight[CHANNEL_READY] == 0);
        }
        scene_close(s);
    }
}

// A resource is nearer to the cause than what it does to requests; what a callee explains tells
// nothing of the caller.
static void a_channel_tells_by_what_is_the_services_own(void **state)
{
    (void)state;
    double weight[CHANNELS];
    scene *s = usual(4);
    for (int v = 0; v < NODES; v++)
        scene_set(s, v, SIGNAL_LATENCY, 50, v == 3 || v == 5 ? 250 : 50);
    scene_times(s, panel_cell(&s->p, 5, SIGNAL_CPU), 2);
    const service_evidence *of = scene_measure(s);
    cause_channels(s->x, &s->p, 5, weight);
    assert_near(weight[CHANNEL_CPU], of[5].of[CHANNEL_CPU].e, 1e-12);
    assert_between(weight[CHANNEL_LATENCY], 0.5, weight[CHANNEL_CPU]);
    assert_true(of[3].of[CHANNEL_LATENCY].e > 2);
    cause_channels(s->x, &s->p, 3, weight);
    assert_between(weight[CHANNEL_LATENCY], -0.001, 0.2);
    scene_close(s);
    s = usual(4);
    scene_ready(s, 5, 2, 1);
    of = scene_measure(s);
    cause_channels(s->x, &s->p, 5, weight);
    assert_near(weight[CHANNEL_READY], of[5].of[CHANNEL_READY].e, 1e-12);
    assert_near(weight[CHANNEL_RESTARTS], 0, 0);
    scene_close(s);
    s = usual(4);
    scene_set(s, 5, SIGNAL_RESTARTS, 0, 1);
    of = scene_measure(s);
    cause_channels(s->x, &s->p, 5, weight);
    assert_near(weight[CHANNEL_RESTARTS], of[5].of[CHANNEL_RESTARTS].e, 1e-12);
    assert_near(weight[CHANNEL_READY], 0, 0);
    scene_close(s);
}

// What is seen from outside is worth less than a resource, though it be plainer; of failures all
// counts that is its own, whoever else fails.
static void a_symptom_tells_less_than_a_resource(void **state)
{
    (void)state;
    double weight[CHANNELS];
    scene *s = usual(4);
    for (int v = 0; v < NODES; v++)
        scene_set(s, v, SIGNAL_LATENCY, 50, v == 5 ? 250 : 50);
    scene_times(s, panel_cell(&s->p, 5, SIGNAL_CPU), 1.3);
    const service_evidence *of = scene_measure(s);
    cause_channels(s->x, &s->p, 5, weight);
    assert_true(of[5].of[CHANNEL_LATENCY].e > of[5].of[CHANNEL_CPU].e + 0.5);
    assert_between(weight[CHANNEL_LATENCY], 0.5, weight[CHANNEL_CPU]);
    scene_close(s);
    s = usual(4);
    for (int v = 0; v < NODES; v++)
        scene_times(s, panel_cell(&s->p, v, SIGNAL_REQUESTS), 2);
    scene_times(s, panel_cell(&s->p, 0, SIGNAL_SATURATION), 1.4);
    of = scene_measure(s);
    cause_channels(s->x, &s->p, 0, weight);
    assert_true(of[0].of[CHANNEL_REQUESTS].e > of[0].of[CHANNEL_SATURATION].e + 0.5);
    assert_between(weight[CHANNEL_REQUESTS], 0.5, weight[CHANNEL_SATURATION]);
    scene_close(s);
    double alone = 0;
    for (int others = 0; others < 2; others++) {
        s = usual(4);
        scene_set(s, 5, SIGNAL_ERRORS, 0.002, 0.2);
        if (others)
            scene_set(s, 4, SIGNAL_ERRORS, 0.002, 0.2);
        scene_measure(s);
        cause_channels(s->x, &s->p, 5, weight);
        alone = others ? alone : weight[CHANNEL_ERRORS];
        assert_true(alone > 0.5);
        assert_near(weight[CHANNEL_ERRORS], alone, 1e-9);
        scene_close(s);
    }
}

// Of one that tells nothing, a slow caller whose call to it nobody times is enough for a family.
static void who_is_in_the_dark_may_have_a_family(void **state)
{
    (void)state;
    static const tend_edge two[] = {{0, 1}, {0, 2}};
    for (int slow = 0; slow < 2; slow++) {
        scene *s = scene_open(3, 2, two);
        scene_set(s, 0, SIGNAL_LATENCY, 50, slow ? 500 : 50);
        scene_set(s, 1, SIGNAL_LATENCY, 50, 50);
        scene_call(s, 0, 0, 22, 22);
        scene_call(s, 0, 1, 20, 20);
        const service_evidence *of = scene_measure(s);
        assert_true((of[2].dark > 1) == slow);
        assert_true((cause_family(s->x, &s->p, 2) != TEND_FAMILY_UNKNOWN) == slow);
        scene_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_the_summed_odds_of_the_kinds),
        cmocka_unit_test(a_score_is_within_what_the_kinds_say),
        cmocka_unit_test(what_tells_kinds_alone_moves_no_place),
        cmocka_unit_test(probabilities_are_a_softmax_with_none_in_it),
        cmocka_unit_test(probabilities_of_any_incident_sum_to_one),
        cmocka_unit_test(none_is_the_likeliest_where_nothing_stands_out),
        cmocka_unit_test(a_plain_culprit_is_likelier_than_none_and_than_any_other),
        cmocka_unit_test(the_order_of_services_and_calls_does_not_matter),
        cmocka_unit_test(the_family_of_the_likeliest_kinds_is_named),
        cmocka_unit_test(every_family_is_fitted),
        cmocka_unit_test(plain_faults_are_named),
        cmocka_unit_test(a_channel_without_evidence_tells_nothing),
        cmocka_unit_test(a_channel_tells_by_what_is_the_services_own),
        cmocka_unit_test(a_symptom_tells_less_than_a_resource),
        cmocka_unit_test(who_is_in_the_dark_may_have_a_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
