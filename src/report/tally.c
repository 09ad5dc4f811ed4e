// SPDX-License-Identifier: GPL-3.0-or-later
// tally.c - the yardsticks of one episode.
#include "report/tally.h"

#include "agent/decide/guard.h"
#include "base/text.h"
#include "report/remedy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// The incident's faults as they begin, those of one tick as they stand in the scenario.
static void put_in_order(tally *t)
{
    const scenario *incident = t->incident;
    for (int i = 0; i < incident->faults; i++) {
        int k = i;
        for (; k > 0 && incident->fault[t->order[k - 1]].start > incident->fault[i].start; k--)
            t->order[k] = t->order[k - 1];
        t->order[k] = i;
    }
}

static const fault *fault_at(const tally *t, int place)
{
    return &t->incident->fault[t->order[place]];
}

// Writes what was wrong into the row; of several faults the first to begin names the place.
static void name_truth(tally *t)
{
    const tend_system *system = t->system;
    result *row = &t->row;
    size_t used = 0;
    t->whole.onset = 0;
    if (t->incident->faults == 0) {
        snprintf(row->fault_type, sizeof row->fault_type, "none");
        return;
    }
    put_in_order(t);
    for (int i = 0; i < t->incident->faults && used < sizeof row->fault_type; i++)
        used += (size_t)snprintf(row->fault_type + used, sizeof row->fault_type - used, "%s%s",
                                 i ? "+" : "", fault_name(fault_at(t, i)->type));
    const fault *first = fault_at(t, 0);
    text_copy(system->services[first->service].name, row->fault_service, sizeof row->fault_service);
    row->fault_t_start = t->onset = t->whole.onset = first->start;
    row->fault_duration = first->duration;
    row->fault_severity = first->severity;
    if (t->incident->faults > 1) {
        const fault *next = fault_at(t, 1);
        text_copy(system->services[next->service].name, row->fault2_service,
                  sizeof row->fault2_service);
        row->fault2_t_start = t->second.onset = next->start;
    }
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
    t->onset = t->first_visible = t->last_breach = -1;
    t->whole = t->second = (tally_account){TALLY_NEVER, -1, -1, -1, false};
    result *row = &t->row;
    text_copy(system->name, row->system, sizeof row->system);
    // -1 and NAN: not known, an empty cell; 0 would be a figure
    row->fault_t_start = row->fault_duration = -1;
    row->fault_severity = row->confidence = (double)NAN;
    row->first_slo = row->recovered = row->mttr = row->detected_at = -1;
    row->top1 = row->top3 = row->fault_family_hit = -1;
    row->first_visible = row->delay = row->system_seed = -1;
    row->escalated_at = row->escalation_right = -1;
    row->fault2_t_start = row->fault2_first_slo = row->fault2_recovered = row->fault2_top1 = -1;
    row->noop_steps = row->beam_steps = row->oracle_steps = -1;
    row->lost_detection = row->lost_confirmation = -1;
    row->lost_first_action = row->lost_later_actions = -1;
    name_truth(t);
    if (t->watch.twin && t->onset == 0)
        part(&t->watch);
}

// The service is enough, also of an edge fault: its callee is where one would look.
static bool names_fault(const fault *f, const tend_suspect *suspect)
{
    return suspect->service == f->service || (f->edge >= 0 && suspect->edge == f->edge);
}

// A place is right where a fault has begun: one that comes later is named by luck.
static void judge_ranking(tally *t, const tend_frame *frame)
{
    const tend_causes *causes = &frame->causes;
    const tend_system *system = t->system;
    result *row = &t->row;
    t->whole.judged = true;
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
        if (f->start > t->ticks - 1)
            continue;
        for (int rank = 0; rank < 3 && rank < causes->count; rank++)
            row->top3 |= names_fault(f, &causes->suspect[rank]);
        row->top1 |= names_fault(f, first);
        row->fault_family_hit |= first->family == fault_family(f->type);
    }
}

static bool names_another(const tally *t, const tend_suspect *suspect)
{
    for (int i = 0; i < t->incident->faults; i++)
        if (i != 1 && fault_at(t, i)->start <= t->ticks - 1 && names_fault(fault_at(t, i), suspect))
            return true;
    return false;
}

