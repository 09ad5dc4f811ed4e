// SPDX-License-Identifier: GPL-3.0-or-later
// symptoms.c - history, onset, baseline and deviations.
//
// A row is [S][M] values, [E][2] edge latencies, [S] ready replicas. Garbage (infinite, beyond
// 1e12, negative) is stored as NAN, so that it can neither poison a mean nor raise a suspicion.
#include "agent/diagnose/symptoms.h"

#include "agent/diagnose/levels.h"
#include "base/block.h"
#include "base/math.h"

#include <math.h>
#include <string.h>

// Set by hand on the simulated systems, before the weights in hypotheses_fit.h were fitted on top:
// whoever changes one of them, or a scale below, fits anew.
// LOOK_BACK: rows searched for the onset; smaller cuts a slow leak short, larger only costs time.
// LEVELS_ROWS_MAX: rows a level is taken from, evenly spread; smaller is noisier, larger is slower
// in the one tick that begins an incident.
// BASELINE_AGE: youngest rows kept out of the first baseline, as the alarm comes late; smaller
// learns the trouble as usual, larger leaves too few of the (usually 120) rows.
enum { LOOK_BACK = 60, BASELINE_AGE = 40 };

// smaller dates the onset to noise, larger to when all is lost
#define OFF_SIGMAS 5.0 // a service this far from its baseline stands out

#define KIND_HIGH(e) TEND_##e,
#define KIND_LOW(e) TEND_##e,
#define KIND_NEITHER(e) TEND_##e,
#define KIND_UNKNOWN(e)
#define KIND(e, name, unit, column, usual, bad, ...) KIND_##bad(e)

// signal -> kind of metric
static const tend_metric_kind kinds[SIGNALS] = {TEND_METRIC_TABLE(KIND)};

tend_metric_kind symptoms_kind(int signal)
{
    return kinds[signal];
}

int symptoms_loudest(const service_signs *of)
{
    int loudest = -1;

    for (int i = 0; i < SIGNALS; i++)
        if (of->z[i] > 3 && (loudest < 0 || of->z[i] > of->z[loudest]))
            loudest = i;
    return loudest;
}

// the sign of a change for the worse; of what is neither good nor bad, of more of it
static double worse(int signal)
{
    return tend_metric_row(kinds[signal])->bad == TEND_BAD_LOW ? -1 : 1;
}

static size_t row_width(const tend_system *system)
{
    return (size_t)(system->S * system->M + 2 * system->E + system->S);
}

static size_t lay_out(const tend_system *system, int rows, symptoms *s)
{
    size_t width = row_width(system);
    block b = {.align = 8};

    block_add(&b, 1, sizeof *s);
    s->levels_at = (int64_t)block_add(&b, width, sizeof(level));
    s->signs_at = (int64_t)block_add(&b, (size_t)system->S, sizeof(service_signs));
    s->edges_at = (int64_t)block_add(&b, (size_t)system->E, sizeof(edge_signs));
    s->ring_at = (int64_t)block_add(&b, 1, ring_size(rows, (int)width));
    return b.size;
}

size_t symptoms_size(const tend_system *system, int rows)
{
    symptoms s;

    return lay_out(system, rows, &s);
}

void symptoms_init(symptoms *s, const tend_system *system, int rows)
{
    size_t width = row_width(system);

    // all but the ring, which clears itself
    lay_out(system, rows, s);
    memset(s, 0, (size_t)s->ring_at);
    s->bytes = (int64_t)lay_out(system, rows, s);
    s->rows = rows;
    s->width = (int64_t)width;
    s->since = s->onset = -1;
    for (int i = 0; i < SIGNALS; i++)
        // of several columns of a kind the first
        s->column[i] = tend_system_column(system, kinds[i]);
    ring_init((ring *)(void *)((char *)s + s->ring_at), rows, (int)width);
}

static level *levels(symptoms *s)
{
    return (level *)(void *)((char *)s + s->levels_at);
}

static service_signs *signs(symptoms *s)
{
    return (service_signs *)(void *)((char *)s + s->signs_at);
}

static edge_signs *edges(symptoms *s)
{
    return (edge_signs *)(void *)((char *)s + s->edges_at);
}

const service_signs *symptoms_services(const symptoms *s)
{
    return (const service_signs *)(const void *)((const char *)s + s->signs_at);
}

const edge_signs *symptoms_edges(const symptoms *s)
{
    return (const edge_signs *)(const void *)((const char *)s + s->edges_at);
}

const ring *symptoms_ring(const symptoms *s)
{
    return (const ring *)(const void *)((const char *)s + s->ring_at);
}

