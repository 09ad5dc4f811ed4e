// SPDX-License-Identifier: GPL-3.0-or-later
// plugin_check.h - is a plug-in's table sound? Asked before a caller's own is registered.
//
// What is found here would otherwise read or write outside a parameter struct, or call NULL, in the
// middle of a run. The message names the plug-in, what is wrong and what was expected.
#ifndef TEND_AGENT_PLUGIN_CHECK_H
#define TEND_AGENT_PLUGIN_CHECK_H

#include <tend/plugin.h>

tend_rc plugin_check_detector(const tend_detector *detector, tend_err *err);
tend_rc plugin_check_diagnoser(const tend_diagnoser *diagnoser, tend_err *err);
tend_rc plugin_check_policy(const tend_policy *policy, tend_err *err);

#endif
