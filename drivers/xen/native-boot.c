/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a configuration: what the guest boots, its CPU and NUMA nodes, and what of Xen it can use. */
#include "drivers/xen/native.h"

#include <glob.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "drivers/xen/config-cpu.h"
#include "drivers/xen/config-device.h"

/* ---- What of the host decides --------------------------------------------------------------- */

/* Where the firmware is, or would be. */
static char *find_firmware(const char *name)
{
    glob_t found = {0};
    g_autofree char *pattern = g_strdup_printf("/usr/lib/xen*/boot/%s", name);
    bool any = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0;
    char *path = any ? g_strdup(found.gl_pathv[found.gl_pathc - 1])
                     : g_strdup_printf("/usr/lib/xen/boot/%s", name);
    globfree(&found);
    return path;
}

/* The feature by which a guest could have guests itself, which the first domain does not see: it is
 * known by who made the processor. */
static const char *nested_feature(void)
{
    g_autofree char *text = rv_file_read("/proc/cpuinfo", 1 << 20, NULL, NULL);
    bool amd = text && (strstr(text, "AuthenticAMD") || strstr(text, "HygonGenuine"));
    return amd ? "svm" : "vmx";
}

/* ---- Booting -------------------------------------------------------------------------------- */

static const struct {
    char letter;
    RvBootDevice device;
} boot_letters[] = {
    {'c', RV_BOOT_HD}, /* and every letter that is not here */
    {'a', RV_BOOT_FD},
    {'d', RV_BOOT_CDROM},
    {'n', RV_BOOT_NETWORK},
};

static void read_boot_order(const char *letters, GString *os)
{
    for (unsigned n = 0; letters[n] && n < 4; n++) {
        RvBootDevice device = RV_BOOT_HD;
        for (size_t i = 0; i < G_N_ELEMENTS(boot_letters); i++)
            if (boot_letters[i].letter == letters[n])
                device = boot_letters[i].device;
        xen_native_xml(os, "<boot dev='%s'/>", rv_boot_device_to_string(device));
    }
}

static bool read_kernel(XenNative *native, GString *os, GError **error)
{
    g_autofree char *kernel = NULL, *initrd = NULL, *cmdline = NULL, *root = NULL, *extra = NULL;
    if (!xen_native_text(native, "kernel", &kernel, error) ||
        !xen_native_text(native, "ramdisk", &initrd, error) ||
        (!native->xm && !xen_native_text(native, "cmdline", &cmdline, error)) ||
        !xen_native_text(native, "root", &root, error) ||
        !xen_native_text(native, "extra", &extra, error))
        return false;
    if (!cmdline && (root || extra))
        cmdline = g_strconcat(root ? "root=" : "", root ? root : "", root && extra ? " " : "",
                              extra ? extra : "", NULL);
    xen_native_element(os, "kernel", kernel);
    xen_native_element(os, "initrd", initrd);
    xen_native_element(os, "cmdline", cmdline);
    return true;
}

static bool read_firmware(XenNative *native, GString *os, GError **error)
{
    g_autofree char *bios = NULL, *slic = NULL, *loader = NULL;
    if (native->xm) {
        if (!xen_native_text(native, "kernel", &loader, error))
            return false;
        if (!loader) {
            rv_error_set(error, RV_ERR_INTERNAL, "config value kernel was missing: of an HVM guest "
                         "it is the path of hvmloader");
            return false;
        }
        xen_native_element(os, "loader", loader);
        return true;
    }
    if (!xen_native_text(native, "bios", &bios, error) ||
        !xen_native_text(native, "acpi_firmware", &slic, error))
        return false;
    bool efi = g_strcmp0(bios, "ovmf") == 0;
    g_autofree char *path = find_firmware(efi ? "ovmf.bin" : "hvmloader");
    xen_native_xml(os, efi ? "<loader readonly='yes' type='pflash'>%s</loader>"
                           : "<loader>%s</loader>", path);
    if (slic)
        xen_native_xml(os, "<acpi><table type='slic'>%s</table></acpi>", slic);
    return true;
}

static bool read_nested(XenNative *native, GError **error)
{
    int64_t nested = -1;
    if (native->xm)
        return true;
    if (!xen_native_number(native, "nestedhvm", -1, &nested, error))
        return false;
    if (nested >= 0)
        native->cpu_mode = "host-passthrough";
    if (nested == 0)
        xen_native_xml(native->cpu, "<feature policy='disable' name='%s'/>",
                       nested_feature());
    return true;
}

static bool read_boot(XenNative *native, GError **error)
{
    static const char *const types[] = {[RV_OS_HVM] = "hvm", [RV_OS_LINUX] = "linux",
                                        [RV_OS_XENPVH] = "xenpvh"};
    g_autoptr(GString) os = g_string_new(NULL);
    g_autofree char *loader = NULL, *args = NULL, *order = NULL;
    xen_native_element(os, "type", types[native->type]);
    if (native->type == RV_OS_HVM) {
        if (!read_firmware(native, os, error) ||
            (!native->xm && !read_kernel(native, os, error)) ||
            !xen_native_text(native, "boot", &order, error) || !read_nested(native, error))
            return false;
        read_boot_order(order ? order : "c", os);
    } else if (!xen_native_text(native, "bootloader", &loader, error) ||
               !xen_native_text(native, "bootargs", &args, error) ||
               !read_kernel(native, os, error)) {
        return false;
    }
    xen_native_element(native->domain, "bootloader", loader);
    xen_native_element(native->domain, "bootloader_args", args);
    g_string_append_printf(native->domain, "<os>%s</os>", os->str);
    return true;
}

