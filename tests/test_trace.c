// SPDX-License-Identifier: GPL-3.0-or-later
// test_trace.c - a trace says what the frames said, and its file is there whole or not at all.
#include "frame_support.h"

#include "drive/setup.h"
#include <tend/drive.h>

#include <cjson/cJSON.h>
#include <sys/stat.h>

static tend_err err;

static void fresh(char path[64])
{
    snprintf(path, 64, "/tmp/tend-trace-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "old\n", 4), 4);
    assert_int_equal(close(fd), 0);
}

static char *content(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    char *text = calloc(1, (size_t)st.st_size + 1);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fread(text, 1, (size_t)st.st_size, f), st.st_size);
    fclose(f);
    return text;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item))
        fail_msg("%s is no number", key);
    return item->valuedouble;
}

static const char *text(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

// every frame of an episode, and what a trace of it reads
typedef struct spy {
    tend_sink trace;
    const tend_system *system;
    tend_decision decision[400];
    bool allowed[400][64];
    tend_outcome outcome[400];
    int ticks, outcomes;
} spy;

static tend_rc spy_write(void *self, const tend_frame *frame, tend_err *told)
{
    spy *s = self;
    s->decision[s->ticks] = frame->decision;
    for (int a = 0; a < s->system->A; a++)
        s->allowed[s->ticks][a] = frame->decision.masked[a] == 0;
    s->ticks++;
    for (int i = 0; i < frame->outcomes; i++)
        s->outcome[s->outcomes++] = frame->outcome[i];
    return s->trace.write(s->trace.self, frame, told);
}

static void same_decision(const spy *s, int t, const cJSON *said)
{
    const tend_decision *d = &s->decision[t];
    const tend_system *system = s->system;
    assert_string_equal(text(said, "action"), system->actions[d->action].name);
    assert_near(number(said, "propensity"), d->propensity, 0);
    assert_near(number(said, "confidence"), d->confidence, 0);
    assert_int_equal(cJSON_HasObjectItem(said, "key"), d->key != 0);
    if (d->key) {
        assert_near(number(said, "key"), (double)d->key, 0);
        assert_near(number(said, "arm"), d->arm, 0);
        assert_string_equal(text(said, "context"), d->context);
        assert_true(d->context[0]);
    }
    const cJSON *allowed = cJSON_GetObjectItem(said, "allowed"), *item;
    int next = 0;
    for (int a = 0; a < system->A; a++)
        if (s->allowed[t][a])
            assert_near(cJSON_GetArrayItem(allowed, next++)->valuedouble, a, 0);
    assert_int_equal(cJSON_GetArraySize(allowed), next);
    int i = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(said, "compared"))
    {
        assert_string_equal(text(item, "action"), system->actions[d->compared[i].action].name);
        assert_near(number(item, "index"), d->compared[i].index, 0);
        assert_true(s->allowed[t][d->compared[i++].action]);
    }
    assert_int_equal(i, d->compared_count);
    bool wished = d->wanted > 0 && !s->allowed[t][d->wanted];
    assert_int_equal(cJSON_HasObjectItem(said, "wanted"), wished);
    if (wished)
        assert_string_equal(text(said, "wanted"), system->actions[d->wanted].name);
}

static void same_outcome(const spy *s, const tend_outcome *o, const cJSON *said)
{
    assert_near(number(said, "decided"), (double)o->decided, 0);
    assert_near(number(said, "key"), (double)o->key, 0);
    assert_near(number(said, "arm"), o->arm, 0);
    assert_near(number(said, "reward"), o->reward, 0);
    assert_near(number(said, "breach_ticks"), o->breach_ticks, 0);
    assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(said, "effective")), o->effective);
    assert_string_equal(text(said, "action"), s->system->actions[o->action].name);
}

static void a_trace_says_what_every_frame_said(void **state)
{
    (void)state;
    run_setup setup;
    tend_drive *r;
    result row;
    char path[64];
    tend_trace *t = NULL;
    run_files files = {"examples/systems/default.json", NULL, NULL};
    assert_int_equal(run_setup_open(&setup, &files, 240, &err), TEND_OK);
    assert_int_equal(run_open(&setup, &r, &err), TEND_OK);
    int chosen = 0, masked = 0, settled = 0, told = 0;
    for (uint64_t seed = 18; seed < 22; seed++) {
        fresh(path);
        assert_int_equal(tend_trace_open(setup.sim->system, "a \"b\"", path, &t, &err), TEND_OK);
        spy *s = calloc(1, sizeof *s);
        s->trace = tend_trace_sink(t);
        s->system = setup.sim->system;
        tend_sink sink = {.self = s, .write = spy_write};
        assert_int_equal(drive_episode(r, seed, &row, NULL, &sink, &err), TEND_OK);
        assert_int_equal(tend_trace_close(t, true, &err), TEND_OK);
        char *whole = content(path), *rest = whole, *line = strsep(&rest, "\n");
        cJSON *head = cJSON_Parse(line);
        assert_string_equal(text(head, "format"), "tend-trace");
        assert_near(number(head, "version"), 3, 0);
        assert_string_equal(text(head, "reproduce"), "a \"b\"");
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(head, "actions")),
                         setup.sim->system->A);
        cJSON_Delete(head);
        int ticks = 0, outcome = 0;
        for (; (line = strsep(&rest, "\n")) && *line; ticks++) {
            cJSON *root = cJSON_Parse(line);
            const cJSON *item, *said = cJSON_GetObjectItem(root, "decision");
            assert_non_null(root);
            assert_near(number(root, "t"), ticks, 0);
            const tend_decision *d = &s->decision[ticks];
            bool wished = d->wanted > 0 && !s->allowed[ticks][d->wanted];
            assert_int_equal(said != NULL, d->key || d->action || wished);
            if (said)
                same_decision(s, ticks, said);
            cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "outcomes"))
                same_outcome(s, &s->outcome[outcome++], item);
            chosen += d->key != 0;
            masked += wished;
            told += cJSON_HasObjectItem(root, "receipts");
            cJSON_Delete(root);
        }
        assert_int_equal(ticks, 240);
        assert_int_equal(ticks, s->ticks);
        assert_int_equal(outcome, s->outcomes);
        settled += outcome;
        free(whole);
        free(s);
        unlink(path);
    }
    assert_true(chosen >= 5 && settled >= 5 && told > 3); // there was something to say
    assert_true(masked > 0);
    tend_drive_close(r);
    run_setup_close(&setup);
}

