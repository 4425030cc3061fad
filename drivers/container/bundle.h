/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bundle of a container: the folder with config.json, as the OCI runtime specification has it. */

#include <jansson.h>

#include "drivers/container/ids.h"
#include "drivers/container/share.h"
#include "drivers/driver.h"

/* What is known of a container that is about to be made. */
typedef struct {
    const RvGuest *guest;
    const char *folder, *cgroup;
    const ContainerIds *ids;
    const ContainerShares *shares;
    const char *root; /* where its root is in the runtime's mount namespace */
    json_t *mounts;   /* OCI mounts for its other file systems, borrowed */
    json_t *devices;  /* rules for those of its own, borrowed */
    unsigned uid, gid; /* of its first program, in the container */
} ContainerBundle;

/* [job] Writes config.json. */
G_GNUC_WARN_UNUSED_RESULT bool container_bundle_write(const ContainerBundle *bundle,
                                                      GError **error);

bool container_bundle_is_read_only(const RvDomainDef *def); /* its root */

/* OCI's process.env of its first program. To be freed. */
json_t *container_bundle_environment(const RvGuest *guest);
/* Sets one of them, in the place of another of that name. */
void container_bundle_set_variable(json_t *env, const char *name, const char *value);
