/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pools that are folders, and their volumes, in a folder of the test's own. */

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "drivers/storage/folder.h"
#include "drivers/storage/header.h"
#include "drivers/pool.h"
#include "drivers/volume.h"
#include "tests/check-main.h"

static char *dir;
static RvPoolDef *pool;

static void ignore_progress(RvOperation *op, uint64_t done, uint64_t total)
{
}
static RvOperation op = {.progress = ignore_progress};

static RvPoolDef *make_pool(const char *target)
{
    g_autofree char *text = g_strdup_printf(
        "<pool type='dir'><name>p</name><target><path>%s</path></target></pool>", target);
    RvPoolDef *def = rv_pool_def_parse(text, strlen(text), NULL, NULL);
    ck_assert_ptr_nonnull(def);
    return def;
}

static void setup(void)
{
    dir = g_dir_make_tmp("check-storage-XXXXXX", NULL);
    g_autofree char *target = g_build_filename(dir, "a", "pool", NULL);
    op.cancel = g_cancellable_new();
    pool = make_pool(target);
    ck_assert(rv_pool_build(pool, RV_POOL_BUILD_FOLDER, &op, NULL));
    ck_assert(rv_pool_start(pool, &op, NULL));
}

static void teardown(void)
{
    ck_assert(rv_dir_remove(dir, NULL));
    g_clear_object(&op.cancel);
    rv_pool_def_free(pool);
    g_free(dir);
}

static char *path_of(const char *name)
{
    return g_build_filename(pool->target, name, NULL);
}

static unsigned count(void)
{
    g_autoptr(GPtrArray) all = rv_volume_scan(pool, NULL);
    ck_assert_ptr_nonnull(all);
    return all->len;
}

static bool create(const char *name, const char *rest, GError **error)
{
    g_autofree char *text = g_strdup_printf("<volume><name>%s</name>%s</volume>", name, rest);
    g_autoptr(RvVolumeDef) def = rv_volume_def_parse(text, strlen(text), RV_POOL_DIR,
                                                     RV_VOLUME_CAPACITY_NEEDED, NULL, error);
    ck_assert_ptr_nonnull(def);
    if (def->allocation == RV_VOLUME_SIZE_NONE)
        def->allocation = def->capacity;
    return rv_volume_create(pool, def, &(RvVolumeMake){0}, &op, error);
}

#define SPARSE "<capacity>1048576</capacity><allocation>0</allocation>"

START_TEST(test_life)
{
    g_autoptr(GError) error = NULL;
    ck_assert(rv_pool_is_started(pool));
    ck_assert(create("one", SPARSE, NULL));
    ck_assert(create("all", "<capacity>1048576</capacity>", NULL));
    g_autoptr(RvVolumeDef) one = rv_volume_look(pool, "one", NULL);
    g_autoptr(RvVolumeDef) all = rv_volume_look(pool, "all", NULL);
    ck_assert_uint_eq(one->capacity, 1048576);
    ck_assert_uint_eq(one->allocation, 0);
    ck_assert_uint_ge(all->allocation, 1048576);
    ck_assert_int_eq(one->target.permissions.mode, 0600);
    ck_assert_str_eq(one->target.format, "raw");
    ck_assert_uint_eq(count(), 2);

    ck_assert(!create("one", SPARSE, &error));
    ck_assert_int_eq(error->code, RV_ERR_OPERATION_INVALID);
    ck_assert(!rv_pool_remove(pool, NULL));
    ck_assert(rv_volume_delete(pool, "one", NULL));
    ck_assert(rv_volume_delete(pool, "one", NULL));
    ck_assert(rv_volume_delete(pool, "all", NULL));
    ck_assert(rv_pool_remove(pool, NULL));
    ck_assert(!rv_pool_is_started(pool));
}
END_TEST

