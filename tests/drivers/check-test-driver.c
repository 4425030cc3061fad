/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The test driver's guests, driven through the driver's tables as the core drives them. */
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/test/test.h"

enum { PATIENCE_MS = 10000 };

/* What a guest reported, in the order it did. */
typedef enum { REPORT_STATE, REPORT_EVENT, REPORT_ENDED } ReportKind;

typedef struct {
    ReportKind kind;
    int value, reason;
} Report;

static const RvLifeOps *life;
static RvDriverHost host;
static GThread *loop_thread;
static GAsyncQueue *reports;

static void report(ReportKind kind, int value, int reason)
{
    Report *r = g_new(Report, 1);
    *r = (Report){kind, value, reason};
    g_async_queue_push(reports, r);
}

static void report_state(RvGuest *guest, RvDomainState state, int reason)
{
    report(REPORT_STATE, state, reason);
}

static void report_event(RvGuest *guest, RvGuestEvent event)
{
    report(REPORT_EVENT, event, 0);
}

static void report_ended(RvGuest *guest, RvShutoffReason reason)
{
    report(REPORT_ENDED, 0, reason);
}

static void expect_report(ReportKind kind, int value, int reason)
{
    g_autofree Report *r = g_async_queue_timeout_pop(reports, PATIENCE_MS * G_TIME_SPAN_MILLISECOND);
    ck_assert_msg(r != NULL, "no report within %d ms", PATIENCE_MS);
    ck_assert_int_eq(r->kind, kind);
    ck_assert_int_eq(r->value, value);
    ck_assert_int_eq(r->reason, reason);
}

static void *run_loop(void *data)
{
    rv_loop_run(host.loop);
    return NULL;
}

static void set_up(void)
{
    static const RvGuestReports to = {
        .state = report_state, .event = report_event, .ended = report_ended};
    g_autoptr(GError) error = NULL;
    life = rv_test_driver.life;
    reports = g_async_queue_new_full(g_free);
    host = (RvDriverHost){.loop = rv_loop_new(&error), .reports = &to};
    ck_assert_msg(host.loop != NULL, "%s", error ? error->message : "");
    host.run_dir = g_dir_make_tmp("check-test-driver-XXXXXX", &error);
    ck_assert_msg(rv_test_driver.host->probe(&host, &error), "%s", error ? error->message : "");
    loop_thread = g_thread_new("loop", run_loop, NULL);
}

static void quit_loop(void *data)
{
    rv_loop_quit(host.loop);
}

static void tear_down(void)
{
    rv_loop_post(host.loop, quit_loop, NULL);
    g_thread_join(loop_thread);
    rv_loop_free(host.loop);
    g_async_queue_unref(reports);
    ck_assert_msg(rmdir(host.run_dir) == 0, "a guest left something behind");
    g_free((char *)host.run_dir);
}

/* Runs func(data) on the loop's thread and waits for it. */
typedef struct {
    RvLoopFunc func;
    void *data;
    GMutex lock;
    GCond cond;
    bool done;
} Errand;

static void run_errand(void *data)
{
    Errand *errand = data;
    if (errand->func)
        errand->func(errand->data);
    g_mutex_lock(&errand->lock);
    errand->done = true;
    g_cond_signal(&errand->cond);
    g_mutex_unlock(&errand->lock);
}

static void on_loop(RvLoopFunc func, void *data)
{
    Errand errand = {.func = func, .data = data};
    g_mutex_init(&errand.lock);
    g_cond_init(&errand.cond);
    rv_loop_post(host.loop, run_errand, &errand);
    g_mutex_lock(&errand.lock);
    while (!errand.done)
        g_cond_wait(&errand.cond, &errand.lock);
    g_mutex_unlock(&errand.lock);
    g_mutex_clear(&errand.lock);
    g_cond_clear(&errand.cond);
}

