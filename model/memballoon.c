/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/memballoon.h"

#include "model/device-xml.h"

static const char *const model_names[] = {"virtio", "xen", "none", "virtio-transitional",
                                          "virtio-non-transitional", NULL};

static const RvXmlRow driver_rows[] = {
    RV_VIRTIO_ROWS(RvMemballoon, virtio),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow memballoon_rows[] = {
    RV_XML_ATTRIBUTE(RvMemballoon, model, "model", string, .names = model_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "The hardware, or none."),
    RV_XML_ATTRIBUTE(RvMemballoon, autodeflate, "autodeflate", enum, .min = 1,
                     .names = rv_tristate_switch_names, .flags = RV_XML_ABI,
                     .doc = "Whether it gives memory back when the guest runs out of it."),
    RV_XML_ATTRIBUTE(RvMemballoon, free_page_reporting, "freePageReporting", enum, .min = 1,
                     .names = rv_tristate_switch_names, .flags = RV_XML_ABI,
                     .doc = "Whether the guest tells which of its memory it does not use, so that "
                            "the host can take it."),
    RV_XML_LEAF(RvMemballoon, stats_period, "stats", uint, .attribute = "period", .max = INT_MAX,
                .doc = "Seconds between two reports of the guest on its memory."),
    RV_DEVICE_ROWS(RvMemballoon),
    RV_XML_GROUP("driver", &driver, .doc = "How a virtio device works."),
};

const RvXmlType rv_memballoon_xml = {
    .doc = "The device by which the guest's memory is made smaller and larger.",
    .size = sizeof(RvMemballoon),
    RV_XML_ROWS(memballoon_rows),
};
