// SPDX-License-Identifier: GPL-3.0-or-later
// series.c - a line on the load, a scale, and a tail.
#include "agent/detect/series.h"

#include "base/math.h"

// Prior of the tail, of metrics in general: a few in a hundred beyond three robust sigmas, by some
// sigmas (normal parts of recorded systems, tests/realism; simulated ones are drawn like them).
// Larger: less is proof. TAIL_SHAPE is that of a heavy tail, 1 / 0.3 moments exist.
#define TAIL_OFTEN 0.04
#define TAIL_EXCESS 3.0
#define TAIL_SHAPE 0.3
#define TAIL_RATE 0.1   // of the mean excess, per peak
#define TAIL_SLOW 500   // samples over which the share of peaks is an average
#define TAIL_RARE 1e-3  // least share: so few peaks are no proof that there are none
#define TAIL_NARROW 0.5 // least mean excess, the same
#define TAIL_MOST 30    // scales of one peak that count; beyond is another world
#define LOAD_DOUBT 0.01 // variance of the load that the prior slope is worth: (10 %)^2
#define SLOPE_LEAST (-0.5)
#define SLOPE_MOST 2.5
#define PACE 0.7      // prior of the correlation of successive residuals: most metrics are slow
#define PACE_SLOW 300 // samples over which it is an average
#define HELD_FROM 30  // samples before any are held
#define HELD_MOST 8.0 // powers of ten that past samples count for at most
#define FADE 0.9      // of a proof, per missing sample
#define DOUBT 0.5     // what a second sample adds to the first at most, in powers of ten
#define LOG10_E 0.4343

static double proof_of(const series *s, double off)
{
    double beyond = off - SERIES_FAR;
    if (beyond <= 0)
        return 0;
    double tail = math_log(1 + TAIL_SHAPE * beyond / s->excess) / TAIL_SHAPE;
    return LOG10_E * (tail - math_log(s->often));
}

static double slope_of(const series *s, const series_rule *rule)
{
    double slope = (s->cov + rule->slope * LOAD_DOUBT) / (s->var + LOAD_DOUBT);
    return slope < SLOPE_LEAST ? SLOPE_LEAST : slope < SLOPE_MOST ? slope : SLOPE_MOST;
}

static double clipped(double x, double limit)
{
    return x > limit ? limit : x < -limit ? -limit : x;
}

// a plain mean of the first samples, then exponential
static double rate_of(double samples, double rate)
{
    return samples * rate < 1 ? 1 / samples : rate;
}

// A run of peaks is one peak, as high as the highest, and counts once it is over: neither is slow
// noise many peaks, nor is what may be a fault learnt from while it is there.
static void learn_tail(series *s, const series_rule *rule, double residual, double share)
{
    double samples = s->seen + rule->prior, beyond = fabs(residual) - SERIES_FAR;
    double often = share / (samples < TAIL_SLOW ? samples : TAIL_SLOW);
    s->often += often * ((beyond > 0) - s->often);
    s->often = s->often > TAIL_RARE ? s->often : TAIL_RARE;
    if (beyond > 0) {
        beyond = beyond < TAIL_MOST ? beyond : TAIL_MOST;
        s->peak = beyond > s->peak ? beyond : s->peak;
    } else if (s->peak > 0) {
        s->excess += TAIL_RATE * (s->peak - s->excess);
        s->peak = 0;
    } else if (s->often < TAIL_OFTEN) {
        // a series without peaks has a light tail: those with heavy ones have many
        double few = 1 - s->often / TAIL_OFTEN;
        s->excess += few / samples * (TAIL_NARROW - s->excess);
    }
    s->excess = s->excess > TAIL_NARROW ? s->excess : TAIL_NARROW;
}

static void learn_line(series *s, const series_rule *rule, double dx, double dy, double share)
{
    double rate = share * rate_of(s->seen, rule->rate);
    s->location += rate * dy;
    s->load += rate * dx;
    s->var += rate * (dx * dx - s->var);
    s->cov += rate * (dx * dy - s->cov);
}

static void begin(series *s, const series_rule *rule, double value, double load)
{
    s->location = value;
    s->load = load;
    s->scale = rule->scale;
    s->often = TAIL_OFTEN;
    s->excess = TAIL_EXCESS;
    s->along = PACE;
    s->power = 1;
}

// How alike successive residuals are, 0..1: slow noise proves a thing once, not at every sample.
static double alike(const series *s)
{
    double share = s->along / s->power;
    return share > 0 ? (share < 1 ? share : 1) : 0;
}

static void learn_pace(series *s, const series_rule *rule, double residual, double before,
                       double share)
{
    double now = clipped(residual, SERIES_FAR), then = clipped(before, SERIES_FAR);
    double samples = s->seen + rule->prior;
    double rate = share / (samples < PACE_SLOW ? samples : PACE_SLOW);
    s->along += rate * (now * then - s->along);
    s->power += rate * (now * now - s->power);
}

// What samples before this one proved counts as far as they were news.
static double believed(const series *s, const series_rule *rule)
{
    double most = s->before + DOUBT > rule->single ? s->before + DOUBT : rule->single;
    double now = s->proof < most ? s->proof : most;
    return now > 0 ? now + s->held : 0;
}

double series_step(series *s, const series_rule *rule, double sample, double value, double load,
                   double share)
{
    if (value != value) { // no news: what was proved ends, but not at once
        s->proof *= FADE;
        s->before *= FADE;
        s->held *= FADE;
        s->residual *= FADE;
        return believed(s, rule);
    }
    if (s->seen < 1)
        begin(s, rule, value, load);
    else if (sample == s->last && sample > 0) // a count of none may be none again
        return believed(s, rule);
    double dx = load - s->load, line = slope_of(s, rule) * dx;
    double off = value - s->location - line,
           scale = s->scale > rule->floor ? s->scale : rule->floor;
    double beyond = off - clipped(off, rule->slack);
    double news = (1 - alike(s)) * (s->proof - 1);
    // the first say what is usual, and cannot say that they are not
    if (s->seen >= HELD_FROM)
        s->held = clipped(s->held + news > 0 ? s->held + news : 0, HELD_MOST);
    s->before = s->proof;
    s->proof = proof_of(s, beyond / scale);
    learn_pace(s, rule, off / scale, s->residual, share);
    s->residual = off / scale;
    s->last = sample;
    s->seen += s->seen < 1e6;
    // the first are taken as they are: one wild one must not bind the others
    double learnt = s->seen <= WATCH_FIRST ? off : clipped(off, rule->clip * scale);
    learn_line(s, rule, dx, learnt + line, share);
    double rate = share * rate_of(s->seen + rule->prior, rule->rate);
    s->scale += rate * (WATCH_TO_SIGMA * fabs(clipped(off, rule->clip * scale)) - s->scale);
    learn_tail(s, rule, s->residual, share);
    return believed(s, rule);
}
