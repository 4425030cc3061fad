/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "tests/check-main.h"

static char *folder;

static void set_up(void)
{
    folder = g_dir_make_tmp("check-file-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *entry = g_build_filename(path, name, NULL);
        remove_tree(entry);
    }
    ck_assert_int_eq(g_remove(path), 0);
}

static void tear_down(void)
{
    remove_tree(folder);
    g_clear_pointer(&folder, g_free);
}

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

/* The names in the folder; a temporary one left behind shows here. */
static unsigned count_entries(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    unsigned n = 0;
    while (g_dir_read_name(dir))
        n++;
    return n;
}

START_TEST(test_read_bounds)
{
    static const struct {
        size_t len, max;
        bool read;
    } rows[] = {{0, 0, true},          {0, 10, true},        {10, 10, true},
                {11, 10, false},       {1, 0, false},        {16384, 16384, true},
                {16385, 16384, false}, {40000, 40000, true}, {40000, 39999, false},
                {40000, 1 << 20, true}};
    g_autofree char *path = in_folder("a");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strnfill(rows[i].len, 'x');
        ck_assert(g_file_set_contents(path, text, (gssize)rows[i].len, NULL));
        g_autoptr(GError) error = NULL;
        size_t len = 12345;
        g_autofree char *got = rv_file_read(path, rows[i].max, &len, &error);
        ck_assert_msg(!!got == rows[i].read, "%zu of %zu", rows[i].len, rows[i].max);
        if (got) {
            ck_assert_uint_eq(len, rows[i].len);
            ck_assert_str_eq(got, text);
        } else {
            ck_assert_msg(strstr(error->message, path), "%s", error->message);
        }
    }
}
END_TEST

START_TEST(test_read_failure)
{
    g_autofree char *missing = in_folder("missing");
    const char *const paths[] = {missing, folder};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *got = rv_file_read(paths[i], 100, NULL, &error);
        ck_assert_ptr_null(got);
        ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_SYSTEM));
        ck_assert_msg(strstr(error->message, paths[i]), "%s", error->message);
    }
}
END_TEST

START_TEST(test_read_procfs)
{
    /* Its size is not known beforehand. */
    size_t len = 0;
    g_autofree char *text = rv_file_read("/proc/self/status", 1 << 16, &len, NULL);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_gt(len, 100);
}
END_TEST

START_TEST(test_replace)
{
    g_autofree char *path = in_folder("a");
    static const char *const texts[] = {"first", "", "a longer one", "b"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        bool replaced = rv_file_replace(path, 0600, texts[i], strlen(texts[i]), &error);
        ck_assert_msg(replaced, "%s", error ? error->message : "");
        g_autofree char *got = rv_file_read(path, 100, NULL, NULL);
        ck_assert_str_eq(got, texts[i]);
        ck_assert_uint_eq(count_entries(), 1);
    }
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

/* What a crash in the middle has left is no obstacle, a link in its place is not followed. */
START_TEST(test_replace_remains)
{
    g_autofree char *path = in_folder("a");
    g_autofree char *temporary = in_folder("a.new");
    g_autofree char *victim = in_folder("victim");
    ck_assert(g_file_set_contents(temporary, "a long remainder", -1, NULL));
    ck_assert(rv_file_replace(path, 0600, "new", 3, NULL));
    g_autofree char *got = rv_file_read(path, 100, NULL, NULL);
    ck_assert_str_eq(got, "new");

    ck_assert(g_file_set_contents(victim, "precious", -1, NULL));
    ck_assert_int_eq(symlink(victim, temporary), 0);
    (void)!rv_file_replace(path, 0600, "newer", 5, NULL);
    g_autofree char *spared = rv_file_read(victim, 100, NULL, NULL);
    ck_assert_str_eq(spared, "precious");
}
END_TEST

/* A file that cannot be written whole leaves the old one as it was, and nothing else. */
START_TEST(test_replace_failure)
{
    g_autofree char *path = in_folder("a");
    ck_assert(rv_file_replace(path, 0600, "old", 3, NULL));
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignore, NULL);
    struct rlimit before, small;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){1000, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    g_autofree char *text = g_strnfill(5000, 'x');
    g_autoptr(GError) error = NULL;
    bool replaced = rv_file_replace(path, 0600, text, 5000, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert(!replaced);
    ck_assert_msg(strstr(error->message, "a.new"), "%s", error->message);
    g_autofree char *got = rv_file_read(path, 100, NULL, NULL);
    ck_assert_str_eq(got, "old");
    ck_assert_uint_eq(count_entries(), 1);
}
END_TEST

START_TEST(test_replace_nowhere)
{
    g_autofree char *path = in_folder("no/such/folder");
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_file_replace(path, 0600, "x", 1, &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_SYSTEM));

    /* The place is taken by a folder. */
    g_autofree char *taken = in_folder("taken/inside");
    ck_assert(rv_dir_create(taken, 0700, NULL));
    g_autofree char *parent = in_folder("taken");
    g_clear_error(&error);
    ck_assert(!rv_file_replace(parent, 0600, "x", 1, &error));
    ck_assert_uint_eq(count_entries(), 1);
}
END_TEST

