/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a configuration: network interfaces ("vif"). */
#include "drivers/xen/native.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config-device.h"

#define BRIDGE_SCRIPT "vif-bridge"

enum { MAX_RATE = 1 << 30 }; /* kilobytes per second: more than any interface */

/* The type of a paravirtual interface. */
static const char *type_name(const XenNative *native)
{
    return native->xm ? "netfront" : "vif";
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* A bridge of Open vSwitch can have one VLAN, NAME.TAG, or a trunk of them, NAME:TAG:TAG. */
static void read_bridge(GString *xml, const char *text)
{
    size_t len = strcspn(text, ".:");
    bool trunk = text[len] == ':';
    g_autofree char *name = g_strndup(text, len);
    xen_native_xml(xml, "<source bridge='%s'/>", name);
    if (!text[len])
        return;
    g_auto(GStrv) tags = g_strsplit(text + len + 1, ":", 0);
    g_string_append(xml, trunk ? "<vlan trunk='yes'>" : "<vlan>");
    for (unsigned i = 0; tags[i]; i++)
        xen_native_xml(xml, "<tag id='%s'/>", tags[i]);
    g_string_append(xml, "</vlan><virtualport type='openvswitch'/>");
}

static void read_addresses(GString *xml, const char *text)
{
    g_auto(GStrv) list = g_strsplit(text, " ", 0);
    for (unsigned i = 0; list[i]; i++)
        if (*list[i])
            xen_native_xml(xml, "<ip address='%s' family='%s'/>", list[i],
                           strchr(list[i], ':') ? "ipv6" : "ipv4");
}

/* A number, then a unit: [GMK] and B or b, "/s", and an interval, which a definition has no place
 * for. The result is in kilobytes. */
static bool read_rate(GString *xml, const char *text, GError **error)
{
    static const struct {
        char letter;
        double kib;
    } units[] = {{'G', 1024 * 1024}, {'M', 1024}, {'K', 1}};
    char *unit;
    double kib = (double)g_ascii_strtoull(text, &unit, 10), scale = 1 / 1024.0;
    bool ok = unit != text;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (*unit == units[i].letter)
            scale = units[i].kib;
    if (scale >= 1)
        unit++;
    if (*unit == 'b')
        scale /= 8;
    ok = ok && (*unit == 'b' || *unit == 'B') && g_str_has_prefix(unit + 1, "/s") &&
         (unit[3] == '@' || !unit[3]) && kib * scale <= MAX_RATE;
    if (!ok) {
        rv_error_set(error, RV_ERR_INTERNAL, "Invalid rate '%s' specified: it is like 10MB/s or "
                     "500Kb/s", text);
        return false;
    }
    xen_native_xml(xml, "<bandwidth><outbound average='%" G_GUINT64_FORMAT "'/></bandwidth>",
                   (guint64)(kib * scale));
    return true;
}

static bool read_interface(XenNative *native, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 0);
    const char *bridge = xen_native_find(parts, "bridge"), *mac = xen_native_find(parts, "mac");
    const char *script = xen_native_find(parts, "script"), *ip = xen_native_find(parts, "ip");
    const char *model = xen_native_find(parts, "model"), *type = xen_native_find(parts, "type");
    const char *name = xen_native_find(parts, "vifname"), *rate = xen_native_find(parts, "rate");
    const char *server = xen_native_find(parts, "backend");
    GString *xml = native->devices;
    bool bridged = bridge || g_strcmp0(script, BRIDGE_SCRIPT) == 0 ||
                   g_strcmp0(script, "vif-vnic") == 0;
    if (!model && g_strcmp0(type, type_name(native)) == 0)
        model = "netfront";
    xen_native_xml(xml, "<interface type='%s'>", bridged ? "bridge" : "ethernet");
    if (mac)
        xen_native_xml(xml, "<mac address='%s'/>", mac);
    if (bridge)
        read_bridge(xml, bridge);
    if (ip)
        read_addresses(xml, ip);
    if (script && *script)
        xen_native_xml(xml, "<script path='%s'/>", script);
    if (server)
        xen_native_xml(xml, "<backenddomain name='%s'/>", server);
    if (name && *name)
        xen_native_xml(xml, "<target dev='%s'/>", name);
    if (model)
        xen_native_xml(xml, "<model type='%s'/>", model);
    if (rate && !read_rate(xml, rate, error))
        return false;
    g_string_append(xml, "</interface>");
    return true;
}

static bool read_interfaces(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    if (!xen_native_list(native, "vif", &list, error))
        return false;
    for (unsigned i = 0; list[i]; i++)
        if (!read_interface(native, list[i], error))
            return false;
    return true;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static void write_model(XenNative *native, const RvInterface *interface, bool hvm, GString *text)
{
    if (!interface->model)
        return;
    if (hvm && strcmp(interface->model, "netfront") == 0)
        g_string_append_printf(text, ",type=%s", type_name(native));
    else
        g_string_append_printf(text, ",model=%s", interface->model);
}

static bool write_interface(XenNative *native, const RvDomainDef *def,
                            const RvInterface *interface, GError **error)
{
    bool bridged = interface->type == RV_INTERFACE_BRIDGE;
    if (!bridged && interface->type != RV_INTERFACE_ETHERNET) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "Unsupported net type '%s': a Xen guest has "
                     "interfaces of type bridge and ethernet",
                     rv_interface_type_to_string(interface->type));
        return false;
    }
    g_autofree char *mac = xen_config_mac(interface), *bridge = xen_config_bridge(interface);
    g_autofree char *ips = xen_config_ips(interface);
    const char *script = xen_config_script(interface);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "mac=%s", mac);
    if (bridge)
        g_string_append_printf(text, ",bridge=%s", bridge);
    if (ips)
        g_string_append_printf(text, ",ip=%s", ips);
    if (script || bridged)
        g_string_append_printf(text, ",script=%s", script ? script : BRIDGE_SCRIPT);
    write_model(native, interface, def->os.type == RV_OS_HVM, text);
    if (interface->target && !xen_config_is_given(interface->target))
        g_string_append_printf(text, ",vifname=%s", interface->target);
    if (interface->backend_domain)
        g_string_append_printf(text, ",backend=%s", interface->backend_domain);
    if (interface->outbound.average)
        g_string_append_printf(text, ",rate=%" G_GUINT64_FORMAT "KB/s",
                               interface->outbound.average);
    xen_native_add(native, "vif", text->str);
    return true;
}

static bool write_interfaces(XenNative *native, const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->interfaces->len; i++)
        if (!write_interface(native, def, def->interfaces->pdata[i], error))
            return false;
    return true;
}

const XenNativePart xen_native_interfaces = {read_interfaces, write_interfaces};