static void write_kernel(XenNative *native, const RvDomainDef *def)
{
    xen_native_put_text(native, "kernel", def->os.kernel);
    xen_native_put_text(native, "ramdisk", def->os.initrd);
    xen_native_put_text(native, native->xm ? "extra" : "cmdline", def->os.cmdline);
}

static void write_hvm(XenNative *native, const RvDomainDef *def)
{
    g_autofree char *order = xen_config_boot_order(def);
    xen_native_put_text(native, "builder", "hvm");
    if (native->xm) {
        xen_native_put_text(native, "kernel", def->os.loader);
        xen_native_put_text(native, "boot", order);
        return;
    }
    if (g_strcmp0(def->os.loader_type, "pflash") == 0)
        xen_native_put_text(native, "bios", "ovmf");
    if (def->os.acpi_tables->len > 0)
        xen_native_put_text(native, "acpi_firmware",
                            ((const RvAcpiTable *)def->os.acpi_tables->pdata[0])->path);
    write_kernel(native, def);
    xen_native_put_text(native, "boot", order);
    if (def->cpu.mode == RV_CPU_HOST_PASSTHROUGH)
        xen_native_put_number(native, "nestedhvm", xen_config_is_nested(def));
}

static bool write_boot(XenNative *native, const RvDomainDef *def, GError **error)
{
    if (def->os.type == RV_OS_HVM) {
        write_hvm(native, def);
        return true;
    }
    if (def->os.type == RV_OS_XENPVH && native->xm) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "xm knew no PVH guests: use xen-xl");
        return false;
    }
    if (def->os.type == RV_OS_XENPVH)
        xen_native_put_text(native, "type", "pvh");
    xen_native_put_text(native, "bootloader", def->bootloader);
    xen_native_put_text(native, "bootargs", def->bootloader_args);
    write_kernel(native, def);
    return true;
}

const XenNativePart xen_native_boot = {read_boot, write_boot};

/* ---- CPU ------------------------------------------------------------------------------------ */

static bool read_feature(XenNative *native, const char *text, GError **error)
{
    g_auto(GStrv) pair = g_strsplit(text, "=", 2);
    static const char *const policies[][2] = {
        {"1", "force"}, {"0", "disable"}, {"x", "optional"}, {"k", "optional"}, {"s", "optional"},
    };
    for (size_t i = 0; pair[0] && pair[1] && i < G_N_ELEMENTS(policies); i++) {
        if (strcmp(pair[1], policies[i][0]) != 0)
            continue;
        xen_native_xml(native->cpu, "<feature policy='%s' name='%s'/>", policies[i][1],
                       xen_config_feature_name(pair[0], true));
        return true;
    }
    rv_error_set(error, RV_ERR_CONF_SYNTAX, "cpuid: '%s' is no feature and 0, 1, x, k or s", text);
    return false;
}

static bool read_cpuid(XenNative *native, GError **error)
{
    g_autofree char *text = NULL;
    if (!xen_native_text(native, "cpuid", &text, error))
        return false;
    if (!text)
        return true;
    native->cpu_mode = "host-passthrough";
    g_auto(GStrv) parts = g_strsplit(text, ",", 0);
    if (parts[0] && strcmp(parts[0], "host") != 0) {
        rv_error_set(error, RV_ERR_CONF_SYNTAX, "cpuid starting with %s is not supported, only "
                     "libxl's format, which starts with host", parts[0]);
        return false;
    }
    for (unsigned i = 1; parts[0] && parts[i]; i++)
        if (!read_feature(native, parts[i], error))
            return false;
    return true;
}

static bool write_cpuid(XenNative *native, const RvDomainDef *def, GError **error)
{
    g_autofree char *text = xen_config_cpuid(def);
    xen_native_put_text(native, "cpuid", text);
    return true;
}

const XenNativePart xen_native_cpuid = {read_cpuid, write_cpuid};

/* ---- NUMA ----------------------------------------------------------------------------------- */

static bool bad_numa(GError **error, size_t node, const char *fault)
{
    rv_error_set(error, RV_ERR_CONF_SYNTAX, "vnuma: node %zu: %s", node, fault);
    return false;
}

static bool read_distances(GString *xml, size_t node, size_t n_nodes, const char *text,
                           GError **error)
{
    g_auto(GStrv) values = g_strsplit(text, ",", 0);
    if (g_strv_length(values) != n_nodes)
        return bad_numa(error, node, "vdistances= has to have one number for each node");
    g_string_append(xml, "<distances>");
    for (unsigned i = 0; values[i]; i++)
        xen_native_xml(xml, "<sibling id='%u' value='%s'/>", i, values[i]);
    g_string_append(xml, "</distances>");
    return true;
}

