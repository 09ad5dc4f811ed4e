// SPDX-License-Identifier: GPL-3.0-or-later
// tally.c - the yardsticks of one episode.
#include "report/tally.h"

#include "agent/decide/guard.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Writes what was wrong into the row; of several faults the first names the place.
static void name_truth(tally *t)
{
    const tend_system *system = t->system;
    const scenario *incident = t->incident;
    result *row = &t->row;
    if (incident->faults == 0) {
        snprintf(row->fault_type, sizeof row->fault_type, "none");
        return;
    }
    const fault *first = &incident->fault[0];
    size_t used = 0;
    for (int i = 0; i < incident->faults && used < sizeof row->fault_type; i++)
        used += (size_t)snprintf(row->fault_type + used, sizeof row->fault_type - used, "%s%s",
                                 i ? "+" : "", fault_name(incident->fault[i].type));
    text_copy(system->services[first->service].name, row->fault_service, sizeof row->fault_service);
    row->fault_t_start = t->onset = first->start;
    row->fault_duration = first->duration;
    row->fault_severity = first->severity;
    for (int i = 1; i < incident->faults; i++)
        // the onset is the earliest, whichever fault stands first
        if (incident->fault[i].start < t->onset)
            row->fault_t_start = t->onset = incident->fault[i].start;
}

// The twin parts before its first tick with a fault: the same world with nothing wrong.
static void part(const tally_watch *w)
{
    tend_sim_copy(w->twin, w->sim);
    tend_sim_heal(w->twin);
}

void tally_start(tally *t, const tend_system *system, const scenario *incident,
                 const tally_watch *watch)
{
    memset(t, 0, sizeof *t);
    t->system = system;
    if (watch)
        t->watch = *watch;
    t->incident = incident;
    t->onset = t->first_visible = -1;
    result *row = &t->row;
    text_copy(system->name, row->system, sizeof row->system);
    // -1 and NAN: not known, an empty cell; 0 would be a figure
    row->fault_t_start = row->fault_duration = -1;
    row->fault_severity = row->confidence = (double)NAN;
    row->first_slo = row->recovered = row->mttr = row->detected_at = -1;
    row->top1 = row->top3 = row->fault_family_hit = -1;
    row->first_visible = row->delay = row->system_seed = -1;
    name_truth(t);
    if (t->watch.twin && t->onset == 0)
        part(&t->watch);
}

// The service is enough, also of an edge fault: its callee is where one would look.
static bool names_fault(const fault *f, const tend_suspect *suspect)
{
    return suspect->service == f->service || (f->edge >= 0 && suspect->edge == f->edge);
}

// the ranking is judged once; a suspect names any of a compound scenario's faults
static void judge_ranking(tally *t, const tend_causes *causes)
{
    const tend_system *system = t->system;
    result *row = &t->row;
    t->judged = true;
    row->top1 = row->top3 = row->fault_family_hit = 0;
    if (causes->count == 0)
        return;
    const tend_suspect *first = &causes->suspect[0];
    const char *callee = system->services[first->service].name;
    char whole[2 * RESULT_NAME_MAX]; // cut to the width of a cell below
    const char *caller =
        first->edge >= 0 ? system->services[system->edges[first->edge].caller].name : "";
    snprintf(whole, sizeof whole, "%s%s%s", caller, first->edge >= 0 ? ">" : "", callee);
    text_copy(whole, row->root_cause, sizeof row->root_cause);
    row->confidence = first->confidence;
    for (int i = 0; i < t->incident->faults; i++) {
        const fault *f = &t->incident->fault[i];
        for (int rank = 0; rank < 3 && rank < causes->count; rank++)
            row->top3 |= names_fault(f, &causes->suspect[rank]);
        row->top1 |= names_fault(f, first);
        row->fault_family_hit |= first->family == fault_family(f->type);
    }
}

// What tally_add calls a right aim; generous to edges, where either end may help.
static bool aimed_right(const tally *t, const tend_action *action)
{
    for (int i = 0; i < t->incident->faults; i++) {
        const fault *f = &t->incident->fault[i];
        if (action->service == f->service)
            return true;
        if (f->edge >= 0 && action->service == t->system->edges[f->edge].caller)
            return true;
        if (fault_family(f->type) == TEND_FAMILY_TRAFFIC && action->service == t->system->entry)
            return true;
    }
    return false;
}

// What was believed at the moment of the action, which is when it mattered.
static void add_aim(tally *t, const tend_frame *frame)
{
    const tend_action *action = &t->system->actions[frame->decision.action];
    if (action->service < 0)
        return;
    t->row.targeted++;
    t->row.wrong_actions += !aimed_right(t, action);
    if (frame->causes.count > 0)
        t->row.said += frame->causes.suspect[0].confidence;
}

static void add_action(tally *t, const tend_frame *frame)
{
    int action = frame->decision.action;
    if (frame->decision.wanted > 0)
        t->row.masked++;
    if (action == 0)
        return;
    t->row.actions++;
    add_aim(t, frame);
    // before the onset, or in a healthy episode, any action is a false one
    bool before = t->onset < 0 || frame->obs->tick < t->onset;
    t->row.false_actions += before;
    // a disruptive action commits to a diagnosis: later ones would see its effects
    if (!before && !t->judged && t->row.detected_at >= 0 &&
        tend_action_row(t->system->actions[action].kind)->disruptive)
        judge_ranking(t, &frame->causes);
}

