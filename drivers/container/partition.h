/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <resource><partition>: a cgroup of the administrator's, which holds containers together. */

#include <glib.h>
#include <stdbool.h>

#include "drivers/container/cgroup.h"

/* The cgroup's path below a hierarchy's mount, by libvirt's rule (its docs/cgroups.rst):
 * "/machine/web" is machine/web.partition or, with systemd's slices,
 * machine.slice/machine-web.slice. */
char *container_partition_path(const char *partition, bool slices);

/* Whether systemd rules this host's cgroups. */
bool container_partition_has_slices(void);

/* [job] Whether its cgroups are there. "/machine", libvirt's own default, is made. NULL is none. */
G_GNUC_WARN_UNUSED_RESULT bool container_partition_check(const ContainerCgroups *cgroups,
                                                         const char *partition, GError **error);