// one frame filled by hand as a line
static void line_of(desk *d, char **out)
{
    char path[64];
    tend_trace *t = NULL;
    fresh(path);
    d->frame.decision.masked = d->masked;
    assert_int_equal(tend_trace_open(d->system, NULL, path, &t, &err), TEND_OK);
    tend_sink sink = tend_trace_sink(t);
    assert_int_equal(sink.write(sink.self, &d->frame, &err), TEND_OK);
    assert_int_equal(tend_trace_close(t, true, &err), TEND_OK);
    char *whole = content(path);
    *out = strdup(strchr(whole, '\n') + 1);
    free(whole);
    unlink(path);
}

static void keys_keep_all_bits_and_what_is_untried_is_null(void **state)
{
    (void)state;
    desk d;
    char *line;
    desk_open(&d);
    int restart = desk_action(&d, TEND_RESTART, DB, -1);
    tend_decision *made = &d.frame.decision;
    made->key = UINT64_MAX;
    snprintf(made->context, sizeof made->context, "an \"odd\" one");
    made->arm = 3;
    made->propensity = 0.25;
    made->compared[0] = (tend_compared){restart, HUGE_VAL};
    made->compared[1] = (tend_compared){0, 0.1};
    made->compared_count = 2;
    memset(d.masked, 1, sizeof d.masked);
    d.masked[0] = d.masked[restart] = 0;
    d.obs.entry_errors = (double)NAN;
    line_of(&d, &line);
    assert_holds(line, "\"key\":18446744073709551615,\"context\":\"an \\\"odd\\\" one\",\"arm\":3");
    assert_holds(line, "\"propensity\":0.25");
    assert_holds(line,
                 "{\"action\":\"restart(db)\",\"index\":null},{\"action\":\"noop\",\"index\":0.1}");
    assert_holds(line, "\"allowed\":[0,3]");
    assert_holds(line, "\"entry_errors\":null");
    free(line);
    desk_close(&d);
}

static void a_quiet_tick_has_no_decision_and_a_masked_wish_has(void **state)
{
    (void)state;
    desk d;
    char *line;
    desk_open(&d);
    line_of(&d, &line);
    assert_null(strstr(line, "decision"));
    assert_null(strstr(line, "outcomes"));
    assert_null(strstr(line, "receipts"));
    free(line);
    int restart = desk_action(&d, TEND_RESTART, DB, -1);
    d.frame.decision.wanted = restart;
    line_of(&d, &line); // wanted, and not masked: it is what was done
    assert_null(strstr(line, "decision"));
    free(line);
    d.masked[restart] = 1;
    const tend_receipt receipts[] = {{7, restart, TEND_RECEIPT_FAILED},
                                     {8, 99, (tend_receipt_state)99}};
    d.obs.receipt = receipts;
    d.obs.receipts = 2;
    line_of(&d, &line);
    assert_holds(line, "\"wanted\":\"restart(db)\",\"rule\":\"");
    assert_holds(line, "\"action\":\"noop\"");
    assert_null(strstr(line, "\"key\"")); // nothing was chosen
    assert_holds(line, "\"receipts\":[{\"id\":7,\"action\":\"restart(db)\",\"state\":\"failed\"},"
                       "{\"id\":8,\"action\":null,\"state\":null}]");
    free(line);
    desk_close(&d);
}

