/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/native.h"

#include <libxml/chvalid.h>
#include <libxml/tree.h>
#include <string.h>

#include "base/error.h"
#include "drivers/container/native-text.h"
#include "model/container.h"

const RvNativeFormat container_native_formats[] = {{.name = "lxc-tools"}, {0}};

enum { NETWORKS_MAX = 256, CONSOLES_MAX = 64, MEMORY_KIB = 65536 };

typedef struct {
    GPtrArray *settings;
    xmlNode *domain, *devices;
} Reading;

/* An element with this text (NULL: none), and attributes by pairs of name and value, ended by NULL; those
 * of value NULL are left out. */
static xmlNode *add(xmlNode *parent, const char *name, const char *text,
                    ...) G_GNUC_NULL_TERMINATED;
static xmlNode *add(xmlNode *parent, const char *name, const char *text, ...)
{
    va_list args;
    const char *attribute, *value;
    xmlNode *node = xmlNewTextChild(parent, NULL, (const xmlChar *)name, (const xmlChar *)text);
    va_start(args, text);
    while ((attribute = va_arg(args, const char *))) {
        value = va_arg(args, const char *);
        if (value)
            xmlNewProp(node, (const xmlChar *)attribute, (const xmlChar *)value);
    }
    va_end(args);
    return node;
}

static void refuse(GError **error, const char *what, const char *value)
{
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "%s: '%s'", what, value);
}

/* ---- Limits --------------------------------------------------------------------------------- */

static const struct {
    const char *key, *parent, *element;
    bool bytes; /* told in KiB */
} limits[] = {
    {"lxc.cgroup.memory.limit_in_bytes", "memtune", "hard_limit", true},
    {"lxc.cgroup.memory.soft_limit_in_bytes", "memtune", "soft_limit", true},
    {"lxc.cgroup.memory.memsw.limit_in_bytes", "memtune", "swap_hard_limit", true},
    {"lxc.cgroup.cpu.shares", "cputune", "shares", false},
    {"lxc.cgroup.cpu.cfs_period_us", "cputune", "period", false},
    {"lxc.cgroup.cpu.cfs_quota_us", "cputune", "quota", false},
    {"lxc.cgroup.blkio.weight", "blkiotune", "weight", false},
};

/* "512M": bytes. */
static bool read_size(const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "kmgt";
    char *end = NULL;
    *ret_bytes = g_ascii_strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, g_ascii_tolower(*end)) : NULL;
    if (unit)
        *ret_bytes <<= 10 * (unit - units + 1);
    return end != text && (!*end || (unit && !end[1]));
}

static xmlNode *child(xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent->children; node; node = node->next)
        if (strcmp((const char *)node->name, name) == 0)
            return node;
    return add(parent, name, NULL, NULL);
}

static bool read_limits(Reading *reading, GError **error)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        const char *value = container_setting_take(reading->settings, "%s", limits[i].key);
        if (!value)
            continue;
        if (limits[i].bytes && !read_size(value, &bytes)) {
            refuse(error, limits[i].key, value);
            return false;
        }
        g_autofree char *text = limits[i].bytes
                                    ? g_strdup_printf("%" G_GUINT64_FORMAT, bytes / 1024)
                                    : g_strdup(value);
        xmlNode *parent = child(reading->domain, limits[i].parent);
        add(parent, limits[i].element, text, "unit", limits[i].bytes ? "KiB" : NULL, NULL);
    }
    return true;
}

static void read_memory(Reading *reading)
{
    uint64_t bytes = (uint64_t)MEMORY_KIB * 1024;
    const char *value =
        container_setting_take(reading->settings, "lxc.cgroup.memory.limit_in_bytes");
    if (value)
        (void)read_size(value, &bytes);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, bytes / 1024);
    add(reading->domain, "memory", text, "unit", "KiB", NULL);
}

static void read_processors(Reading *reading)
{
    GPtrArray *settings = reading->settings;
    const char *nodes = container_setting_take(settings, "lxc.cgroup.cpuset.mems");
    add(reading->domain, "vcpu", "1", "placement", "static", "cpuset",
        container_setting_take(settings, "lxc.cgroup.cpuset.cpus"), NULL);
    if (nodes)
        add(add(reading->domain, "numatune", NULL, NULL), "memory", NULL, "mode", "strict",
            "nodeset", nodes, NULL);
}

