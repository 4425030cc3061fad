/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "daemon/session.h"
#include "tests/check-main.h"
#include "tests/daemon/front.h"
#include "wire/xdr.h"

static RvServerLimits short_limits(void)
{
    RvServerLimits limits = rv_server_default_limits;
    limits.silent_ms = limits.half_message_ms = limits.unread_ms = 300;
    limits.keepalive_ms = 100;
    limits.keepalive_count = 2;
    limits.tick_ms = 20;
    return limits;
}

static void append_hostname_call(RvBuffer *out, uint32_t serial)
{
    rv_frame_write_bytes(out,
                         &(RvFrameHeader){WIRE_REMOTE_PROGRAM, WIRE_REMOTE_VERSION,
                                          WIRE_CONNECT_GET_HOSTNAME, RV_FRAME_CALL, serial, 0},
                         NULL, 0);
}

static void send_buffer(Peer *peer, const RvBuffer *out)
{
    peer_send(peer, rv_buffer_bytes(out), rv_buffer_len(out));
}

static void check_alive(Peer *peer)
{
    wire_text_ret ret = {0};
    ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_GET_HOSTNAME, NULL, NULL,
                               (xdrproc_t)xdr_wire_text_ret, &ret, NULL), 0);
    rv_xdr_clear((xdrproc_t)xdr_wire_text_ret, &ret);
}

/* ---- Frames as they come -------------------------------------------------------------------- */

START_TEST(test_byte_by_byte)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    g_auto(RvBuffer) out = {0};
    RvFrame frame;
    append_hostname_call(&out, 77);
    append_hostname_call(&out, 78);
    for (size_t i = 0; i < rv_buffer_len(&out); i++)
        peer_send(peer, rv_buffer_bytes(&out) + i, 1);
    for (uint32_t serial = 77; serial <= 78; serial++) {
        ck_assert(peer_receive(peer, &frame));
        ck_assert_uint_eq(frame.header.serial, serial);
        ck_assert_uint_eq(frame.header.status, RV_FRAME_OK);
    }
    peer_free(peer);
    front_free(front);
}
END_TEST

START_TEST(test_many_at_once)
{
    enum { CALLS = 20000 };
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    g_auto(RvBuffer) out = {0};
    RvFrame frame;
    for (uint32_t serial = 0; serial < CALLS; serial++)
        append_hostname_call(&out, serial);
    send_buffer(peer, &out);
    for (uint32_t serial = 0; serial < CALLS; serial++) {
        ck_assert(peer_receive(peer, &frame));
        ck_assert_uint_eq(frame.header.serial, serial);
    }
    peer_free(peer);
    front_free(front);
}
END_TEST

static const struct {
    const char *label;
    uint32_t length;
} bad_lengths[] = {
    {"zero", 0}, {"three", 3}, {"header cut", 27}, {"one above the maximum", (32u << 20) + 5},
    {"2^31", 0x80000000}, {"2^32 - 1", 0xffffffff},
};

START_TEST(test_bad_length)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false), *other = peer_new_open(front, false);
    uint32_t words[16] = {GUINT32_TO_BE(bad_lengths[_i].length)};
    peer_send(peer, words, sizeof(words));
    ck_assert_msg(peer_is_closed(peer), "%s", bad_lengths[_i].label);
    check_alive(other);
    peer_free(peer);
    peer_free(other);
    front_free(front);
}
END_TEST

/* What no client has any business to send is ignored, as libvirt's own server does. */
START_TEST(test_odd_types)
{
    static const uint32_t types[] = {1, 2, 3, 5, 6, 7, 0xffffffff};
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_auto(RvBuffer) out = {0};
        RvFrameHeader header = {WIRE_REMOTE_PROGRAM, 1, WIRE_CONNECT_GET_HOSTNAME, types[i], 5, 0};
        rv_frame_write_bytes(&out, &header, "abcd", 4);
        send_buffer(peer, &out);
        check_alive(peer);
    }
    peer_free(peer);
    front_free(front);
}
END_TEST

static void send_fd(Peer *peer, int fd)
{
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec iov = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(int));
    ck_assert_int_eq(sendmsg(peer->fd, &message, 0), 1);
}

static unsigned count_fds(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned count = 0;
    while (g_dir_read_name(dir))
        count++;
    return count;
}

