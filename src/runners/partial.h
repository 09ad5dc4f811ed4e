// SPDX-License-Identifier: GPL-3.0-or-later
// partial.h - what an eval or sweep has finished so far, kept beside its output till that is there.
//
// One file holds rows, what was learnt and the identity of the run, and is replaced as a whole: no
// kill can leave rows and lessons of different age. A line of text each:
//     tend-partial 1
//     NAME VALUE          identity: everything that must be the same for the rows to fit together
//                         an empty line
//     policy BYTES        then so many bytes of JSON; 0 without learning
//     rows                then the CSV of the finished episodes, numbers to the last bit
//     end HASH            of all bytes before this line
// A file this run did not write or resume is never overwritten nor removed.
#ifndef TEND_RUNNERS_PARTIAL_H
#define TEND_RUNNERS_PARTIAL_H

#include "base/str.h"
#include "drive/eval.h"

#include <sys/stat.h>

typedef struct partial { // start with {0}; partial_close frees
    char *path;          // FILE.partial; NULL: nothing can be kept (standard output, a device)
    str identity;        // lines "NAME VALUE\n", filled by the caller before partial_load
    const eval_job *job;
    // of a sweep, whose episodes stand point by point in the job; 0: the job's setup is the point
    const uint64_t *hash; // [points] config_hash of its rows
    int points;
    bool learning, ours; // ours: the file of the two numbers below was written or resumed here
    dev_t device;
    ino_t inode;
} partial;

// Finds the name for an output. A file that is there already is refused unless it is to be resumed.
tend_rc partial_find(partial *p, const char *out, bool resume, tend_err *err);

// Takes rows and lessons into the job; no file: TEND_OK, nothing taken. A damaged or foreign file
// or one of another identity is TEND_INPUT, naming what differs, and stays as it is.
tend_rc partial_load(partial *p, eval_job *job, tend_err *err);

// Writes the episodes marked in done[job->episodes]; fails for a file that is not ours.
tend_rc partial_save(partial *p, const unsigned char *done, tend_err *err);

void partial_remove(partial *p); // only what is ours
void partial_close(partial *p);

#endif
