/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/enum.h"

#include "tests/check-main.h"

typedef enum { COLOUR_RED, COLOUR_GREEN, COLOUR_DARK_BLUE, COLOUR_LAST } Colour;
RV_ENUM_DECLARE(colour, Colour);
RV_ENUM(colour, Colour, COLOUR_LAST, "red", "green", "dark-blue");

static const struct {
    const char *name;
    int value;
} rows[] = {
    {"red", COLOUR_RED},
    {"green", COLOUR_GREEN},
    {"dark-blue", COLOUR_DARK_BLUE},
    {"blue", -1},
    {"Red", -1},
    {"red ", -1},
    {"re", -1},
    {"redd", -1},
    {"", -1},
    {NULL, -1},
};

START_TEST(test_name)
{
    ck_assert_msg(colour_from_string(rows[_i].name) == rows[_i].value, "%s", rows[_i].name);
    if (rows[_i].value >= 0)
        ck_assert_str_eq(colour_to_string((Colour)rows[_i].value), rows[_i].name);
}
END_TEST

START_TEST(test_out_of_range)
{
    ck_assert_ptr_null(colour_to_string(COLOUR_LAST));
    ck_assert_ptr_null(colour_to_string((Colour)-1));
    ck_assert_ptr_null(colour_names[COLOUR_LAST]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("enum");
    TCase *tests = tcase_create("enum");
    tcase_add_loop_test(tests, test_name, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tests, test_out_of_range);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
