/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/adopt.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "drivers/container/console.h"
#include "drivers/container/exec.h"
#include "drivers/container/exit.h"
#include "drivers/container/export.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"
#include "drivers/container/ids.h"
#include "drivers/container/loan.h"
#include "drivers/container/network.h"
#include "drivers/container/runtime.h"

enum { KILLED_MS = 10000 };

static bool find_process(ContainerGuest *container, GError **error)
{
    const RvGuest *guest = container->guest;
    g_autoptr(GError) fault = NULL;
    container->pidfd =
        container->process.pid ? rv_process_open(&container->process, &fault) : -1;
    bool gone = container->pidfd < 0 &&
                (!fault || g_error_matches(fault, RV_ERROR, RV_ERR_OPERATION_INVALID));
    if (container->pidfd >= 0 && !rv_process_wait(container->pidfd, 0, NULL))
        return true;
    if (gone || container->pidfd >= 0)
        rv_error_set(error, RV_ERR_NO_DOMAIN, "the container '%s' has ended", guest->def->name);
    else
        g_propagate_error(error, g_steal_pointer(&fault));
    return false;
}

bool container_adopt(RvGuest *guest, json_t *remembered, RvOperation *op, RvAdopted *ret,
                     GError **error)
{
    ContainerGuest *container = container_guest_new(guest);
    container_guest_recall(remembered, &container->process, &container->range);
    if (!find_process(container, error)) {
        container_guest_unref(container);
        return false;
    }
    container->begun = !container_runtime_is_waiting(guest);
    *ret = (RvAdopted){RV_DOMAIN_RUNNING, RV_RUNNING_UNKNOWN};
    if (!container->begun)
        *ret = (RvAdopted){RV_DOMAIN_PAUSED, RV_PAUSED_STARTING_UP};
    else if (container_cgroup_is_frozen(container_host(guest->host)->cgroups, container->cgroup))
        *ret = (RvAdopted){RV_DOMAIN_PAUSED, RV_PAUSED_USER};
    guest->priv = container;
    container_exec_forget(container);
    container_guest_watch(container);
    return true;
}

/* What still runs keeps its ids: nobody else may get them. */
void container_cleanup(RvGuest *guest, json_t *remembered)
{
    g_autofree char *folder = container_guest_folder(guest);
    g_autofree char *state = container_runtime_state(guest);
    g_autofree char *cgroup = container_guest_cgroup(guest);
    g_autoptr(GError) error = NULL;
    if (!container_cgroup_destroy(container_host(guest->host)->cgroups, cgroup, KILLED_MS,
                                  &error) ||
        !container_export_end(guest, &error)) {
        rv_log_error("container '%s': %s", guest->def->name, error->message);
        return;
    }
    if (!container_exit_is_told())
        container_exit_reap(cgroup);
    container_network_unplug(guest);
    container_loan_end(guest);
    container_console_drop(guest);
    container_ids_release(guest);
    if (!rv_dir_remove(state, &error) || !rv_dir_remove(folder, &error))
        rv_log_error("container '%s': %s", guest->def->name, error->message);
}
