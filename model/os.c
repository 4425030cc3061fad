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

RV_ENUM(rv_firmware, RvFirmware, RV_FIRMWARE_LAST, "none", "bios", "efi");

const char *const rv_firmware_feature_names[] = {"enrolled-keys", "secure-boot", NULL};

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
    RV_XML_ATTRIBUTE(RvDomainDef, os.loader_stateless, "stateless", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether it has no variables that it keeps."),
    RV_XML_TEXT(RvDomainDef, os.loader, string,
                .doc = "Absolute path of the firmware."),
};
static const RvXmlType loader = {RV_XML_ROWS(loader_rows)};

static const char *const nvram_types[] = {"file",   "block", "dir",  "network",
                                          "volume", "nvme",  "vhostuser", NULL};

static const RvXmlRow nvram_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, os.nvram_template, "template", string,
                     .doc = "Absolute path of what it is filled with at first."),
    RV_XML_ATTRIBUTE(RvDomainDef, os.nvram_type, "type", string, .names = nvram_types,
                     .doc = "Of what kind the <source> in it is."),
    RV_XML_RAW(RvDomainDef, os.nvram_source, "source",
               .doc = "Where it is kept, as the source of a disk says it."),
    RV_XML_TEXT(RvDomainDef, os.nvram, string,
                .doc = "Absolute path of the variables of the firmware."),
};
static const RvXmlType nvram = {RV_XML_ROWS(nvram_rows)};

static const RvXmlRow feature_rows[] = {
    RV_XML_ATTRIBUTE(RvFirmwareFeature, enabled, "enabled", enum, .names = rv_tristate_bool_names,
                     .min = 1, .flags = RV_XML_REQUIRED, .doc = "Whether it is wanted."),
    RV_XML_ATTRIBUTE(RvFirmwareFeature, name, "name", enum, .names = rv_firmware_feature_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "Which feature."),
};
static const RvXmlType feature = {
    .doc = "What the firmware that is chosen must have, or must not.",
    .size = sizeof(RvFirmwareFeature),
    RV_XML_ROWS(feature_rows),
};

static const RvXmlRow firmware_rows[] = {
    RV_XML_LIST(RvDomainDef, os.firmware_features, "feature", &feature, .max = 16),
};
static const RvXmlType firmware = {RV_XML_ROWS(firmware_rows)};

static const char *const table_types[] = {"slic", NULL};
static const RvXmlRow table_rows[] = {
    RV_XML_ATTRIBUTE(RvAcpiTable, type, "type", string, .names = table_types,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "Which table."),
    RV_XML_TEXT(RvAcpiTable, path, string, .flags = RV_XML_ABI,
                .doc = "Absolute path of a file with it."),
};
static const RvXmlType table = {
    .doc = "A table of ACPI.",
    .size = sizeof(RvAcpiTable),
    RV_XML_ROWS(table_rows),
};

static const RvXmlRow acpi_rows[] = {
    RV_XML_LIST(RvDomainDef, os.acpi_tables, "table", &table, .max = 1, .flags = RV_XML_ABI),
};
static const RvXmlType acpi = {RV_XML_ROWS(acpi_rows)};

static const RvXmlRow boot_menu_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, os.boot_menu, "enable", enum, .min = 1,
                     .names = rv_tristate_bool_names,
                     .doc = "Whether the firmware offers a choice."),
    RV_XML_ATTRIBUTE(RvDomainDef, os.boot_menu_timeout, "timeout", int, .max = 65535, .absent = -1,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     RV_XML_WHEN(RvDomainDef, os.boot_menu, RV_XML_BIT(RV_TRISTATE_ON)),
                     .doc = "Milliseconds that it waits for one."),
};
static const RvXmlType boot_menu = {RV_XML_ROWS(boot_menu_rows)};

static const RvXmlRow bios_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, os.use_serial, "useserial", enum, .min = 1,
                     .names = rv_tristate_bool_names, .flags = RV_XML_ABI,
                     .doc = "Whether the firmware writes to a serial port."),
    RV_XML_ATTRIBUTE(RvDomainDef, os.reboot_timeout, "rebootTimeout", int, .min = -1,
                     .max = 65535, .absent = INT_MIN, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Milliseconds until it tries again; -1: never."),
};
static const RvXmlType bios = {RV_XML_ROWS(bios_rows)};

static const char *const smbios_names[] = {"emulate", "host", "sysinfo", NULL};

