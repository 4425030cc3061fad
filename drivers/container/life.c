/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/life.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/error.h"
#include "drivers/container/adopt.h"
#include "drivers/container/exit.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"
#include "drivers/container/runtime.h"
#include "drivers/container/shutdown.h"
#include "drivers/container/start.h"

/* How long processes may take to go, or to stand still. */
enum { KILLED_MS = 10000, FROZEN_MS = 5000, ASKED_MS = 15000, LOOK_MS = 100 };

static bool freeze(RvGuest *guest, bool frozen, GError **error)
{
    return container_cgroup_freeze(container_host(guest->host)->cgroups,
                                   container_guest(guest)->cgroup, frozen, FROZEN_MS, error);
}

static bool suspend(RvGuest *guest, RvOperation *op, GError **error)
{
    return freeze(guest, true, error);
}

/* One that has not begun waits for the runtime, not in the freezer. */
static bool resume(RvGuest *guest, RvOperation *op, GError **error)
{
    ContainerGuest *container = container_guest(guest);
    if (g_atomic_int_get(&container->begun))
        return freeze(guest, false, error);
    RvSpawn *spawn = container_runtime_command(guest, "start", error);
    if (!spawn || !container_runtime_run(guest, spawn, op->cancel, error)) {
        g_prefix_error(error, "cannot start the container '%s': ", guest->def->name);
        return false;
    }
    g_atomic_int_set(&container->begun, 1);
    return true;
}

static bool send_signal(RvGuest *guest, int64_t pid, int signum, RvOperation *op, GError **error)
{
    if (pid == 1)
        return rv_process_signal(container_guest(guest)->pidfd, signum, error);
    rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED, "Only the init process may be killed");
    rv_error_remedy(error, "name process 1; it can pass the signal on");
    return false;
}

/* There is no hardware to reset. */
static bool reset(RvGuest *guest, RvOperation *op, GError **error)
{
    rv_error_set(error, RV_ERR_NO_SUPPORT, "a container has no reset button");
    rv_error_remedy(error, "destroy it and start it again");
    return false;
}

/* ---- The end -------------------------------------------------------------------------------- */

static bool await_end(const ContainerGuest *container, int timeout_ms, RvOperation *op)
{
    for (int waited = 0; waited < timeout_ms; waited += LOOK_MS) {
        if (rv_process_wait(container->pidfd, LOOK_MS, NULL))
            return true;
        if (g_cancellable_is_cancelled(op->cancel))
            return false;
    }
    return false;
}

/* With its first process all others of its process namespace end. A frozen one dies when it thaws. */
static bool end(RvGuest *guest, bool graceful, RvOperation *op, GError **error)
{
    ContainerGuest *container = container_guest(guest);
    const ContainerCgroups *cgroups = container_host(guest->host)->cgroups;
    const RvRun *run = guest->def->run;
    int patience_ms = run && run->stop && run->stop->timeout ? (int)run->stop->timeout * 1000
                                                             : ASKED_MS;
    if (graceful ? !container_shut_down(guest, RV_POWER_DEFAULT, op, error)
                 : !rv_process_signal(container->pidfd, SIGKILL, error))
        return false;
    if (!graceful && container_cgroup_is_frozen(cgroups, container->cgroup) &&
        !freeze(guest, false, error))
        return false;
    if (await_end(container, graceful ? patience_ms : KILLED_MS, op))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "the container's first process (%d) has not ended",
                 (int)container->process.pid);
    rv_error_remedy(error, graceful ? "destroy it without --graceful"
                                    : "a process of it waits for a device: see what its storage "
                                      "does");
    return false;
}

static bool destroy(RvGuest *guest, bool graceful, RvOperation *op, GError **error)
{
    ContainerGuest *container = container_guest(guest);
    if (!container || container->pidfd < 0)
        return true; /* it never ran, or was not adopted: cleanup() does it */
    g_atomic_int_set(&container->destroying, 1);
    if (end(guest, graceful, op, error))
        return true;
    g_atomic_int_set(&container->destroying, 0);
    return false;
}

static void free_guest(RvGuest *guest)
{
    ContainerGuest *container = container_guest(guest);
    if (!container)
        return;
    guest->priv = NULL;
    container_guest_detach(container);
    container_guest_unref(container);
}

const RvLifeOps container_life_ops = {
    .start = container_start,
    .remember = container_guest_remember,
    .adopt = container_adopt,
    .suspend = suspend,
    .resume = resume,
    .shutdown = container_shut_down,
    .reboot = container_reboot,
    .reset = reset,
    .send_signal = send_signal,
    .destroy = destroy,
    .cleanup = container_cleanup,
    .free = free_guest,
};
