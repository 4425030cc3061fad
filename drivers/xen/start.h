/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* RvLifeOps.start */
G_GNUC_WARN_UNUSED_RESULT bool xen_start(RvGuest *guest, RvOperation *op, GError **error);
/* RvSaveOps.restore; `fd` -1: it boots. */
G_GNUC_WARN_UNUSED_RESULT bool xen_start_from(RvGuest *guest, int fd, RvOperation *op,
                                              GError **error);

/* [job] What a device needs of the host is there; libxl's own words for it are of little help. */
G_GNUC_WARN_UNUSED_RESULT bool xen_start_check_disk(const RvDisk *disk, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool xen_start_check_interface(const RvInterface *interface,
                                                         GError **error);
/* The host's end of an interface is told in the live definition; Xen's name for it, where the
 * definition has none. */
void xen_start_name_interface(const RvGuest *guest, RvInterface *interface, unsigned number);
void xen_start_name_interfaces(RvGuest *guest);
/* The back end that libxl has chosen belongs to the live definition; `config` is libxl's of it. */
void xen_start_learn_backend(RvDisk *disk, const json_t *config);
