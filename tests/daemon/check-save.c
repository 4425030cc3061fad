/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "daemon/save-image.h"
#include "model/domain-state.h"
#include "tests/check-main.h"
#include "tests/daemon/front.h"
#include "wire/xdr.h"

#define XML "<domain type='test'><name>vm</name></domain>"
#define DATA "what the driver wrote"

/* ---- The file ------------------------------------------------------------------------------- */

static char *make_dir(void)
{
    char *dir = g_dir_make_tmp("reeve-check-XXXXXX", NULL);
    ck_assert_ptr_nonnull(dir);
    return dir;
}

static RvSaveImage *begin(const char *path)
{
    g_autoptr(GError) error = NULL;
    const RvSaveImage what = {
        .path = (char *)path, .driver = (char *)"test", .xml = (char *)XML, .paused = true};
    RvSaveImage *image = rv_save_image_new(&what, &error);
    ck_assert_msg(image, "%s", error ? error->message : "");
    return image;
}

static void make_image(const char *path)
{
    g_autoptr(RvSaveImage) image = begin(path);
    ck_assert(rv_fd_write_all(image->fd, DATA, strlen(DATA), NULL));
    ck_assert(rv_save_image_complete(image, NULL));
    ck_assert(rv_save_image_place(path, NULL));
    ck_assert(rv_save_image_place(path, NULL));
}

START_TEST(test_image)
{
    g_autofree char *dir = make_dir();
    g_autofree char *path = g_build_filename(dir, "image", NULL);
    ck_assert(access(path, F_OK) < 0);
    make_image(path);
    make_image(path); /* in place of the other */
    g_autoptr(RvSaveImage) image = rv_save_image_open(path, NULL);
    char data[64] = {0};
    ck_assert_ptr_nonnull(image);
    ck_assert_str_eq(image->driver, "test");
    ck_assert_str_eq(image->xml, XML);
    ck_assert(image->paused);
    ck_assert_int_eq(read(image->fd, data, sizeof(data)), (int)strlen(DATA));
    ck_assert_str_eq(data, DATA);
    unlink(path);
    rmdir(dir);
}
END_TEST

