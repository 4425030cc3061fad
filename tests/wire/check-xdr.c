/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error.h"
#include "tests/check-main.h"
#include "wire/reeve.h"
#include "wire/remote-error.h"
#include "wire/remote.h"
#include "wire/xdr.h"

/* ---- Counts --------------------------------------------------------------------------------- */

/* Every array, text and opaque of the protocol's arguments and results: where its count is, its
 * maximum, and how many bytes one item takes at least. */
#define ROW(type, before, max, item) {#type, (xdrproc_t)xdr_##type, sizeof(type), before, max, item}

static const struct {
    const char *type;
    xdrproc_t xdr;
    size_t size;
    size_t before; /* bytes of zeros before the count */
    uint32_t max;
    size_t item;
} counted[] = {
    ROW(wire_text_ret, 0, WIRE_TEXT_MAX, 1),
    ROW(wire_domain_lookup_by_name_args, 0, WIRE_TEXT_MAX, 1),
    ROW(wire_domain_xml_flags_args, 0, WIRE_TEXT_MAX, 1),
    ROW(wire_domain_args, 0, WIRE_TEXT_MAX, 1),
    ROW(wire_auth_list_ret, 0, WIRE_AUTH_TYPES_MAX, 4),
    ROW(wire_node_get_cpu_stats_ret, 0, WIRE_NODE_CPU_STATS_MAX, 12),
    ROW(wire_node_get_memory_stats_ret, 0, WIRE_NODE_MEMORY_STATS_MAX, 12),
    ROW(wire_node_get_cells_free_memory_ret, 0, WIRE_CELLS_MAX, 8),
    ROW(wire_node_get_cpu_map_ret, 0, WIRE_CPUMAP_MAX, 1),
    ROW(wire_node_get_security_model_ret, 0, WIRE_SECURITY_MODEL_MAX, 4),
    ROW(wire_connect_list_domains_ret, 0, WIRE_DOMAINS_MAX, 4),
    ROW(wire_connect_list_defined_domains_ret, 0, WIRE_DOMAINS_MAX, 4),
    ROW(wire_connect_list_all_domains_ret, 0, WIRE_DOMAINS_MAX, 24),
    ROW(wire_domain_get_job_stats_ret, 4, WIRE_JOB_STATS_MAX, 12),
    ROW(wire_domain_get_messages_ret, 0, WIRE_MESSAGES_MAX, 4),
    ROW(wire_domain_memory_stats_ret, 0, WIRE_MEMORY_STATS_MAX, 12),
    ROW(wire_domain_block_stats_flags_ret, 0, WIRE_BLOCK_STATS_MAX, 12),
    ROW(wire_connect_get_all_domain_stats_args, 0, WIRE_DOMAINS_MAX, 24),
    ROW(wire_connect_get_all_domain_stats_ret, 0, WIRE_DOMAINS_MAX, 28),
    ROW(wire_domain_stats, 24, WIRE_DOMAIN_STATS_MAX, 12),
    ROW(wire_security_label, 0, WIRE_SECURITY_LABEL_MAX, 4),
    ROW(wire_domain_get_security_label_list_ret, 0, WIRE_SECURITY_LABELS_MAX, 8),
    ROW(wire_domain_list_all_snapshots_ret, 0, WIRE_SNAPSHOTS_MAX, 28),
    ROW(wire_domain_list_all_checkpoints_ret, 0, WIRE_CHECKPOINTS_MAX, 28),
    ROW(wire_domain_snapshot_list_names_ret, 0, WIRE_SNAPSHOTS_MAX, 4),
    ROW(wire_reeve_history_ret, 0, WIRE_REVISIONS_MAX, 24),
    ROW(wire_reeve_jobs_ret, 0, WIRE_JOBS_MAX, 76),
    ROW(wire_reeve_warnings_ret, 0, WIRE_WARNINGS_MAX, 4),
    ROW(wire_reeve_failures_ret, 0, WIRE_FAILURES_MAX, 12),
};

/* Zeros are no item everywhere: not of a text, nor a typed parameter of any known type. */
static bool takes_zeros(size_t row)
{
    static const char *const params[] = {"wire_domain_get_job_stats_ret",
                                         "wire_domain_block_stats_flags_ret", "wire_domain_stats",
                                         NULL};
    return counted[row].max != WIRE_TEXT_MAX && !g_strv_contains(params, counted[row].type);
}

