// SPDX-License-Identifier: GPL-3.0-or-later
// context.c - from what a policy sees to a number and a name, and back.
#include "agent/decide/context.h"

#include "base/assert.h"
#include "base/hash.h"
#include "core/params.h"

#include <stdio.h>
#include <string.h>

_Static_assert(ARMS <= TEND_COMPARED_MAX, "a decision tells of every arm it compared");

static const char *const kind_names[CONTEXT_KINDS] = {"service", "store", "cache"};
static const char *const sign_names[CONTEXT_SIGNS] = {"slow", "failing"};
static const char *const level_names[CONTEXT_LEVELS] = {"held", "missed", "severe"};

static int kind_of(const tend_system *system, int service)
{
    tend_service_kind kind = service < 0 ? TEND_SERVICE : system->services[service].kind;
    return (int)tend_service_row(kind)->policy_class;
}

static int sign_of(const tend_system *system, const tend_suspect *suspect)
{
    return suspect->metric >= 0 && system->metrics[suspect->metric].kind == TEND_ERRORS;
}

static int level_of(const tend_system *system, const tend_obs *obs, double severe)
{
    if (!obs->breach)
        return 0;
    return obs->entry_p95_ms > severe * system->slo.p95_ms ||
                   obs->entry_errors > severe * system->slo.error_share
               ? 2
               : 1;
}

context context_of(const context_scene *s, double severe)
{
    const tend_suspect *suspect = &s->options->suspect;
    return (context){.family = suspect->family,
                     .kind = kind_of(s->system, suspect->service),
                     .sign = sign_of(s->system, suspect),
                     .level = level_of(s->system, s->view->obs, severe),
                     .last = s->memory->last_arm,
                     .tried = s->memory->tried};
}

int context_coarse(const context *c)
{
    return ((int)c->family * CONTEXT_KINDS + c->kind) * CONTEXT_SIGNS + c->sign;
}

int context_number(const context *c)
{
    return (context_coarse(c) * CONTEXT_LEVELS + c->level) * ARMS + c->last;
}

context context_at_coarse(int number)
{
    TEND_ASSERT(number >= 0 && number < CONTEXTS_COARSE);
    return (context){.family = (tend_family)(number / (CONTEXT_KINDS * CONTEXT_SIGNS)),
                     .kind = number / CONTEXT_SIGNS % CONTEXT_KINDS,
                     .sign = number % CONTEXT_SIGNS,
                     .last = ARM_WAIT};
}

context context_at(int number)
{
    context c = context_at_coarse(number / (CONTEXT_LEVELS * ARMS));
    c.level = number / ARMS % CONTEXT_LEVELS;
    c.last = number % ARMS;
    return c;
}

void context_name(const context *c, bool coarse, char out[TEND_CONTEXT_MAX])
{
    int used = snprintf(out, TEND_CONTEXT_MAX, "%s, %s, %s", tend_family_name(c->family),
                        kind_names[c->kind], sign_names[c->sign]);
    if (!coarse)
        snprintf(out + used, TEND_CONTEXT_MAX - (size_t)used, ", %s, after %s",
                 level_names[c->level], playbook_arm_name(c->last));
}

// the words of one place in a name, each with its number
enum { PLACES = 5, WORDS_MAX = 64 };
static const char *const place_names[PLACES] = {"family", "kind of service", "sign", "level",
                                                "arm"};

static const char *word(int place, int i)
{
    switch (place) {
    case 0:
        return i < TEND_FAMILIES ? tend_family_name((tend_family)i) : NULL;
    case 1:
        return i < CONTEXT_KINDS ? kind_names[i] : NULL;
    case 2:
        return i < CONTEXT_SIGNS ? sign_names[i] : NULL;
    case 3:
        return i < CONTEXT_LEVELS ? level_names[i] : NULL;
    default:
        return i < ARMS ? playbook_arm_name(i) : NULL;
    }
}

