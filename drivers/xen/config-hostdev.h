/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Devices of the host in libxl's words, and the USB controllers that they are plugged into. */

#include <jansson.h>

#include "model/domain-def.h"

enum { XEN_USB_PORTS = 8 }; /* of a controller that does not say */

/* All of them. */
G_GNUC_WARN_UNUSED_RESULT bool xen_config_set_hostdevs(json_t *config, const RvDomainDef *def,
                                                       GError **error);

/* One, of type pci or usb; a USB device has to have its place on the host. */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_config_hostdev(const RvHostdev *hostdev, GError **error);

/* The version of USB of a controller's model; 0: Xen has none such. */
int xen_config_usb_version(const RvController *controller);
