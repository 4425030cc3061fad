/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Serial and parallel ports, consoles and channels, and whatever else has such a source: what
 * libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"

#include <string.h>

enum { ISA_SERIALS = 4, ISA_PARALLELS = 3 };

static bool has_spice(const RvDomainDef *def)
{
    for (guint i = 0; i < def->graphics->len; i++) {
        if (((const RvGraphics *)g_ptr_array_index(def->graphics, i))->type == RV_GRAPHICS_SPICE)
            return true;
    }
    return false;
}

void kvm_check_chardev_source(const RvDomainDef *def, const RvChardevSource *source,
                              const char *path, RvDiagnostics *diagnostics)
{
    bool is_spice = source->type == RV_CHARDEV_SPICEVMC || source->type == RV_CHARDEV_SPICEPORT;
    bool connects = source->type == RV_CHARDEV_TCP || source->type == RV_CHARDEV_UNIX;
    if (is_spice && !has_spice(def))
        kvm_complain(diagnostics, path, NULL,
                     "type '%s' needs a <graphics type='spice'>: there is none",
                     rv_chardev_type_to_string(source->type));
    if (connects && source->reconnect == RV_TRISTATE_ON && !source->reconnect_timeout)
        rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_INVALID_ARG, 0, 0, path, NULL,
                           "the time between two attempts to reconnect cannot be 0");
    if (connects && source->reconnect == RV_TRISTATE_ON && source->mode == RV_CHARDEV_BIND)
        rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_INTERNAL, 0, 0, path, NULL,
                           "only who connects can connect again: mode='bind' waits for others");
}

/* What a serial port of a type is plugged into. */
static const struct {
    const char *type, *model, *other_model;
    RvAddressType address; /* NONE: it has none */
} serial_types[] = {
    {"isa-serial", "isa-serial", NULL, RV_ADDRESS_ISA},
    {"usb-serial", "usb-serial", NULL, RV_ADDRESS_USB},
    {"pci-serial", "pci-serial", NULL, RV_ADDRESS_PCI},
    {"spapr-vio-serial", "spapr-vty", NULL, RV_ADDRESS_SPAPR_VIO},
    {"isa-debug", "isa-debugcon", NULL, RV_ADDRESS_ISA},
    {"system-serial", "pl011", "16550a", RV_ADDRESS_NONE},
    {"sclp-serial", "sclpconsole", "sclplmconsole", RV_ADDRESS_NONE},
};

static void check_serial_type(const RvChardev *serial, RvDiagnostics *diagnostics)
{
    const char *model = serial->target_model;
    RvAddressType address = serial->device.address.type;
    for (size_t i = 0; i < G_N_ELEMENTS(serial_types); i++) {
        if (g_strcmp0(serial_types[i].type, serial->target_type) != 0)
            continue;
        if (address != RV_ADDRESS_NONE && address != serial_types[i].address)
            kvm_complain(diagnostics, "domain/devices/serial/address/@type", NULL,
                         "a port of type '%s' cannot have an address of type '%s'",
                         serial->target_type, rv_address_type_to_string(address));
        if (model && strcmp(model, serial_types[i].model) != 0 &&
            g_strcmp0(model, serial_types[i].other_model) != 0)
            kvm_complain(diagnostics, "domain/devices/serial/target/model/@name",
                         serial_types[i].model, "a port of type '%s' cannot be a '%s'",
                         serial->target_type, model);
    }
}

/* Ports that only some machines have. */
static void check_serial_machine(const RvDomainDef *def, const RvChardev *serial,
                                 RvDiagnostics *diagnostics)
{
    const char *arch = def->os.arch ? def->os.arch : "", *type = serial->target_type;
    const char *machine = def->os.machine ? def->os.machine : "", *model = serial->target_model;
    bool is_virt = !strcmp(machine, "virt") || g_str_has_prefix(machine, "virt-");
    const struct {
        bool is_such, fits;
    } rows[] = {
        {!g_strcmp0(model, "pl011"),
         is_virt && (g_str_has_prefix(arch, "arm") || !strcmp(arch, "aarch64"))},
        {!g_strcmp0(model, "16550a"), is_virt && g_str_has_prefix(arch, "riscv")},
        {!g_strcmp0(type, "spapr-vio-serial"),
         g_str_has_prefix(arch, "ppc64") && g_str_has_prefix(machine, "pseries")},
        {!g_strcmp0(type, "sclp-serial"), g_str_has_prefix(arch, "s390")},
        {!g_strcmp0(type, "isa-debug"), !strcmp(arch, "x86_64") || !strcmp(arch, "i686")},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].is_such && !rows[i].fits)
            kvm_complain(diagnostics, "domain/devices/serial/target", NULL,
                         "machine '%s' of architecture '%s' has no serial port of type '%s'%s%s",
                         machine, arch, type, model ? ", model " : "", model ? model : "");
    }
}

static void check_serials(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    for (guint i = 0; i < def->serials->len; i++) {
        const RvChardev *serial = g_ptr_array_index(def->serials, i);
        rv_diagnostics_about(diagnostics, serial->device.origin);
        if (g_strcmp0(serial->target_type, "isa-serial") == 0 && serial->target_port >= ISA_SERIALS)
            rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, RV_ERR_INTERNAL, 0, 0,
                               "domain/devices/serial/target/@port", NULL,
                               "there are %d serial ports", ISA_SERIALS);
        check_serial_type(serial, diagnostics);
        check_serial_machine(def, serial, diagnostics);
    }
}

static void check_parallels(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    const char *arch = def->os.arch ? def->os.arch : "";
    bool has_none = g_str_has_prefix(arch, "s390") ||
                    (g_str_has_prefix(arch, "ppc64") && def->os.machine &&
                     g_str_has_prefix(def->os.machine, "pseries"));
    for (guint i = 0; i < def->parallels->len; i++) {
        const RvChardev *parallel = g_ptr_array_index(def->parallels, i);
        rv_diagnostics_about(diagnostics, parallel->device.origin);
        if (has_none)
            kvm_complain(diagnostics, "domain/devices/parallel", NULL,
                         "machine '%s' has no parallel ports", def->os.machine);
        else if (parallel->target_port >= ISA_PARALLELS)
            kvm_complain(diagnostics, "domain/devices/parallel/target", NULL,
                         "there are %d parallel ports", ISA_PARALLELS);
    }
}

static void check_sources(const RvDomainDef *def, const GPtrArray *chardevs, const char *path,
                          RvDiagnostics *diagnostics)
{
    for (guint i = 0; i < chardevs->len; i++) {
        const RvChardev *chardev = g_ptr_array_index(chardevs, i);
        rv_diagnostics_about(diagnostics, chardev->device.origin);
        kvm_check_chardev_source(def, &chardev->source, path, diagnostics);
    }
}

void kvm_check_chardevs(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    check_sources(def, def->serials, "domain/devices/serial", diagnostics);
    check_sources(def, def->parallels, "domain/devices/parallel", diagnostics);
    check_sources(def, def->consoles, "domain/devices/console", diagnostics);
    check_sources(def, def->channels, "domain/devices/channel", diagnostics);
    check_serials(def, diagnostics);
    check_parallels(def, diagnostics);
}
