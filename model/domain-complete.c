/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What libvirt completes for every driver: its parser and its virDomainDefPostParse(). */

#include "base/error.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"
#include "model/xml-table.h"

#include <string.h>

#define SCSI_UNITS 7 /* of a narrow bus */

static void set_default(char **field, const char *value)
{
    if (!*field)
        *field = g_strdup(value);
}

/* ---- The machine --------------------------------------------------------------------------- */

static void complete_machine(RvDomainDef *def)
{
    if (rv_uuid_is_zero(&def->uuid))
        rv_uuid_generate(&def->uuid);
    if (def->genid && rv_uuid_is_zero(&def->genid->uuid))
        rv_uuid_generate(&def->genid->uuid);
    if (!def->memory_kib || def->memory_kib > def->max_memory_kib)
        def->memory_kib = def->max_memory_kib;
    if (!def->max_vcpus)
        def->max_vcpus = 1;
    if (!def->vcpus)
        def->vcpus = def->max_vcpus;
    set_default(&def->vcpu_placement, "static");
    if (def->on_poweroff == RV_LIFECYCLE_DEFAULT)
        def->on_poweroff = RV_LIFECYCLE_DESTROY;
    if (def->on_reboot == RV_LIFECYCLE_DEFAULT)
        def->on_reboot = RV_LIFECYCLE_RESTART;
    if (def->on_crash == RV_LIFECYCLE_DEFAULT)
        def->on_crash = RV_LIFECYCLE_DESTROY;
}

static bool has_boot_order(const RvDomainDef *def)
{
    for (unsigned i = 0; i < def->disks->len; i++) {
        if (((RvDisk *)def->disks->pdata[i])->device.boot_order)
            return true;
    }
    const GPtrArray *others[] = {def->interfaces, def->hostdevs, def->redirdevs};
    for (unsigned k = 0; k < G_N_ELEMENTS(others); k++) {
        for (unsigned i = 0; i < others[k]->len; i++) {
            if (((RvDevice *)others[k]->pdata[i])->boot_order)
                return true;
        }
    }
    return false;
}

static void complete_boot(RvDomainDef *def)
{
    const RvBootDevice disk = RV_BOOT_HD;
    if (def->os.type == RV_OS_HVM && !def->os.boot->len && !has_boot_order(def))
        g_array_append_val(def->os.boot, disk);
}

/* ---- Disks --------------------------------------------------------------------------------- */

/* How many units a bus has, and how many buses a controller: 0 units: not on such a controller. */
typedef struct {
    unsigned units, buses;
} DriveBus;

static const DriveBus drive_buses[RV_DISK_BUS_LAST] = {
    [RV_DISK_BUS_IDE] = {2, 2},
    [RV_DISK_BUS_FDC] = {2, 1},
    [RV_DISK_BUS_SCSI] = {SCSI_UNITS, 1},
    [RV_DISK_BUS_SATA] = {6, 1},
};

/* A target of iSCSI without a unit stands for its first one. */
static void complete_target(char **name)
{
    if (!*name || strchr(*name, '/'))
        return;
    char *full = g_strdup_printf("%s/0", *name);
    g_free(*name);
    *name = full;
}

static bool complete_disk(RvDisk *disk, GError **error)
{
    if (disk->source.type == RV_DISK_NETWORK && disk->source.protocol == RV_PROTOCOL_ISCSI)
        complete_target(&disk->source.path);
    if (g_str_has_prefix(disk->target, "ioemu:"))
        memmove(disk->target, disk->target + 6, strlen(disk->target + 6) + 1);
    if (disk->kind == RV_DISK_DEVICE_CDROM)
        disk->read_only = true;
    if (disk->source.type == RV_DISK_VHOST_USER)
        set_default(&disk->snapshot, "no");
    disk->bus = rv_disk_bus(disk);
    if (disk->device.address.type != RV_ADDRESS_NONE)
        return true;

    int number = rv_disk_name_index(disk->target);
    if (number < 0) {
        rv_error_set(error, RV_ERR_XML,
                     "disk '%s' has no address and its name gives none: names are a prefix such as "
                     "vd, sd or hd, letters that count the disks, and digits", disk->target);
        return false;
    }
    const DriveBus *bus = &drive_buses[disk->bus];
    if (bus->units) {
        disk->device.address = (RvAddress){
            .type = RV_ADDRESS_DRIVE,
            .drive.controller = (unsigned)number / (bus->units * bus->buses),
            .drive.bus = (unsigned)number / bus->units % bus->buses,
            .drive.unit = (unsigned)number % bus->units,
        };
    }
    return true;
}

