// SPDX-License-Identifier: GPL-3.0-or-later
// trace.h - an episode as lines of JSON, written tick by tick while it is played.
//
// The first line names the system, the command that plays it again, its services, metrics and
// actions. Then one line a tick: t, breach, alarm, overall, entry_p95_ms, entry_errors, refused,
// ready [S], score [S], value [S][M] row by row; null is missing. Where they are, it also has
//   receipts   what was told of actions sent: id (tick of the decision), action, state
//   outcomes   what decisions were worth, in the tick it is known: decided (tick), key, arm,
//              action, reward 0..1, breach_ticks, effective
//   decision   in ticks with a choice, a lifted limit or a masked wish: action, propensity of it
//              given the allowed ones, confidence, dry_run; allowed, numbers in the first line's
//              actions; compared, what it was ranked by, best first (null: not tried yet, which
//              comes before all); of a choice key and context, the same in words, and arm; wanted
//              and the guard's rule that masked it
#ifndef TEND_REPORT_TRACE_H
#define TEND_REPORT_TRACE_H

#include <stdbool.h>
#include <tend/edge.h>

typedef struct trace trace;

// Begins the file and writes the first line; the system must outlive the trace. `reproduce` is a
// command, or NULL.
tend_rc trace_open(const tend_system *system, const char *reproduce, const char *path, trace **out,
                   tend_err *err);
tend_sink trace_sink(trace *t);
// Ends and frees it (NULL is fine); the file is there with `keep`, else what it was before.
tend_rc trace_close(trace *t, bool keep, tend_err *err);

#endif
