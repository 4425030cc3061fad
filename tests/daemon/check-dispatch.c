/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "daemon/procedures.h"
#include "tests/check-main.h"
#include "tests/daemon/front.h"
#include "wire/reeve.h"
#include "wire/xdr.h"

enum { LAST_NUMBER = 500 };

#define DOMAIN_ARGS (xdrproc_t)xdr_wire_domain_args
#define DOMAIN_FLAGS_ARGS (xdrproc_t)xdr_wire_domain_flags_args

/* ---- Tables --------------------------------------------------------------------------------- */

START_TEST(test_rows)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; rv_programs[i]; i++) {
        g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
        for (size_t j = 0; rv_programs[i]->tables[j]; j++) {
            const RvProcedureTable *table = rv_programs[i]->tables[j];
            for (size_t k = 0; k < table->n_rows; k++) {
                const RvProcedure *row = &table->rows[k];
                ck_assert_msg(k == 0 || table->rows[k - 1].number < row->number,
                              "%s is not in its place", row->name);
                ck_assert_msg(g_hash_table_add(numbers, GUINT_TO_POINTER(row->number)),
                              "%s: its number is taken", row->name);
                ck_assert_msg(g_hash_table_add(names, (void *)row->name), "%s is there twice",
                              row->name);
                ck_assert_ptr_eq(rv_program_find(rv_programs[i], row->number), row);
                ck_assert_msg(row->answer || row->work, "%s does nothing", row->name);
                ck_assert_msg(!row->preempts || row->job != RV_JOB_NONE, "%s", row->name);
                ck_assert_msg(row->need == RV_NEED_ANY || row->target != RV_TARGET_NONE ||
                                  row->job != RV_JOB_NONE,
                              "%s needs a state of nothing", row->name);
            }
        }
    }
}
END_TEST

/* ---- Calls that are not answered ------------------------------------------------------------ */

static const struct {
    RvFrameHeader header;
    bool open;
    int code;
    const char *message;
} refusals[] = {
    {{WIRE_REMOTE_PROGRAM, 1, 499, 0, 1, 0}, true, RV_ERR_RPC, "unknown procedure: 499"},
    {{WIRE_REMOTE_PROGRAM, 1, 0, 0, 1, 0}, true, RV_ERR_RPC, "unknown procedure: 0"},
    {{WIRE_REMOTE_PROGRAM, 1, 0x80000000, 0, 1, 0}, true, RV_ERR_RPC,
     "unknown procedure: -2147483648"},
    {{WIRE_REMOTE_PROGRAM, 2, 59, 0, 1, 0}, true, RV_ERR_RPC,
     "Cannot find program 536903814 version 2"},
    {{0x12345678, 1, 59, 0, 1, 0}, true, RV_ERR_RPC, "Cannot find program 305419896 version 1"},
    {{WIRE_REMOTE_PROGRAM, 1, 59, 0, 1, 1}, true, RV_ERR_RPC, "Unexpected message status 1"},
    {{WIRE_REMOTE_PROGRAM, 1, 16, 0, 1, 0}, true, RV_ERR_RPC, "Unable to decode message payload"},
    {{WIRE_REMOTE_PROGRAM, 1, 59, 0, 1, 0}, false, RV_ERR_INTERNAL,
     "internal error: connection not open"},
};

START_TEST(test_refusal)
{
    Front *front = front_new(NULL);
    Peer *peer = refusals[_i].open ? peer_new_open(front, false) : peer_new(front, false);
    g_auto(RvBuffer) out = {0};
    g_autofree char *message = NULL;
    rv_frame_write_bytes(&out, &refusals[_i].header, NULL, 0);
    peer_send(peer, rv_buffer_bytes(&out), rv_buffer_len(&out));
    ck_assert_int_eq(peer_answer(peer, NULL, NULL, &message), refusals[_i].code);
    ck_assert_str_eq(message, refusals[_i].message);
    peer_free(peer);
    front_free(front);
}
END_TEST