// The second fault: who names another is right too and is passed over.
static void judge_second(tally *t, const tend_frame *frame)
{
    const tend_causes *causes = &frame->causes;
    const fault *second = fault_at(t, 1);
    int rank = 0;
    t->second.judged = true;
    while (rank < causes->count && !names_fault(second, &causes->suspect[rank]) &&
           names_another(t, &causes->suspect[rank]))
        rank++;
    t->row.fault2_top1 = rank < causes->count && names_fault(second, &causes->suspect[rank]);
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
    result *row = &t->row;
    if (action->service < 0)
        return;
    bool right = aimed_right(t, action);
    double said = frame->causes.count > 0 ? frame->causes.suspect[0].confidence : 0;
    int tenth = said >= 1 ? RESULT_TENTHS - 1 : said > 0 ? (int)(said * RESULT_TENTHS) : 0;
    row->targeted++;
    row->wrong_actions += !right;
    row->said += said;
    row->aimed[tenth]++;
    row->aimed_right[tenth] += right;
    row->aimed_said[tenth] += (int)(100 * said + 0.5);
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
    t->row.false_actions += t->onset < 0 || t->ticks - 1 < t->onset;
}

// Nobody acted: the ranking gets a few ticks to see what follows the alarm. A disruptive action
// commits to a diagnosis: later ones would see its effects.
static bool is_due(const tally *t, const tally_account *a, const tend_frame *frame)
{
    return !a->judged && a->detected >= 0 &&
           (t->ticks - 1 >= a->detected + TALLY_JUDGED_AFTER ||
            tend_action_row(t->system->actions[frame->decision.action].kind)->disruptive);
}

static void add_to_account(const tally *t, const tend_frame *frame, tally_account *a)
{
    int tick = t->ticks - 1;
    if (tick < a->onset)
        return;
    if (frame->findings.alarm && a->detected < 0 && t->onset >= 0)
        a->detected = tick;
    if (frame->obs->breach && a->first < 0)
        a->first = tick;
    // dated to the first of the ten; those before the onset do not help
    if (a->first >= 0 && a->recovered < 0 && t->healthy == TALLY_RECOVERED)
        a->recovered = tick - TALLY_RECOVERED + 1;
}

// A breach after it had been over; one that another fault brings is no relapse.
static bool relapses(const tally *t)
{
    int tick = t->ticks - 1;
    if (t->last_breach < 0 || t->healthy < TALLY_RECOVERED)
        return false;
    for (int i = 0; i < t->incident->faults; i++)
        if (t->incident->fault[i].start > t->last_breach && t->incident->fault[i].start <= tick)
            return false;
    return true;
}

static void add_breach(tally *t, bool breach)
{
    if (breach) {
        t->row.slo_steps++;
        t->row.slo_before += t->onset < 0 || t->ticks - 1 < t->onset;
        t->row.relapses += relapses(t);
        t->last_breach = t->ticks - 1;
    }
    t->healthy = breach ? 0 : t->healthy + 1;
}

static void add_escalation(tally *t)
{
    t->row.escalated = 1;
    if (t->row.escalated_at >= 0)
        return;
    t->row.escalated_at = t->ticks - 1;
    t->row.escalation_right = 0;
    for (int i = 0; i < t->incident->faults; i++) {
        const fault *f = &t->incident->fault[i];
        if (fault_present(f, t->ticks - 1) && !remedy_known(f, t->system))
            t->row.escalation_right = 1;
    }
}

void tally_add(tally *t, const tend_frame *frame)
{
    result *row = &t->row;
    int tick = t->ticks++;
    bool alarm = frame->findings.alarm;
    row->anomaly_steps += alarm;
    if (t->onset < 0 || tick < t->onset) {
        row->healthy_steps++;
        row->false_alarm_steps += alarm;
    }
    add_breach(t, frame->obs->breach);
    add_to_account(t, frame, &t->whole);
    add_to_account(t, frame, &t->second);
    if (frame->obs->refused > 0)
        t->refused += frame->obs->refused;
    for (int i = 0; i < frame->outcomes; i++, t->settled++)
        t->reward += frame->outcome[i].reward;
    if (frame->decision.escalated)
        add_escalation(t);
    add_action(t, frame);
    if (is_due(t, &t->whole, frame))
        judge_ranking(t, frame);
    if (is_due(t, &t->second, frame))
        judge_second(t, frame);
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
    row->detected_at = t->whole.detected;
    row->first_slo = t->whole.first;
    row->recovered = t->whole.recovered;
    row->fault2_first_slo = t->second.first;
    row->fault2_recovered = t->second.recovered;
    row->stuck =
        row->slo_steps >= TALLY_STUCK && row->actions <= TALLY_STUCK_ACTIONS && row->escalated == 0;
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
