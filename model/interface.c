/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/interface.h"

RV_ENUM(rv_interface_type, RvInterfaceType, RV_INTERFACE_TYPE_LAST, "user", "ethernet", "network",
        "bridge");