START_TEST(test_open)
{
    static const struct {
        const char *uri;
        int code;
    } rows[] = {
        {"test:///default", 0},
        {"reeve:///system", 0},
        {"test:///default?x=y", 0},
        {"test:///nowhere", RV_ERR_INTERNAL},
        {"nothing:///system", RV_ERR_NO_CONNECT},
        {"no uri at all", RV_ERR_NO_CONNECT},
        {NULL, 0},
        {"", 0},
    };
    Front *front = front_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Peer *peer = peer_new(front, false);
        wire_connect_open_args args = {.uri = (char *)rows[i].uri};
        xdrproc_t xdr = (xdrproc_t)xdr_wire_connect_open_args;
        ck_assert_msg(peer_call(peer, WIRE_CONNECT_OPEN, xdr, &args, NULL, NULL, NULL) ==
                          rows[i].code, "%s", rows[i].uri);
        if (rows[i].code == 0)
            ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_OPEN, xdr, &args, NULL, NULL, NULL),
                             RV_ERR_INTERNAL);
        peer_free(peer);
    }
    front_free(front);
}
END_TEST

/* ---- What a read-only client may ------------------------------------------------------------ */

/* Every number of every program on a connection of its own; with no arguments, so that nothing
 * happens but that the right is checked first. */
static char *ask_all(Front *front, bool read_only_socket)
{
    GString *allowed = g_string_new(NULL);
    for (size_t i = 0; rv_programs[i]; i++) {
        for (unsigned number = 0; number <= LAST_NUMBER; number++) {
            Peer *peer = peer_new(front, read_only_socket);
            wire_connect_open_args args = {.uri = (char *)"test:///default", .flags = 1};
            ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_OPEN,
                                       (xdrproc_t)xdr_wire_connect_open_args, &args, NULL, NULL,
                                       NULL), 0);
            g_auto(RvBuffer) out = {0};
            g_autofree char *message = NULL;
            RvFrameHeader header = {rv_programs[i]->number, rv_programs[i]->version, number, 0, 9,
                                    0};
            rv_frame_write_bytes(&out, &header, NULL, 0);
            peer_send(peer, rv_buffer_bytes(&out), rv_buffer_len(&out));
            int code = peer_answer(peer, NULL, NULL, &message);
            const RvProcedure *row = rv_program_find(rv_programs[i], number);
            if (!row)
                ck_assert_msg(code == RV_ERR_RPC && g_str_has_prefix(message, "unknown procedure"),
                              "%u: %s", number, message);
            else if (code != RV_ERR_OPERATION_DENIED)
                g_string_append_printf(allowed, "%s %u %s\n", rv_programs[i]->name, number,
                                       row->name);
            peer_free(peer);
        }
    }
    return g_string_free(allowed, FALSE);
}

START_TEST(test_read_only)
{
    Front *front = front_new(NULL);
    g_autofree char *allowed = ask_all(front, _i == 0);
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *path =
        g_build_filename(srcdir ? srcdir : ".", "tests/daemon/read-only.golden", NULL);
    if (g_getenv("RV_TEST_REGENERATE"))
        ck_assert(g_file_set_contents(path, allowed, -1, NULL));
    g_autofree char *golden = NULL;
    ck_assert(g_file_get_contents(path, &golden, NULL, NULL));
    ck_assert_str_eq(allowed, golden);
    front_free(front);
}
END_TEST

START_TEST(test_secrets)
{
    Front *front = front_new(NULL);
    Peer *writer = peer_new_open(front, false), *reader = peer_new_open(front, true);
    wire_domain domain = peer_define(writer, "vm", NULL);
    for (unsigned flags = 0; flags < 16; flags++) {
        wire_domain_flags_args args = {domain, flags};
        wire_text_ret ret = {0};
        bool secret = flags & (1 | 8);
        ck_assert_int_eq(peer_call(reader, WIRE_DOMAIN_GET_XML_DESC, DOMAIN_FLAGS_ARGS, &args,
                                   (xdrproc_t)xdr_wire_text_ret, &ret, NULL),
                         secret ? RV_ERR_OPERATION_DENIED : 0);
        rv_xdr_clear((xdrproc_t)xdr_wire_text_ret, &ret);
    }
    peer_clear_domain(&domain);
    peer_free(writer);
    peer_free(reader);
    front_free(front);
}
END_TEST

/* ---- States --------------------------------------------------------------------------------- */

