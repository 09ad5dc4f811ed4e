// SPDX-License-Identifier: GPL-3.0-or-later
// drive.h - an agent in a simulated system: whole episodes, and what came of them.
//
//     tend_drive *drive;  tend_drive_open(setup, config, &drive, &err);
//     for (uint64_t seed = 200001; seed <= 200100; seed++) {
//         tend_drive_episode(drive, seed, NULL, &err);
//         tend_drive_row(drive, &row, &err);     // a line of what `tend eval` writes
//     }
//
// The agent is given observations and nothing else. Episodes of one setup, configuration and seed
// are the same bytes as those of `tend episode` and `tend eval`. A drive is one thread's; any
// number of them share a setup.
#ifndef TEND_DRIVE_H
#define TEND_DRIVE_H

#include <tend/edge.h>
#include <tend/engine.h>
#include <tend/sim.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tend_drive tend_drive;

// The setup must outlive the drive; of the configuration it keeps a copy.
TEND_API tend_rc tend_drive_open(const tend_sim_setup *setup, const tend_config *config,
                                 tend_drive **out, tend_err *err);
TEND_API void tend_drive_close(tend_drive *drive); // NULL is fine

// The agent, to be given what it has learnt before or asked for it. A new one is TEND_FROZEN.
TEND_API tend_engine *tend_drive_engine(tend_drive *drive);

// Plays the episode of a seed. `more`, a sink beside those that count, may be NULL.
TEND_API tend_rc tend_drive_episode(tend_drive *drive, uint64_t seed, const tend_sink *more,
                                    tend_err *err);

// The yardsticks of the episode played last, as a line of CSV in the columns of tend_row_header
// (docs/formats.md). Each of the three texts ends in its newline, as it stands in a file. *out is
// malloc'ed, the caller frees it.
TEND_API tend_rc tend_drive_row(const tend_drive *drive, char **out, tend_err *err);
TEND_API tend_rc tend_row_header(char **out, tend_err *err);

// The same yardsticks of an episode that somebody else drives: tend_tally_start after
// tend_sim_reset, then tend_tally_add once for each tick with the action chosen in it, before
// tend_sim_act. Started amid an episode it counts from the tick simulated last; past the onset of a
// fault it cannot tell when that was first visible. Both are false, and nothing is counted, for a
// simulation of another setup or one that is not so far, and for an action the system has not. Of
// what nobody watched the columns are empty: detection, diagnosis, guard, judge. The setup must
// outlive both.
typedef struct tend_tally tend_tally;
TEND_API tend_rc tend_tally_open(const tend_sim_setup *setup, tend_tally **out, tend_err *err);
TEND_API void tend_tally_close(tend_tally *tally); // NULL is fine
TEND_API bool tend_tally_start(tend_tally *tally, const tend_sim *sim);
TEND_API bool tend_tally_add(tend_tally *tally, const tend_sim *sim, int action);
TEND_API bool tend_tally_copy(tend_tally *to, const tend_tally *from); // false: another setup
TEND_API tend_rc tend_tally_row(const tend_tally *tally, const tend_sim *sim, char **out,
                                tend_err *err);

// The trace: an episode as lines of JSON, written tick by tick while it is played, as by
// `tend episode --trace`.
//
// The first line names the system, the command that plays it again, its entry, services, metrics
// and actions, and the truth where it was given. Then one line a tick: t, breach, alarm, overall,
// entry_p95_ms, entry_errors, refused, ready [S], score [S], value [S][M] row by row; null is
// missing. Where they are, it also has
//   receipts   what was told of actions sent: id (tick of the decision), action, state
//   outcomes   what decisions were worth, in the tick it is known: decided (tick), key, arm,
//              action, reward 0..1, breach_ticks, effective
//   ranking    the first five suspects: place, family, confidence
//   escalated  a person has been called
//   decision   in ticks with a choice, a lifted limit or a masked wish: action, propensity of it
//              given the allowed ones, confidence, dry_run; allowed, numbers in the first line's
//              actions; compared, what it was ranked by, best first (null: not tried yet, which
//              comes before all); of a choice key and context, the same in words, and arm; wanted
//              and the guard's rule that masked it
//
// A sink for tend_drive_episode or a loop of one's own; the system must outlive it. `reproduce`, a
// command, may be NULL.
typedef struct tend_trace tend_trace;
TEND_API tend_rc tend_trace_open(const tend_system *system, const char *reproduce, const char *path,
                                 tend_trace **out, tend_err *err);
TEND_API tend_sink tend_trace_sink(tend_trace *trace);
// What went wrong in the episode, into the first line: before the first tick is written; later it
// is let be.
TEND_API void tend_trace_truth(tend_trace *trace, const tend_truth *truth);
// tend_drive_episode into a trace, truth included.
TEND_API tend_rc tend_drive_traced(tend_drive *drive, uint64_t seed, tend_trace *trace,
                                   tend_err *err);
// Ends and frees it (NULL is fine); the file is there with `keep` if all of it could be written,
// else what it was before.
TEND_API tend_rc tend_trace_close(tend_trace *trace, bool keep, tend_err *err);

#ifdef __cplusplus
}
#endif
#endif
