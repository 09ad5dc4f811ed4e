// SPDX-License-Identifier: GPL-3.0-or-later
// curve_text.c - learning curves told: rows, a table with what it says, and JSON.
#include "report/curve.h"

#include "base/number.h"
#include "core/json_write.h"
#include "report/compare.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static uint64_t seed_of(const curve_table *t, int repeat)
{
    const curve *c = t->curve;
    return t->seed0 + (uint64_t)repeat * (uint64_t)c->learnt[c->points - 1];
}

void curve_csv(const curve_table *t, str *out)
{
    const curve *c = t->curve;
    str_add(out, "repeat,seed0,learnt");
    for (int i = 0; i < FIGURES; i++)
        str_format(out, ",%s", figure_table[i].name);
    str_char(out, '\n');
    for (int k = 0; k < c->repeats; k++)
        for (int p = 0; p < c->points; p++) {
            const double *value =
                c->figure + ((size_t)p * (size_t)c->repeats + (size_t)k) * FIGURES;
            str_format(out, "%d,%" PRIu64 ",%d", k + 1, seed_of(t, k), c->learnt[p]);
            for (int i = 0; i < FIGURES; i++) {
                char number[40] = "";
                if (isfinite(value[i]))
                    number_write(value[i], 9, number, sizeof number); // as many as eval's rows
                str_format(out, ",%s", number);
            }
            str_char(out, '\n');
        }
}

// " -1.2 steps (-2..-0.4)", the bounds those of all points together
static void add_change(const curve_change *change, str *out)
{
    compare_number(out, change->all.value, 0, true);
    str_add(out, " breach steps (");
    compare_number(out, change->all.low, 0, true);
    str_add(out, " to ");
    compare_number(out, change->all.high, 0, true);
    str_char(out, ')');
}

static bool stands_out(const interval *x, int sign)
{
    return sign < 0 ? x->high < 0 : x->low > 0;
}

// The points that are better (sign below 0) or worse, and the one that is most so; how many.
static int add_points(const curve_table *t, int sign, const char *what, str *out)
{
    const curve *c = t->curve;
    int n = 0, most = 0;
    for (int p = 1; p < c->points; p++) {
        if (!stands_out(&t->change[p].all, sign))
            continue;
        str_format(out, "%s%d", n++ > 0 ? ", " : what, c->learnt[p]);
        if (most == 0 || sign * t->change[p].all.value > sign * t->change[most].all.value)
            most = p;
    }
    if (n > 0) {
        str_add(out, n > 1 ? " episodes, most" : " episodes");
        if (n > 1)
            str_format(out, " at %d", c->learnt[most]);
        str_add(out, ": ");
        add_change(&t->change[most], out);
        str_add(out, ". ");
    }
    return n;
}

void curve_finding(const curve_table *t, str *out)
{
    const curve *c = t->curve;
    int last = c->points - 1, alone = 0;
    if (isnan(t->change[last].all.value)) {
        str_add(out, "No test has a fault: nothing can be said of learning. ");
        return;
    }
    if (isnan(t->change[last].all.low)) {
        str_add(out, c->repeats < 2 ? "One repeat does not tell what another would learn. "
                                    : "One test with a fault does not tell of others. ");
        return;
    }
    int found = add_points(t, -1, "Learning helps at ", out);
    found += add_points(t, 1, "Learning does damage at ", out);
    for (int p = 1; p < c->points; p++)
        alone += stands_out(&t->change[p].alone, -1) || stands_out(&t->change[p].alone, 1);
    const interval *end = &t->change[last].all;
    if (!stands_out(end, -1) && !stands_out(end, 1)) { // what one is left with
        str_format(out,
                   found > 0 ? "What is left at %d episodes cannot be told from chance: "
                             : "Learning changed nothing that can be told from chance; at %d "
                               "episodes: ",
                   c->learnt[last]);
        add_change(&t->change[last], out);
        str_add(out, ". ");
    }
    if (found == 0 && alone > 0)
        str_format(out, "By itself %d of %d points would stand out. ", alone, last);
    if (last > 1)
        str_format(out, "These bounds hold for all %d points together. ", last);
}

static void add_line(const curve_table *t, int point, str *out)
{
    const curve *c = t->curve;
    const curve_change *change = &t->change[point];
    curve_spread breach = curve_spread_of(c, point, figures_row("slo_steps"));
    curve_spread over = curve_spread_of(c, point, figures_row("recovered"));
    curve_spread wrong = curve_spread_of(c, point, figures_row("wrong_actions"));
    bool first = point == 0, one = c->repeats < 2;
    const interval range = {breach.mean, first || one ? (double)NAN : breach.least, breach.most};
    str_format(out, "%8d", c->learnt[point]);
    if (isnan(breach.mean)) {
        str_format(out, "%7s\n", "-");
        return;
    }
    compare_number(out, breach.mean, 7, false);
    if (first || one)
        str_format(out, "%7s", "");
    else
        compare_number(out, breach.sd, 7, false);
    compare_bounds(out, &range, 7, false);
    if (first) {
        str_format(out, "%29s", "");
    } else {
        compare_number(out, change->alone.value, 8, true);
        compare_bounds(out, &change->alone, 8, true);
        str_format(out, "%5d", change->worse);
    }
    if (isnan(over.mean))
        str_format(out, "%6s", "-");
    else
        compare_number(out, 100 * over.mean, 6, false);
    compare_number(out, wrong.mean, 6, false);
    str_end_line(out);
}

