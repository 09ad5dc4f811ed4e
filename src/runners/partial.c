// SPDX-License-Identifier: GPL-3.0-or-later
// partial.c - what an eval or sweep has finished so far, written as a whole and found again.
#include "runners/partial.h"

#include "base/hash.h"
#include "edge/file.h"
#include "edge/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST "tend-partial 1\n"
#define END_LENGTH 21                 // "end ", 16 digits, newline
#define BYTES_MOST ((size_t)16 << 30) // ten million rows take 4 GiB

// The very file we wrote or read, not one that has taken its name since.
static bool is_ours(const partial *p, const struct stat *st)
{
    return p->ours && st->st_dev == p->device && st->st_ino == p->inode;
}

static void remember(partial *p)
{
    struct stat st;
    p->ours = stat(p->path, &st) == 0;
    p->device = p->ours ? st.st_dev : 0;
    p->inode = p->ours ? st.st_ino : 0;
}

tend_rc partial_find(partial *p, const char *out, bool resume, tend_err *err)
{
    place at;
    struct stat st;
    tend_rc rc = out ? place_find(out, &at, err) : TEND_OK;
    if (rc != TEND_OK)
        return rc;
    // a pipe or a terminal has no file beside it
    if (!out || at.in_place)
        return resume ? tend_fail(err, TEND_USAGE,
                                  "--resume needs the --out FILE of the "
                                  "interrupted run")
                      : TEND_OK;
    // beside the real file: its folder can be written, that of a link need not be
    const char *beside = lstat(out, &st) == 0 && S_ISLNK(st.st_mode) ? at.path : out;
    str name = {0};
    str_format(&name, "%s.partial", beside);
    if (name.failed)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", out);
    p->path = name.text;
    if (lstat(p->path, &st) != 0)
        return errno == ENOENT
                   ? TEND_OK
                   : tend_fail(err, TEND_IO, "%s: cannot look at it: %s", p->path, strerror(errno));
    return resume ? TEND_OK
                  : tend_fail(err, TEND_INPUT,
                              "%s is kept from an interrupted run: --resume goes on with it; to "
                              "start anew, move it away",
                              p->path);
}

// first line the two do not share; the caller's run against the file's
static tend_rc compare_identity(const partial *p, const char *theirs, tend_err *err)
{
    const char *mine = p->identity.text;
    while (*mine && *theirs) {
        int here = (int)strcspn(mine, "\n"), there = (int)strcspn(theirs, "\n");
        if (here != there || strncmp(mine, theirs, (size_t)here) != 0)
            break;
        mine += here + 1;
        theirs += there + 1;
    }
    if (!*mine && !*theirs)
        return TEND_OK;
    int name = (int)strcspn(mine, " \n"), length = (int)strcspn(mine, "\n");
    const char *other = theirs + strcspn(theirs, " \n");
    return tend_fail(err, TEND_INPUT,
                     "%s: made with %.*s%.*s, this run has%.*s; give it the options it was made "
                     "with, or move it away",
                     p->path, name, mine, (int)strcspn(other, "\n"), other, length - name,
                     mine + name);
}

// The place of a row, by what it was run with and its seed. `point` is where the one before it
// went: rows stand in that order. Two points that are the same run each keep the same rows.
static tend_rc find_place(const partial *p, const eval_job *job, const result *row, int *point,
                          int *at, tend_err *err)
{
    const uint64_t *hash = p->points ? p->hash : &job->setup->hash;
    int points = p->points ? p->points : 1, each = job->episodes / points, found = -1;
    uint64_t nth = row->seed - job->seed0;
    for (int i = 0; i < points && (found < 0 || job->done[found]); i++) {
        int there = (*point + i) % points;
        if (row->config_hash != hash[there])
            continue;
        if (row->seed < job->seed0 || nth >= (uint64_t)each)
            return tend_fail(err, TEND_INPUT,
                             "%s: seed %" PRIu64 " is beyond --episodes %d, expected at least as "
                             "many episodes as it holds",
                             p->path, row->seed, each);
        found = there * each + (int)nth;
        *at = found;
    }
    if (found < 0)
        return tend_fail(err, TEND_INPUT, "%s: seed %" PRIu64 " was run with other options",
                         p->path, row->seed);
    *point = found / each;
    return TEND_OK;
}

// Rows find their place by seed; any row of another run is refused.
static tend_rc take_rows(const partial *p, eval_job *job, const result *rows, size_t count,
                         tend_err *err)
{
    int point = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        tend_rc rc = find_place(p, job, &rows[i], &point, &at, err);
        if (rc != TEND_OK)
            return rc;
        // lessons are of whole rounds in order, so rows are too
        if (p->learning && (size_t)at != i)
            return tend_fail(err, TEND_INPUT, "%s: seed %" PRIu64 " is out of order", p->path,
                             rows[i].seed);
        job->rows[at] = rows[i];
        job->done[at] = 1;
    }
    bool whole = !p->learning || count % (size_t)job->round == 0 || (int)count == job->episodes;
    return whole ? TEND_OK
                 : tend_fail(err, TEND_INPUT, "%s: ends within a learning round", p->path);
}

// a policy that has learnt nothing yet, or cannot, has nothing to read back
static tend_rc take_policy(const partial *p, eval_job *job, const char *text, size_t length,
                           tend_err *err)
{
    char *now = NULL;
    tend_rc rc = tend_policy_write(job->master, &now, err);
    if (rc == TEND_OK && (strlen(now) != length || memcmp(now, text, length) != 0))
        rc = tend_policy_parse(job->master, text, length, p->path, err);
    free(now);
    return rc;
}

