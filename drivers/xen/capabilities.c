/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/capabilities.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/host.h"

#define EMULATOR "/usr/libexec/xen-qemu-system-i386" /* what Debian's libxl starts */

/* ---- Guests --------------------------------------------------------------------------------- */

/* What each word of Xen's list of capabilities means. */
static const struct {
    const char *word, *os_type, *arch, *machine;
    int wordsize;
    bool pae;
} kinds[] = {
    {"xen-3.0-x86_64", "xen", "x86_64", "xenpv", 64, false},
    {"xen-3.0-x86_32p", "xen", "i686", "xenpv", 32, true},
    {"hvm-3.0-x86_32", "hvm", "i686", "xenfv", 32, true},
    {"hvm-3.0-x86_32", "xenpvh", "i686", "xenpvh", 32, false},
    {"hvm-3.0-x86_64", "hvm", "x86_64", "xenfv", 64, false},
    {"hvm-3.0-x86_64", "xenpvh", "x86_64", "xenpvh", 64, false},
};

static void append_guest(GString *xml, size_t kind)
{
    bool hvm = strcmp(kinds[kind].os_type, "hvm") == 0;
    bool pvh = strcmp(kinds[kind].os_type, "xenpvh") == 0;
    g_string_append_printf(xml,
                           "  <guest>\n"
                           "    <os_type>%s</os_type>\n"
                           "    <arch name='%s'>\n"
                           "      <wordsize>%d</wordsize>\n"
                           "      <emulator>" EMULATOR "</emulator>\n"
                           "      <machine>%s</machine>\n"
                           "      <domain type='xen'/>\n"
                           "    </arch>\n",
                           kinds[kind].os_type, kinds[kind].arch, kinds[kind].wordsize,
                           kinds[kind].machine);
    if (hvm)
        g_string_append_printf(xml,
                               "    <features>\n"
                               "%s"
                               "      <acpi default='on' toggle='yes'/>\n"
                               "      <apic default='on' toggle='no'/>\n"
                               "      <hap default='on' toggle='yes'/>\n"
                               "    </features>\n",
                               kinds[kind].pae ? "      <pae/>\n      <nonpae/>\n" : "");
    else if (pvh)
        g_string_append(xml, "    <features>\n      <hap default='on' toggle='yes'/>\n"
                             "    </features>\n");
    else if (kinds[kind].pae)
        g_string_append(xml, "    <features>\n      <pae/>\n    </features>\n");
    g_string_append(xml, "  </guest>\n\n");
}

char *xen_guest_capabilities(const RvDriverHost *host, GError **error)
{
    json_t *report = xen_host_report(host, error);
    if (!report)
        return NULL;
    const char *text = json_string_value(json_object_get(report, "capabilities"));
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);
    json_decref(report);
    GString *xml = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_strv_contains((const char *const *)words, kinds[i].word))
            append_guest(xml, i);
    return g_string_free(xml, FALSE);
}

/* ---- One kind of domain --------------------------------------------------------------------- */

static void append_enum(GString *xml, const char *name, const char *const *values)
{
    g_string_append_printf(xml, "      <enum name='%s'>\n", name);
    for (size_t i = 0; values[i]; i++)
        g_string_append_printf(xml, "        <value>%s</value>\n", values[i]);
    g_string_append(xml, "      </enum>\n");
}

static void append_hostdevs(GString *xml)
{
    static const char *const modes[] = {"subsystem", NULL};
    static const char *const policies[] = {"default", NULL};
    static const char *const types[] = {"usb", "pci", NULL};
    static const char *const backends[] = {"xen", NULL};
    g_string_append(xml, "    <hostdev supported='yes'>\n");
    append_enum(xml, "mode", modes);
    append_enum(xml, "startupPolicy", policies);
    append_enum(xml, "subsysType", types);
    g_string_append(xml, "      <enum name='capsType'/>\n");
    append_enum(xml, "pciBackend", backends);
    g_string_append(xml, "    </hostdev>\n");
}

static void append_loader(GString *xml, bool hvm)
{
    static const char *const types[] = {"rom", NULL};
    static const char *const read_only[] = {"yes", NULL};
    g_string_append_printf(xml, "  <os supported='yes'>\n    <loader supported='%s'%s>\n",
                           hvm ? "yes" : "no", hvm ? "" : "/");
    if (hvm) {
        append_enum(xml, "type", types);
        append_enum(xml, "readonly", read_only);
        g_string_append(xml, "    </loader>\n");
    }
    g_string_append(xml, "  </os>\n");
}

static void append_devices(GString *xml, bool hvm, bool pvh)
{
    static const char *const kinds_of_disks[] = {"disk", "cdrom", NULL};
    static const char *const buses[] = {"ide", "scsi", "xen", NULL};
    const char *const graphics[] = {"sdl", "vnc", hvm ? "spice" : NULL, NULL};
    static const char *const videos[] = {"vga", "cirrus", "xen", NULL};
    g_string_append(xml, "  <devices>\n    <disk supported='yes'>\n");
    append_enum(xml, "diskDevice", kinds_of_disks);
    append_enum(xml, "bus", buses);
    g_string_append(xml, "      <enum name='model'/>\n"
                         "    </disk>\n"
                         "    <graphics supported='yes'>\n");
    append_enum(xml, "type", graphics);
    g_string_append(xml, "    </graphics>\n    <video supported='yes'>\n");
    append_enum(xml, "modelType", videos);
    g_string_append(xml, "    </video>\n");
    if (pvh)
        g_string_append(xml, "    <hostdev supported='no'/>\n");
    else
        append_hostdevs(xml);
    g_string_append(xml, "  </devices>\n");
}

char *xen_domain_capabilities(const RvDriverHost *host, const char *emulator, const char *arch,
                              const char *machine, const char *virt_type, GError **error)
{
    enum { HVM_VCPUS = 128, PV_VCPUS = 512 };
    const char *const machines[] = {"xenpv", "xenpvh", "xenfv", NULL};
    if (virt_type && strcmp(virt_type, "xen") != 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "unknown virttype: %s", virt_type);
        return NULL;
    }
    if (!machine)
        machine = "xenpv";
    if (!g_strv_contains(machines, machine)) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "Xen has no machine '%s': its machines are xenpv, xenpvh and xenfv", machine);
        return NULL;
    }
    bool hvm = strcmp(machine, "xenfv") == 0;
    GString *xml = g_string_new(NULL);
    g_string_append_printf(xml,
                           "<domainCapabilities>\n"
                           "  <path>" EMULATOR "</path>\n"
                           "  <domain>xen</domain>\n"
                           "  <machine>%s</machine>\n"
                           "  <arch>%s</arch>\n"
                           "  <vcpu max='%d'/>\n"
                           "  <iothreads supported='no'/>\n",
                           machine, arch ? arch : "x86_64", hvm ? HVM_VCPUS : PV_VCPUS);
    append_loader(xml, hvm);
    g_string_append(xml, "  <cpu>\n"
                         "    <mode name='host-passthrough' supported='no'/>\n"
                         "    <mode name='maximum' supported='no'/>\n"
                         "    <mode name='host-model' supported='no'/>\n"
                         "    <mode name='custom' supported='no'/>\n"
                         "  </cpu>\n");
    append_devices(xml, hvm, strcmp(machine, "xenpvh") == 0);
    g_string_append(xml, "  <features>\n"
                         "    <gic supported='no'/>\n"
                         "    <vmcoreinfo supported='no'/>\n"
                         "    <genid supported='no'/>\n"
                         "  </features>\n"
                         "</domainCapabilities>\n");
    return g_string_free(xml, FALSE);
}
