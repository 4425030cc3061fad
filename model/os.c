/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"

RV_ENUM(rv_os_type, RvOsType, RV_OS_LAST, "hvm", "linux", "xen", "xenpvh", "exe");

RV_ENUM(rv_boot_device, RvBootDevice, RV_BOOT_LAST, "none", "fd", "hd", "cdrom", "network");

static const RvXmlRow type_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, os.arch, "arch", string, .flags = RV_XML_ABI,
                     .fallback = "the host's", .doc = "The architecture: x86_64, aarch64, ..."),
    RV_XML_ATTRIBUTE(RvDomainDef, os.machine, "machine", string, .flags = RV_XML_ABI,
                     .fallback = "the emulator's", .doc = "The machine: pc, q35, virt, ..."),
    RV_XML_TEXT(RvDomainDef, os.type, enum, .names = rv_os_type_names,
                .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                .bad_code = RV_ERR_OS_TYPE, .missing_code = RV_ERR_OS_TYPE,
                .doc = "hvm: a full machine; xen, linux, xenpvh: a guest that knows of Xen; exe: "
                       "a container."),
};
static const RvXmlType type_xml = {RV_XML_ROWS(type_rows)};

static const RvXmlRow os_rows[] = {
    RV_XML_GROUP("type", &type_xml, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                 .missing_code = RV_ERR_OS_TYPE),
    RV_XML_LEAF(RvDomainDef, os.init, "init", string,
                .doc = "The first program of a container."),
    RV_XML_VALUES(RvDomainDef, os.init_args, "initarg", string, .flags = RV_XML_KEEP_EMPTY,
                  .doc = "Its arguments."),
    RV_XML_LEAF(RvDomainDef, os.loader, "loader", string, .flags = RV_XML_ABI,
                .doc = "Absolute path of the firmware."),
    RV_XML_LEAF(RvDomainDef, os.kernel, "kernel", string,
                .doc = "Absolute path of a kernel to boot directly."),
    RV_XML_LEAF(RvDomainDef, os.initrd, "initrd", string,
                .doc = "Absolute path of its initial RAM disk."),
    RV_XML_LEAF(RvDomainDef, os.cmdline, "cmdline", string, .doc = "Its command line."),
    RV_XML_LEAF(RvDomainDef, os.dtb, "dtb", string,
                .doc = "Absolute path of its device tree."),
    RV_XML_VALUES(RvDomainDef, os.boot, "boot", enum, .attribute = "dev",
                  .names = rv_boot_device_names, .min = 1, .max = 5,
                  .doc = "A kind of device to boot from; several are tried in turn."),
    RV_XML_LEAF(RvDomainDef, os.boot_menu, "bootmenu", enum, .attribute = "enable", .min = 1,
                .names = rv_tristate_bool_names,
                .doc = "Whether the firmware offers a choice."),
};

const RvXmlType rv_os_xml = {RV_XML_ROWS(os_rows)};
