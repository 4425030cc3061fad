/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One change of a part of a network: libvirt's virNetworkUpdate. */

#include <glib.h>
#include <stdbool.h>

#include "model/network.h"

/* libvirt's numbers. */
typedef enum {
    RV_UPDATE_MODIFY = 1,
    RV_UPDATE_DELETE = 2,
    RV_UPDATE_ADD_LAST = 3,
    RV_UPDATE_ADD_FIRST = 4,
} RvUpdateCommand;

typedef struct {
    unsigned command, section;
    int parent; /* the number of the <ip>; -1: the one that fits */
    const char *xml;
} RvNetworkUpdate;

/* Makes it in `def`, which is then to be checked as a whole. */
G_GNUC_WARN_UNUSED_RESULT bool rv_network_update(RvNetworkDef *def, const RvNetworkUpdate *update,
                                                 GError **error);
