/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/defaults.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/bus.h"
#include "drivers/kvm/machine.h"
#include "drivers/kvm/pci.h"
#include "model/xml-table.h"

/*
 * The steps are those of libvirt's driver for QEMU, in its order, since the order of devices
 * decides about their addresses, and guests see those.
 */

static void set_default(char **field, const char *value)
{
    if (!*field)
        *field = g_strdup(value);
}

/* ---- The machine -------------------------------------------------------------------------- */

static void fill_machine(RvDomainDef *def, const KvmEmulator *emulator)
{
    const KvmMachine *machine = emulator ? kvm_emulator_machine(emulator, def->os.machine) : NULL;
    if (machine) {
        g_free(def->os.machine);
        def->os.machine = g_strdup(machine->name);
    }
    set_default(&def->os.machine, "pc");
}

static void fill_cpu(RvDomainDef *def, const KvmEmulator *emulator)
{
    if (def->cpu.mode == RV_CPU_NONE || (def->cpu.mode == RV_CPU_CUSTOM && !def->cpu.model)) {
        const KvmMachine *machine =
            emulator ? kvm_emulator_machine(emulator, def->os.machine) : NULL;
        def->cpu.mode = RV_CPU_CUSTOM;
        set_default(&def->cpu.model, machine && machine->cpu ? machine->cpu : "qemu64");
        set_default(&def->cpu.match, "exact");
        set_default(&def->cpu.check, "none");
        g_free(def->cpu.fallback);
        def->cpu.fallback = g_strdup("forbid");
    }
    bool compares = def->cpu.mode == RV_CPU_HOST_MODEL ||
                    (def->cpu.mode == RV_CPU_CUSTOM && def->virt == RV_VIRT_KVM);
    set_default(&def->cpu.check, compares ? "partial" : "none");
    if (def->cpu.mode == RV_CPU_HOST_PASSTHROUGH && !def->cpu.migratable)
        def->cpu.migratable = RV_TRISTATE_ON;
}

/* ---- Devices ------------------------------------------------------------------------------ */

static void fill_disks(RvDomainDef *def)
{
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = g_ptr_array_index(def->disks, i);
        set_default(&disk->driver_name, "qemu");
        if (disk->source.format == RV_DISK_FORMAT_NONE)
            disk->source.format = RV_DISK_RAW;
    }
}

static void fill_serials(RvDomainDef *def)
{
    for (guint i = 0; i < def->serials->len; i++) {
        RvChardev *serial = g_ptr_array_index(def->serials, i);
        set_default(&serial->target_type, "isa-serial");
        if (strcmp(serial->target_type, "isa-serial") == 0)
            set_default(&serial->target_model, "isa-serial");
    }
}

static void add_controller(RvDomainDef *def, RvControllerType type, const char *model)
{
    if (rv_domain_def_find_controller(def, type, 0))
        return;
    RvController *controller = rv_xml_new(&rv_controller_xml);
    controller->type = type;
    controller->index = 0;
    controller->model = g_strdup(model);
    g_ptr_array_add(def->controllers, controller);
}

static void add_input(RvDomainDef *def, RvInputType type, const char *bus)
{
    for (guint i = 0; i < def->inputs->len; i++) {
        const RvInput *input = g_ptr_array_index(def->inputs, i);
        if (input->type == type && g_strcmp0(input->bus, bus) == 0)
            return;
    }
    RvInput *input = rv_xml_new(&rv_input_xml);
    input->type = type;
    input->bus = g_strdup(bus);
    g_ptr_array_add(def->inputs, input);
}

/* What machines have that nobody asked for. */
static void add_machine_devices(RvDomainDef *def, const KvmMachineFamily *family)
{
    add_input(def, RV_INPUT_MOUSE, "ps2");
    add_input(def, RV_INPUT_KEYBOARD, "ps2");
    rv_domain_def_number_controllers(def);
    add_controller(def, RV_CONTROLLER_USB, family->usb);
    if (family->has_sata)
        add_controller(def, RV_CONTROLLER_SATA, NULL);
    add_controller(def, RV_CONTROLLER_PCI, family->root);
    if (!def->memballoon) {
        def->memballoon = rv_xml_new(&rv_memballoon_xml);
        def->memballoon->model = g_strdup("virtio");
    }
}

static void fill_models(RvDomainDef *def, const KvmMachineFamily *family,
                        const KvmEmulator *emulator)
{
    bool has_lsi = !emulator || kvm_emulator_has_device(emulator, "lsi53c895a");
    for (guint i = 0; i < def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type == RV_CONTROLLER_USB)
            set_default(&controller->model, family->usb);
        if (controller->type == RV_CONTROLLER_SCSI)
            set_default(&controller->model, has_lsi ? "lsilogic" : "virtio-scsi");
    }
    for (guint i = 0; i < def->interfaces->len; i++)
        set_default(&((RvInterface *)g_ptr_array_index(def->interfaces, i))->model, "rtl8139");
    for (guint i = 0; i < def->videos->len; i++) {
        RvVideo *video = g_ptr_array_index(def->videos, i);
        if (strcmp(video->model, "qxl") == 0 && !video->vgamem)
            video->vgamem = 16384;
    }
}

/* ---- All of it ---------------------------------------------------------------------------- */

bool kvm_defaults_fill(RvDomainDef *def, const KvmEmulator *emulator, GError **error)
{
    fill_machine(def, emulator);
    const KvmMachineFamily *family = kvm_machine_family(def->os.machine);
    if (!family)
        return rv_domain_def_complete_common(def, NULL, error); /* check() refuses it */
    fill_cpu(def, emulator);
    fill_disks(def);
    add_machine_devices(def, family);
    if (!rv_domain_def_complete_common(def, "cirrus", error))
        return false;
    fill_serials(def);
    rv_domain_def_mirror_console(def);
    fill_models(def, family, emulator);
    return kvm_bus_assign_serial_ports(def, error) && kvm_bus_assign_usb_ports(def, error) &&
           kvm_pci_assign(def, family, error);
}
