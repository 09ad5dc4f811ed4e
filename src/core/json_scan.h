// SPDX-License-Identifier: GPL-3.0-or-later
// json_scan.h - strict JSON (RFC 8259): the grammar, UTF-8, at most 64 levels, finite numbers.
#ifndef TEND_CORE_JSON_SCAN_H
#define TEND_CORE_JSON_SCAN_H

#include <cjson/cJSON.h>
#include <tend/err.h>

// Refuses with `name:line: found, expected what`. With the tree cJSON made of the same text, every
// value's line (from 1) is left in its valueint, which for a number would repeat valuedouble.
tend_rc json_scan(const char *text, size_t length, const char *name, cJSON *tree, tend_err *err);

#endif
