// SPDX-License-Identifier: GPL-3.0-or-later
// sweep_best.c - the choice with the fewest breach steps, and how sure that is.
//
// A choice is a point without the parameters of the world, which nobody can choose: what is played
// in several worlds is judged over all of them. Choices are compared episode by episode.
#include "report/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WORLD "world."

typedef struct choices {
    const sweep_table *t;
    int *of; // [points] the first point of its choice
} choices;

static bool of_world(const char *path)
{
    return strncmp(path, WORLD, strlen(WORLD)) == 0;
}

static bool same_choice(const sweep_table *t, int a, int b)
{
    for (int i = 0; i < t->axes; i++)
        if (!of_world(t->path[i]) && strcmp(t->point[a].value[i], t->point[b].value[i]) != 0)
            return false;
    return true;
}

// Of a choice minus another's, per episode and world: both meet the worlds in the same order, as a
// grid is a full product. NAN where one of the two had no fault. Returns how many, in `out`.
static size_t differences(const choices *c, int one, int other, double *out)
{
    const sweep_table *t = c->t;
    size_t n = 0;
    for (int i = 0, k = 0; i < t->points && k < t->points; i++, k++) {
        while (i < t->points && c->of[i] != one)
            i++;
        while (k < t->points && c->of[k] != other)
            k++;
        for (int e = 0; i < t->points && k < t->points && e < t->episodes; e++) {
            double x = t->point[i].breach[e] - (other == one ? 0 : t->point[k].breach[e]);
            if (isfinite(x))
                out[n++] = x;
        }
    }
    return n;
}

static double mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n > 0 ? sum / (double)n : (double)INFINITY;
}

static int fewest(const choices *c, double *room)
{
    int best = 0;
    double least = (double)INFINITY;
    for (int i = 0; i < c->t->points; i++) {
        if (c->of[i] != i)
            continue;
        double value = mean(room, differences(c, i, i, room));
        if (value < least) {
            least = value;
            best = i;
        }
    }
    return best;
}

// Among the others those whose interval of the difference includes none.
static tend_rc count_alike(const choices *c, double *room, sweep_best *out, tend_err *err)
{
    tend_rc rc = TEND_OK;
    for (int i = 0; i < c->t->points && rc == TEND_OK; i++) {
        interval gap;
        if (c->of[i] != i)
            continue;
        out->choices++;
        if (i == out->point)
            continue;
        size_t n = differences(c, i, out->point, room);
        rc = stats_mean(room, n, &gap, err);
        out->alike += rc == TEND_OK && !(gap.low > 0);
    }
    return rc;
}

tend_rc sweep_best_find(const sweep_table *t, sweep_best *out, tend_err *err)
{
    *out = (sweep_best){0};
    size_t most = (size_t)t->points * (size_t)t->episodes;
    choices c = {t, calloc((size_t)t->points, sizeof *c.of)};
    double *room = malloc((most + 1) * sizeof *room);
    tend_rc rc = TEND_OK;
    if (!c.of || !room)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %d points", t->points);
    for (int i = 0; i < t->axes; i++)
        out->worlds |= of_world(t->path[i]);
    for (int i = 0; i < t->points && rc == TEND_OK; i++)
        while (!same_choice(t, c.of[i], i))
            c.of[i]++;
    if (rc == TEND_OK) {
        out->point = fewest(&c, room);
        rc = count_alike(&c, room, out, err);
    }
    free(c.of);
    free(room);
    return rc;
}
