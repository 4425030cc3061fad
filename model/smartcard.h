/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/chardev-source.h"
#include "model/device.h"

typedef enum {
    RV_SMARTCARD_HOST,
    RV_SMARTCARD_HOST_CERTIFICATES,
    RV_SMARTCARD_PASSTHROUGH,
    RV_SMARTCARD_LAST,
} RvSmartcardMode;
RV_ENUM_DECLARE(rv_smartcard_mode, RvSmartcardMode);

typedef struct {
    RvDevice device;
    RvSmartcardMode mode;
    GArray *certificates;   /* char *: three names in the database; host-certificates */
    char *database;         /* absolute path; NULL: the host's own */
    RvChardevSource source; /* passthrough */
} RvSmartcard;

extern const RvXmlType rv_smartcard_xml;
