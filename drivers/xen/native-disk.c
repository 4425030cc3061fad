/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a configuration: disks, as xl says them (xl-disk-configuration(5)) and as xm did. */
#include "drivers/xen/native.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/config-device.h"

/* ---- What one line says --------------------------------------------------------------------- */

typedef struct {
    char *target, *format, *vdev, *access; /* xl: in this order where they are not named */
    char *devtype, *backendtype, *backend, *script, *discard;
} Spec;

static void spec_clear(Spec *spec)
{
    char *const texts[] = {spec->target,      spec->format,  spec->vdev,   spec->access,
                           spec->devtype,     spec->backend, spec->script, spec->discard,
                           spec->backendtype};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Spec, spec_clear)

static const struct {
    const char *name;
    size_t offset;
} named[] = {
    {"target", offsetof(Spec, target)},   {"format", offsetof(Spec, format)},
    {"vdev", offsetof(Spec, vdev)},       {"access", offsetof(Spec, access)},
    {"devtype", offsetof(Spec, devtype)}, {"backendtype", offsetof(Spec, backendtype)},
    {"backend", offsetof(Spec, backend)}, {"script", offsetof(Spec, script)},
};
enum { N_POSITIONS = 4 };

/* Words that stand alone. */
static const struct {
    const char *word;
    size_t offset;
    const char *value;
} flags[] = {
    {"cdrom", offsetof(Spec, devtype), "cdrom"},     {"disk", offsetof(Spec, devtype), "disk"},
    {"discard", offsetof(Spec, discard), "unmap"},
    {"no-discard", offsetof(Spec, discard), "ignore"},
};

/* What older configurations say before a target. */
static const struct {
    const char *prefix, *backendtype, *format;
} prefixes[] = {
    {"ioemu:", NULL, NULL},  {"phy:", "phy", "raw"},    {"file:", "qdisk", "raw"},
    {"tap2:", NULL, NULL},   {"tap:", NULL, NULL},      {"aio:", NULL, "raw"},
    {"raw:", NULL, "raw"},   {"qcow2:", NULL, "qcow2"}, {"qcow:", NULL, "qcow"},
    {"vhd:", NULL, "vhd"},
};

static char **place(Spec *spec, size_t offset)
{
    return (char **)((char *)spec + offset);
}

static bool bad_disk(GError **error, const char *text, const char *fault)
{
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "disk '%s': %s", text, fault);
    return false;
}

/* ---- xl's syntax ---------------------------------------------------------------------------- */

static bool put(Spec *spec, size_t offset, const char *value, const char *text, GError **error)
{
    char **field = place(spec, offset);
    if (*field)
        return bad_disk(error, text, "the same is said twice");
    *field = g_strdup(value);
    return true;
}

static bool has_prefix(const char *target)
{
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(target, prefixes[i].prefix))
            return true;
    return false;
}

static bool read_word(Spec *spec, const char *word, unsigned *position, const char *text,
                      GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        if (strcmp(word, flags[i].word) == 0)
            return put(spec, flags[i].offset, flags[i].value, text, error);
    if (strcmp(word, "direct-io-safe") == 0)
        return true; /* how QEMU may open the file: nothing that the guest sees */
    while (*position < N_POSITIONS && *place(spec, named[*position].offset))
        ++*position;
    if (*position == N_POSITIONS)
        return bad_disk(error, text, "there are too many words without a name");
    /* A prefix says the format, too: then the name of the device comes next. */
    if (*position == 0 && has_prefix(word) && !spec->format)
        spec->format = g_strdup("");
    return put(spec, named[(*position)++].offset, word, text, error);
}

/* One parameter that has a name; *ret_known tells whether it has. */
static bool read_named(Spec *spec, const char *part, const char *text, bool *ret_known,
                       GError **error)
{
    const char *equals = strchr(part, '=');
    *ret_known = false;
    for (size_t i = 0; equals && i < G_N_ELEMENTS(named); i++) {
        if (strncmp(part, named[i].name, (size_t)(equals - part)) != 0 ||
            named[i].name[equals - part])
            continue;
        *ret_known = true;
        return put(spec, named[i].offset, equals + 1, text, error);
    }
    if (equals && *part != '/')
        return bad_disk(error, text, "it has a parameter that is not known");
    return true;
}

