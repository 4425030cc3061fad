/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/cli.h"

/* ---- Words: the numbers are libvirt's, the texts virsh's ---- */

/* By virDomainEventID. */
static const char *const names[] = {
    "lifecycle",       "reboot",        "rtc-change",
    "watchdog",        "io-error",      "graphics",
    "io-error-reason", "control-error", "block-job",
    "disk-change",     "tray-change",   "pm-wakeup",
    "pm-suspend",      "balloon-change", "pm-suspend-disk",
    "device-removed",  "block-job-2",   "tunable",
    "agent-lifecycle", "device-added",  "migration-iteration",
    "job-completed",   "device-removal-failed", "metadata-change",
    "block-threshold", "memory-failure", "memory-device-size-change",
    NULL,
};

/* By virDomainEventType, and the details of each. */
static const struct {
    const char *text;
    const char *const *details;
} lifecycle[] = {
    {"Defined", (const char *const[]){"Added", "Updated", "Renamed", "Snapshot", NULL}},
    {"Undefined", (const char *const[]){"Removed", "Renamed", NULL}},
    {"Started",
     (const char *const[]){"Booted", "Migrated", "Restored", "Snapshot", "Event wakeup", NULL}},
    {"Suspended",
     (const char *const[]){"Paused", "Migrated", "I/O Error", "Watchdog", "Restored", "Snapshot",
                           "API error", "Post-copy", "Post-copy Error", NULL}},
    {"Resumed", (const char *const[]){"Unpaused", "Migrated", "Snapshot", "Post-copy",
                                      "Post-copy Error", NULL}},
    {"Stopped", (const char *const[]){"Shutdown", "Destroyed", "Crashed", "Migrated", "Saved",
                                      "Failed", "Snapshot", NULL}},
    {"Shutdown", (const char *const[]){"Finished", "Finished after guest request",
                                       "Finished after host request", NULL}},
    {"PMSuspended", (const char *const[]){"Memory", "Disk", NULL}},
    {"Crashed", (const char *const[]){"Panicked", "Crashloaded", NULL}},
};

static const char *const watchdog_actions[] = {
    "none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi", NULL,
};

static const char *word(const char *const *words, int number)
{
    return number >= 0 && (unsigned)number < g_strv_length((char **)words) ? words[number]
                                                                           : "unknown";
}

/* ---- Receiving ---- */

typedef struct {
    RvCli *cli;
    bool loop, timestamp;
    int count;
} Watch;

/* One event, with what it says beyond the domain. `text` NULL: nothing. */
static void show(Watch *watch, const char *event, const wire_domain *domain, const char *text,
                 json_t *json)
{
    if (watch->count && !watch->loop) {
        json_decref(json);
        return;
    }
    watch->count++;
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *second = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    const RvOutput *out = &watch->cli->output;
    if (watch->timestamp)
        rv_output_text(out, "%s.%03d+0000: ", second, g_date_time_get_microsecond(now) / 1000);
    rv_output_text(out, "event '%s' for domain '%s'%s%s\n", event, domain->name, text ? ": " : "",
                   text ? text : "");
    json_object_set_new(json, "event", json_string(event));
    json_object_set_new(json, "name", json_string(domain->name));
    json_object_set_new(json, "uuid", rv_cli_json_uuid(domain));
    json_object_set_new(json, "time", json_real((double)g_get_real_time() / 1e6));
    rv_output_json(out, watch->cli->command, json);
}

static bool decode(const RvFrame *frame, xdrproc_t xdr, void *message)
{
    /* One that cannot be read is dropped: it is nobody's answer. */
    return rv_xdr_decode(frame->payload, frame->payload_len, xdr, message, NULL);
}

