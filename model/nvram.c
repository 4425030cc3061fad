/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/nvram.h"

#include "model/device-xml.h"

static const RvXmlRow nvram_rows[] = {
    RV_DEVICE_ROWS(RvNvram),
};

const RvXmlType rv_nvram_xml = {
    .doc = "The non-volatile memory of a pseries machine.",
    .size = sizeof(RvNvram),
    RV_XML_ROWS(nvram_rows),
};