static void strip_prefixes(Spec *spec)
{
    for (size_t i = 0; spec->target && i < G_N_ELEMENTS(prefixes); i++) {
        if (!g_str_has_prefix(spec->target, prefixes[i].prefix))
            continue;
        char *rest = g_strdup(spec->target + strlen(prefixes[i].prefix));
        g_free(spec->target);
        spec->target = rest;
        if (!spec->backendtype && prefixes[i].backendtype)
            spec->backendtype = g_strdup(prefixes[i].backendtype);
        if (prefixes[i].format && (!spec->format || !*spec->format)) {
            g_free(spec->format);
            spec->format = g_strdup(prefixes[i].format);
        }
        i = (size_t)-1; /* tap2:aio:... has two */
    }
}

static bool read_xl(Spec *spec, const char *text, GError **error)
{
    unsigned position = 0;
    for (const char *at = text; *at;) {
        at += strspn(at, " \t");
        /* It takes all that follows, commas and all. */
        if (g_str_has_prefix(at, "target="))
            return put(spec, offsetof(Spec, target), at + strlen("target="), text, error);
        size_t len = strcspn(at, ",");
        g_autofree char *part = g_strndup(at, len);
        bool known;
        if (!read_named(spec, part, text, &known, error) ||
            (!known && !read_word(spec, part, &position, text, error)))
            return false;
        at += len + (at[len] == ',');
    }
    return true;
}

/* xl leaves the path of a script's target to the script, which no definition can say. */
static bool check_xl(const Spec *spec, const char *text, GError **error)
{
    static const char *const backends[] = {"phy", "qdisk", "tap", "", NULL};
    if (spec->script && *spec->script)
        return bad_disk(error, text, "a script of its own cannot be defined");
    if (spec->backendtype && !g_strv_contains(backends, spec->backendtype))
        return bad_disk(error, text, "its backendtype is none of phy, qdisk and tap");
    return true;
}

/* ---- As a document -------------------------------------------------------------------------- */

static const char *bus_of(const XenNative *native, const char *vdev)
{
    if (native->type != RV_OS_HVM || g_str_has_prefix(vdev, "xvd"))
        return "xen";
    return g_str_has_prefix(vdev, "sd") ? "scsi" : "ide";
}

/* Cuts what tells a drive from a disk off its name. */
static bool cut_cdrom(Spec *spec)
{
    char *suffix = strchr(spec->vdev, ':');
    bool cdrom = g_strcmp0(suffix, ":cdrom") == 0;
    if (suffix)
        *suffix = '\0';
    return cdrom || g_strcmp0(spec->devtype, "cdrom") == 0;
}

/* PATH[:OPTION=VALUE...], where a backslash takes its meaning from a colon or semicolon. */
static void read_rbd(GString *xml, const char *text)
{
    g_autoptr(GRegex) colon = g_regex_new("(?<!\\\\):", 0, 0, NULL);
    g_auto(GStrv) parts = g_regex_split(colon, text, 0);
    const char *hosts = xen_native_find(parts, "mon_host"), *user = xen_native_find(parts, "id");
    const char *config = xen_native_find(parts, "conf");
    if (user && g_strcmp0(xen_native_find(parts, "auth_supported"), "none") != 0)
        xen_native_xml(xml, "<auth username='%s'/>", user);
    xen_native_xml(xml, "<source protocol='rbd' name='%s'>", parts[0] ? parts[0] : "");
    g_autofree char *plain = hosts ? g_strcompress(hosts) : NULL;
    g_auto(GStrv) list = g_strsplit(plain ? plain : "", ";", 0);
    for (unsigned i = 0; list[i]; i++) {
        char *end = strrchr(list[i], ':'), *bracket = strrchr(list[i], ']');
        bool has_port = end && end > bracket;
        if (has_port)
            *end = '\0';
        if (bracket)
            *bracket = '\0';
        xen_native_xml(xml, "<host name='%s'", list[i] + (*list[i] == '['));
        if (has_port)
            xen_native_xml(xml, " port='%s'", end + 1);
        g_string_append(xml, "/>");
    }
    if (config)
        xen_native_xml(xml, "<config file='%s'/>", config);
    g_string_append(xml, "</source>");
}

