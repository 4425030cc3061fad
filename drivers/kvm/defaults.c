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

static bool has_boot_order(const RvDomainDef *def)
{
    for (guint i = 0; i < def->disks->len; i++) {
        if (((RvDisk *)g_ptr_array_index(def->disks, i))->device.boot_order)
            return true;
    }
    for (guint i = 0; i < def->interfaces->len; i++) {
        if (((RvInterface *)g_ptr_array_index(def->interfaces, i))->device.boot_order)
            return true;
    }
    return false;
}

static void fill_domain(RvDomainDef *def)
{
    if (!def->memory_kib || def->memory_kib > def->max_memory_kib)
        def->memory_kib = def->max_memory_kib;
    if (!def->max_vcpus)
        def->max_vcpus = 1;
    if (!def->vcpus)
        def->vcpus = def->max_vcpus;
    set_default(&def->vcpu_placement, "static");
    if (!def->on_poweroff)
        def->on_poweroff = RV_LIFECYCLE_DESTROY;
    if (!def->on_reboot)
        def->on_reboot = RV_LIFECYCLE_RESTART;
    if (!def->on_crash)
        def->on_crash = RV_LIFECYCLE_DESTROY;
    if (def->os.boot->len == 0 && !has_boot_order(def)) {
        RvBootDevice hd = RV_BOOT_HD;
        g_array_append_val(def->os.boot, hd);
    }
}

/* ---- Disks -------------------------------------------------------------------------------- */

static void fill_disk(RvDisk *disk)
{
    RvDiskBus bus;
    if (disk->bus == RV_DISK_BUS_NONE) {
        if (kvm_disk_index(disk->target, &bus) >= 0)
            disk->bus = bus;
        else if (disk->kind == RV_DISK_DEVICE_FLOPPY)
            disk->bus = RV_DISK_BUS_FDC;
        else
            disk->bus = RV_DISK_BUS_IDE;
    }
    set_default(&disk->driver_name, "qemu");
    if (disk->format == RV_DISK_FORMAT_NONE)
        disk->format = RV_DISK_RAW;
    if (disk->kind == RV_DISK_DEVICE_CDROM)
        disk->read_only = true;
}

/* A disk stands behind those of its bus whose names come before its own. */
static guint place_in(const GPtrArray *disks, const RvDisk *disk)
{
    int index = kvm_disk_index(disk->target, NULL);
    guint place = disks->len;
    for (guint i = disks->len; i-- > 0;) {
        const RvDisk *other = g_ptr_array_index(disks, i);
        if (other->bus != disk->bus)
            continue;
        if (kvm_disk_index(other->target, NULL) <= index)
            return place < disks->len ? place : i + 1;
        place = i;
    }
    return place;
}

static void sort_disks(RvDomainDef *def)
{
    GPtrArray *sorted = g_ptr_array_new();
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = g_ptr_array_index(def->disks, i);
        g_ptr_array_insert(sorted, (gint)place_in(sorted, disk), disk);
    }
    g_ptr_array_unref(def->disks);
    def->disks = sorted;
}

static void fill_disks(RvDomainDef *def)
{
    for (guint i = 0; i < def->disks->len; i++)
        fill_disk(g_ptr_array_index(def->disks, i));
    sort_disks(def);
}

/* ---- Character devices -------------------------------------------------------------------- */

static void fill_ports(GPtrArray *chardevs, int first)
{
    for (guint i = 0; i < chardevs->len; i++) {
        RvChardev *chardev = g_ptr_array_index(chardevs, i);
        if (chardev->target_port >= 0)
            continue;
        int highest = first - 1;
        for (guint k = 0; k < chardevs->len; k++)
            highest = MAX(highest, ((RvChardev *)g_ptr_array_index(chardevs, k))->target_port);
        chardev->target_port = highest + 1;
    }
}

static bool is_serial_console(const RvChardev *console)
{
    return !console->target_type || strcmp(console->target_type, "serial") == 0;
}

/* What a chardev is connected to, on another kind of device. */
static RvChardev *copy_source(const RvChardev *from, const RvXmlType *type)
{
    RvChardev *to = rv_xml_new(type);
    to->type = from->type;
    to->path = g_strdup(from->path);
    to->mode = g_strdup(from->mode);
    to->host = g_strdup(from->host);
    to->service = g_strdup(from->service);
    to->protocol = g_strdup(from->protocol);
    to->append = from->append;
    to->log_file = g_strdup(from->log_file);
    to->log_append = from->log_append;
    return to;
}

