/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rows that all devices share: put RV_DEVICE_ROWS(RvDisk) last in a device's table, and
 * RV_DEVICE_BOOT_ROW(RvDisk) before it where guests can boot from it. */

#include "model/device.h"
#include "model/xml-table.h"

extern const RvXmlType rv_address_xml;

/* An alias that the user chose, not the driver: it is part of the definition. */
bool rv_device_alias_stays(const void *device);

#define RV_DEVICE_BOOT_ROW(Struct)                                                                 \
    RV_XML_LEAF(Struct, device.boot_order, "boot", uint, .attribute = "order", .min = 1,           \
                .doc = "Its place among all devices to boot from. Cannot stand beside <boot dev=> "\
                       "in <os>.")

#define RV_DEVICE_ROWS(Struct)                                                                     \
    RV_XML_LEAF(Struct, device.alias, "alias", string, .attribute = "name", .flags = RV_XML_LIVE,  \
                .stays = rv_device_alias_stays,                                                    \
                .doc = "The device's name on this host. In a definition only names that begin "    \
                       "with ua- are kept; all others are given to a running guest."),             \
        RV_XML_EMBED(Struct, device.address, "address", &rv_address_xml,                           \
                     .doc = "Where the guest sees it.")
