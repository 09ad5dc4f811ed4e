// SPDX-License-Identifier: GPL-3.0-or-later
// own_policy.c - a policy of your own in a program of your own; docs/adding-a-policy.md explains it.
//
//     cc own_policy.c $(pkg-config --cflags --libs tend) -o own_policy && ./own_policy
//
// first_aid restarts the first suspect or gives it one more replica, whichever has served better for
// that family of trouble; now and then it tries the other one.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tend/tend.h>

enum { WAIT, RESTART, SCALE, ARMS };
static const char *const arm_names[ARMS] = {"wait", "restart", "scale_up"};

typedef struct first_aid_params { // doubles only, in the order of the table
    double epsilon, patience;
} first_aid_params;

static const tend_param table[] = {
    {"epsilon", offsetof(first_aid_params, epsilon), TEND_NUMBER, 0.1, 0, 1,
     "share of choices made at random"},
    {"patience", offsetof(first_aid_params, patience), TEND_SECONDS, 5, 1, 600,
     "breach before each choice"},
    {.name = NULL},
};

typedef struct first_aid_state { // plain values, no pointers: saved, copied and hashed as bytes
    double breached;             // ticks in a row, since the last choice
    double count[TEND_FAMILIES][ARMS], sum[TEND_FAMILIES][ARMS];
} first_aid_state;

static size_t state_size(const tend_system *system, const void *params)
{
    (void)system, (void)params;
    return sizeof(first_aid_state);
}

static void init(const tend_node *me, uint64_t seed)
{
    (void)seed;
    memset(me->state, 0, sizeof(first_aid_state));
}

static void reset(const tend_node *me, uint64_t seed) // a new episode keeps what was learnt
{
    (void)seed;
    ((first_aid_state *)me->state)->breached = 0;
}

static double value(const first_aid_state *s, int family, int arm) // untried: neither good nor bad
{
    return s->count[family][arm] > 0 ? s->sum[family][arm] / s->count[family][arm] : 0.5;
}

static void decide(const tend_node *me, const tend_view *view, tend_decision *out)
{
    const first_aid_params *p = me->params;
    first_aid_state *s = me->state;
    s->breached = view->obs->breach ? s->breached + 1 : 0;
    if (s->breached < p->patience || view->causes->count == 0)
        return; // out->action is 0 already: do nothing
    const tend_suspect *suspect = &view->causes->suspect[0];
    int family = (int)suspect->family, open[ARMS], actions[ARMS], n = 0, best = 0;
    actions[WAIT] = 0;
    actions[RESTART] = tend_system_action(me->system, TEND_RESTART, suspect->service, -1);
    actions[SCALE] = tend_system_action(me->system, TEND_SCALE_UP, suspect->service, -1);
    for (int arm = 0; arm < ARMS; arm++) // only what the guard allows may be chosen
        if (actions[arm] >= 0 && view->allowed[actions[arm]])
            open[n++] = arm;
    for (int i = 1; i < n; i++)
        if (value(s, family, open[i]) > value(s, family, open[best]))
            best = i;
    double epsilon = me->learning == TEND_FROZEN ? 0 : p->epsilon;
    double u = (double)(me->seed >> 11) * 0x1p-53; // 0..1, the only randomness there is
    int pick = u < epsilon ? (int)(u / epsilon * n) : best;
    out->action = actions[open[pick]];
    out->propensity = epsilon / n + (pick == best ? 1 - epsilon : 0);
    out->key = (uint64_t)family + 1; // a decision with a key is judged, and learnt from
    out->arm = open[pick];
    out->confidence = suspect->confidence;
    snprintf(out->context, sizeof out->context, "%s", tend_family_name(suspect->family));
    s->breached = 0;
}

static void learn(const tend_node *me, const tend_outcome *outcome)
{
    first_aid_state *s = me->state;
    s->count[outcome->key - 1][outcome->arm] += 1;
    s->sum[outcome->key - 1][outcome->arm] += outcome->reward;
}

static const char *const numbers[] = {"count", "sum", NULL};

static bool row(const tend_node *me, int index, tend_lesson *out)
{
    const first_aid_state *s = me->state;
    int family = index / ARMS, arm = index % ARMS;
    if (family >= TEND_FAMILIES)
        return false;
    const char *name = s->count[family][arm] > 0 ? tend_family_name((tend_family)family) : "";
    snprintf(out->context, sizeof out->context, "%s", name); // empty: nothing to save here
    snprintf(out->arm, sizeof out->arm, "%s", arm_names[arm]);
    out->number[0] = s->count[family][arm];
    out->number[1] = s->sum[family][arm];
    return true;
}

