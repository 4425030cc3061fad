/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/support.h"

#include <string.h>

#include "base/error.h"

#define VALUES(...) RV_SUPPORT_VALUES(__VA_ARGS__)
#define CHARDEVS "devices/serial|console"

/* Where a document says anything at a path that has no row here, the guest is not started. */
static const RvSupportRow rows[] = {
    {"@type"},
    {"name"},
    {"uuid"},
    {"title"},
    {"description"},
    {"metadata"},
    {"memory"},
    {"currentMemory"},
    {"vcpu"},
    {"vcpu/@current"},
    {"vcpu/@placement", VALUES("static")},
    {"vcpu/@cpuset"},
    {"bootloader|bootloader_args"},
    {"cputune/shares"},
    {"cputune/vcpupin/@vcpu|cpuset"},
    {"os/type"},
    {"os/type/@arch", VALUES("x86_64", "i686")},
    {"os/type/@machine", VALUES("xenpv", "xenpvh", "xenfv")},
    {"os/kernel|initrd|cmdline"},
    {"os/boot/@dev"},
    {"os/loader"},
    {"os/loader/@type", VALUES("rom", "pflash")},
    {"os/loader/@readonly", VALUES("yes")},
    {"os/@firmware", VALUES("efi")},
    {"os/acpi/table"},
    {"os/acpi/table/@type", VALUES("slic")},
    {"features/acpi|apic|pae|viridian"},
    {"features/hap/@state"},
    {"features/xen/e820_host|passthrough/@state"},
    {"features/xen/passthrough/@mode"},
    {"cpu/@mode", VALUES("host-passthrough")},
    {"cpu/@check|migratable"},
    {"cpu/feature/@policy|name"},
    {"cpu/numa/cell/@id|cpus|memory|unit"},
    {"cpu/numa/cell/distances/sibling/@id|value"},
    {"clock/@offset", VALUES("utc", "localtime", "variable")},
    {"clock/@adjustment|basis"},
    {"clock/timer/@name", VALUES("tsc", "hpet")},
    {"clock/timer/@present|mode"},
    {"on_poweroff|on_reboot", VALUES("destroy", "restart", "rename-restart")},
    {"on_crash", VALUES("destroy", "restart", "rename-restart", "preserve", "coredump-destroy",
                        "coredump-restart")},

    {"devices/emulator"},
    {"devices/*/alias/@name"},
    {"devices/*/address/@type", VALUES("drive")},
    {"devices/*/address/@controller|bus|target|unit"},

    {"devices/disk/@type", VALUES("file", "block", "volume", "network")},
    {"devices/disk/@device", VALUES("disk", "cdrom")},
    {"devices/disk/driver/@name", VALUES("qemu", "file", "phy", "tap", "tap2")},
    {"devices/disk/driver/@type", VALUES("raw", "qcow2", "qcow", "vhd", "qed")},
    {"devices/disk/driver/@discard"},
    {"devices/disk/source/@file|dev|pool|volume|name"},
    {"devices/disk/source/@protocol", VALUES("rbd")},
    {"devices/disk/source/host/@name|port"},
    {"devices/disk/source/config/@file"},
    {"devices/disk/target/@dev"},
    {"devices/disk/target/@bus", VALUES("xen", "ide", "scsi")},
    {"devices/disk/backenddomain/@name"},
    {"devices/disk/readonly|shareable"},

    {"devices/controller/@type", VALUES("xenbus", "ide", "scsi", "usb")},
    {"devices/controller/@model", VALUES("qusb1", "qusb2")},
    {"devices/controller/@index|maxEventChannels|maxGrantFrames|ports"},

    {"devices/hostdev/@mode", VALUES("subsystem")},
    {"devices/hostdev/@type", VALUES("pci", "usb")},
    {"devices/hostdev/@managed"},
    {"devices/hostdev/driver/@name", VALUES("xen")},
    {"devices/hostdev/source/@writeFiltering"},
    {"devices/hostdev/source/vendor|product/@id"},
    {"devices/hostdev/source/address/@domain|bus|slot|function|device"},

    {"devices/interface/@type", VALUES("network", "bridge", "ethernet")},
    {"devices/interface/mac/@address"},
    {"devices/interface/source/@network|portgroup|bridge"},
    {"devices/interface/ip/@address|family"},
    {"devices/interface/vlan/@trunk"},
    {"devices/interface/vlan/tag/@id"},
    {"devices/interface/virtualport/@type", VALUES("openvswitch")},
    {"devices/interface/virtualport/parameters/@interfaceid"},
    {"devices/interface/bandwidth/outbound/@average"},
    {"devices/interface/backenddomain/@name"},
    {"devices/interface/script/@path"},
    {"devices/interface/target/@dev"},
    {"devices/interface/model/@type"},

    {CHARDEVS "/@type|tty"},
    {"devices/console/target/@type", VALUES("xen", "serial")},
    {CHARDEVS "/target/@port"},
    {"devices/serial/target/@type", VALUES("isa-serial")},
    {"devices/serial/target/model/@name", VALUES("isa-serial")},
    {CHARDEVS "/source/@path|mode|host|service"},
    {CHARDEVS "/protocol/@type", VALUES("raw", "telnet")},

    {"devices/channel/@type", VALUES("pty", "unix")},
    {"devices/channel/source/@path|mode"},
    {"devices/channel/target/@type", VALUES("xen")},
    {"devices/channel/target/@name"},

    {"devices/input/@type", VALUES("mouse", "keyboard", "tablet")},
    {"devices/input/@bus", VALUES("ps2", "usb", "xen")},
    {"devices/sound/@model", VALUES("sb16", "es1370", "ac97", "ich6")},
    {"devices/graphics/@type", VALUES("vnc", "sdl", "spice")},
    {"devices/graphics/@port|autoport|listen|keymap|passwd|display|xauth"},
    {"devices/graphics/mouse/@mode"},
    {"devices/graphics/clipboard/@copypaste"},
    {"devices/graphics/listen/@type", VALUES("address")},
    {"devices/graphics/listen/@address"},
    {"devices/video/model/@type", VALUES("vga", "cirrus", "xen", "qxl")},
    {"devices/video/model/@vram|ram|heads|primary"},
    {"devices/memballoon/@model", VALUES("xen")},
    {"xen:commandline/xen:arg/@value"},
};
const RvSupport xen_support = RV_SUPPORT(rows);

