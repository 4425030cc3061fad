/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <secret> of a container's <run>: copies of files of the host, in the container's folder in
 * memory, which its first program's user alone can read. They stand in /run/secrets. */

#include <jansson.h>

#include "drivers/container/ids.h"
#include "drivers/driver.h"

/* [job] Copies them for user `uid` and group `gid` of the container, and adds their mount. */
G_GNUC_WARN_UNUSED_RESULT bool container_secrets_prepare(const RvGuest *guest, const char *folder,
                                                         const ContainerIds *ids, unsigned uid,
                                                         unsigned gid, json_t *mounts,
                                                         GError **error);