// 5 sigmas are 1.25, 107 are 4: beyond that a louder signal says nothing new.
double symptoms_evidence(double z)
{
    // most signs are nothing or plain, and a logarithm is dear
    if (z == 0)
        return 0;
    double e = fabs(z) > 110 ? 4 : math_log(1 + 0.5 * fabs(z));

    e = e > 4 ? 4 : e;
    return z < 0 ? -e : e;
}

static void keep(double *to, const double *from, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = from[i] >= 0 && from[i] <= 1e12 ? from[i] : (double)NAN;
}

// Levels, onset and signs are made from whole rows, so every tick leaves one, also a bad one.
void symptoms_push(symptoms *s, const tend_system *system, const tend_obs *obs)
{
    ring *r = (ring *)(void *)((char *)s + s->ring_at);
    double *row = ring_push(r);
    int values = system->S * system->M;

    keep(row, obs->value, values);
    keep(row + values, obs->edge, 2 * system->E);
    keep(row + values + 2 * system->E, obs->ready, system->S);
    ring_commit(r);
}

// What a change must exceed to be worth a sigma, by column.
static double floor_of(const tend_system *system, int64_t cell, double centre)
{
    int64_t values = system->S * system->M;

    if (cell >= values + 2 * system->E) // ready replicas
        return 0.25;                    // of these only the centre is used
    if (cell >= values)
        return 0.05 * centre + 0.2; // ms
    const tend_floor *floor = &tend_metric_row(system->metrics[cell % system->M].kind)->baseline;
    return floor->relative * centre + floor->absolute;
}

// Level of rows age ... age + count - 1, for every cell.
static void learn_levels(symptoms *s, const tend_system *system, int age, int count)
{
    const double *from = ring_window(symptoms_ring(s), age, count);
    int stride = (count + LEVELS_ROWS_MAX - 1) / LEVELS_ROWS_MAX;
    level *to = levels(s);

    // no row at all still needs a step to divide by
    stride = stride < 1 ? 1 : stride;
    levels_take(from, stride * s->width, (count + stride - 1) / stride, s->width, to);
    for (int64_t cell = 0; cell < s->width; cell++) {
        // unknown: every deviation from it is NAN, which counts as 0
        double least = isnan(to[cell].centre) ? 1 : floor_of(system, cell, to[cell].centre);
        to[cell].scale = to[cell].scale > least ? to[cell].scale : least;
    }
}

// In a metric that can be bad; requests follow the day.
static bool stands_out(const symptoms *s, const tend_system *system, const double *row,
                       const level *usual, int service)
{
    for (int i = 0; i < SIGNALS; i++) {
        if (tend_metric_row(kinds[i])->bad == TEND_BAD_NEITHER || s->column[i] < 0)
            continue;
        int64_t cell = service * system->M + s->column[i];
        if (worse(i) * (row[cell] - usual[cell].centre) > OFF_SIGMAS * usual[cell].scale)
            return true;
    }
    return false;
}

// Back from now as long as some service stands out; two quiet rows end the search.
static void find_onset(symptoms *s, const tend_system *system, int64_t tick)
{
    const level *usual = levels(s);
    service_signs *of = signs(s);
    int filled = ring_filled(symptoms_ring(s)), quiet = 0;

    s->onset = tick;
    for (int v = 0; v < system->S; v++)
        of[v].first = -1;
    for (int age = 0; age < filled && age < LOOK_BACK && quiet < 2; age++) {
        const double *row = ring_window(symptoms_ring(s), age, 1);
        bool any = false;
        for (int v = 0; v < system->S; v++)
            if (stands_out(s, system, row, usual, v)) {
                of[v].first = tick - age;
                any = true;
            }
        quiet = any ? 0 : quiet + 1;
        if (any)
            s->onset = tick - age;
    }
}

// Takes the baseline from old rows, searches the onset with it, and settles both for the incident.
static void begin(symptoms *s, const tend_system *system, int64_t tick)
{
    int filled = ring_filled(symptoms_ring(s));
    // at least 20 rows, or the older half
    int age = filled > BASELINE_AGE + 20 ? BASELINE_AGE : filled / 2;

    learn_levels(s, system, age, filled - age);
    find_onset(s, system, tick);
    // a late onset leaves good rows between it and the first baseline: learn again with them too,
    // if that is a gain (8 rows) and leaves enough (16); 2 rows before the onset are not trusted
    int since = (int)(tick - s->onset) + 2;
    if (since + 16 < filled && since + 8 < age)
        learn_levels(s, system, since, filled - since);
    s->since = tick;
}

bool symptoms_follow(symptoms *s, const tend_system *system, const tend_view *view)
{
    const tend_obs *obs = view->obs;
    bool trouble = view->findings->alarm || obs->breach;

    // the levels are held until the incident is over, else a long one would become the usual
    if (view->incidents == 0)
        s->since = s->onset = -1;
    if (!trouble)
        return false;
    if (s->since < 0)
        begin(s, system, obs->tick);
    return true;
}

