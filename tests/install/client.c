// SPDX-License-Identifier: GPL-3.0-or-later
// client.c - a stranger's program: the default agent over a system of two services.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tend/tend.h>

static const char system_json[] =
    "{\"name\": \"pair\", \"services\": ["
    "{\"name\": \"web\", \"kind\": \"service\", \"replicas\": 2},"
    "{\"name\": \"store\", \"kind\": \"database\", \"replicas\": 1}],"
    "\"edges\": [{\"caller\": \"web\", \"callee\": \"store\"}],"
    "\"entry\": \"web\", \"slo\": {\"p95_ms\": 250, \"error_share\": 0.05}}";

int main(void)
{
    tend_err err;
    tend_system *system = NULL;
    tend_config *config = NULL;
    tend_engine *engine = NULL;
    if (tend_system_parse(system_json, strlen(system_json), "pair", &system, &err) != TEND_OK ||
        tend_config_new(&config, &err) != TEND_OK ||
        tend_open(system, config, 1, &engine, &err) != TEND_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    double *value = calloc((size_t)(system->S * system->M), sizeof *value);
    double edge[2] = {5, 4}, ready[2] = {2, 1}, age[2] = {1000, 1000};
    if (!value)
        return 1;
    const tend_frame *frame = NULL;
    for (int64_t tick = 0; tick < 120; tick++) {
        for (int i = 0; i < system->S * system->M; i++)
            value[i] = 0.1 + 0.001 * (double)((tick * 7 + i) % 5);
        tend_obs obs = {.size = sizeof obs,
                        .tick = tick,
                        .value = value,
                        .edge = edge,
                        .ready = ready,
                        .deploy_age = age,
                        .entry_p95_ms = 40};
        frame = tend_step(engine, &obs);
    }
    printf("tend %s: %s after 120 quiet ticks, action %s\n", TEND_VERSION,
           frame->findings.alarm ? "alarm" : "no alarm",
           system->actions[frame->decision.action].name);
    int calm = !frame->findings.alarm && frame->decision.action == 0;
    free(value);
    tend_close(engine);
    tend_config_free(config);
    tend_system_free(system);
    return calm ? 0 : 1;
}
