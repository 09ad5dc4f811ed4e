// SPDX-License-Identifier: GPL-3.0-or-later
// test_defaults.c - every tunable has the default and the range that people configure against.
//
// A change here changes what an agent file means that does not name the parameter, or refuses one
// that was legal: it belongs into the release notes.
#include "support.h"

#include "agent/config.h"
#include "cases/rank.h"

typedef struct row {
    const char *part, *plugin, *name; // plugin "": of the agent itself
    double initial, least, most;
} row;

// what all diagnosers have in common
// clang-format off
#define DIAGNOSER(plugin)                                                                          \
    {"diagnoser", plugin, "rows", 120, 40, 2000},                                                  \
    {"diagnoser", plugin, "recent", 10, 1, 60},                                                    \
    {"diagnoser", plugin, "eager", 8, 1, 1e6},                                                     \
    {"diagnoser", plugin, "every", 8, 1, 1e6},                                                     \
    {"diagnoser", plugin, "doubt", 0.5, 0, 1},                                                     \
    {"diagnoser", plugin, "look_back", 60, 0, 2000},                                               \
    {"diagnoser", plugin, "healed", 24, 1, 2000},                                                  \
    {"diagnoser", plugin, "local_rows", 24, 3, 2000},                                              \
    {"diagnoser", plugin, "floor_relative", 0.08, 1e-6, 1},                                        \
    {"diagnoser", plugin, "floor_share", 0.012, 1e-6, 1},                                          \
    {"diagnoser", plugin, "floor_errors", 0.006, 1e-6, 1},                                         \
    {"diagnoser", plugin, "floor_restarts", 0.05, 1e-6, 100},                                      \
    {"diagnoser", plugin, "floor_gap", 0.15, 1e-6, 10},                                            \
    {"diagnoser", plugin, "floor_failures", 0.0015, 1e-6, 1},                                      \
    {"diagnoser", plugin, "floor_rare", 0.006, 1e-6, 1},                                           \
    {"diagnoser", plugin, "floor_growth", 0.05, 1e-6, 10},                                         \
    {"diagnoser", plugin, "caution", 6, 0, 1000},                                                  \
    {"diagnoser", plugin, "failures_few", 4, 0.001, 1e6},                                          \
    {"diagnoser", plugin, "off_sigmas", 5, 0, 1000}
// clang-format on

