// SPDX-License-Identifier: GPL-3.0-or-later
// door.c - rise and errors at the entry, over windows.
#include "agent/detect/door.h"

#include "agent/detect/features.h"
#include "base/math.h"

// Set on generated systems of preset `real`: of their healthy episodes of 240 s that do not breach,
// one in a hundred alarms. Each larger: later, and less often for nothing.
#define LATE (-0.1)     // of log(p95 / objective): that near is near, whatever the load
#define TICK_SIGMAS 4.0 // of noise that a single tick must be off
#define MEAN_SIGMAS 5.0 // that the mean over a window must be off, were its ticks independent
#define NOISE 0.1       // prior of a tick's noise, sigma as a share of the way
#define NOW 3           // last ticks, of which
#define STILL 0.5       // the mean is this share of a window's level, or the trouble is over
#define BREACH 1.05     // a breach is beyond near
#define AFTER 2         // ticks after a breach in which
#define HALF 0.5        // this share of the way is another one

#define SLOPE 0.6       // prior, of log p95 on the load index: what queues half in use do
#define LOAD_DOUBT 0.01 // variance of the load that it is worth: (10 %)^2
#define SLOPE_MOST 2.5
#define WAY_LEAST 0.15 // of a logarithm: an objective nearer than that leaves no way to measure by
#define START (-0.4)   // of log(p95 / objective) that a first sample is taken for at most
#define START_SLOW 10  // samples that the prior of the errors, none, counts for
#define SLOW 40        // samples over which the usual is an average
#define FAR 0.6        // of the way: from there on learnt at a tenth of the rate
#define FORGET 0.1
#define CLIP 0.3       // of a logarithm, of one sample's pull
#define USUAL_MOST 0.5 // share of the errors allowed that may be usual
#define RISE_MOST 2    // of one sample in a window's mean
#define ERRORS_MOST 1.5

static double clipped(double x, double limit)
{
    return x > limit ? limit : x < -limit ? -limit : x;
}

// a plain mean of the first samples, then exponential
static double rate_of(double seen)
{
    return 1 / (seen < SLOW ? seen : SLOW);
}

static void learn_noise(door *d, int channel, double off, double rate)
{
    double most = 3 * d->noise[channel];
    d->noise[channel] += rate * (WATCH_TO_SIGMA * fabs(clipped(off, most)) - d->noise[channel]);
}

// Share of the way from what is usual at this load to the objective; learns.
static double rise_of(door *d, double late, double load)
{
    if (d->seen < 1) {
        d->usual = late < START ? late : START;
        d->load = load;
        d->noise[DOOR_RISE] = NOISE;
    }
    double slope = clipped((d->cov + SLOPE * LOAD_DOUBT) / (d->var + LOAD_DOUBT), SLOPE_MOST);
    double dx = load - d->load, line = slope > 0 ? slope * dx : 0;
    double off = late - d->usual - line;
    double way = -d->usual > WAY_LEAST ? -d->usual : WAY_LEAST;
    d->seen += d->seen < 1e6;
    double rate = rate_of(d->seen);
    double forget = (late - d->usual) / way > FAR ? FORGET : 1;
    rate *= forget;
    double dy = clipped(off, CLIP) + line;
    d->usual += rate * dy;
    d->usual = d->usual < -WAY_LEAST ? d->usual : -WAY_LEAST;
    d->load += rate * dx;
    d->var += rate * (dx * dx - d->var);
    d->cov += rate * (dx * dy - d->cov);
    learn_noise(d, DOOR_RISE, off / way, forget * rate_of(d->seen + SLOW));
    return off / way;
}

