/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One container and all that belongs to it: guest->priv. Its folder, RUN/drivers/container/UUID, is
 * its bundle. All that it has on the host is named after its UUID (or claimed by it), so that
 * cleaning up needs nothing else.
 */

#include <glib.h>
#include <jansson.h>

#include "base/process.h"
#include "drivers/driver.h"

typedef struct {
    int refs;
    RvGuest *guest; /* NULL after free(); the loop's, and that of jobs of this guest */
    const RvDriverHost *host;
    char *folder;
    char *cgroup; /* name */

    /* Fixed once it has been made or found. */
    RvProcessId process; /* its first */
    int pidfd;
    unsigned range; /* first of its private ids on the host; 0: it has none */

    /* Any thread, atomic. */
    int begun;      /* its first program runs; else it waits to be let go */
    int destroying;
    int asked;     /* to end */
    int unhealthy; /* and killed for it */

    RvWatch *watch;                 /* the loop's, of pidfd */
    struct ContainerHealth *health; /* the poller's; NULL: not yet */
} ContainerGuest;

ContainerGuest *container_guest_new(RvGuest *guest);
ContainerGuest *container_guest_ref(ContainerGuest *container);
void container_guest_unref(ContainerGuest *container);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContainerGuest, container_guest_unref)

static inline ContainerGuest *container_guest(const RvGuest *guest)
{
    return guest->priv;
}

char *container_guest_folder(const RvGuest *guest);
char *container_guest_id(const RvGuest *guest); /* the runtime's name for it */

/* Its cgroup's name: where its partition is, the UUID, and which daemon's it is. To be freed. */
char *container_guest_cgroup(const RvGuest *guest);

/* Whether its first process has not ended: what /proc said of its pid was about it, then. */
G_GNUC_WARN_UNUSED_RESULT bool container_guest_is_alive(const ContainerGuest *container,
                                                        GError **error);

/* { "pid", "started", "range" }; less before it has been made. */
json_t *container_guest_remember(const RvGuest *guest);
void container_guest_recall(json_t *remembered, RvProcessId *ret_process, unsigned *ret_range);

/* [job] Has the loop watch its first process. */
void container_guest_watch(ContainerGuest *container);

/* [loop] Stops that, for good. */
void container_guest_detach(ContainerGuest *container);
