// SPDX-License-Identifier: GPL-3.0-or-later
// output.c - what the terminal can show, and where outputs may go.
#include "edge/place.h"
#include "runners/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

// set once by main before any command runs; read by output_colour
static const char *colour_choice(const char *set)
{
    static const char *choice = "auto";
    if (set)
        choice = set;
    return choice;
}

bool output_set_colour(const char *when)
{
    if (strcmp(when, "auto") && strcmp(when, "always") && strcmp(when, "never"))
        return false;
    colour_choice(when);
    return true;
}

// Asked for: always. Else on a terminal that can, unless NO_COLOR (no-color.org) says not to.
bool output_colour(FILE *to)
{
    const char *when = colour_choice(NULL), *none = getenv("NO_COLOR"), *term = getenv("TERM");
    if (strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(fileno(to)) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

// an unset locale is taken for UTF-8, which is what files and pipes are read as today
bool output_utf8(void)
{
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *term = getenv("TERM");
    if (isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") == 0)
        return false;
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return true;
}

// below 60 nothing fits, beyond 100 lines are hard to follow
static int clamp(int columns)
{
    return columns < 60 ? 60 : columns > 100 ? 100 : columns;
}

int output_columns(void)
{
    struct winsize size;
    const char *set = getenv("COLUMNS");
    long wanted = set ? strtol(set, NULL, 10) : 0; // 0 of what is no number
    if (wanted > 0)
        return clamp(wanted < 1000 ? (int)wanted : 1000);
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return 100;
    return clamp(size.ws_col);
}

bool output_progress(void)
{
    return isatty(STDERR_FILENO);
}

tend_rc output_check(const output_file *files, int count, tend_err *err)
{
    place at[OUTPUTS_MOST];
    for (int i = 0; i < count && i < OUTPUTS_MOST; i++) {
        if (!*files[i].path)
            continue;
        tend_rc rc = place_find(*files[i].path, &at[i], err);
        if (rc != TEND_OK)
            return rc;
        for (int k = 0; k < i; k++)
            if (*files[k].path && place_same(&at[k], &at[i]))
                return tend_fail(err, TEND_USAGE,
                                 "%s %s and %s %s are one place, expected two: one would spoil "
                                 "the other",
                                 files[k].option, *files[k].path, files[i].option, *files[i].path);
        // /dev/stdout and its like are written as "-" is: after what was printed
        if (at[i].descriptor == STDOUT_FILENO)
            *files[i].path = "-";
    }
    return TEND_OK;
}

tend_rc output_spare(const output_file *files, int count, const input_file *inputs, int reads,
                     tend_err *err)
{
    struct stat in, out;
    for (int i = 0; i < reads; i++) {
        if (!inputs[i].path || stat(inputs[i].path, &in) != 0 || !S_ISREG(in.st_mode))
            continue;
        for (int k = 0; k < count; k++)
            if (*files[k].path && stat(*files[k].path, &out) == 0 && in.st_dev == out.st_dev &&
                in.st_ino == out.st_ino)
                return tend_fail(err, TEND_USAGE,
                                 "%s %s would replace %s %s, expected another name",
                                 files[k].option, *files[k].path, inputs[i].option, inputs[i].path);
    }
    return TEND_OK;
}

void output_progress_text(int finished, int before, int episodes, double seconds, char line[64])
{
    char text[128], left[32] = "";
    int played = finished - before;
    // of this run: episodes taken from a file of an earlier one cost no time
    double rate = played > 0 && seconds > 0 ? played / seconds : 0;
    int used = snprintf(text, sizeof text, "%d of %d episodes, %d %%", finished, episodes,
                        episodes > 0 ? (int)(100.0 * finished / episodes) : 100);
    if (rate > 0) {
        double rest = (episodes - finished) / rate;
        // seconds up to 100, then minutes
        snprintf(left, sizeof left, rest < 100 ? "%.0f s" : "%.0f min",
                 rest < 100 ? rest : rest / 60);
        snprintf(text + used, sizeof text - (size_t)used, ", %.3g/s, %s left", rate, left);
    }
    snprintf(line, 64, "%-60.60s", text);
}
