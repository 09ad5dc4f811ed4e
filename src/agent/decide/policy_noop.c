// SPDX-License-Identifier: GPL-3.0-or-later
// policy_noop.c - does nothing: the yardstick of what an incident costs untouched.
#include "agent/plugins.h"

static void decide(const tend_node *me, const tend_view *seen, tend_decision *out)
{
    (void)me, (void)seen;
    out->action = 0;
}

static const tend_param table[] = {{.name = NULL}};

const tend_policy policy_noop = {
    .base = {.name = "noop", .help = "never acts", .params = table},
    .decide = decide,
};