static const struct {
    unsigned procedure;
    bool flags;
    int off, running; /* code in that state */
} needs[] = {
    {WIRE_DOMAIN_CREATE, false, 0, RV_ERR_OPERATION_INVALID},
    {WIRE_DOMAIN_CREATE_WITH_FLAGS, true, 0, RV_ERR_OPERATION_INVALID},
    {WIRE_DOMAIN_DESTROY, false, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_DESTROY_FLAGS, true, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_SUSPEND, false, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_RESUME, false, RV_ERR_OPERATION_INVALID, RV_ERR_OPERATION_INVALID},
    {WIRE_DOMAIN_RESET, true, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_INJECT_NMI, true, RV_ERR_OPERATION_INVALID, RV_ERR_NO_SUPPORT},
    {WIRE_DOMAIN_REBOOT, true, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_SHUTDOWN, false, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_SHUTDOWN_FLAGS, true, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_GET_CONTROL_INFO, true, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_MANAGED_SAVE, true, RV_ERR_OPERATION_INVALID, 0},
    {WIRE_DOMAIN_MANAGED_SAVE_REMOVE, true, 0, 0},
    {WIRE_DOMAIN_MANAGED_SAVE_GET_XML_DESC, true, RV_ERR_OPERATION_INVALID,
     RV_ERR_OPERATION_INVALID},
    {WIRE_DOMAIN_UNDEFINE, false, 0, 0},
    {WIRE_DOMAIN_GET_INFO, false, 0, 0},
    {WIRE_DOMAIN_GET_STATE, true, 0, 0},
    {WIRE_DOMAIN_GET_XML_DESC, true, 0, 0},
    {WIRE_DOMAIN_ABORT_JOB, false, RV_ERR_OPERATION_INVALID, RV_ERR_OPERATION_INVALID},
};

START_TEST(test_need)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    for (int running = 0; running < 2; running++) {
        g_autofree char *name = g_strdup_printf("vm%d", running);
        g_autofree char *message = NULL;
        wire_domain domain =
            running ? peer_start_new(peer, name, NULL) : peer_define(peer, name, NULL);
        wire_domain_flags_args args = {domain, 0};
        int code = peer_call(peer, needs[_i].procedure,
                             needs[_i].flags ? DOMAIN_FLAGS_ARGS : DOMAIN_ARGS, &args, NULL, NULL,
                             &message);
        ck_assert_msg(code == (running ? needs[_i].running : needs[_i].off), "%u, %s: %d %s",
                      needs[_i].procedure, name, code, message);
        peer_clear_domain(&domain);
    }
    peer_free(peer);
    front_free(front);
}
END_TEST

/* As a client that keeps to no bound. */
static bool_t xdr_send_keys(XDR *xdr, wire_domain_send_key_args *args)
{
    return xdr_wire_domain(xdr, &args->domain) && xdr_u_int(xdr, &args->codeset) &&
           xdr_u_int(xdr, &args->hold_ms) &&
           xdr_array(xdr, (char **)&args->keys.keys_val, &args->keys.keys_len, 64,
                     sizeof(unsigned), (xdrproc_t)xdr_u_int) &&
           xdr_u_int(xdr, &args->flags);
}

static const struct {
    unsigned codeset, key, n;
    int code;
} key_rows[] = {
    {0, 29, 3, 0},                            /* linux, KEY_LEFTCTRL */
    {9, 0x1d, 16, 0},                         /* qnum */
    {0, 0xffff, 1, RV_ERR_INTERNAL},          /* no such key */
    {8, 29, 1, RV_ERR_ARGUMENT_UNSUPPORTED},  /* win32 */
    {10, 29, 1, RV_ERR_INVALID_ARG},
    {0, 29, 0, RV_ERR_INVALID_ARG},
    {0, 29, 17, RV_ERR_RPC},                  /* more than the wire has room for */
};

START_TEST(test_send_key)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = peer_start_new(peer, "vm", NULL);
    unsigned keys[32];
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        keys[i] = key_rows[_i].key;
    wire_domain_send_key_args args = {
        .domain = domain,
        .codeset = key_rows[_i].codeset,
        .keys = {key_rows[_i].n, keys},
    };
    g_autofree char *message = NULL;
    int code = peer_call(peer, WIRE_DOMAIN_SEND_KEY, (xdrproc_t)xdr_send_keys, &args, NULL, NULL,
                         &message);
    ck_assert_msg(code == key_rows[_i].code, "row %d: %d %s", _i, code, message);
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