// Share of the way from the usual errors to those allowed; learns.
static double failed_of(door *d, double share)
{
    if (d->heard < 1)
        d->noise[DOOR_ERRORS] = NOISE;
    d->heard += d->heard < 1e6;
    double off = share - d->failing, rate = rate_of(d->heard + START_SLOW);
    double way = 1 - d->failing;
    // what is usual is not much: more is trouble, however long it lasts
    rate *= off > FAR ? FORGET : 1;
    d->failing += rate * clipped(off, 3 * d->noise[DOOR_ERRORS]);
    d->failing = d->failing < USUAL_MOST ? d->failing : USUAL_MOST;
    learn_noise(d, DOOR_ERRORS, off / way, rate);
    return off / way;
}

// what is near, unless there is so much noise: at the end of the way the objective speaks
static double level_of(double level, double noise)
{
    noise = noise < 1 ? noise : 1;
    return noise > level ? noise : level;
}

static double mean_of(const door *d, int channel, int at, int ticks)
{
    double sum = 0;
    for (int n = 0; n < ticks; n++)
        sum += d->recent[channel][(at + DOOR_TICKS - n) % DOOR_TICKS];
    return sum / ticks;
}

// how near the means over windows are, of one channel
static double windows(const door *d, int channel, int at)
{
    static const struct {
        int ticks;
        double level[DOOR_CHANNELS];
    } window[] = {{1, {0.8, 0.45}}, {5, {0.65, 0.25}}, {10, {0.55, 0.16}}, {20, {0.4, 0.12}}};
    double most = 0, now = mean_of(d, channel, at, NOW);
    for (size_t w = 0; w < sizeof window / sizeof *window && window[w].ticks <= d->ticks; w++) {
        double sigma = d->noise[channel] / sqrt(window[w].ticks);
        double level = level_of(window[w].level[channel], MEAN_SIGMAS * sigma);
        double near = mean_of(d, channel, at, window[w].ticks) / level;
        // what is over is over, however much of it the window still holds
        if (near > most && (window[w].ticks <= NOW || now > STILL * level))
            most = near;
    }
    return most;
}

static double given(double users, const tend_system *system, const tend_obs *obs,
                    tend_metric_kind kind)
{
    int column = tend_system_column(system, kind);
    double x = feature_read(users);
    if (x == x || column < 0)
        return x;
    return feature_read(obs->value[system->entry * system->M + column]);
}

double door_step(door *d, const door_rule *rule, const tend_system *system, const tend_obs *obs,
                 double load)
{
    double p95 = given(obs->entry_p95_ms, system, obs, TEND_LATENCY);
    double errors = given(obs->entry_errors, system, obs, TEND_ERRORS);
    int at = (int)(d->ticks % DOOR_TICKS);
    double rise = p95 > 0 ? rise_of(d, math_log(p95 / system->slo.p95_ms), load) : 0;
    double failed = errors >= 0 ? failed_of(d, errors / system->slo.error_share) : 0;
    d->recent[DOOR_RISE][at] = rise < RISE_MOST ? rise : RISE_MOST;
    d->recent[DOOR_ERRORS][at] = failed < ERRORS_MOST ? failed : ERRORS_MOST;
    d->ticks++;
    double near = windows(d, DOOR_ERRORS, at), late = 0;
    if ((double)d->ticks > rule->warmup) {
        double risen = windows(d, DOOR_RISE, at);
        near = risen > near ? risen : near;
    }
    if (p95 > 0) {
        // a share of the way as above, but of all that came, load or not
        double way = -d->usual > WAY_LEAST ? -d->usual : WAY_LEAST;
        late = (math_log(p95 / system->slo.p95_ms) - d->usual) / way /
               level_of(1 + LATE / way, TICK_SIGMAS * d->noise[DOOR_RISE]);
    }
    near = (near > late ? near : late) / rule->near;
    d->since = obs->breach ? 0 : d->since + 1;
    // one tick may be noise; halfway back to the objective right after it, it was none
    bool again = d->ticks > d->since && d->since <= AFTER && (rise > HALF || failed > HALF);
    return (obs->breach || again) && near < BREACH ? BREACH : near;
}
