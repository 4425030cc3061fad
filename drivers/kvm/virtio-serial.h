/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-def.h"

/* Gives ports of virtio-serial controllers to the virtio consoles and channels that have none, as
 * libvirt does, and adds controllers where there are too few. Port 0 is for consoles. RV_ERR_XML:
 * two have the same port, or one a port that is not there. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_virtio_serial_assign(RvDomainDef *def, GError **error);