static const struct {
    const char *path;
    unsigned flags;
    bool running;
    int code;
} dump_rows[] = {
    {"/tmp/core", 0, false, RV_ERR_OPERATION_INVALID},
    {"core", 0, true, RV_ERR_INVALID_ARG},
    {"/tmp/core", 1 | 2, true, RV_ERR_INVALID_ARG}, /* both crash and live */
    {"/tmp/core", 1 << 5, true, RV_ERR_INVALID_ARG}, /* no such flag */
    {"/tmp/core", 0, true, RV_ERR_NO_SUPPORT},       /* of the test driver */
};

START_TEST(test_dump)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = dump_rows[_i].running ? peer_start_new(peer, "vm", NULL)
                                               : peer_define(peer, "vm", NULL);
    wire_domain_core_dump_args args = {domain, (char *)dump_rows[_i].path, dump_rows[_i].flags};
    g_autofree char *message = NULL;
    int code = peer_call(peer, WIRE_DOMAIN_CORE_DUMP, (xdrproc_t)xdr_wire_domain_core_dump_args,
                         &args, NULL, NULL, &message);
    ck_assert_msg(code == dump_rows[_i].code, "row %d: %d %s", _i, code, message);
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

static const struct {
    unsigned flags;
    bool running;
    int code;
} screenshot_rows[] = {
    {0, false, RV_ERR_OPERATION_INVALID},
    {1, true, RV_ERR_INVALID_ARG},
    {0, true, RV_ERR_NO_SUPPORT}, /* of the test driver */
};

START_TEST(test_screenshot)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = screenshot_rows[_i].running ? peer_start_new(peer, "vm", NULL)
                                                     : peer_define(peer, "vm", NULL);
    wire_domain_screenshot_args args = {domain, 0, screenshot_rows[_i].flags};
    g_autofree char *message = NULL;
    int code = peer_call(peer, WIRE_DOMAIN_SCREENSHOT,
                         (xdrproc_t)xdr_wire_domain_screenshot_args, &args, NULL, NULL, &message);
    ck_assert_msg(code == screenshot_rows[_i].code, "row %d: %d %s", _i, code, message);
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

START_TEST(test_vcpus)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = peer_start_new(peer, "vm", NULL);
    wire_domain_get_vcpus_args args = {domain, 8, 2};
    wire_domain_get_vcpus_ret ret = {0};
    g_autofree char *message = NULL;
    int code = peer_call(peer, WIRE_DOMAIN_GET_VCPUS, (xdrproc_t)xdr_wire_domain_get_vcpus_args,
                         &args, (xdrproc_t)xdr_wire_domain_get_vcpus_ret, &ret, &message);
    ck_assert_msg(code == 0, "%d %s", code, message);
    ck_assert_uint_eq(ret.vcpus.vcpus_len, 2);
    ck_assert_uint_eq(ret.maps.maps_len, 4);
    ck_assert_int_eq(ret.maps.maps_val[0] & 1, 1);
    ck_assert_uint_eq(ret.vcpus.vcpus_val[1].number, 1);
    rv_xdr_clear((xdrproc_t)xdr_wire_domain_get_vcpus_ret, &ret);
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

START_TEST(test_unknown_domain)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    g_autofree char *message = NULL;
    wire_domain_args args = {{(char *)"gone", {1, 2, 3}, 7}};
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_GET_INFO, DOMAIN_ARGS, &args, NULL, NULL, &message),
                     RV_ERR_NO_DOMAIN);
    ck_assert_str_eq(message, "Domain not found: no domain with matching uuid "
                              "'01020300-0000-0000-0000-000000000000' (gone)");
    peer_free(peer);
    front_free(front);
}
END_TEST

START_TEST(test_unknown_flags)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = peer_define(peer, "vm", NULL);
    wire_domain_flags_args args = {domain, 1u << 30};
    g_autofree char *message = NULL;
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_CREATE_WITH_FLAGS, DOMAIN_FLAGS_ARGS, &args, NULL,
                               NULL, &message), RV_ERR_INVALID_ARG);
    ck_assert_str_eq(message, "unsupported flags (0x40000000) in "
                              "domain-create-with-flags");
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

