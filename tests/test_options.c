// SPDX-License-Identifier: GPL-3.0-or-later
// test_options.c - one option parser: kinds, spellings, ranges, and the nearest name of a typo.
#include "support.h"

#include "runners/command.h"

typedef struct fields {
    bool quiet;
    const char *out;
    int64_t steps;
    double share;
    option_list set;
} fields;

static const option options[] = {
    {"--quiet", 'q', OPTION_FLAG, offsetof(fields, quiet), NULL, 0, 0, "say less"},
    {"--out", 'o', OPTION_TEXT, offsetof(fields, out), "FILE", 0, 0, "where to"},
    {"--steps", 0, OPTION_INT, offsetof(fields, steps), "N", 1, 1000, "how many"},
    {"--share", 0, OPTION_NUMBER, offsetof(fields, share), "X", 0, 1, "how much"},
    {"--set", 0, OPTION_LIST, offsetof(fields, set), "PATH=X", 0, 0, "one of many"},
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const command cmd = {.name = "try", .usage = "", .help = "a test", .options = options};
static tend_err err;
static char *argv[41];
static arguments given;
static bool helped;

enum { WORDS = 40 };

// words separated by blanks, as a shell would pass them
static tend_rc parse(const char *line, fields *f)
{
    static char copy[1000];
    memset(argv, 0, sizeof argv);
    int argc = 0;
    snprintf(copy, sizeof copy, "try %s", line);
    for (char *word = strtok(copy, " "); word && argc < WORDS; word = strtok(NULL, " "))
        argv[argc++] = word;
    *f = (fields){.steps = 240, .share = 0.5};
    err.text[0] = 0;
    given = (arguments){argc, argv};
    return options_parse(&cmd, &given, f, &helped, &err);
}

static void refused(const char *line, const char *message)
{
    fields f;
    assert_int_equal(parse(line, &f), TEND_USAGE);
    assert_holds(err.text, message);
}

static void nothing_given_keeps_the_defaults(void **state)
{
    (void)state;
    fields f;
    assert_int_equal(parse("", &f), TEND_OK);
    assert_int_equal(f.steps, 240);
    assert_near(f.share, 0.5, 0);
    assert_false(f.quiet);
    assert_null(f.out);
    assert_int_equal(given.count, 0);
    assert_false(helped);
}

static void every_kind_is_read_in_every_spelling(void **state)
{
    (void)state;
    fields f;
    assert_int_equal(parse("--steps 7 a --share=0.25 -q -o x.csv b --set g.c=1 --set=d.e=2", &f),
                     TEND_OK);
    assert_int_equal(f.steps, 7);
    assert_near(f.share, 0.25, 0);
    assert_true(f.quiet);
    assert_string_equal(f.out, "x.csv");
    assert_int_equal(f.set.count, 2);
    assert_string_equal(f.set.item[0], "g.c=1");
    assert_string_equal(f.set.item[1], "d.e=2");
    assert_int_equal(given.count, 2);
    assert_string_equal(given.word[0], "a");
    assert_string_equal(given.word[1], "b");
}

static void a_dash_and_what_follows_two_dashes_are_arguments(void **state)
{
    (void)state;
    fields f;
    assert_int_equal(parse("- -q -- --steps -x", &f), TEND_OK);
    assert_int_equal(given.count, 3);
    assert_string_equal(given.word[0], "-");
    assert_string_equal(given.word[1], "--steps");
    assert_string_equal(given.word[2], "-x");
    assert_int_equal(f.steps, 240);
}

static void an_unknown_option_is_told_with_the_nearest(void **state)
{
    (void)state;
    refused("--step 3", "try: unknown option --step, did you mean --steps?");
    refused("--shrae=3", "did you mean --share?");
    refused("--hlep", "did you mean --help?");
    refused("--zebra", "unknown option --zebra; see `tend help try`");
    refused("-z", "unknown option -z");
}

static void values_are_checked(void **state)
{
    (void)state;
    refused("--steps", "--steps needs a value: --steps N");
    refused("--quiet=yes", "--quiet takes no value");
    refused("--steps x", "--steps x, expected a whole number");
    refused("--steps 1.5", "expected a whole number");
    refused("--steps 0", "--steps 0, expected 1 to 1000");
    refused("--steps 1001", "expected 1 to 1000");
    refused("--steps 99999999999999999999", "expected a whole number");
    refused("--share 1.01", "--share 1.01, expected 0 to 1");
    refused("--share nan", "expected a number");
    refused("--share inf", "expected a number");
    refused("--share 1e400", "expected a number");
    refused("--share 0.5x", "expected a number");
    refused("--share=", "expected a number");
}

static void a_list_has_an_end(void **state)
{
    (void)state;
    char line[400];
    for (int i = 0; i <= OPTION_LIST_MAX; i++)
        memcpy(line + 8 * i, "--set=a ", 8);
    line[8 * OPTION_LIST_MAX] = 0;
    fields f;
    assert_int_equal(parse(line, &f), TEND_OK);
    assert_int_equal(f.set.count, OPTION_LIST_MAX);
    line[8 * OPTION_LIST_MAX] = '-';
    line[8 * (OPTION_LIST_MAX + 1)] = 0;
    refused(line, "--set given more than 32 times");
}

static void every_command_is_described(void **state)
{
    (void)state;
    int count = 0;
    for (const command *const *c = command_table(); *c; c++, count++) {
        assert_true((*c)->name && (*c)->usage && (*c)->help && (*c)->run);
        assert_true(strlen((*c)->help) < 70);
        assert_non_null((*c)->options);
        for (const option *o = (*c)->options; o->name; o++) {
            assert_memory_equal(o->name, "--", 2);
            assert_int_equal(o->kind == OPTION_FLAG, o->value == NULL);
            assert_non_null(o->help);
            assert_true(o->least <= o->most);
            for (const option *p = (*c)->options; p < o; p++) {
                assert_string_not_equal(o->name, p->name);
                assert_true(o->letter == 0 || o->letter != p->letter);
            }
        }
    }
    assert_true(count >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_keeps_the_defaults),
        cmocka_unit_test(every_kind_is_read_in_every_spelling),
        cmocka_unit_test(a_dash_and_what_follows_two_dashes_are_arguments),
        cmocka_unit_test(an_unknown_option_is_told_with_the_nearest),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(a_list_has_an_end),
        cmocka_unit_test(every_command_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
