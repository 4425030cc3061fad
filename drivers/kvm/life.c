/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/life.h"

#include <signal.h>

#include "base/error.h"
#include "drivers/kvm/adopt.h"
#include "drivers/kvm/guest.h"
#include "drivers/kvm/start.h"

/* How long a process may take to go, killed or asked. */
enum { KILLED_MS = 10000, ASKED_MS = 15000, LOOK_MS = 100 };

/* A command that stops or resumes the guest: its own events are no news. */
static bool command(RvGuest *guest, const char *name, RvOperation *op, GError **error)
{
    KvmGuest *kvm = kvm_guest(guest);
    g_atomic_int_inc(&kvm->commanded);
    bool done = kvm_guest_command(guest, name, NULL, op, error);
    g_atomic_int_add(&kvm->commanded, -1);
    return done;
}

static bool suspend(RvGuest *guest, RvOperation *op, GError **error)
{
    return command(guest, "stop", op, error);
}

static bool resume(RvGuest *guest, RvOperation *op, GError **error)
{
    return command(guest, "cont", op, error);
}

static bool reset(RvGuest *guest, RvOperation *op, GError **error)
{
    return kvm_guest_command(guest, "system_reset", NULL, op, error);
}

static bool inject_nmi(RvGuest *guest, RvOperation *op, GError **error)
{
    return kvm_guest_command(guest, "inject-nmi", NULL, op, error);
}

static bool send_keys(RvGuest *guest, const unsigned *scans, size_t n, unsigned hold_ms,
                      RvOperation *op, GError **error)
{
    json_t *keys = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(keys,
                              json_pack("{s:s, s:i}", "type", "number", "data", (int)scans[i]));
    json_t *arguments = json_pack("{s:o}", "keys", keys);
    if (hold_ms > 0)
        json_object_set_new(arguments, "hold-time", json_integer(hold_ms));
    return kvm_guest_command(guest, "send-key", arguments, op, error);
}

/* ---- The power button --------------------------------------------------------------------- */

static bool check_method(RvPowerMethod how, GError **error)
{
    if (how == RV_POWER_DEFAULT || (how & RV_POWER_ACPI))
        return true;
    rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED,
                 "guests of the kvm driver are asked by ACPI only");
    rv_error_remedy(error, "leave the mode out, or use --mode acpi");
    return false;
}

/* What the emulator does once the guest has powered off. */
static bool press(RvGuest *guest, const char *action, RvOperation *op, GError **error)
{
    return kvm_guest_command(guest, "set-action", json_pack("{s:s}", "shutdown", action), op,
                             error) &&
           kvm_guest_command(guest, "system_powerdown", NULL, op, error);
}

static bool power_down(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    KvmGuest *kvm = kvm_guest(guest);
    if (!check_method(how, error))
        return false;
    bool was_rebooting = g_atomic_int_get(&kvm->rebooting);
    g_atomic_int_set(&kvm->rebooting, 0);
    if (was_rebooting && !kvm_guest_restarts(guest))
        return press(guest, "poweroff", op, error);
    return kvm_guest_command(guest, "system_powerdown", NULL, op, error);
}

static bool reboot(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    KvmGuest *kvm = kvm_guest(guest);
    if (guest->def->on_reboot == RV_LIFECYCLE_DESTROY)
        return power_down(guest, how, op, error);
    if (!check_method(how, error))
        return false;
    g_atomic_int_set(&kvm->rebooting, 1);
    if (press(guest, "pause", op, error))
        return true;
    g_atomic_int_set(&kvm->rebooting, 0);
    return false;
}

/* ---- The end ------------------------------------------------------------------------------ */

static bool await_end(const KvmGuest *kvm, int timeout_ms, RvOperation *op)
{
    for (int waited = 0; waited < timeout_ms; waited += LOOK_MS) {
        if (rv_process_wait(kvm->pidfd, LOOK_MS, NULL))
            return true;
        if (g_cancellable_is_cancelled(op->cancel))
            return false;
    }
    return false;
}

static bool end(KvmGuest *kvm, bool graceful, RvOperation *op, GError **error)
{
    if (!rv_process_signal(kvm->pidfd, graceful ? SIGTERM : SIGKILL, error))
        return false;
    if (await_end(kvm, graceful ? ASKED_MS : KILLED_MS, op))
        return true;
    if (graceful) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "the emulator (process %d) has not ended within %d s", (int)kvm->process.pid,
                     ASKED_MS / 1000);
        rv_error_remedy(error, "destroy it without --graceful");
    } else {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "the emulator (process %d) was killed, but the kernel cannot end it: it waits "
                     "for a device", (int)kvm->process.pid);
        rv_error_remedy(error, "see what its storage does; the guest goes as soon as that answers");
    }
    return false;
}

static bool destroy(RvGuest *guest, bool graceful, RvOperation *op, GError **error)
{
    KvmGuest *kvm = kvm_guest(guest);
    if (!kvm || kvm->pidfd < 0)
        return true; /* it never ran, or was not adopted: cleanup() does it */
    g_atomic_int_set(&kvm->destroying, 1);
    if (end(kvm, graceful, op, error))
        return true;
    g_atomic_int_set(&kvm->destroying, 0);
    return false;
}

static void free_guest(RvGuest *guest)
{
    KvmGuest *kvm = kvm_guest(guest);
    if (!kvm)
        return;
    guest->priv = NULL;
    kvm_guest_detach(kvm);
    kvm_guest_unref(kvm);
}

const RvLifeOps kvm_life_ops = {
    .start = kvm_start,
    .remember = kvm_guest_remember,
    .adopt = kvm_adopt,
    .suspend = suspend,
    .resume = resume,
    .shutdown = power_down,
    .reboot = reboot,
    .reset = reset,
    .inject_nmi = inject_nmi,
    .send_keys = send_keys,
    .destroy = destroy,
    .cleanup = kvm_cleanup,
    .free = free_guest,
};
