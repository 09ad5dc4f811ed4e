// SPDX-License-Identifier: GPL-3.0-or-later
// test_ring.c - every window of past rows is one plain array, across the wrap too.
#include "support.h"

#include "base/ring.h"

enum { ROWS = 5, WIDTH = 3 };

static ring *make(void)
{
    ring *r = malloc(ring_size(ROWS, WIDTH));
    assert_non_null(r);
    ring_init(r, ROWS, WIDTH);
    return r;
}

static void push(ring *r, double first)
{
    double *row = ring_push(r);
    for (int i = 0; i < WIDTH; i++)
        row[i] = first + 0.1 * i;
    ring_commit(r);
}

static void a_new_ring_is_empty(void **state)
{
    (void)state;
    ring *r = make();
    assert_int_equal(ring_filled(r), 0);
    assert_int_equal(ring_size(ROWS, WIDTH) % 8, 0);
    free(r);
}

static void it_fills_up_and_then_forgets_the_oldest(void **state)
{
    (void)state;
    ring *r = make();
    for (int n = 1; n <= 12; n++) {
        push(r, n);
        assert_int_equal(ring_filled(r), n < ROWS ? n : ROWS);
    }
    assert_near(ring_window(r, 0, 1)[0], 12, 0);
    assert_near(ring_window(r, ROWS - 1, 1)[0], 8, 0);
    free(r);
}

static void every_window_reads_in_order(void **state)
{
    (void)state;
    ring *r = make();
    for (int n = 0; n < 23; n++) {
        push(r, n);
        for (int count = 1; count <= ring_filled(r); count++)
            for (int age = 0; age + count <= ring_filled(r); age++) {
                const double *row = ring_window(r, age, count);
                for (int i = 0; i < count * WIDTH; i++)
                    assert_near(row[i], n - age - count + 1 + i / WIDTH + 0.1 * (i % WIDTH), 0);
            }
    }
    free(r);
}

static void a_moved_ring_reads_the_same(void **state)
{
    (void)state;
    ring *r = make(), *moved = malloc(ring_size(ROWS, WIDTH));
    assert_non_null(moved);
    for (int n = 0; n < 7; n++)
        push(r, n);
    memcpy(moved, r, ring_size(ROWS, WIDTH));
    memset(r, 0xFF, ring_size(ROWS, WIDTH));
    free(r);
    for (int age = 0; age < ROWS; age++)
        assert_near(ring_window(moved, age, 1)[0], 6 - age, 0);
    free(moved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_ring_is_empty),
        cmocka_unit_test(it_fills_up_and_then_forgets_the_oldest),
        cmocka_unit_test(every_window_reads_in_order),
        cmocka_unit_test(a_moved_ring_reads_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
