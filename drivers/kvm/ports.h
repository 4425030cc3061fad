/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* TCP ports for the screens of guests that leave the choice to us. [job] */

#include "drivers/driver.h"

/* Chooses a port for each <graphics autoport='yes'> without one. A port that another program takes
 * at the same moment makes the emulator fail; ours cannot collide. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_ports_take(const RvDriverHost *host, RvDomainDef *def,
                                              GError **error);
/* Marks those that a guest has; forgets them. */
void kvm_ports_keep(const RvDriverHost *host, const RvDomainDef *def);
void kvm_ports_release(const RvDriverHost *host, const RvDomainDef *def);
