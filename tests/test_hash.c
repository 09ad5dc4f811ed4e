// SPDX-License-Identifier: GPL-3.0-or-later
// test_hash.c - short texts hash as published for FNV-1a; the finaliser mixes and loses nothing.
#include "support.h"

#include "base/hash.h"

// Fowler, Noll, Vo: test vectors of the 64-bit FNV-1a
static void bytes_hash_to_the_published_values(void **state)
{
    (void)state;
    assert_true(hash_bytes(HASH_START, "", 0) == 0xcbf29ce484222325ull);
    assert_true(hash_bytes(HASH_START, "a", 1) == 0xaf63dc4c8601ec8cull);
    assert_true(hash_bytes(HASH_START, "foobar", 6) == 0x85944171f73967e8ull);
}

static void a_hash_can_be_continued(void **state)
{
    (void)state;
    uint64_t half = hash_bytes(HASH_START, "foo", 3);
    assert_true(hash_bytes(half, "bar", 3) == hash_bytes(HASH_START, "foobar", 6));
    assert_true(hash_bytes(half, "baz", 3) != hash_bytes(HASH_START, "foobar", 6));
}

static void every_byte_of_a_long_state_counts(void **state)
{
    (void)state;
    unsigned char bytes[203];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    uint64_t whole = hash_bytes(HASH_START, bytes, sizeof bytes);
    assert_true(whole == hash_bytes(HASH_START, bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] ^= 1;
        assert_true(whole != hash_bytes(HASH_START, bytes, sizeof bytes));
        bytes[i] ^= 1;
    }
    assert_true(whole != hash_bytes(HASH_START, bytes, sizeof bytes - 1));
}

static void near_keys_become_unrelated(void **state)
{
    (void)state;
    // flipping one bit of the key flips each bit of the hash about half of the time
    for (int bit = 0; bit < 64; bit++) {
        int flipped = 0;
        for (uint64_t key = 1; key <= 256; key++)
            flipped += __builtin_popcountll(hash_mix(key) ^ hash_mix(key ^ (1ull << bit)));
        assert_between(flipped / 256.0, 30, 34);
    }
}

static void different_keys_stay_different(void **state)
{
    (void)state;
    for (uint64_t a = 0; a < 400; a++)
        for (uint64_t b = 0; b < a; b++)
            assert_true(hash_mix(a) != hash_mix(b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_hash_to_the_published_values),
        cmocka_unit_test(a_hash_can_be_continued),
        cmocka_unit_test(every_byte_of_a_long_state_counts),
        cmocka_unit_test(near_keys_become_unrelated),
        cmocka_unit_test(different_keys_stay_different),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