START_TEST(test_folder_volume)
{
    ck_assert(create("web", SPARSE "<target><format type='dir'/></target>", NULL));
    g_autoptr(RvVolumeDef) web = rv_volume_look(pool, "web", NULL);
    ck_assert_int_eq(web->type, RV_VOLUME_DIR);
    ck_assert_str_eq(web->target.format, "dir");
    g_autofree char *inside = path_of("web/file");
    ck_assert(g_file_set_contents(inside, "", 0, NULL));
    ck_assert(!rv_volume_delete(pool, "web", NULL));
    ck_assert_int_eq(unlink(inside), 0);
    ck_assert(rv_volume_delete(pool, "web", NULL));
}
END_TEST

static const char *const bad_names[] = {"a/b", "..", ".", ".hidden", "../x", "tab\there"};

START_TEST(test_bad_name)
{
    g_autoptr(GError) error = NULL;
    ck_assert(!create(bad_names[_i], SPARSE, &error));
    ck_assert_int_eq(error->code, RV_ERR_OPERATION_INVALID);
    ck_assert_uint_eq(count(), 0);
    ck_assert_ptr_null(rv_volume_look(pool, "../pool", NULL));
}
END_TEST

/* What is being made is nobody's volume; what nobody makes any more goes when the pool starts. */
START_TEST(test_unfinished)
{
    rv_autofd int folder = storage_folder_open(pool->target, NULL);
    g_auto(StorageNew) made = {.folder = folder, .fd = -1};
    ck_assert(storage_new_file(&made, folder, NULL));
    ck_assert_uint_eq(count(), 0);
    ck_assert(rv_pool_start(pool, &op, NULL));
    ck_assert_int_eq(faccessat(folder, made.name, F_OK, 0), 0);
    ck_assert_int_eq(flock(made.fd, LOCK_UN), 0);
    ck_assert(rv_pool_start(pool, &op, NULL));
    ck_assert_int_lt(faccessat(folder, made.name, F_OK, 0), 0);
}
END_TEST

/* A name that somebody took meanwhile is not taken from them. */
START_TEST(test_no_replace)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = path_of("x");
    rv_autofd int folder = storage_folder_open(pool->target, NULL);
    {
        g_auto(StorageNew) made = {.folder = folder, .fd = -1};
        ck_assert(storage_new_file(&made, folder, NULL));
        ck_assert(g_file_set_contents(path, "mine", 4, NULL));
        ck_assert(!storage_new_publish(&made, "x", &error));
        ck_assert_int_eq(error->code, RV_ERR_STORAGE_VOL_EXIST);
    }
    ck_assert_uint_eq(count(), 1);
    g_autoptr(RvVolumeDef) x = rv_volume_look(pool, "x", NULL);
    ck_assert_uint_eq(x->capacity, 4);
}
END_TEST

START_TEST(test_link)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *out = path_of("out"), *in = path_of("in"), *dangling = path_of("dangling");
    ck_assert(create("one", SPARSE, NULL));
    ck_assert_int_eq(symlink("/etc/passwd", out), 0);
    ck_assert_int_eq(symlink("one", in), 0);
    ck_assert_int_eq(symlink("nowhere", dangling), 0);
    ck_assert_uint_eq(count(), 3);
    ck_assert_int_lt(rv_volume_open(pool, "out", false, &error), 0);
    ck_assert_int_eq(error->code, RV_ERR_OPERATION_INVALID);
    rv_autofd int fd = rv_volume_open(pool, "in", true, NULL);
    ck_assert_int_ge(fd, 0);
    ck_assert(rv_volume_delete(pool, "out", NULL));
    ck_assert(g_file_test("/etc/passwd", G_FILE_TEST_IS_REGULAR));
}
END_TEST

START_TEST(test_fifo)
{
    g_autofree char *path = path_of("fifo");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_uint_eq(count(), 0);
    ck_assert_ptr_null(rv_volume_look(pool, "fifo", NULL));
}
END_TEST

