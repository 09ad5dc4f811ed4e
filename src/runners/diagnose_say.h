// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_say.h - a ranking of a recorded incident in words.
#ifndef TEND_RUNNERS_DIAGNOSE_SAY_H
#define TEND_RUNNERS_DIAGNOSE_SAY_H

#include "agent/diagnose/tell.h"
#include "base/str.h"
#include "cases/rank.h"
#include "edge/case_read.h"

// "currencyservice|cpu rose from 5.9 to 88.2 (46 sigmas)"; shares as shares, whatever the file's
// unit
void diagnose_say_channel(const incident *c, const rank_result *r, int service,
                          evidence_channel channel, str *out);

// All that speaks for the suspect of a rank, the weightiest first.
void diagnose_say_evidence(const incident *c, const rank_result *r, int place, str *out);

// What speaks against the first three, in the order of the ranking (tell.h); returns how many.
int diagnose_against(const rank_result *r, tend_evidence out[TEND_EVIDENCE_MAX]);
// One of them in words, and the column of the case that it is about, -1: none.
void diagnose_say_why_not(const incident *c, const rank_result *r, const tend_evidence *e,
                          str *out);
int diagnose_column_of(const rank_result *r, const tend_evidence *e);

// Lines of what speaks for a suspect and what against it.
void diagnose_say_explained(const incident *c, const rank_result *r, int place, str *out);

// The loudest service that is not the first suspect, its impact its callees'. -1: there is none.
int diagnose_loudest_of(const incident *c, const rank_result *r);
void diagnose_say_against(const incident *c, const rank_result *r, str *out);

#endif
