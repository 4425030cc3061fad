/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/toolstack/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <xenstore.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/xen/toolstack/report.h"
#include "drivers/xen/toolstack/session.h"

enum { MAX_LINE = 1 << 20, READ_BYTES = 4096, MAX_FDS = 256, OWN_FDS = 2 };

/* A domain whose end libxl is to tell; its events do not say whose UUID they are about. */
typedef struct {
    libxl_evgen_domain_death *end;
    char uuid[LIBXL_UUID_FMTLEN + 1];
} Watched;

typedef struct {
    Session *session;
    struct xs_handle *store; /* says that a domain came or went, which libxl does not */
    GHashTable *watched;     /* domid -> Watched */
    GString *input;
    gint64 again_us; /* when to tell of all domains once more, monotonic; 0: not */
    bool ok;
} Watch;

/* ---- Telling -------------------------------------------------------------------------------- */

/* Takes `line` over. */
static void tell(Watch *watch, json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    watch->ok = watch->ok && rv_fd_write_all(SESSION_REQUEST_FD, text, strlen(text), NULL) &&
                rv_fd_write_all(SESSION_REQUEST_FD, "\n", 1, NULL);
    free(text);
}

static void await_end(Watch *watch, const libxl_dominfo *info)
{
    gpointer key = GUINT_TO_POINTER(info->domid);
    libxl_evgen_domain_death *end = NULL;
    if (info->domid == 0 || info->dying || g_hash_table_contains(watch->watched, key) ||
        libxl_evenable_domain_death(session_ctx(watch->session), info->domid, 0, &end) != 0)
        return;
    Watched *watched = g_new0(Watched, 1);
    watched->end = end;
    g_snprintf(watched->uuid, sizeof(watched->uuid), LIBXL_UUID_FMT, LIBXL_UUID_BYTES(info->uuid));
    g_hash_table_insert(watch->watched, key, watched);
}

static void tell_domains(Watch *watch)
{
    int n = 0;
    libxl_dominfo *all = libxl_list_domain(session_ctx(watch->session), &n);
    json_t *list = json_array();
    for (int i = 0; all && i < n; i++) {
        await_end(watch, &all[i]);
        json_array_append_new(list, report_domain(&all[i]));
    }
    if (all)
        libxl_dominfo_list_free(all, n);
    tell(watch, json_pack("{s:s,s:o}", "event", "domains", "domains", list));
}

static void tell_event(Watch *watch, const libxl_event *event)
{
    gpointer key = GUINT_TO_POINTER(event->domid);
    Watched *watched = g_hash_table_lookup(watch->watched, key);
    if (!watched)
        return;
    if (event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN) {
        const char *reason =
            libxl_shutdown_reason_to_string(event->u.domain_shutdown.shutdown_reason);
        tell(watch, json_pack("{s:s,s:i,s:s,s:s}", "event", "shutdown", "domid", (int)event->domid,
                              "uuid", watched->uuid, "reason", reason ? reason : "unknown"));
    } else if (event->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH) {
        tell(watch, json_pack("{s:s,s:i,s:s}", "event", "death", "domid", (int)event->domid,
                              "uuid", watched->uuid));
        libxl_evdisable_domain_death(session_ctx(watch->session), watched->end);
        g_hash_table_remove(watch->watched, key);
    }
}

/* ---- Answering ------------------------------------------------------------------------------ */

static void answer(Watch *watch, const char *line, size_t len)
{
    json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    const char *operation = json_string_value(json_object_get(request, "operation"));
    if (!operation) {
        watch->ok = false;
    } else if (strcmp(operation, "look") == 0) {
        json_int_t after_ms =
            json_integer_value(json_object_get(json_object_get(request, "arguments"), "after-ms"));
        if (after_ms > 0)
            watch->again_us = g_get_monotonic_time() + after_ms * 1000;
        else
            tell_domains(watch);
    } else {
        json_t *reply =
            session_run(watch->session, operation, json_object_get(request, "arguments"));
        json_object_set(reply, "id", json_object_get(request, "id"));
        tell(watch, reply);
    }
    json_decref(request);
}

static void read_requests(Watch *watch)
{
    char chunk[READ_BYTES];
    ssize_t got = read(SESSION_REQUEST_FD, chunk, sizeof(chunk));
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    watch->ok = got > 0 && watch->input->len < MAX_LINE;
    if (!watch->ok)
        return;
    g_string_append_len(watch->input, chunk, got);
    char *end;
    while (watch->ok && (end = memchr(watch->input->str, '\n', watch->input->len))) {
        size_t len = (size_t)(end - watch->input->str);
        answer(watch, watch->input->str, len);
        g_string_erase(watch->input, 0, (gssize)len + 1);
    }
}

/* ---- The loop ------------------------------------------------------------------------------- */

static bool domain_came_or_went(Watch *watch)
{
    bool changed = false;
    char **event;
    while ((event = xs_check_watch(watch->store))) {
        changed = true;
        free(event);
    }
    return changed;
}

static void take_events(Watch *watch)
{
    libxl_event *event;
    while (libxl_event_check(session_ctx(watch->session), &event, LIBXL_EVENTMASK_ALL, NULL,
                             NULL) == 0) {
        tell_event(watch, event);
        libxl_event_free(session_ctx(watch->session), event);
    }
}

/* Shortens a timeout of poll(). */
static int wait_less(const Watch *watch, int timeout_ms)
{
    if (!watch->again_us)
        return timeout_ms;
    gint64 rest_ms = MAX((watch->again_us - g_get_monotonic_time()) / 1000 + 1, 0);
    return timeout_ms < 0 || rest_ms < timeout_ms ? (int)rest_ms : timeout_ms;
}

static bool is_time(Watch *watch)
{
    bool due = watch->again_us && g_get_monotonic_time() >= watch->again_us;
    if (due)
        watch->again_us = 0;
    return due;
}

static void turn(Watch *watch)
{
    libxl_ctx *ctx = session_ctx(watch->session);
    struct pollfd fds[OWN_FDS + MAX_FDS] = {
        {.fd = SESSION_REQUEST_FD, .events = POLLIN},
        {.fd = xs_fileno(watch->store), .events = POLLIN},
    };
    int n = MAX_FDS, timeout = -1;
    struct timeval now;
    gettimeofday(&now, NULL);
    watch->ok = libxl_osevent_beforepoll(ctx, &n, fds + OWN_FDS, &timeout, now) == 0;
    if (!watch->ok || poll(fds, (nfds_t)(OWN_FDS + n), wait_less(watch, timeout)) < 0)
        return;
    gettimeofday(&now, NULL);
    libxl_osevent_afterpoll(ctx, n, fds + OWN_FDS, now);
    take_events(watch);
    if ((fds[1].revents && domain_came_or_went(watch)) || is_time(watch))
        tell_domains(watch);
    if (fds[0].revents)
        read_requests(watch);
}

bool watch_run(void)
{
    g_autoptr(GError) error = NULL;
    Watch watch = {.ok = true};
    watch.session = session_new(STDERR_FILENO, &error);
    watch.store = watch.session ? xs_open(0) : NULL;
    if (!watch.store || !xs_watch(watch.store, "@introduceDomain", "came") ||
        !xs_watch(watch.store, "@releaseDomain", "went")) {
        if (!error)
            rv_error_set_errno(&error, errno, "cannot watch xenstore");
        tell(&watch, json_pack("{s:s,s:s}", "event", "failed", "message", error->message));
        return false;
    }
    watch.watched = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    watch.input = g_string_new(NULL);
    tell_domains(&watch);
    while (watch.ok)
        turn(&watch);
    return true; /* its descriptors go with the process */
}
