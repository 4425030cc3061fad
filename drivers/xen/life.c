/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/life.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "drivers/xen/console.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/host.h"
#include "drivers/xen/prepare.h"
#include "drivers/xen/start.h"
#include "drivers/xen/toolstack.h"

enum { QUICK_MS = 30 * 1000, DESTROY_MS = 120 * 1000, DUMP_MS = 3600 * 1000, ASK_MS = 10 * 1000 };

/* ---- One call each -------------------------------------------------------------------------- */

/* Domain-0 runs the host, and this daemon with it. */
static bool is_allowed(const RvGuest *guest, const char *what, GError **error)
{
    if (!xen_guest_is_first(guest))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "Domain-0 is the host: it cannot be %s", what);
    return false;
}

/* Without a device model to be waited for it is one call of Xen's, which takes less than the start
 * of a process. */
static bool move_at_once(const RvGuest *guest, const char *operation)
{
    if (guest->def->os.type == RV_OS_HVM)
        return false;
    json_t *done = xen_watcher_ask(xen_host(guest->host)->watcher, operation,
                                   xen_guest_arguments(guest), ASK_MS, NULL);
    json_decref(done);
    return done;
}

static bool move(RvGuest *guest, bool pause, RvOperation *op, GError **error)
{
    const char *operation = pause ? "pause" : "unpause";
    xen_guest_move(guest);
    bool ok = move_at_once(guest, operation) ||
              xen_toolstack_do(operation, xen_guest_arguments(guest), QUICK_MS, op->cancel, error);
    xen_guest_moved(guest, ok == pause);
    return ok;
}

static bool suspend(RvGuest *guest, RvOperation *op, GError **error)
{
    return is_allowed(guest, "paused", error) && move(guest, true, op, error);
}

static bool resume(RvGuest *guest, RvOperation *op, GError **error)
{
    return move(guest, false, op, error);
}

/* libxl waits until a guest has heard it, for half a minute and more. */
static bool can_hear(RvGuest *guest, GError **error)
{
    if (!xen_guest_is_paused(guest))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "the guest is paused, and hears nothing");
    rv_error_remedy(error, "resume it first, or destroy it");
    return false;
}

static bool shut_down(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    bool any = how == RV_POWER_DEFAULT;
    if (!is_allowed(guest, "shut down", error))
        return false;
    if (!any && !(how & (RV_POWER_PARAVIRT | RV_POWER_ACPI))) {
        rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED,
                     "a Xen guest can be asked by Xen's own means (paravirt) or by ACPI only");
        return false;
    }
    if ((any || how & RV_POWER_PARAVIRT) && !can_hear(guest, error))
        return false;
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "paravirt", json_boolean(any || how & RV_POWER_PARAVIRT));
    json_object_set_new(arguments, "acpi", json_boolean(any || how & RV_POWER_ACPI));
    return xen_toolstack_do("shutdown", arguments, QUICK_MS, op->cancel, error);
}

static bool reboot(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    if (!is_allowed(guest, "rebooted", error))
        return false;
    if (how != RV_POWER_DEFAULT && !(how & RV_POWER_PARAVIRT)) {
        rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED,
                     "a Xen guest can be asked to reboot by Xen's own means (paravirt) only");
        rv_error_remedy(error, "reset it, where it does not listen to them");
        return false;
    }
    if (!can_hear(guest, error))
        return false;
    return xen_toolstack_do("reboot", xen_guest_arguments(guest), QUICK_MS, op->cancel, error);
}

static bool reset(RvGuest *guest, RvOperation *op, GError **error)
{
    if (!is_allowed(guest, "reset", error))
        return false;
    if (guest->def->os.type == RV_OS_LINUX) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED, "a PV guest cannot be reset");
        rv_error_remedy(error, "destroy it and start it");
        return false;
    }
    return xen_toolstack_do("reset", xen_guest_arguments(guest), QUICK_MS, op->cancel, error);
}

static bool inject_nmi(RvGuest *guest, RvOperation *op, GError **error)
{
    if (guest->def->os.type != RV_OS_HVM) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "a guest that is not HVM has no button for an interrupt");
        return false;
    }
    return xen_toolstack_do("nmi", xen_guest_arguments(guest), QUICK_MS, op->cancel, error);
}

static bool dump(RvGuest *guest, const char *path, RvOperation *op, GError **error)
{
    if (!is_allowed(guest, "dumped", error))
        return false;
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "path", json_string(path));
    if (xen_toolstack_do("dump", arguments, DUMP_MS, op->cancel, error))
        return true;
    unlink(path);
    return false;
}

