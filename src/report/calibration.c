// SPDX-License-Identifier: GPL-3.0-or-later
// calibration.c - calls by tenths of confidence, their error, and the risk of relying on them.
#include "report/calibration.h"

#include "base/rng.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// smaller: bounds that change in the second digit; larger: slower, no better
enum { RESAMPLES = 1000 };
// what is drawn in a resample, at most: more episodes are dealt into as many hands; larger: slower
enum { UNITS_MOST = 2000 };

typedef struct unit { // what is drawn as one: an episode, or all of a system's
    calibration_bin bin[RESULT_TENTHS];
} unit;

// A fault whose ranking was judged; one never judged makes no call.
static bool calls(const result *r)
{
    return r->fault_t_start >= 0 && r->top1 >= 0 && isfinite(r->confidence);
}

static void add(calibration_bin *bin, const result *r, calibration_when when)
{
    for (int i = 0; i < RESULT_TENTHS && when == CALIBRATION_ACTION; i++) {
        bin[i].calls += r->aimed[i];
        bin[i].right += r->aimed_right[i];
        bin[i].said += r->aimed_said[i] / 100.0; // they are in percent
    }
    if (when == CALIBRATION_ACTION || !calls(r))
        return;
    double c = r->confidence;
    int i = c >= 1 ? RESULT_TENTHS - 1 : c > 0 ? (int)(c * RESULT_TENTHS) : 0;
    bin[i].calls++;
    bin[i].right += r->top1 == 1;
    bin[i].said += c;
}

static double error_of(const calibration_bin *bin, double *total)
{
    double error = 0;
    *total = 0;
    for (int i = 0; i < RESULT_TENTHS; i++) {
        error += fabs(bin[i].said - bin[i].right);
        *total += bin[i].calls;
    }
    return *total > 0 ? error / *total : (double)NAN;
}

// Errors of resamples, sorted; how many had a call in them.
static size_t resample(const unit *units, size_t n, double *errors)
{
    rng r = rng_make(1, "calibration"); // a fixed seed: the same rows, the same bounds
    size_t made = 0;
    for (int b = 0; b < RESAMPLES; b++) {
        unit sum = {{{0, 0, 0}}};
        double total;
        for (size_t k = 0; k < n; k++) {
            const unit *u = &units[rng_below(&r, (uint32_t)n)];
            for (int i = 0; i < RESULT_TENTHS; i++) {
                sum.bin[i].calls += u->bin[i].calls;
                sum.bin[i].right += u->bin[i].right;
                sum.bin[i].said += u->bin[i].said;
            }
        }
        errors[made] = error_of(sum.bin, &total);
        made += total > 0;
    }
    return made;
}

tend_rc calibration_make(const result *rows, size_t count, calibration_when when, calibration *out,
                         tend_err *err)
{
    int *system = malloc((count + 1) * sizeof *system);
    unit *units = calloc(UNITS_MOST, sizeof *units);
    double *errors = malloc(RESAMPLES * sizeof *errors);
    tend_rc rc = system && units && errors
                     ? TEND_OK
                     : tend_fail(err, TEND_NO_MEMORY, "out of memory for a calibration");
    memset(out, 0, sizeof *out);
    if (rc == TEND_OK) {
        size_t systems = result_systems(rows, count, system), n = systems > 1 ? systems : count;
        for (size_t i = 0; i < count; i++) {
            size_t of = systems > 1 ? (size_t)system[i] : i;
            add(units[of % UNITS_MOST].bin, &rows[i], when);
            add(out->bin, &rows[i], when);
        }
        n = n < UNITS_MOST ? n : UNITS_MOST;
        double error = error_of(out->bin, &out->calls);
        size_t made = out->calls > 0 ? resample(units, n, errors) : 0;
        out->ece = (interval){error, stats_quantile(errors, made, 0.025),
                              stats_quantile(errors, made, 0.975)};
    }
    free(system);
    free(units);
    free(errors);
    return rc;
}

