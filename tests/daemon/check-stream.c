/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "daemon/event.h"
#include "tests/check-main.h"
#include "tests/daemon/front.h"
#include "wire/xdr.h"

/* Streams by the console of a guest, and events: what comes to a client beside its answers. */

static RvFrameHeader open_console(Peer *peer, wire_domain domain, const char *device,
                                  unsigned flags)
{
    wire_domain_open_console_args args = {domain, (char *)device, flags};
    return peer_ask(peer, WIRE_DOMAIN_OPEN_CONSOLE,
                    (xdrproc_t)xdr_wire_domain_open_console_args, &args);
}

static void send_packet(Peer *peer, const RvFrameHeader *call, RvFrameStatus status,
                        const char *bytes, size_t len)
{
    g_auto(RvBuffer) out = {0};
    RvFrameHeader header = *call;
    header.type = RV_FRAME_STREAM;
    header.status = status;
    rv_frame_write_bytes(&out, &header, bytes, len);
    peer_send(peer, rv_buffer_bytes(&out), rv_buffer_len(&out));
}

/* Reads the stream until it has said `text`. */
static void expect(Peer *peer, const RvFrameHeader *call, const char *text)
{
    g_autoptr(GString) said = g_string_new(NULL);
    RvFrame frame;
    while (!strstr(said->str, text)) {
        ck_assert_msg(peer_receive(peer, &frame), "closed; said so far: %s", said->str);
        ck_assert_uint_eq(frame.header.type, RV_FRAME_STREAM);
        ck_assert_uint_eq(frame.header.serial, call->serial);
        ck_assert_uint_eq(frame.header.procedure, WIRE_DOMAIN_OPEN_CONSOLE);
        ck_assert_uint_eq(frame.header.status, RV_FRAME_CONTINUE);
        ck_assert_msg(frame.payload_len > 0, "ended; said so far: %s", said->str);
        g_string_append_len(said, frame.payload, (gssize)frame.payload_len);
    }
}

/* Skips data up to a packet of another status, or of none. */
static RvFrame skip_data(Peer *peer)
{
    RvFrame frame;
    do {
        ck_assert(peer_receive(peer, &frame));
        ck_assert_uint_eq(frame.header.type, RV_FRAME_STREAM);
    } while (frame.header.status == RV_FRAME_CONTINUE && frame.payload_len > 0);
    return frame;
}

START_TEST(test_console)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = peer_start_new(peer, "vm", NULL);
    /* By each name it has, one after the other; finished, then aborted. */
    static const struct {
        const char *device;
        RvFrameStatus status;
    } rows[] = {{NULL, RV_FRAME_OK}, {"serial0", RV_FRAME_ERROR}, {NULL, RV_FRAME_ERROR}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        RvFrameHeader call = open_console(peer, domain, rows[i].device, 0);
        ck_assert_int_eq(peer_answer(peer, NULL, NULL, NULL), 0);
        send_packet(peer, &call, RV_FRAME_CONTINUE, "\r", 1);
        expect(peer, &call, "login:");
        send_packet(peer, &call, rows[i].status, NULL, 0);
        RvFrame frame = skip_data(peer);
        ck_assert_uint_eq(frame.header.status, RV_FRAME_OK); /* the confirmation */
        ck_assert_uint_eq(frame.payload_len, 0);
        /* Late packets are of no stream any more. */
        send_packet(peer, &call, RV_FRAME_CONTINUE, "x", 1);
        ck_assert_int_eq(peer_state(peer, domain), RV_DOMAIN_RUNNING);
    }
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