/* ---- Jobs ----------------------------------------------------------------------------------- */

static bool is_idle(Front *front, Peer *peer, wire_domain domain)
{
    wire_reeve_jobs_args args = {&domain};
    wire_reeve_jobs_ret ret = {0};
    g_auto(RvBuffer) out = {0};
    RvFrameHeader header = {WIRE_REEVE_PROGRAM, WIRE_REEVE_VERSION, WIRE_REEVE_JOBS, 0,
                            ++peer->serial, 0};
    ck_assert(rv_frame_write(&out, &header, (xdrproc_t)xdr_wire_reeve_jobs_args, &args, NULL));
    peer_send(peer, rv_buffer_bytes(&out), rv_buffer_len(&out));
    ck_assert_int_eq(peer_answer(peer, (xdrproc_t)xdr_wire_reeve_jobs_ret, &ret, NULL), 0);
    bool idle = ret.jobs.jobs_len == 0;
    rv_xdr_clear((xdrproc_t)xdr_wire_reeve_jobs_ret, &ret);
    return idle;
}

/* A job hangs: reads are answered, destroy ends it, and its caller learns why. */
START_TEST(test_hanging_job)
{
    Front *front = front_new(NULL);
    Peer *stuck = peer_new_open(front, false), *other = peer_new_open(front, false);
    wire_domain domain = peer_start_new(stuck, "vm", "hang='suspend'");
    wire_domain_args args = {domain};
    g_autofree char *message = NULL;
    peer_ask(stuck, WIRE_DOMAIN_SUSPEND, DOMAIN_ARGS, &args);
    front_until(front, !is_idle(front, other, domain));
    ck_assert_int_eq(peer_state(other, domain), RV_DOMAIN_RUNNING);
    ck_assert_int_eq(peer_call(other, WIRE_DOMAIN_DESTROY, DOMAIN_ARGS, &args, NULL, NULL, NULL), 0);
    ck_assert_int_eq(peer_answer(stuck, NULL, NULL, &message), RV_ERR_OPERATION_ABORTED);
    ck_assert_ptr_nonnull(strstr(message, "'destroy' by uid"));
    ck_assert_int_eq(peer_state(other, domain), RV_DOMAIN_SHUTOFF);
    peer_clear_domain(&domain);
    peer_free(stuck);
    peer_free(other);
    front_free(front);
}
END_TEST

/* A start that hangs is no state that clients see; destroy ends it all the same. */
START_TEST(test_destroy_of_a_start)
{
    Front *front = front_new(NULL);
    Peer *stuck = peer_new_open(front, false), *other = peer_new_open(front, false);
    wire_domain domain = peer_define(stuck, "vm", "hang='start'");
    wire_domain_args args = {domain};
    peer_ask(stuck, WIRE_DOMAIN_CREATE, DOMAIN_ARGS, &args);
    front_until(front, !is_idle(front, other, domain));
    ck_assert_int_eq(peer_call(other, WIRE_DOMAIN_DESTROY, DOMAIN_ARGS, &args, NULL, NULL, NULL), 0);
    ck_assert_int_eq(peer_answer(stuck, NULL, NULL, NULL), RV_ERR_OPERATION_ABORTED);
    ck_assert_int_eq(peer_state(other, domain), RV_DOMAIN_SHUTOFF);
    peer_clear_domain(&domain);
    peer_free(stuck);
    peer_free(other);
    front_free(front);
}
END_TEST

/* The client goes: its running job is brought to its end, those that wait are withdrawn. */
START_TEST(test_client_goes)
{
    Front *front = front_new(NULL);
    Peer *going = peer_new_open(front, false), *other = peer_new_open(front, false);
    wire_domain domain = peer_start_new(going, "vm", "delay-ms='300'");
    wire_domain_args args = {domain};
    peer_ask(going, WIRE_DOMAIN_SUSPEND, DOMAIN_ARGS, &args);
    peer_ask(going, WIRE_DOMAIN_RESUME, DOMAIN_ARGS, &args);
    peer_ask(going, WIRE_DOMAIN_RESUME, DOMAIN_ARGS, &args);
    front_until(front, !is_idle(front, other, domain));
    peer_free(going);
    front_until(front, is_idle(front, other, domain));
    ck_assert_int_eq(peer_state(other, domain), RV_DOMAIN_PAUSED);
    peer_clear_domain(&domain);
    peer_free(other);
    front_free(front);
}
END_TEST

