/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/support.h"

#define VALUES(...) RV_SUPPORT_VALUES(__VA_ARGS__)

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
    {"vcpu/@current|cpuset"},
    {"vcpu/@placement", VALUES("static")},
    {"cputune/shares|period|quota"},
    {"memtune/hard_limit|soft_limit|swap_hard_limit"},
    {"blkiotune/weight"},
    {"blkiotune/device/**"},
    {"os/type"},
    {"os/type/@arch"},
    {"os/init|initarg|initdir|inituser|initgroup"},
    {"os/initenv/**"},
    {"idmap/**"},
    {"features/acpi|apic|pae|privnet"},
    {"features/capabilities/**"},
    {"clock/@offset", VALUES("utc")},
    {"on_poweroff|on_reboot|on_crash", VALUES("destroy", "restart")},
    {"seclabel/@type", VALUES("none")},

    {"reeve:image/**"},
    {"reeve:run/**"},

    {"devices/emulator"},
    {"devices/*/alias/@name"},
    {"devices/filesystem/@type", VALUES("mount", "ram")},
    {"devices/filesystem/@accessmode", VALUES("passthrough")},
    {"devices/filesystem/driver/@type", VALUES("path")},
    {"devices/filesystem/source/@dir|usage|units"},
    {"devices/filesystem/target/@dir"},
    {"devices/filesystem/readonly"},
    {"devices/interface/@type", VALUES("bridge")},
    {"devices/interface/mac/@address"},
    {"devices/interface/source/@bridge"},
    {"devices/interface/target/@dev"},
    {"devices/interface/link/@state"},
    {"devices/console/@type", VALUES("pty")},
    {"devices/console/target/@type", VALUES("lxc")},
    {"devices/console/target/@port"},
};
const RvSupport container_support = RV_SUPPORT(rows);