// First line and checksum: half a file, or one somebody edited, is no run to go on with.
static tend_rc check_frame(const partial *p, const char *text, size_t length, tend_err *err)
{
    char end[END_LENGTH + 1];
    size_t first = strlen(FIRST);
    if (length < first || memcmp(text, FIRST, first) != 0)
        return tend_fail(err, TEND_INPUT,
                         "%s: not the interrupted run of this tend, expected the first line "
                         "\"%.*s\"; move it away to start anew",
                         p->path, (int)first - 1, FIRST);
    uint64_t hash = length < END_LENGTH ? 0 : hash_bytes(HASH_START, text, length - END_LENGTH);
    snprintf(end, sizeof end, "end %016" PRIx64 "\n", hash);
    if (length < first + END_LENGTH || memcmp(text + length - END_LENGTH, end, END_LENGTH) != 0)
        return tend_fail(err, TEND_INPUT,
                         "%s: damaged or cut off, its bytes do not give the hash in its last "
                         "line; move it away to start anew",
                         p->path);
    return TEND_OK;
}

// First line, identity, policy with its length, rows, end: cut apart in place.
static tend_rc parse(partial *p, eval_job *job, char *text, size_t length, tend_err *err)
{
    result *rows = NULL;
    size_t count = 0, lessons = 0;
    tend_rc rc = check_frame(p, text, length, err);
    if (rc != TEND_OK)
        return rc;
    // the parts are found by what stands in front of them; the policy by its length, as it may hold
    // anything
    char *end = text + length - END_LENGTH, *identity = text + strlen(FIRST), *policy, *table;
    *end = 0;
    if (!(policy = strstr(identity, "\n\npolicy ")))
        return tend_fail(err, TEND_INPUT, "%s: no policy, expected the line", p->path);
    policy[1] = 0;
    lessons = strtoull(policy + strlen("\n\npolicy "), &policy, 10);
    if (*policy != '\n' || lessons > (size_t)(end - policy) - 1)
        return tend_fail(err, TEND_INPUT, "%s: policy longer than the file", p->path);
    table = ++policy + lessons;
    if (strncmp(table, "rows\n", 5) != 0)
        return tend_fail(err, TEND_INPUT, "%s: no rows, expected the line", p->path);
    table += 5;
    // before the rows: a file of other options is told by the option, not by its first row
    rc = compare_identity(p, identity, err);
    if (rc == TEND_OK)
        rc = result_csv_parse(table, (size_t)(end - table), p->path, &rows, &count, err);
    if (rc == TEND_OK)
        rc = take_rows(p, job, rows, count, err);
    if (rc == TEND_OK && p->learning)
        rc = take_policy(p, job, policy, lessons, err);
    free(rows);
    return rc;
}

tend_rc partial_load(partial *p, eval_job *job, tend_err *err)
{
    struct stat st;
    char *text = NULL;
    size_t length = 0;
    // nothing to resume: the run begins
    if (!p->path || (lstat(p->path, &st) != 0 && errno == ENOENT))
        return TEND_OK;
    remember(p);
    tend_rc rc = file_read(p->path, BYTES_MOST, &text, &length, err);
    if (rc == TEND_OK)
        rc = parse(p, job, text, length, err);
    // a file we could not use stays: it may be somebody's only copy
    p->ours = p->ours && rc == TEND_OK;
    free(text);
    return rc;
}

static tend_rc build(const partial *p, const unsigned char *done, str *out, tend_err *err)
{
    char *policy = NULL;
    tend_rc rc = p->learning ? tend_policy_write(p->job->master, &policy, err) : TEND_OK;
    if (rc != TEND_OK)
        return rc;
    str_add(out, FIRST);
    str_add(out, p->identity.text);
    str_format(out, "\npolicy %zu\n", policy ? strlen(policy) : 0);
    str_add(out, policy ? policy : "");
    str_add(out, "rows\n");
    result_csv_header(out);
    for (int i = 0; i < p->job->episodes; i++)
        if (done[i])
            result_csv_row_exact(&p->job->rows[i], out);
    if (!out->failed)
        str_format(out, "end %016" PRIx64 "\n", hash_bytes(HASH_START, out->text, out->length));
    free(policy);
    return out->failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", p->path) : TEND_OK;
}

// Written as a whole and renamed, so an interruption in the middle leaves the one before.
tend_rc partial_save(partial *p, const unsigned char *done, tend_err *err)
{
    struct stat st;
    str text = {0};
    if (!p->path)
        return TEND_OK;
    if (lstat(p->path, &st) == 0 && !is_ours(p, &st))
        return tend_fail(err, TEND_IO,
                         "%s: another run has put it there meanwhile, it is not overwritten",
                         p->path);
    tend_rc rc = build(p, done, &text, err);
    if (rc == TEND_OK)
        rc = file_write(p->path, text.text, text.length, err);
    if (rc == TEND_OK)
        remember(p);
    str_free(&text);
    return rc;
}

void partial_remove(partial *p)
{
    struct stat st;
    if (p->path && lstat(p->path, &st) == 0 && is_ours(p, &st))
        unlink(p->path);
}

void partial_close(partial *p)
{
    free(p->path);
    str_free(&p->identity);
    p->path = NULL;
}
