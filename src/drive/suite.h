// SPDX-License-Identifier: GPL-3.0-or-later
// suite.h - a frozen list of systems, worlds and incidents (docs/formats.md): what an agent is
// measured on, under one name.
//
// An entry is one file, or systems drawn from so many seeds (generate.h), each with the same
// episodes. Rows of a suite stand entry by entry, system by system, in the order of their seeds.
#ifndef TEND_DRIVE_SUITE_H
#define TEND_DRIVE_SUITE_H

#include "core/json.h"
#include "drive/design.h"
#include "env/scenario.h"

enum {
    SUITE_ENTRIES_MOST = 64,
    SUITE_EPISODES_MOST = 1000000, // in all: 400 MB of rows
};

typedef struct suite_entry {
    char *system;    // file or example; NULL: drawn
    int system_seed; // of the first that is drawn
    int count;       // systems; 1 of a file
    design_ask ask;  // of those that are drawn
    plant_preset preset;
    bool open; // it named no preset: the usual one, and another may be played
    scenario_family family;
    int episodes;   // of each system
    uint64_t seed0; // of the first system's episodes; those of the next go on
} suite_entry;

typedef struct suite {
    char *name, *help; // help may be NULL
    int steps;         // of every episode
    suite_entry entry[SUITE_ENTRIES_MOST];
    int entries;
} suite;

// all NULL: the first fault ends the reading. suite_free frees *out.
tend_rc suite_parse(const json_file *file, err_list *all, suite **out, tend_err *err);
void suite_free(suite *s); // NULL is fine

int suite_systems(const suite *s);  // each as often as it stands in an entry
int suite_episodes(const suite *s); // rows

#endif
