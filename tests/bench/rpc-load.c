/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpc-load: makes many calls over the protocol and measures them, cheaply enough to share two
 * processors with the daemon under load. One thread and one epoll set; every client is a connection
 * that keeps `depth` calls in flight. Works with any daemon of the protocol; prints JSON.
 */
#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/error.h"
#include "base/fd.h"
#include "tests/bench/load-call.h"
#include "tests/bench/load-client.h"
#include "wire/xdr.h"

#define KEPT_TIMES (4u << 20) /* calls after these count, but not in the percentiles */

typedef struct {
    RvLoadTarget target;
    const RvLoadCall *call;
    GPtrArray *clients; /* RvLoadClient */
    int64_t calls;      /* to be made in all; 0: as many as the time allows */
    uint64_t stop;      /* no calls are begun after it (ns, monotonic) */
    uint64_t give_up;
    int64_t begun, ended, failed;
    uint64_t bytes;
    GArray *times; /* uint64_t, ns */
    char *first_error;
} Load;

static struct {
    char *socket, *uri, *domain, *xml, *prefix;
    int clients, depth, calls, first;
    double seconds, give_up;
} options = {.clients = 1, .depth = 1, .seconds = 3, .give_up = 60};

static const GOptionEntry entries[] = {
    {"socket", 's', 0, G_OPTION_ARG_FILENAME, &options.socket, "the daemon's socket", "PATH"},
    {"uri", 'u', 0, G_OPTION_ARG_STRING, &options.uri, "what to open (qemu:///system)", "URI"},
    {"domain", 'd', 0, G_OPTION_ARG_STRING, &options.domain, "name of the domain asked for", "NAME"},
    {"clients", 'c', 0, G_OPTION_ARG_INT, &options.clients, "connections (1)", "N"},
    {"depth", 'q', 0, G_OPTION_ARG_INT, &options.depth, "calls in flight on each (1)", "N"},
    {"calls", 'n', 0, G_OPTION_ARG_INT, &options.calls, "calls in all, instead of a time", "N"},
    {"seconds", 't', 0, G_OPTION_ARG_DOUBLE, &options.seconds, "how long (3)", "S"},
    {"give-up", 'g', 0, G_OPTION_ARG_DOUBLE, &options.give_up,
     "how much longer to wait for answers (60)", "S"},
    {"xml", 'x', 0, G_OPTION_ARG_FILENAME, &options.xml,
     "definition with @NAME@ and @UUID@ in it, for define", "FILE"},
    {"prefix", 'p', 0, G_OPTION_ARG_STRING, &options.prefix, "of the names that define makes", "TEXT"},
    {"first", 'f', 0, G_OPTION_ARG_INT, &options.first, "number of the first such name (0)", "N"},
    {NULL},
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool begin_call(Load *load, RvLoadClient *client, GError **error)
{
    g_auto(RvBuffer) out = {0};
    uint32_t serial = client->serial++;

    if (!rv_load_call_write(load->call, &out, serial, &load->target, (unsigned)load->begun, error))
        return false;
    load->begun++;
    client->began[serial % client->depth] = now_ns();
    return rv_load_client_send(client, rv_buffer_bytes(&out), rv_buffer_len(&out), error);
}

static bool more_to_begin(const Load *load)
{
    return load->calls ? load->begun < load->calls : now_ns() < load->stop;
}

static void note_time(Load *load, uint64_t took)
{
    if (load->times->len < KEPT_TIMES)
        g_array_append_val(load->times, took);
}

static void note_answer(Load *load, RvLoadClient *client, const RvFrame *frame)
{
    uint64_t *began = &client->began[frame->header.serial % client->depth];

    load->ended++;
    load->bytes += frame->size;
    note_time(load, now_ns() - *began);
    *began = 0;
    g_autoptr(GError) problem = rv_load_answer_error(frame);
    if (problem) {
        load->failed++;
        if (!load->first_error)
            load->first_error = g_strdup(problem->message);
    }
}

static bool serve_client(Load *load, RvLoadClient *client, GError **error)
{
    RvFrame frame;
    GError *problem = NULL;

    if (!rv_load_client_fill(client, error))
        return false;
    while (rv_load_client_next(client, &frame, &problem)) {
        note_answer(load, client, &frame);
        if (more_to_begin(load) && !begin_call(load, client, error))
            return false;
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

/* What was never answered has taken at least as long as it was waited for. */
static void note_unanswered(Load *load)
{
    for (guint i = 0; i < load->clients->len; i++) {
        const RvLoadClient *client = g_ptr_array_index(load->clients, i);
        for (unsigned n = 0; n < client->depth; n++) {
            if (client->began[n])
                note_time(load, now_ns() - client->began[n]);
        }
    }
}

static bool run_load(Load *load, GError **error)
{
    rv_autofd int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[64];

    for (guint i = 0; i < load->clients->len; i++) {
        RvLoadClient *client = g_ptr_array_index(load->clients, i);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        g_assert(epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) == 0);
        for (unsigned n = 0; n < client->depth && more_to_begin(load); n++) {
            if (!begin_call(load, client, error))
                return false;
        }
    }
    while (load->ended < load->begun) {
        int n = epoll_wait(epoll, events, G_N_ELEMENTS(events), 100);
        for (int i = 0; i < n; i++) {
            if (!serve_client(load, events[i].data.ptr, error))
                return false;
        }
        if (n == 0 && now_ns() > load->give_up)
            break;
    }
    note_unanswered(load);
    return true;
}

/* What every client does first; the domain's identity is learned on the way. */
static bool greet(Load *load, RvLoadClient *client, GError **error)
{
    static const char *const steps[] = {"auth", "open", "lookup"};
    wire_domain_ret found = {0};
    RvFrame answer;

    for (size_t i = 0; i < G_N_ELEMENTS(steps) - !load->call->needs_domain; i++) {
        g_auto(RvBuffer) out = {0};
        if (!rv_load_call_write(rv_load_call_find(steps[i]), &out, client->serial++, &load->target,
                                0, error) ||
            !rv_load_client_send(client, rv_buffer_bytes(&out), rv_buffer_len(&out), error) ||
            !rv_load_client_wait(client, &answer, error)) {
            g_prefix_error(error, "%s: ", steps[i]);
            return false;
        }
    }
    if (load->call->needs_domain) {
        if (!rv_xdr_decode(answer.payload, answer.payload_len, (xdrproc_t)xdr_wire_domain_ret,
                           &found, error))
            return false;
        memcpy(load->target.domain.uuid, found.domain.uuid, sizeof(wire_uuid));
        load->target.domain.id = found.domain.id;
        rv_xdr_clear((xdrproc_t)xdr_wire_domain_ret, &found);
    }
    return true;
}

static bool open_clients(Load *load, GError **error)
{
    for (int i = 0; i < options.clients; i++) {
        RvLoadClient *client = g_new0(RvLoadClient, 1);
        g_ptr_array_add(load->clients, client);
        if (!rv_load_client_open(client, options.socket, (unsigned)options.depth, error) ||
            !greet(load, client, error))
            return false;
    }
    return true;
}

static int compare_times(gconstpointer a, gconstpointer b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static double percentile_us(const GArray *sorted, double share)
{
    if (sorted->len == 0)
        return 0;
    guint at = MIN((guint)(share * sorted->len), sorted->len - 1);
    return (double)g_array_index(sorted, uint64_t, at) / 1000;
}

static void print_result(Load *load, double seconds)
{
    g_array_sort(load->times, compare_times);
    g_autofree char *text = NULL;
    json_t *result = json_pack(
        "{s:s, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:s?}", "call", load->call->name,
        "calls", (json_int_t)load->ended, "failed", (json_int_t)load->failed, "unanswered",
        (json_int_t)(load->begun - load->ended), "seconds", seconds, "rate",
        (double)load->ended / seconds, "p50_us", percentile_us(load->times, 0.50), "p99_us",
        percentile_us(load->times, 0.99), "max_us", percentile_us(load->times, 1), "bytes",
        load->ended ? (double)load->bytes / (double)load->ended : 0, "error", load->first_error);
    g_assert(result != NULL);
    text = json_dumps(result, JSON_REAL_PRECISION(9));
    puts(text);
    json_decref(result);
}

static bool read_options(int *argc, char ***argv, Load *load, GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new("CALL");
    g_autofree char *calls = rv_load_call_list();

    g_option_context_set_summary(context, calls);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return false;
    load->call = *argc == 2 ? rv_load_call_find((*argv)[1]) : NULL;
    if (!load->call || !options.socket || options.clients < 1 || options.depth < 1 ||
        (load->call->needs_domain && !options.domain) ||
        (strcmp(load->call->name, "define") == 0 && !options.xml)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "a call and its options are needed: see --help");
        return false;
    }
    if (options.xml &&
        !g_file_get_contents(options.xml, (char **)&load->target.xml, NULL, error))
        return false;
    load->target.uri = options.uri ? options.uri : "qemu:///system";
    load->target.prefix = options.prefix ? options.prefix : "load";
    load->target.domain.name = options.domain;
    load->target.first = (unsigned)options.first;
    load->calls = options.calls;
    return true;
}

static void free_client(gpointer client)
{
    rv_load_client_close(client);
    g_free(client);
}

int main(int argc, char **argv)
{
    Load load = {
        .clients = g_ptr_array_new_with_free_func(free_client),
        .times = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
    };
    g_autoptr(GError) error = NULL;

    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    bool good = read_options(&argc, &argv, &load, &error) && open_clients(&load, &error);
    uint64_t began = now_ns();
    load.stop = began + (uint64_t)(options.seconds * 1e9);
    load.give_up = load.stop + (uint64_t)(options.give_up * 1e9);
    good = good && run_load(&load, &error);
    if (good)
        print_result(&load, (double)(now_ns() - began) / 1e9);
    else
        fprintf(stderr, "rpc-load: %s\n", error->message);
    g_ptr_array_unref(load.clients);
    g_array_unref(load.times);
    g_free(load.first_error);
    g_free((char *)load.target.xml);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
