// SPDX-License-Identifier: GPL-3.0-or-later
// err.c - filling a tend_err.
#include <tend/err.h>

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

tend_rc tend_fail(tend_err *err, tend_rc rc, const char *format, ...)
{
    if (!err) // the caller wants the code alone
        return rc;
    err->rc = rc;
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    text_shown(text, err->text, sizeof err->text); // one line, whatever the input held
    return rc;
}

const char *tend_rc_text(tend_rc rc)
{
    switch (rc) {
// Both are made from the table in err.h, so a new code has its text and status there.
#define TEXT(name, status, text)                                                                   \
    case name:                                                                                     \
        return text;
        TEND_RC_TABLE(TEXT)
#undef TEXT
    }
    return "unknown";
}

int tend_rc_status(tend_rc rc)
{
    switch (rc) {
#define STATUS(name, status, text)                                                                 \
    case name:                                                                                     \
        return status;
        TEND_RC_TABLE(STATUS)
#undef STATUS
    }
    return 1;
}

const char *tend_version(void)
{
    return TEND_VERSION;
}