/* More slow calls than one client may have at a time: all are answered; a destroy goes before. */
START_TEST(test_many_slow_calls)
{
    RvServerLimits limits = rv_server_default_limits;
    limits.max_client_jobs = 2;
    Front *front = front_new(&limits);
    Peer *peer = peer_new_open(front, false);
    wire_domain hanging = peer_start_new(peer, "hanging", "hang='suspend'");
    wire_domain calm = peer_define(peer, "calm", NULL);
    wire_domain_args hang = {hanging};
    wire_domain_set_autostart_args set = {calm, 1};
    for (int i = 0; i < 4; i++)
        peer_ask(peer, WIRE_DOMAIN_SUSPEND, DOMAIN_ARGS, &hang);
    for (int i = 0; i < 4; i++)
        peer_ask(peer, WIRE_DOMAIN_SET_AUTOSTART, (xdrproc_t)xdr_wire_domain_set_autostart_args,
                 &set);
    ck_assert_int_eq(peer_state(peer, calm), RV_DOMAIN_SHUTOFF); /* a read waits for none of them */
    peer_ask(peer, WIRE_DOMAIN_DESTROY, DOMAIN_ARGS, &hang);
    unsigned done = 0, refused = 0;
    for (int i = 0; i < 9; i++)
        *(peer_answer(peer, NULL, NULL, NULL) == 0 ? &done : &refused) += 1;
    ck_assert_uint_eq(done, 5);
    ck_assert_uint_eq(refused, 4);
    peer_clear_domain(&hanging);
    peer_clear_domain(&calm);
    peer_free(peer);
    front_free(front);
}
END_TEST

START_TEST(test_autodestroy)
{
    Front *front = front_new(NULL);
    Peer *owner = peer_new_open(front, false), *other = peer_new_open(front, false);
    wire_domain domain = peer_define(owner, "vm", NULL);
    wire_domain_flags_args args = {domain, 2};
    ck_assert_int_eq(peer_call(owner, WIRE_DOMAIN_CREATE_WITH_FLAGS, DOMAIN_FLAGS_ARGS, &args, NULL,
                               NULL, NULL), 0);
    ck_assert_int_eq(peer_state(other, domain), RV_DOMAIN_RUNNING);
    peer_free(owner);
    front_until(front, peer_state(other, domain) == RV_DOMAIN_SHUTOFF);
    peer_clear_domain(&domain);
    peer_free(other);
    front_free(front);
}
END_TEST

/* ---- Typed parameters ----------------------------------------------------------------------- */

#define HARD(type_, member, number)                                                                \
    {(char *)"hard_limit", {.type = type_, .wire_param_value_u.member = number}}

static const struct {
    wire_param params[2];
    unsigned n, flags;
    int code;
} limit_rows[] = {
    {{HARD(WIRE_PARAM_ULLONG, ul, 4096)}, 1, 2, 0},
    {{HARD(WIRE_PARAM_ULLONG, ul, 4096)}, 1, 3, 0},
    {{HARD(WIRE_PARAM_ULLONG, ul, 4096)}, 1, 4, RV_ERR_INVALID_ARG},
    {{HARD(WIRE_PARAM_UINT, ui, 4096)}, 1, 2, RV_ERR_INVALID_ARG},
    {{HARD(WIRE_PARAM_ULLONG, ul, 1), HARD(WIRE_PARAM_ULLONG, ul, 2)}, 2, 2, RV_ERR_INVALID_ARG},
    {{HARD(WIRE_PARAM_ULLONG, ul, 0)}, 1, 2, RV_ERR_INVALID_ARG},
    {{{(char *)"soft", {.type = WIRE_PARAM_ULLONG}}}, 1, 2, RV_ERR_ARGUMENT_UNSUPPORTED},
    {{HARD(WIRE_PARAM_ULLONG, ul, 4096),
      {(char *)"swap_hard_limit", {.type = WIRE_PARAM_ULLONG, .wire_param_value_u.ul = 4095}}},
     2, 2, RV_ERR_INVALID_ARG},
};

