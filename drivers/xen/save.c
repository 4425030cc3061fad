/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/save.h"

#include "base/error.h"
#include "base/log.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/host.h"
#include "drivers/xen/start.h"
#include "drivers/xen/toolstack.h"

/* All of a guest's memory is written: a job that takes too long can be cancelled. */
enum { SAVE_MS = 4 * 3600 * 1000 };

/* A guest takes part in its own suspension, so that it has to run. */
static bool can_suspend(RvGuest *guest, GError **error)
{
    XenHost *xen = xen_host(guest->host);
    g_mutex_lock(&xen->lock);
    bool paused = xen_guest(guest)->paused;
    g_mutex_unlock(&xen->lock);
    if (xen_guest_is_first(guest))
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "Domain-0 is the host: it cannot be saved");
    else if (paused)
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "domain '%s' is paused, and a Xen guest has to run to be saved",
                     guest->def->name);
    else
        return true;
    if (paused)
        rv_error_remedy(error, "resume it first; --paused has it wait after it was restored");
    return false;
}

static bool save(RvGuest *guest, int fd, RvOperation *op, GError **error)
{
    if (!can_suspend(guest, error))
        return false;
    xen_guest_begin_save(guest);
    json_t *saved = xen_toolstack_run_on(fd, "save", xen_guest_arguments(guest), SAVE_MS,
                                         op->cancel, error);
    g_autoptr(GError) fault = NULL;
    bool ok = saved;
    json_decref(saved);
    if (!ok && !xen_guest_go_on(guest, &fault))
        rv_log_error("domain '%s' does not go on after a save that failed: %s", guest->def->name,
                     fault->message);
    return ok;
}

static bool go_on(RvGuest *guest, RvOperation *op, GError **error)
{
    return xen_guest_go_on(guest, error);
}

const RvSaveOps xen_save_ops = {
    .save = save,
    .go_on = go_on,
    .restore = xen_start_from,
};