static bool check_drive_addresses(const RvDomainDef *def, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = def->disks->pdata[i];
        const RvAddress *address = &disk->device.address;
        if (address->type != RV_ADDRESS_DRIVE)
            continue;
        char *key = g_strdup_printf("%s, controller %u, bus %u, target %u, unit %u",
                                    rv_disk_bus_to_string(disk->bus), address->drive.controller,
                                    address->drive.bus, address->drive.target,
                                    address->drive.unit);
        const RvDisk *other = g_hash_table_lookup(seen, key);
        if (other) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "disks '%s' and '%s' are both at the address %s", other->target,
                         disk->target, key);
            g_free(key);
            return false;
        }
        g_hash_table_insert(seen, key, (void *)disk);
    }
    return true;
}

/* ---- Character devices --------------------------------------------------------------------- */

static void number_ports(GPtrArray *chardevs)
{
    int last = -1;
    for (unsigned i = 0; i < chardevs->len; i++)
        last = MAX(last, ((RvChardev *)chardevs->pdata[i])->target_port);
    for (unsigned i = 0; i < chardevs->len; i++) {
        RvChardev *chardev = chardevs->pdata[i];
        if (chardev->target_port < 0 && last < INT_MAX)
            chardev->target_port = ++last;
    }
}

static bool is_serial_console(const RvChardev *console)
{
    return !g_strcmp0(console->target_type, "serial");
}

void rv_domain_def_mirror_console(RvDomainDef *def)
{
    if (def->os.type != RV_OS_HVM || !def->serials->len || !def->consoles->len ||
        !is_serial_console(def->consoles->pdata[0]))
        return;
    RvChardev *console = rv_xml_copy(&rv_serial_xml, def->serials->pdata[0]);
    g_free(console->target_type);
    console->target_type = g_strdup("serial");
    g_clear_pointer(&console->target_model, g_free);
    rv_xml_free(&rv_console_xml, def->consoles->pdata[0]);
    def->consoles->pdata[0] = console;
}

/* A serial port that people may look at through a console. */
static bool is_console_port(const RvChardev *serial)
{
    static const char *const others[] = {"usb-serial", "pci-serial", "isa-debug", NULL};
    return !serial->target_type || !g_strv_contains(others, serial->target_type);
}

/* In a full machine the first console of type serial and the first serial port are one device:
 * whichever is missing is made from the other, and the port decides. */
static bool pair_console(RvDomainDef *def, GError **error)
{
    for (unsigned i = 1; i < def->consoles->len; i++) {
        if (is_serial_console(def->consoles->pdata[i])) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "only the first console can be a serial port: console %u is one, too",
                         i + 1);
            return false;
        }
    }
    if (def->os.type != RV_OS_HVM)
        return true;

    const RvChardev *first = def->consoles->len ? def->consoles->pdata[0] : NULL;
    if (first && is_serial_console(first)) {
        if (!def->serials->len) {
            RvChardev *serial = rv_xml_copy(&rv_console_xml, first);
            g_clear_pointer(&serial->target_type, g_free);
            serial->target_port = 0;
            g_ptr_array_add(def->serials, serial);
        }
    } else if (def->serials->len && is_console_port(def->serials->pdata[0])) {
        RvChardev *console = rv_xml_new(&rv_console_xml);
        console->target_type = g_strdup("serial");
        g_ptr_array_insert(def->consoles, 0, console);
    }
    rv_domain_def_mirror_console(def);
    return true;
}

/* ---- Other devices ------------------------------------------------------------------------- */