/* A count with `len` bytes of zeros behind it. */
static bool decode(size_t row, uint32_t count, size_t len)
{
    size_t size = counted[row].before + 4 + len;
    g_autofree char *bytes = g_malloc0(size);
    g_autofree void *data = g_malloc0(counted[row].size);
    g_autoptr(GError) error = NULL;
    uint32_t word = GUINT32_TO_BE(count);
    memcpy(bytes + counted[row].before, &word, 4);
    bool ok = rv_xdr_decode(bytes, size, counted[row].xdr, data, &error);
    ck_assert(ok == !error);
    if (ok)
        rv_xdr_clear(counted[row].xdr, data);
    return ok;
}

START_TEST(test_counts)
{
    size_t row = (size_t)_i;
    const char *type = counted[row].type;
    uint32_t max = counted[row].max;
    size_t item = counted[row].item, rest = 1024; /* for members behind it */
    bool zeros = takes_zeros(row);
    ck_assert_msg(decode(row, 0, rest), "%s: 0", type);
    ck_assert_msg(decode(row, 1, rest + item + 4) == zeros && !decode(row, 1, 0), "%s: 1", type);
    if (zeros)
        ck_assert_msg(decode(row, max, max * item + rest), "%s: maximum", type);
    ck_assert_msg(!decode(row, max + 1, (max + 1) * item + rest), "%s: maximum + 1", type);
    ck_assert_msg(!decode(row, max, 16), "%s: maximum, but no bytes for it", type);
    ck_assert_msg(!decode(row, 0x7fffffff, rest), "%s: 2^31 - 1", type);
    ck_assert_msg(!decode(row, 0x80000000, rest), "%s: 2^31", type);
    ck_assert_msg(!decode(row, 0xffffffff, rest), "%s: 2^32 - 1", type);
}
END_TEST

/* ---- Values --------------------------------------------------------------------------------- */

