/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/daemon/front.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "daemon/driver-set.h"
#include "daemon/event.h"
#include "daemon/lifecycle.h"
#include "daemon/poller.h"
#include "daemon/object.h"
#include "daemon/registry.h"
#include "daemon/run-state.h"
#include "daemon/save.h"
#include "daemon/settings.h"
#include "daemon/store.h"
#include "wire/xdr.h"

#define OK(call)                                                                                   \
    do {                                                                                           \
        g_autoptr(GError) error = NULL;                                                            \
        ck_assert_msg(call, "%s", error ? error->message : #call);                                 \
    } while (0)

/* ---- The daemon ----------------------------------------------------------------------------- */

Front *front_new(const RvServerLimits *limits)
{
    Front *front = g_new0(Front, 1);
    RvCore *core = &front->core;
    static const RvStoreLimits store_limits = {.revisions = 100, .removed = 100};
    OK(front->dir = g_dir_make_tmp("reeve-check-XXXXXX", &error));
    core->paths = front->paths = rv_paths_new(front->dir);
    OK(rv_dir_create(front->paths->run_dir, 0755, &error));
    OK(rv_dir_create(front->paths->state_dir, 0700, &error));
    OK(rv_dir_create(front->paths->log_dir, 0700, &error));
    OK(core->settings = rv_settings_load(NULL, &error));
    OK(core->loop = rv_loop_new(&error));
    core->workers = rv_workers_new(16, 16);
    core->urgent = rv_workers_new(16, 16);
    core->events = rv_events_new();
    core->registry = rv_registry_new();
    core->objects = rv_objects_new();
    OK(core->drivers = rv_driver_set_new(core, &rv_lifecycle_reports, &error));
    OK(core->run_state = rv_run_state_new(front->paths->run_dir, &error));
    g_autofree char *store = g_build_filename(front->paths->state_dir, "store.db", NULL);
    OK(core->store = rv_store_open(store, core->loop, &store_limits, &error));
    OK(rv_save_load(core, &error));
    core->poller = rv_poller_new(core, 5);
    core->server = rv_server_new(core, limits);
    OK(rv_server_listen(core->server, front->paths->socket, 0660, (gid_t)-1, false, &error));
    OK(rv_server_listen(core->server, front->paths->socket_ro, 0666, (gid_t)-1, true, &error));
    return front;
}

static void destroy_one(RvDomain *domain, void *data)
{
    if (domain->instance)
        rv_lifecycle_queue_destroy(domain, RV_SHUTOFF_DESTROYED);
}

static void set_flag(void *data)
{
    *(bool *)data = true;
}

static void settle(Front *front)
{
    bool reached = false;
    rv_loop_post(front->core.loop, set_flag, &reached);
    front_until(front, reached);
}

/* Guests and jobs end first, so that a sanitizer sees everything freed. */
void front_free(Front *front)
{
    RvCore *core = &front->core;
    g_clear_pointer(&core->server, rv_server_free);
    front_until(front, rv_lifecycle_is_idle(core));
    rv_registry_foreach(core->registry, NULL, destroy_one, NULL);
    front_until(front, rv_lifecycle_is_idle(core));
    rv_poller_stop(core->poller);
    rv_workers_free(core->workers);
    rv_workers_free(core->urgent);
    rv_store_close(core->store);
    settle(front);
    rv_poller_free(core->poller);
    rv_lifecycle_let_go(core);
    rv_registry_free(core->registry);
    rv_objects_free(core->objects);
    rv_run_state_free(core->run_state);
    rv_driver_set_free(core->drivers);
    rv_events_free(core->events);
    rv_loop_free(core->loop);
    rv_settings_free(core->settings);
    rv_paths_free(front->paths);
    ck_assert(rv_dir_remove(front->dir, NULL));
    g_free(front->dir);
    g_free(front);
}

void front_turn(Front *front)
{
    if (!g_main_context_iteration(NULL, FALSE))
        g_usleep(200); /* an event of another thread is on its way */
}

/* ---- Peers ---------------------------------------------------------------------------------- */

Peer *peer_new(Front *front, bool read_only)
{
    Peer *peer = g_new0(Peer, 1);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = read_only ? front->paths->socket_ro : front->paths->socket;
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    peer->front = front;
    peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(peer->fd, 0);
    ck_assert_msg(connect(peer->fd, (struct sockaddr *)&address, sizeof(address)) == 0,
                  "connect: %s", g_strerror(errno));
    ck_assert(rv_fd_set_nonblocking(peer->fd, NULL));
    return peer;
}

Peer *peer_new_open(Front *front, bool read_only)
{
    Peer *peer = peer_new(front, read_only);
    const wire_connect_open_args args = {.uri = (char *)"test:///default"};
    ck_assert_int_eq(peer_call(peer, WIRE_CONNECT_OPEN, (xdrproc_t)xdr_wire_connect_open_args,
                               &args, NULL, NULL, NULL), 0);
    return peer;
}

void peer_free(Peer *peer)
{
    if (!peer)
        return;
    rv_fd_close(&peer->fd);
    rv_buffer_clear(&peer->in);
    g_free(peer);
}

void peer_send(Peer *peer, const void *bytes, size_t len)
{
    for (size_t sent = 0; sent < len;) {
        ssize_t n = send(peer->fd, (const char *)bytes + sent, len - sent, MSG_NOSIGNAL);
        if (n > 0)
            sent += (size_t)n;
        else if (n < 0 && errno != EAGAIN)
            return; /* closed: what is received says so */
        front_turn(peer->front);
    }
}

/* Waits for bytes. False: the end. */
static bool fill(Peer *peer)
{
    ssize_t n = -1;
    char *room = rv_buffer_reserve(&peer->in, 65536);
    front_until(peer->front, (n = read(peer->fd, room, 65536)) >= 0 || errno != EAGAIN);
    if (n <= 0)
        return false;
    rv_buffer_added(&peer->in, (size_t)n);
    return true;
}

bool peer_receive(Peer *peer, RvFrame *ret)
{
    rv_buffer_consume(&peer->in, peer->taken, 1 << 20);
    peer->taken = 0;
    RvFrameResult result;
    while ((result = rv_frame_read(rv_buffer_bytes(&peer->in), rv_buffer_len(&peer->in), ret,
                                   NULL)) == RV_FRAME_PARTIAL) {
        if (!fill(peer))
            return false;
    }
    ck_assert_int_eq(result, RV_FRAME_WHOLE);
    peer->taken = ret->size;
    return true;
}

bool peer_is_closed(Peer *peer)
{
    char byte;
    ssize_t n = -1;
    front_until(peer->front, (n = recv(peer->fd, &byte, 1, MSG_DONTWAIT)) >= 0 || errno != EAGAIN);
    return n <= 0;
}

RvFrameHeader peer_ask(Peer *peer, unsigned procedure, xdrproc_t xdr, const void *args)
{
    g_auto(RvBuffer) out = {0};
    RvFrameHeader header = {
        .program = WIRE_REMOTE_PROGRAM,
        .version = WIRE_REMOTE_VERSION,
        .procedure = procedure,
        .type = RV_FRAME_CALL,
        .serial = ++peer->serial,
    };
    ck_assert(rv_frame_write(&out, &header, xdr, (void *)args, NULL));
    peer_send(peer, rv_buffer_bytes(&out), rv_buffer_len(&out));
    return header;
}

int peer_answer(Peer *peer, xdrproc_t xdr, void *ret, char **ret_message)
{
    RvFrame frame;
    do {
        ck_assert_msg(peer_receive(peer, &frame), "closed instead of an answer");
    } while (frame.header.type == RV_FRAME_MESSAGE);
    ck_assert_uint_eq(frame.header.type, RV_FRAME_REPLY);
    if (frame.header.status == RV_FRAME_ERROR) {
        wire_error failure = {0};
        ck_assert(rv_xdr_decode(frame.payload, frame.payload_len, (xdrproc_t)xdr_wire_error,
                                &failure, NULL));
        int code = failure.code;
        if (ret_message)
            *ret_message = g_steal_pointer(&failure.message);
        rv_xdr_clear((xdrproc_t)xdr_wire_error, &failure);
        return code;
    }
    ck_assert_uint_eq(frame.header.status, RV_FRAME_OK);
    if (xdr)
        ck_assert(rv_xdr_decode(frame.payload, frame.payload_len, xdr, ret, NULL));
    return 0;
}

int peer_call(Peer *peer, unsigned procedure, xdrproc_t args_xdr, const void *args,
              xdrproc_t ret_xdr, void *ret, char **ret_message)
{
    peer_ask(peer, procedure, args_xdr, args);
    return peer_answer(peer, ret_xdr, ret, ret_message);
}

/* ---- Domains -------------------------------------------------------------------------------- */

wire_domain peer_define(Peer *peer, const char *name, const char *faults)
{
    g_autofree char *metadata =
        faults ? g_strdup_printf("<metadata><reeve:test xmlns:reeve='urn:reeve:test' %s/>"
                                 "</metadata>", faults)
               : g_strdup("");
    g_autofree char *xml = g_strdup_printf(
        "<domain type='test'><name>%s</name>%s<memory>65536</memory><vcpu>2</vcpu>"
        "<os><type>hvm</type></os><devices><console type='pty'/></devices></domain>",
        name, metadata);
    wire_domain_xml_args args = {xml};
    wire_domain_ret ret = {0};
    g_autofree char *message = NULL;
    int code = peer_call(peer, WIRE_DOMAIN_DEFINE_XML, (xdrproc_t)xdr_wire_domain_xml_args, &args,
                         (xdrproc_t)xdr_wire_domain_ret, &ret, &message);
    ck_assert_msg(code == 0, "define: %s", message);
    return ret.domain;
}

void peer_start(Peer *peer, wire_domain domain)
{
    g_autofree char *message = NULL;
    wire_domain_args args = {domain};
    int code = peer_call(peer, WIRE_DOMAIN_CREATE, (xdrproc_t)xdr_wire_domain_args, &args, NULL,
                         NULL, &message);
    ck_assert_msg(code == 0, "start: %s", message);
}

wire_domain peer_start_new(Peer *peer, const char *name, const char *faults)
{
    wire_domain domain = peer_define(peer, name, faults);
    peer_start(peer, domain);
    return domain;
}

int peer_state(Peer *peer, wire_domain domain)
{
    wire_domain_flags_args args = {.domain = domain};
    wire_domain_get_state_ret ret = {0};
    ck_assert_int_eq(peer_call(peer, WIRE_DOMAIN_GET_STATE, (xdrproc_t)xdr_wire_domain_flags_args,
                               &args, (xdrproc_t)xdr_wire_domain_get_state_ret, &ret, NULL), 0);
    return ret.state;
}

void peer_clear_domain(wire_domain *domain)
{
    rv_xdr_clear((xdrproc_t)xdr_wire_domain, domain);
}