START_TEST(test_console_owner)
{
    Front *front = front_new(NULL);
    Peer *first = peer_new_open(front, false), *second = peer_new_open(front, false);
    wire_domain domain = peer_start_new(first, "vm", NULL);
    g_autofree char *message = NULL;
    RvFrameHeader call = open_console(first, domain, NULL, 0);
    ck_assert_int_eq(peer_answer(first, NULL, NULL, NULL), 0);
    open_console(second, domain, "serial0", 2);
    ck_assert_int_eq(peer_answer(second, NULL, NULL, &message), RV_ERR_OPERATION_FAILED);
    ck_assert_str_eq(message, "operation failed: Active console session exists for this domain");

    open_console(second, domain, NULL, 1);
    ck_assert_int_eq(peer_answer(second, NULL, NULL, NULL), 0);
    RvFrame frame = skip_data(first);
    ck_assert_uint_eq(frame.header.status, RV_FRAME_ERROR);
    ck_assert_uint_eq(frame.header.serial, call.serial);

    /* The owner goes: the console is free. */
    peer_free(second);
    front_until(front, rv_server_client_count(front->core.server) == 1);
    open_console(first, domain, NULL, 0);
    ck_assert_int_eq(peer_answer(first, NULL, NULL, NULL), 0);
    peer_clear_domain(&domain);
    peer_free(first);
    front_free(front);
}
END_TEST

START_TEST(test_console_of_none)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = peer_start_new(peer, "vm", NULL);
    open_console(peer, domain, "nothing7", 0);
    ck_assert_int_eq(peer_answer(peer, NULL, NULL, NULL), RV_ERR_INTERNAL);
    peer_clear_domain(&domain);
    domain = peer_define(peer, "off", NULL);
    open_console(peer, domain, NULL, 0);
    ck_assert_int_eq(peer_answer(peer, NULL, NULL, NULL), RV_ERR_OPERATION_INVALID);
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

/* The guest ends: an empty packet says so, and the client's own end of the stream is confirmed. */
START_TEST(test_guest_ends)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false), *other = peer_new_open(front, false);
    wire_domain domain = peer_start_new(peer, "vm", NULL);
    wire_domain_args args = {domain};
    RvFrameHeader call = open_console(peer, domain, NULL, 0);
    ck_assert_int_eq(peer_answer(peer, NULL, NULL, NULL), 0);
    ck_assert_int_eq(peer_call(other, WIRE_DOMAIN_DESTROY, (xdrproc_t)xdr_wire_domain_args, &args,
                               NULL, NULL, NULL), 0);
    RvFrame frame = skip_data(peer);
    ck_assert_uint_eq(frame.header.status, RV_FRAME_CONTINUE);
    ck_assert_uint_eq(frame.payload_len, 0);
    send_packet(peer, &call, RV_FRAME_OK, NULL, 0);
    frame = skip_data(peer);
    ck_assert_uint_eq(frame.header.status, RV_FRAME_OK);
    peer_clear_domain(&domain);
    peer_free(peer);
    peer_free(other);
    front_free(front);
}
END_TEST

/* A paused guest takes nothing: what the client sends is held back, not kept without bound; when it
 * runs again all of it arrives. */
