/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <launchSecurity>: a guest whose memory the host cannot read. */

#include "base/enum.h"
#include "model/device.h"
#include "model/xml-table.h"

typedef enum {
    RV_LAUNCH_SECURITY_NONE,
    RV_LAUNCH_SECURITY_SEV,
    RV_LAUNCH_SECURITY_PV,
    RV_LAUNCH_SECURITY_LAST,
} RvLaunchSecurityType;
RV_ENUM_DECLARE(rv_launch_security_type, RvLaunchSecurityType);

typedef struct {
    RvLaunchSecurityType type;
    RvTristate kernel_hashes;
    int cbitpos, reduced_bits; /* -1: the host's */
    unsigned policy;
    char *dh_cert, *session;
} RvLaunchSecurity;

extern const RvXmlType rv_launch_security_xml;
