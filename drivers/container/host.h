/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the driver keeps for as long as the daemon lives. */

#include "base/process.h"
#include "drivers/container/cgroup.h"
#include "drivers/driver.h"

#if defined(__x86_64__)
# define CONTAINER_NATIVE_ARCH "x86_64"
#elif defined(__aarch64__)
# define CONTAINER_NATIVE_ARCH "aarch64"
#else
# error "what is this architecture called?"
#endif

typedef struct {
    ContainerCgroups *cgroups;
    struct RvImageStore *images;
    int last_range; /* atomic: where the search for free ids begins */
    GMutex lock;    /* of what follows */
    GHashTable *running; /* name to RvProcessId of the first process */
    int mounts;     /* the mount namespace that runtimes run in; -1: not made yet */
} ContainerHost;

static inline ContainerHost *container_host(const RvDriverHost *host)
{
    return host->priv;
}

/* The path of the runtime, by the setting or by name; to be freed. */
G_GNUC_WARN_UNUSED_RESULT char *container_host_runtime(const RvDriverHost *host, GError **error);

/* A copy of the mount namespace that runtimes run in, made when first asked for; -1: an error. */
G_GNUC_WARN_UNUSED_RESULT int container_host_mounts(const RvDriverHost *host, GError **error);

/* Any thread. A container's first process, by the container's name; `process` NULL: it has gone. */
void container_host_note(const RvDriverHost *host, const char *name, const RvProcessId *process);
G_GNUC_WARN_UNUSED_RESULT bool container_host_find(const RvDriverHost *host, const char *name,
                                                   RvProcessId *ret_process);