static void on_lifecycle(Watch *watch, const RvFrame *frame)
{
    g_auto(wire_domain_event_callback_lifecycle_msg) message = {0};
    if (!decode(frame, (xdrproc_t)xdr_wire_domain_event_callback_lifecycle_msg, &message))
        return;
    const wire_domain_event_lifecycle_msg *event = &message.event;
    bool known = event->type >= 0 && (unsigned)event->type < G_N_ELEMENTS(lifecycle);
    const char *type = known ? lifecycle[event->type].text : "unknown";
    const char *detail = known ? word(lifecycle[event->type].details, event->detail) : "unknown";
    g_autofree char *text = g_strdup_printf("%s %s", type, detail);
    show(watch, "lifecycle", &event->domain, text,
         json_pack("{s:s, s:s}", "type", type, "detail", detail));
}

static void on_reboot(Watch *watch, const RvFrame *frame)
{
    g_auto(wire_domain_event_callback_reboot_msg) message = {0};
    if (decode(frame, (xdrproc_t)xdr_wire_domain_event_callback_reboot_msg, &message))
        show(watch, "reboot", &message.event.domain, NULL, json_object());
}

static void on_rtc_change(Watch *watch, const RvFrame *frame)
{
    g_auto(wire_domain_event_callback_rtc_change_msg) message = {0};
    if (!decode(frame, (xdrproc_t)xdr_wire_domain_event_callback_rtc_change_msg, &message))
        return;
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)message.event.offset);
    show(watch, "rtc-change", &message.event.domain, text,
         json_pack("{s:I}", "offset", (json_int_t)message.event.offset));
}

static void on_watchdog(Watch *watch, const RvFrame *frame)
{
    g_auto(wire_domain_event_callback_watchdog_msg) message = {0};
    if (!decode(frame, (xdrproc_t)xdr_wire_domain_event_callback_watchdog_msg, &message))
        return;
    const char *action = word(watchdog_actions, message.event.action);
    show(watch, "watchdog", &message.event.domain, action, json_pack("{s:s}", "action", action));
}

static void on_event(const RvFrame *frame, void *data)
{
    static const struct {
        unsigned procedure;
        void (*handle)(Watch *watch, const RvFrame *frame);
    } handlers[] = {
        {WIRE_DOMAIN_EVENT_CALLBACK_LIFECYCLE, on_lifecycle},
        {WIRE_DOMAIN_EVENT_CALLBACK_REBOOT, on_reboot},
        {WIRE_DOMAIN_EVENT_CALLBACK_RTC_CHANGE, on_rtc_change},
        {WIRE_DOMAIN_EVENT_CALLBACK_WATCHDOG, on_watchdog},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (frame->header.program == WIRE_REMOTE_PROGRAM &&
            frame->header.procedure == handlers[i].procedure)
            handlers[i].handle(data, frame);
    }
}

/* ---- Waiting ---- */

typedef enum { END_DONE, END_TIMEOUT, END_INTERRUPT, END_ERROR } End;

static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

static End wait_for_events(Watch *watch, int signal_fd, int timeout_s, GError **error)
{
    RvClient *client = watch->cli->client;
    int64_t end_us = timeout_s ? g_get_monotonic_time() + timeout_s * G_USEC_PER_SEC : G_MAXINT64;
    while (watch->loop || !watch->count) {
        int64_t left_ms = (end_us - g_get_monotonic_time() + 999) / 1000;
        if (left_ms <= 0)
            return END_TIMEOUT;
        struct pollfd fds[] = {
            {.fd = rv_client_fd(client), .events = rv_client_poll_events(client)},
            {.fd = signal_fd, .events = POLLIN},
        };
        int n = poll(fds, G_N_ELEMENTS(fds), (int)MIN(left_ms, rv_client_poll_timeout(client)));
        if (n < 0 && errno != EINTR) {
            rv_error_set_errno(error, errno, "cannot wait for events");
            return END_ERROR;
        }
        if (n > 0 && fds[1].revents)
            return END_INTERRUPT;
        if (!rv_client_tick(client, error) || !rv_client_io(client, error))
            return END_ERROR;
    }
    return END_DONE;
}