START_TEST(test_discard)
{
    g_autofree char *dir = make_dir();
    g_autofree char *path = g_build_filename(dir, "image", NULL);
    g_autoptr(RvSaveImage) image = begin(path);
    ck_assert(!rv_save_image_open(path, NULL));
    rv_save_image_discard(path);
    rv_save_image_discard(path);
    ck_assert(!rv_save_image_place(path, NULL));
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* Every byte of head and definition matters, and every length. */
START_TEST(test_damage)
{
    g_autofree char *dir = make_dir();
    g_autofree char *path = g_build_filename(dir, "image", NULL);
    g_autofree char *good = NULL;
    size_t len;
    make_image(path);
    ck_assert(g_file_get_contents(path, &good, &len, NULL));
    size_t head = strlen(good), xml_at = 4096;
    for (size_t at = 0; at < xml_at + strlen(XML); at = at + 1 == head ? xml_at : at + 1) {
        good[at] ^= 1;
        ck_assert(g_file_set_contents(path, good, (gssize)len, NULL));
        g_autoptr(GError) error = NULL;
        g_autoptr(RvSaveImage) image = rv_save_image_open(path, &error);
        /* A space of JSON may be another one. */
        ck_assert_msg(!image || strchr(" \n!\v", good[at]), "byte %zu", at);
        good[at] ^= 1;
    }
    for (size_t short_len = 0; short_len < len; short_len += 7) {
        ck_assert(g_file_set_contents(path, good, (gssize)short_len, NULL));
        ck_assert_msg(!rv_save_image_open(path, NULL), "%zu bytes", short_len);
    }
    unlink(path);
    rmdir(dir);
}
END_TEST

static const struct {
    const char *path;
    int code;
} bad_paths[] = {
    {"relative", RV_ERR_INVALID_ARG},
    {"/dev/null", RV_ERR_OPERATION_UNSUPPORTED},
    {"/", RV_ERR_OPERATION_UNSUPPORTED},
    {"/nowhere/at/all", RV_ERR_SYSTEM},
};

START_TEST(test_bad_path)
{
    g_autoptr(GError) error = NULL;
    const RvSaveImage what = {
        .path = (char *)bad_paths[_i].path, .driver = (char *)"test", .xml = (char *)XML};
    ck_assert_ptr_null(rv_save_image_new(&what, &error));
    ck_assert_int_eq(error->code, bad_paths[_i].code);
    g_clear_error(&error);
    ck_assert_ptr_null(rv_save_image_open(bad_paths[_i].path, &error));
    ck_assert_ptr_nonnull(error);
}
END_TEST

/* ---- Calls ---------------------------------------------------------------------------------- */

static int save_to(Peer *peer, wire_domain domain, const char *path)
{
    wire_domain_save_args args = {domain, (char *)path};
    return peer_call(peer, WIRE_DOMAIN_SAVE, (xdrproc_t)xdr_wire_domain_save_args, &args, NULL,
                     NULL, NULL);
}

static int restore_from(Peer *peer, const char *path)
{
    wire_domain_restore_args args = {(char *)path};
    return peer_call(peer, WIRE_DOMAIN_RESTORE, (xdrproc_t)xdr_wire_domain_restore_args, &args,
                     NULL, NULL, NULL);
}

START_TEST(test_round)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    g_autofree char *path = g_build_filename(front->dir, "image", NULL);
    wire_domain domain = peer_start_new(peer, "vm", NULL);
    ck_assert_int_eq(save_to(peer, domain, "relative"), RV_ERR_INVALID_ARG);
    ck_assert_int_eq(save_to(peer, domain, path), 0);
    ck_assert_int_eq(peer_state(peer, domain), RV_DOMAIN_SHUTOFF);
    ck_assert_int_eq(restore_from(peer, path), 0);
    ck_assert_int_eq(peer_state(peer, domain), RV_DOMAIN_RUNNING);
    ck_assert_int_eq(restore_from(peer, path), RV_ERR_OPERATION_INVALID);
    unlink(path);
    ck_assert_int_eq(restore_from(peer, path), RV_ERR_SYSTEM);
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

static int call_flags(Peer *peer, unsigned procedure, wire_domain domain, unsigned flags, void *ret)
{
    wire_domain_flags_args args = {domain, flags};
    return peer_call(peer, procedure, (xdrproc_t)xdr_wire_domain_flags_args, &args,
                     ret ? (xdrproc_t)xdr_wire_int_ret : NULL, ret, NULL);
}

static bool is_saved(Peer *peer, wire_domain domain)
{
    wire_int_ret ret = {0};
    ck_assert_int_eq(call_flags(peer, WIRE_DOMAIN_HAS_MANAGED_SAVE_IMAGE, domain, 0, &ret), 0);
    return ret.value;
}

START_TEST(test_managed)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = peer_start_new(peer, "vm", NULL);
    wire_domain_args start = {domain};
    xdrproc_t xdr = (xdrproc_t)xdr_wire_domain_args;
    ck_assert_int_eq(call_flags(peer, WIRE_DOMAIN_MANAGED_SAVE, domain, 2 | 4, NULL),
                     RV_ERR_INVALID_ARG);
    ck_assert(!is_saved(peer, domain));
    ck_assert_int_eq(call_flags(peer, WIRE_DOMAIN_MANAGED_SAVE, domain, 0, NULL), 0);
    ck_assert(is_saved(peer, domain));
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_UNDEFINE, xdr, &start, NULL, NULL, NULL),
                     RV_ERR_OPERATION_INVALID);
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_CREATE, xdr, &start, NULL, NULL, NULL), 0);
    ck_assert(!is_saved(peer, domain));
    ck_assert_int_eq(call_flags(peer, WIRE_DOMAIN_MANAGED_SAVE, domain, 0, NULL), 0);
    ck_assert_int_eq(call_flags(peer, WIRE_DOMAIN_MANAGED_SAVE_REMOVE, domain, 0, NULL), 0);
    ck_assert(!is_saved(peer, domain));
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

/* A save that is cancelled leaves the guest running, and no file. */
START_TEST(test_cancel)
{
    Front *front = front_new(NULL);
    Peer *stuck = peer_new_open(front, false), *other = peer_new_open(front, false);
    g_autofree char *path = g_build_filename(front->dir, "image", NULL);
    g_autofree char *begun = g_strconcat(path, ".reeve-new", NULL);
    wire_domain domain = peer_start_new(stuck, "vm", "hang='save'");
    wire_domain_save_args args = {domain, path};
    wire_domain_args abort_args = {domain};
    peer_ask(stuck, WIRE_DOMAIN_SAVE, (xdrproc_t)xdr_wire_domain_save_args, &args);
    front_until(front, access(begun, F_OK) == 0);
    ck_assert_int_eq(peer_call(other, WIRE_DOMAIN_ABORT_JOB, (xdrproc_t)xdr_wire_domain_args,
                               &abort_args, NULL, NULL, NULL), 0);
    ck_assert_int_eq(peer_answer(stuck, NULL, NULL, NULL), RV_ERR_OPERATION_ABORTED);
    ck_assert_int_eq(peer_state(other, domain), RV_DOMAIN_RUNNING);
    ck_assert(access(begun, F_OK) < 0 && access(path, F_OK) < 0);
    peer_clear_domain(&domain);
    peer_free(stuck);
    peer_free(other);
    front_free(front);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("save");
    TCase *tcase = tcase_create("save");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_image);
    tcase_add_test(tcase, test_discard);
    tcase_add_test(tcase, test_damage);
    tcase_add_loop_test(tcase, test_bad_path, 0, G_N_ELEMENTS(bad_paths));
    tcase_add_test(tcase, test_round);
    tcase_add_test(tcase, test_managed);
    tcase_add_test(tcase, test_cancel);
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
