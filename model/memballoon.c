/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/memballoon.h"

#include "model/device-xml.h"

static const char *const model_names[] = {"virtio", "xen", "none", "virtio-transitional",
                                          "virtio-non-transitional", NULL};

static const RvXmlRow memballoon_rows[] = {
    RV_XML_ATTRIBUTE(RvMemballoon, model, "model", string, .names = model_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "The hardware, or none."),
    RV_XML_ATTRIBUTE(RvMemballoon, autodeflate, "autodeflate", enum, .min = 1,
                     .names = rv_tristate_switch_names, .flags = RV_XML_ABI,
                     .doc = "Whether it gives memory back when the guest runs out of it."),
    RV_XML_LEAF(RvMemballoon, stats_period, "stats", uint, .attribute = "period", .max = INT_MAX,
                .doc = "Seconds between two reports of the guest on its memory."),
    RV_DEVICE_ROWS(RvMemballoon),
};

const RvXmlType rv_memballoon_xml = {
    .doc = "The device by which the guest's memory is made smaller and larger.",
    .size = sizeof(RvMemballoon),
    RV_XML_ROWS(memballoon_rows),
};
