// SPDX-License-Identifier: GPL-3.0-or-later
// number.h - numbers as text that mean the same in every locale.
//
// A program that links the library may have called setlocale: where people write 0,5, printf and
// strtod of the C library do so too, and files would neither be valid nor be understood elsewhere.
#ifndef TEND_BASE_NUMBER_H
#define TEND_BASE_NUMBER_H

#include <stddef.h>

// strtod of the C locale: the point is ".". *end is where the number ends, text when there is none.
double number_read(const char *text, char **end);

// As printf's %.<digits>g in the C locale; cut at `room`, always terminated.
void number_write(double value, int digits, char *out, size_t room);

#endif