/* "8:16 1234" */
static bool read_device_limits(Reading *reading, GError **error)
{
    static const struct {
        const char *key, *element;
    } rows[] = {
        {"lxc.cgroup.blkio.device_weight", "weight"},
        {"lxc.cgroup.blkio.throttle.read_iops_device", "read_iops_sec"},
        {"lxc.cgroup.blkio.throttle.write_iops_device", "write_iops_sec"},
        {"lxc.cgroup.blkio.throttle.read_bps_device", "read_bytes_sec"},
        {"lxc.cgroup.blkio.throttle.write_bps_device", "write_bytes_sec"},
    };
    g_autoptr(GHashTable) devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        for (guint i = 0; i < reading->settings->len; i++) {
            ContainerSetting *setting = reading->settings->pdata[i];
            size_t len = strcspn(setting->value, " \t");
            if (strcmp(setting->key, rows[row].key) != 0)
                continue;
            if (!setting->value[len]) {
                refuse(error, setting->key, setting->value);
                return false;
            }
            g_autofree char *path = g_strdup_printf("/dev/block/%.*s", (int)len, setting->value);
            xmlNode *device = g_hash_table_lookup(devices, path);
            if (!device) {
                device = add(child(reading->domain, "blkiotune"), "device", NULL, NULL);
                add(device, "path", path, NULL);
                g_hash_table_insert(devices, g_strdup(path), device);
            }
            add(device, rows[row].element, setting->value + len + strspn(setting->value + len, " \t"),
                NULL);
            setting->used = true;
        }
    }
    return true;
}

/* ---- Users and rights ----------------------------------------------------------------------- */

/* "u 0 100000 65536": of the container, of the host, how many. (libvirt's driver takes the first two
 * the other way round.) */
static bool read_users(Reading *reading, GError **error)
{
    for (guint i = 0; i < reading->settings->len; i++) {
        ContainerSetting *setting = reading->settings->pdata[i];
        if (strcmp(setting->key, "lxc.idmap") != 0)
            continue;
        char kind, start[16], target[16], count[16];
        if (sscanf(setting->value, "%c %15[0-9] %15[0-9] %15[0-9]", &kind, start, target, count) != 4 ||
            (kind != 'u' && kind != 'g')) {
            refuse(error, setting->key, setting->value);
            return false;
        }
        add(child(reading->domain, "idmap"), kind == 'u' ? "uid" : "gid", NULL, "start", start,
            "target", target, "count", count, NULL);
        setting->used = true;
    }
    return true;
}

static bool read_features(Reading *reading, bool own_network, GError **error)
{
    xmlNode *features = add(reading->domain, "features", NULL, NULL);
    if (own_network)
        add(features, "privnet", NULL, NULL);
    xmlNode *capabilities = add(features, "capabilities", NULL, "policy", "allow", NULL);
    const char *drop = container_setting_take(reading->settings, "lxc.cap.drop");
    g_auto(GStrv) names = g_strsplit_set(drop ? drop : "", " \t", -1);
    for (char **name = names; *name; name++) {
        if (!**name)
            continue;
        if (rv_capability_from_string(*name) < 0) {
            refuse(error, "lxc.cap.drop: there is no such capability", *name);
            return false;
        }
        add(capabilities, *name, NULL, "state", "off", NULL);
    }
    return true;
}

static void read_system(Reading *reading)
{
    static const struct {
        const char *name, *arch;
    } rows[] = {{"x86", "i686"}, {"i686", "i686"}, {"x86_64", "x86_64"}, {"amd64", "x86_64"}};
    const char *given = container_setting_take(reading->settings, "lxc.arch"), *arch = NULL;
    const char *init = container_setting_take(reading->settings, "lxc.init.cmd");
    for (size_t i = 0; given && i < G_N_ELEMENTS(rows); i++)
        if (strcmp(given, rows[i].name) == 0)
            arch = rows[i].arch;
    xmlNode *os = add(reading->domain, "os", NULL, NULL);
    add(os, "type", "exe", "arch", arch, NULL);
    add(os, "init", init ? init : "/sbin/init", NULL);
}

/* ---- File systems --------------------------------------------------------------------------- */

static void add_filesystem(Reading *reading, const char *source, const char *target, bool read_only)
{
    bool block = g_str_has_prefix(source, "/dev/");
    xmlNode *node = add(reading->devices, "filesystem", NULL, "type", block ? "block" : "mount", NULL);
    add(node, "source", NULL, block ? "dev" : "dir", source, NULL);
    add(node, "target", NULL, "dir", target, NULL);
    if (read_only)
        add(node, "readonly", NULL, NULL);
}