/* ---- What the paths do not say -------------------------------------------------------------- */

typedef struct {
    const RvDomainDef *def;
    RvDiagnosticLevel level;
    RvDiagnostics *diagnostics;
    bool hvm, pvh;
} Check;

static void tell(const Check *check, bool wrong, const char *path, const char *text)
{
    if (wrong)
        rv_diagnostics_add(check->diagnostics, check->level, RV_ERR_CONFIG_UNSUPPORTED, 0, 0, path,
                           NULL, "%s", text);
}

static void check_machine(const Check *check)
{
    const RvDomainDef *def = check->def;
    const RvXenFeatures *xen = def->features.xen;
    bool pv = !check->hvm && !check->pvh;
    tell(check, check->hvm && def->bootloader, "domain/bootloader",
         "an HVM guest boots by its firmware: a boot loader is for PV and PVH guests");
    tell(check, !check->hvm && def->os.loader, "domain/os/loader",
         "a PV or PVH guest has no firmware: it boots a kernel, or by <bootloader>");
    tell(check, !check->hvm && def->os.boot->len > 0, "domain/os/boot",
         "a PV or PVH guest has no firmware that tries devices: it boots a kernel, or by "
         "<bootloader>");
    tell(check, !check->hvm && def->os.acpi_tables->len > 0, "domain/os/acpi",
         "tables of ACPI's are for HVM guests");
    tell(check, pv && (def->features.acpi || def->features.apic), "domain/features",
         "a PV guest has neither ACPI nor an APIC: take them out of <features>");
    tell(check, pv && def->features.hap != RV_TRISTATE_ABSENT, "domain/features/hap",
         "a PV guest has its pages by Xen alone: <hap> is for HVM and PVH guests");
    tell(check, !check->hvm && def->features.viridian, "domain/features/viridian",
         "only an HVM guest sees Hyper-V's interfaces");
    tell(check, !pv && xen && xen->e820_host == RV_TRISTATE_ON, "domain/features/xen/e820_host",
         "only a PV guest can have its host's map of memory");
    tell(check, pv && def->cpu.features->len > 0, "domain/cpu/feature",
         "a PV guest sees the CPU of its host: features are for HVM and PVH guests");
    tell(check, def->cpu.features->len > 0 && def->cpu.mode != RV_CPU_HOST_PASSTHROUGH,
         "domain/cpu/@mode", "features of a CPU need <cpu mode='host-passthrough'>");
    for (guint i = 0; i < def->numa.cells->len; i++)
        tell(check, !((const RvNumaCell *)def->numa.cells->pdata[i])->cpus,
             "domain/cpu/numa/cell/@cpus", "each node of a Xen guest needs its vCPUs");
}

static void check_timers(const Check *check)
{
    for (guint i = 0; i < check->def->clock.timers->len; i++) {
        const RvGuestTimer *timer = check->def->clock.timers->pdata[i];
        tell(check, timer->name == RV_TIMER_HPET && !check->hvm, "domain/clock/timer",
             "only an HVM guest has an HPET");
        tell(check, timer->name == RV_TIMER_TSC && timer->present == RV_TRISTATE_OFF,
             "domain/clock/timer", "a guest of Xen always has its TSC");
    }
}

