/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"

RV_ENUM(rv_os_type, RvOsType, RV_OS_LAST, "hvm", "linux", "xen", "xenpvh", "exe");

RV_ENUM(rv_boot_device, RvBootDevice, RV_BOOT_LAST, "none", "fd", "hd", "cdrom", "network");

static const char *const arch_names[] = {
    "aarch64",  "alpha",  "armv6l", "armv7b",     "armv7l",       "cris",   "i686",
    "ia64",     "lm32",   "m68k",   "microblaze", "microblazeel", "mips",   "mips64",
    "mips64el", "mipsel", "openrisc", "parisc",   "parisc64",     "ppc",    "ppc64",
    "ppc64le",  "ppcemb", "ppcle",  "riscv32",    "riscv64",      "s390",   "s390x",
    "sh4",      "sh4eb",  "sparc",  "sparc64",    "unicore32",    "x86_64", "xtensa",
    "xtensaeb", NULL,
};

static const RvXmlRow type_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, os.arch, "arch", string, .flags = RV_XML_ABI,
                     .names = arch_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .fallback = "the host's", .doc = "The architecture: x86_64, aarch64, ..."),
    RV_XML_ATTRIBUTE(RvDomainDef, os.machine, "machine", string, .flags = RV_XML_ABI,
                     .fallback = "the emulator's", .doc = "The machine: pc, q35, virt, ..."),
    RV_XML_TEXT(RvDomainDef, os.type, enum, .names = rv_os_type_names,
                .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .doc = "hvm: a full machine; xen, linux, xenpvh: a guest that knows of Xen; exe: "
                       "a container."),
};
static const RvXmlType type_xml = {RV_XML_ROWS(type_rows)};

static const char *const loader_type_names[] = {"rom", "pflash", NULL};

static const RvXmlRow loader_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, os.loader_readonly, "readonly", enum, .min = 1,
                     .names = rv_tristate_bool_names, .doc = "Whether the guest can write to it."),
    RV_XML_ATTRIBUTE(RvDomainDef, os.loader_secure, "secure", enum, .min = 1,
                     .names = rv_tristate_bool_names, .doc = "Whether it can do secure boot."),
    RV_XML_ATTRIBUTE(RvDomainDef, os.loader_type, "type", string, .names = loader_type_names,
                     .fallback = "rom",
                     .doc = "How it is put into the machine's memory."),
    RV_XML_TEXT(RvDomainDef, os.loader, string,
                .doc = "Absolute path of the firmware."),
};
static const RvXmlType loader = {RV_XML_ROWS(loader_rows)};

static const RvXmlRow nvram_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, os.nvram_template, "template", string,
                     .doc = "Absolute path of what it is filled with at first."),
    RV_XML_TEXT(RvDomainDef, os.nvram, string,
                .doc = "Absolute path of the variables of the firmware."),
};
static const RvXmlType nvram = {RV_XML_ROWS(nvram_rows)};

static const RvXmlRow os_rows[] = {
    RV_XML_GROUP("type", &type_xml, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS),
    RV_XML_LEAF(RvDomainDef, os.init, "init", string,
                .doc = "The first program of a container."),
    RV_XML_VALUES(RvDomainDef, os.init_args, "initarg", string, .flags = RV_XML_KEEP_EMPTY,
                  .doc = "Its arguments."),
    RV_XML_LIST(RvDomainDef, os.init_env, "initenv", &rv_init_env_xml, .max = 4096),
    RV_XML_LEAF(RvDomainDef, os.init_dir, "initdir", string,
                .fallback = "/", .doc = "The folder it starts in."),
    RV_XML_LEAF(RvDomainDef, os.init_user, "inituser", string,
                .fallback = "root", .doc = "Its user, by name or number."),
    RV_XML_LEAF(RvDomainDef, os.init_group, "initgroup", string,
                .fallback = "root", .doc = "Its group, by name or number."),
    RV_XML_GROUP("loader", &loader),
    RV_XML_GROUP("nvram", &nvram),
    RV_XML_LEAF(RvDomainDef, os.kernel, "kernel", string,
                .doc = "Absolute path of a kernel to boot directly."),
    RV_XML_LEAF(RvDomainDef, os.initrd, "initrd", string,
                .doc = "Absolute path of its initial RAM disk."),
    RV_XML_LEAF(RvDomainDef, os.cmdline, "cmdline", string, .doc = "Its command line."),
    RV_XML_LEAF(RvDomainDef, os.dtb, "dtb", string,
                .doc = "Absolute path of its device tree."),
    RV_XML_VALUES(RvDomainDef, os.boot, "boot", enum, .attribute = "dev",
                  .names = rv_boot_device_names, .min = 1, .max = 5, .flags = RV_XML_REQUIRED,
                  .doc = "A kind of device to boot from; several are tried in turn."),
    RV_XML_LEAF(RvDomainDef, os.boot_menu, "bootmenu", enum, .attribute = "enable", .min = 1,
                .names = rv_tristate_bool_names,
                .doc = "Whether the firmware offers a choice."),
};

static void check_os(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDomainDef *def = object;
    if (def->os.loader && !def->os.loader_type)
        def->os.loader_type = g_strdup("rom");
    if (!def->os.loader &&
        (def->os.loader_type || def->os.loader_readonly || def->os.loader_secure))
        rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "loader", 0), NULL,
                     "the path of the loader is missing");
    if (def->os.nvram && g_strcmp0(def->os.loader_type, "pflash"))
        rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "nvram", 0), NULL,
                     "only a loader of type pflash has an <nvram>");
}

const RvXmlType rv_os_xml = {RV_XML_ROWS(os_rows), .check = check_os};
