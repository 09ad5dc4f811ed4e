// SPDX-License-Identifier: GPL-3.0-or-later
// interrupt.h - Ctrl-C, a terminal that closes and a machine that shuts down end a run in order.
#ifndef TEND_RUNNERS_INTERRUPT_H
#define TEND_RUNNERS_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

#define INTERRUPT_SIGNALS 3 // SIGINT, SIGTERM, SIGHUP

typedef struct interrupt_before { // what the signals did before
    struct sigaction action[INTERRUPT_SIGNALS];
} interrupt_before;

// From here to interrupt_release the signals only set *interrupt_flag(), which whoever works looks
// at between two steps. Under nohup a hang-up stays ignored; SIGINT is taken even where a shell's &
// ignores it. `once`: the second one ends the program on the spot, for work that may be stuck in a
// pipe nobody reads.
void interrupt_catch(interrupt_before *before, bool once);
void interrupt_release(const interrupt_before *before);

const volatile sig_atomic_t *interrupt_flag(void);

#endif
