// SPDX-License-Identifier: GPL-3.0-or-later
// test_block.c - parts of a flat block follow each other, aligned, without a gap too many.
#include "support.h"

#include "base/block.h"

static void parts_follow_each_other_on_their_alignment(void **state)
{
    (void)state;
    static const size_t aligns[] = {1, 4, 8, 16, 64};
    for (size_t i = 0; i < sizeof aligns / sizeof *aligns; i++)
        for (size_t size = 0; size < 40; size++) {
            block b = {.align = aligns[i]};
            size_t end = 0;
            for (size_t count = 0; count < 5; count++) {
                size_t at = block_add(&b, count, size);
                assert_int_equal(at % aligns[i], 0);
                assert_true(at >= end && at - end < aligns[i]); // no overlap, no more than padding
                end = at + count * size;
            }
            assert_int_equal(b.size % aligns[i], 0);
            assert_true(b.size >= end && b.size - end < aligns[i]);
        }
}

static void the_first_part_begins_the_block_and_an_empty_one_takes_nothing(void **state)
{
    (void)state;
    block b = {.align = 8};
    assert_int_equal(block_add(&b, 3, 5), 0);
    assert_int_equal(b.size, 16);
    assert_int_equal(block_add(&b, 0, 8), 16);
    assert_int_equal(block_add(&b, 8, 0), 16);
    assert_int_equal(block_add(&b, 2, 8), 16);
    assert_int_equal(b.size, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_follow_each_other_on_their_alignment),
        cmocka_unit_test(the_first_part_begins_the_block_and_an_empty_one_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
