// SPDX-License-Identifier: GPL-3.0-or-later
// progress.c - a clock and a line that covers itself.
#include "runners/progress.h"

#include "runners/command.h"

#include <time.h>

double progress_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_show(progress *p, int finished)
{
    double now = progress_clock();
    char line[64];
    // a terminal is slower than an episode
    if (now < p->shown + 0.1)
        return;
    p->shown = now;
    output_progress_text(finished, p->before, p->episodes, now - p->began, line);
    fprintf(stderr, "\r%s", line);
}

void progress_end(progress *p)
{
    if (p->shown > 0)
        fprintf(stderr, "\r%60s\r", "");
    p->shown = 0;
}