static RvDomainDef *parse(const char *faults, const char *lifecycle)
{
    g_autofree char *xml = g_strdup_printf(
        "<domain type='test'><name>guest</name>"
        "<uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>"
        "<memory unit='KiB'>65536</memory><vcpu>2</vcpu><os><type>hvm</type></os>%s"
        "<metadata><reeve:test xmlns:reeve='urn:reeve:test' %s/></metadata><devices>"
        "<disk type='file'><source file='/x'/><target dev='vda' bus='virtio'/></disk>"
        "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"
        "<serial type='pty'/><console type='pty'/></devices></domain>",
        lifecycle, faults);
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    g_autoptr(GError) error = NULL;
    RvDomainDef *def = rv_domain_def_parse(xml, strlen(xml), diagnostics, &error);
    ck_assert_msg(def != NULL, "%s", error ? error->message : "");
    ck_assert(rv_test_driver.definition->complete(&host, def, &error));
    return def;
}

static void progress(RvOperation *op, uint64_t done, uint64_t total)
{
    ck_assert_uint_le(done, total);
}

static RvOperation *operation(void)
{
    static RvOperation op;
    g_clear_object(&op.cancel);
    op = (RvOperation){.cancel = g_cancellable_new(), .progress = progress};
    return &op;
}

static RvGuest *guest_new(const char *faults, const char *lifecycle)
{
    RvGuest *guest = g_new0(RvGuest, 1);
    guest->driver = &rv_test_driver;
    guest->host = &host;
    guest->def = parse(faults, lifecycle);
    guest->id = 1;
    return guest;
}

static void free_priv(void *data)
{
    life->free(data);
}

/* What the daemon's death does: the instance is forgotten, what it is stays. */
static void guest_forget(RvGuest *guest)
{
    on_loop(free_priv, guest);
    rv_domain_def_unref(guest->def);
    g_free(guest);
}

static void guest_end(RvGuest *guest)
{
    json_t *remembered = life->remember(guest);
    life->cleanup(guest, remembered);
    json_decref(remembered);
    guest_forget(guest);
}

static RvGuest *guest_started(const char *faults, const char *lifecycle)
{
    RvGuest *guest = guest_new(faults, lifecycle);
    g_autoptr(GError) error = NULL;
    ck_assert_msg(life->start(guest, operation(), &error), "%s", error ? error->message : "");
    ck_assert_msg(life->resume(guest, operation(), &error), "%s", error ? error->message : "");
    return guest;
}

static uint64_t cpu_ns(RvGuest *guest)
{
    g_autoptr(RvGuestStats) stats = rv_guest_stats_new();
    g_autoptr(GError) error = NULL;
    ck_assert(rv_test_driver.stats->refresh(guest, 1000, stats, &error));
    return stats->cpu_ns;
}

static uint64_t cpu_grown(RvGuest *guest, uint64_t from)
{
    gint64 deadline = g_get_monotonic_time() + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;
    uint64_t now;
    while ((now = cpu_ns(guest)) <= from && g_get_monotonic_time() < deadline)
        g_thread_yield();
    ck_assert_uint_gt(now, from);
    return now;
}

START_TEST(uses_cpu_only_while_it_runs)
{
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_new("", "");
    ck_assert(life->start(guest, operation(), &error));
    ck_assert_uint_eq(cpu_ns(guest), 0);
    ck_assert(life->resume(guest, operation(), &error));
    cpu_grown(guest, 0);

    ck_assert(life->suspend(guest, operation(), &error));
    uint64_t paused = cpu_ns(guest);
    ck_assert(life->suspend(guest, operation(), &error));
    ck_assert_uint_eq(cpu_ns(guest), paused);
    ck_assert(life->resume(guest, operation(), &error));
    cpu_grown(guest, paused);
    guest_end(guest);
}
END_TEST

START_TEST(counts_each_disk)
{
    g_autoptr(RvGuestStats) stats = rv_guest_stats_new();
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_started("", "");
    ck_assert(rv_test_driver.stats->refresh(guest, 1000, stats, &error));
    ck_assert(rv_test_driver.stats->refresh(guest, 1000, stats, &error));
    ck_assert_uint_eq(stats->blocks->len, 2);
    const RvBlockStats *disk = &g_array_index(stats->blocks, RvBlockStats, 0);
    ck_assert_str_eq(disk->target, "vda");
    ck_assert_uint_gt(disk->capacity, disk->allocation);
    const RvBlockStats *empty = &g_array_index(stats->blocks, RvBlockStats, 1);
    ck_assert_str_eq(empty->target, "hdc");
    ck_assert_uint_eq(empty->capacity, 0);
    ck_assert_uint_eq(stats->balloon_kib, 65536);
    guest_end(guest);
}
END_TEST