static const RvXmlRow os_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, os.firmware, "firmware", enum, .names = rv_firmware_names,
                     .min = 1, .flags = RV_XML_ABI,
                     .doc = "A firmware of this kind is chosen when the guest starts first."),
    RV_XML_GROUP("type", &type_xml, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS),
    RV_XML_GROUP("firmware", &firmware, .doc = "Which firmware may be chosen."),
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
    RV_XML_LEAF(RvDomainDef, os.root, "root", string, .doc = "The guest's root file system (Xen)."),
    RV_XML_GROUP("acpi", &acpi, .doc = "Tables of ACPI."),
    RV_XML_VALUES(RvDomainDef, os.boot, "boot", enum, .attribute = "dev",
                  .names = rv_boot_device_names, .min = 1, .max = 5, .flags = RV_XML_REQUIRED,
                  .doc = "A kind of device to boot from; several are tried in turn."),
    RV_XML_GROUP("bootmenu", &boot_menu, .doc = "A choice at the start."),
    RV_XML_GROUP("bios", &bios, .doc = "Settings of the BIOS."),
    RV_XML_LEAF(RvDomainDef, os.smbios, "smbios", string, .attribute = "mode",
                .names = smbios_names, .flags = RV_XML_ABI,
                .doc = "Where the tables of SMBIOS come from."),
};

/* The last of several rows for one feature holds; enrolled keys need secure boot. */
static void settle_features(RvXmlReader *reader, const RvXmlNode *node, GPtrArray *features)
{
    RvTristate states[G_N_ELEMENTS(rv_firmware_feature_names) - 1] = {RV_TRISTATE_ABSENT};
    while (features->len) {
        RvFirmwareFeature *at = g_ptr_array_remove_index(features, features->len - 1);
        if (!states[at->name])
            states[at->name] = at->enabled;
        rv_xml_free(&feature, at);
    }
    if (states[0] == RV_TRISTATE_ON && states[1] == RV_TRISTATE_OFF)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "firmware", 0), NULL,
                     "feature 'enrolled-keys' needs 'secure-boot', which is disabled");
    else if (states[0] == RV_TRISTATE_ON)
        states[1] = RV_TRISTATE_ON;
    for (int name = 0; name < (int)G_N_ELEMENTS(states); name++) {
        if (!states[name])
            continue;
        RvFirmwareFeature *at = rv_xml_new(&feature);
        *at = (RvFirmwareFeature){states[name], name};
        g_ptr_array_add(features, at);
    }
}

/* What says more than that a firmware of some kind is wanted. */
static const char *chosen_fault(const RvDomainDef *def)
{
    if (def->os.loader_readonly || def->os.loader_type || def->os.loader)
        return "the driver chooses the firmware: the loader cannot have a path, type or readonly";
    if (def->os.nvram_template)
        return "the driver chooses the firmware, and with it the template";
    if (def->os.loader_secure == RV_TRISTATE_OFF)
        return "the driver chooses the firmware: say by <firmware> what it shall have";
    if ((def->os.nvram || def->os.nvram_type) && def->os.firmware != RV_FIRMWARE_EFI)
        return "only firmware of type efi has an <nvram>";
    return NULL;
}

static const char *loader_fault(const RvDomainDef *def, bool said)
{
    bool pflash = !g_strcmp0(def->os.loader_type, "pflash");
    bool efi = def->os.firmware == RV_FIRMWARE_EFI;
    const char *fault = def->os.firmware ? chosen_fault(def) : NULL;
    if (fault)
        return fault;
    if (!def->os.firmware && def->os.firmware_features->len)
        return "features of firmware are for <os firmware=>";
    if (!def->os.firmware && said && !def->os.loader)
        return "the path of the loader is missing";
    if (def->os.loader_stateless == RV_TRISTATE_ON &&
        (def->os.nvram_template || def->os.nvram || def->os.nvram_type))
        return "a stateless loader has no <nvram>";
    if (def->os.loader_stateless == RV_TRISTATE_OFF && !efi && !pflash)
        return "only EFI, or a loader of type pflash, has a state";
    return NULL;
}

static void check_os(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDomainDef *def = object;
    bool said = rv_xml_node_child(node, "loader", 0) != node ||
                rv_xml_node_child(node, "nvram", 0) != node;
    settle_features(reader, node, def->os.firmware_features);
    const char *fault = def->os.type == RV_OS_HVM ? loader_fault(def, said) : NULL;
    if (fault)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "loader", 0), NULL, "%s",
                     fault);
    if (def->os.loader && !def->os.loader_type)
        def->os.loader_type = g_strdup("rom");
}

const RvXmlType rv_os_xml = {RV_XML_ROWS(os_rows), .check = check_os};
