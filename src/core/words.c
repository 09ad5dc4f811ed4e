// SPDX-License-Identifier: GPL-3.0-or-later
// words.c - the rows of the vocabulary at run time.
//
// Every table is filled by a macro that names all its columns: a row with another number of them
// stops the compiler here, whatever other readers of the table leave out.
#include <tend/words.h>

#include "base/assert.h"

#include <stddef.h>
#include <tend/plugin.h>

#define SERVICE_ROW(e, name, class) [TEND_##e] = {name, TEND_CLASS_##class},

static const tend_service_word services[TEND_SERVICE_KINDS] = {TEND_SERVICE_TABLE(SERVICE_ROW)};

#define FLOOR(absolute, relative)                                                                  \
    {                                                                                              \
        absolute, relative                                                                         \
    }
#define METRIC_ROW(e, name, unit, column, usual, bad, watched, baseline, limit, hint, help)        \
    [TEND_##e] = {                                                                                 \
        name, unit, column, usual, TEND_BAD_##bad, watched, baseline, TEND_FAMILY_##hint, help},

static const tend_metric_word metrics[TEND_METRIC_KINDS] = {TEND_METRIC_TABLE(METRIC_ROW)};

#define COST_PRICE(parameter, seconds, help) "cost_" #parameter
#define COST_PRICED_AS(parameter) "cost_" #parameter
#define NAME_ARM(e, name) name
#define NAME_NO_ARM NULL
#define ACTION_ROW(e, name, target, disruptive, undo, replicas, need, price, arm, help)            \
    [TEND_##e] = {name,         TEND_AT_##target, disruptive,                                      \
                  TEND_##undo,  replicas,         TEND_NEED_##need,                                \
                  COST_##price, NAME_##arm,       help},

static const tend_action_word actions[TEND_ACTION_KINDS] = {TEND_ACTION_TABLE(ACTION_ROW)};

#define PLAYBOOK(...)                                                                              \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define FAMILY_ROW(e, name, playbook, help) [TEND_FAMILY_##e] = {name, playbook, help},

static const tend_family_word families[TEND_FAMILIES] = {TEND_FAMILY_TABLE(FAMILY_ROW)};

#define EVIDENCE_ROW(e, name, value, reference, weight, phrase)                                    \
    [TEND_EVIDENCE_##e] = {name, value, reference, weight},

static const tend_evidence_word evidence[TEND_EVIDENCE_KINDS] = {TEND_EVIDENCE_TABLE(EVIDENCE_ROW)};

const tend_service_word *tend_service_row(tend_service_kind kind)
{
    TEND_ASSERT(kind < TEND_SERVICE_KINDS);
    return &services[kind];
}

const tend_metric_word *tend_metric_row(tend_metric_kind kind)
{
    TEND_ASSERT(kind < TEND_METRIC_KINDS);
    return &metrics[kind];
}

const tend_action_word *tend_action_row(tend_action_kind kind)
{
    TEND_ASSERT(kind < TEND_ACTION_KINDS);
    return &actions[kind];
}

const tend_family_word *tend_family_row(tend_family family)
{
    TEND_ASSERT(family < TEND_FAMILIES);
    return &families[family];
}

const tend_evidence_word *tend_evidence_row(tend_evidence_kind kind)
{
    TEND_ASSERT(kind < TEND_EVIDENCE_KINDS);
    return &evidence[kind];
}

const char *tend_service_kind_name(tend_service_kind kind)
{
    return tend_service_row(kind)->name;
}

const char *tend_metric_kind_name(tend_metric_kind kind)
{
    return tend_metric_row(kind)->name;
}

const char *tend_action_kind_name(tend_action_kind kind)
{
    return tend_action_row(kind)->name;
}

const char *tend_family_name(tend_family family)
{
    return tend_family_row(family)->name;
}

const char *tend_evidence_name(tend_evidence_kind kind)
{
    return tend_evidence_row(kind)->name;
}

const char *tend_receipt_name(tend_receipt_state state)
{
#define RECEIPT_NAME(e, name, help) [TEND_RECEIPT_##e] = name,
    static const char *const names[TEND_RECEIPT_STATES] = {TEND_RECEIPT_TABLE(RECEIPT_NAME)};
    TEND_ASSERT(state < TEND_RECEIPT_STATES);
    return names[state];
}

const char *tend_param_kind_name(tend_param_kind kind)
{
    static const char *const names[] = {"integer", "flag", "number", "seconds", "seconds"};
    TEND_ASSERT(kind <= TEND_PATIENCE);
    return names[kind];
}
