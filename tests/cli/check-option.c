/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/option.h"

#include "base/error.h"
#include "cli/script.h"
#include "tests/check-main.h"

static const char *const modes[] = {"acpi", "agent", NULL};

static const RvOption own_options[] = {
    {.name = "domain", .kind = RV_OPTION_STRING, .required = true, .text = "-"},
    {.name = "quick", .letter = 'k', .kind = RV_OPTION_FLAG, .text = "-"},
    {.name = "mode", .kind = RV_OPTION_STRING, .words = modes, .several = true, .text = "-"},
    {.name = "number", .letter = 'n', .kind = RV_OPTION_INT, .named = true, .text = "-"},
    {.name = "file", .kind = RV_OPTION_LIST, .text = "-"},
    {NULL},
};

static const RvOption global_options[] = {
    {.name = "quiet", .letter = 'q', .kind = RV_OPTION_FLAG, .text = "-"},
    {.name = "output", .letter = 'o', .kind = RV_OPTION_STRING, .text = "-"},
    {NULL},
};

/* What became of the words, in one line: "domain=web quick | quiet". */
static char *describe(const RvArgs *args, const RvOption *options)
{
    GString *text = g_string_new(NULL);
    for (const RvOption *option = options; option->name; option++) {
        if (!rv_args_has(args, option->name))
            continue;
        g_string_append_printf(text, "%s%s", text->len ? " " : "", option->name);
        g_autofree char *values = g_strjoinv(",", (char **)rv_args_list(args, option->name));
        if (option->kind != RV_OPTION_FLAG)
            g_string_append_printf(text, "=%s", values);
    }
    return g_string_free(text, FALSE);
}

/* `text` is split as a script is. An expected text with '!' is part of an error. */
static const struct {
    const char *text, *expected;
} lines[] = {
    {"", " | "},
    {"web", "domain=web | "},
    {"--domain web", "domain=web | "},
    {"--domain=web", "domain=web | "},
    {"--domain=", "domain= | "},
    {"web --quick", "domain=web quick | "},
    {"--quick web", "domain=web quick | "},
    {"-k web", "domain=web quick | "},
    {"web acpi", "domain=web mode=acpi | "},
    {"--mode agent web", "domain=web mode=agent | "},
    {"web --mode acpi,agent", "domain=web mode=acpi,agent | "},
    {"web acpi a b c", "domain=web mode=acpi file=a,b,c | "},
    {"web --file a --file b", "domain=web file=a,b | "},
    {"web -n 5", "domain=web number=5 | "},
    {"web -n5", "domain=web number=5 | "},
    {"web -kn 5", "domain=web quick number=5 | "},
    {"-- --quick", "domain=--quick | "},
    {"-", "domain=- | "},
    {"''", "domain= | "},
    {"web -q", "domain=web | quiet"},
    {"-q -ojson web", "domain=web | quiet output=json"},
    {"web -o text -o json", "domain=web | output=json"},
    {"web --quick --quick", "domain=web quick | "},
    {"web --domain db", "!--domain is given twice"},
    {"web --quik", "!there is no option --quik"},
    {"web -x", "!there is no option -x"},
    {"web --quick=yes", "!--quick takes no value"},
    {"web --mode", "!--mode needs a value: --mode STRING"},
    {"web --mode acpy", "!'acpy' is no value of --mode"},
    {"web --mode acpi,", "!'' is no value of --mode"},
    {"web -n -1", "!'-1' is no value of --number"},
    {"web -n 2147483648", "!'2147483648' is no value of --number"},
    {"web -n 5x", "!'5x' is no value of --number"},
};

START_TEST(test_parse)
{
    const char *rest = lines[_i].text;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) words = rv_script_next(&rest, &error);
    ck_assert_ptr_nonnull(words);
    g_autoptr(RvArgs) own = rv_args_new(own_options), globals = rv_args_new(global_options);
    bool ok = rv_args_parse(own, globals, false, (const char *const *)words->pdata, words->len,
                            NULL, &error);
    if (lines[_i].expected[0] == '!') {
        ck_assert_msg(!ok && strstr(error->message, lines[_i].expected + 1), "%s: %s",
                      lines[_i].text, ok ? "is fine" : error->message);
        ck_assert_int_eq(error->code, RV_ERR_INVALID_ARG);
        return;
    }
    ck_assert_msg(ok, "%s: %s", lines[_i].text, error ? error->message : "");
    g_autofree char *own_text = describe(own, own_options);
    g_autofree char *global_text = describe(globals, global_options);
    g_autofree char *text = g_strdup_printf("%s | %s", own_text, global_text);
    ck_assert_msg(!strcmp(text, lines[_i].expected), "%s: %s", lines[_i].text, text);
}
END_TEST

