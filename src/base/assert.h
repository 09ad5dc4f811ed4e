// SPDX-License-Identifier: GPL-3.0-or-later
// assert.h - a broken precondition is the caller's bug: stop at once, in every build.
#ifndef TEND_BASE_ASSERT_H
#define TEND_BASE_ASSERT_H

#define TEND_ASSERT(c) ((c) ? (void)0 : __builtin_trap())

#endif
