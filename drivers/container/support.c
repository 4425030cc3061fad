/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/support.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "drivers/container/export.h"
#include "drivers/container/profile.h"

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
    {"numatune/memory/@mode", VALUES("strict", "restrictive")},
    {"numatune/memory/@placement", VALUES("static")},
    {"numatune/memory/@nodeset"},
    {"resource/partition"},
    {"blkiotune/weight"},
    {"blkiotune/device/**"},
    {"os/type"},
    {"os/type/@arch"},
    {"os/cmdline|init|initarg|initdir|inituser|initgroup"},
    {"os/initenv/**"},
    {"idmap/**"},
    {"features/acpi|apic|pae|privnet"},
    {"features/capabilities/**"},
    {"clock/@offset", VALUES("utc")},
    {"on_poweroff|on_reboot|on_crash", VALUES("destroy", "restart")},
    {"seclabel/@type", VALUES("none", "static")},
    {"seclabel/@model", VALUES("none", "apparmor")},
    {"seclabel/@relabel"},
    {"seclabel/label"},

    {"reeve:image/**"},
    {"reeve:run/**"},
    {"lxc:namespace/**"},

    {"devices/emulator"},
    {"devices/*/alias/@name"},
    {"devices/filesystem/@type", VALUES("mount", "ram", "bind", "block", "file", "volume")},
    {"devices/filesystem/@accessmode", VALUES("passthrough")},
    {"devices/filesystem/driver/@type", VALUES("path", "loop", "nbd")},
    {"devices/filesystem/driver/@format", VALUES("raw", "qcow2")},
    {"devices/filesystem/source/@dir|file|dev|usage|units|pool|volume"},
    {"devices/filesystem/target/@dir"},
    {"devices/filesystem/readonly"},
    {"devices/interface/@type", VALUES("network", "bridge", "ethernet", "direct")},
    {"devices/interface/mac/@address"},
    {"devices/interface/source/@network|portgroup|bridge|dev"},
    {"devices/interface/source/@mode", VALUES("vepa", "private", "bridge", "passthrough")},
    {"devices/interface/source/ip/@address|family|prefix|peer"},
    {"devices/interface/source/route/@family|address|netmask|prefix|gateway|metric"},
    {"devices/interface/mtu/@size"},
    {"devices/interface/target/@dev"},
    {"devices/interface/link/@state"},
    {"devices/interface/guest/@dev"},
    {"devices/interface/ip/@address|family|prefix|peer"},
    {"devices/interface/route/@family|address|netmask|prefix|gateway|metric"},
    {"devices/hostdev/@mode", VALUES("capabilities")},
    {"devices/hostdev/@type", VALUES("storage", "misc", "net")},
    {"devices/hostdev/source/block|char|interface"},
    {"devices/hostdev/ip/@address|family|prefix|peer"},
    {"devices/hostdev/route/@family|address|netmask|prefix|gateway|metric"},
    {"devices/console/@type", VALUES("pty")},
    {"devices/console/target/@type", VALUES("lxc")},
    {"devices/console/target/@port"},
};
const RvSupport container_support = RV_SUPPORT(rows);

/* ---- What a start needs more ---------------------------------------------------------------- */

typedef struct {
    const RvDomainDef *def;
    RvDiagnosticLevel level;
    RvDiagnostics *diagnostics;
} Context;

static void lacks(const Context *context, const char *path, const char *why)
{
    rv_diagnostics_add(context->diagnostics, context->level, RV_ERR_CONFIG_UNSUPPORTED, 0, 0, path,
                       NULL, "%s", why);
}

static void check_interfaces(const Context *context)
{
    static const char *const reasons[RV_INTERFACE_TYPE_LAST] = {
        [RV_INTERFACE_USER] = "a container has no network of QEMU's: connect it to a bridge, to a "
                              "device (direct), or to the host alone (ethernet)",
        [RV_INTERFACE_HOSTDEV] = "a device of the host is given to a container by its name: "
                                 "<hostdev mode='capabilities' type='net'>",
    };
    for (guint i = 0; i < context->def->interfaces->len; i++) {
        const RvInterface *interface = context->def->interfaces->pdata[i];
        g_autofree char *path = g_strdup_printf("domain/devices/interface[%u]/@type", i + 1);
        if (reasons[interface->type])
            lacks(context, path, reasons[interface->type]);
    }
}

static void check_namespaces(const Context *context)
{
    const RvLxcNamespace *lxc = context->def->lxc;
    if (lxc && lxc->ipc && lxc->ipc->type == RV_LXC_SHARE_NETNS)
        lacks(context, "domain/lxc:namespace/lxc:shareipc/@type", "it has a network only");
    if (lxc && lxc->uts && lxc->uts->type == RV_LXC_SHARE_NETNS)
        lacks(context, "domain/lxc:namespace/lxc:shareuts/@type", "it has a network only");
    if (lxc && lxc->net && context->def->interfaces->len)
        lacks(context, "domain/devices/interface",
              "a network that is shared has its interfaces already");
}

static void check_filesystems(const Context *context)
{
    for (guint i = 0; i < context->def->filesystems->len; i++) {
        const RvFilesystem *filesystem = context->def->filesystems->pdata[i];
        g_autofree char *format = g_strdup_printf("domain/devices/filesystem[%u]/driver/@format", i + 1);
        if (container_export_is_needed(filesystem) && filesystem->driver == RV_FILESYSTEM_DRIVER_LOOP)
            lacks(context, format, "a loop device shows raw images alone: say <driver type='nbd' "
                                   "format='qcow2'/>");
    }
}

/* Lines are "name (mode)". True as well where they cannot be read. */
static bool is_loaded(const char *profile)
{
    enum { PROFILES_MAX = 16 << 20 };
    g_autofree char *text =
        rv_file_read("/sys/kernel/security/apparmor/profiles", PROFILES_MAX, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    g_autofree char *start = g_strdup_printf("%s (", profile);
    bool found = !text || strcmp(profile, "unconfined") == 0;
    for (char **line = lines; *line && !found; line++)
        found = g_str_has_prefix(*line, start);
    return found;
}

static void check_labels(const Context *context)
{
    const char *profile = container_profile_apparmor(context->def);
    for (guint i = 0; i < context->def->seclabels->len; i++) {
        const RvSeclabel *label = context->def->seclabels->pdata[i];
        g_autofree char *path = g_strdup_printf("domain/seclabel[%u]", i + 1);
        if (g_strcmp0(label->model, "apparmor") == 0 && label->type == RV_SECLABEL_DYNAMIC)
            lacks(context, path, "no profile is made for a container: name one that is loaded by "
                                 "type='static' and <label>");
    }
    if (!profile)
        return;
    g_autofree char *enabled = rv_file_read("/sys/module/apparmor/parameters/enabled", 16, NULL, NULL);
    if (!enabled || *enabled != 'Y')
        lacks(context, "domain/seclabel/label", "this host's kernel runs without AppArmor");
    else if (!is_loaded(profile))
        lacks(context, "domain/seclabel/label", "the kernel has no AppArmor profile of that name: "
                                                "load it by apparmor_parser");
}

void container_check_start(const RvDriverHost *host, const RvDomainDef *def,
                           RvDiagnosticLevel level, RvDiagnostics *diagnostics)
{
    const Context context = {def, level, diagnostics};
    check_interfaces(&context);
    check_filesystems(&context);
    check_namespaces(&context);
    check_labels(&context);
}
