/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The rows that devices share. RV_DEVICE_ROWS(RvDisk) stands last in a device's table; before it
 * RV_DEVICE_BOOT_ROW(RvDisk) where guests can boot from it. RV_DEVICE_ROM_ROWS(RvInterface) takes
 * the place of RV_DEVICE_ROWS() where a device can have an option ROM.
 * RV_VIRTIO_ROWS(RvDisk, virtio) stands last among the attributes of <driver>. All want
 * `RvDevice device` to be the struct's first field.
 */

#include "model/device.h"
#include "model/xml-table.h"

extern const RvXmlType rv_address_xml;
extern const RvXmlType rv_device_boot_xml, rv_device_rom_xml;

/* An alias that the user chose, not the driver: it is part of the definition. */
bool rv_device_alias_stays(const void *device);

/* Faults each virtio option that is set: for a device that is not a virtio one. `driver` is the
 * element. RV_ERR_CONFIG_UNSUPPORTED, as libvirt. */
void rv_virtio_options_refuse(RvXmlReader *reader, const RvXmlNode *driver,
                              const RvVirtioOptions *options);

#define RV_DEVICE_BOOT_ROW(Struct) RV_XML_GROUP("boot", &rv_device_boot_xml)

#define RV_DEVICE_ALIAS_ROW(Struct)                                                                \
    RV_XML_LEAF(Struct, device.alias, "alias", string, .attribute = "name", .flags = RV_XML_LIVE,  \
                .stays = rv_device_alias_stays,                                                    \
                .doc = "The device's name on this host. In a definition only names that begin "    \
                       "with ua- are kept; all others are given to a running guest.")
#define RV_DEVICE_ADDRESS_ROWS(Struct)                                                             \
    RV_XML_LEAF(Struct, device.acpi_index, "acpi", uint, .attribute = "index", .min = 1,           \
                .flags = RV_XML_ABI,                                                               \
                .doc = "The index by which ACPI names a PCI device to the guest."),                \
        RV_XML_EMBED(Struct, device.address, "address", &rv_address_xml,                           \
                     .doc = "Where the guest sees it.")

#define RV_DEVICE_ROWS(Struct) RV_DEVICE_ALIAS_ROW(Struct), RV_DEVICE_ADDRESS_ROWS(Struct)
#define RV_DEVICE_ROM_ROWS(Struct)                                                                 \
    RV_DEVICE_ALIAS_ROW(Struct), RV_XML_GROUP("rom", &rv_device_rom_xml),                          \
        RV_DEVICE_ADDRESS_ROWS(Struct)

#define RV_VIRTIO_ROW(Struct, field, name, ...)                                                    \
    RV_XML_ATTRIBUTE(Struct, field, name, enum, .names = rv_tristate_switch_names, .min = 1,       \
                     .flags = RV_XML_ABI, __VA_ARGS__)
#define RV_VIRTIO_ROWS(Struct, field, ...)                                                         \
    RV_VIRTIO_ROW(Struct, field.iommu, "iommu", __VA_ARGS__                                        \
                  .doc = "Whether a virtual IOMMU stands between it and memory (virtio only)."),   \
        RV_VIRTIO_ROW(Struct, field.ats, "ats", __VA_ARGS__                                        \
                      .doc = "Address translation services of PCIe (virtio only)."),               \
        RV_VIRTIO_ROW(Struct, field.packed, "packed", __VA_ARGS__                                  \
                      .doc = "Packed queues (virtio only)."),                                      \
        RV_VIRTIO_ROW(Struct, field.page_per_vq, "page_per_vq", __VA_ARGS__                        \
                      .doc = "Notifications of each queue on a page of its own (virtio only).")
