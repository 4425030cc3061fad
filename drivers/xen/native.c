/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/native.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/native-text.h"

enum { XL, XM, SEXPR };
const RvNativeFormat xen_native_formats[] = {
    [XL] = {.name = "xen-xl"},
    [XM] = {.name = "xen-xm"},
    [SEXPR] = {.name = "xen-sxpr", .former = true},
    {NULL},
};

/* In the order in which they are written. */
static const struct {
    const XenNativePart *part;
    bool xl_only;
} parts[] = {
    {&xen_native_identity, false},    {&xen_native_memory, false},
    {&xen_native_vcpus, false},       {&xen_native_features, false},
    {&xen_native_timers, false},      {&xen_native_clock, false},
    {&xen_native_actions, false},     {&xen_native_emulator, false},
    {&xen_native_screen, false},      {&xen_native_interfaces, false},
    {&xen_native_pci, false},         {&xen_native_ports, false},
    {&xen_native_sound, false},       {&xen_native_boot, false},
    {&xen_native_cpuid, true},        {&xen_native_numa, true},
    {&xen_native_xenbus, true},       {&xen_native_disks, false},
    {&xen_native_spice, true},        {&xen_native_inputs, false},
    {&xen_native_usb_devices, true},  {&xen_native_usb_controllers, true},
    {&xen_native_channels, true},     {&xen_native_arguments, true},
};

/* ---- Taking settings ------------------------------------------------------------------------ */

static json_t *take(XenNative *native, const char *name)
{
    json_t *value = json_incref(json_object_get(native->settings, name));
    json_object_del(native->settings, name);
    return value;
}

static bool is_wrong(const char *name, const char *wanted, GError **error)
{
    rv_error_set(error, RV_ERR_INTERNAL, "config value %s was malformed: it has to be %s", name,
                 wanted);
    return false;
}

bool xen_native_text(XenNative *native, const char *name, char **ret, GError **error)
{
    json_t *value = take(native, name);
    bool ok = !value || !json_is_array(value);
    *ret = NULL;
    if (json_is_integer(value))
        *ret = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_string(value))
        *ret = g_strdup(json_string_value(value));
    json_decref(value);
    return ok || is_wrong(name, "a text", error);
}

bool xen_native_number(XenNative *native, const char *name, int64_t fallback, int64_t *ret,
                       GError **error)
{
    json_t *value = take(native, name);
    const char *text = json_string_value(value);
    char *end = NULL;
    *ret = text ? g_ascii_strtoll(text, &end, 10) : value ? json_integer_value(value) : fallback;
    bool ok = !value || json_is_integer(value) || (end && end != text && !*end);
    json_decref(value);
    return ok || is_wrong(name, "a number", error);
}

bool xen_native_list(XenNative *native, const char *name, char ***ret, GError **error)
{
    json_t *value = take(native, name), *item;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    bool ok = !value || !json_is_integer(value);
    size_t i;
    if (json_is_string(value))
        g_ptr_array_add(list, g_strdup(json_string_value(value)));
    json_array_foreach(value, i, item) {
        ok = ok && json_is_string(item);
        if (ok)
            g_ptr_array_add(list, g_strdup(json_string_value(item)));
    }
    json_decref(value);
    if (!ok)
        return is_wrong(name, "a list of texts", error);
    g_ptr_array_add(list, NULL);
    *ret = (char **)g_ptr_array_steal(list, NULL);
    return true;
}

const char *xen_native_find(char *const *list, const char *name)
{
    size_t len = strlen(name);
    for (; *list; list++) {
        const char *part = *list + strspn(*list, " \t");
        if (strncmp(part, name, len) == 0 && part[len] == '=')
            return part + len + 1;
    }
    return NULL;
}

/* ---- Putting settings ----------------------------------------------------------------------- */

void xen_native_put_text(XenNative *native, const char *name, const char *value)
{
    if (value)
        json_object_set_new(native->settings, name, json_string(value));
}

void xen_native_put_number(XenNative *native, const char *name, int64_t value)
{
    json_object_set_new(native->settings, name, json_integer(value));
}

void xen_native_add(XenNative *native, const char *name, const char *value)
{
    json_t *list = json_object_get(native->settings, name);
    if (!list) {
        list = json_array();
        json_object_set_new(native->settings, name, list);
    }
    json_array_append_new(list, json_string(value));
}

void xen_native_element(GString *xml, const char *name, const char *value)
{
    if (value)
        xen_native_xml(xml, "<%s>%s</%s>", name, value, name);
}

/* ---- From and to ---------------------------------------------------------------------------- */

char *xen_to_native(const RvDriverHost *host, const RvNativeFormat *format, const RvDomainDef *def,
                    GError **error)
{
    XenNative native = {.xm = format == &xen_native_formats[XM], .settings = json_object()};
    bool ok = true;
    for (size_t i = 0; i < G_N_ELEMENTS(parts) && ok; i++)
        if (!native.xm || !parts[i].xl_only)
            ok = parts[i].part->write(&native, def, error);
    char *text = ok ? xen_native_print(native.settings) : NULL;
    json_decref(native.settings);
    return text;
}

static char *names_of(const json_t *settings)
{
    GString *names = g_string_new(NULL);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)settings, name, value)
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", name);
    return g_string_free(names, names->len == 0);
}

static char *make_document(const XenNative *native)
{
    GString *xml = g_string_new("<domain type='xen' xmlns:xen='http://libvirt.org/schemas/domain/"
                                "xen/1.0'>");
    g_string_append_printf(xml, "%s<features>%s</features>", native->domain->str,
                           native->features->str);
    g_string_append_printf(xml, "<clock %s</clock>", native->clock->str);
    if (native->cpu_mode)
        g_string_append_printf(xml, "<cpu mode='%s'>%s</cpu>", native->cpu_mode, native->cpu->str);
    else if (native->cpu->len)
        g_string_append_printf(xml, "<cpu>%s</cpu>", native->cpu->str);
    g_string_append_printf(xml, "<devices>%s</devices></domain>", native->devices->str);
    return g_string_free(xml, FALSE);
}

static bool read_parts(XenNative *native, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if ((!native->xm || !parts[i].xl_only) && !parts[i].part->read(native, error))
            return false;
    return true;
}

/* Takes from `settings` what it understands. */
static char *read_document(json_t *settings, bool xm, GError **error)
{
    g_autoptr(GString) domain = g_string_new(NULL), features = g_string_new(NULL);
    g_autoptr(GString) clock = g_string_new(NULL), cpu = g_string_new(NULL);
    g_autoptr(GString) devices = g_string_new(NULL);
    XenNative native = {.xm = xm, .settings = settings, .domain = domain, .features = features,
                        .clock = clock, .cpu = cpu, .devices = devices};
    return read_parts(&native, error) ? make_document(&native) : NULL;
}

char *xen_native_document(json_t *settings, GError **error)
{
    return read_document(settings, false, error);
}

char *xen_from_native(const RvDriverHost *host, const RvNativeFormat *format, const char *text,
                      char **ret_ignored, GError **error)
{
    json_t *settings = xen_native_parse(text, error);
    if (!settings)
        return NULL;
    char *document = read_document(settings, format == &xen_native_formats[XM], error);
    if (document)
        *ret_ignored = names_of(settings);
    json_decref(settings);
    return document;
}