START_TEST(test_copy)
{
    g_autofree char *path = path_of("one");
    ck_assert(create("one", SPARSE, NULL));
    rv_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(pwrite(fd, "tail", 4, 1048572), 4);
    const char *text = "<volume><name>two</name><allocation>0</allocation></volume>";
    g_autoptr(RvVolumeDef) def = rv_volume_def_parse(
        text, strlen(text), RV_POOL_DIR, RV_VOLUME_CAPACITY_OF_ORIGIN, NULL, NULL);
    ck_assert(rv_volume_copy(pool, def, pool, "one", &(RvVolumeMake){0}, &op, NULL));
    g_autofree char *a = NULL, *b = NULL, *copy = path_of("two");
    gsize a_len, b_len;
    ck_assert(g_file_get_contents(path, &a, &a_len, NULL));
    ck_assert(g_file_get_contents(copy, &b, &b_len, NULL));
    ck_assert_mem_eq(a, b, a_len);
    ck_assert_uint_eq(a_len, b_len);
    g_autoptr(RvVolumeDef) two = rv_volume_look(pool, "two", NULL);
    ck_assert_uint_lt(two->allocation, 65536);
}
END_TEST

START_TEST(test_cancel)
{
    ck_assert(create("one", "<capacity>1048576</capacity>", NULL));
    const char *text = "<volume><name>two</name></volume>";
    g_autoptr(GError) error = NULL;
    g_autoptr(RvVolumeDef) def = rv_volume_def_parse(
        text, strlen(text), RV_POOL_DIR, RV_VOLUME_CAPACITY_OF_ORIGIN, NULL, NULL);
    rv_autofd int fd = rv_volume_open(pool, "one", true, NULL);
    ck_assert_int_eq(pwrite(fd, "data", 4, 0), 4);
    g_cancellable_cancel(op.cancel);
    ck_assert(!rv_volume_copy(pool, def, pool, "one", &(RvVolumeMake){0}, &op, &error));
    ck_assert_int_eq(error->code, RV_ERR_OPERATION_ABORTED);
    ck_assert_uint_eq(count(), 1);
}
END_TEST

START_TEST(test_resize)
{
    ck_assert(create("one", SPARSE, NULL));
    ck_assert(rv_volume_resize(pool, "one", &(RvVolumeResize){.capacity = 2097152}, &op, NULL));
    ck_assert(!rv_volume_resize(pool, "one", &(RvVolumeResize){.capacity = 4096}, &op, NULL));
    ck_assert(rv_volume_resize(pool, "one", &(RvVolumeResize){.capacity = 4096, .shrink = true},
                               &op, NULL));
    ck_assert(rv_volume_resize(pool, "one", &(RvVolumeResize){.capacity = 4096, .delta = true}, &op,
                               NULL));
    g_autoptr(RvVolumeDef) one = rv_volume_look(pool, "one", NULL);
    ck_assert_uint_eq(one->capacity, 8192);
}
END_TEST

START_TEST(test_wipe)
{
    g_autofree char *path = path_of("one");
    ck_assert(create("one", "<capacity>65536</capacity>", NULL));
    rv_autofd int fd = rv_volume_open(pool, "one", true, NULL);
    ck_assert_int_eq(pwrite(fd, "secret", 6, 100), 6);
    ck_assert(rv_volume_wipe(pool, "one", 0, &op, NULL));
    char bytes[6];
    ck_assert_int_eq(pread(fd, bytes, 6, 100), 6);
    ck_assert_mem_eq(bytes, "\0\0\0\0\0\0", 6);
    ck_assert(!rv_volume_wipe(pool, "one", 9, &op, NULL));
    ck_assert(!rv_volume_wipe(pool, "one", 99, &op, NULL));
}
END_TEST

/* ---- Headers --------------------------------------------------------------------------------- */

static void put(unsigned char *bytes, size_t at, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        bytes[at + i] = (unsigned char)(value >> (8 * (n - 1 - i)));
}

static void make_qcow2(unsigned char *bytes, const char *backing)
{
    memcpy(bytes, "QFI\xfb", 4);
    put(bytes, 4, 3, 4);
    put(bytes, 20, 16, 4);
    put(bytes, 24, 12345678, 8);
    put(bytes, 80, 1, 8);
    put(bytes, 100, 104, 4);
    put(bytes, 104, 0xe2792aca, 4);
    put(bytes, 108, 3, 4);
    memcpy(bytes + 112, "raw", 3);
    if (backing) {
        put(bytes, 8, 200, 8);
        put(bytes, 16, strlen(backing), 4);
        memcpy(bytes + 200, backing, strlen(backing));
    }
}

