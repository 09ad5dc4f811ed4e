// SPDX-License-Identifier: GPL-3.0-or-later
// err_list.h - all that is wrong with a file, not only what was found first.
//
// A reader that is given a list notes a fault and reads on where it can; without one (NULL) the
// first fault ends the reading, as it does when the list is full or when something else is wrong
// than the file.
#ifndef TEND_CORE_ERR_LIST_H
#define TEND_CORE_ERR_LIST_H

#include <tend/err.h>

#define ERR_LIST_MOST 20 // who has read so many corrects them first; larger: pages of followers

typedef struct err_list { // start with {0}
    int count;
    tend_err item[ERR_LIST_MOST]; // in the order of reading, none twice
} err_list;

// What a part of a file was read with: notes its fault and returns TEND_OK when the rest may be
// read. err is what that part has filled.
tend_rc err_note(err_list *list, tend_rc rc, const tend_err *err);

int err_noted(const err_list *list); // so far; NULL: 0

#endif
