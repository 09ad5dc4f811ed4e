// SPDX-License-Identifier: GPL-3.0-or-later
// oracle_cache.c - one answer a line: program, setup, seed, breach with the plan, plan.
#include "runners/oracle_cache.h"

#include "base/hash.h"
#include "edge/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST "tend-oracle 2\n"
#define LAST "end "

typedef struct line {
    uint64_t program;
    oracle_entry of;
} line;

// Of the bytes that run; where they cannot be read, of the version.
static uint64_t hash_program(void)
{
    char *bytes = NULL;
    size_t length;
    uint64_t hash = hash_bytes(HASH_START, TEND_VERSION, strlen(TEND_VERSION));
    if (file_read("/proc/self/exe", 0, &bytes, &length, NULL) == TEND_OK)
        hash = hash_bytes(hash, bytes, length);
    free(bytes);
    return hash;
}

static void add_line(const line *l, str *out)
{
    const oracle_answer *a = &l->of.answer;
    str_format(out, "%016" PRIx64 " %016" PRIx64 " %" PRIu64 " %d %d", l->program, l->of.setup,
               l->of.seed, a->beam, a->plan.actions);
    for (int i = 0; i < a->plan.actions; i++)
        str_format(out, " %d:%d", a->plan.step[i].tick, a->plan.step[i].action);
    str_char(out, '\n');
}

// What add_line wrote; false: something else.
static bool read_line(const char *text, line *out)
{
    int at = 0, more;
    oracle_plan *plan = &out->of.answer.plan;
    *out = (line){.program = 0};
    if (sscanf(text, "%" SCNx64 " %" SCNx64 " %" SCNu64 " %d %d%n", &out->program, &out->of.setup,
               &out->of.seed, &out->of.answer.beam, &plan->actions, &at) != 5 ||
        plan->actions < 0 || plan->actions > ORACLE_ACTIONS)
        return false;
    for (int i = 0; i < plan->actions; i++, at += more)
        if (sscanf(text + at, " %d:%d%n", &plan->step[i].tick, &plan->step[i].action, &more) != 2)
            return false;
    return text[at] == '\n';
}

// Whole, and its checksum holds; where the lines begin and end.
static tend_rc check(const char *path, char *text, size_t length, char **end, tend_err *err)
{
    *end = length > strlen(LAST) ? text + length - 1 : text;
    while (*end > text && (*end)[-1] != '\n')
        --*end;
    char *rest = NULL;
    bool ours = strncmp(text, FIRST, strlen(FIRST)) == 0;
    bool whole = ours && strncmp(*end, LAST, strlen(LAST)) == 0 &&
                 strtoull(*end + strlen(LAST), &rest, 16) ==
                     hash_bytes(HASH_START, text, (size_t)(*end - text)) &&
                 strcmp(rest, "\n") == 0;
    if (!ours)
        return tend_fail(err, TEND_INPUT, "%s: not a file of --oracle-cache", path);
    if (!whole)
        return tend_fail(err, TEND_INPUT, "%s: cut or changed, its checksum does not hold", path);
    return TEND_OK;
}

tend_rc oracle_cache_load(const char *path, oracle_book *book, tend_err *err)
{
    char *text = NULL, *end;
    size_t length;
    oracle_answer known;
    uint64_t program = hash_program();
    if (access(path, F_OK) != 0)
        return TEND_OK;
    tend_rc rc = file_read(path, 0, &text, &length, err);
    if (rc == TEND_OK)
        rc = check(path, text, length, &end, err);
    char *at = rc == TEND_OK ? text + strlen(FIRST) : NULL;
    for (int number = 2; rc == TEND_OK && at < end; number++) {
        line l;
        if (!read_line(at, &l)) {
            rc = tend_fail(err, TEND_INPUT, "%s:%d: not an answer", path, number);
            break; // a NUL among its bytes: no end of line to be found
        }
        if (l.program == program && !oracle_book_find(book, l.of.setup, l.of.seed, &known))
            rc = oracle_book_add(book, &l.of, err);
        at = strchr(at, '\n') + 1;
    }
    free(text);
    return rc;
}

tend_rc oracle_cache_save(const char *path, oracle_book *book, tend_err *err)
{
    str text = {0};
    size_t count;
    // what others have put there meanwhile stays
    tend_rc rc = oracle_cache_load(path, book, err);
    const oracle_entry *entry = oracle_book_entries(book, &count);
    uint64_t program = hash_program();
    str_add(&text, FIRST);
    for (size_t i = 0; i < count; i++)
        add_line(&(line){program, entry[i]}, &text);
    if (!text.failed)
        str_format(&text, LAST "%016" PRIx64 "\n", hash_bytes(HASH_START, text.text, text.length));
    if (rc == TEND_OK && text.failed)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", path);
    if (rc == TEND_OK)
        rc = file_write(path, text.text, text.length, err);
    str_free(&text);
    return rc;
}