static bool add_memory(Reading *reading, char *const *options, const char *target, GError **error)
{
    uint64_t bytes = 0;
    bool found = false;
    for (; *options; options++)
        if (g_str_has_prefix(*options, "size=") && !(found = read_size(*options + 5, &bytes))) {
            refuse(error, "the size of a tmpfs cannot be told", *options);
            return false;
        }
    if (!found) {
        refuse(error, "a tmpfs needs an option size=", target);
        return false;
    }
    g_autofree char *kib = g_strdup_printf("%" G_GUINT64_FORMAT, bytes / 1024);
    xmlNode *node = add(reading->devices, "filesystem", NULL, "type", "ram", NULL);
    add(node, "source", NULL, "usage", kib, "units", "KiB", NULL);
    add(node, "target", NULL, "dir", target, NULL);
    return true;
}

/* As in fstab(5). Those of the kernel's own (proc, sysfs) each container has. */
static bool read_entry(Reading *reading, const char *line, GError **error)
{
    char source[1024], place[1024], type[64], option_text[1024] = "";
    if (sscanf(line, "%1023s %1023s %63s %1023s", source, place, type, option_text) < 3) {
        refuse(error, "lxc.mount.entry", line);
        return false;
    }
    g_auto(GStrv) options = g_strsplit(option_text, ",", -1);
    const char *const *list = (const char *const *)options;
    g_autofree char *target = g_strconcat(*place == '/' ? "" : "/", place, NULL);
    if (strcmp(type, "tmpfs") == 0)
        return add_memory(reading, options, target, error);
    if (g_strv_contains(list, "bind") || g_strv_contains(list, "rbind") ||
        g_str_has_prefix(source, "/dev/"))
        add_filesystem(reading, source, target, g_strv_contains(list, "ro"));
    return true;
}

static bool read_filesystems(Reading *reading, GError **error)
{
    const char *root = container_setting_take(reading->settings, "lxc.rootfs.path");
    const char *table = container_setting_take(reading->settings, "lxc.mount.fstab");
    if (!root || table) {
        rv_error_set(error, RV_ERR_INVALID_ARG, table ? "lxc.mount.fstab names another file"
                                                      : "there is no lxc.rootfs.path");
        rv_error_remedy(error, table ? "copy its lines into lines lxc.mount.entry"
                                     : "say where the container's files are");
        return false;
    }
    add_filesystem(reading, g_str_has_prefix(root, "dir:") ? root + 4 : root, "/", false);
    for (guint i = 0; i < reading->settings->len; i++) {
        ContainerSetting *setting = reading->settings->pdata[i];
        if (strcmp(setting->key, "lxc.mount.entry") != 0)
            continue;
        if (!read_entry(reading, setting->value, error))
            return false;
        setting->used = true;
    }
    return true;
}

/* ---- Networks ------------------------------------------------------------------------------- */

static void add_addresses(Reading *reading, int number, xmlNode *node)
{
    static const struct {
        const char *family, *any;
    } rows[] = {{"ipv4", "0.0.0.0"}, {"ipv6", "::"}};
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        g_autofree char *key = g_strdup_printf("lxc.net.%d.%s.address", number, rows[row].family);
        for (guint i = 0; i < reading->settings->len; i++) {
            ContainerSetting *setting = reading->settings->pdata[i];
            if (strcmp(setting->key, key) != 0)
                continue;
            g_auto(GStrv) parts = g_strsplit(setting->value, "/", 2);
            add(node, "ip", NULL, "address", parts[0], "family", rows[row].family, "prefix",
                parts[0] ? parts[1] : NULL, NULL);
            setting->used = true;
        }
    }
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        const char *gateway = container_setting_take(reading->settings, "lxc.net.%d.%s.gateway", number,
                                                     rows[row].family);
        if (gateway)
            add(node, "route", NULL, "family", rows[row].family, "address", rows[row].any, "gateway",
                gateway, NULL);
    }
}

static void add_device(Reading *reading, int number, const char *name)
{
    xmlNode *node = add(reading->devices, "hostdev", NULL, "mode", "capabilities", "type", "net", NULL);
    add(add(node, "source", NULL, NULL), "interface", name, NULL);
    add_addresses(reading, number, node);
}