static bool read_node(GString *xml, size_t node, size_t n_nodes, const json_t *list, GError **error)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new();
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
        if (json_is_string(item))
            g_ptr_array_add(parts, (char *)json_string_value(item));
    g_ptr_array_add(parts, NULL);
    char *const *all = (char *const *)parts->pdata;
    const char *host = xen_native_find(all, "pnode"), *size = xen_native_find(all, "size");
    const char *vcpus = xen_native_find(all, "vcpus");
    const char *distances = xen_native_find(all, "vdistances");
    if (!host || !size || !vcpus)
        return bad_numa(error, node, "pnode=, size= and vcpus= are needed");
    /* A definition has no place for it but the node's own. */
    if (g_ascii_strtoull(host, NULL, 10) != node)
        return bad_numa(error, node, "it can be placed on the host's node of its own number only");
    xen_native_xml(xml, "<cell id='%zu' cpus='%s' memory='%s' unit='MiB'>", node, vcpus, size);
    if (distances && !read_distances(xml, node, n_nodes, distances, error))
        return false;
    g_string_append(xml, "</cell>");
    return true;
}

static bool read_numa(XenNative *native, GError **error)
{
    json_t *list = json_incref(json_object_get(native->settings, "vnuma")), *node;
    json_object_del(native->settings, "vnuma");
    g_autoptr(GString) cells = g_string_new(NULL);
    size_t i;
    bool ok = true;
    json_array_foreach(list, i, node)
        ok = ok && read_node(cells, i, json_array_size(list), node, error);
    if (ok && cells->len)
        g_string_append_printf(native->cpu, "<numa>%s</numa>", cells->str);
    json_decref(list);
    return ok;
}

static bool write_numa(XenNative *native, const RvDomainDef *def, GError **error)
{
    const GPtrArray *cells = def->numa.cells;
    json_t *nodes = json_array();
    for (guint i = 0; i < cells->len; i++) {
        const RvNumaCell *cell = cells->pdata[i];
        g_autoptr(GString) distances = g_string_new("vdistances=");
        for (guint k = 0; k < cells->len; k++)
            g_string_append_printf(distances, "%s%u", k ? "," : "", xen_config_distance(cell, i, k));
        json_t *node = json_array();
        json_array_append_new(node, json_sprintf("pnode=%u", i));
        json_array_append_new(node, json_sprintf("size=%d", (int)(cell->memory_kib / 1024)));
        json_array_append_new(node, json_sprintf("vcpus=%s", cell->cpus ? cell->cpus : ""));
        json_array_append_new(node, json_string(distances->str));
        json_array_append_new(nodes, node);
    }
    if (cells->len > 0)
        json_object_set(native->settings, "vnuma", nodes);
    json_decref(nodes);
    return true;
}

const XenNativePart xen_native_numa = {read_numa, write_numa};

/* ---- Limits, and what is handed on ---------------------------------------------------------- */

static bool read_xenbus(XenNative *native, GError **error)
{
    int64_t channels, frames;
    if (!xen_native_number(native, "max_event_channels", 0, &channels, error) ||
        !xen_native_number(native, "max_grant_frames", 0, &frames, error))
        return false;
    g_string_append(native->devices, "<controller type='xenbus'");
    if (channels > 0)
        xen_native_xml(native->devices, " maxEventChannels='%" G_GINT64_FORMAT "'", channels);
    if (frames > 0)
        xen_native_xml(native->devices, " maxGrantFrames='%" G_GINT64_FORMAT "'", frames);
    g_string_append(native->devices, "/>");
    return true;
}

static bool write_xenbus(XenNative *native, const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        const RvController *controller = def->controllers->pdata[i];
        if (controller->type != RV_CONTROLLER_XENBUS)
            continue;
        if (controller->max_event_channels > 0)
            xen_native_put_number(native, "max_event_channels", controller->max_event_channels);
        if (controller->max_grant_frames > 0)
            xen_native_put_number(native, "max_grant_frames", controller->max_grant_frames);
    }
    return true;
}

const XenNativePart xen_native_xenbus = {read_xenbus, write_xenbus};

static bool read_arguments(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    if (!xen_native_list(native, "device_model_args", &list, error))
        return false;
    g_string_append(native->domain, list[0] ? "<xen:commandline>" : "");
    for (unsigned i = 0; list[i]; i++)
        xen_native_xml(native->domain, "<xen:arg value='%s'/>", list[i]);
    g_string_append(native->domain, list[0] ? "</xen:commandline>" : "");
    return true;
}

static bool write_arguments(XenNative *native, const RvDomainDef *def, GError **error)
{
    const GPtrArray *list = def->xen_commandline ? def->xen_commandline->arguments : NULL;
    for (guint i = 0; list && i < list->len; i++)
        xen_native_add(native, "device_model_args", ((const RvXenArgument *)list->pdata[i])->value);
    return true;
}

const XenNativePart xen_native_arguments = {read_arguments, write_arguments};
