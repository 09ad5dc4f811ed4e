// SPDX-License-Identifier: GPL-3.0-or-later
// drive.h - what a runner knows of an episode beyond <tend/drive.h>: its row, record and lessons.
//
// Nothing of the truth reaches the engine: it is given tend_obs and nothing else (test_truth.c
// swaps the truth and compares decisions byte by byte).
#ifndef TEND_DRIVE_DRIVE_H
#define TEND_DRIVE_DRIVE_H

#include "drive/reckon.h"
#include "report/record.h"
#include "report/result.h"

#include <tend/drive.h>

// Plays the episode of a seed. rec and more, a sink beside the usual ones, may be NULL.
tend_rc drive_episode(tend_drive *d, uint64_t seed, result *out, record *rec, const tend_sink *more,
                      tend_err *err);

// Its episodes are watched from now on, so that reckon_row can be asked of the last; NULL: by
// nobody.
void drive_watched(tend_drive *d, reckoner *by);

// Of everything that decides what an episode does, but its seed: rows of one hash can be compared.
uint64_t drive_hash(const tend_sim_setup *setup, const tend_config *config);

// The columns that say in what world a row was played.
void drive_name_world(const tend_sim_setup *setup, result *out);

typedef struct drive_tracer { // a trace of a drive's episode, with its truth
    tend_drive *drive;
    tend_trace *trace;
} drive_tracer;

// Opens FOLDER/NUMBER.jsonl; `again` is the command in its head. tend_trace_close ends it.
tend_rc tracer_open(drive_tracer *tracer, const char *folder, uint64_t number, const char *again,
                    tend_err *err);
tend_sink tracer_sink(drive_tracer *tracer);

typedef struct episode_lessons { // outcomes of one episode, for learning in rounds
    tend_outcome *outcome;
    int count, room;
} episode_lessons;

tend_sink lessons_sink(episode_lessons *l);

#endif