static const char *format_name(const char *format)
{
    if (!format || !*format)
        return "raw";
    return strcmp(format, "xvhd") == 0 ? "vhd" : format; /* as libvirt writes it */
}

/* `driver` in libvirt's words, `format` NULL: none. */
static void write_document(XenNative *native, const Spec *spec, const char *driver,
                           const char *format, bool cdrom, bool block)
{
    GString *xml = native->devices;
    bool rbd = spec->target && g_str_has_prefix(spec->target, "rbd:");
    xen_native_xml(xml, "<disk type='%s' device='%s'><driver name='%s'",
                   rbd ? "network" : block ? "block" : "file", cdrom ? "cdrom" : "disk", driver);
    if (format)
        xen_native_xml(xml, " type='%s'", format);
    if (spec->discard)
        xen_native_xml(xml, " discard='%s'", spec->discard);
    g_string_append(xml, "/>");
    if (rbd)
        read_rbd(xml, spec->target + strlen("rbd:"));
    else if (spec->target && *spec->target)
        xen_native_xml(xml, "<source %s='%s'/>", block ? "dev" : "file", spec->target);
    xen_native_xml(xml, "<target dev='%s' bus='%s'/>", spec->vdev, bus_of(native, spec->vdev));
    if (spec->backend)
        xen_native_xml(xml, "<backenddomain name='%s'/>", spec->backend);
    const char *access = spec->access ? spec->access : "";
    if (cdrom || strcmp(access, "r") == 0 || strcmp(access, "ro") == 0)
        g_string_append(xml, "<readonly/>");
    else if (strchr(access, '!'))
        g_string_append(xml, "<shareable/>");
    g_string_append(xml, "</disk>");
}

static bool read_xl_disk(XenNative *native, const char *text, GError **error)
{
    g_auto(Spec) spec = {0};
    if (!read_xl(&spec, text, error))
        return false;
    strip_prefixes(&spec);
    if (!check_xl(&spec, text, error))
        return false;
    if (!spec.vdev || !*spec.vdev)
        return bad_disk(error, text, "vdev= is missing");
    bool cdrom = cut_cdrom(&spec), empty = !spec.target || !*spec.target;
    const char *backend = spec.backendtype ? spec.backendtype : "";
    bool block = strcmp(backend, "phy") == 0 && !cdrom;
    const char *driver = block ? "phy" : strcmp(backend, "tap") == 0 && !cdrom ? "tap" : "qemu";
    if (empty && !cdrom)
        return bad_disk(error, text, "target= is missing");
    write_document(native, &spec, driver, cdrom ? (empty ? NULL : "raw") : format_name(spec.format),
                   cdrom, block);
    return true;
}

/* ---- xm's syntax ---------------------------------------------------------------------------- */

/* [DRIVER:[FORMAT:]]PATH,[ioemu:]NAME[:cdrom],MODE */
static bool read_xm_disk(XenNative *native, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 3);
    if (g_strv_length(parts) != 3)
        return bad_disk(error, text, "it has to be SOURCE,NAME,MODE");
    const char *name = parts[1] + (g_str_has_prefix(parts[1], "ioemu:") ? strlen("ioemu:") : 0);
    g_auto(Spec) spec = {.vdev = g_strdup(name), .access = g_strdup(parts[2])};
    g_auto(GStrv) source = g_strsplit(parts[0], ":", 3);
    unsigned n = g_strv_length(source);
    const char *driver = n > 1 ? source[0] : "phy", *format = NULL, *path = parts[0];
    if (n > 1)
        path += strlen(driver) + 1;
    if (strcmp(driver, "tap") == 0 || strcmp(driver, "tap2") == 0) {
        if (n < 3)
            return bad_disk(error, text, "the format after tap: is missing");
        format = strcmp(source[1], "aio") == 0 ? "raw" : source[1];
        path += strlen(source[1]) + 1;
    }
    spec.target = g_strdup(path);
    bool cdrom = cut_cdrom(&spec);
    if (cdrom && strcmp(parts[2], "w") == 0)
        spec.access[0] = 'r'; /* nothing writes to a CD */
    write_document(native, &spec, driver, format, cdrom, strcmp(driver, "phy") == 0);
    return true;
}

