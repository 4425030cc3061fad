/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A device that comes to a domain or goes from it: a part of some definition. */

#include "model/disk.h"
#include "model/domain-def.h"
#include "model/hostdev.h"
#include "model/interface.h"

/* One of these; borrowed from the definition. */
typedef struct {
    RvDisk *disk;           /* told from others by its target */
    RvInterface *interface; /* by its MAC */
    RvHostdev *hostdev;     /* by which device of the host it is */
} RvAttachment;

/* Parses the document of one device, for a domain of type `virt`. Returns a definition that holds
 * nothing else, and the device in it. */
G_GNUC_WARN_UNUSED_RESULT RvDomainDef *rv_attachment_parse(const char *xml, RvVirtType virt,
                                                           RvAttachment *ret, GError **error);

/* The domain's own device that `like` names. RV_ERR_DEVICE_MISSING: it has none. */
G_GNUC_WARN_UNUSED_RESULT bool rv_attachment_find(const RvDomainDef *def, const RvAttachment *like,
                                                  RvAttachment *ret, GError **error);

/* Add a copy; refused where there is one already. Put a copy in the place of the one that is there.
 * Remove the one that is there. */
G_GNUC_WARN_UNUSED_RESULT bool rv_attachment_add(RvDomainDef *def, const RvAttachment *device,
                                                 GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_attachment_replace(RvDomainDef *def, const RvAttachment *device,
                                                     GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_attachment_remove(RvDomainDef *def, const RvAttachment *like,
                                                    GError **error);