static void add_head(const curve_table *t, str *out)
{
    const curve *c = t->curve;
    str line = {0};
    str_add(out, "learn  ");
    str_format(&line,
               "%s, %d repeats of %d episodes x %d steps in rounds of %d, seeds %" PRIu64
               "..%" PRIu64 ", on %s (%s); tested on %s (%s), %d episodes, seeds %" PRIu64
               "..%" PRIu64,
               t->policy, c->repeats, c->learnt[c->points - 1], c->steps, t->round, t->seed0,
               seed_of(t, c->repeats) - 1, t->system, t->preset, t->test_system, t->test_preset,
               c->tests, t->test_seed0, t->test_seed0 + (uint64_t)c->tests - 1);
    str_wrap(out, line.text ? line.text : "", 7, 80);
    out->failed |= line.failed;
    str_free(&line);
    str_add(out, "\n       breach steps of a test with a fault, over the repeats: mean, sd, range;"
                 "\n       their change against 0 episodes, paired by test: 95 % t intervals for"
                 "\n       other learning seeds and other tests; repeats that got worse;"
                 "\n       % of breaches recovered from; actions aimed at an innocent place\n\n");
    str_format(out, "%8s%7s%7s%7s..%-6s%8s%8s..%-6s%5s%6s%6s\n", "learnt", "breach", "sd", "least",
               "most", "change", "low", "high", "worse", "recov", "wrong");
}

void curve_text(const curve_table *t, str *out)
{
    const curve *c = t->curve;
    str finding = {0};
    add_head(t, out);
    for (int p = 0; p < c->points; p++)
        add_line(t, p, out);
    curve_finding(t, &finding);
    out->failed |= finding.failed;
    str_add(out, "\n  ");
    if (finding.text && !finding.failed) {
        finding.text[finding.length - 1] = 0; // the last blank
        str_wrap(out, finding.text, 2, 80);
    }
    str_free(&finding);
    str_format(out, "\n  reproduce: %s\n", t->command);
    if (t->out)
        str_format(out, "  wrote %s (%d rows)\n", t->out, c->repeats * c->points);
}

static void put_figures(json_writer *w, const curve *c, int point)
{
    json_open_object(w, "figures");
    for (int i = 0; i < FIGURES; i++) {
        curve_spread s = curve_spread_of(c, point, i);
        json_open_object(w, figure_table[i].name);
        json_put_number(w, "mean", s.mean);
        json_put_number(w, "sd", s.sd);
        json_put_number(w, "least", s.least);
        json_put_number(w, "most", s.most);
        json_close_object(w);
    }
    json_close_object(w);
}

static void put_change(json_writer *w, const curve_change *change)
{
    json_open_object(w, "change");
    json_put_number(w, "value", change->alone.value);
    json_put_number(w, "low", change->alone.low);
    json_put_number(w, "high", change->alone.high);
    json_put_number(w, "all_low", change->all.low);
    json_put_number(w, "all_high", change->all.high);
    json_put_count(w, "worse", change->worse);
    json_close_object(w);
}

void curve_json(const curve_table *t, str *out)
{
    const curve *c = t->curve;
    json_writer w = {.to = out};
    json_open_object(&w, NULL);
    json_put_text(&w, "policy", t->policy);
    json_put_text(&w, "system", t->system);
    json_put_text(&w, "preset", t->preset);
    json_put_key(&w, "seed0", t->seed0);
    json_put_count(&w, "repeats", c->repeats);
    json_put_count(&w, "round", t->round);
    json_put_text(&w, "test_system", t->test_system);
    json_put_text(&w, "test_preset", t->test_preset);
    json_put_key(&w, "test_seed0", t->test_seed0);
    json_put_count(&w, "episodes", c->tests);
    json_put_count(&w, "steps", c->steps);
    json_put_text(&w, "command", t->command);
    json_open_array(&w, "points");
    for (int p = 0; p < c->points; p++) {
        json_open_object(&w, NULL);
        json_put_count(&w, "learnt", c->learnt[p]);
        put_figures(&w, c, p);
        if (p > 0)
            put_change(&w, &t->change[p]);
        else
            json_put_text(&w, "change", NULL);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    str_char(out, '\n');
}