// Mean of one cell over rows of the ring, NAN without a value.
static double mean_rows(const double *from, int64_t width, int rows, int64_t cell)
{
    double sum = 0;
    int n = 0;

    for (int i = 0; i < rows; i++)
        if (!isnan(from[i * width + cell])) {
            sum += from[i * width + cell];
            n++;
        }
    return n ? sum / n : (double)NAN;
}

static void measure_service(symptoms *s, const tend_system *system, int v, int rows)
{
    const level *usual = levels(s);
    service_signs *of = &signs(s)[v];
    const double *from = ring_window(symptoms_ring(s), 0, rows);
    const double *newest = ring_window(symptoms_ring(s), 0, 1);

    for (int i = 0; i < SIGNALS; i++) {
        of->base[i] = of->now[i] = (double)NAN;
        of->z[i] = of->e[i] = 0;
        if (s->column[i] < 0)
            continue;
        int64_t cell = v * system->M + s->column[i];
        of->base[i] = usual[cell].centre;
        of->now[i] = mean_rows(from, s->width, rows, cell);
        double z = worse(i) * (of->now[i] - of->base[i]) / usual[cell].scale;
        if (!isnan(z))
            of->z[i] = z;
        of->e[i] = symptoms_evidence(of->z[i]);
    }
    // who joins after the onset was searched is dated to the notice, not to now
    if (of->first < 0 && stands_out(s, system, newest, usual, v))
        of->first = s->since;
    int64_t cell = system->S * system->M + 2 * system->E + v;
    double ready = mean_rows(from, s->width, rows, cell);
    of->ready = usual[cell].centre > 0 ? 1 - ready / usual[cell].centre : 0;
    if (isnan(of->ready) || of->ready < 0)
        of->ready = 0;
}

static double excess(const service_signs *of, int signal)
{
    double x = of->now[signal] - of->base[signal];

    return isnan(x) ? 0 : x;
}

// Weight of a service's latency: without a column of requests all services weigh the same.
static double requests(const service_signs *of)
{
    double x = of->now[SIGNAL_REQUESTS];

    return isnan(x) ? 1 : x;
}

// The flow of impact.h, live; within 2 sigmas nothing flows, or noise would add up along the graph.
static void measure_flow(symptoms *s, const tend_system *system, int which, int signal)
{
    service_signs *of = signs(s);
    double all = 0;

    for (int v = 0; v < system->S; v++) {
        double much = of[v].z[signal] > 2 ? excess(&of[v], signal) : 0;
        of[v].impact[which] = of[v].own[which] = much * requests(&of[v]);
    }
    for (int e = 0; e < system->E; e++) {
        const tend_edge *edge = &system->edges[e];
        if (of[edge->callee].impact[which] > 0)
            of[edge->caller].own[which] -= of[edge->callee].impact[which];
    }
    for (int v = 0; v < system->S; v++)
        if (of[v].own[which] > 0)
            all += of[v].own[which];
    for (int v = 0; v < system->S; v++)
        of[v].share[which] = all > 0 && of[v].own[which] > 0 ? of[v].own[which] / all : 0;
}

// A call that is slow on the client's side alone lost its time on the way: the gap tells networks.
static void measure_edges(symptoms *s, const tend_system *system, int rows)
{
    const level *usual = levels(s);
    const service_signs *of = signs(s);
    const double *from = ring_window(symptoms_ring(s), 0, rows);
    edge_signs *to = edges(s);
    double all = 0;

    for (int e = 0; e < system->E; e++) {
        int64_t near = system->S * system->M + 2 * e, far = near + 1;
        double client = mean_rows(from, s->width, rows, near);
        double server = mean_rows(from, s->width, rows, far);
        to[e].usual = usual[near].centre - usual[far].centre;
        to[e].gap = client - server;
        to[e].client = isnan(client - usual[near].centre) ? 0 : client - usual[near].centre;
        to[e].server = isnan(server - usual[far].centre) ? 0 : server - usual[far].centre;
        double change = to[e].gap - to[e].usual;
        // ms; the gap has no MAD of its own, so by size
        double scale = 0.3 + 0.1 * usual[near].centre + 0.02 * client;
        to[e].z = isnan(change) ? 0 : change / scale;
        to[e].e = symptoms_evidence(to[e].z);
        // as in the flow: below 2 sigmas it is noise
        to[e].share = to[e].z > 2 ? change * requests(&of[system->edges[e].callee]) : 0;
        all += to[e].share;
    }
    for (int e = 0; e < system->E; e++)
        to[e].share = all > 0 ? to[e].share / all : 0;
}

