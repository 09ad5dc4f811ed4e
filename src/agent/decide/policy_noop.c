// policy_noop.c - does nothing: the yardstick of what an incident costs untouched.
#include "agent/plugins.h"

static void decide(const tend_node *me, const tend_obs *obs, const tend_findings *findings,
                   const tend_causes *causes, const bool *allowed, tend_decision *out)
{
    (void)me, (void)obs, (void)findings, (void)causes, (void)allowed;
    out->action = 0;
}

static const tend_param table[] = {{.name = NULL}};

const tend_policy policy_noop = {
    .base = {.name = "noop", .help = "never acts", .params = table},
    .decide = decide,
};