/* Descriptors with a message are refused, and none is kept. */
START_TEST(test_descriptors)
{
    Front *front = front_new(NULL);
    Peer *peer = peer_new_open(front, false);
    unsigned before = count_fds();
    for (int i = 0; i < 100; i++) {
        g_auto(RvBuffer) out = {0};
        RvFrameHeader header = {WIRE_REMOTE_PROGRAM, 1, WIRE_CONNECT_GET_HOSTNAME,
                                RV_FRAME_CALL_WITH_FDS, 5, 0};
        uint32_t count = GUINT32_TO_BE(2);
        rv_frame_write_bytes(&out, &header, &count, sizeof(count));
        send_buffer(peer, &out);
        send_fd(peer, 0);
        send_fd(peer, 0);
        ck_assert_int_eq(peer_answer(peer, NULL, NULL, NULL), RV_ERR_OPERATION_UNSUPPORTED);
        check_alive(peer);
    }
    ck_assert_uint_eq(count_fds(), before);
    peer_free(peer);
    front_free(front);
}
END_TEST

/* ---- Deadlines ------------------------------------------------------------------------------ */

static void run_for(Front *front, unsigned ms)
{
    gint64 end = g_get_monotonic_time() + ms * 1000;
    while (g_get_monotonic_time() < end)
        front_turn(front);
}

START_TEST(test_silent)
{
    RvServerLimits limits = short_limits();
    Front *front = front_new(&limits);
    Peer *silent[100], *talking = peer_new_open(front, false);
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++)
        silent[i] = peer_new(front, i % 2);
    front_until(front, rv_server_client_count(front->core.server) == 101);
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        ck_assert(peer_is_closed(silent[i]));
        peer_free(silent[i]);
    }
    check_alive(talking); /* one that has spoken may be idle as long as it likes */
    ck_assert_uint_eq(rv_server_client_count(front->core.server), 1);
    peer_free(talking);
    front_free(front);
}
END_TEST

START_TEST(test_half_message)
{
    RvServerLimits limits = short_limits();
    Front *front = front_new(&limits);
    Peer *peer = peer_new_open(front, false);
    g_auto(RvBuffer) out = {0};
    append_hostname_call(&out, 1);
    gint64 begin = g_get_monotonic_time();
    /* A byte now and then does not help. */
    for (size_t i = 0; i + 1 < rv_buffer_len(&out); i++) {
        peer_send(peer, rv_buffer_bytes(&out) + i, 1);
        gint64 next = g_get_monotonic_time() + 50000;
        while (g_get_monotonic_time() < next)
            front_turn(front);
    }
    ck_assert(peer_is_closed(peer));
    ck_assert_int_lt(g_get_monotonic_time() - begin, 2 * G_USEC_PER_SEC);
    peer_free(peer);
    front_free(front);
}
END_TEST

START_TEST(test_announced_but_not_sent)
{
    RvServerLimits limits = short_limits();
    Front *front = front_new(&limits);
    Peer *peers[18];
    const uint32_t words[8] = {GUINT32_TO_BE(32u << 20)};
    for (size_t i = 0; i < G_N_ELEMENTS(peers); i++) {
        peers[i] = peer_new_open(front, false);
        peer_send(peers[i], words, sizeof(words));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(peers); i++) {
        ck_assert(peer_is_closed(peers[i]));
        peer_free(peers[i]);
    }
    front_free(front);
}
END_TEST

START_TEST(test_keepalive)
{
    RvServerLimits limits = short_limits();
    Front *front = front_new(&limits);
    Peer *peer = peer_new_open(front, false);
    g_auto(RvBuffer) out = {0};
    RvFrame frame;
    RvFrameHeader header = {.program = WIRE_KEEPALIVE_PROGRAM, .version = WIRE_KEEPALIVE_VERSION,
                            .procedure = WIRE_KEEPALIVE_PING, .type = RV_FRAME_MESSAGE};
    rv_frame_write_bytes(&out, &header, NULL, 0);
    send_buffer(peer, &out);
    ck_assert(peer_receive(peer, &frame));
    ck_assert_uint_eq(frame.header.program, WIRE_KEEPALIVE_PROGRAM);
    ck_assert_uint_eq(frame.header.procedure, WIRE_KEEPALIVE_PONG);
    ck_assert_uint_eq(frame.header.serial, 0);
    run_for(front, 500); /* it was not said that pings are welcome: none comes */
    check_alive(peer);

    wire_connect_supports_feature_args args = {10};
    ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_SUPPORTS_FEATURE,
                               (xdrproc_t)xdr_wire_connect_supports_feature_args, &args, NULL, NULL,
                               NULL), 0);
    for (int i = 0; i < 3; i++) { /* answered: more than count of them are no harm */
        ck_assert(peer_receive(peer, &frame));
        ck_assert_uint_eq(frame.header.procedure, WIRE_KEEPALIVE_PING);
        check_alive(peer);
    }
    for (unsigned i = 0; i < limits.keepalive_count; i++)
        ck_assert(peer_receive(peer, &frame));
    ck_assert(peer_is_closed(peer));
    peer_free(peer);
    front_free(front);
}
END_TEST

