// SPDX-License-Identifier: GPL-3.0-or-later
// api.h - version and symbol visibility of the tend library.
#ifndef TEND_API_H
#define TEND_API_H

#define TEND_VERSION "0.1.0"

#if defined(__GNUC__)
#define TEND_API __attribute__((visibility("default")))
#define TEND_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TEND_API
#define TEND_PRINTF(f, a)
#endif

#endif