#define CHECK_ROUND_TRIP(type, value, copy)                                                        \
    do {                                                                                           \
        g_auto(RvBuffer) out_ = {0};                                                               \
        ck_assert(rv_xdr_encode(&out_, 1 << 20, (xdrproc_t)xdr_##type, value, NULL));              \
        ck_assert(rv_xdr_decode(rv_buffer_bytes(&out_), rv_buffer_len(&out_),                      \
                                (xdrproc_t)xdr_##type, copy, NULL));                               \
        for (size_t len_ = 0; len_ < rv_buffer_len(&out_); len_++) {                               \
            type cut_ = {0};                                                                       \
            ck_assert(!rv_xdr_decode(rv_buffer_bytes(&out_), len_, (xdrproc_t)xdr_##type, &cut_,   \
                                     NULL));                                                       \
        }                                                                                          \
    } while (0)

START_TEST(test_params)
{
    wire_param params[] = {
        {(char *)"i", {WIRE_PARAM_INT, {.i = -5}}},
        {(char *)"ui", {WIRE_PARAM_UINT, {.ui = 4000000000u}}},
        {(char *)"l", {WIRE_PARAM_LLONG, {.l = INT64_MIN}}},
        {(char *)"ul", {WIRE_PARAM_ULLONG, {.ul = UINT64_MAX}}},
        {(char *)"d", {WIRE_PARAM_DOUBLE, {.d = -0.125}}},
        {(char *)"b", {WIRE_PARAM_BOOLEAN, {.b = 1}}},
        {(char *)"s", {WIRE_PARAM_STRING, {.s = (char *)"text"}}},
    };
    wire_domain_get_job_stats_ret value = {7, {G_N_ELEMENTS(params), params}}, copy = {0};
    CHECK_ROUND_TRIP(wire_domain_get_job_stats_ret, &value, &copy);
    ck_assert_uint_eq(copy.params.params_len, G_N_ELEMENTS(params));
    const wire_param *got = copy.params.params_val;
    ck_assert_int_eq(got[0].value.wire_param_value_u.i, -5);
    ck_assert_uint_eq(got[1].value.wire_param_value_u.ui, 4000000000u);
    ck_assert_int_eq(got[2].value.wire_param_value_u.l, INT64_MIN);
    ck_assert_uint_eq(got[3].value.wire_param_value_u.ul, UINT64_MAX);
    ck_assert(got[4].value.wire_param_value_u.d == -0.125);
    ck_assert_int_eq(got[5].value.wire_param_value_u.b, 1);
    ck_assert_str_eq(got[6].value.wire_param_value_u.s, "text");
    rv_xdr_clear((xdrproc_t)xdr_wire_domain_get_job_stats_ret, &copy);
    ck_assert_ptr_null(copy.params.params_val);

    /* One of an unknown type among them: refused, and what was decoded before is freed. */
    params[3].value.type = 8;
    g_auto(RvBuffer) out = {0};
    ck_assert(!rv_xdr_encode(&out, 1 << 20, (xdrproc_t)xdr_wire_domain_get_job_stats_ret, &value,
                             NULL));
}
END_TEST

START_TEST(test_unknown_param_type)
{
    wire_param params[] = {
        {(char *)"s", {WIRE_PARAM_STRING, {.s = (char *)"text"}}},
        {(char *)"x", {WIRE_PARAM_INT, {.i = 1}}},
        {(char *)"t", {WIRE_PARAM_STRING, {.s = (char *)"text"}}},
    };
    wire_domain_get_job_stats_ret value = {7, {3, params}}, copy = {0};
    g_auto(RvBuffer) out = {0};
    ck_assert(rv_xdr_encode(&out, 1 << 20, (xdrproc_t)xdr_wire_domain_get_job_stats_ret, &value,
                            NULL));
    /* type, count, "s" with its type and text, "x": then its type */
    out.data[out.start + 4 + 4 + 8 + 4 + 8 + 8 + 3] = 9;
    ck_assert(!rv_xdr_decode(rv_buffer_bytes(&out), rv_buffer_len(&out),
                             (xdrproc_t)xdr_wire_domain_get_job_stats_ret, &copy, NULL));
    ck_assert_ptr_null(copy.params.params_val);
}
END_TEST

START_TEST(test_optional)
{
    wire_domain domain = {(char *)"vm", {1, 2, 3}, 4};
    wire_connect_event_callback_register_any_args value = {1, &domain}, copy = {0};
    CHECK_ROUND_TRIP(wire_connect_event_callback_register_any_args, &value, &copy);
    ck_assert_str_eq(copy.domain->name, "vm");
    ck_assert_mem_eq(copy.domain->uuid, domain.uuid, 16);
    rv_xdr_clear((xdrproc_t)xdr_wire_connect_event_callback_register_any_args, &copy);
    ck_assert_ptr_null(copy.domain);

    wire_connect_domain_capabilities_args texts = {.arch = (char *)"x86_64"}, got = {0};
    CHECK_ROUND_TRIP(wire_connect_domain_capabilities_args, &texts, &got);
    ck_assert_ptr_null(got.emulator);
    ck_assert_str_eq(got.arch, "x86_64");
    rv_xdr_clear((xdrproc_t)xdr_wire_connect_domain_capabilities_args, &got);
}
END_TEST

/* A NUL within a text would make two readers see two texts. */
START_TEST(test_nul_in_text)
{
    static const char bytes[] = {0, 0, 0, 3, 'a', 0, 'b', 0};
    wire_text_ret ret = {0};
    ck_assert(!rv_xdr_decode(bytes, sizeof(bytes), (xdrproc_t)xdr_wire_text_ret, &ret, NULL));
    ck_assert_ptr_null(ret.text);
}
END_TEST

START_TEST(test_errors)
{
    g_autoptr(GError) error = NULL;
    rv_error_set(&error, RV_ERR_NO_DOMAIN, "no domain with matching name '%s'", "vm");
    rv_error_remedy(&error, "see %s", "list");
    wire_error sent = rv_remote_error_from_gerror(error, 10), received = {0};
    CHECK_ROUND_TRIP(wire_error, &sent, &received);
    ck_assert_int_eq(received.code, 42);
    ck_assert_int_eq(received.source, 10);
    ck_assert_int_eq(received.level, 2);
    ck_assert_str_eq(received.message, "Domain not found: no domain with matching name 'vm'");
    ck_assert_ptr_null(received.domain);
    g_autoptr(GError) copy = rv_remote_error_to_gerror(&received);
    ck_assert_str_eq(copy->message, error->message);
    ck_assert_int_eq(copy->code, error->code);
    ck_assert_str_eq(rv_error_get_remedy(copy), "see list");
    rv_xdr_clear((xdrproc_t)xdr_wire_error, &received);

    g_autoptr(GError) none = rv_remote_error_to_gerror(&(wire_error){.code = 1});
    ck_assert_ptr_nonnull(none->message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xdr");
    TCase *tcase = tcase_create("xdr");
    tcase_add_loop_test(tcase, test_counts, 0, G_N_ELEMENTS(counted));
    tcase_add_test(tcase, test_params);
    tcase_add_test(tcase, test_unknown_param_type);
    tcase_add_test(tcase, test_optional);
    tcase_add_test(tcase, test_nul_in_text);
    tcase_add_test(tcase, test_errors);
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
