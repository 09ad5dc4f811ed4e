// SPDX-License-Identifier: GPL-3.0-or-later
// test_report.c - drawings and reports of real episodes: in bounds, escaped, true to the record.
#include "support.h"

#include "drive/setup.h"
#include "report/report.h"

#include <cjson/cJSON.h>

typedef struct stage {
    run_setup setup;
    tend_drive *run;
    record *sick, *healthy;
} stage;

static record *play(stage *x, uint64_t seed)
{
    record *rec = NULL;
    result row;
    tend_err err = {TEND_OK, ""};
    if (record_open(x->setup.sim->system, x->setup.sim->steps, &rec, &err) != TEND_OK ||
        drive_episode(x->run, seed, &row, rec, NULL, &err) != TEND_OK)
        fail_msg("%s", err.text);
    rec->reproduce = "tend episode";
    return rec;
}

static int setup_stage(void **state)
{
    static stage x;
    tend_err err = {TEND_OK, ""};
    run_files files = {"examples/systems/default.json", NULL, NULL};
    if (run_setup_open(&x.setup, &files, 240, &err) != TEND_OK ||
        run_open(&x.setup, &x.run, &err) != TEND_OK)
        fail_msg("%s", err.text);
    x.setup.sim->spec.healthy = 0;
    x.sick = play(&x, 7);
    x.setup.sim->spec.healthy = 1;
    x.healthy = play(&x, 8);
    *state = &x;
    return 0;
}

static int teardown_stage(void **state)
{
    stage *x = *state;
    record_close(x->sick);
    record_close(x->healthy);
    tend_drive_close(x->run);
    run_setup_close(&x->setup);
    return 0;
}

static int widest_line(const char *text)
{
    int widest = 0, width = 0;
    for (; *text; text++) {
        width += ((unsigned char)*text & 0xC0) != 0x80;
        if (*text == '\n') {
            widest = width - 1 > widest ? width - 1 : widest;
            width = 0;
        }
    }
    return widest;
}

static void the_timeline_keeps_to_its_columns(void **state)
{
    stage *x = *state;
    for (int columns = 60; columns <= 100; columns += 10)
        for (int utf8 = 0; utf8 < 2; utf8++) {
            timeline_style style = {columns, utf8, false};
            str s = {0};
            timeline_draw(x->sick, &style, &s);
            assert_true(widest_line(s.text) <= columns);
            for (const char *p = s.text; *p && !utf8; p++)
                assert_true((unsigned char)*p < 128);
            str_free(&s);
        }
}

static void colour_is_there_when_asked_for_and_only_then(void **state)
{
    stage *x = *state;
    for (int colour = 0; colour < 2; colour++) {
        timeline_style style = {100, true, colour};
        str s = {0};
        timeline_draw(x->sick, &style, &s);
        report_text(x->sick, &style, &s);
        assert_true((strchr(s.text, '\033') != NULL) == colour);
        str_free(&s);
    }
}

static void a_healthy_service_looks_healthy_and_an_incident_does_not(void **state)
{
    stage *x = *state;
    timeline_style style = {100, false, false};
    str calm = {0}, storm = {0};
    timeline_draw(x->healthy, &style, &calm);
    timeline_draw(x->sick, &style, &storm);
    assert_null(strchr(calm.text, '#')); // no bar of full height, no breach
    assert_non_null(strchr(storm.text, '#'));
    str_free(&calm);
    str_free(&storm);
}

static void the_report_tells_fault_detection_cause_action_and_recovery(void **state)
{
    stage *x = *state;
    timeline_style style = {100, true, false};
    str s = {0};
    report_text(x->sick, &style, &s);
    const char *parts[] = {"fault", "detected", "diagnosed", "action", "recovered", "tend episode"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_non_null(strstr(s.text, parts[i]));
    assert_true(widest_line(s.text) <= 100);
    str_free(&s);
    report_text(x->healthy, &style, &s);
    assert_non_null(strstr(s.text, "Nothing happened"));
    assert_null(strstr(s.text, "diagnosed"));
    str_free(&s);
}

static void outside_names_cannot_break_out_of_a_report(void **state)
{
    stage *x = *state;
    record copy = *x->sick;
    copy.reproduce = "<script>alert(\"1\")</script>&";
    str html = {0}, json = {0};
    report_html(&copy, &html);
    report_json(&copy, &json);
    assert_null(strstr(html.text, "<script"));
    assert_non_null(strstr(html.text, "&lt;script&gt;"));
    assert_null(strstr(html.text, "http:")); // nothing is loaded from elsewhere
    assert_null(strstr(html.text, "src="));
    cJSON *root = cJSON_Parse(json.text);
    assert_non_null(root);
    assert_string_equal(cJSON_GetObjectItem(root, "reproduce")->valuestring, copy.reproduce);
    cJSON_Delete(root);
    str_free(&html);
    str_free(&json);
}

// The system of an incident under names somebody chose to do harm with.
static void names_do_not_act_as_markup_in_markdown(void **state)
{
    static const char *const names[][2] = {
        {"<img src=x onerror=a>", "\\<img src=x onerror=a\\>"},
        {"[c](javascript:a)", "\\[c\\](javascript:a)"},
        {"![t](http://e.x/t)", "\\!\\[t\\](http\\://e.x/t)"},
        {"\\<b>&amp;`x`", "\\\\\\<b\\>\\&amp;\\`x\\`"},
        {"a|b", "a\\|b"},
        {"www.e.x @you", "www\\.e.x \\@you"},
        {"\xe2\x80\xae\x1b[2J", "\\\\xe2\\\\x80\\\\xae\\\\x1b\\[2J"},
    };
    stage *x = *state;
    tend_service services[16];
    assert_in_range(x->sick->system->S, 1, 16);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tend_system renamed = *x->sick->system;
        record copy = *x->sick;
        memcpy(services, renamed.services, (size_t)renamed.S * sizeof *services);
        for (int s = 0; s < renamed.S; s++)
            services[s].name = names[i][0];
        renamed.services = services;
        copy.system = &renamed;
        str s = {0};
        report_markdown(&copy, &s);
        assert_false(s.failed);
        assert_holds(s.text, names[i][1]);
        assert_null(strchr(s.text, 0x1b));
        str_free(&s);
    }
}

