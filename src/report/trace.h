// SPDX-License-Identifier: GPL-3.0-or-later
// trace.h - an episode as JSON lines: a header, then one line per tick.
#ifndef TEND_REPORT_TRACE_H
#define TEND_REPORT_TRACE_H

#include "report/record.h"

// The file appears whole or not at all.
tend_rc trace_write(const record *r, const char *path, tend_err *err);

#endif
