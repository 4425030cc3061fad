/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "wire/frame.h"
#include "wire/remote.h"

#define WORD(size)                                                                                 \
    ((const char[]){(char)((size) >> 24), (char)((size) >> 16), (char)((size) >> 8), (char)(size)})

static const RvFrameHeader call = {
    .program = WIRE_REMOTE_PROGRAM,
    .version = WIRE_REMOTE_VERSION,
    .procedure = WIRE_DOMAIN_LOOKUP_BY_NAME,
    .type = RV_FRAME_CALL,
    .serial = 7,
    .status = RV_FRAME_OK,
};

START_TEST(test_layout)
{
    static const unsigned char expected[] = {
        0, 0, 0, 36,                                   /* length, with itself */
        0x20, 0, 0x80, 0x86, 0, 0, 0, 1, 0, 0, 0, 23,  /* program, version, procedure */
        0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0,            /* type, serial, status */
        0, 0, 0, 3, 'v', 'm', '1', 0,                  /* a string with its padding */
    };
    g_auto(RvBuffer) out = {0};
    wire_domain_lookup_by_name_args args = {.name = (char *)"vm1"};
    ck_assert(rv_frame_write(&out, &call, (xdrproc_t)xdr_wire_domain_lookup_by_name_args, &args,
                             NULL));
    ck_assert_uint_eq(rv_buffer_len(&out), sizeof(expected));
    ck_assert_mem_eq(rv_buffer_bytes(&out), expected, sizeof(expected));
}
END_TEST

START_TEST(test_byte_by_byte)
{
    g_auto(RvBuffer) out = {0};
    RvFrame frame;
    rv_frame_write_bytes(&out, &call, "payload", 7);
    size_t len = rv_buffer_len(&out);
    for (size_t n = 0; n < len; n++) {
        ck_assert_int_eq(rv_frame_read(rv_buffer_bytes(&out), n, &frame, NULL), RV_FRAME_PARTIAL);
        ck_assert_uint_eq(frame.size, n < RV_FRAME_LENGTH_SIZE ? 0 : len);
    }
    ck_assert_int_eq(rv_frame_read(rv_buffer_bytes(&out), len, &frame, NULL), RV_FRAME_WHOLE);
    ck_assert_mem_eq(&frame.header, &call, sizeof(call));
    ck_assert_uint_eq(frame.payload_len, 7);
    ck_assert_mem_eq(frame.payload, "payload", 7);
    ck_assert_uint_eq(frame.size, len);
}
END_TEST

static const struct {
    uint32_t size;
    RvFrameResult result;
} lengths[] = {
    {0, RV_FRAME_BAD},
    {3, RV_FRAME_BAD},
    {4, RV_FRAME_BAD},
    {27, RV_FRAME_BAD},
    {28, RV_FRAME_PARTIAL},
    {RV_FRAME_MAX + 4, RV_FRAME_PARTIAL},
    {RV_FRAME_MAX + 5, RV_FRAME_BAD},
    {0x7fffffff, RV_FRAME_BAD},
    {0x80000000, RV_FRAME_BAD},
    {0xffffffff, RV_FRAME_BAD},
};

START_TEST(test_lengths)
{
    uint32_t size = lengths[_i].size;
    g_autoptr(GError) error = NULL;
    RvFrame frame;
    ck_assert_msg(rv_frame_read(WORD(size), 4, &frame, &error) == lengths[_i].result, "length %u",
                  size);
    ck_assert_msg((error != NULL) == (lengths[_i].result == RV_FRAME_BAD), "length %u", size);
    if (error != NULL)
        ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_RPC));
}
END_TEST

START_TEST(test_failed_write_leaves_nothing)
{
    g_auto(RvBuffer) out = {0};
    g_autofree char *text = g_strnfill(WIRE_TEXT_MAX + 1, 'x');
    wire_domain_lookup_by_name_args args = {.name = text};
    rv_frame_write_bytes(&out, &call, "before", 6);
    size_t before = rv_buffer_len(&out);

    g_autoptr(GError) error = NULL;
    ck_assert(!rv_frame_write(&out, &call, (xdrproc_t)xdr_wire_domain_lookup_by_name_args, &args,
                              &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_RPC));
    ck_assert_uint_eq(rv_buffer_len(&out), before);

    text[WIRE_TEXT_MAX] = '\0';
    ck_assert(rv_frame_write(&out, &call, (xdrproc_t)xdr_wire_domain_lookup_by_name_args, &args,
                             NULL));
}
END_TEST

/* 16 texts of the greatest size do not go into one message. */
START_TEST(test_message_too_long)
{
    g_auto(RvBuffer) out = {0};
    g_autofree char *text = g_strnfill(WIRE_TEXT_MAX, 'x');
    wire_text names[16];
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        names[i] = text;
    wire_connect_list_defined_domains_ret ret = {.names = {.names_len = 8, .names_val = names}};
    xdrproc_t xdr = (xdrproc_t)xdr_wire_connect_list_defined_domains_ret;
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_frame_write(&out, &call, xdr, &ret, &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_RPC));
    ret.names.names_len = 7;
    ck_assert(rv_frame_write(&out, &call, xdr, &ret, NULL));
}
END_TEST

START_TEST(test_buffer)
{
    g_auto(RvBuffer) buffer = {0};
    GString *model = g_string_new(NULL);
    for (unsigned i = 0; i < 20000; i++) {
        char bytes[64];
        unsigned n = (i * 7919u) % sizeof(bytes);
        memset(bytes, 'a' + (int)(i % 26), n);
        rv_buffer_append(&buffer, bytes, n);
        g_string_append_len(model, bytes, n);
        unsigned eat = MIN((i * 104729u) % 70, model->len);
        rv_buffer_consume(&buffer, eat, 4096);
        g_string_erase(model, 0, eat);
        ck_assert_uint_eq(rv_buffer_len(&buffer), model->len);
        if (model->len > 0)
            ck_assert_mem_eq(rv_buffer_bytes(&buffer), model->str, model->len);
    }
    ck_assert_uint_le(buffer.size, 65536);
    g_string_free(model, TRUE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("frame");
    TCase *tcase = tcase_create("frame");
    tcase_add_test(tcase, test_layout);
    tcase_add_test(tcase, test_byte_by_byte);
    tcase_add_loop_test(tcase, test_lengths, 0, G_N_ELEMENTS(lengths));
    tcase_add_test(tcase, test_failed_write_leaves_nothing);
    tcase_add_test(tcase, test_message_too_long);
    tcase_add_test(tcase, test_buffer);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
