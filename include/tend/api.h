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

#ifdef __cplusplus
extern "C" {
#endif

// Of the library at hand, which may differ from the header's: "0.1.0". Libraries of one first
// number (of the first two below 1.0) take each other's programs.
TEND_API const char *tend_version(void);

#ifdef __cplusplus
}
#endif

#endif
