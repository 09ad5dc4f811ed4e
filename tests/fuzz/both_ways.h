// SPDX-License-Identifier: GPL-3.0-or-later
// both_ways.h - a reader that stops at the first fault and one that lists all agree.
#ifndef TEND_TESTS_FUZZ_BOTH_WAYS_H
#define TEND_TESTS_FUZZ_BOTH_WAYS_H

#include "core/err_list.h"

#include <stdlib.h>
#include <string.h>

// What each returned, and told. Both take the file, or both refuse it for the same thing first.
static inline void agree(tend_rc first, const tend_err *told, tend_rc rest, const err_list *all)
{
    if (first != rest || (first == TEND_OK && all->count > 0) ||
        (all->count > 0 && strcmp(all->item[0].text, told->text) != 0))
        abort();
}

#endif