static void add_interface(Reading *reading, int number, const char *type, const char *link)
{
    GPtrArray *settings = reading->settings;
    bool direct = strcmp(type, "macvlan") == 0;
    const char *mode = container_setting_take(settings, "lxc.net.%d.macvlan.mode", number);
    const char *mac = container_setting_take(settings, "lxc.net.%d.hwaddr", number);
    const char *name = container_setting_take(settings, "lxc.net.%d.name", number);
    const char *flags = container_setting_take(settings, "lxc.net.%d.flags", number);
    const char *mtu = container_setting_take(settings, "lxc.net.%d.mtu", number);
    xmlNode *node = add(reading->devices, "interface", NULL, "type",
                        direct ? "direct" : link ? "bridge" : "ethernet", NULL);
    if (mac)
        add(node, "mac", NULL, "address", mac, NULL);
    if (link)
        add(node, "source", NULL, direct ? "dev" : "bridge", link, "mode",
            direct ? (mode ? mode : "private") : NULL, NULL);
    add_addresses(reading, number, node);
    if (name)
        add(node, "guest", NULL, "dev", name, NULL);
    if (mtu)
        add(node, "mtu", NULL, "size", mtu, NULL);
    add(node, "link", NULL, "state", g_strcmp0(flags, "up") == 0 ? "up" : "down", NULL);
}

/* Whether the container is to have a network of its own: *ret_own. */
static bool read_networks(Reading *reading, bool *ret_own, GError **error)
{
    *ret_own = true;
    for (int i = 0; i < NETWORKS_MAX; i++) {
        const char *type = container_setting_take(reading->settings, "lxc.net.%d.type", i);
        if (!type || strcmp(type, "empty") == 0)
            continue;
        *ret_own = false;
        if (strcmp(type, "none") == 0)
            continue;
        const char *link = container_setting_take(reading->settings, "lxc.net.%d.link", i);
        const char *tag = container_setting_take(reading->settings, "lxc.net.%d.vlan.id", i);
        bool vlan = strcmp(type, "vlan") == 0, pair = strcmp(type, "veth") == 0;
        if ((!link && !pair) || (vlan && !tag)) {
            refuse(error, "a network lacks its link or vlan.id", type);
            return false;
        }
        g_autofree char *name = vlan ? g_strdup_printf("%s.%s", link, tag) : g_strdup(link);
        if (vlan || strcmp(type, "phys") == 0)
            add_device(reading, i, name);
        else
            add_interface(reading, i, type, name);
    }
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static bool read_all(Reading *reading, GError **error)
{
    const char *name = container_setting_take(reading->settings, "lxc.uts.name");
    const char *consoles = container_setting_take(reading->settings, "lxc.tty.max");
    bool own_network;
    add(reading->domain, "name", name ? name : "unnamed", NULL);
    read_memory(reading);
    read_processors(reading);
    read_system(reading);
    reading->devices = xmlNewNode(NULL, (const xmlChar *)"devices");
    bool good = read_limits(reading, error) && read_device_limits(reading, error) &&
                read_users(reading, error) && read_filesystems(reading, error) &&
                read_networks(reading, &own_network, error);
    guint64 n = consoles ? g_ascii_strtoull(consoles, NULL, 10) : 0;
    for (guint64 i = 0; i < MIN(n, CONSOLES_MAX); i++)
        add(reading->devices, "console", NULL, "type", "pty", NULL);
    good = good && read_features(reading, own_network, error);
    xmlAddChild(reading->domain, reading->devices);
    return good;
}

/* What no document can hold, no path or name of the text need have. */
static bool check_characters(const char *text, GError **error)
{
    bool valid = g_utf8_validate(text, -1, NULL);
    for (const char *at = text; valid && *at; at = g_utf8_next_char(at))
        valid = xmlIsCharQ(g_utf8_get_char(at));
    if (!valid)
        rv_error_set(error, RV_ERR_INVALID_ARG, "the configuration is no text of UTF-8 alone");
    return valid;
}

char *container_from_native(const RvDriverHost *host, const RvNativeFormat *format, const char *text,
                            char **ret_ignored, GError **error)
{
    if (!check_characters(text, error))
        return NULL;
    g_autoptr(GPtrArray) settings = container_settings_parse(text);
    xmlDoc *document = xmlNewDoc((const xmlChar *)"1.0");
    Reading reading = {settings, xmlNewDocNode(document, NULL, (const xmlChar *)"domain", NULL), NULL};
    xmlDocSetRootElement(document, reading.domain);
    xmlNewProp(reading.domain, (const xmlChar *)"type", (const xmlChar *)"lxc");
    char *result = NULL;
    if (read_all(&reading, error)) {
        xmlChar *written = NULL;
        int size;
        xmlDocDumpMemory(document, &written, &size);
        result = g_strdup((const char *)written);
        xmlFree(written);
        *ret_ignored = container_settings_unused(settings);
    }
    xmlFreeDoc(document);
    return result;
}
