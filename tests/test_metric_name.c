// SPDX-License-Identifier: GPL-3.0-or-later
// test_metric_name.c - names of many makers and the roles they are sorted into.
#include "support.h"

#include "cases/metric_name.h"

static void a_name_has_the_role_of_its_first_pattern(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        metric_role service, edge;
    } rows[] = {
        {"node_cpu", METRIC_IGNORED, METRIC_IGNORED}, // the machine is shared
        {"my_node_cpu", METRIC_CPU, METRIC_CPU},
        {"nodecpu", METRIC_CPU, METRIC_CPU},
        {"srcs", METRIC_IGNORED, METRIC_IGNORED},
        {"lo", METRIC_IGNORED, METRIC_IGNORED},
        {"src_x", METRIC_IGNORED, METRIC_CLIENT_LATENCY},
        {"dst_x", METRIC_IGNORED, METRIC_SERVER_LATENCY},
        {"a_src_x", METRIC_IGNORED, METRIC_IGNORED},
        {"client_p90", METRIC_CLIENT_LATENCY, METRIC_CLIENT_LATENCY},
        {"server_x", METRIC_IGNORED, METRIC_SERVER_LATENCY},
        {"server_lat", METRIC_LATENCY, METRIC_SERVER_LATENCY},
        {"Availability", METRIC_AVAILABILITY, METRIC_AVAILABILITY},
        {"success_rate", METRIC_AVAILABILITY, METRIC_AVAILABILITY},
        {"error_rate", METRIC_ERRORS, METRIC_ERRORS},
        {"requests_failed", METRIC_ERRORS, METRIC_ERRORS},
        {"page_faults", METRIC_ERRORS, METRIC_ERRORS},
        {"HTTP_5XX", METRIC_ERRORS, METRIC_ERRORS},
        {"lat_50", METRIC_LATENCY, METRIC_CLIENT_LATENCY},
        {"duration_ms", METRIC_LATENCY, METRIC_CLIENT_LATENCY},
        {"response_time", METRIC_LATENCY, METRIC_IGNORED},
        {"saturation", METRIC_SATURATION, METRIC_SATURATION},
        {"pool_used", METRIC_SATURATION, METRIC_SATURATION},
        {"db_connections", METRIC_SATURATION, METRIC_SATURATION},
        {"queue_length", METRIC_SATURATION, METRIC_SATURATION},
        {"CpuUsage", METRIC_CPU, METRIC_CPU},
        {"mem_rss", METRIC_MEMORY, METRIC_MEMORY},
        {"request_count", METRIC_REQUESTS, METRIC_REQUESTS},
        {"workload", METRIC_REQUESTS, METRIC_REQUESTS},
        {"throughput", METRIC_REQUESTS, METRIC_REQUESTS},
        {"lod", METRIC_REQUESTS, METRIC_REQUESTS},
        {"load1", METRIC_REQUESTS, METRIC_REQUESTS},
        {"reload", METRIC_IGNORED, METRIC_IGNORED},
        {"rps", METRIC_REQUESTS, METRIC_REQUESTS},
        {"qps", METRIC_REQUESTS, METRIC_REQUESTS},
        {"xqps", METRIC_IGNORED, METRIC_IGNORED},
        {"p50", METRIC_LATENCY, METRIC_IGNORED},
        {"p99_ms", METRIC_LATENCY, METRIC_IGNORED},
        {"p75", METRIC_IGNORED, METRIC_IGNORED},
        {"", METRIC_IGNORED, METRIC_IGNORED},
        {"syscall_read", METRIC_IGNORED, METRIC_IGNORED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (metric_name_role(rows[i].name, false) != rows[i].service ||
            metric_name_role(rows[i].name, true) != rows[i].edge)
            fail_msg("%s: role %d, of an edge %d", rows[i].name,
                     (int)metric_name_role(rows[i].name, false),
                     (int)metric_name_role(rows[i].name, true));
}

// 63 letters of a name are looked at
static void a_long_name_is_told_by_its_beginning(void **state)
{
    (void)state;
    char name[80];
    memset(name, 'x', sizeof name);
    memcpy(name + 60, "cpu", 4);
    assert_int_equal(metric_name_role(name, false), METRIC_CPU);
    memset(name, 'x', sizeof name);
    memcpy(name + 61, "cpu", 4);
    assert_int_equal(metric_name_role(name, false), METRIC_IGNORED);
}

static void the_plainest_statistic_is_the_lowest(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int statistic;
    } rows[] = {{"latency_Average", 0}, {"lat_avg", 0}, {"mean_lat", 0},
                {"median", 1},          {"p50", 1},     {"latency", 2},
                {"lat_p75", 3},         {"lat_90", 3},  {"p95_ms", 4},
                {"lat_p99", 5},         {"max_lat", 5}, {"avg_of_p99", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (metric_name_statistic(rows[i].name) != rows[i].statistic)
            fail_msg("%s: %d", rows[i].name, metric_name_statistic(rows[i].name));
}

static void sums_and_counts_are_of_a_step_and_the_rest_per_second(void **state)
{
    (void)state;
    assert_true(metric_name_is_rate("rps"));
    assert_false(metric_name_is_rate("Request_SUM"));
    assert_false(metric_name_is_rate("request_Count"));
    assert_false(metric_name_is_rate("requests_total"));
}

static void roles_of_a_kind_know_it_and_the_others_are_other(void **state)
{
    (void)state;
    assert_int_equal(metric_role_kind(METRIC_LATENCY), TEND_LATENCY);
    assert_int_equal(metric_role_kind(METRIC_CPU), TEND_CPU);
    assert_int_equal(metric_role_kind(METRIC_SATURATION), TEND_SATURATION);
    assert_int_equal(metric_role_kind(METRIC_IGNORED), TEND_OTHER);
    assert_int_equal(metric_role_kind(METRIC_AVAILABILITY), TEND_OTHER);
    assert_int_equal(metric_role_kind(METRIC_CLIENT_LATENCY), TEND_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_has_the_role_of_its_first_pattern),
        cmocka_unit_test(a_long_name_is_told_by_its_beginning),
        cmocka_unit_test(the_plainest_statistic_is_the_lowest),
        cmocka_unit_test(sums_and_counts_are_of_a_step_and_the_rest_per_second),
        cmocka_unit_test(roles_of_a_kind_know_it_and_the_others_are_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
