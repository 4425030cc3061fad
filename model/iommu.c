/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/iommu.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <string.h>

static const char *const model_names[] = {"intel", "smmuv3", "virtio", NULL};

#define SWITCH_ROW(field, name, doc_)                                                              \
    RV_XML_ATTRIBUTE(RvIommu, field, name, enum, .names = rv_tristate_switch_names, .min = 1,      \
                     .flags = RV_XML_ABI, .doc = doc_)

static const RvXmlRow driver_rows[] = {
    SWITCH_ROW(intremap, "intremap", "Whether it remaps interrupts."),
    SWITCH_ROW(caching_mode, "caching_mode",
               "Whether the guest tells of new mappings; needed by assigned devices."),
    SWITCH_ROW(eim, "eim", "Whether there can be more than 255 CPUs."),
    SWITCH_ROW(iotlb, "iotlb", "Whether devices cache what it said."),
    RV_XML_ATTRIBUTE(RvIommu, aw_bits, "aw_bits", uint, .flags = RV_XML_ABI,
                     .doc = "The width of its addresses."),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow iommu_rows[] = {
    RV_XML_ATTRIBUTE(RvIommu, model, "model", string, .names = model_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "The hardware that the guest sees."),
    RV_XML_GROUP("driver", &driver),
    RV_DEVICE_ROWS(RvIommu),
};

static void check_iommu(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvIommu *iommu = object;
    bool is_set = iommu->intremap || iommu->caching_mode || iommu->eim || iommu->iotlb ||
                  iommu->aw_bits;
    if (is_set && strcmp(iommu->model, "intel"))
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "driver", 0), NULL,
                     "model '%s' has nothing to set: these are for intel only", iommu->model);
    if (iommu->device.address.type != RV_ADDRESS_NONE && strcmp(iommu->model, "virtio"))
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "address", 0), NULL,
                     "model '%s' is a part of the machine: it has no address", iommu->model);
}

const RvXmlType rv_iommu_xml = {
    .doc = "A device that translates the addresses which other devices use.",
    .size = sizeof(RvIommu),
    RV_XML_ROWS(iommu_rows),
    .check = check_iommu,
};