static uint64_t hard_limit(Peer *peer, wire_domain domain, unsigned flags)
{
    wire_domain_get_params_args args = {domain, 16, flags};
    wire_domain_get_params_ret ret = {0};
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_GET_MEMORY_PARAMETERS,
                               (xdrproc_t)xdr_wire_domain_get_params_args, &args,
                               (xdrproc_t)xdr_wire_domain_get_params_ret, &ret, NULL), 0);
    ck_assert_int_eq(ret.count, 3);
    ck_assert_str_eq(ret.params.params_val[0].field, "hard_limit");
    uint64_t value = ret.params.params_val[0].value.wire_param_value_u.ul;
    rv_xdr_clear((xdrproc_t)xdr_wire_domain_get_params_ret, &ret);
    return value;
}

START_TEST(test_limits)
{
    const uint64_t none = (uint64_t)INT64_MAX >> 10;
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = peer_define(peer, "vm", NULL);
    wire_domain_args start = {domain};
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_CREATE, DOMAIN_ARGS, &start, NULL, NULL, NULL),
                     0);
    wire_domain_set_params_args args = {domain, {limit_rows[_i].n, NULL}, limit_rows[_i].flags};
    args.params.params_val = (wire_param *)limit_rows[_i].params;
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_SET_MEMORY_PARAMETERS,
                               (xdrproc_t)xdr_wire_domain_set_params_args, &args, NULL, NULL,
                               NULL), limit_rows[_i].code);
    unsigned changed = limit_rows[_i].code == 0 ? limit_rows[_i].flags : 0;
    ck_assert_uint_eq(hard_limit(peer, domain, 1), changed & 1 ? 4096 : none);
    ck_assert_uint_eq(hard_limit(peer, domain, 2), changed & 2 ? 4096 : none);
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

/* A definition that comes to nothing leaves nothing. */
START_TEST(test_failed_create)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain_xml_flags_args args = {
        (char *)"<domain type='test'><name>vm</name><metadata><t:test xmlns:t='urn:reeve:test' "
                "start-fails='no'/></metadata><memory>1024</memory><os><type>hvm</type></os>"
                "</domain>", 0};
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_CREATE_XML,
                               (xdrproc_t)xdr_wire_domain_xml_flags_args, &args, NULL, NULL, NULL),
                     RV_ERR_OPERATION_FAILED);
    wire_domain_lookup_by_name_args name = {(char *)"vm"};
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_LOOKUP_BY_NAME,
                               (xdrproc_t)xdr_wire_domain_lookup_by_name_args, &name, NULL, NULL,
                               NULL), RV_ERR_NO_DOMAIN);
    wire_domain domain = peer_define(peer, "vm", NULL); /* another uuid */
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dispatch");
    TCase *tcase = tcase_create("dispatch");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_rows);
    tcase_add_loop_test(tcase, test_refusal, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(tcase, test_open);
    tcase_add_loop_test(tcase, test_read_only, 0, 2);
    tcase_add_test(tcase, test_secrets);
    tcase_add_loop_test(tcase, test_need, 0, G_N_ELEMENTS(needs));
    tcase_add_loop_test(tcase, test_send_key, 0, G_N_ELEMENTS(key_rows));
    tcase_add_loop_test(tcase, test_dump, 0, G_N_ELEMENTS(dump_rows));
    tcase_add_loop_test(tcase, test_screenshot, 0, G_N_ELEMENTS(screenshot_rows));
    tcase_add_test(tcase, test_vcpus);
    tcase_add_test(tcase, test_unknown_domain);
    tcase_add_test(tcase, test_unknown_flags);
    tcase_add_test(tcase, test_hanging_job);
    tcase_add_test(tcase, test_destroy_of_a_start);
    tcase_add_test(tcase, test_client_goes);
    tcase_add_test(tcase, test_many_slow_calls);
    tcase_add_test(tcase, test_autodestroy);
    tcase_add_test(tcase, test_failed_create);
    tcase_add_loop_test(tcase, test_limits, 0, G_N_ELEMENTS(limit_rows));
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
