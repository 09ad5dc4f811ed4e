// SPDX-License-Identifier: GPL-3.0-or-later
// test_report_html.c - the page of a record written by hand: its facts, tables and drawn points.
//
// A chart is 900 by 130 points with 48 left of it and 10 right: tick t of 422 is at x = 48 + 2 t.
// Values stand between y = 112 (none) and y = 18 (the highest of the chart).
#include "record_support.h"

#include "report/report.h"

static char *page(const record *r)
{
    str s = {0};
    report_html(r, &s);
    assert_false(s.failed);
    return s.text;
}

static int occurrences(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

// where the text holds the part; fails when it does not
static const char *found(const char *text, const char *part)
{
    assert_holds(text, part);
    return strstr(text, part);
}

static void the_facts_stand_on_top(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->result.violations = 3;
    char *text = page(h.r);
    const char *title = "db (contention) made api breach its SLO for 16 steps";
    char part[128];
    snprintf(part, sizeof part, "<title>%s</title>", title);
    assert_holds(text, part);
    snprintf(part, sizeof part, "<h1>%s</h1>", title);
    assert_holds(text, part);
    assert_int_equal(strncmp(text, "<!doctype html>\n", 16), 0);
    assert_string_equal(text + strlen(text) - 8, "</html>\n");
    assert_holds(text, "<td>Status</td><td>Recovered at t=30 (MTTR 16 steps)</td>");
    assert_holds(text, "<td>Root cause</td><td>db (contention, confidence 0.72), then api&gt;cache "
                       "(network, confidence 0.20), then api (compute, confidence 0.05)</td>");
    assert_holds(text, "<td>Detected</td><td>t=15, score 0.80 over 0.60</td>");
    assert_holds(text, "<td>Impact</td><td>16 breach steps, 1.25 % of users refused</td>");
    assert_holds(text, "<td>Actions</td><td>2 taken, 5 masked, 3 guard violations</td>");
    assert_holds(text, "<td>Reproduce</td><td>tend episode --seed 5</td>");
    free(text);
    hand_close(&h);
}

static void an_uneventful_page_says_so_and_draws_no_mark(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    hand_forget(&h);
    memset(h.r->breach, 0, TICKS);
    char *text = page(h.r);
    assert_holds(text, "<td>Status</td><td>The objective held throughout</td>");
    assert_holds(text, "<td>Root cause</td><td>none named: nothing stood out</td>");
    assert_holds(text, "<td>Detected</td><td>no alarm</td>");
    assert_null(strstr(text, "<h2>Why"));
    assert_null(strstr(text, "<h2>What would have happened"));
    assert_null(strstr(text, "stroke-dasharray=\"3 3\""));
    assert_null(strstr(text, "<rect"));
    free(text);
    h.r->result.first_slo = 0;
    h.r->detected_at = 0;
    text = page(h.r);
    assert_holds(text, "<td>Status</td><td>Not recovered</td>");
    assert_holds(text, "<td>Detected</td><td>t=0, ");
    free(text);
    h.r->result.recovered = 0;
    h.r->result.mttr = 0;
    text = page(h.r);
    assert_holds(text, "<td>Status</td><td>Recovered at t=0 (MTTR 0 steps)</td>");
    free(text);
    hand_close(&h);
}

static void the_latency_chart_has_its_curves_at_their_points(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    char *text = page(h.r);
    // drawn: db, then cache (both named by the diagnosis) behind the entry; 376 ms is full height
    const char *chart = found(text, "<title>p95 latency (ms)</title>");
    // api: 100 ms is 112 - 94 * 100 / 376 = 87
    const char *api = found(chart, "d=\"M48.0 87.0L50.0 87.0L52.0 87.0");
    assert_holds(api, "L74.0 87.0L76.0 18.0L78.0 18.0");       // t = 13, 14, 15
    assert_holds(api, "L106.0 18.0L108.0 87.0");               // t = 29, 30
    assert_holds(api, "L890.0 87.0\" stroke=\"var(--c0)\"/>"); // the last tick, no dashes
    const char *db = found(api, "d=\"M48.0 99.5L");            // 50 ms
    assert_holds(db, "L890.0 99.5\" stroke=\"var(--c1)\" stroke-dasharray=\"6 3\"/>");
    const char *cache = found(db, "d=\"M48.0 107.0L"); // 20 ms
    assert_holds(cache, "L890.0 107.0\" stroke=\"var(--c2)\" stroke-dasharray=\"2 2\"/>");
    // the scale: none, half, all
    assert_holds(chart, "<path d=\"M48 112H890\" stroke=\"var(--line)\"/>"
                        "<text x=\"42\" y=\"116\" text-anchor=\"end\">0</text>");
    assert_holds(chart, "<path d=\"M48 65H890\" stroke=\"var(--line)\"/>"
                        "<text x=\"42\" y=\"69\" text-anchor=\"end\">188</text>");
    assert_holds(chart, "<path d=\"M48 18H890\" stroke=\"var(--line)\"/>"
                        "<text x=\"42\" y=\"22\" text-anchor=\"end\">376</text>");
    // the axis: fifths of 422 ticks, 84.4 each
    assert_holds(chart, "<text x=\"48.0\" y=\"127\">0</text><text x=\"216.8\" y=\"127\">84</text>"
                        "<text x=\"385.6\" y=\"127\">168</text><text x=\"554.4\" y=\"127\">253"
                        "</text><text x=\"723.2\" y=\"127\">337</text>");
    assert_holds(chart, "<text x=\"48\" y=\"13\">p95 latency (ms)</text></svg>");
    // the viewport before it
    assert_holds(text, "<svg viewBox=\"0 0 900 130\" role=\"img\"><title>p95");
    free(text);
    hand_close(&h);
}

static void a_breach_is_shaded_from_its_first_tick_to_behind_its_last(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->breach[421] = 1; // and the very last
    char *text = page(h.r);
    assert_holds(text, "<rect x=\"76.0\" y=\"18\" width=\"32.0\" height=\"94\" fill");
    assert_holds(text, "<rect x=\"890.0\" y=\"18\" width=\"2.0\" height=\"94\" fill");
    // errors are zero in every service: no such chart; latency, cpu and memory have one
    assert_int_equal(occurrences(text, "<svg "), 3);
    assert_int_equal(occurrences(text, "<rect "), 6);
    free(text);
    hand_close(&h);
}

static void marks_stand_at_their_ticks_and_make_room_for_each_other(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    char *text = page(h.r);
    const char *chart = found(text, "<title>cpu (share)</title>");
    static const struct {
        double x, label;
        char mark;
    } marks[] = {// labels are nine points apart at least; a line stays at its tick
                 {68, 68, 'F'},
                 {78, 78, 'D'},
                 {82, 87, '1'},
                 {108, 108, 'R'},
                 {878, 878, '2'}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char part[256];
        snprintf(part, sizeof part,
                 "<path d=\"M%.1f 18V112\" stroke=\"var(--mut)\" stroke-dasharray=\"3 3\"/>"
                 "<text x=\"%.1f\" y=\"13\" text-anchor=\"middle\">%c</text>",
                 marks[i].x, marks[i].label, marks[i].mark);
        chart = found(chart, part);
    }
    free(text);
    hand_close(&h);
}

static void a_missing_sample_breaks_the_line(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->value[(3 * SERVICES + API) * METRICS + P95] = NAN;
    h.r->value[(4 * SERVICES + API) * METRICS + P95] = INFINITY;
    char *text = page(h.r);
    assert_holds(text, "M48.0 87.0L50.0 87.0L52.0 87.0M58.0 87.0L60.0 87.0");
    free(text);
    hand_close(&h);
}

static void one_tick_is_a_page_too(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    hand_forget(&h);
    h.r->steps = 1;
    char *text = page(h.r);
    assert_holds(text, "d=\"M48.0 18.0\" stroke=\"var(--c0)\"");
    assert_holds(text, "<td>The objective held throughout</td>");
    free(text);
    hand_close(&h);
}

static void the_legend_names_the_curves_in_their_order(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    char *text = page(h.r);
    assert_holds(text, "<p><span style=\"color:var(--c0)\">\u2501 api</span> &nbsp; "
                       "<span style=\"color:var(--c1)\">\u254d db</span> &nbsp; "
                       "<span style=\"color:var(--c2)\">\u2509 cache</span> &nbsp; "
                       "<span class=\"m\">shaded");
    free(text);
    h.r->diagnosis.count = 0; // nobody named: the entry, then the rest as they come
    text = page(h.r);
    assert_holds(text, "\u2501 api</span>");
    assert_holds(text, "\u254d cache</span>");
    assert_holds(text, "\u2509 db</span>");
    free(text);
    hand_close(&h);
}

// Six curves at most, in six colours and three strokes.
static void of_many_services_six_are_drawn(void **state)
{
    (void)state;
    enum { MANY = 8 };
    static const tend_service services[MANY] = {
        {"s0", TEND_SERVICE, 1, 1, 2}, {"s1", TEND_SERVICE, 1, 1, 2}, {"s2", TEND_SERVICE, 1, 1, 2},
        {"s3", TEND_SERVICE, 1, 1, 2}, {"s4", TEND_SERVICE, 1, 1, 2}, {"s5", TEND_SERVICE, 1, 1, 2},
        {"s6", TEND_SERVICE, 1, 1, 2}, {"s7", TEND_SERVICE, 1, 1, 2}};
    static const tend_metric metrics[] = {{"p95_ms", "ms", TEND_LATENCY}};
    static const tend_edge edges[] = {{0, 1}};
    const tend_system draft = {.name = "many",
                               .step_s = 1,
                               .S = MANY,
                               .M = 1,
                               .E = 1,
                               .services = services,
                               .metrics = metrics,
                               .edges = edges,
                               .entry = 2,
                               .slo = {200, 0.02}};
    tend_system *system = NULL;
    record *r = NULL;
    assert_int_equal(tend_system_build(&draft, &system, NULL), TEND_OK);
    assert_int_equal(record_open(system, 2, &r, NULL), TEND_OK);
    r->steps = 2;
    r->result.fault_t_start = r->result.first_slo = r->result.recovered = -1;
    for (int i = 0; i < 2 * MANY; i++)
        r->value[i] = 100;
    char *text = page(r);
    // the entry, then the others in order
    assert_holds(text,
                 "var(--c0)\">\u2501 s2</span> &nbsp; <span style=\"color:var(--c1)\">\u254d "
                 "s0</span> &nbsp; <span style=\"color:var(--c2)\">\u2509 s1</span> &nbsp; "
                 "<span style=\"color:var(--c3)\">\u2501 s3</span> &nbsp; "
                 "<span style=\"color:var(--c4)\">\u254d s4</span> &nbsp; "
                 "<span style=\"color:var(--c5)\">\u2509 s5</span> &nbsp; <span class=\"m\">");
    static const char *const strokes[] = {"\"/>", "\" stroke-dasharray=\"6 3\"/>",
                                          "\" stroke-dasharray=\"2 2\"/>"};
    for (int i = 0; i < 6; i++) {
        char part[80];
        snprintf(part, sizeof part, "18.0\" stroke=\"var(--c%d)%s", i, strokes[i % 3]);
        assert_int_equal(occurrences(text, part), 1);
    }
    assert_null(strstr(text, "--c6"));
    assert_int_equal(occurrences(text, "stroke=\"var(--line)\""), 3); // none, half, all
    assert_int_equal(occurrences(text, "y=\"127\""), 5);
    free(text);
    record_close(r);
    tend_system_free(system);
}

static void evidence_and_events_are_tables(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    char *text = page(h.r);
    assert_holds(
        text,
        "<tr><td>db</td><td class=\"n\">0.72</td><td>p95_ms 139 against 21.4 "
        "(z +41) at t=12; p95_ms moved first</td><td>cpu correlates 0.11 with the "
        "symptom</td></tr>\n<tr><td>api&gt;cache</td><td class=\"n\">0.20</td><td>"
        "none</td><td>none</td></tr>\n<tr><td>api</td><td class=\"n\">0.05</td><td>"
        "none</td><td>p95_ms explained by db, own impact 12 of 480</td></tr>\n<tr><td>cache</td>");
    assert_holds(text, "<tr><td class=\"n\">14</td><td>breach</td><td>p95 376 ms (objective 200), "
                       "errors 3.00 % (objective 2.00 %)</td></tr>\n<tr><td class=\"n\">15</td><td>"
                       "detected</td><td>");
    assert_holds(text, "<tr><td class=\"n\">415</td><td>advice</td><td>restart(db); SLO 0.5x -&gt; "
                       "0.5x</td></tr>\n</table>");
    free(text);
    hand_close(&h);
}

static void at_most_six_candidates_are_explained(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    tend_suspect many[8];
    for (int i = 0; i < 8; i++)
        many[i] = (tend_suspect){CACHE, -1, -1, TEND_FAMILY_CACHE, 0.11 + 0.01 * i};
    tend_suspect *own = h.r->diagnosis.suspect;
    h.r->diagnosis.suspect = many;
    h.r->diagnosis.count = 8;
    char *text = page(h.r);
    assert_int_equal(occurrences(text, "<tr><td>cache</td><td class=\"n\">"), 6);
    assert_holds(text, "<td class=\"n\">0.16</td>");
    assert_null(strstr(text, "<td class=\"n\">0.17</td>"));
    free(text);
    h.r->diagnosis.suspect = own;
    hand_close(&h);
}

static void other_runs_are_a_table_under_this_one(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->counterfactuals = 3;
    static const struct {
        const char *name;
        int slo_steps, mttr;
    } runs[] = {{"<none>", 77, -1}, {"rules", 21, 0}, {"luck", 0, -1}};
    for (int i = 0; i < 3; i++) {
        snprintf(h.r->counterfactual[i].name, sizeof h.r->counterfactual[i].name, "%s",
                 runs[i].name);
        h.r->counterfactual[i].slo_steps = runs[i].slo_steps;
        h.r->counterfactual[i].mttr = runs[i].mttr;
    }
    char *text = page(h.r);
    assert_holds(text,
                 "<tr><td>this run</td><td class=\"n\">16</td><td class=\"n\">16</td></tr>\n"
                 "<tr><td>&lt;none&gt;</td><td class=\"n\">77</td><td class=\"n\">never</td></tr>\n"
                 "<tr><td>rules</td><td class=\"n\">21</td><td class=\"n\">0</td></tr>\n"
                 "<tr><td>luck</td><td class=\"n\">0</td><td class=\"n\">-</td></tr>\n</table>");
    free(text);
    hand_close(&h);
}

static void what_cannot_be_shown_is_escaped_byte_by_byte(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->reproduce = "a<b>&\"c'd\x1b[\xff e";
    char *text = page(h.r);
    assert_holds(text, "<td>a&lt;b&gt;&amp;&quot;c&#39;d\\x1b[\\xff e</td>");
    free(text);
    hand_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_facts_stand_on_top),
        cmocka_unit_test(an_uneventful_page_says_so_and_draws_no_mark),
        cmocka_unit_test(the_latency_chart_has_its_curves_at_their_points),
        cmocka_unit_test(a_breach_is_shaded_from_its_first_tick_to_behind_its_last),
        cmocka_unit_test(marks_stand_at_their_ticks_and_make_room_for_each_other),
        cmocka_unit_test(a_missing_sample_breaks_the_line),
        cmocka_unit_test(one_tick_is_a_page_too),
        cmocka_unit_test(the_legend_names_the_curves_in_their_order),
        cmocka_unit_test(of_many_services_six_are_drawn),
        cmocka_unit_test(evidence_and_events_are_tables),
        cmocka_unit_test(at_most_six_candidates_are_explained),
        cmocka_unit_test(other_runs_are_a_table_under_this_one),
        cmocka_unit_test(what_cannot_be_shown_is_escaped_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
