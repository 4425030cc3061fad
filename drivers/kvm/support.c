/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/support.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/device-models.h"
#include "drivers/kvm/machine.h"

/* ---- By path ------------------------------------------------------------------------------- */

#define VALUES(...) RV_SUPPORT_VALUES(__VA_ARGS__)
#define CHARDEVS "devices/serial|parallel|console|channel"

/* Where a document may say anything at a path that has no row here, the guest is not started. */
static const RvSupportRow rows[] = {
    {"@type"},
    {"name"},
    {"uuid"},
    {"title"},
    {"description"},
    {"metadata"},
    {"memory"},
    {"currentMemory"},
    {"memtune/hard_limit|soft_limit|swap_hard_limit"},
    {"vcpu"},
    {"vcpu/@current"},
    {"vcpu/@placement", VALUES("static")},
    {"os/type"},
    {"os/type/@arch", VALUES("x86_64", "i686")},
    {"os/type/@machine"},
    {"os/kernel|initrd|cmdline"},
    {"os/boot/@dev"},
    {"os/bootmenu/@enable"},
    {"features/acpi|apic|pae"},
    {"features/vmport/@state"},
    {"cpu/@mode", VALUES("custom", "host-model", "host-passthrough", "maximum")},
    {"cpu/@match"},
    {"cpu/@check|migratable"},
    {"cpu/model"},
    {"cpu/model/@fallback"},
    {"cpu/vendor"},
    {"cpu/topology/**"},
    {"cpu/feature/**"},
    {"clock/@offset", VALUES("utc", "localtime", "variable", "timezone")},
    {"clock/@adjustment|timezone"},
    {"clock/@basis", VALUES("utc")},
    {"clock/timer/@name", VALUES("rtc", "pit", "hpet", "kvmclock")},
    {"clock/timer/@present|tickpolicy"},
    {"on_poweroff|on_reboot", VALUES("destroy", "restart")},
    {"on_crash", VALUES("destroy", "restart", "preserve")},
    {"seclabel/@type", VALUES("none")},
    {"pm/suspend-to-mem|suspend-to-disk/@enabled"},

    {"devices/emulator"},
    {"devices/*/alias/@name"},
    {"devices/*/boot/@order"},
    {"devices/*/address/@type", VALUES("pci", "drive", "virtio-serial", "usb")},
    {"devices/*/address/@domain|bus|slot|function|multifunction"},
    {"devices/*/address/@controller|target|unit|port"},

    {"devices/disk/@type", VALUES("file", "block", "volume")},
    {"devices/disk/@device", VALUES("disk", "cdrom", "floppy")},
    {"devices/disk/driver/@name|type|cache|error_policy|io|discard"},
    {"devices/disk/source/@file|dev|pool|volume|startupPolicy"},
    {"devices/disk/target/@dev|bus"},
    {"devices/disk/readonly|shareable|serial"},

    {"devices/controller/@type|index|model|ports|vectors"},
    {"devices/controller/model/@name"},
    {"devices/controller/target/@chassisNr|chassis|port"},
    {"devices/controller/master/@startport"},

    {"devices/interface/@type", VALUES("user", "network", "bridge", "ethernet")},
    {"devices/interface/mac/@address"},
    {"devices/interface/source/@network|portgroup|bridge"},
    {"devices/interface/driver/@name", VALUES("qemu")},
    {"devices/interface/mtu/@size"},
    {"devices/interface/target/@dev|managed"},
    {"devices/interface/model/@type"},
    {"devices/interface/link/@state"},

    {CHARDEVS "/@type", VALUES("pty", "null", "file", "unix")},
    {CHARDEVS "/source/@path|append"},
    {CHARDEVS "/source/@mode", VALUES("bind")},
    {CHARDEVS "/target/@port"},
    {"devices/serial/target/@type", VALUES("isa-serial")},
    {"devices/serial/target/model/@name", VALUES("isa-serial")},
    {"devices/console/target/@type", VALUES("serial", "virtio")},
    {"devices/channel/target/@type", VALUES("virtio")},
    {"devices/channel/target/@name"},

    {"devices/input/@type", VALUES("mouse", "tablet", "keyboard")},
    {"devices/input/@bus|model"},
    {"devices/graphics/@type", VALUES("vnc")},
    {"devices/graphics/@port|autoport|listen|keymap|sharePolicy|passwd"},
    {"devices/graphics/listen/@type", VALUES("address")},
    {"devices/graphics/listen/@address"},
    {"devices/audio/@id"},
    {"devices/audio/@type", VALUES("none")},
    {"devices/video/model/@type|ram|vram|vgamem|heads|primary"},
    {"devices/memballoon/@model|autodeflate"},
    {"devices/memballoon/stats/@period"},
    {"devices/rng/@model"},
    {"devices/rng/rate/@bytes|period"},
    {"devices/rng/backend"},
    {"devices/rng/backend/@model", VALUES("random", "builtin")},
};
const RvSupport kvm_support = RV_SUPPORT(rows);

