// SPDX-License-Identifier: GPL-3.0-or-later
// system_check.h - what must hold of every system description.
#ifndef TEND_CORE_SYSTEM_CHECK_H
#define TEND_CORE_SYSTEM_CHECK_H

#include <tend/system.h>

// Readers stop at these too: what is larger is refused before it costs time.
enum {
    SYSTEM_SERVICES_MOST = 2048,
    SYSTEM_METRICS_MOST = 256,
    SYSTEM_EDGES_MOST = 16384,
    SYSTEM_ACTIONS_MOST = 32768,
    SYSTEM_NAME_BYTES_MOST = 200
};

// Where in a description: services[2], or with index -1 the member as a whole.
struct system_at {
    const char *member;
    int index;
};

// Counts, unique names, replica bounds, an acyclic call graph, entry, step and SLO. On failure *at
// is the culprit and the message names it without a file, so that a reader can add file and line.
tend_rc system_check(const tend_system *d, struct system_at *at, tend_err *err);
// Its part about the services: names must be sound before edges can be told by them.
tend_rc system_check_services(const tend_system *d, struct system_at *at, tend_err *err);

#endif
