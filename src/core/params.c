// SPDX-License-Identifier: GPL-3.0-or-later
// params.c - doubles in structs, described by tables; and the nearest known name for a typo.
#include "core/params.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

// Every parameter is a double at its offset; kinds say what values it takes.
static double *field(const tend_param *entry, void *params)
{
    return (double *)(void *)((char *)params + entry->offset);
}

void params_default(const tend_param *table, void *params)
{
    for (; table->name; table++)
        *field(table, params) = table->initial;
}

const tend_param *params_find(const tend_param *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

double params_get(const tend_param *entry, const void *params)
{
    double value;
    memcpy(&value, (const char *)params + entry->offset, sizeof value);
    return value;
}

tend_rc params_set(const tend_param *entry, void *params, double value, const char *where,
                   tend_err *err)
{
    static const char *const expected[] = {[TEND_INTEGER] = "a whole number, ",
                                           [TEND_FLAG] = "a flag, ",
                                           [TEND_NUMBER] = "",
                                           [TEND_SECONDS] = "a whole number of seconds, ",
                                           [TEND_PATIENCE] = "a whole number of seconds, "};
    bool whole = entry->kind == TEND_NUMBER || value == floor(value);
    if (!(value >= entry->least && value <= entry->most && whole))
        return tend_fail(err, TEND_INPUT, "%s: %s %g, expected %s%g to %g", where, entry->name,
                         value, expected[entry->kind], entry->least, entry->most);
    *field(entry, params) = value;
    return TEND_OK;
}

// One sample may be noise. More: users of a slow scrape suffer longer for a little more certainty.
#define PATIENCE_TICKS 2
#define TICKS_MOST 1e9 // fits an int; at a millisecond per tick still eleven days

void params_to_ticks(const tend_param *table, void *params, double step_s)
{
    for (; table->name; table++) {
        if (table->kind < TEND_SECONDS)
            continue;
        double seconds = *field(table, params);
        // up, so that no time a guard must wait gets shorter; 3 / 0.1 is a hair above 30
        double ticks = ceil(seconds / step_s - 1e-9);
        if (table->kind == TEND_PATIENCE && ticks < PATIENCE_TICKS)
            ticks = seconds < PATIENCE_TICKS ? seconds : PATIENCE_TICKS;
        *field(table, params) = ticks < TICKS_MOST ? ticks : TICKS_MOST;
    }
}

enum { LONGEST = 48 }; // bytes; longer names are no typos of ours

// Damerau-Levenshtein distance (adjacent swaps count once) of two names of at most LONGEST bytes
static int distance(const char *a, int m, const char *b, int n)
{
    int d[LONGEST + 1][LONGEST + 1];
    for (int i = 0; i <= m; i++)
        d[i][0] = i;
    for (int j = 0; j <= n; j++)
        d[0][j] = j;
    for (int i = 1; i <= m; i++)
        for (int j = 1; j <= n; j++) {
            // substituted or the same, deleted, inserted, swapped with its neighbour
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
            best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = d[i - 2][j - 2] + 1 < best ? d[i - 2][j - 2] + 1 : best;
            d[i][j] = best;
        }
    return d[m][n];
}

const char *nearest_name(const char *name, const char *const *names)
{
    size_t length = strlen(name);
    const char *nearest = NULL;
    // a letter and a third of the name may be wrong: more would suggest anything
    int least = length < 3 ? 1 : 1 + (int)length / 3;
    if (length == 0 || length > LONGEST)
        return NULL;
    for (; *names; names++) {
        size_t other = strlen(*names);
        if (other > LONGEST)
            continue;
        int d = distance(name, (int)length, *names, (int)other);
        // of equally near names the first
        if (d < least || (d == least && !nearest)) {
            least = d;
            nearest = *names;
        }
    }
    return nearest;
}
