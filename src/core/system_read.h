// SPDX-License-Identifier: GPL-3.0-or-later
// system_read.h - reading a system for all that is wrong with it.
#ifndef TEND_CORE_SYSTEM_READ_H
#define TEND_CORE_SYSTEM_READ_H

#include "core/json.h"

#include <tend/system.h>

// tend_system_parse with a list for faults. TEND_INPUT and *out as it was when there are any.
tend_rc system_parse_all(const json_file *file, err_list *all, tend_system **out, tend_err *err);

#endif
