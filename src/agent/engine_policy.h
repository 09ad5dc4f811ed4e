// SPDX-License-Identifier: GPL-3.0-or-later
// engine_policy.h - access to an engine's policy for saving and loading (policy_file.c).
#ifndef TEND_AGENT_ENGINE_POLICY_H
#define TEND_AGENT_ENGINE_POLICY_H

#include <tend/engine.h>

// The policy at work in an engine; *me is what its calls take.
const tend_policy *engine_policy(const tend_engine *engine, tend_node *me);
// Its configuration is in this one.
const tend_config *engine_config(const tend_engine *engine);

#endif