tend_rc calibration_risk(const result *rows, size_t count, risk_point out[RISK_POINTS],
                         tend_err *err)
{
    double *unsure = malloc((count + 1) * sizeof *unsure); // below 0: the surest are the smallest
    size_t *order = malloc((count + 1) * sizeof *order), *of = calloc(count + 1, sizeof *of);
    size_t n = 0, faults = 0, taken = 0, wrong = 0;
    tend_rc rc = unsure && order && of
                     ? TEND_OK
                     : tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", count);
    for (size_t i = 0; i < count && rc == TEND_OK; i++) {
        faults += rows[i].fault_t_start >= 0 && rows[i].anomaly_steps >= 0;
        if (calls(&rows[i])) {
            of[n] = i;
            unsure[n++] = -rows[i].confidence;
        }
    }
    if (rc == TEND_OK)
        gsl_sort_index(order, unsure, 1, n);
    for (size_t k = 0; k < RISK_POINTS && rc == TEND_OK; k++) {
        // the least number of faults that makes up the share
        size_t wanted = (faults * (k + 1) + RISK_POINTS - 1) / RISK_POINTS;
        out[k] = (risk_point){(double)(k + 1) / RISK_POINTS, (double)NAN, (double)NAN};
        if (wanted == 0 || wanted > n)
            continue;
        for (; taken < wanted; taken++)
            wrong += rows[of[order[taken]]].top1 != 1;
        out[k].risk = (double)wrong / (double)taken;
        out[k].confidence = -unsure[order[taken - 1]];
    }
    free(unsure);
    free(order);
    free(of);
    return rc;
}

static void add_error(str *out, const char *when, const calibration *c)
{
    if (c->calls > 0)
        str_format(out, "%s %.3f (95%% %.3f..%.3f, %.0f calls)", when, c->ece.value, c->ece.low,
                   c->ece.high, c->calls);
    else
        str_format(out, "%s -", when);
}

typedef struct whole {
    calibration early, action;
    risk_point risk[RISK_POINTS];
} whole;

static tend_rc make_whole(const result *rows, size_t count, whole *out, tend_err *err)
{
    tend_rc rc = calibration_make(rows, count, CALIBRATION_EARLY, &out->early, err);
    if (rc == TEND_OK)
        rc = calibration_make(rows, count, CALIBRATION_ACTION, &out->action, err);
    return rc == TEND_OK ? calibration_risk(rows, count, out->risk, err) : rc;
}

tend_rc calibration_text(const result *rows, size_t count, str *out, tend_err *err)
{
    whole all;
    tend_rc rc = make_whole(rows, count, &all, err);
    if (rc != TEND_OK)
        return rc;
    add_error(out, "  calibration error: ranking", &all.early);
    add_error(out, "\n                     action ", &all.action);
    str_add(out, "\n  wrong among the surest 20 40 60 80 100 % of the faults:");
    for (int k = 1; k < RISK_POINTS; k += 2)
        if (isfinite(all.risk[k].risk))
            str_format(out, " %.0f", 100 * all.risk[k].risk);
        else
            str_add(out, " -"); // fewer were detected
    str_add(out, " %\n\n");
    return TEND_OK;
}

static void put(json_writer *w, const char *key, const calibration *c)
{
    json_open_object(w, key);
    json_put_count(w, "calls", (int64_t)c->calls);
    json_open_object(w, "ece");
    json_put_number(w, "value", c->ece.value);
    json_put_number(w, "low", c->ece.low);
    json_put_number(w, "high", c->ece.high);
    json_close_object(w);
    json_open_array(w, "tenths");
    for (int i = 0; i < RESULT_TENTHS; i++) {
        const calibration_bin *b = &c->bin[i];
        json_open_object(w, NULL);
        json_put_count(w, "calls", (int64_t)b->calls);
        json_put_number(w, "said", b->calls > 0 ? b->said / b->calls : (double)NAN);
        json_put_number(w, "right", b->calls > 0 ? b->right / b->calls : (double)NAN);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

tend_rc calibration_json(const result *rows, size_t count, json_writer *w, tend_err *err)
{
    whole all;
    tend_rc rc = make_whole(rows, count, &all, err);
    if (rc != TEND_OK)
        return rc;
    json_open_object(w, "calibration");
    put(w, "ranking", &all.early);
    put(w, "action", &all.action);
    json_open_array(w, "risk");
    for (int k = 0; k < RISK_POINTS; k++) {
        json_open_object(w, NULL);
        json_put_number(w, "coverage", all.risk[k].coverage);
        json_put_number(w, "risk", all.risk[k].risk);
        json_put_number(w, "confidence", all.risk[k].confidence);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
    return TEND_OK;
}