static bool read_disks(XenNative *native, GError **error)
{
    g_auto(GStrv) list = NULL;
    if (!xen_native_list(native, "disk", &list, error))
        return false;
    for (unsigned i = 0; list[i]; i++)
        if (!(native->xm ? read_xm_disk : read_xl_disk)(native, list[i], error))
            return false;
    return true;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static const char *access_name(const RvDisk *disk, const char *read, const char *write)
{
    return disk->read_only ? read : disk->shareable ? "!" : write;
}

static bool write_xl_disk(XenNative *native, const RvDisk *disk, GError **error)
{
    g_autofree char *source = NULL;
    if (!xen_config_disk_source(&disk->source, &source, error))
        return false;
    const char *format = xen_config_disk_format(disk, error);
    const char *backend = disk->driver_name && format ? xen_config_disk_backend(disk, error) : NULL;
    if (!format || (disk->driver_name && !backend))
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "format=%s,vdev=%s,access=%s", format, disk->target,
                           access_name(disk, "ro", "rw"));
    if (backend)
        g_string_append_printf(text, ",backendtype=%s", backend);
    if (disk->backend_domain)
        g_string_append_printf(text, ",backend=%s", disk->backend_domain);
    if (disk->discard && !disk->read_only)
        g_string_append(text, strcmp(disk->discard, "unmap") == 0 ? ",discard" : ",no-discard");
    if (disk->kind == RV_DISK_DEVICE_CDROM)
        g_string_append(text, ",devtype=cdrom");
    if (source)
        g_string_append_printf(text, ",target=%s", source); /* last: it takes all that follows */
    xen_native_add(native, "disk", text->str);
    return true;
}

static bool write_xm_disk(XenNative *native, const RvDisk *disk, GError **error)
{
    bool raw = disk->source.format == RV_DISK_RAW || disk->source.format == RV_DISK_FORMAT_NONE;
    const char *driver = disk->driver_name;
    if (!rv_disk_source_is_local(&disk->source) && !rv_disk_source_is_empty(&disk->source)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "disk '%s': xm knew no disks of type '%s': use xen-xl", disk->target,
                     rv_disk_type_to_string(disk->source.type));
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    if (disk->source.path && driver)
        g_string_append_printf(text, "%s:", driver);
    if (disk->source.path && driver && g_str_has_prefix(driver, "tap"))
        g_string_append_printf(text, "%s:",
                               raw ? "aio" : rv_disk_format_to_string(disk->source.format));
    g_string_append_printf(text, "%s,%s%s,%s", disk->source.path ? disk->source.path : "",
                           disk->target, disk->kind == RV_DISK_DEVICE_CDROM ? ":cdrom" : "",
                           access_name(disk, "r", "w"));
    xen_native_add(native, "disk", text->str);
    return true;
}

static bool write_disks(XenNative *native, const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = def->disks->pdata[i];
        if (disk->kind == RV_DISK_DEVICE_FLOPPY || disk->transient) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "disk '%s': Xen has no %s", disk->target,
                         disk->transient ? "transient disks" : "floppy drives");
            return false;
        }
        if (!(native->xm ? write_xm_disk : write_xl_disk)(native, disk, error))
            return false;
    }
    return true;
}

const XenNativePart xen_native_disks = {read_disks, write_disks};