static unsigned default_video_kib(const char *model)
{
    static const struct {
        const char *model;
        unsigned kib;
    } sizes[] = {
        {"vga", 16 * 1024},   {"cirrus", 16 * 1024}, {"vmvga", 16 * 1024},
        {"bochs", 16 * 1024}, {"xen", 4 * 1024},     {"qxl", 64 * 1024},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (!g_strcmp0(model, sizes[i].model))
            return sizes[i].kib;
    }
    return 0;
}

static bool same_unit(const RvAddress *a, const RvAddress *b)
{
    return a->type == RV_ADDRESS_DRIVE && a->drive.controller == b->drive.controller &&
           a->drive.bus == b->drive.bus && a->drive.target == b->drive.target &&
           a->drive.unit == b->drive.unit;
}

static bool scsi_unit_is_taken(const RvDomainDef *def, const RvAddress *at)
{
    for (unsigned i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = def->disks->pdata[i];
        if (disk->bus == RV_DISK_BUS_SCSI && same_unit(&disk->device.address, at))
            return true;
    }
    for (unsigned i = 0; i < def->hostdevs->len; i++) {
        const RvHostdev *hostdev = def->hostdevs->pdata[i];
        if (hostdev->type == RV_HOSTDEV_SCSI && same_unit(&hostdev->device.address, at))
            return true;
    }
    return false;
}

static unsigned round_up_to_power(unsigned value)
{
    unsigned power = 1;
    while (power < value && power < 1u << 31)
        power <<= 1;
    return value ? power : 0;
}

static void complete_video(RvVideo *video, const char *model)
{
    set_default(&video->model, model);
    if (!g_strcmp0(video->model, "none"))
        return;
    if (!video->heads)
        video->heads = 1;
    if (!video->ram && !g_strcmp0(video->model, "qxl"))
        video->ram = default_video_kib(video->model);
    if (!video->vram)
        video->vram = default_video_kib(video->model);
    video->ram = round_up_to_power(video->ram);
    video->vram = round_up_to_power(video->vram);
    if (video->primary == RV_TRISTATE_OFF)
        video->primary = RV_TRISTATE_ABSENT;
}

/* The first is the primary one. */
static void complete_videos(RvDomainDef *def, const char *model)
{
    GPtrArray *videos = def->videos;
    if (def->graphics->len && !videos->len && model)
        g_ptr_array_add(videos, rv_xml_new(&rv_video_xml));
    for (unsigned i = 0; i < videos->len; i++)
        complete_video(videos->pdata[i], model);
    if (videos->len) {
        RvVideo *first = videos->pdata[0];
        first->primary =
            g_strcmp0(first->model, "none") ? RV_TRISTATE_ON : RV_TRISTATE_ABSENT;
    }
}

static void complete_interface(RvInterface *interface)
{
    static const RvMac none;
    if (interface->virtual_port)
        rv_virtual_port_complete(interface->virtual_port);
    if (memcmp(&interface->mac, &none, sizeof(none)))
        return;
    RvUuid random;
    rv_uuid_generate(&random);
    interface->mac = (RvMac){{0x52, 0x54, 0x00, random.bytes[0], random.bytes[1],
                              random.bytes[2]}};
}

/* The first free unit of the first bus that has one; controllers come later. None before `at` is
 * free. */
static void give_scsi_unit(const RvDomainDef *def, RvHostdev *hostdev, RvAddress *at)
{
    while (scsi_unit_is_taken(def, at)) {
        if (++at->drive.unit == SCSI_UNITS) {
            at->drive.unit = 0;
            at->drive.controller++;
        }
    }
    hostdev->device.address = *at;
}

static void complete_hostdev(const RvDomainDef *def, RvHostdev *hostdev, RvAddress *at)
{
    if (hostdev->type != RV_HOSTDEV_SCSI)
        return;
    if (!g_strcmp0(hostdev->protocol, "iscsi"))
        complete_target(&hostdev->name);
    if (hostdev->device.address.type == RV_ADDRESS_NONE)
        give_scsi_unit(def, hostdev, at);
}

static void complete_filesystem(RvFilesystem *filesystem)
{
    if (!filesystem->socket)
        set_default(&filesystem->access_mode, "passthrough");
}

static void complete_rng(RvRng *rng)
{
    if (rng->backend == RV_RNG_RANDOM)
        set_default(&rng->path, "/dev/random");
}