static tend_rc restore(const tend_node *me, const tend_lesson *row, tend_err *err)
{
    first_aid_state *s = me->state;
    int family = 0, arm = 0;
    while (family < TEND_FAMILIES && strcmp(tend_family_name((tend_family)family), row->context))
        family++;
    while (arm < ARMS && strcmp(arm_names[arm], row->arm))
        arm++;
    if (family == TEND_FAMILIES || arm == ARMS || !(row->number[0] > 0))
        return tend_fail(err, TEND_INPUT, "\"%.80s\", %s: no lesson of first_aid", row->context,
                         row->arm);
    s->count[family][arm] = row->number[0];
    s->sum[family][arm] = row->number[1];
    return TEND_OK;
}

static const tend_policy first_aid = {
    .base = {"first_aid", "restart or scale, by what has served", table, sizeof(first_aid_params),
             state_size, init},
    .decide = decide,
    .reset = reset,
    .learn = learn,
    .numbers = numbers,
    .row = row,
    .restore = restore,
};

static const char system_json[] =
    "{\"name\": \"pair\", \"services\": ["
    "{\"name\": \"web\", \"kind\": \"service\", \"replicas\": 2, \"most_replicas\": 4},"
    "{\"name\": \"store\", \"kind\": \"database\", \"replicas\": 2, \"most_replicas\": 4}],"
    "\"edges\": [{\"caller\": \"web\", \"callee\": \"store\"}],"
    "\"entry\": \"web\", \"slo\": {\"p95_ms\": 250, \"error_share\": 0.05}}";

static const char agent_json[] = "{\"name\": \"mine\", \"detector\": {\"plugin\": \"threshold\"},"
                                 "\"guard\": {\"confidence\": 0},"
                                 "\"policy\": {\"plugin\": \"first_aid\", \"epsilon\": 0.3}}";

static int fail(const tend_err *err)
{
    fprintf(stderr, "%s\n", err->text);
    return 1;
}

// a store that is slow for 30 of every 120 ticks, whatever is done about it
static int play(const tend_system *system, tend_engine *engine, int ticks)
{
    double edge[2] = {5, 4}, ready[2] = {2, 2}, age[2] = {1000, 1000};
    double *cells = calloc((size_t)(system->S * system->M), sizeof *cells);
    int chosen = 0, latency = tend_system_column(system, TEND_LATENCY);
    for (int64_t tick = 0; cells && tick < ticks; tick++) {
        bool slow = tick % 120 >= 90;
        for (int i = 0; i < system->S * system->M; i++)
            cells[i] = 0.3 + 0.001 * (double)((tick * 7 + i) % 5);
        cells[latency] = slow ? 600 : 40; // web
        cells[system->M + latency] = slow ? 550 : 20;
        tend_obs obs = {.size = sizeof obs,
                        .tick = tick,
                        .value = cells,
                        .edge = edge,
                        .ready = ready,
                        .deploy_age = age,
                        .entry_p95_ms = cells[latency],
                        .breach = slow};
        const tend_frame *frame = tend_step(engine, &obs);
        chosen += frame->decision.key != 0;
    }
    free(cells);
    return chosen;
}

int main(void)
{
    tend_err err;
    tend_system *system = NULL;
    tend_config *config = NULL;
    tend_engine *engine = NULL, *other = NULL;
    char *learnt = NULL, *again = NULL;
    if (tend_system_parse(system_json, strlen(system_json), "pair", &system, &err) != TEND_OK ||
        tend_config_new(&config, &err) != TEND_OK ||
        tend_config_register_policy(config, &first_aid, &err) != TEND_OK ||
        tend_config_read(config, agent_json, strlen(agent_json), "mine", &err) != TEND_OK ||
        tend_open(system, config, 1, &engine, &err) != TEND_OK ||
        tend_open(system, config, 2, &other, &err) != TEND_OK)
        return fail(&err);
    int chosen = play(system, engine, 1200);
    // what was learnt goes from one engine to another by name
    if (tend_policy_write(engine, &learnt, &err) != TEND_OK ||
        tend_policy_parse(other, learnt, strlen(learnt), "learnt.json", &err) != TEND_OK ||
        tend_policy_write(other, &again, &err) != TEND_OK)
        return fail(&err);
    printf("policy %s, epsilon %g: %d choices\n%s", tend_config_plugin(config, "policy"),
           tend_config_number(config, "policy", "epsilon"), chosen, learnt);
    int same = strcmp(learnt, again) == 0;
    free(learnt);
    free(again);
    tend_close(engine);
    tend_close(other);
    tend_config_free(config);
    tend_system_free(system);
    return same && chosen > 0 ? 0 : 1;
}