/* ---- What more than one place decides ------------------------------------------------------ */

typedef struct {
    const RvDomainDef *def;
    const KvmMachineFamily *family;
    const KvmEmulator *emulator;
    RvDiagnosticLevel level;
    RvDiagnostics *diagnostics;
} Context;

G_GNUC_PRINTF(3, 4)
static void lacks(const Context *context, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    rv_diagnostics_add(context->diagnostics, context->level, RV_ERR_CONFIG_UNSUPPORTED, 0, 0, path,
                       NULL, "%s", text);
}

static void check_machine(const Context *context)
{
    if (!context->family->starts)
        lacks(context, "domain/os/type/@machine",
              "driver kvm cannot start machines of type '%s' yet, only of the families pc and q35",
              context->def->os.machine);
}

static void check_cpu(const Context *context)
{
    const RvDomainDef *def = context->def;
    if (def->cpu.mode == RV_CPU_HOST_PASSTHROUGH && def->virt != RV_VIRT_KVM)
        lacks(context, "domain/cpu/@mode",
              "mode 'host-passthrough' is for domains of type 'kvm' only; emulation has 'maximum'");
    if (def->cpu.mode != RV_CPU_CUSTOM || !context->emulator)
        return;
    for (guint i = 0; i < context->emulator->cpus->len; i++) {
        const KvmCpuModel *cpu = g_ptr_array_index(context->emulator->cpus, i);
        if (g_strcmp0(cpu->name, def->cpu.model) == 0)
            return;
    }
    lacks(context, "domain/cpu/model", "'%s' has no CPU model '%s'", context->emulator->path,
          def->cpu.model);
}

static void check_disks(const Context *context)
{
    for (guint i = 0; i < context->def->disks->len; i++) {
        const RvDisk *disk = g_ptr_array_index(context->def->disks, i);
        if (!kvm_disk_device(disk))
            lacks(context, "domain/devices/disk/target/@bus",
                  "driver kvm cannot plug a %s into bus '%s' (disk %s)",
                  rv_disk_device_to_string(disk->kind), rv_disk_bus_to_string(disk->bus),
                  disk->target);
        if (disk->source.path && disk->source.path[0] != '/')
            lacks(context, "domain/devices/disk/source",
                  "the source '%s' of disk %s is not an absolute path", disk->source.path,
                  disk->target);
        if (disk->shareable && disk->source.format != RV_DISK_RAW)
            lacks(context, "domain/devices/disk/shareable",
                  "only a raw image can be shared by several guests (disk %s)", disk->target);
        if (disk->kind == RV_DISK_DEVICE_CDROM && disk->source.format != RV_DISK_RAW)
            lacks(context, "domain/devices/disk/driver/@type", "a CD-ROM image is raw (disk %s)",
                  disk->target);
    }
}

static bool is_built_in(const Context *context, const RvController *controller)
{
    if (controller->type == RV_CONTROLLER_IDE)
        return context->family->has_ide && controller->index == 0;
    if (controller->type == RV_CONTROLLER_SATA)
        return context->family->has_sata && controller->index == 0;
    if (controller->type == RV_CONTROLLER_PCI)
        return controller->index == 0 && g_strcmp0(controller->model, context->family->root) == 0;
    if (controller->type == RV_CONTROLLER_USB)
        return g_strcmp0(controller->model, "none") == 0;
    return controller->type == RV_CONTROLLER_FDC && controller->index == 0;
}

