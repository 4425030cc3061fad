/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The users of a container: a private range of 65,536 ids of the host, for each its own, or those
 * that its definition names. */

#include "drivers/driver.h"

enum { CONTAINER_IDS = 65536 };

/* Which ids are which on the host: RvIdRange, from `start` 0 on. */
typedef struct {
    GPtrArray *uids, *gids;
} ContainerIds;
void container_ids_clear(ContainerIds *ids);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ContainerIds, container_ids_clear)

/* [job] Claims a range; its first id. */
G_GNUC_WARN_UNUSED_RESULT bool container_ids_take(const RvGuest *guest, unsigned *ret_range,
                                                  GError **error);
void container_ids_release(const RvGuest *guest);

/* What the definition says, or else the private range. */
void container_ids_of(const RvDomainDef *def, unsigned range, ContainerIds *ret);

/* The host's id of one of the container's; of 0 for its root. False: it is not mapped. */
bool container_ids_map(const GPtrArray *ranges, unsigned id, unsigned *ret);

/* This thread alone: what it makes belongs to the container's root; all rights are kept. Even when
 * that fails, the second one is needed before the thread does anything else. */
G_GNUC_WARN_UNUSED_RESULT bool container_ids_act_as_root(const ContainerIds *ids, GError **error);
void container_ids_act_as_ourselves(void);