static void complete_vsock(RvVsock *vsock)
{
    if (vsock->auto_cid == RV_TRISTATE_ABSENT)
        vsock->auto_cid = vsock->cid ? RV_TRISTATE_OFF : RV_TRISTATE_ON;
}

static void complete_memory(const RvDomainDef *def, RvMemory *memory)
{
    bool pseries = def->os.arch && g_str_has_prefix(def->os.arch, "ppc64");
    if (memory->model == RV_MEMORY_VIRTIO_PMEM)
        set_default(&memory->access, "shared");
    if (memory->model == RV_MEMORY_NVDIMM && pseries && rv_uuid_is_zero(&memory->uuid))
        rv_uuid_generate(&memory->uuid);
}

#define SHMEM_MIB 4

/* A server knows the size, and passes on interrupts. */
static void complete_shmem(RvShmem *shmem)
{
    bool doorbell = !g_strcmp0(shmem->model, "ivshmem-doorbell");
    if (!shmem->size && !doorbell)
        shmem->size = SHMEM_MIB;
    if (!shmem->server || !doorbell)
        return;
    if (!shmem->msi)
        shmem->msi = g_new0(RvShmemMsi, 1);
    if (shmem->msi->ioeventfd == RV_TRISTATE_ABSENT)
        shmem->msi->ioeventfd = RV_TRISTATE_ON;
}

/* Mouse and keyboard of a PC are its own, all else is plugged in. */
static void complete_input(const RvDomainDef *def, RvInput *input)
{
    const char *arch = def->os.arch ? def->os.arch : "x86_64";
    bool pc = !strcmp(arch, "x86_64") || !strcmp(arch, "i686");
    bool plain = input->type == RV_INPUT_MOUSE || input->type == RV_INPUT_KEYBOARD;
    const char *bus = "usb";
    if (def->os.type == RV_OS_XEN || def->os.type == RV_OS_XENPVH)
        bus = "xen";
    else if (plain && pc)
        bus = "ps2";
    else if (input->type == RV_INPUT_PASSTHROUGH || g_str_has_prefix(arch, "s390"))
        bus = "virtio";
    set_default(&input->bus, bus);
}

/* ---- All of it ----------------------------------------------------------------------------- */

static void complete_consoles(RvDomainDef *def)
{
    for (unsigned i = 0; i < def->consoles->len; i++)
        set_default(&((RvChardev *)def->consoles->pdata[i])->target_type, "serial");
    number_ports(def->serials);
    number_ports(def->parallels);
    number_ports(def->consoles);
}

bool rv_domain_def_complete_common(RvDomainDef *def, const char *video_model, GError **error)
{
    complete_machine(def);
    rv_domain_def_number_controllers(def);
    for (unsigned i = 0; i < def->disks->len; i++) {
        if (!complete_disk(def->disks->pdata[i], error))
            return false;
    }
    if (!check_drive_addresses(def, error))
        return false;
    for (unsigned i = 0; i < def->interfaces->len; i++)
        complete_interface(def->interfaces->pdata[i]);
    RvAddress unit = {.type = RV_ADDRESS_DRIVE};
    for (unsigned i = 0; i < def->hostdevs->len; i++)
        complete_hostdev(def, def->hostdevs->pdata[i], &unit);
    for (unsigned i = 0; i < def->filesystems->len; i++)
        complete_filesystem(def->filesystems->pdata[i]);
    for (unsigned i = 0; i < def->inputs->len; i++)
        complete_input(def, def->inputs->pdata[i]);
    for (unsigned i = 0; i < def->rngs->len; i++)
        complete_rng(def->rngs->pdata[i]);
    for (unsigned i = 0; i < def->memories->len; i++)
        complete_memory(def, def->memories->pdata[i]);
    for (unsigned i = 0; i < def->shmems->len; i++)
        complete_shmem(def->shmems->pdata[i]);
    if (def->vsock)
        complete_vsock(def->vsock);
    complete_consoles(def);
    complete_boot(def);
    if (!pair_console(def, error) || !rv_domain_def_add_controllers(def, error))
        return false;
    complete_videos(def, video_model);
    return true;
}
