/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/events.h"

#include <string.h>

#include "base/log.h"
#include "drivers/kvm/guest.h"

/*
 * Events that commands of ours have caused say nothing new: the core publishes the outcome of a job
 * itself. An emulator sends them before its reply, and the loop sees both in that order, so that a
 * flag around the command tells them apart.
 *
 * A reboot by ACPI is a power-off that the emulator was told to stop at (set-action): then it is
 * reset, and runs again once the reset is done. All that is silent but for the reset.
 */

static void report_state(KvmGuest *kvm, RvDomainState state, int reason)
{
    kvm->host->reports->state(kvm->guest, state, reason);
}

static bool is_own_doing(KvmGuest *kvm)
{
    return g_atomic_int_get(&kvm->commanded) > 0 || g_atomic_int_get(&kvm->rebooting);
}

void kvm_events_boot_again(void *kvm_guest)
{
    KvmGuest *kvm = kvm_guest;
    g_atomic_int_set(&kvm->rebooting, 1);
    qmp_post(kvm->qmp, "system_reset", NULL);
}

static void on_shutdown(KvmGuest *kvm, json_t *data)
{
    const char *reason = json_string_value(json_object_get(data, "reason"));
    bool off = g_strcmp0(reason, "guest-shutdown") == 0;
    if (g_atomic_int_get(&kvm->rebooting) || (off && kvm_guest_restarts(kvm->guest))) {
        kvm_events_boot_again(kvm);
        return;
    }
    kvm->shut_down = true;
    if (g_strcmp0(reason, "guest-panic") == 0)
        kvm->panicked = true;
    else
        report_state(kvm, RV_DOMAIN_SHUTDOWN,
                     json_is_true(json_object_get(data, "guest")) ? RV_SHUTDOWN_BY_GUEST
                                                                  : RV_SHUTDOWN_BY_HOST);
}

static void on_reset(KvmGuest *kvm, json_t *data)
{
    if (g_atomic_int_get(&kvm->rebooting)) {
        if (!kvm_guest_restarts(kvm->guest))
            qmp_post(kvm->qmp, "set-action", json_pack("{s:s}", "shutdown", "poweroff"));
        qmp_post(kvm->qmp, "cont", NULL);
    }
    kvm->host->reports->event(kvm->guest, RV_GUEST_REBOOTED);
}

static void on_stop(KvmGuest *kvm, json_t *data)
{
    int reason = kvm->stop_reason;
    kvm->stop_reason = RV_PAUSED_UNKNOWN;
    if (!is_own_doing(kvm) && !kvm->panicked && !kvm->shut_down)
        report_state(kvm, RV_DOMAIN_PAUSED, reason);
}

static void on_resume(KvmGuest *kvm, json_t *data)
{
    bool own = is_own_doing(kvm);
    g_atomic_int_set(&kvm->rebooting, 0);
    if (!own)
        report_state(kvm, RV_DOMAIN_RUNNING, RV_RUNNING_UNPAUSED);
}

static void on_suspend(KvmGuest *kvm, json_t *data)
{
    report_state(kvm, RV_DOMAIN_PMSUSPENDED, 0);
}

static void on_wakeup(KvmGuest *kvm, json_t *data)
{
    report_state(kvm, RV_DOMAIN_RUNNING, RV_RUNNING_WAKEUP);
}

static void on_watchdog(KvmGuest *kvm, json_t *data)
{
    const char *action = json_string_value(json_object_get(data, "action"));
    if (g_strcmp0(action, "pause") == 0)
        kvm->stop_reason = RV_PAUSED_WATCHDOG;
    kvm->host->reports->event(kvm->guest, RV_GUEST_WATCHDOG);
}

static void on_block_error(KvmGuest *kvm, json_t *data)
{
    const char *action = json_string_value(json_object_get(data, "action"));
    if (g_strcmp0(action, "stop") == 0)
        kvm->stop_reason = RV_PAUSED_IOERROR;
}

static void on_rtc_change(KvmGuest *kvm, json_t *data)
{
    kvm->host->reports->event(kvm->guest, RV_GUEST_RTC_CHANGED);
}

static void on_panic(KvmGuest *kvm, json_t *data)
{
    kvm->panicked = true;
    report_state(kvm, RV_DOMAIN_CRASHED, RV_CRASHED_PANICKED);
}

/* Sorted. Others are no news to the core. */
static const struct {
    const char *name;
    void (*handle)(KvmGuest *kvm, json_t *data);
} handlers[] = {
    {"BLOCK_IO_ERROR", on_block_error},
    {"GUEST_PANICKED", on_panic},
    {"RESET", on_reset},
    {"RESUME", on_resume},
    {"RTC_CHANGE", on_rtc_change},
    {"SHUTDOWN", on_shutdown},
    {"STOP", on_stop},
    {"SUSPEND", on_suspend},
    {"WAKEUP", on_wakeup},
    {"WATCHDOG", on_watchdog},
};

static void handle_event(const char *name, json_t *data, void *user)
{
    KvmGuest *kvm = user;
    if (!kvm->guest)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (strcmp(handlers[i].name, name) == 0)
            handlers[i].handle(kvm, data);
    }
}

/* [loop] */
static void tell_loss(void *data)
{
    KvmGuest *kvm = data;
    g_clear_pointer(&kvm->loss, rv_timer_free);
    rv_log_warning("guest '%s' is not managed any more: its monitor is lost; it may still run, and "
                   "can be destroyed", kvm->guest->def->name);
}

/* An emulator that ends closes its monitor, too, a moment before: that is told by its process. */
static void handle_close(const GError *reason, void *user)
{
    enum { MOMENT_MS = 2000 };
    KvmGuest *kvm = user;
    if (!kvm->guest || kvm->ended || g_atomic_int_get(&kvm->destroying))
        return;
    kvm_output_note(kvm->output, "the monitor is lost: %s", reason->message);
    if (!kvm->loss)
        kvm->loss = rv_timer_new(kvm->host->loop, MOMENT_MS, tell_loss, kvm);
}

const QmpHandler kvm_events = {.event = handle_event, .closed = handle_close};
