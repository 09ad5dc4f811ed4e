// SPDX-License-Identifier: GPL-3.0-or-later
// interrupt.c - one flag, set by a handler.
#include "runners/interrupt.h"

#include <stddef.h>

static const int ending[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

// the only thing a handler may touch
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
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
        if (ending[i] != SIGHUP || before->action[i].sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
    }
}

void interrupt_release(const interrupt_before *before)
{
    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++)
        sigaction(ending[i], &before->action[i], NULL);
}