static void check_controllers(const Context *context)
{
    for (guint i = 0; i < context->def->controllers->len; i++) {
        const RvController *controller = g_ptr_array_index(context->def->controllers, i);
        const char *device = kvm_controller_device(controller);
        if (is_built_in(context, controller))
            continue;
        if (!device)
            lacks(context, "domain/devices/controller",
                  "driver kvm cannot add controller %d of type '%s'%s%s to this machine",
                  controller->index, rv_controller_type_to_string(controller->type),
                  controller->model ? ", model " : "", controller->model ? controller->model : "");
        else if (context->emulator && !kvm_emulator_has_device(context->emulator, device))
            lacks(context, "domain/devices/controller/@model", "'%s' has no device '%s'",
                  context->emulator->path, device);
    }
}

static void check_chardevs(const Context *context)
{
    const struct {
        const char *path;
        const GPtrArray *list;
    } lists[] = {
        {"domain/devices/serial", context->def->serials},
        {"domain/devices/parallel", context->def->parallels},
        {"domain/devices/console", context->def->consoles},
        {"domain/devices/channel", context->def->channels},
    };
    for (size_t k = 0; k < G_N_ELEMENTS(lists); k++) {
        for (guint i = 0; i < lists[k].list->len; i++) {
            const RvChardev *chardev = g_ptr_array_index(lists[k].list, i);
            if (chardev->source.type == RV_CHARDEV_FILE && (!chardev->source.path || chardev->source.path[0] != '/'))
                lacks(context, lists[k].path, "the path of the file is not absolute");
            if (chardev->source.type == RV_CHARDEV_UNIX && chardev->source.path)
                lacks(context, lists[k].path,
                      "a socket of type 'unix' is made by the daemon: give it no <source>");
        }
    }
}

static void check_interfaces(const Context *context)
{
    for (guint i = 0; i < context->def->interfaces->len; i++) {
        const RvInterface *interface = g_ptr_array_index(context->def->interfaces, i);
        const char *path = "domain/devices/interface/model/@type";
        const char *device = kvm_interface_device(interface);
        if (interface->type == RV_INTERFACE_HOSTDEV)
            continue; /* refused as such */
        if (!device)
            lacks(context, path, "driver kvm knows no network card of model '%s'",
                  interface->model);
        else if (context->emulator && !kvm_emulator_has_device(context->emulator, device))
            lacks(context, path, "'%s' has no device '%s'", context->emulator->path, device);
    }
}

static void check_rest(const Context *context)
{
    const RvDomainDef *def = context->def;
    for (guint i = 0; i < def->graphics->len; i++) {
        const RvGraphics *graphics = g_ptr_array_index(def->graphics, i);
        if (graphics->password && !*graphics->password)
            lacks(context, "domain/devices/graphics/@passwd",
                  "an empty password would let everybody in");
    }
    for (guint i = 0; i < def->videos->len; i++) {
        const RvVideo *video = g_ptr_array_index(def->videos, i);
        if (strcmp(video->model, "none") != 0 && !kvm_video_device(video, i == 0))
            lacks(context, "domain/devices/video/model/@type",
                  "driver kvm knows no graphics card of model '%s'%s", video->model,
                  i ? " that is not the first" : "");
    }
    for (guint i = 0; i < def->rngs->len; i++) {
        const RvRng *rng = g_ptr_array_index(def->rngs, i);
        if (rng->backend == RV_RNG_RANDOM && rng->path &&
            strcmp(rng->path, "/dev/urandom") != 0 && strcmp(rng->path, "/dev/random") != 0)
            lacks(context, "domain/devices/rng/backend",
                  "random numbers come from /dev/urandom or /dev/random, not from '%s'",
                  rng->path);
    }
}

void kvm_check_start(const RvDomainDef *def, const KvmEmulator *emulator, RvDiagnosticLevel level,
                     RvDiagnostics *diagnostics)
{
    typedef void (*Check)(const Context *context);
    static const Check checks[] = {check_cpu,      check_disks,      check_controllers,
                                   check_chardevs, check_interfaces, check_rest};
    const Context context = {
        .def = def,
        .family = kvm_machine_family(def->os.arch, def->os.machine),
        .emulator = emulator,
        .level = level,
        .diagnostics = diagnostics,
    };
    check_machine(&context);
    for (size_t i = 0; context.family->starts && i < G_N_ELEMENTS(checks); i++)
        checks[i](&context);
}
