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
    {"os/acpi/table"},
    {"os/acpi/table/@type", VALUES("slic")},
    {"features/acpi|apic|pae"},
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
    {"on_poweroff|on_reboot", VALUES("destroy", "restart")},
    {"on_crash",
     VALUES("destroy", "restart", "preserve", "coredump-destroy", "coredump-restart")},

    {"devices/emulator"},
    {"devices/*/alias/@name"},
    {"devices/*/address/@type", VALUES("drive")},
    {"devices/*/address/@controller|bus|target|unit"},

    {"devices/disk/@type", VALUES("file", "block")},
    {"devices/disk/@device", VALUES("disk", "cdrom")},
    {"devices/disk/driver/@name", VALUES("qemu", "file", "phy", "tap", "tap2")},
    {"devices/disk/driver/@type", VALUES("raw", "qcow2", "qcow", "vhd", "qed")},
    {"devices/disk/driver/@discard"},
    {"devices/disk/source/@file|dev"},
    {"devices/disk/target/@dev"},
    {"devices/disk/target/@bus", VALUES("xen", "ide", "scsi")},
    {"devices/disk/backenddomain/@name"},
    {"devices/disk/readonly|shareable"},

    {"devices/controller/@type", VALUES("xenbus", "ide", "scsi")},
    {"devices/controller/@index|maxEventChannels|maxGrantFrames"},

    {"devices/interface/@type", VALUES("bridge", "ethernet")},
    {"devices/interface/mac/@address"},
    {"devices/interface/source/@bridge"},
    {"devices/interface/ip/@address|family"},
    {"devices/interface/script/@path"},
    {"devices/interface/target/@dev"},
    {"devices/interface/model/@type"},

    {CHARDEVS "/@type|tty"},
    {"devices/console/target/@type", VALUES("xen", "serial")},
    {CHARDEVS "/target/@port"},
    {"devices/serial/target/@type", VALUES("isa-serial")},
    {"devices/serial/target/model/@name", VALUES("isa-serial")},
    {CHARDEVS "/source/@path|mode"},

    {"devices/input/@type", VALUES("mouse", "keyboard", "tablet")},
    {"devices/input/@bus", VALUES("ps2", "usb", "xen")},
    {"devices/graphics/@type", VALUES("vnc", "sdl")},
    {"devices/graphics/@port|autoport|listen|keymap|passwd"},
    {"devices/graphics/listen/@type", VALUES("address")},
    {"devices/graphics/listen/@address"},
    {"devices/video/model/@type", VALUES("vga", "cirrus", "xen", "qxl")},
    {"devices/video/model/@vram|heads|primary"},
    {"devices/memballoon/@model", VALUES("xen")},
};
const RvSupport xen_support = RV_SUPPORT(rows);

static void tell(RvDiagnostics *diagnostics, RvDiagnosticLevel level, const char *path,
                 const char *text)
{
    rv_diagnostics_add(diagnostics, level, RV_ERR_CONFIG_UNSUPPORTED, 0, 0, path, NULL, "%s", text);
}

void xen_check_start(const RvDriverHost *host, const RvDomainDef *def, RvDiagnosticLevel level,
                     RvDiagnostics *diagnostics)
{
    bool hvm = def->os.type == RV_OS_HVM;
    if (!hvm && def->serials->len > 0)
        tell(diagnostics, level, "domain/devices/serial",
             "a PV or PVH guest has no serial ports: use <console>");
    if (!hvm && def->consoles->len > 1)
        tell(diagnostics, level, "domain/devices/console[2]", "a Xen guest has one console");
    if (def->os.type == RV_OS_LINUX && def->cpu.features->len > 0)
        tell(diagnostics, level, "domain/cpu/feature",
             "a PV guest sees the CPU of its host: features are for HVM and PVH guests");
    for (guint i = 0; i < def->clock.timers->len; i++) {
        const RvGuestTimer *timer = def->clock.timers->pdata[i];
        if (timer->name == RV_TIMER_HPET && !hvm)
            tell(diagnostics, level, "domain/clock/timer", "only an HVM guest has an HPET");
    }
}