START_TEST(honours_the_power_button)
{
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_started("shutdown-ms='1'", "");
    ck_assert(life->reboot(guest, RV_POWER_DEFAULT, operation(), &error));
    expect_report(REPORT_EVENT, RV_GUEST_REBOOTED, 0);
    ck_assert(life->shutdown(guest, RV_POWER_ACPI, operation(), &error));
    expect_report(REPORT_STATE, RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_UNKNOWN);
    expect_report(REPORT_ENDED, 0, RV_SHUTOFF_SHUTDOWN);
    ck_assert(!life->suspend(guest, operation(), &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_OPERATION_INVALID));
    guest_end(guest);
}
END_TEST

START_TEST(follows_its_definition_when_it_ends)
{
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_started(
        "shutdown-ms='1'", "<on_poweroff>restart</on_poweroff><on_reboot>destroy</on_reboot>");
    ck_assert(life->shutdown(guest, RV_POWER_DEFAULT, operation(), &error));
    expect_report(REPORT_EVENT, RV_GUEST_REBOOTED, 0);
    ck_assert(life->reboot(guest, RV_POWER_DEFAULT, operation(), &error));
    expect_report(REPORT_STATE, RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_UNKNOWN);
    expect_report(REPORT_ENDED, 0, RV_SHUTOFF_SHUTDOWN);
    guest_end(guest);
}
END_TEST

START_TEST(hears_the_power_button_once_it_runs_again)
{
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_started("shutdown-ms='1'", "");
    ck_assert(life->suspend(guest, operation(), &error));
    ck_assert(life->shutdown(guest, RV_POWER_DEFAULT, operation(), &error));
    g_usleep(20 * 1000); /* time in which it must not happen */
    on_loop(NULL, NULL);
    ck_assert_int_eq(g_async_queue_length(reports), 0);
    ck_assert(life->resume(guest, operation(), &error));
    expect_report(REPORT_STATE, RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_UNKNOWN);
    expect_report(REPORT_ENDED, 0, RV_SHUTOFF_SHUTDOWN);
    guest_end(guest);
}
END_TEST

START_TEST(has_a_power_button_only)
{
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_started("", "");
    ck_assert(!life->shutdown(guest, RV_POWER_AGENT, operation(), &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_ARGUMENT_UNSUPPORTED));
    guest_end(guest);
}
END_TEST

/* The console, from the client's end. */
static void type(int fd, const char *text)
{
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Reads up to the end (wanted NULL) or until `wanted` was seen. */
static void read_until(int fd, const char *wanted)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    for (;;) {
        if (wanted && strstr(seen->str, wanted))
            return;
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        ck_assert_msg(poll(&ready, 1, PATIENCE_MS) == 1, "no '%s' in '%s'", wanted, seen->str);
        char text[256];
        ssize_t got = read(fd, text, sizeof(text));
        ck_assert_int_ge(got, 0);
        if (got == 0) {
            ck_assert_msg(!wanted, "end before '%s' in '%s'", wanted, seen->str);
            return;
        }
        g_string_append_len(seen, text, got);
    }
}

static int log_in(RvGuest *guest, const char *alias)
{
    int keep = -1;
    g_autoptr(GError) error = NULL;
    int fd = rv_test_driver.console->open(guest, alias, &keep, &error);
    ck_assert_msg(fd >= 0, "%s", error ? error->message : "");
    read_until(fd, "guest login: ");
    type(fd, "root\r");
    read_until(fd, "guest:~# ");
    return fd;
}

