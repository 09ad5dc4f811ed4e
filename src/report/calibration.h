// SPDX-License-Identifier: GPL-3.0-or-later
// calibration.h - whether what is said with confidence c is right in a share c of the cases.
//
// Asked twice: of the ranking that is judged soon after detection, one call an episode at most, and
// of every action with a target, by what was believed when it was taken. Healthy episodes are left
// out of the first: there is no right place.
#ifndef TEND_REPORT_CALIBRATION_H
#define TEND_REPORT_CALIBRATION_H

#include "core/json_write.h"
#include "report/result.h"
#include "report/stats.h"

typedef struct calibration_bin {
    double calls, said, right; // how many; sums of the confidence and of those that were right
} calibration_bin;

typedef struct calibration {
    calibration_bin bin[RESULT_TENTHS]; // by tenths of confidence
    double calls;
    interval ece; // expected calibration error: mean of |said - right| over calls, NAN without any
} calibration;

typedef enum calibration_when { CALIBRATION_EARLY, CALIBRATION_ACTION } calibration_when;

// Over rows [count]. The 95 % bounds are percentiles of 1,000 resamples of episodes, or of systems
// where there are several; the error of few calls is too large by itself, and so are the bounds.
tend_rc calibration_make(const result *rows, size_t count, calibration_when when, calibration *out,
                         tend_err *err);

#define RISK_POINTS 10

typedef struct risk_point {
    double coverage;   // share of the faults for which the ranking is used, the surest first
    double risk;       // share of them in which its first suspect is wrong
    double confidence; // of the least sure of them
} risk_point;          // NAN where fewer faults have a ranking at all

// Coverage .1 to 1 of the faults that were watched (El-Yaniv, Wiener 2010).
tend_rc calibration_risk(const result *rows, size_t count, risk_point out[RISK_POINTS],
                         tend_err *err);

// All of it: two lines of text, an object of JSON.
tend_rc calibration_text(const result *rows, size_t count, str *out, tend_err *err);
tend_rc calibration_json(const result *rows, size_t count, json_writer *w, tend_err *err);

#endif