void tally_add(tally *t, const tend_frame *frame)
{
    result *row = &t->row;
    int tick = t->ticks++;
    bool alarm = frame->findings.alarm, breach = frame->obs->breach;
    row->anomaly_steps += alarm;
    row->slo_steps += breach;
    if (t->onset < 0 || tick < t->onset) {
        row->healthy_steps++;
        row->false_alarm_steps += alarm;
    } else if (alarm && row->detected_at < 0) {
        row->detected_at = tick;
    }
    // the first breach opens the account, ten healthy ticks close it, dated to the first of them
    t->healthy = breach ? 0 : t->healthy + 1;
    if (breach && row->first_slo < 0)
        row->first_slo = tick;
    if (row->first_slo >= 0 && row->recovered < 0 && t->healthy == TALLY_RECOVERED)
        row->recovered = tick - TALLY_RECOVERED + 1;
    if (frame->obs->refused > 0)
        t->refused += frame->obs->refused;
    for (int i = 0; i < frame->outcomes; i++, t->settled++)
        t->reward += frame->outcome[i].reward;
    row->escalated |= frame->decision.escalated;
    add_action(t, frame);
    // nobody acted: the ranking gets a few ticks to see what follows the alarm
    if (!t->judged && row->detected_at >= 0 && tick >= row->detected_at + TALLY_JUDGED_AFTER)
        judge_ranking(t, &frame->causes);
}

bool tally_wants_twin(const tally *t, int tick)
{
    return t->onset >= 0 && tick >= t->onset && t->first_visible < 0;
}

// By more than a quarter, and by more than `floor`, which keeps idle services quiet.
static bool differs(double with, double without, double floor)
{
    double gap = fabs(with - without);
    return gap > floor && gap > 0.25 * fabs(without);
}

void tally_compare(tally *t, int tick, const tend_facts *with, const tend_facts *without)
{
    for (int s = 0; s < t->system->S; s++)
        // ms, share of the capacity, share of the requests; smaller counts noise-free ripples as
        // visible
        if (differs(with->p95_ms[s], without->p95_ms[s], 2) ||
            differs(with->utilisation[s], without->utilisation[s], 0.05) ||
            fabs(with->errors[s] - without->errors[s]) > 0.01) {
            t->first_visible = tick;
            return;
        }
}

// The twin costs as much as the world: it is stepped only until the first difference.
static void look_behind(tally *t)
{
    tend_facts with, without;
    tend_sim_step(t->watch.twin);
    tend_sim_facts(t->watch.sim, &with);
    tend_sim_facts(t->watch.twin, &without);
    tally_compare(t, t->ticks, &with, &without);
}

void tally_watch_tick(tally *t, const tend_frame *frame)
{
    const tend_decision *d = &frame->decision;
    if (t->watch.twin && tally_wants_twin(t, t->ticks))
        look_behind(t);
    // what is decided before the onset is done to both
    if (t->watch.twin && t->ticks + 1 == t->onset) {
        part(&t->watch);
        if (!d->dry_run)
            tend_sim_act(t->watch.twin, d->action);
    }
    tally_add(t, frame);
}

static tend_rc write(void *self, const tend_frame *frame, tend_err *err)
{
    (void)err;
    tally_watch_tick(self, frame);
    return TEND_OK;
}

tend_sink tally_sink(tally *t)
{
    return (tend_sink){.self = t, .write = write};
}

void tally_finish(const tally *t, result *row)
{
    *row = t->row;
    if (row->first_slo >= 0 && row->recovered >= 0)
        row->mttr = row->recovered - row->first_slo;
    row->first_visible = t->first_visible;
    if (row->detected_at >= 0 && t->first_visible >= 0)
        // an alarm before anything was visible was luck or is due to another thing: no delay, not
        // less
        row->delay = row->detected_at > t->first_visible ? row->detected_at - t->first_visible : 0;
    // mean over all ticks counted, not over those with a limit
    row->refused = t->ticks > t->first ? t->refused / (t->ticks - t->first) : 0;
    row->reward = t->settled ? t->reward / t->settled : (double)NAN; // NAN: nothing was priced
}

void tally_describe(const tally *t, const result *row, record *out)
{
    const tend_system *system = t->system;
    size_t used = 0;
    out->result = *row;
    out->has_truth = true;
    out->truth[0] = 0;
    for (int i = 0; i < t->incident->faults && used < sizeof out->truth; i++) {
        const fault *f = &t->incident->fault[i];
        const char *callee = system->services[f->service].name;
        const char *caller =
            f->edge >= 0 ? system->services[system->edges[f->edge].caller].name : "";
        used += (size_t)snprintf(out->truth + used, sizeof out->truth - used,
                                 "%s%s on %s%s%s from t=%d, severity %.2f", i ? "; " : "",
                                 fault_name(f->type), caller, f->edge >= 0 ? ">" : "", callee,
                                 f->start, f->severity);
    }
}
