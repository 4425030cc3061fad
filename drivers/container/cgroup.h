/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The cgroups of containers, made by the runtime in all hierarchies; v1 (with a unified one beside
 * it or without) and v2 alike. Their names are paths below the hierarchies' mounts. Here they are
 * frozen, read, handed over and removed. Not for the I/O thread, but for files that are read.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct ContainerCgroups ContainerCgroups;

/* Where this host has its hierarchies. */
ContainerCgroups *container_cgroups_new(void);
void container_cgroups_free(ContainerCgroups *cgroups);

/* False: containers cannot be kept here; the error says what is missing. */
G_GNUC_WARN_UNUSED_RESULT bool container_cgroups_check(const ContainerCgroups *cgroups,
                                                       GError **error);
bool container_cgroups_is_v2(const ContainerCgroups *cgroups); /* the controllers are there */

/* Where the unified hierarchy is mounted beside v1's controllers, or NULL. */
const char *container_cgroups_hybrid(const ContainerCgroups *cgroups);

/* The folder of the container's cgroup that has this controller ("memory", "cpuacct", ...; on v2
 * all have the same); NULL: there is none. To be freed. */
char *container_cgroup_folder(const ContainerCgroups *cgroups, const char *name,
                              const char *controller);

/* The first folder of this name that is not there in a hierarchy of controllers; `make`: and cannot
 * be made. To be freed; NULL: all are there. */
char *container_cgroups_lack(const ContainerCgroups *cgroups, const char *name, bool make);

/* Freezes all processes, and waits until they are; or lets them go on. */
G_GNUC_WARN_UNUSED_RESULT bool container_cgroup_freeze(const ContainerCgroups *cgroups,
                                                       const char *name, bool freeze,
                                                       int timeout_ms, GError **error);
bool container_cgroup_is_frozen(const ContainerCgroups *cgroups, const char *name);

/* Lets root of the container make cgroups below its own, as a service manager does. */
void container_cgroup_hand_over(const ContainerCgroups *cgroups, const char *name, uid_t uid,
                                gid_t gid);

/* Whether this process is in it, or below. */
bool container_cgroup_holds(const char *name, pid_t pid);

/* Kills all that is in it and removes it, everywhere. */
G_GNUC_WARN_UNUSED_RESULT bool container_cgroup_destroy(const ContainerCgroups *cgroups,
                                                        const char *name, int timeout_ms,
                                                        GError **error);