START_TEST(has_a_shell)
{
    RvGuest *guest = guest_started("", "");
    rv_autofd int fd = log_in(guest, NULL);
    type(fd, "echo  to  and\x7f\x7f\x7f" "fro\n");
    read_until(fd, "\r\n to  fro\r\n");
    type(fd, "frobnicate now\r");
    read_until(fd, "sh: frobnicate: not found\r\nguest:~# ");
    type(fd, "\r");
    read_until(fd, "guest:~# ");

    rv_autofd int second = log_in(guest, "serial0");
    type(second, "exit\r");
    read_until(second, "guest login: ");
    rv_fd_close(&second);
    type(fd, "reboot\r");
    expect_report(REPORT_EVENT, RV_GUEST_REBOOTED, 0);
    read_until(fd, "guest login: ");
    guest_end(guest);
    read_until(fd, NULL);
}
END_TEST

START_TEST(ends_from_its_console)
{
    RvGuest *guest = guest_started("", "");
    rv_autofd int fd = log_in(guest, NULL);
    type(fd, "poweroff\r");
    expect_report(REPORT_STATE, RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_UNKNOWN);
    expect_report(REPORT_ENDED, 0, RV_SHUTOFF_SHUTDOWN);
    read_until(fd, NULL);
    guest_end(guest);
}
END_TEST

START_TEST(crashes_from_its_console)
{
    RvGuest *guest = guest_started("", "");
    rv_autofd int fd = log_in(guest, NULL);
    type(fd, "crash\r");
    expect_report(REPORT_STATE, RV_DOMAIN_CRASHED, RV_CRASHED_PANICKED);
    uint64_t crashed = cpu_ns(guest);
    ck_assert_uint_eq(cpu_ns(guest), crashed);
    guest_end(guest);
}
END_TEST

START_TEST(has_no_other_console)
{
    int keep = -1;
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_started("", "");
    ck_assert_int_eq(rv_test_driver.console->open(guest, "serial7", &keep, &error), -1);
    ck_assert_str_eq(error->message, "internal error: cannot find character device serial7");
    guest_end(guest);
}
END_TEST

/* Somebody who types and never reads is not read either. */
START_TEST(does_not_swallow_without_end)
{
    RvGuest *guest = guest_started("", "");
    rv_autofd int fd = log_in(guest, NULL);
    char lines[4096];
    memset(lines, '\r', sizeof(lines));
    size_t taken = 0;
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    while (taken < 64u << 20 && poll(&room, 1, 500) == 1) {
        ssize_t sent = write(fd, lines, sizeof(lines));
        ck_assert_int_gt(sent, 0);
        taken += (size_t)sent;
    }
    ck_assert_uint_lt(taken, 64u << 20);
    guest_end(guest);
}
END_TEST

/* One hanging operation on a worker thread of its own. */
typedef struct {
    const char *name;
    RvGuest *guest;
    RvOperation op;
    GError *error;
} Hanging;

static bool call_by_name(Hanging *h)
{
    static const char *const names[] = {"start",    "suspend", "resume",  "shutdown",
                                        "reboot",   "reset",   "destroy", "adopt"};
    RvAdopted adopted;
    size_t i = 0;
    while (strcmp(names[i], h->name) != 0)
        i++;
    switch (i) {
    case 0:
        return life->start(h->guest, &h->op, &h->error);
    case 1:
        return life->suspend(h->guest, &h->op, &h->error);
    case 2:
        return life->resume(h->guest, &h->op, &h->error);
    case 3:
        return life->shutdown(h->guest, RV_POWER_DEFAULT, &h->op, &h->error);
    case 4:
        return life->reboot(h->guest, RV_POWER_DEFAULT, &h->op, &h->error);
    case 5:
        return life->reset(h->guest, &h->op, &h->error);
    case 6:
        return life->destroy(h->guest, false, &h->op, &h->error);
    default:
        return life->adopt(h->guest, NULL, &h->op, &adopted, &h->error);
    }
}

static void *hang(void *data)
{
    return GINT_TO_POINTER(call_by_name(data));
}

static const char *const hanging[] = {"start",  "suspend", "resume",  "shutdown",
                                      "reboot", "reset",   "destroy", "adopt"};