static const row rows[] = {
    {"detector", "iforest", "trees", 50, 1, 1000},
    {"detector", "iforest", "sample", 256, 2, 1024},
    {"detector", "iforest", "window", 118, 8, 10000},
    {"detector", "iforest", "warmup", 40, 2, 1e+06},
    {"detector", "iforest", "refit_every", 25, 0, 1e+06},
    {"detector", "iforest", "refit_trees", 5, 0, 1000},
    {"detector", "iforest", "saturation", 1, 0, 1},
    {"detector", "iforest", "conditioned", 1, 0, 1},
    {"detector", "iforest", "anchors", 2, 0, 16},
    {"detector", "iforest", "reach", 6, 0.1, 1000},
    {"detector", "iforest", "gate", 1, 0, 1},
    {"detector", "iforest", "near", 1, 0.1, 100},
    {"detector", "iforest", "proof", 7, 0.1, 1000},
    {"detector", "iforest", "beside", 1.4, 1, 1000},
    {"detector", "iforest", "single", 2, 0, 100},
    {"detector", "iforest", "slack", 1, 0, 100},
    {"detector", "iforest", "rate", 0.03, 1e-4, 1},
    {"detector", "iforest", "prior", 40, 0, 1e+06},
    {"detector", "iforest", "forget", 0.05, 0, 1},
    {"detector", "iforest", "settle", 20, 1, 1e+06},
    {"detector", "iforest", "screen", 0.2, 0, 1},
    {"detector", "iforest", "mean", 0, 0, 1},
    {"detector", "iforest", "threshold", 0.5, 0, 1},
    {"detector", "threshold", "near", 0.9, 0.1, 2},
    {"detector", "threshold", "errors", 0.04, 1e-06, 1e+12},
    {"detector", "threshold", "cpu", 0.97, 1e-06, 1e+12},
    {"detector", "threshold", "memory", 0.85, 1e-06, 1e+12},
    {"detector", "threshold", "saturation", 0.9, 1e-06, 1e+12},
    {"detector", "threshold", "restarts", 0.5, 1e-06, 1e+12},
    {"detector", "threshold", "threshold", 0.5, 0, 1},
    {"detector", "robust_z", "rate", 0.03, 0.0001, 1},
    {"detector", "robust_z", "clip", 2.5, 0.5, 100},
    {"detector", "robust_z", "drift", 2, 0, 100},
    {"detector", "robust_z", "cap", 7, 0.1, 1000},
    {"detector", "robust_z", "level", 6, 0.1, 1000},
    {"detector", "robust_z", "warmup", 30, 2, 1e+06},
    {"detector", "robust_z", "forget", 0.05, 0, 1},
    {"detector", "robust_z", "floor", 1, 0.001, 1000},
    {"detector", "robust_z", "threshold", 0.5, 0, 1},
    DIAGNOSER("blend"),
    {"diagnoser", "blend", "window", 30, 5, 2000},
    {"diagnoser", "blend", "tilt", 0.3, 0, 20},
    DIAGNOSER("correlation"),
    {"diagnoser", "correlation", "window", 30, 5, 2000},
    {"diagnoser", "correlation", "self", 0, 0, 1},
    DIAGNOSER("impact"),
    {"policy", "ucb", "alpha", 0.02, 0, 100},
    {"policy", "ucb", "prior", 4, 0, 1000},
    {"policy", "ucb", "coarse", 4, 0, 1000},
    {"policy", "ucb", "patience", 2, 1, 86400},
    {"policy", "ucb", "lift_after", 4, 1, 86400},
    {"policy", "ucb", "hold", 8, 1, 86400},
    {"policy", "ucb", "severe", 2, 1, 100},
    {"policy", "ucb", "raw", 0, 0, 1},
    {"policy", "rules", "patience", 3, 1, 86400},
    {"policy", "rules", "lift_after", 5, 1, 86400},
    {"policy", "rules", "hold", 8, 1, 86400},
    {"policy", "rules", "deploy_age", 30, 0, 1e+06},
    {"policy", "rules", "errors", 0.02, 0, 1},
    {"policy", "rules", "memory", 0.85, 0, 1},
    {"policy", "rules", "cpu", 0.85, 0, 1},
    {"policy", "rules", "saturation", 0.9, 0, 1},
    {"policy", "random", "patience", 2, 1, 86400},
    {"policy", "random", "lift_after", 5, 1, 86400},
    {"policy", "random", "hold", 5, 1, 86400},
    {"policy", "fixed", "arm", 1, 1, 6},
    {"policy", "fixed", "lift_after", 5, 1, 86400},
    {"policy", "fixed", "hold", 5, 1, 86400},
    {"alarm", "", "need", 2, 1, 60},
    {"alarm", "", "of", 3, 1, 60},
    {"alarm", "", "release", 5, 1, 86400},
    {"guard", "", "kill_switch", 0, 0, 1},
    {"guard", "", "dry_run", 0, 0, 1},
    {"guard", "", "calm", 10, 1, 86400},
    {"guard", "", "verify", 4, 0, 86400},
    {"guard", "", "limit_most", 60, 1, 1e+06},
    {"guard", "", "cooldown", 10, 0, 1e+06},
    {"guard", "", "in_flight", 5, 0, 1e+06},
    {"guard", "", "blast_radius", 0.5, 0, 1},
    {"guard", "", "window", 120, 1, 1e+06},
    {"guard", "", "target_budget", 6, 0, 32},
    {"guard", "", "budget", 12, 0, 32},
    {"guard", "", "confidence", 0.2, 0, 1},
    {"guard", "", "ineffective", 3, 1, 32},
    {"guard", "", "escalate", 12, 1, 32},
    {"judge", "", "horizon", 40, 1, 1e+06},
    {"judge", "", "cost_noop", 0, 0, 100},
    {"judge", "", "cost_restart", 0.6, 0, 100},
    {"judge", "", "cost_scale", 0.4, 0, 100},
    {"judge", "", "cost_clear", 0.6, 0, 100},
    {"judge", "", "cost_limit", 0.5, 0, 100},
    {"judge", "", "cost_rollback", 1, 0, 100},
    {"judge", "", "cost_reroute", 0.8, 0, 100},
    {"judge", "", "refused", 1, 0, 100},
    {"window", "", "alarm_off", 120, 0, 86400},
    {"window", "", "context", 60, 3, 100000},
};

static const tend_param *table_of(const char *part, const char *plugin)
{
    static const config_part parts[] = {CONFIG_DETECTOR, CONFIG_DIAGNOSER, CONFIG_POLICY,
                                        CONFIG_ALARM,    CONFIG_GUARD,     CONFIG_JUDGE};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(config_part_name(parts[i]), part) == 0)
            return config_table(parts[i], *plugin ? plugin : NULL);
    return strcmp(part, "window") == 0 ? rank_param_table : NULL; // of a recorded incident
}

static void every_tunable_has_its_default_and_its_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tend_param *p = table_of(rows[i].part, rows[i].plugin);
        while (p && p->name && strcmp(p->name, rows[i].name) != 0)
            p++;
        if (!p || !p->name)
            fail_msg("no %s.%s.%s", rows[i].part, rows[i].plugin, rows[i].name);
        if (p->initial != rows[i].initial || p->least != rows[i].least || p->most != rows[i].most)
            fail_msg("%s.%s.%s is %.17g in %.17g .. %.17g, expected %g in %g .. %g", rows[i].part,
                     rows[i].plugin, p->name, p->initial, p->least, p->most, rows[i].initial,
                     rows[i].least, rows[i].most);
    }
}

static int length(const tend_param *table)
{
    int n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

// A parameter that is added gets its row above.
static void the_list_is_complete(void **state)
{
    (void)state;
    int n = 0;
    for (int i = 0; tend_detectors()[i]; i++)
        n += length(tend_detectors()[i]->base.params);
    for (int i = 0; tend_diagnosers()[i]; i++)
        n += length(tend_diagnosers()[i]->base.params);
    for (int i = 0; tend_policies()[i]; i++)
        n += length(tend_policies()[i]->base.params);
    n += length(config_table(CONFIG_ALARM, NULL)) + length(config_table(CONFIG_GUARD, NULL)) +
         length(config_table(CONFIG_JUDGE, NULL)) + length(rank_param_table);
    assert_int_equal(n, sizeof rows / sizeof *rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tunable_has_its_default_and_its_range),
        cmocka_unit_test(the_list_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