// With the ranking, once; again when it is other evidence, never without a ranking.
static void evidence_is_written_where_it_changes(void **state)
{
    (void)state;
    static const struct {
        int suspects, pieces;
        double value;
        bool written;
    } ticks[] = {{1, 0, 0, false}, {1, 2, 5, true}, {1, 2, 5, false}, {0, 2, 6, false},
                 {1, 2, 6, true},  {1, 1, 6, true}, {1, 2, 6, true}};
    enum { TICKS = sizeof ticks / sizeof *ticks };
    desk d;
    char path[64];
    tend_trace *t = NULL;
    desk_open(&d);
    d.frame.decision.masked = d.masked;
    desk_suspect(&d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
    fresh(path);
    assert_int_equal(tend_trace_open(d.system, NULL, path, &t, &err), TEND_OK);
    tend_sink sink = tend_trace_sink(t);
    tend_causes *causes = &d.frame.causes;
    for (int i = 0; i < TICKS; i++) {
        memset(causes->evidence, 0, sizeof causes->evidence);
        causes->evidence[0] = (tend_evidence){.kind = TEND_EVIDENCE_LATER,
                                              .service = DB,
                                              .metric = -1,
                                              .edge = -1,
                                              .other = API,
                                              .value = ticks[i].value,
                                              .tick = 9,
                                              .against = true};
        causes->evidence[1] = causes->evidence[0];
        causes->evidence[1].kind = TEND_EVIDENCE_DONE;
        causes->evidence[1].action = desk_action(&d, TEND_RESTART, DB, -1);
        causes->count = ticks[i].suspects;
        causes->evidence_count = ticks[i].pieces;
        assert_int_equal(sink.write(sink.self, &d.frame, &err), TEND_OK);
    }
    assert_int_equal(tend_trace_close(t, true, &err), TEND_OK);
    char *whole = content(path), *rest = whole, *line = strsep(&rest, "\n");
    for (int i = 0; i < TICKS; i++) {
        assert_non_null(line = strsep(&rest, "\n"));
        cJSON *root = cJSON_Parse(line);
        const cJSON *said = cJSON_GetObjectItem(root, "evidence");
        assert_int_equal(said != NULL, ticks[i].written);
        if (said) {
            const cJSON *one = cJSON_GetArrayItem(said, 0), *two = cJSON_GetArrayItem(said, 1);
            assert_int_equal(cJSON_GetArraySize(said), ticks[i].pieces);
            assert_string_equal(text(one, "kind"), "later");
            assert_string_equal(text(one, "other"), "api");
            assert_near(number(one, "value"), ticks[i].value, 0);
            assert_true(cJSON_IsNull(cJSON_GetObjectItem(one, "action")));
            assert_true(cJSON_IsTrue(cJSON_GetObjectItem(one, "against")));
            if (two)
                assert_string_equal(text(two, "action"), "restart(db)");
        }
        cJSON_Delete(root);
    }
    free(whole);
    unlink(path);
    desk_close(&d);
}

static void a_trace_that_is_not_kept_leaves_the_file_as_it_was(void **state)
{
    (void)state;
    desk d;
    char path[64];
    tend_trace *t = NULL;
    desk_open(&d);
    d.frame.decision.masked = d.masked;
    fresh(path);
    assert_int_equal(tend_trace_open(d.system, NULL, path, &t, &err), TEND_OK);
    tend_sink sink = tend_trace_sink(t);
    for (int i = 0; i < 2000; i++) // more than is kept back
        assert_int_equal(sink.write(sink.self, &d.frame, &err), TEND_OK);
    char *before = content(path);
    assert_string_equal(before, "old\n");
    free(before);
    assert_int_equal(tend_trace_close(t, false, &err), TEND_OK);
    char *after = content(path);
    assert_string_equal(after, "old\n");
    free(after);
    unlink(path);
    desk_close(&d);
}

static void what_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    desk d;
    tend_trace *t = NULL;
    desk_open(&d);
    d.frame.decision.masked = d.masked;
    assert_int_equal(tend_trace_open(d.system, NULL, "/tmp", &t, &err), TEND_IO);
    assert_int_equal(tend_trace_close(NULL, true, &err), TEND_OK);
    for (int keep = 0; keep < 2 && access("/dev/full", W_OK) == 0; keep++) {
        assert_int_equal(tend_trace_open(d.system, NULL, "/dev/full", &t, &err), TEND_OK);
        tend_sink sink = tend_trace_sink(t);
        tend_rc rc = TEND_OK;
        for (int i = 0; i < 2000 && rc == TEND_OK; i++)
            rc = sink.write(sink.self, &d.frame, &err);
        assert_int_equal(rc, TEND_IO); // while the episode is played
        assert_holds(err.text, "/dev/full: cannot write");
        // what was lost is not forgotten: a file with a hole is none
        assert_int_equal(tend_trace_close(t, keep, &err), keep ? TEND_IO : TEND_OK);
        assert_int_equal(tend_trace_open(d.system, NULL, "/dev/full", &t, &err), TEND_OK);
        assert_int_equal(tend_trace_close(t, true, &err), TEND_IO); // or at its end
    }
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_says_what_every_frame_said),
        cmocka_unit_test(keys_keep_all_bits_and_what_is_untried_is_null),
        cmocka_unit_test(a_quiet_tick_has_no_decision_and_a_masked_wish_has),
        cmocka_unit_test(evidence_is_written_where_it_changes),
        cmocka_unit_test(a_trace_that_is_not_kept_leaves_the_file_as_it_was),
        cmocka_unit_test(what_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