static void check_chardevs(const Check *check)
{
    const RvDomainDef *def = check->def;
    guint xen = 0;
    tell(check, !check->hvm && def->serials->len > 0, "domain/devices/serial",
         "a PV or PVH guest has no serial ports: use <console>");
    for (guint i = 0; i < def->consoles->len; i++) {
        const RvChardev *console = def->consoles->pdata[i];
        bool serial = g_strcmp0(console->target_type, "serial") == 0;
        xen += !serial;
        tell(check, !check->hvm && serial, "domain/devices/console/target/@type",
             "a PV or PVH guest has no serial ports: its console is of type xen");
        tell(check, !serial && console->source.type != RV_CHARDEV_PTY,
             "domain/devices/console/@type", "Xen's console is a terminal: use type='pty'");
    }
    tell(check, xen > 1, "domain/devices/console",
         "a Xen guest has one console of type xen: use <channel> for more");
    for (guint i = 0; i < def->channels->len; i++) {
        const RvChardev *channel = def->channels->pdata[i];
        tell(check, !channel->target_name, "domain/devices/channel/target/@name",
             "a channel needs the name by which the guest finds it");
        tell(check, channel->source.path && channel->source.type == RV_CHARDEV_UNIX &&
             channel->source.mode == RV_CHARDEV_CONNECT, "domain/devices/channel/source/@mode",
             "the device model listens on the socket of a channel: use mode='bind'");
    }
}

static void check_screens(const Check *check)
{
    const RvDomainDef *def = check->def;
    const RvGraphics *screen = def->graphics->len ? def->graphics->pdata[0] : NULL;
    tell(check, def->graphics->len > 1, "domain/devices/graphics", "a Xen guest has one screen");
    tell(check, !check->hvm && screen && screen->type == RV_GRAPHICS_SPICE,
         "domain/devices/graphics/@type", "SPICE is for HVM guests: use vnc or sdl");
    tell(check, def->videos->len > 1, "domain/devices/video",
         "a Xen guest has one graphics card");
    for (guint i = 0; i < def->videos->len && !check->hvm; i++)
        tell(check, g_strcmp0(((const RvVideo *)def->videos->pdata[i])->model, "xen") != 0,
             "domain/devices/video/model/@type",
             "a PV or PVH guest has a framebuffer of Xen's: use <model type='xen'/>");
    for (guint i = 0; i < def->inputs->len; i++) {
        const char *bus = ((const RvInput *)def->inputs->pdata[i])->bus;
        tell(check, (g_strcmp0(bus, "xen") == 0) == check->hvm, "domain/devices/input/@bus",
             check->hvm ? "inputs of an HVM guest are on the bus ps2 or usb"
                        : "inputs of a PV or PVH guest are on the bus xen");
    }
    tell(check, def->sounds->len > (check->hvm ? 1 : 0), "domain/devices/sound",
         check->hvm ? "a Xen guest has one sound card" : "only an HVM guest has sound");
}

/* Whether libxl is certain to start none. */
static bool has_no_model(const Check *check)
{
    const RvDomainDef *def = check->def;
    bool any = check->hvm || def->graphics->len > 0 || def->channels->len > 0;
    for (guint i = 0; i < def->disks->len && !any; i++)
        any = g_strcmp0(((const RvDisk *)def->disks->pdata[i])->driver_name, "phy") != 0;
    for (guint i = 0; i < def->hostdevs->len && !any; i++)
        any = ((const RvHostdev *)def->hostdevs->pdata[i])->type == RV_HOSTDEV_USB;
    return !any;
}

static void check_disks(const Check *check)
{
    for (guint i = 0; i < check->def->disks->len; i++) {
        const RvDisk *disk = check->def->disks->pdata[i];
        tell(check, !check->hvm && disk->kind == RV_DISK_DEVICE_CDROM &&
             rv_disk_source_is_empty(&disk->source), "domain/devices/disk",
             "a drive of a PV or PVH guest has to have a medium");
    }
}

void xen_check_start(const RvDriverHost *host, const RvDomainDef *def, RvDiagnosticLevel level,
                     RvDiagnostics *diagnostics)
{
    const Check check = {def, level, diagnostics, def->os.type == RV_OS_HVM,
                         def->os.type == RV_OS_XENPVH};
    check_machine(&check);
    check_timers(&check);
    check_chardevs(&check);
    check_screens(&check);
    check_disks(&check);
    tell(&check, def->xen_commandline && has_no_model(&check), "domain/xen:commandline",
         "this guest has no device model that could take arguments");
}