START_TEST(test_header)
{
    unsigned char bytes[512] = {0};
    make_qcow2(bytes, "base.img");
    g_auto(RvHeader) header;
    rv_header_read(&header, bytes, sizeof(bytes));
    ck_assert_str_eq(header.format, "qcow2");
    ck_assert_uint_eq(header.capacity, 12345678);
    ck_assert_uint_eq(header.cluster_size, 65536);
    ck_assert_str_eq(header.backing, "base.img");
    ck_assert_str_eq(header.backing_format, "raw");
    ck_assert_str_eq(header.compat, "1.1");
    ck_assert(header.lazy_refcounts && !header.data_file);
}
END_TEST

/* Whatever the bytes are, nothing beyond them is read: for the sanitizers. */
START_TEST(test_hostile_header)
{
    static const uint64_t wild[] = {0, 1, 71, 100, 199, 511, 512, 513, 0xffffffff, UINT64_MAX};
    for (unsigned i = 0; i < G_N_ELEMENTS(wild); i++) {
        for (unsigned at = 4; at < 120; at += 4) {
            for (unsigned len = 60; len <= 512; len += 4) {
                g_autofree unsigned char *bytes = g_malloc0(len);
                unsigned char whole[512] = {0};
                make_qcow2(whole, "base.img");
                put(whole, at, wild[i], at % 8 ? 4 : 8);
                memcpy(bytes, whole, len);
                g_auto(RvHeader) header;
                rv_header_read(&header, bytes, len);
                ck_assert_ptr_nonnull(header.format);
            }
        }
    }
}
END_TEST

/* An image that calls itself an overlay of the host's files gets nothing of them. */
START_TEST(test_stranger_below)
{
    unsigned char bytes[65536] = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *path = path_of("evil");
    make_qcow2(bytes, "/etc/passwd");
    ck_assert(g_file_set_contents(path, (char *)bytes, sizeof(bytes), NULL));
    const char *text = "<volume><name>copy</name></volume>";
    const char *const folders[] = {pool->target, NULL};
    g_autoptr(RvVolumeDef) def = rv_volume_def_parse(
        text, strlen(text), RV_POOL_DIR, RV_VOLUME_CAPACITY_OF_ORIGIN, NULL, NULL);
    ck_assert(!rv_volume_copy(pool, def, pool, "evil", &(RvVolumeMake){.folders = folders}, &op,
                              &error));
    ck_assert_int_eq(error->code, RV_ERR_CONFIG_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error->message, "/etc/passwd"));
    ck_assert_uint_eq(count(), 1);
}
END_TEST

START_TEST(test_unsupported)
{
    const char *text = "<pool type='mpath'><name>m</name><target><path>/dev/mapper</path></target>"
                       "</pool>";
    g_autoptr(GError) error = NULL;
    g_autoptr(RvPoolDef) def = rv_pool_def_parse(text, strlen(text), NULL, NULL);
    ck_assert(!rv_pool_start(def, &op, &error));
    ck_assert_int_eq(error->code, RV_ERR_NO_SUPPORT);
    ck_assert_ptr_nonnull(strstr(error->message, "'mpath'"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("storage");
    TCase *tcase = tcase_create("storage");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_life);
    tcase_add_test(tcase, test_folder_volume);
    tcase_add_loop_test(tcase, test_bad_name, 0, G_N_ELEMENTS(bad_names));
    tcase_add_test(tcase, test_unfinished);
    tcase_add_test(tcase, test_no_replace);
    tcase_add_test(tcase, test_link);
    tcase_add_test(tcase, test_fifo);
    tcase_add_test(tcase, test_copy);
    tcase_add_test(tcase, test_cancel);
    tcase_add_test(tcase, test_resize);
    tcase_add_test(tcase, test_wipe);
    tcase_add_test(tcase, test_header);
    tcase_add_test(tcase, test_hostile_header);
    tcase_add_test(tcase, test_stranger_below);
    tcase_add_test(tcase, test_unsupported);
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
