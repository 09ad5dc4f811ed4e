// SPDX-License-Identifier: GPL-3.0-or-later
// metric_name.c - the pattern table.
#include "cases/metric_name.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

// bits: where a pattern may be met
enum { ON_SERVICE = 1, ON_EDGE = 2, ON_BOTH = 3 };

// The first row whose pattern is found in the lower-case name wins. '^' anchors at the start.
static const struct {
    const char *pattern;
    int where;
    metric_role role;
} table[] = {
    {"^node_", ON_BOTH, METRIC_IGNORED}, // the machine, shared by many services
    {"^src_", ON_EDGE, METRIC_CLIENT_LATENCY},
    {"^dst_", ON_EDGE, METRIC_SERVER_LATENCY},
    {"client", ON_BOTH, METRIC_CLIENT_LATENCY},
    {"server", ON_EDGE, METRIC_SERVER_LATENCY},
    {"availab", ON_BOTH, METRIC_AVAILABILITY},
    {"success", ON_BOTH, METRIC_AVAILABILITY},
    {"error", ON_BOTH, METRIC_ERRORS},
    {"fail", ON_BOTH, METRIC_ERRORS},
    {"fault", ON_BOTH, METRIC_ERRORS},
    {"5xx", ON_BOTH, METRIC_ERRORS},
    {"restart", ON_SERVICE, METRIC_RESTARTS}, // container_restarts, restarts_total
    {"oom_kill", ON_SERVICE, METRIC_RESTARTS},
    {"crash", ON_SERVICE, METRIC_RESTARTS},
    {"lat", ON_SERVICE, METRIC_LATENCY}, // lat_50, latency_Average, server_lat_p90
    {"duration", ON_SERVICE, METRIC_LATENCY},
    {"response_time", ON_SERVICE, METRIC_LATENCY},
    // on an edge, latency without a side is what the client saw
    {"lat", ON_EDGE, METRIC_CLIENT_LATENCY},
    {"duration", ON_EDGE, METRIC_CLIENT_LATENCY},
    {"satur", ON_BOTH, METRIC_SATURATION},
    {"pool", ON_BOTH, METRIC_SATURATION},
    {"connection", ON_BOTH, METRIC_SATURATION},
    {"queue", ON_BOTH, METRIC_SATURATION},
    {"cpu", ON_BOTH, METRIC_CPU},
    {"mem", ON_BOTH, METRIC_MEMORY},
    {"request", ON_BOTH, METRIC_REQUESTS},
    {"workload", ON_BOTH, METRIC_REQUESTS},
    {"throughput", ON_BOTH, METRIC_REQUESTS},
    {"^lod", ON_BOTH, METRIC_REQUESTS},
    {"^load", ON_BOTH, METRIC_REQUESTS},
    {"^rps", ON_BOTH, METRIC_REQUESTS},
    {"^qps", ON_BOTH, METRIC_REQUESTS},
    {"p50", ON_SERVICE, METRIC_LATENCY}, // a bare quantile is one of a latency
    {"p9", ON_SERVICE, METRIC_LATENCY},
};

static const struct {
    const char *pattern;
    int statistic;
} statistics[] = {
    {"average", 0}, {"avg", 0}, {"mean", 0}, {"median", 1}, {"50", 1},
    {"75", 3},      {"90", 3},  {"95", 4},   {"99", 5},     {"max", 5},
};

// 63 bytes are enough to tell by; what is behind them does not count.
static void lower(const char *name, char out[64])
{
    size_t i = 0;

    for (; name[i] && i < 63; i++)
        out[i] = (char)tolower((unsigned char)name[i]);
    out[i] = 0;
}

metric_role metric_name_role(const char *name, bool edge)
{
    char text[64];

    lower(name, text);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *pattern = table[i].pattern;
        if (!(table[i].where & (edge ? ON_EDGE : ON_SERVICE)))
            continue;
        if (*pattern == '^' ? strncmp(text, pattern + 1, strlen(pattern + 1)) == 0
                            : strstr(text, pattern) != NULL)
            return table[i].role;
    }
    // a kind without patterns goes by its own name
    for (int kind = 0; kind < TEND_METRIC_KINDS; kind++)
        if (kind != TEND_OTHER && strstr(text, tend_metric_kind_name((tend_metric_kind)kind)))
            return (metric_role)(METRIC_IGNORED + 1 + kind);
    return METRIC_IGNORED;
}

int metric_name_statistic(const char *name)
{
    char text[64];

    lower(name, text);
    for (size_t i = 0; i < sizeof statistics / sizeof *statistics; i++)
        if (strstr(text, statistics[i].pattern))
            return statistics[i].statistic;
    return 2;
}

bool metric_name_is_rate(const char *name)
{
    char text[64];

    lower(name, text);
    return !strstr(text, "sum") && !strstr(text, "count") && !strstr(text, "total");
}

bool metric_name_is_counter(const char *name)
{
    char text[64];

    lower(name, text);
    return strstr(text, "total") != NULL;
}

double metric_count_grown(double before, double now)
{
    return now < before ? now : now - before;
}

tend_metric_kind metric_role_kind(metric_role role)
{
    bool of_kind = role > METRIC_IGNORED && role <= METRIC_IGNORED + TEND_METRIC_KINDS;

    return of_kind ? (tend_metric_kind)(role - METRIC_IGNORED - 1) : TEND_OTHER;
}
