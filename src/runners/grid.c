// SPDX-License-Identifier: GPL-3.0-or-later
// grid.c - values listed or counted, and the product of all axes.
#include "runners/grid.h"

#include "agent/config.h"
#include "agent/decide/guard_lists.h"
#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// what a double holds of a decimal number; larger: sums below would overflow
enum { DIGITS = 15 };

typedef struct decimal { // units / 10^places
    int64_t units;
    int places;
} decimal;

static int64_t power_of_ten(int exponent)
{
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

// At most DIGITS before and behind the point together; false leaves *at anywhere.
static bool read_decimal(const char **at, decimal *out)
{
    const char *text = *at;
    bool negative = *text == '-', point = false, any = false;
    *out = (decimal){0, 0};
    for (text += *text == '-' || *text == '+'; isdigit((unsigned char)*text) || *text == '.';
         text++) {
        if (*text == '.') {
            if (point)
                return false;
            point = true;
            continue;
        }
        any = true;
        out->units = 10 * out->units + (*text - '0');
        out->places += point;
        if (out->units >= power_of_ten(DIGITS) || out->places > DIGITS)
            return false;
    }
    if (negative)
        out->units = -out->units;
    *at = text;
    return any;
}

static bool scale(decimal *d, int places)
{
    for (; d->places < places; d->places++) {
        d->units *= 10;
        if (llabs(d->units) >= power_of_ten(DIGITS))
            return false;
    }
    return true;
}

// As one would type it: no zeros at the end, one before the point.
static void write_decimal(decimal d, char out[GRID_VALUE])
{
    while (d.places > 0 && d.units % 10 == 0) {
        d.units /= 10;
        d.places--;
    }
    // from the last digit to the first; 32 hold fifteen on either side, sign, point and end
    char digits[32], *at = digits + sizeof digits;
    *--at = 0;
    int64_t rest = llabs(d.units);
    for (int i = 0; i <= d.places || rest > 0; i++) {
        if (i > 0 && i == d.places)
            *--at = '.';
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (d.units < 0)
        *--at = '-';
    snprintf(out, GRID_VALUE, "%s", at);
}

static tend_rc add_value(grid_axis *axis, const char *value, tend_err *err)
{
    char *end, *other_end;
    double number = number_read(value, &end);
    for (int i = 0; i < axis->count; i++) {
        double other = number_read(axis->value[i], &other_end);
        bool numbers = end > value && !*end && other_end > axis->value[i] && !*other_end;
        // two points alike would have the same rows, and no cell to tell them apart
        if (strcmp(axis->value[i], value) == 0 || (numbers && fabs(number - other) <= 0))
            return tend_fail(err, TEND_USAGE, "--grid %s: %s twice, expected each value once",
                             axis->path, value);
    }
    if (axis->count == GRID_POINTS)
        return tend_fail(err, TEND_USAGE, "--grid %s: more than %d values", axis->path,
                         GRID_POINTS);
    snprintf(axis->value[axis->count++], GRID_VALUE, "%s", value);
    return TEND_OK;
}

// From, to and step in units of the finest of the three: no sum is ever rounded.
static bool read_range(const char *text, decimal range[3])
{
    int places = 0;
    for (int i = 0; i < 3; i++) {
        if (!read_decimal(&text, &range[i]) || *text++ != (i < 2 ? ':' : 0))
            return false;
        places = range[i].places > places ? range[i].places : places;
    }
    return scale(&range[0], places) && scale(&range[1], places) && scale(&range[2], places);
}

static tend_rc add_range(grid_axis *axis, const char *text, tend_err *err)
{
    decimal range[3];
    if (!read_range(text, range))
        return tend_fail(err, TEND_USAGE,
                         "--grid %s: \"%s\", expected FROM:TO:STEP, three numbers of at most %d "
                         "digits such as 0:1:0.1",
                         axis->path, text, DIGITS);
    int64_t from = range[0].units, to = range[1].units, step = range[2].units;
    if (step == 0 || (to > from && step < 0) || (to < from && step > 0))
        return tend_fail(err, TEND_USAGE,
                         "--grid %s: \"%s\", expected a step that leads from the first to the "
                         "second",
                         axis->path, text);
    int64_t count = (to - from) / step + 1;
    if (count > GRID_POINTS)
        return tend_fail(err, TEND_USAGE, "--grid %s: \"%s\" has %lld values, expected at most %d",
                         axis->path, text, (long long)count, GRID_POINTS);
    tend_rc rc = TEND_OK;
    for (int64_t i = 0; i < count && rc == TEND_OK; i++) {
        char value[GRID_VALUE];
        write_decimal((decimal){from + i * step, range[0].places}, value);
        rc = add_value(axis, value, err);
    }
    return rc;
}

static tend_rc read_values(grid_axis *axis, const char *text, tend_err *err)
{
    tend_rc rc = TEND_OK;
    for (bool more = true; more && rc == TEND_OK;) {
        char item[GRID_VALUE];
        text += strspn(text, " "); // who quotes the list may part it by blanks too
        size_t length = strcspn(text, ", "), end = length + strspn(text + length, " ");
        if (length == 0)
            return tend_fail(err, TEND_USAGE,
                             "--grid %s: an empty value, expected one between any two commas",
                             axis->path);
        if (length >= sizeof item)
            return tend_fail(err, TEND_USAGE,
                             "--grid %s: a value of %zu bytes, expected at most %zu", axis->path,
                             length, sizeof item - 1);
        if (text[end] && text[end] != ',')
            return tend_fail(err, TEND_USAGE, "--grid %s: \"%s\", expected commas between values",
                             axis->path, text);
        memcpy(item, text, length);
        item[length] = 0;
        rc = strchr(item, ':') ? add_range(axis, item, err) : add_value(axis, item, err);
        more = text[end] == ',';
        text += end + more;
    }
    return rc;
}

bool grid_is_plugin(const char *path)
{
    for (config_part part = CONFIG_DETECTOR; part <= CONFIG_POLICY; part++)
        if (strcmp(path, config_part_name(part)) == 0)
            return true;
    return false;
}

// The path of an axis that there is not yet, of a single value.
static tend_rc read_path(grid *g, const char *text, size_t length, tend_err *err)
{
    grid_axis *axis = &g->axis[g->axes];
    static const char section[] = "guard.";
    if (length == 0 || text[length] != '=' || text[length + 1] == 0 || length >= GRID_PATH)
        return tend_fail(err, TEND_USAGE,
                         "--grid %s, expected PATH=VALUES such as guard.cooldown=0,8,30 or "
                         "world.noise=1:3:0.5",
                         text);
    snprintf(axis->path, sizeof axis->path, "%.*s", (int)length, text);
    if (strncmp(axis->path, section, strlen(section)) == 0 &&
        guard_lists_have(axis->path + strlen(section)))
        return tend_fail(err, TEND_USAGE,
                         "--grid %s: a list, expected a number or a plug-in; --set takes one list",
                         axis->path);
    for (int i = 0; i < g->axes; i++)
        if (strcmp(g->axis[i].path, axis->path) == 0)
            return tend_fail(err, TEND_USAGE, "--grid %s twice, expected all its values in one",
                             axis->path);
    return TEND_OK;
}

tend_rc grid_add(grid *g, const char *text, tend_err *err)
{
    if (g->axes == GRID_AXES)
        return tend_fail(err, TEND_USAGE, "--grid given more than %d times", GRID_AXES);
    grid_axis *axis = &g->axis[g->axes];
    size_t length = strcspn(text, "=");
    tend_rc rc = read_path(g, text, length, err);
    if (rc != TEND_OK)
        return rc;
    axis->count = 0;
    axis->value = calloc(GRID_POINTS, sizeof *axis->value);
    if (!axis->value)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a grid");
    int before = g->axes++ > 0 ? g->points : 1;
    rc = read_values(axis, text + length + 1, err);
    if (rc == TEND_OK && before * axis->count > GRID_POINTS)
        rc = tend_fail(err, TEND_USAGE, "--grid %s: %d points with it, expected at most %d",
                       axis->path, before * axis->count, GRID_POINTS);
    g->points = before * axis->count;
    return rc;
}

void grid_free(grid *g)
{
    for (int i = 0; i < g->axes; i++)
        free(g->axis[i].value);
    *g = (grid){.axes = 0};
}

const char *grid_value(const grid *g, int point, int axis)
{
    for (int i = g->axes - 1; i > axis; i--)
        point /= g->axis[i].count;
    return g->axis[axis].value[point % g->axis[axis].count];
}