static tend_rc find_word(const char *text, int length, int place, int *out, tend_err *err)
{
    const char *names[WORDS_MAX + 1], *name;
    char part[64];
    int count = 0;
    for (; count < WORDS_MAX && (name = word(place, count)); count++) {
        if ((int)strlen(name) == length && strncmp(name, text, (size_t)length) == 0) {
            *out = count;
            return TEND_OK;
        }
        names[count] = name;
    }
    names[count] = NULL;
    snprintf(part, sizeof part, "%.*s", length, text);
    const char *near = nearest_name(part, names);
    return tend_fail(err, TEND_INPUT, "\"%s\" is no %s%s%s%s", part, place_names[place],
                     near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

tend_rc context_find_arm(const char *name, int *out, tend_err *err)
{
    return find_word(name, (int)strlen(name), PLACES - 1, out, err);
}

tend_rc context_find(const char *name, context *out, bool *coarse, tend_err *err)
{
    static const char after[] = "after ";
    int found[PLACES] = {0}, place = 0;
    for (const char *at = name; at; place++) {
        const char *comma = strstr(at, ", ");
        if (place == PLACES - 1 && strncmp(at, after, sizeof after - 1) == 0)
            at += sizeof after - 1;
        else if (place >= PLACES - 1)
            break;
        int length = comma ? (int)(comma - at) : (int)strlen(at);
        tend_rc rc = find_word(at, length, place, &found[place], err);
        if (rc != TEND_OK)
            return rc;
        at = comma ? comma + 2 : NULL;
        if (!at && (place == 2 || place == PLACES - 1)) {
            *coarse = place == 2;
            *out = (context){.family = (tend_family)found[0],
                             .kind = found[1],
                             .sign = found[2],
                             .level = found[3],
                             .last = *coarse ? ARM_WAIT : found[4]};
            return TEND_OK;
        }
    }
    return tend_fail(err, TEND_INPUT,
                     "context \"%.80s\", expected \"family, kind, sign\" or \"family, kind, sign, "
                     "level, after arm\"",
                     name);
}

uint64_t context_vocabulary(void)
{
    uint64_t sum = 0;
    const char *name;
    for (int place = 0; place < PLACES; place++)
        for (int i = 0; (name = word(place, i)); i++)
            sum += hash_mix(hash_bytes(hash_mix((uint64_t)place), name, strlen(name)));
    return sum;
}

const char *context_feature_name(int feature)
{
#define NAME(name, meaning) #name,
    static const char *const names[CONTEXT_FEATURES] = {CONTEXT_FEATURE_TABLE(NAME)};
#undef NAME
    TEND_ASSERT(feature >= 0 && feature < CONTEXT_FEATURES);
    return names[feature];
}

// x / (x + half): 0.5 at `half`; what is missing or makes no sense is 0
static double squash(double x, double half)
{
    return x > 0 && x < 1e300 ? x / (x + half) : 0;
}

void context_features(const context_scene *s, double out[CONTEXT_FEATURES])
{
    const tend_obs *obs = s->view->obs;
    const double minute = 60 / s->system->step_s; // in ticks
    int tried = 0;
    for (int arm = 0; arm < ARMS; arm++)
        tried += (s->memory->tried & 1u << arm) != 0;
    out[CONTEXT_FEATURE_one] = 1;
    out[CONTEXT_FEATURE_confidence] = s->options->suspect.confidence;
    out[CONTEXT_FEATURE_overall] = s->view->findings->overall;
    out[CONTEXT_FEATURE_latency] = squash(obs->entry_p95_ms, s->system->slo.p95_ms);
    out[CONTEXT_FEATURE_errors] = squash(obs->entry_errors, s->system->slo.error_share);
    out[CONTEXT_FEATURE_refused] = obs->refused > 0 && obs->refused <= 1 ? obs->refused : 0;
    out[CONTEXT_FEATURE_breach] = obs->breach;
    out[CONTEXT_FEATURE_age] =
        s->view->incidents ? squash((double)s->view->incident[0].age, minute) : 0;
    out[CONTEXT_FEATURE_tried] = (double)tried / ARMS;
}

double context_prior(const context *c, int arm)
{
    int rank = playbook_rank(c->family, arm);
    if (rank >= 0)
        return 0.8 - 0.1 * rank;
    return arm == ARM_WAIT ? 0.45 : 0.3;
}

double context_shift(const context *c, int arm)
{
    if (c->tried & 1u << arm) // a second replica may do what the first did not
        return arm == ARM_SCALE ? -0.1 : -0.5;
    return arm == ARM_WAIT && c->level == 0 && c->last != ARM_WAIT ? 0.4 : 0;
}

static void list(const playbook_view *options, const double *index, tend_decision *out)
{
    bool used[ARMS] = {false};
    for (int n = 0; n < ARMS; n++) {
        int best = -1;
        for (int arm = 0; arm < ARMS; arm++)
            if (options->allowed[arm] && !used[arm] && (best < 0 || index[arm] > index[best]))
                best = arm;
        if (best < 0)
            return;
        used[best] = true;
        out->compared[out->compared_count++] = (tend_compared){options->action[best], index[best]};
    }
}

void context_tell(const context_scene *s, const context *c, int arm, const double *index,
                  tend_decision *out)
{
    out->action = s->options->action[arm];
    out->arm = arm;
    out->confidence = s->options->suspect.confidence;
    out->key = (uint64_t)context_number(c) + 1;
    context_name(c, false, out->context);
    if (index)
        list(s->options, index, out);
}