START_TEST(hangs_until_cancelled)
{
    g_autofree char *faults = g_strdup_printf("hang='%s'", hanging[_i]);
    Hanging h = {.name = hanging[_i], .op = {.cancel = g_cancellable_new()}};
    g_autoptr(GError) error = NULL;
    h.guest = guest_new(faults, "");
    if (strcmp(h.name, "start") != 0 && strcmp(h.name, "adopt") != 0)
        ck_assert(life->start(h.guest, operation(), &error));

    GThread *thread = g_thread_new("job", hang, &h);
    g_usleep(10 * 1000); /* mostly, it hangs by now; it must be cancelled either way */
    g_cancellable_cancel(h.op.cancel);
    ck_assert_msg(!g_thread_join(thread), "%s came back well", h.name);
    ck_assert(g_error_matches(h.error, RV_ERROR, RV_ERR_OPERATION_ABORTED));
    g_clear_error(&h.error);
    g_object_unref(h.op.cancel);
    guest_end(h.guest);
}
END_TEST

START_TEST(fails_as_told)
{
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_new("start-fails='out of luck' delay-ms='5'", "");
    ck_assert(!life->start(guest, operation(), &error));
    ck_assert_str_eq(error->message, "operation failed: out of luck");
    guest_end(guest);

    g_clear_error(&error);
    guest = guest_started("hang='stats'", "");
    g_autoptr(RvGuestStats) stats = rv_guest_stats_new();
    ck_assert(!rv_test_driver.stats->refresh(guest, 10, stats, &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_OPERATION_TIMEOUT));
    guest_end(guest);

    g_clear_error(&error);
    guest = guest_started("stats-fails='no numbers'", "");
    ck_assert(!rv_test_driver.stats->refresh(guest, 10, stats, &error));
    ck_assert_str_eq(error->message, "operation failed: no numbers");
    guest_end(guest);
}
END_TEST

static bool adopt(RvGuest *guest, RvAdopted *ret, GError **error)
{
    json_t *remembered = life->remember(guest);
    bool found = life->adopt(guest, remembered, operation(), ret, error);
    json_decref(remembered);
    return found;
}

START_TEST(outlives_the_daemon)
{
    g_autoptr(GError) error = NULL;
    RvAdopted adopted;
    RvGuest *guest = guest_started("shutdown-ms='30'", "");
    uint64_t before = cpu_grown(guest, 0);
    guest_forget(guest);

    guest = guest_new("shutdown-ms='30'", "");
    ck_assert_msg(adopt(guest, &adopted, &error), "%s", error ? error->message : "");
    ck_assert_int_eq(adopted.state, RV_DOMAIN_RUNNING);
    ck_assert_uint_gt(cpu_ns(guest), before);
    ck_assert(life->suspend(guest, operation(), &error));
    ck_assert(life->shutdown(guest, RV_POWER_DEFAULT, operation(), &error));
    guest_forget(guest);

    guest = guest_new("shutdown-ms='30'", "");
    ck_assert(adopt(guest, &adopted, &error));
    ck_assert_int_eq(adopted.state, RV_DOMAIN_PAUSED);
    ck_assert_int_eq(adopted.reason, RV_PAUSED_USER);
    int keep = -1;
    rv_autofd int fd = rv_test_driver.console->open(guest, NULL, &keep, &error);
    ck_assert_int_ge(fd, 0);
    ck_assert(life->resume(guest, operation(), &error));
    expect_report(REPORT_STATE, RV_DOMAIN_SHUTDOWN, RV_SHUTDOWN_UNKNOWN);
    expect_report(REPORT_ENDED, 0, RV_SHUTOFF_SHUTDOWN);
    guest_end(guest);
}
END_TEST

START_TEST(tells_what_never_ran)
{
    g_autoptr(GError) error = NULL;
    RvAdopted adopted;
    RvGuest *guest = guest_new("", "");
    ck_assert(life->start(guest, operation(), &error));
    guest_forget(guest);
    guest = guest_new("", "");
    ck_assert(adopt(guest, &adopted, &error));
    ck_assert_int_eq(adopted.state, RV_DOMAIN_PAUSED);
    ck_assert_int_eq(adopted.reason, RV_PAUSED_STARTING_UP);
    guest_end(guest);
}
END_TEST

