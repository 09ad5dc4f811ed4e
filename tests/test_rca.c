// SPDX-License-Identifier: GPL-3.0-or-later
// test_rca.c - real incidents: is the true service first, and does a quiet window stay quiet?
#include "cases/rank.h"
#include "edge/case_read.h"
#include "support.h"

#include <cjson/cJSON.h>

typedef struct score {
    int cases, first, quiet, abstained;
} score;

// The trailing "-db" of a set whose truth names services without their databases.
static bool names(const char *suspect, const char *truth, bool merge)
{
    size_t length = strlen(suspect);

    if (merge && length > 3 && strcmp(suspect + length - 3, "-db") == 0)
        length -= 3;
    return strlen(truth) == length && strncmp(suspect, truth, length) == 0;
}

static void judge(const cJSON *truth, const char *set, case_cache *cache, score *s)
{
    const char *name = cJSON_GetObjectItem(truth, "case")->valuestring;
    const cJSON *service = cJSON_GetObjectItem(truth, "service");
    char path[512], relative[128];
    incident *c = NULL;
    rank_result *r = NULL;
    rank_params by;
    tend_err err = {TEND_OK, ""};

    snprintf(relative, sizeof relative, "rca/%s/%s", set, name);
    assert_true(data_path(path, sizeof path, relative));
    rank_defaults(&by);
    if (case_read(path, cache, &c, &err) != TEND_OK ||
        rank_window(&c->window, &by, &r, &err) != TEND_OK)
        fail_msg("%s", err.text);
    if (cJSON_IsNull(service)) {
        s->quiet++;
        s->abstained += !r->detected;
    } else {
        s->cases++;
        s->first += r->detected && names(c->service[r->suspect[0].service], service->valuestring,
                                         strncmp(set, "sockshop", 8) == 0);
    }
    rank_free(r);
    case_free(c);
}

static score judge_set(const char *set)
{
    char path[512];
    score s = {0, 0, 0, 0};
    case_cache cache = {0};

    if (!data_path(path, sizeof path, "rca/ground_truth.jsonl"))
        return s;
    char *text = get_file(path), *line, *rest = text;
    while ((line = strtok_r(rest, "\n", &rest))) {
        cJSON *truth = cJSON_Parse(line);
        assert_non_null(truth);
        if (strcmp(cJSON_GetObjectItem(truth, "dataset")->valuestring, set) == 0)
            judge(truth, set, &cache, &s);
        cJSON_Delete(truth);
    }
    case_cache_free(&cache);
    free(text);
    return s;
}

static void expect(const char *set, double least)
{
    score s = judge_set(set);

    assert_true(s.cases > 0);
    print_message("%s: first in %d of %d\n", set, s.first, s.cases);
    assert_true(s.first >= least * s.cases);
}

static void sock_shop_incidents_are_found(void **state)
{
    (void)state;
    expect("sockshop1", 0.95);
}

static void streams_without_a_split_are_found(void **state)
{
    (void)state;
    expect("sockshop1_stream", 0.85);
}

static void petshop_incidents_are_found(void **state)
{
    (void)state;
    expect("petshop", 0.70); // three are ranked right, but do not stand out
}

static void online_boutique_incidents_are_found(void **state)
{
    (void)state;
    expect("nezha_ob", 0.75);
}

static void nothing_is_blamed_in_windows_without_an_issue(void **state)
{
    (void)state;
    score s = judge_set("noissue");

    assert_true(s.quiet > 0);
    print_message("abstained in %d of %d\n", s.abstained, s.quiet);
    assert_true(s.abstained >= 0.85 * s.quiet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sock_shop_incidents_are_found),
        cmocka_unit_test(streams_without_a_split_are_found),
        cmocka_unit_test(petshop_incidents_are_found),
        cmocka_unit_test(online_boutique_incidents_are_found),
        cmocka_unit_test(nothing_is_blamed_in_windows_without_an_issue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