/* ---- Readers -------------------------------------------------------------------------------- */

/* Asks for long texts and reads none: what waits stays bounded, and then the client goes. */
START_TEST(test_never_reads)
{
    RvServerLimits limits = short_limits();
    limits.max_unread = 256 << 10;
    limits.unread_ms = 2000;
    Front *front = front_new(&limits);
    Peer *peer = peer_new_open(front, false), *other = peer_new_open(front, false);
    wire_domain domain = peer_define(peer, "vm", NULL);
    wire_domain_flags_args args = {domain, 0};
    g_auto(RvBuffer) out = {0};
    RvFrameHeader header = {WIRE_REMOTE_PROGRAM, 1, WIRE_DOMAIN_GET_XML_DESC, 0, 1, 0};
    while (rv_buffer_len(&out) < 1 << 20)
        ck_assert(rv_frame_write(&out, &header, (xdrproc_t)xdr_wire_domain_flags_args, &args, NULL));
    size_t sent = 0;
    gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC;
    while (g_get_monotonic_time() < end) {
        ssize_t n = send(peer->fd, rv_buffer_bytes(&out) + sent, rv_buffer_len(&out) - sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        front_turn(front);
    }
    ck_assert_uint_lt(sent, rv_buffer_len(&out)); /* nothing more is taken from it */
    check_alive(other);
    front_until(front, rv_server_client_count(front->core.server) == 1);
    peer_clear_domain(&domain);
    peer_free(peer);
    peer_free(other);
    front_free(front);
}
END_TEST

/* One that reads slowly gets everything. */
START_TEST(test_slow_reader)
{
    enum { CALLS = 3000 };
    RvServerLimits limits = rv_server_default_limits;
    limits.max_unread = 64 << 10;
    Front *front = front_new(&limits);
    Peer *peer = peer_new_open(front, false);
    wire_domain domain = peer_define(peer, "vm", NULL);
    wire_domain_flags_args args = {domain, 0};
    g_auto(RvBuffer) out = {0};
    for (uint32_t serial = 0; serial < CALLS; serial++) {
        RvFrameHeader header = {WIRE_REMOTE_PROGRAM, 1, WIRE_DOMAIN_GET_XML_DESC, 0, serial, 0};
        ck_assert(rv_frame_write(&out, &header, (xdrproc_t)xdr_wire_domain_flags_args, &args, NULL));
    }
    size_t sent = 0;
    for (uint32_t serial = 0; serial < CALLS; serial++) {
        RvFrame frame;
        while (sent < rv_buffer_len(&out)) {
            ssize_t n = send(peer->fd, rv_buffer_bytes(&out) + sent, rv_buffer_len(&out) - sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
            front_turn(front);
            if (n < 0)
                break;
            sent += (size_t)n;
        }
        ck_assert(peer_receive(peer, &frame));
        ck_assert_uint_eq(frame.header.serial, serial);
    }
    peer_clear_domain(&domain);
    peer_free(peer);
    front_free(front);
}
END_TEST

/* ---- Limits --------------------------------------------------------------------------------- */

static int call_hostname(Peer *peer)
{
    return peer_call(peer, WIRE_CONNECT_GET_HOSTNAME, NULL, NULL, NULL, NULL, NULL);
}

START_TEST(test_max_clients)
{
    RvServerLimits limits = rv_server_default_limits;
    limits.max_clients = 4;
    limits.root_clients = 0;
    Front *front = front_new(&limits);
    Peer *peers[4];
    for (size_t i = 0; i < G_N_ELEMENTS(peers); i++)
        peers[i] = peer_new_open(front, false);
    Peer *fifth = peer_new(front, false);
    ck_assert_int_eq(call_hostname(fifth), RV_ERR_RESOURCE_BUSY);
    ck_assert(peer_is_closed(fifth));
    peer_free(fifth);
    peer_free(peers[0]);
    front_until(front, rv_server_client_count(front->core.server) == 3);
    peers[0] = peer_new_open(front, false);
    for (size_t i = 0; i < G_N_ELEMENTS(peers); i++)
        peer_free(peers[i]);
    front_free(front);
}
END_TEST

/* A user without rights takes all he can: neither others nor root are kept out. */
START_TEST(test_max_clients_per_user)
{
    if (!check_is_root("max_clients_per_user") || !check_is_forked("max_clients_per_user"))
        return;
    RvServerLimits limits = rv_server_default_limits;
    limits.max_clients = 8;
    limits.root_clients = 2;
    limits.max_clients_per_user = 3;
    Front *front = front_new(&limits);
    ck_assert_int_eq(chmod(front->dir, 0755), 0);
    g_autofree char *run = g_path_get_dirname(front->paths->run_dir);
    ck_assert_int_eq(chmod(run, 0755) | chmod(front->paths->run_dir, 0755), 0);
    Peer *peers[8];
    static const struct {
        uid_t uid;
        int code; /* of what the client asks before it opens: refused, or not yet open */
    } rows[] = {
        {65534, RV_ERR_INTERNAL}, {65534, RV_ERR_INTERNAL}, {65534, RV_ERR_INTERNAL},
        {65534, RV_ERR_RESOURCE_BUSY}, {65533, RV_ERR_INTERNAL}, {65533, RV_ERR_INTERNAL},
        {65533, RV_ERR_INTERNAL}, {65532, RV_ERR_RESOURCE_BUSY}, {0, RV_ERR_INTERNAL},
        {0, RV_ERR_INTERNAL}, {0, RV_ERR_RESOURCE_BUSY},
    };
    size_t served = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ck_assert_int_eq(seteuid(rows[i].uid), 0);
        Peer *peer = peer_new(front, true);
        ck_assert_int_eq(seteuid(0), 0);
        ck_assert_msg(call_hostname(peer) == rows[i].code, "row %zu", i);
        if (rows[i].code == RV_ERR_INTERNAL)
            peers[served++] = peer;
        else
            peer_free(peer);
    }
    ck_assert_uint_eq(served, 8);
    while (served > 0)
        peer_free(peers[--served]);
    front_free(front);
}
END_TEST

/* No descriptor is left: clients are turned away at once, the loop does not spin, and all is well
 * again when there are some. */
START_TEST(test_no_descriptors_left)
{
    if (!check_is_forked("no descriptors left"))
        return;
    Front *front = front_new(NULL);
    Peer *before = peer_new_open(front, false);
    struct rlimit limit, tight;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int waiting[4];
    for (size_t i = 0; i < G_N_ELEMENTS(waiting); i++)
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    tight = limit;
    tight.rlim_cur = (rlim_t)waiting[3] + 1;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, front->paths->socket, sizeof(address.sun_path));
    for (size_t i = 0; i < G_N_ELEMENTS(waiting); i++)
        ck_assert_int_eq(connect(waiting[i], (struct sockaddr *)&address, sizeof(address)), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(waiting); i++) {
        char byte;
        ssize_t n = -1;
        front_until(front, (n = recv(waiting[i], &byte, 1, 0)) >= 0 || errno != EAGAIN);
        ck_assert_int_eq(n, 0);
        close(waiting[i]);
    }
    check_alive(before);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    Peer *after = peer_new_open(front, false);
    peer_free(after);
    peer_free(before);
    front_free(front);
}
END_TEST