START_TEST(is_gone_when_it_is)
{
    RvAdopted adopted;
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_new("", "");
    ck_assert(!adopt(guest, &adopted, &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_NO_DOMAIN));
    guest_forget(guest);

    g_clear_error(&error);
    guest_forget(guest_started("gone='yes'", ""));
    guest = guest_new("gone='yes'", "");
    ck_assert(!adopt(guest, &adopted, &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_NO_DOMAIN));
    guest_end(guest);
}
END_TEST

START_TEST(is_not_gone_when_it_cannot_be_told)
{
    RvAdopted adopted;
    g_autoptr(GError) error = NULL;
    RvGuest *guest = guest_new("", "");
    json_t *remembered = life->remember(guest);
    const char *path = json_string_value(json_object_get(remembered, "guest"));
    ck_assert(g_file_set_contents(path, "{\"running\": 7", -1, &error));
    ck_assert(!adopt(guest, &adopted, &error));
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_INTERNAL));
    ck_assert_ptr_null(guest->priv);
    life->cleanup(guest, remembered);
    json_decref(remembered);
    guest_forget(guest);
}
END_TEST

static const struct {
    const char *faults;
    const char *fault; /* part of the complaint */
} fault_rows[] = {
    {"hang='adopt stats' delay-ms='0' gone='no' ignores-shutdown='yes'", NULL},
    {"hang='breathing'", "hang='breathing' of the test metadata: expected words"},
    {"delay-ms='-1'", "expected milliseconds"},
    {"shutdown-ms='3600001'", "expected milliseconds"},
    {"gone='perhaps'", "expected yes or no"},
    {"explode='yes'", "no attribute 'explode'"},
};

START_TEST(refuses_unknown_faults)
{
    g_autoptr(RvDomainDef) def = parse(fault_rows[_i].faults, "");
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    bool good = rv_test_driver.definition->check(&host, def, diagnostics);
    g_autofree char *text = rv_diagnostics_to_text(diagnostics);
    ck_assert_msg(good == !fault_rows[_i].fault, "%s: %s", fault_rows[_i].faults, text);
    if (!good)
        ck_assert_msg(strstr(text, fault_rows[_i].fault), "%s", text);
}
END_TEST

START_TEST(completes_once)
{
    g_autoptr(RvDomainDef) def = parse("", "");
    g_autoptr(GError) error = NULL;
    g_autofree char *once = rv_domain_def_format(def, 0);
    ck_assert(rv_test_driver.definition->complete(&host, def, &error));
    g_autofree char *twice = rv_domain_def_format(def, 0);
    ck_assert_str_eq(once, twice);
    ck_assert_ptr_nonnull(strstr(once, "<type arch='i686'>hvm</type>"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("test-driver");
    TCase *tcase = tcase_create("guest");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, uses_cpu_only_while_it_runs);
    tcase_add_test(tcase, counts_each_disk);
    tcase_add_test(tcase, honours_the_power_button);
    tcase_add_test(tcase, follows_its_definition_when_it_ends);
    tcase_add_test(tcase, hears_the_power_button_once_it_runs_again);
    tcase_add_test(tcase, has_a_power_button_only);
    tcase_add_test(tcase, has_a_shell);
    tcase_add_test(tcase, ends_from_its_console);
    tcase_add_test(tcase, crashes_from_its_console);
    tcase_add_test(tcase, has_no_other_console);
    tcase_add_test(tcase, does_not_swallow_without_end);
    tcase_add_loop_test(tcase, hangs_until_cancelled, 0, G_N_ELEMENTS(hanging));
    tcase_add_test(tcase, fails_as_told);
    tcase_add_test(tcase, outlives_the_daemon);
    tcase_add_test(tcase, tells_what_never_ran);
    tcase_add_test(tcase, is_gone_when_it_is);
    tcase_add_test(tcase, is_not_gone_when_it_cannot_be_told);
    tcase_add_loop_test(tcase, refuses_unknown_faults, 0, G_N_ELEMENTS(fault_rows));
    tcase_add_test(tcase, completes_once);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
