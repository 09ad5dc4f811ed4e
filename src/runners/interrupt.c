// SPDX-License-Identifier: GPL-3.0-or-later
// interrupt.c - one flag, set by a handler to the signal that came.
#include "runners/interrupt.h"

#include <stddef.h>

static const int ending[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

// the only thing a handler may touch
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    // the first one says why the run ends
    if (!interrupted)
        interrupted = signal;
}

const volatile sig_atomic_t *interrupt_flag(void)
{
    return &interrupted;
}

void interrupt_catch(interrupt_before *before, bool once)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    if (once)
        action.sa_flags |= (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++) {
        sigaction(ending[i], NULL, &before->action[i]);
        bool may_be_ignored = ending[i] == SIGHUP || ending[i] == SIGPIPE;
        if (!may_be_ignored || before->action[i].sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
    }
}

void interrupt_release(const interrupt_before *before)
{
    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++)
        sigaction(ending[i], &before->action[i], NULL);
    // now that nothing is left lying, a pipe nobody reads ends the program as it always does
    if (interrupted == SIGPIPE)
        raise(SIGPIPE);
}

int interrupt_status(tend_rc rc)
{
    return rc == TEND_INTERRUPTED && interrupted ? 128 + interrupted : tend_rc_status(rc);
}