START_TEST(test_meant)
{
    static const char *const words[] = {"--outptu", "json"};
    g_autoptr(RvArgs) own = rv_args_new(own_options), globals = rv_args_new(global_options);
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_args_parse(own, globals, false, words, G_N_ELEMENTS(words), NULL, &error));
    ck_assert_str_eq(rv_error_get_remedy(error), "did you mean --output?");
}
END_TEST

START_TEST(test_stop_at_word)
{
    static const char *const words[] = {"-q", "--output", "json", "list", "-k"};
    g_autoptr(RvArgs) globals = rv_args_new(global_options);
    size_t used = 0;
    ck_assert(rv_args_parse(globals, NULL, true, words, G_N_ELEMENTS(words), &used, NULL));
    ck_assert_uint_eq(used, 3);
    g_autoptr(RvArgs) copy = rv_args_copy(globals);
    ck_assert_str_eq(rv_args_string(copy, "output"), "json");
    ck_assert(rv_args_has(copy, "quiet"));
}
END_TEST

START_TEST(test_results)
{
    static const char *const words[] = {"web", "-k", "-n", "7"};
    static const RvOptionBit bits[] = {{"quick", 4}, {"mode", 8}, {NULL}};
    g_autoptr(RvArgs) args = rv_args_new(own_options);
    ck_assert_str_eq(rv_args_missing(args)->name, "domain");
    ck_assert(rv_args_parse(args, NULL, false, words, G_N_ELEMENTS(words), NULL, NULL));
    ck_assert_ptr_null(rv_args_missing(args));
    ck_assert_uint_eq(rv_args_bits(args, bits), 4);
    ck_assert_int_eq(rv_args_int(args, "number", 1), 7);
    ck_assert_ptr_null(rv_args_string(args, "mode"));
    ck_assert_ptr_null(*rv_args_list(args, "file"));
}
END_TEST

/* ---- Scripts ---- */

/* Words are shown in brackets, commands end in a semicolon. */
static const struct {
    const char *text, *expected;
} scripts[] = {
    {"", ";"},
    {"list", "[list];"},
    {"  list \t --all ", "[list][--all];"},
    {"start a; start b", "[start][a];[start][b];"},
    {"start a\nstart b\n", "[start][a];[start][b];;"},
    {"echo 'a b' \"c ; d\" e\\ f", "[echo][a b][c ; d][e f];"},
    {"echo 'a\\b' \"a\\\"b\"", "[echo][a\\b][a\"b];"},
    {"echo a'b'\"c\"", "[echo][abc];"},
    {"list # all; of them\nuri", "[list];[uri];"},
    {"dom#1", "[dom#1];"},
    {"echo ''", "[echo][];"},
    {"echo \\\nb", "[echo][b];"},
    {"echo 'a", "!a quote is not closed"},
    {"echo \"a", "!a quote is not closed"},
    {"echo a\\", "!nothing follows"},
};

START_TEST(test_script)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    const char *rest = scripts[_i].text;
    while (rest) {
        g_autoptr(GPtrArray) words = rv_script_next(&rest, &error);
        if (!words)
            break;
        for (unsigned i = 0; i < words->len; i++)
            g_string_append_printf(text, "[%s]", (const char *)g_ptr_array_index(words, i));
        g_string_append_c(text, ';');
    }
    if (scripts[_i].expected[0] == '!')
        ck_assert_msg(error && strstr(error->message, scripts[_i].expected + 1), "%s",
                      scripts[_i].text);
    else
        ck_assert_msg(!error && !strcmp(text->str, scripts[_i].expected), "%s: %s",
                      scripts[_i].text, text->str);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("option");
    TCase *tests = tcase_create("option");
    tcase_add_loop_test(tests, test_parse, 0, G_N_ELEMENTS(lines));
    tcase_add_test(tests, test_meant);
    tcase_add_test(tests, test_stop_at_word);
    tcase_add_test(tests, test_results);
    tcase_add_loop_test(tests, test_script, 0, G_N_ELEMENTS(scripts));
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
