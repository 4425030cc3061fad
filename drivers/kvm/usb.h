/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-def.h"

/* Gives ports to USB devices that have none, and adds hubs where controllers have too few, as
 * libvirt does: the first free port of the first bus, then those of its hubs. RV_ERR_XML: two
 * devices are in one port, or one in a port that is not there. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_usb_assign(RvDomainDef *def, GError **error);
