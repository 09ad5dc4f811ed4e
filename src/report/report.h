// SPDX-License-Identifier: GPL-3.0-or-later
// report.h - what happened, in words: terminal, Markdown, HTML and JSON from one record.
#ifndef TEND_REPORT_REPORT_H
#define TEND_REPORT_REPORT_H

#include "base/str.h"
#include "report/record.h"
#include "report/timeline.h"

// The events with their reasons, the verdict and the command to reproduce.
void report_text(const record *r, const timeline_style *style, str *out);

void report_markdown(const record *r, str *out);
void report_html(const record *r, str *out); // one file, inline SVG, nothing loaded from elsewhere
void report_json(const record *r, str *out);

#endif
