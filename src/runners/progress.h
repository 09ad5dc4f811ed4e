// SPDX-License-Identifier: GPL-3.0-or-later
// progress.h - what a long run says meanwhile on a terminal: share, rate, time left.
#ifndef TEND_RUNNERS_PROGRESS_H
#define TEND_RUNNERS_PROGRESS_H

typedef struct progress {
    int episodes; // of the whole run
    int before;   // of them, there already when it began
    double began; // on progress_clock
    double shown; // the last time, on it; 0: not yet
} progress;

double progress_clock(void); // seconds; it only goes forward

// One line on standard error that the next one covers, ten times a second at most.
void progress_show(progress *p, int finished);
// Wipes it, if there is one: what follows is a summary or an error.
void progress_end(progress *p);

#endif