static void a_command_stays_in_its_cell(void **state)
{
    stage *x = *state;
    record copy = *x->sick;
    copy.reproduce = "tend --system '``|<b>.json'";
    str s = {0};
    report_markdown(&copy, &s);
    assert_holds(s.text, "| **Reproduce** | ``` tend --system '``\\|<b>.json' ``` |\n");
    str_free(&s);
}

// Values come with names, so that nobody needs to take the words apart.
static void evidence_and_events_are_fields_in_json(void **state)
{
    stage *x = *state;
    str s = {0};
    report_json(x->sick, &s);
    cJSON *root = cJSON_Parse(s.text);
    assert_non_null(root);
    const cJSON *first = cJSON_GetObjectItem(root, "suspects")->child, *item;
    int with_value = 0, actions = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(first, "evidence"))
    {
        static const char *const keys[] = {"kind",  "service", "metric",    "edge",
                                           "other", "value",   "reference", "weight",
                                           "tick",  "against", "text"};
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            assert_true(cJSON_HasObjectItem(item, keys[k]));
        assert_string_equal(cJSON_GetObjectItem(item, "service")->valuestring,
                            cJSON_GetObjectItem(first, "service")->valuestring);
        with_value += cJSON_IsNumber(cJSON_GetObjectItem(item, "value"));
    }
    assert_true(with_value > 0);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "events"))
    {
        const char *kind = cJSON_GetObjectItem(item, "event")->valuestring;
        const cJSON *action = cJSON_GetObjectItem(item, "action");
        bool acts = strcmp(kind, "action") == 0 || strcmp(kind, "masked") == 0;
        assert_int_equal(cJSON_IsString(action), acts);
        actions += acts;
        if (strcmp(kind, "detected") == 0)
            assert_near(cJSON_GetObjectItem(item, "value")->valuedouble, x->sick->detection.overall,
                        0);
    }
    assert_true(actions > 0);
    cJSON_Delete(root);
    str_free(&s);
}

static void markdown_tables_have_the_same_bars_in_every_row(void **state)
{
    stage *x = *state;
    str s = {0};
    report_markdown(x->sick, &s);
    const char *from = strstr(s.text, "| t | event");
    assert_non_null(from);
    for (const char *line = from; *line == '|'; line = strchr(line, '\n') + 1) {
        int bars = 0;
        for (const char *p = line; *p != '\n'; p++)
            bars += *p == '|' && (p == line || p[-1] != '\\');
        assert_int_equal(bars, 4);
    }
    str_free(&s);
}

static void a_record_that_is_full_says_so(void **state)
{
    stage *x = *state;
    record *rec = NULL;
    result row;
    tend_err err = {TEND_OK, ""};
    assert_int_equal(record_open(x->setup.sim->system, 10, &rec, &err), TEND_OK);
    assert_int_equal(drive_episode(x->run, 7, &row, rec, NULL, &err), TEND_FAILED);
    record_close(rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timeline_keeps_to_its_columns),
        cmocka_unit_test(colour_is_there_when_asked_for_and_only_then),
        cmocka_unit_test(a_healthy_service_looks_healthy_and_an_incident_does_not),
        cmocka_unit_test(the_report_tells_fault_detection_cause_action_and_recovery),
        cmocka_unit_test(outside_names_cannot_break_out_of_a_report),
        cmocka_unit_test(names_do_not_act_as_markup_in_markdown),
        cmocka_unit_test(a_command_stays_in_its_cell),
        cmocka_unit_test(evidence_and_events_are_fields_in_json),
        cmocka_unit_test(markdown_tables_have_the_same_bars_in_every_row),
        cmocka_unit_test(a_record_that_is_full_says_so),
    };
    return cmocka_run_group_tests(tests, setup_stage, teardown_stage);
}
