/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/line-diff.h"

#include "base/file.h"
#include "base/process.h"
#include "tests/check-main.h"

#define HEAD "--- a\n+++ b\n"

/* Expected texts are what `diff -u` prints. */
static const struct {
    const char *label, *old, *new, *expected;
} rows[] = {
    {"both empty", "", "", ""},
    {"same", "x\ny\n", "x\ny\n", ""},
    {"all new", "", "x\ny\n", HEAD "@@ -0,0 +1,2 @@\n+x\n+y\n"},
    {"all gone", "x\n", "", HEAD "@@ -1 +0,0 @@\n-x\n"},
    {"one changed", "a\nb\nc\n", "a\nB\nc\n", HEAD "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
    {"added at the end", "a\n", "a\nb\n", HEAD "@@ -1 +1,2 @@\n a\n+b\n"},
    {"added at the begin", "b\n", "a\nb\n", HEAD "@@ -1 +1,2 @@\n+a\n b\n"},
    {"context is cut", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
     HEAD "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
    {"two far apart", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
     HEAD "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
    {"two near", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
     HEAD "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
    {"no end of line", "a\nb", "a\nb\n",
     HEAD "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"},
    {"no end of both", "a\nb", "A\nb",
     HEAD "@@ -1,2 +1,2 @@\n-a\n+A\n b\n\\ No newline at end of file\n"},
};

START_TEST(test_row)
{
    g_autofree char *text = rv_line_diff("a", rows[_i].old, "b", rows[_i].new);
    ck_assert_msg(!strcmp(text, rows[_i].expected), "%s:\n%s", rows[_i].label, text);
}
END_TEST

/* ---- What patch(1) makes of it ---- */

static char *random_text(GRand *rand, unsigned max_lines)
{
    GString *text = g_string_new(NULL);
    unsigned lines = (unsigned)g_rand_int_range(rand, 0, (gint32)max_lines);
    for (unsigned i = 0; i < lines; i++)
        g_string_append_printf(text, "%d\n", g_rand_int_range(rand, 0, 8));
    return g_string_free(text, FALSE);
}

static void check_patch(const char *folder, const char *old, const char *new)
{
    g_autofree char *diff = rv_line_diff("a", old, "b", new);
    if (!*diff) {
        ck_assert_str_eq(old, new);
        return;
    }
    g_autofree char *old_path = g_build_filename(folder, "old", NULL);
    g_autofree char *diff_path = g_build_filename(folder, "diff", NULL);
    ck_assert(g_file_set_contents(old_path, old, -1, NULL));
    ck_assert(g_file_set_contents(diff_path, diff, -1, NULL));
    const char *const argv[] = {"/usr/bin/patch", "-s", "-u", "-o", "-", old_path, diff_path, NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *made = rv_process_run(argv, 1 << 20, 20000, &error);
    ck_assert_msg(made, "%s\n%s", error ? error->message : "", diff);
    ck_assert_msg(!strcmp(made, new), "old:\n%s\nnew:\n%s\ndiff:\n%s\nmade:\n%s", old, new, diff,
                  made);
}

START_TEST(test_patch)
{
    if (access("/usr/bin/patch", X_OK)) {
        check_skip("test_patch", "needs patch");
        return;
    }
    g_autofree char *folder = g_dir_make_tmp("reeve-diff-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    g_autoptr(GRand) rand = g_rand_new_with_seed(4711);
    for (unsigned i = 0; i < 60; i++) {
        g_autofree char *old = random_text(rand, 40), *new = random_text(rand, 40);
        check_patch(folder, old, new);
    }
    ck_assert(rv_dir_remove(folder, NULL));
}
END_TEST

/* Too different for the search: still right, and soon. */
START_TEST(test_large)
{
    g_autoptr(GString) old = g_string_new(NULL), new = g_string_new(NULL);
    for (unsigned i = 0; i < 20000; i++) {
        g_string_append_printf(old, "old %u\n", i);
        g_string_append_printf(new, "new %u\n", i);
    }
    g_autofree char *diff = rv_line_diff("a", old->str, "b", new->str);
    ck_assert(g_str_has_prefix(diff, HEAD "@@ -1,20000 +1,20000 @@\n-old 0\n"));
    ck_assert(g_str_has_suffix(diff, "+new 19999\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line-diff");
    TCase *tests = tcase_create("line-diff");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_row, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tests, test_patch);
    tcase_add_test(tests, test_large);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