// Factor by which its requests grew; half a request per second keeps idle services near 1.
static double growth(const service_signs *of)
{
    double ratio = (of->now[SIGNAL_REQUESTS] + 0.5) / (of->base[SIGNAL_REQUESTS] + 0.5);

    return isnan(ratio) || ratio <= 0 ? 1 : ratio;
}

// Mean latency a service adds itself: server side of the calls to it, less client side of its own;
// and how its requests grew beside its callers'. `starved` and `pushed` hold sums on the way.
static void measure_means(symptoms *s, const tend_system *system)
{
    service_signs *of = signs(s);
    const edge_signs *edge = edges(s);

    for (int v = 0; v < system->S; v++)
        of[v].own_mean = of[v].amplified = of[v].starved = of[v].pushed = 0;
    for (int e = 0; e < system->E; e++) {
        service_signs *near = &of[system->edges[e].caller], *far = &of[system->edges[e].callee];
        // calls per request, bounded as a ratio of two noisy rates
        double calls = requests(far) / (requests(near) + 0.5);
        near->own_mean -= edge[e].client * (calls < 3 ? calls : 3);
        far->pushed += edge[e].server;
        far->amplified += growth(near);
        far->starved += 1;
    }
    for (int v = 0; v < system->S; v++) {
        // nobody measures the entry from outside: its mean moves by about 0.6 of its p95
        double callers = of[v].starved, usual = of[v].base[SIGNAL_LATENCY];
        double served = callers > 0 ? of[v].pushed / callers : 0.6 * excess(&of[v], SIGNAL_LATENCY);
        // in units of 1 ms + 5 % of the usual latency
        of[v].own_mean =
            symptoms_evidence((served + of[v].own_mean) / (1 + 0.05 * (isnan(usual) ? 0 : usual)));
        // log of its growth over its callers' mean growth
        of[v].amplified = callers > 0 ? math_log(growth(&of[v]) * callers / of[v].amplified) : 0;
    }
}

// Keeps the larger.
static void raise(double *most, double x)
{
    if (x > *most)
        *most = x;
}

// What only the surroundings tell: a cause upstream or downstream explains the service away.
static void measure_neighbours(symptoms *s, const tend_system *system)
{
    service_signs *of = signs(s);
    const edge_signs *edge = edges(s);

    for (int v = 0; v < system->S; v++)
        of[v].link_in = of[v].link_out = of[v].below = of[v].above = of[v].starved = of[v].pushed =
            0;
    for (int e = 0; e < system->E; e++) {
        service_signs *near = &of[system->edges[e].caller], *far = &of[system->edges[e].callee];
        raise(&near->link_out, edge[e].e);
        raise(&far->link_in, edge[e].e);
        raise(&near->below, far->share[0]);
        raise(&far->above, near->share[1]);
        raise(&near->starved, -far->amplified);
    }
    for (int e = 0; e < system->E; e++) {
        // load that one callee gets more of is often load another gets less of: a cache that misses
        if (of[system->edges[e].callee].amplified <= 0)
            continue;
        for (int o = 0; o < system->E; o++) // rivals: called by the same service
            if (o != e && system->edges[o].caller == system->edges[e].caller)
                raise(&of[system->edges[o].callee].pushed, of[system->edges[e].callee].amplified);
    }
}

double symptoms_deploy_lag(const symptoms *s, const tend_obs *obs, int service)
{
    return (double)(s->onset - obs->tick) + obs->deploy_age[service];
}

void symptoms_measure(symptoms *s, const tend_system *system, const tend_obs *obs, int recent)
{
    service_signs *of = signs(s);
    // rows before the onset would dilute the signs
    int64_t rows = obs->tick - s->onset + 1;
    int filled = ring_filled(symptoms_ring(s));

    rows = rows > recent ? recent : rows < 1 ? 1 : rows;
    rows = rows > filled ? filled : rows;
    for (int v = 0; v < system->S; v++) {
        measure_service(s, system, v, (int)rows);
        double lag = symptoms_deploy_lag(s, obs, v);
        of[v].deployed = 0;
        // the onset is known to 3 ticks
        if (lag >= -3 && lag <= SYMPTOMS_DEPLOY_BEFORE)
            // 1 at the onset, 1/2 at the end of the span
            of[v].deployed = 1 - fabs(lag) / (2 * SYMPTOMS_DEPLOY_BEFORE);
    }
    measure_flow(s, system, 0, SIGNAL_LATENCY);
    measure_flow(s, system, 1, SIGNAL_ERRORS);
    measure_edges(s, system, (int)rows);
    measure_means(s, system);
    measure_neighbours(s, system);
}
