/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/host.h"

#include <errno.h>
#include <fcntl.h>

#include "base/error.h"
#include "drivers/container/namespace.h"

void container_host_note(const RvDriverHost *host, const char *name, const RvProcessId *process)
{
    ContainerHost *container = container_host(host);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&container->lock);
    if (process)
        g_hash_table_replace(container->running, g_strdup(name),
                             g_memdup2(process, sizeof(*process)));
    else
        g_hash_table_remove(container->running, name);
}

bool container_host_find(const RvDriverHost *host, const char *name, RvProcessId *ret_process)
{
    ContainerHost *container = container_host(host);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&container->lock);
    const RvProcessId *process = g_hash_table_lookup(container->running, name);
    if (process)
        *ret_process = *process;
    return process;
}

int container_host_mounts(const RvDriverHost *host, GError **error)
{
    ContainerHost *container = container_host(host);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&container->lock);
    if (container->mounts < 0)
        container->mounts =
            container_namespace_new(container_cgroups_hybrid(container->cgroups), error);
    int copy = container->mounts < 0 ? -1 : fcntl(container->mounts, F_DUPFD_CLOEXEC, 3);
    if (copy < 0 && container->mounts >= 0)
        rv_error_set_errno(error, errno, "cannot use the runtime's mount namespace");
    return copy;
}

char *container_host_runtime(const RvDriverHost *host, GError **error)
{
    const char *name = host->setting("container_runtime");
    char *path = g_find_program_in_path(name);
    if (!path) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no OCI runtime '%s'", name);
        rv_error_remedy(error, "install crun, or set container_runtime in reeved.conf");
    }
    return path;
}
