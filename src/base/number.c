// SPDX-License-Identifier: GPL-3.0-or-later
// number.c - the C library's own conversions, called under the C locale.
#include "base/number.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

// The C locale is there from the start, so asking for it allocates nothing. This thread's only:
// other threads of the host print as before.
static locale_t enter(locale_t *c)
{
    *c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return *c ? uselocale(*c) : (locale_t)0;
}

static void leave(locale_t c, locale_t before)
{
    if (!c)
        return;
    uselocale(before);
    freelocale(c);
}

double number_read(const char *text, char **end)
{
    locale_t c, before = enter(&c);
    double value = strtod(text, end);
    leave(c, before);
    return value;
}

void number_write(double value, int digits, char *out, size_t room)
{
    locale_t c, before = enter(&c);
    snprintf(out, room, "%.*g", digits, value);
    leave(c, before);
}