START_TEST(test_back_pressure)
{
    enum { LINES = 100000 };
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false), *other = peer_new_open(front, false);
    wire_domain domain = peer_start_new(peer, "vm", NULL);
    wire_domain_args args = {domain};
    RvFrameHeader call = open_console(peer, domain, NULL, 0);
    ck_assert_int_eq(peer_answer(peer, NULL, NULL, NULL), 0);
    send_packet(peer, &call, RV_FRAME_CONTINUE, "root\r", 5);
    expect(peer, &call, "vm:~#");
    ck_assert_int_eq(peer_call(other, WIRE_DOMAIN_SUSPEND, (xdrproc_t)xdr_wire_domain_args, &args,
                               NULL, NULL, NULL), 0);

    g_autoptr(GString) lines = g_string_new(NULL);
    for (unsigned i = 0; i < LINES; i++)
        g_string_append(lines, "echo x\r");
    g_string_append(lines, "echo that was $all\r");
    g_auto(RvBuffer) out = {0};
    RvFrameHeader header = call;
    header.type = RV_FRAME_STREAM;
    header.status = RV_FRAME_CONTINUE;
    for (size_t at = 0; at < lines->len; at += 1000)
        rv_frame_write_bytes(&out, &header, lines->str + at, MIN(1000, lines->len - at));
    ck_assert_uint_gt(rv_buffer_len(&out), 700000);
    size_t sent = 0;
    gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC;
    while (g_get_monotonic_time() < end && sent < rv_buffer_len(&out)) {
        ssize_t n = send(peer->fd, rv_buffer_bytes(&out) + sent,
                         MIN(4096, rv_buffer_len(&out) - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        front_turn(front);
    }
    ck_assert_uint_lt(sent, rv_buffer_len(&out));

    ck_assert_int_eq(peer_call(other, WIRE_DOMAIN_RESUME, (xdrproc_t)xdr_wire_domain_args, &args,
                               NULL, NULL, NULL), 0);
    g_autoptr(GString) said = g_string_new(NULL);
    while (!strstr(said->str, "that was")) {
        RvFrame frame;
        ssize_t n = send(peer->fd, rv_buffer_bytes(&out) + sent, rv_buffer_len(&out) - sent,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        ck_assert(peer_receive(peer, &frame));
        g_string_truncate(said, 0);
        g_string_append_len(said, frame.payload, (gssize)frame.payload_len);
    }
    ck_assert_uint_eq(sent, rv_buffer_len(&out));
    peer_clear_domain(&domain);
    peer_free(peer);
    peer_free(other);
    front_free(front);
}
END_TEST

/* ---- Events --------------------------------------------------------------------------------- */

static RvFrame next_event(Peer *peer)
{
    RvFrame frame;
    ck_assert(peer_receive(peer, &frame));
    ck_assert_uint_eq(frame.header.type, RV_FRAME_MESSAGE);
    ck_assert_uint_eq(frame.header.serial, 0);
    ck_assert_uint_eq(frame.header.status, RV_FRAME_OK);
    return frame;
}

static int listen_to(Peer *peer, int event, wire_domain *domain)
{
    wire_connect_event_callback_register_any_args args = {event, domain};
    wire_int_ret ret = {0};
    int code = peer_call(peer, WIRE_CONNECT_EVENT_CALLBACK_REGISTER_ANY,
                         (xdrproc_t)xdr_wire_connect_event_callback_register_any_args, &args,
                         (xdrproc_t)xdr_wire_int_ret, &ret, NULL);
    return code == 0 ? ret.value : -code;
}

static int stop_listening(Peer *peer, int callback)
{
    wire_connect_event_callback_deregister_any_args args = {callback};
    return peer_call(peer, WIRE_CONNECT_EVENT_CALLBACK_DEREGISTER_ANY,
                     (xdrproc_t)xdr_wire_connect_event_callback_deregister_any_args, &args, NULL,
                     NULL, NULL);
}

static void expect_lifecycle(Peer *peer, int callback, const char *name, int type)
{
    wire_domain_event_callback_lifecycle_msg message = {0};
    RvFrame frame = next_event(peer);
    ck_assert_uint_eq(frame.header.procedure, WIRE_DOMAIN_EVENT_CALLBACK_LIFECYCLE);
    xdrproc_t xdr = (xdrproc_t)xdr_wire_domain_event_callback_lifecycle_msg;
    ck_assert(rv_xdr_decode(frame.payload, frame.payload_len, xdr, &message, NULL));
    ck_assert_int_eq(message.callback, callback);
    ck_assert_str_eq(message.event.domain.name, name);
    ck_assert_int_eq(message.event.type, type);
    rv_xdr_clear(xdr, &message);
}

START_TEST(test_events)
{
    Front *front = front_new(NULL);
    Peer *writer = peer_new_open(front, false), *reader = peer_new_open(front, true);
    int all = listen_to(reader, RV_EVENT_LIFECYCLE, NULL);
    wire_domain one = peer_define(writer, "one", NULL);
    expect_lifecycle(reader, all, "one", RV_LIFECYCLE_DEFINED);
    int only = listen_to(reader, RV_EVENT_LIFECYCLE, &one);
    ck_assert_int_ne(all, only);
    ck_assert_int_eq(stop_listening(reader, all), 0);
    wire_domain two = peer_start_new(writer, "two", NULL);
    peer_start(writer, one);
    expect_lifecycle(reader, only, "one", RV_LIFECYCLE_STARTED);

    ck_assert_int_eq(stop_listening(reader, only), 0);
    ck_assert_int_eq(stop_listening(reader, only), RV_ERR_INTERNAL);
    ck_assert_int_eq(listen_to(reader, RV_EVENT_DOMAIN_LAST, NULL), -RV_ERR_INTERNAL);
    ck_assert_int_eq(listen_to(reader, -1, NULL), -RV_ERR_INTERNAL);
    for (int event = 0; event < RV_EVENT_DOMAIN_LAST; event++)
        ck_assert_int_gt(listen_to(reader, event, NULL), 0);
    peer_clear_domain(&one);
    peer_clear_domain(&two);
    peer_free(reader);
    peer_free(writer);
    front_free(front);
}
END_TEST

/* The older ways to register: their messages carry no handle. */
START_TEST(test_legacy_events)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false), *writer = peer_new_open(front, false);
    ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_EVENT_REGISTER, NULL, NULL, NULL, NULL, NULL), 0);
    wire_connect_event_register_any_args reboot = {RV_EVENT_REBOOT};
    xdrproc_t args_xdr = (xdrproc_t)xdr_wire_connect_event_register_any_args;
    ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_EVENT_REGISTER_ANY, args_xdr, &reboot, NULL, NULL,
                               NULL), 0);
    wire_domain domain = peer_start_new(writer, "vm", NULL);
    for (int i = 0; i < 2; i++) {
        wire_domain_event_lifecycle_msg message = {0};
        RvFrame frame = next_event(peer);
        ck_assert_uint_eq(frame.header.procedure, WIRE_DOMAIN_EVENT_LIFECYCLE);
        xdrproc_t xdr = (xdrproc_t)xdr_wire_domain_event_lifecycle_msg;
        ck_assert(rv_xdr_decode(frame.payload, frame.payload_len, xdr, &message, NULL));
        ck_assert_str_eq(message.domain.name, "vm");
        ck_assert_int_eq(message.type, i == 0 ? RV_LIFECYCLE_DEFINED : RV_LIFECYCLE_STARTED);
        rv_xdr_clear(xdr, &message);
    }
    wire_domain_flags_args args = {domain, 0};
    ck_assert_int_eq(peer_call(writer, WIRE_DOMAIN_REBOOT, (xdrproc_t)xdr_wire_domain_flags_args,
                               &args, NULL, NULL, NULL), 0);
    RvFrame frame = next_event(peer);
    ck_assert_uint_eq(frame.header.procedure, WIRE_DOMAIN_EVENT_REBOOT);
    ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_EVENT_DEREGISTER_ANY, args_xdr, &reboot, NULL,
                               NULL, NULL), 0);
    ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_EVENT_DEREGISTER_ANY, args_xdr, &reboot, NULL,
                               NULL, NULL), RV_ERR_INTERNAL);
    ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_EVENT_DEREGISTER, NULL, NULL, NULL, NULL, NULL),
                     0);
    peer_clear_domain(&domain);
    peer_free(peer);
    peer_free(writer);
    front_free(front);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream");
    TCase *tcase = tcase_create("stream");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_console);
    tcase_add_test(tcase, test_console_owner);
    tcase_add_test(tcase, test_console_of_none);
    tcase_add_test(tcase, test_guest_ends);
    tcase_add_test(tcase, test_back_pressure);
    tcase_add_test(tcase, test_events);
    tcase_add_test(tcase, test_legacy_events);
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