/* ---- Sockets -------------------------------------------------------------------------------- */

START_TEST(test_socket_files)
{
    Front *front = front_new(NULL);
    struct stat st;
    ck_assert_int_eq(stat(front->paths->socket, &st), 0);
    ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0660);
    ck_assert_int_eq(stat(front->paths->socket_ro, &st), 0);
    ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0666);

    /* A live one is never taken away. */
    g_autoptr(GError) error = NULL;
    ck_assert(!rv_server_listen(front->core.server, front->paths->socket, 0600, (gid_t)-1, false,
                                &error));
    g_autofree char *pid = g_strdup_printf("in use by pid %d (", (int)getpid());
    ck_assert_msg(strstr(error->message, pid) != NULL, "%s", error->message);
    g_clear_error(&error);

    /* A dead one is. */
    g_autofree char *path = g_build_filename(front->dir, "dead.sock", NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_msg(rv_server_listen(front->core.server, path, 0600, (gid_t)-1, false, &error), "%s",
                  error ? error->message : "");

    /* What is no socket is left alone. */
    g_autofree char *file = g_build_filename(front->dir, "file", NULL);
    ck_assert(g_file_set_contents(file, "x", 1, NULL));
    ck_assert(!rv_server_listen(front->core.server, file, 0600, (gid_t)-1, false, &error));
    ck_assert(g_file_test(file, G_FILE_TEST_EXISTS));
    g_clear_error(&error);

    g_autofree char *name = g_strnfill(200, 'x');
    g_autofree char *longer = g_build_filename(front->dir, name, NULL);
    ck_assert(!rv_server_listen(front->core.server, longer, 0600, (gid_t)-1, false, &error));

    rv_server_stop_listening(front->core.server);
    ck_assert(!g_file_test(path, G_FILE_TEST_EXISTS));
    front_free(front);
}
END_TEST

