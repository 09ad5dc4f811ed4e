// SPDX-License-Identifier: GPL-3.0-or-later
// test_diagnose_say.c - tend diagnose where no column of a service shows what is told of it: the
// calls to it are timed, or its users see it fail.
#include "command_support.h"
#include "folder_support.h"

// sixty even rows, then forty other even rows; front calls back calls store
static void put_case(const char *head, const char *before, const char *after)
{
    char text[8000];
    for (int part = 0; part < 2; part++) {
        snprintf(text, sizeof text, "time,%s\n", head);
        for (int i = part ? 60 : 0; i < (part ? 100 : 60); i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%s\n", i,
                     part ? after : before);
        put(part ? "abnormal.csv" : "normal.csv", text);
    }
    put("graph.csv", "caller,callee\nfront,back\nback,store\n");
    put("case.json", "{\"case\":\"x-1\",\"normal\":\"normal.csv\",\"onset_row\":0,"
                     "\"abnormal\":\"abnormal.csv\",\"graph\":\"graph.csv\"}");
}

static char *said(const char *options)
{
    char line[400];
    snprintf(line, sizeof line, "%s %s", options, folder);
    return command_said(&command_diagnose, line, TEND_OK);
}

// Of a mesh, which times the calls and nothing else.
static void latency_that_calls_alone_tell_is_told(void **state)
{
    (void)state;
    put_case("front>back|client_ms,front>back|server_ms,back>store|client_ms,back>store|server_ms",
             "30,30,10,10", "70,70,50,50");
    char *text = said("--explain");
    assert_holds(text, "1. store ");
    assert_holds(text, "  its latency rose from 10 to 50, ");
    assert_holds(text, " % of its latency is explained by what it calls (store)\n");
    assert_null(strstr(text, "errors"));
    free(text);
    text = said("--quiet --out -");
    assert_holds(text, "{\"kind\":\"explained\",\"service\":\"back\",\"caller\":null,"
                       "\"callee\":\"store\",\"metric\":null,");
    free(text);
}

static void failures_that_users_alone_see_are_told(void **state)
{
    (void)state;
    put_case("SLI|availability,back|restarts", "1,0", "0.6,3");
    char *text = said("--explain");
    assert_holds(text, "1. back ");
    assert_holds(text, " % of its errors is explained by what it calls (back)\n");
    assert_null(strstr(text, "latency"));
    free(text);
    text = said("--quiet --out -");
    assert_holds(text, "{\"kind\":\"explained\",\"service\":\"front\",\"caller\":null,"
                       "\"callee\":\"back\",\"metric\":\"SLI|availability\",");
    free(text);
}

// Both at once are told apart.
static void what_calls_and_what_users_tell_is_not_mixed_up(void **state)
{
    (void)state;
    put_case("SLI|availability,back|restarts,front>back|server_ms,back>store|server_ms",
             "1,0,30,10", "0.6,3,70,50");
    char *text = said("--explain");
    assert_holds(text, " % of its errors is explained by what it calls (");
    assert_holds(text, " % of its latency is explained by what it calls (");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_that_calls_alone_tell_is_told),
        cmocka_unit_test(failures_that_users_alone_see_are_told),
        cmocka_unit_test(what_calls_and_what_users_tell_is_not_mixed_up),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
