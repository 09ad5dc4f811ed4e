// SPDX-License-Identifier: GPL-3.0-or-later
// test_lookup.c - names and pairs are found again, and nothing else is.
#include "base/lookup.h"
#include "support.h"

static void names_are_found_while_the_table_grows(void **state)
{
    (void)state;
    enum { NAMES = 5000 };
    static char name[NAMES][8];
    lookup l = {0};

    assert_int_equal(lookup_name(&l, "n0", 2), -1);
    for (int i = 0; i < NAMES; i++) {
        int length = snprintf(name[i], sizeof name[i], "n%d", i);
        assert_int_equal(lookup_name(&l, name[i], (size_t)length), -1);
        assert_true(lookup_add_name(&l, name[i], (size_t)length, i));
    }
    for (int i = 0; i < NAMES; i++) {
        char copy[8];
        memcpy(copy, name[i], sizeof copy);
        assert_int_equal(lookup_name(&l, copy, strlen(copy)), i);
    }
    assert_int_equal(lookup_name(&l, "n5000", 5), -1);
    assert_int_equal(lookup_name(&l, "n12", 1), -1); // not a prefix
    assert_int_equal(lookup_name(&l, "", 0), -1);
    assert_true(lookup_add_name(&l, "", 0, 7));
    assert_int_equal(lookup_name(&l, "n12", 0), 7);
    lookup_free(&l);
    assert_int_equal(lookup_name(&l, "n0", 2), -1);
}

static void a_pair_has_an_order(void **state)
{
    (void)state;
    lookup l = {0};

    for (int a = 0; a < 60; a++)
        for (int b = 0; b < 60; b++)
            if (a < b)
                assert_true(lookup_add_pair(&l, a, b, 60 * a + b));
    for (int a = 0; a < 60; a++)
        for (int b = 0; b < 60; b++)
            assert_int_equal(lookup_pair(&l, a, b), a < b ? 60 * a + b : -1);
    assert_int_equal(lookup_pair(&l, -1, 5), -1);
    lookup_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_while_the_table_grows),
        cmocka_unit_test(a_pair_has_an_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
