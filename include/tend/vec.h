// SPDX-License-Identifier: GPL-3.0-or-later
// vec.h - many episodes side by side, observations as rows of numbers, for programs that learn.
//
// A row holds what a tend_obs does, NAN for what is missing; tend_vec_column names its columns:
//     SERVICE.METRIC                    [S][M]
//     CALLER>CALLEE.client_ms, .server_ms   [E][2]
//     SERVICE.ready, then SERVICE.deploy_age, [S] each
//     entry.p95_ms, entry.errors, refused, breach (0 or 1)
// The reward of a step is 1 without a breach, 0 in one, less the price of the action carried out:
// the judge's usual one (tend params judge), seconds of breach over seconds per tick.
//
// As gymnasium has it: reset shows the first tick; a step acts, simulates a tick and shows it. The
// step after an episode's last tick begins the next one instead, whatever the action: its seed is
// the last one plus the number of episodes side by side, its reward 0.
// The same bytes for any number of threads. One thread at a time may use it; with several threads
// of its own it stays behind in a fork() of the process: the child must not even close it.
#ifndef TEND_VEC_H
#define TEND_VEC_H

#include <tend/sim.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TEND_VEC_MOST 65536
#define TEND_VEC_THREADS_MOST 64

TEND_API int tend_vec_columns(const tend_sim_setup *setup);
// The name of a column, cut to `room` bytes; its whole length, 0 when there is no such column.
TEND_API size_t tend_vec_column(const tend_sim_setup *setup, int column, char *name, size_t room);

typedef struct tend_vec tend_vec;

// count 1..TEND_VEC_MOST; threads 1..TEND_VEC_THREADS_MOST, the caller's among them. The setup must
// outlive it.
TEND_API tend_rc tend_vec_open(const tend_sim_setup *setup, int count, int threads, tend_vec **out,
                               tend_err *err);
TEND_API void tend_vec_close(tend_vec *vec); // NULL is fine

// Begins an episode of each seed [count] and shows its first tick: obs [count][columns]. On an
// error some have begun and others have not: reset again.
TEND_API tend_rc tend_vec_reset(tend_vec *vec, const uint64_t *seed, double *obs, tend_err *err);

// action [count], obs [count][columns], reward [count], ended [count]: 1 in an episode's last tick.
// TEND_USAGE, and nothing is done, for an action the system has not or before a reset. Another
// error is of an episode that could not begin: the others have made their step.
TEND_API tend_rc tend_vec_step(tend_vec *vec, const int32_t *action, double *obs, double *reward,
                               unsigned char *ended, tend_err *err);

// One of them, to look at, to act on or to copy into; NULL when there is no such one.
TEND_API tend_sim *tend_vec_sim(tend_vec *vec, int index);
// Its observation as it stands, as a row [columns]; nothing is written when there is no such one or
// before its first tick.
TEND_API void tend_vec_row(const tend_vec *vec, int index, double *obs);

#ifdef __cplusplus
}
#endif
#endif
