// SPDX-License-Identifier: GPL-3.0-or-later
// err.h - how every fallible call of tend reports what went wrong.
//
// Only open, parse, read and write can fail. They return a tend_rc and fill a caller-owned
// tend_err, given as the last argument, with one line for a person that names the culprit:
// `incident.csv:17: latency_ms "abc", expected a number`. A tend_err may be NULL.
#ifndef TEND_ERR_H
#define TEND_ERR_H

#include <tend/api.h>

#ifdef __cplusplus
extern "C" {
#endif

// X(name, exit status of the command line tool, text)
#define TEND_RC_TABLE(X)                                                                           \
    X(TEND_OK, 0, "ok")                                                                            \
    X(TEND_END, 0, "end of input")                                                                 \
    X(TEND_FAILED, 1, "failed")                                                                    \
    X(TEND_USAGE, 2, "usage")                                                                      \
    X(TEND_INPUT, 3, "bad input or configuration")                                                 \
    X(TEND_GATE, 4, "a gate failed")                                                               \
    X(TEND_IO, 3, "cannot read or write")                                                          \
    X(TEND_NO_MEMORY, 1, "out of memory")                                                          \
    X(TEND_INTERRUPTED, 130, "interrupted")

typedef enum tend_rc {
#define TEND_RC_ENUM(name, status, text) name,
    TEND_RC_TABLE(TEND_RC_ENUM)
#undef TEND_RC_ENUM
} tend_rc;

typedef struct tend_err {
    tend_rc rc;
    char text[512]; // one line of UTF-8, terminated; what may not be shown stands as \xNN
} tend_err;

// Fills err (when not NULL) with a formatted line and returns rc, so that `return tend_fail(...)`.
TEND_API tend_rc tend_fail(tend_err *err, tend_rc rc, const char *format, ...) TEND_PRINTF(3, 4);

TEND_API const char *tend_rc_text(tend_rc rc);
TEND_API int tend_rc_status(tend_rc rc); // exit status a command ends with

#ifdef __cplusplus
}
#endif
#endif