/* One that is gone already has ended as well. */
static bool end(RvGuest *guest, GCancellable *cancel, GError **error)
{
    xen_guest_end(guest);
    json_t *gone =
        xen_toolstack_run("destroy", xen_guest_arguments(guest), DESTROY_MS, cancel, error);
    xen_guest_learn_model(guest, gone);
    json_decref(gone);
    if (!gone) {
        xen_guest_live_on(guest);
        return false;
    }
    xen_guest_reap_model(guest);
    xen_prepare_undo(guest);
    if (guest->priv)
        xen_guest(guest)->removed = true;
    return true;
}

static bool destroy(RvGuest *guest, bool graceful, RvOperation *op, GError **error)
{
    if (!is_allowed(guest, "destroyed", error))
        return false;
    return end(guest, op->cancel, error);
}

/* ---- Remembering ---------------------------------------------------------------------------- */

static json_t *remember(const RvGuest *guest)
{
    return json_pack("{s:b}", "foreign", guest->priv && xen_guest(guest)->foreign);
}

/* It was shut down, or crashed, while nobody watched. */
static void catch_up(RvGuest *guest, const json_t *info)
{
    static const char *const reasons[] = {"poweroff", "reboot", "suspend", "crash", "watchdog",
                                          "soft_reset"};
    json_int_t reason = json_integer_value(json_object_get(info, "reason"));
    if (json_is_true(json_object_get(info, "shutdown")) && reason >= 0 &&
        reason < (json_int_t)G_N_ELEMENTS(reasons))
        xen_guest_report_stop(guest, reasons[reason]);
}

/* The UUID is the hypervisor's own; a domain that was made anew meanwhile has another id. */
static bool adopt(RvGuest *guest, json_t *remembered, RvOperation *op, RvAdopted *ret,
                  GError **error)
{
    if (!xen_host_check(guest->host, error))
        return false;
    json_t *info = xen_watcher_ask(xen_host(guest->host)->watcher, "info",
                                   xen_guest_arguments(guest), ASK_MS, error);
    if (!info)
        return false;
    int domid = (int)json_integer_value(json_object_get(info, "domid"));
    bool same = domid == guest->id || guest->def->id < 0;
    if (!same)
        rv_error_set(error, RV_ERR_NO_DOMAIN, "domain %d of '%s' is gone, and %d is another one",
                     guest->id, guest->def->name, domid);
    if (same) {
        bool paused = json_is_true(json_object_get(info, "paused"));
        xen_guest_begin(guest, domid, json_is_true(json_object_get(remembered, "foreign")));
        guest->id = guest->def->id = domid;
        xen_start_name_interfaces(guest);
        if (!xen_guest_is_first(guest))
            xen_console_learn(guest);
        *ret = paused ? (RvAdopted){RV_DOMAIN_PAUSED, RV_PAUSED_UNKNOWN}
                      : (RvAdopted){RV_DOMAIN_RUNNING, RV_RUNNING_BOOTED};
        catch_up(guest, info);
        xen_guest_see_paused(guest, paused);
    }
    json_decref(info);
    return same;
}

/* ---- The end -------------------------------------------------------------------------------- */

static void cleanup(RvGuest *guest, json_t *remembered)
{
    g_autoptr(GError) error = NULL;
    bool foreign = json_is_true(json_object_get(remembered, "foreign"));
    bool removed = guest->priv && xen_guest(guest)->removed;
    xen_guest_end(guest);
    if (!foreign && !removed && !end(guest, NULL, &error))
        rv_log_error("domain '%s' may have left something behind: %s", guest->def->name,
                     error->message);
    xen_guest_forget(guest);
}

static void free_guest(RvGuest *guest)
{
    XenHost *xen = xen_host(guest->host);
    xen_guest_forget(guest);
    XenGuest *own = g_steal_pointer(&guest->priv);
    if (own)
        rv_fd_close(&own->model);
    g_free(own);
    if (xen->watcher) /* it may have been made anew by whoever made it */
        xen_watcher_look(xen->watcher, 0);
}

const RvLifeOps xen_life_ops = {
    .start = xen_start,
    .remember = remember,
    .adopt = adopt,
    .suspend = suspend,
    .resume = resume,
    .shutdown = shut_down,
    .reboot = reboot,
    .reset = reset,
    .inject_nmi = inject_nmi,
    .dump = dump,
    .destroy = destroy,
    .cleanup = cleanup,
    .free = free_guest,
};
