/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Namespaces that a container shares: <lxc:namespace>. */

#include "drivers/driver.h"

typedef struct {
    int net, ipc, uts; /* -1: of its own */
} ContainerShares;

/* [job] Opens those that the definition asks for; RV_ERR_OPERATION_FAILED where one is not there. */
G_GNUC_WARN_UNUSED_RESULT bool container_shares_open(const RvGuest *guest, ContainerShares *ret,
                                                     GError **error);
void container_shares_clear(ContainerShares *shares);
