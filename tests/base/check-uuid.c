/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/uuid.h"

#include "tests/check-main.h"

#define PLAIN "0123456789abcdef0123456789abcdef"
#define DASHED "01234567-89ab-cdef-0123-456789abcdef"

static const struct {
    const char *text;
    const char *formatted; /* NULL: refused */
} rows[] = {
    {DASHED, DASHED},
    {PLAIN, DASHED},
    {"01234567-89AB-CDEF-0123-456789ABCDEF", DASHED},
    {"  \t\n" DASHED " \n", DASHED},
    {"0-1--23456789abcdef0123456789abcdef", NULL}, /* a byte torn apart */
    {"--01-23-45-67-89-ab-cd-ef-01-23-45-67-89-ab-cd-ef", DASHED},
    {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
    {"", NULL},
    {" ", NULL},
    {"-", NULL},
    {"0", NULL},
    {"01234567-89ab-cdef-0123-456789abcde", NULL},
    {"01234567-89ab-cdef-0123-456789abcdef0", NULL},
    {"01234567-89ab-cdef-0123-456789abcdef-", NULL},
    {"01234567-89ab-cdef-0123-456789abcdeg", NULL},
    {"01234567-89ab-cdef-0123 456789abcdef", NULL},
    {DASHED " x", NULL},
    {"0x234567-89ab-cdef-0123-456789abcdef", NULL},
};

START_TEST(test_parse)
{
    RvUuid uuid = {{0xee}}, before = uuid;
    char text[RV_UUID_STRING_LEN + 1];
    bool parsed = rv_uuid_parse(rows[_i].text, &uuid);
    ck_assert_msg(parsed == !!rows[_i].formatted, "'%s': %d", rows[_i].text, parsed);
    if (parsed) {
        rv_uuid_format(&uuid, text);
        ck_assert_str_eq(text, rows[_i].formatted);
    } else {
        ck_assert_msg(rv_uuid_equal(&uuid, &before), "'%s' was half taken", rows[_i].text);
    }
}
END_TEST

START_TEST(test_generate)
{
    enum { N = 1000 };
    g_autoptr(GHashTable) seen = g_hash_table_new_full(rv_uuid_hash, rv_uuid_equal, g_free, NULL);
    for (int i = 0; i < N; i++) {
        RvUuid *uuid = g_new0(RvUuid, 1);
        ck_assert(rv_uuid_is_zero(uuid));
        rv_uuid_generate(uuid);
        ck_assert(!rv_uuid_is_zero(uuid));
        ck_assert_uint_eq(uuid->bytes[6] >> 4, 4);
        ck_assert_uint_eq(uuid->bytes[8] >> 6, 2);
        g_hash_table_add(seen, uuid);
    }
    ck_assert_uint_eq(g_hash_table_size(seen), N);
}
END_TEST

/* Whichever byte numbered UUIDs differ in, they spread: a table of them stays fast. */
START_TEST(test_hash)
{
    g_autoptr(GHashTable) hashes = g_hash_table_new(NULL, NULL);
    for (unsigned i = 0; i < 256; i++) {
        RvUuid uuid = {{0}};
        uuid.bytes[_i] = (unsigned char)i;
        g_hash_table_add(hashes, GUINT_TO_POINTER(rv_uuid_hash(&uuid) & 0xffff));
    }
    ck_assert_uint_gt(g_hash_table_size(hashes), 200);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uuid");
    TCase *tests = tcase_create("uuid");
    tcase_add_loop_test(tests, test_parse, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tests, test_generate);
    tcase_add_loop_test(tests, test_hash, 0, 16);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