static bool subscribe(RvCli *cli, const char *only, const wire_domain *domain, GError **error)
{
    for (int id = 0; names[id]; id++) {
        if (only && g_strcmp0(only, names[id]) != 0)
            continue;
        wire_connect_event_callback_register_any_args args = {
            .event = id,
            .domain = (wire_domain *)domain,
        };
        wire_int_ret ret = {0};
        g_autoptr(GError) cause = NULL;
        if (rv_client_call(cli->client, WIRE_CONNECT_EVENT_CALLBACK_REGISTER_ANY,
                           wire_connect_event_callback_register_any_args, &args, wire_int_ret,
                           &ret, &cause))
            continue;
        /* Of all events, a daemon need not know the later ones. */
        if (only || id == 0 || rv_client_is_broken(cli->client)) {
            g_propagate_prefixed_error(error, g_steal_pointer(&cause),
                                       "could not wait for event '%s': ", names[id]);
            return false;
        }
    }
    return true;
}

static bool list_names(RvCli *cli)
{
    json_t *list = json_array();
    for (const char *const *name = names; *name; name++) {
        rv_output_text(&cli->output, "%s\n", *name);
        json_array_append_new(list, json_string(*name));
    }
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool run_event(RvCli *cli, const RvArgs *args, GError **error)
{
    if (rv_args_has(args, "list"))
        return list_names(cli);
    const char *only = rv_args_string(args, "event");
    if (!only && !rv_args_has(args, "all")) {
        rv_usage_error(error, "one of --list, --all and --event EVENT is needed");
        return false;
    }
    g_auto(wire_domain_ret) found = {0};
    const char *called = rv_args_string(args, "domain");
    if (called && !rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
        return false;

    Watch watch = {
        .cli = cli,
        .loop = rv_args_has(args, "loop"),
        .timestamp = rv_args_has(args, "timestamp"),
    };
    /* Before the first subscription: from then on events come and are printed, and whoever reads
     * them may end us. */
    rv_autofd int signal_fd = open_signals();
    rv_client_on_event(cli->client, on_event, &watch);
    End end = END_ERROR;
    if (subscribe(cli, only, called ? &found.domain : NULL, error))
        end = wait_for_events(&watch, signal_fd, rv_args_int(args, "timeout", 0), error);
    rv_client_on_event(cli->client, NULL, NULL);
    if (end == END_ERROR)
        return false;
    if (end == END_INTERRUPT)
        rv_output_text(&cli->output, "event loop interrupted\n");
    if (end == END_TIMEOUT)
        rv_output_text(&cli->output, "event loop timed out\n");
    rv_output_text(&cli->output, "events received: %d\n", watch.count);
    return watch.count > 0;
}

const RvCommand rv_command_event = {
    .name = "event",
    .summary = "wait for events",
    .description = "Prints the first event, or with --loop all of them. Fails if there was none.",
    .options =
        (const RvOption[]){
            {.name = "domain", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_DOMAIN,
             .value = "DOMAIN", .text = "only of this domain"},
            {.name = "event", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_WORD,
             .words = names, .value = "EVENT", .text = "only of this kind"},
            {.name = "all", .text = "of all kinds"},
            {.name = "loop", .text = "all that come, until interrupted or the time is over"},
            {.name = "timeout", .kind = RV_OPTION_INT, .value = "SECONDS",
             .text = "how long to wait"},
            {.name = "list", .text = "print the kinds of events"},
            {.name = "timestamp", .text = "print the time of each"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"all", "event"},
                                        {"list", "all"},
                                        {"list", "event"},
                                        {NULL}},
    .examples = (const RvExample[]){{"event --all --loop", "Everything that happens."},
                                    {"event web --event lifecycle --timeout 60",
                                     "Until web starts, stops, ... or a minute is over."},
                                    {NULL}},
    .keys =
        (const RvKey[]){
            {"event", "the kind"},
            {"name", "the domain's name"},
            {"uuid", "its UUID"},
            {"time", "when it came"},
            {"type", "lifecycle: Started, Stopped, ..."},
            {"detail", "lifecycle: Booted, Destroyed, ..."},
            {"offset", "rtc-change: s"},
            {"action", "watchdog: what it does"},
            {NULL},
        },
    .run = run_event,
};