/* Cut off at each byte of an opening: nothing is left of any. */
START_TEST(test_cut_anywhere)
{
    Front *front = front_new(NULL);
    g_auto(RvBuffer) out = {0};
    wire_connect_open_args args = {.uri = (char *)"test:///default"};
    wire_connect_supports_feature_args feature = {10};
    wire_connect_event_callback_register_any_args event = {0};
    RvFrameHeader header = {WIRE_REMOTE_PROGRAM, 1, WIRE_AUTH_LIST, 0, 1, 0};
    rv_frame_write_bytes(&out, &header, NULL, 0);
    header.procedure = WIRE_CONNECT_SUPPORTS_FEATURE;
    ck_assert(rv_frame_write(&out, &header, (xdrproc_t)xdr_wire_connect_supports_feature_args,
                             &feature, NULL));
    header.procedure = WIRE_CONNECT_OPEN;
    ck_assert(rv_frame_write(&out, &header, (xdrproc_t)xdr_wire_connect_open_args, &args, NULL));
    header.procedure = WIRE_CONNECT_EVENT_CALLBACK_REGISTER_ANY;
    ck_assert(rv_frame_write(&out, &header,
                             (xdrproc_t)xdr_wire_connect_event_callback_register_any_args, &event,
                             NULL));
    header.procedure = WIRE_CONNECT_GET_CAPABILITIES;
    rv_frame_write_bytes(&out, &header, NULL, 0);
    for (size_t len = 0; len <= rv_buffer_len(&out); len++) {
        Peer *peer = peer_new(front, false);
        peer_send(peer, rv_buffer_bytes(&out), len);
        peer_free(peer);
    }
    front_until(front, rv_server_client_count(front->core.server) == 0);
    Peer *peer = peer_new_open(front, false);
    check_alive(peer);
    peer_free(peer);
    front_free(front);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session");
    TCase *tcase = tcase_create("session");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_byte_by_byte);
    tcase_add_test(tcase, test_many_at_once);
    tcase_add_loop_test(tcase, test_bad_length, 0, G_N_ELEMENTS(bad_lengths));
    tcase_add_test(tcase, test_odd_types);
    tcase_add_test(tcase, test_descriptors);
    tcase_add_test(tcase, test_silent);
    tcase_add_test(tcase, test_half_message);
    tcase_add_test(tcase, test_announced_but_not_sent);
    tcase_add_test(tcase, test_keepalive);
    tcase_add_test(tcase, test_never_reads);
    tcase_add_test(tcase, test_slow_reader);
    tcase_add_test(tcase, test_max_clients);
    tcase_add_test(tcase, test_max_clients_per_user);
    tcase_add_test(tcase, test_no_descriptors_left);
    tcase_add_test(tcase, test_socket_files);
    tcase_add_test(tcase, test_cut_anywhere);
    suite_add_tcase(suite, tcase);
    return check_run(suite);
}