START_TEST(test_remove)
{
    g_autofree char *path = in_folder("a");
    ck_assert(rv_file_replace(path, 0600, "x", 1, NULL));
    ck_assert(rv_file_remove(path, NULL));
    ck_assert_uint_eq(count_entries(), 0);
    ck_assert(rv_file_remove(path, NULL));

    g_autoptr(GError) error = NULL;
    ck_assert(!rv_file_remove(folder, &error));
    ck_assert_msg(strstr(error->message, folder), "%s", error->message);
}
END_TEST

START_TEST(test_dir)
{
    g_autofree char *path = in_folder("a/b/c");
    ck_assert(rv_dir_create(path, 0700, NULL));
    ck_assert(rv_dir_create(path, 0700, NULL));
    g_autoptr(GError) others = NULL;
    ck_assert_int_eq(g_chmod(path, 0777), 0);
    ck_assert(!rv_dir_create(path, 0700, &others));
    ck_assert_msg(strstr(others->message, "with mode 0777"), "%s", others->message);
    ck_assert_int_eq(g_chmod(path, 0700), 0);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);

    g_autofree char *file = in_folder("file");
    ck_assert(rv_file_replace(file, 0600, "x", 1, NULL));
    g_autofree char *below = in_folder("file/below");
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_dir_create(below, 0700, &error));
    ck_assert_msg(strstr(error->message, below), "%s", error->message);
}
END_TEST

START_TEST(test_fd)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    errno = EBADMSG;
    int copy = fcntl(ends[0], F_DUPFD_CLOEXEC, 50);
    {
        rv_autofd int owned = copy;
        ck_assert_int_ge(fcntl(owned, F_GETFD), 0);
        errno = EBADMSG;
    }
    ck_assert_int_eq(errno, EBADMSG);
    ck_assert_int_lt(fcntl(copy, F_GETFD), 0);

    rv_autofd int reading = ends[0];
    rv_autofd int writing = ends[1];
    ck_assert(rv_fd_set_nonblocking(reading, NULL));
    char byte;
    ck_assert(read(reading, &byte, 1) < 0 && errno == EAGAIN);
    ck_assert(rv_fd_write_all(writing, "x", 1, NULL));
    ck_assert_int_eq(read(reading, &byte, 1), 1);
    ck_assert_int_eq(rv_fd_steal(&reading), ends[0]);
    ck_assert_int_eq(reading, -1);
    close(ends[0]);

    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_fd_write_all(writing, "x", 1, &error));
    ck_assert_msg(strstr(error->message, "Broken pipe"), "%s", error->message);
    ck_assert(!rv_fd_set_nonblocking(-1, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_read_bounds);
    tcase_add_test(tests, test_read_failure);
    tcase_add_test(tests, test_read_procfs);
    tcase_add_test(tests, test_replace);
    tcase_add_test(tests, test_replace_remains);
    tcase_add_test(tests, test_replace_failure);
    tcase_add_test(tests, test_replace_nowhere);
    tcase_add_test(tests, test_remove);
    tcase_add_test(tests, test_dir);
    tcase_add_test(tests, test_fd);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