/* The first console of a full machine is its first serial port: each is made of the other. */
static void fill_console(RvDomainDef *def)
{
    RvChardev *console = def->consoles->len ? g_ptr_array_index(def->consoles, 0) : NULL;
    if (console && is_serial_console(console) && def->serials->len == 0)
        g_ptr_array_add(def->serials, copy_source(console, &rv_serial_xml));
    if (def->serials->len == 0)
        return;

    const RvChardev *serial = g_ptr_array_index(def->serials, 0);
    RvChardev *made = copy_source(serial, &rv_console_xml);
    made->target_type = g_strdup("serial");
    made->target_port = 0;
    made->device.alias = g_strdup(serial->device.alias);
    if (console && is_serial_console(console)) {
        rv_xml_free(&rv_console_xml, console);
        g_ptr_array_index(def->consoles, 0) = made;
    } else {
        g_ptr_array_insert(def->consoles, 0, made);
    }
}

static void fill_chardevs(RvDomainDef *def)
{
    fill_console(def);
    fill_ports(def->serials, 0);
    fill_ports(def->parallels, 0);
    fill_ports(def->consoles, 0);
    for (guint i = 0; i < def->serials->len; i++) {
        RvChardev *serial = g_ptr_array_index(def->serials, i);
        set_default(&serial->target_type, "isa-serial");
        if (strcmp(serial->target_type, "isa-serial") == 0)
            set_default(&serial->target_model, "isa-serial");
    }
}

/* ---- Controllers and what is always there ------------------------------------------------- */

static bool has_controller(const RvDomainDef *def, RvControllerType type, int index)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type == type && controller->index == index)
            return true;
    }
    return false;
}

static void add_controller(RvDomainDef *def, RvControllerType type, int index, const char *model)
{
    if (has_controller(def, type, index))
        return;
    RvController *controller = rv_xml_new(&rv_controller_xml);
    controller->type = type;
    controller->index = index;
    controller->model = g_strdup(model);
    g_ptr_array_add(def->controllers, controller);
}

static const char *scsi_model(const KvmEmulator *emulator)
{
    return emulator && !kvm_emulator_has_device(emulator, "lsi53c895a") ? "virtio-scsi"
                                                                       : "lsilogic";
}

static void fill_controllers(RvDomainDef *def, const KvmMachineFamily *family,
                             const KvmEmulator *emulator)
{
    int next[RV_CONTROLLER_LAST] = {0};
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(def->controllers, i);
        next[controller->type] = MAX(next[controller->type], controller->index + 1);
    }
    for (guint i = 0; i < def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->index < 0)
            controller->index = next[controller->type]++;
        if (controller->type == RV_CONTROLLER_USB)
            set_default(&controller->model, family->usb);
        if (controller->type == RV_CONTROLLER_SCSI)
            set_default(&controller->model, scsi_model(emulator));
    }
}

static void add_input(RvDomainDef *def, const char *type, const char *bus)
{
    for (guint i = 0; i < def->inputs->len; i++) {
        const RvInput *input = g_ptr_array_index(def->inputs, i);
        if (strcmp(input->type, type) == 0 && g_strcmp0(input->bus, bus) == 0)
            return;
    }
    RvInput *input = rv_xml_new(&rv_input_xml);
    input->type = g_strdup(type);
    input->bus = g_strdup(bus);
    g_ptr_array_add(def->inputs, input);
}

static void fill_inputs(RvDomainDef *def)
{
    for (guint i = 0; i < def->inputs->len; i++) {
        RvInput *input = g_ptr_array_index(def->inputs, i);
        set_default(&input->bus, strcmp(input->type, "tablet") == 0 ? "usb" : "ps2");
    }
    add_input(def, "mouse", "ps2");
    add_input(def, "keyboard", "ps2");
}

static void add_machine_devices(RvDomainDef *def, const KvmMachineFamily *family)
{
    fill_inputs(def);
    add_controller(def, RV_CONTROLLER_USB, 0, family->usb);
    if (family->has_sata)
        add_controller(def, RV_CONTROLLER_SATA, 0, NULL);
    add_controller(def, RV_CONTROLLER_PCI, 0, family->root);
    if (!def->memballoon) {
        def->memballoon = rv_xml_new(&rv_memballoon_xml);
        def->memballoon->model = g_strdup("virtio");
    }
}

static void add_drive_controllers(RvDomainDef *def, RvDiskBus bus, RvControllerType type,
                                  const char *model)
{
    enum { MOST = 64 }; /* more is a mistake in an address: check() says so */
    int highest = -1;
    for (guint i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = g_ptr_array_index(def->disks, i);
        if (disk->bus == bus && disk->device.address.type == RV_ADDRESS_DRIVE)
            highest = MAX(highest, (int)MIN(disk->device.address.drive.controller, MOST));
    }
    for (int i = 0; i <= highest; i++)
        add_controller(def, type, i, model);
}

