// SPDX-License-Identifier: GPL-3.0-or-later
// interrupt.h - Ctrl-C, a terminal that closes, a machine that shuts down and a pipe that
// nobody reads any more end a run in order.
#ifndef TEND_RUNNERS_INTERRUPT_H
#define TEND_RUNNERS_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>
#include <tend/err.h>

#define INTERRUPT_SIGNALS 4 // SIGINT, SIGTERM, SIGHUP, SIGPIPE

typedef struct interrupt_before { // what the signals did before
    struct sigaction action[INTERRUPT_SIGNALS];
} interrupt_before;

// From here to interrupt_release the signals only set *interrupt_flag() to their number, which
// whoever works looks at between two steps. A hang-up (nohup) and a broken pipe stay ignored where
// they were; SIGINT is taken even where a shell's & ignores it. `once`: the second one ends the
// program on the spot, for work that may be stuck in a pipe nobody reads.
void interrupt_catch(interrupt_before *before, bool once);
// After a SIGPIPE it does not return, unless that was handled before: the program ends by it.
void interrupt_release(const interrupt_before *before);

const volatile sig_atomic_t *interrupt_flag(void); // 0, or the first signal that came

// The exit status of a command that ended with rc: 128 + the signal for one that was interrupted,
// as a shell says it of a program that did not clean up; else tend_rc_status.
int interrupt_status(tend_rc rc);

#endif
