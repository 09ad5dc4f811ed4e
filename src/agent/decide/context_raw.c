// SPDX-License-Identifier: GPL-3.0-or-later
// context_raw.c - four contexts a service, and four for nobody.
#include "agent/decide/context_raw.h"

#include "base/hash.h"
#include "core/params.h"

#include <stdio.h>
#include <string.h>

int context_raws(const tend_system *system)
{
    return 4 * (system->S + 1);
}

int context_raw(const context_scene *s)
{
    const tend_obs *obs = s->view->obs;
    int suspect = s->options->suspect.service + 1; // 0: nobody
    int slow = obs->entry_p95_ms > s->system->slo.p95_ms;
    int failing = obs->entry_errors > s->system->slo.error_share;
    return suspect * 4 + slow * 2 + failing;
}

void context_raw_name(const tend_system *system, int number, char out[TEND_CONTEXT_MAX])
{
    const char *who = number < 4 ? "" : system->services[number / 4 - 1].name;
    snprintf(out, TEND_CONTEXT_MAX, "%ssuspect%s%s, latency %d, errors %d", number < 4 ? "no " : "",
             number < 4 ? "" : " ", who, number / 2 % 2, number % 2);
}

static tend_rc no_service(const tend_system *system, const char *name, tend_err *err)
{
    const char *near = NULL;
    for (int s = 0; s < system->S && !near; s++)
        near = nearest_name(name, (const char *const[]){system->services[s].name, NULL});
    return tend_fail(err, TEND_INPUT, "\"%.80s\" is no service of this system%s%s%s", name,
                     near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// the two numbers stand at the end; a service may have commas in its name, so they are sought there
tend_rc context_raw_find(const tend_system *system, const char *name, int *out, tend_err *err)
{
    static const char nobody[] = "no suspect", suspect[] = "suspect ";
    char who[TEND_CONTEXT_MAX], end[40];
    size_t length = strlen(name);
    for (int number = 0; number < 4; number++) {
        int tail = snprintf(end, sizeof end, ", latency %d, errors %d", number / 2, number % 2);
        if (length < (size_t)tail || strcmp(name + length - (size_t)tail, end) != 0)
            continue;
        snprintf(who, sizeof who, "%.*s", (int)(length - (size_t)tail), name);
        *out = number;
        if (strcmp(who, nobody) == 0)
            return TEND_OK;
        if (strncmp(who, suspect, sizeof suspect - 1) != 0)
            break;
        int service = tend_system_service(system, who + sizeof suspect - 1);
        *out += 4 * (service + 1);
        return service >= 0 ? TEND_OK : no_service(system, who + sizeof suspect - 1, err);
    }
    return tend_fail(err, TEND_INPUT,
                     "context \"%.80s\", expected \"suspect NAME, latency 0 or 1, errors 0 or 1\"",
                     name);
}

uint64_t context_raw_vocabulary(const tend_system *system)
{
    uint64_t sum = 0;
    for (int s = 0; s < system->S; s++) {
        const char *name = system->services[s].name;
        sum += hash_mix(hash_bytes(HASH_START, name, strlen(name)));
    }
    return sum;
}