static void add_serial_controllers(RvDomainDef *def)
{
    enum { MOST = 64 };
    int highest = -1;
    for (guint i = 0; i < def->channels->len; i++) {
        const RvChardev *channel = g_ptr_array_index(def->channels, i);
        if (channel->device.address.type == RV_ADDRESS_VIRTIO_SERIAL)
            highest = MAX(highest, (int)MIN(channel->device.address.drive.controller, MOST));
    }
    for (guint i = 0; i < def->consoles->len; i++) {
        const RvChardev *console = g_ptr_array_index(def->consoles, i);
        if (g_strcmp0(console->target_type, "virtio") == 0)
            highest = MAX(highest, 0);
    }
    for (int i = 0; i <= highest; i++)
        add_controller(def, RV_CONTROLLER_VIRTIO_SERIAL, i, NULL);
}

static void add_device_controllers(RvDomainDef *def, const KvmEmulator *emulator)
{
    add_drive_controllers(def, RV_DISK_BUS_SCSI, RV_CONTROLLER_SCSI, scsi_model(emulator));
    add_drive_controllers(def, RV_DISK_BUS_FDC, RV_CONTROLLER_FDC, NULL);
    add_drive_controllers(def, RV_DISK_BUS_IDE, RV_CONTROLLER_IDE, NULL);
    add_drive_controllers(def, RV_DISK_BUS_SATA, RV_CONTROLLER_SATA, NULL);
    add_serial_controllers(def);
}

/* ---- Other devices ------------------------------------------------------------------------ */

static bool mac_is_zero(const RvMac *mac)
{
    static const RvMac zero;
    return memcmp(mac, &zero, sizeof(zero)) == 0;
}

static void fill_interfaces(RvDomainDef *def)
{
    for (guint i = 0; i < def->interfaces->len; i++) {
        RvInterface *interface = g_ptr_array_index(def->interfaces, i);
        set_default(&interface->model, "rtl8139");
        if (!mac_is_zero(&interface->mac))
            continue;
        guint32 random = g_random_int();
        interface->mac = (RvMac){{0x52, 0x54, 0x00, random & 0xff, random >> 8 & 0xff,
                                  random >> 16 & 0xff}};
    }
}

static const struct {
    const char *model;
    unsigned ram, vram, vgamem;
} video_sizes[] = {
    {"vga", 0, 16384, 0},   {"cirrus", 0, 16384, 0}, {"vmvga", 0, 16384, 0},
    {"bochs", 0, 16384, 0}, {"qxl", 65536, 65536, 16384},
};

static void fill_video(RvVideo *video)
{
    set_default(&video->model, "cirrus");
    bool is_none = strcmp(video->model, "none") == 0;
    if (!video->heads && !is_none)
        video->heads = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(video_sizes); i++) {
        if (strcmp(video->model, video_sizes[i].model) != 0)
            continue;
        video->ram = video->ram ? video->ram : video_sizes[i].ram;
        video->vram = video->vram ? video->vram : video_sizes[i].vram;
        video->vgamem = video->vgamem ? video->vgamem : video_sizes[i].vgamem;
    }
}

static void fill_videos(RvDomainDef *def)
{
    if (def->graphics->len > 0 && def->videos->len == 0)
        g_ptr_array_add(def->videos, rv_xml_new(&rv_video_xml));
    bool has_primary = false;
    for (guint i = 0; i < def->videos->len; i++) {
        RvVideo *video = g_ptr_array_index(def->videos, i);
        fill_video(video);
        has_primary |= video->primary == RV_TRISTATE_ON;
    }
    RvVideo *first = def->videos->len ? g_ptr_array_index(def->videos, 0) : NULL;
    if (first && !has_primary && strcmp(first->model, "none") != 0)
        first->primary = RV_TRISTATE_ON;
}

/* ---- All of it ---------------------------------------------------------------------------- */

bool kvm_defaults_fill(RvDomainDef *def, const KvmEmulator *emulator, GError **error)
{
    fill_machine(def, emulator);
    const KvmMachineFamily *family = kvm_machine_family(def->os.machine);
    if (!family)
        return true; /* check() says that it is not supported */
    fill_domain(def);
    fill_cpu(def, emulator);
    fill_disks(def);
    fill_chardevs(def);
    fill_controllers(def, family, emulator);
    if (!kvm_bus_assign_drives(def, error) || !kvm_bus_assign_serial_ports(def, error))
        return false;
    add_machine_devices(def, family);
    fill_interfaces(def);
    fill_videos(def);
    add_device_controllers(def, emulator);
    return kvm_bus_assign_usb_ports(def, error) && kvm_pci_assign(def, family, error);
}
