/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/hub.h"

#include "base/error.h"
#include "model/device-xml.h"

static const char *const type_names[] = {"usb", NULL};

static const RvXmlRow hub_rows[] = {
    RV_XML_ATTRIBUTE(RvHub, type, "type", string, .names = type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .missing_code = RV_ERR_INTERNAL,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "What is plugged into it."),
    RV_DEVICE_ROWS(RvHub),
};

const RvXmlType rv_hub_xml = {
    .doc = "A hub: more ports of a bus.",
    .size = sizeof(RvHub),
    RV_XML_ROWS(hub_rows),
};
