/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/config.h"

#include <string.h>

#include "base/error.h"
#include "drivers/xen/native.h"

/*
 * Strangers' domains in our words: what libxl kept of their making, as settings of the file that xl
 * might have made them from, which native-*.c understand. So a domain is adopted as what
 * domxml-from-native makes of its file, as far as libxl gives back what was in it.
 */

enum { WHOLE_WEIGHT = 256 };

static const json_t *find(const json_t *object, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", 0);
    for (unsigned i = 0; object && names[i]; i++)
        object = json_object_get(object, names[i]);
    return object;
}

static bool is_true(const json_t *value)
{
    return json_is_true(value) || g_strcmp0(json_string_value(value), "True") == 0;
}

/* ---- One for one ---------------------------------------------------------------------------- */

typedef enum { TEXT, NUMBER, BOOL, LIST, MIB } Kind;

static const struct {
    const char *path, *setting;
    Kind kind;
} settings[] = {
    {"c_info/name", "name", TEXT},
    {"c_info/uuid", "uuid", TEXT},
    {"c_info/type", "type", TEXT},
    {"c_info/hap", "hap", BOOL},
    {"c_info/passthrough", "passthrough", TEXT},
    {"b_info/max_vcpus", "maxvcpus", NUMBER},
    {"b_info/max_memkb", "maxmem", MIB},
    {"b_info/target_memkb", "memory", MIB},
    {"b_info/tsc_mode", "tsc_mode", TEXT},
    {"b_info/localtime", "localtime", BOOL},
    {"b_info/event_channels", "max_event_channels", NUMBER},
    {"b_info/max_grant_frames", "max_grant_frames", NUMBER},
    {"b_info/device_model", "device_model_override", TEXT},
    {"b_info/extra", "device_model_args", LIST},
    {"b_info/kernel", "kernel", TEXT},
    {"b_info/ramdisk", "ramdisk", TEXT},
    {"b_info/cmdline", "cmdline", TEXT},
    {"b_info/bootloader", "bootloader", TEXT},
    {"b_info/nested_hvm", "nestedhvm", BOOL},
    {"b_info/acpi", "acpi", BOOL},
    {"b_info/apic", "apic", BOOL},
    {"b_info/type.pv/e820_host", "e820_host", BOOL},
    {"b_info/type.hvm/bios", "bios", TEXT},
    {"b_info/type.hvm/pae", "pae", BOOL},
    {"b_info/type.hvm/viridian", "viridian", BOOL},
    {"b_info/type.hvm/hpet", "hpet", BOOL},
    {"b_info/type.hvm/acpi_firmware", "acpi_firmware", TEXT},
    {"b_info/type.hvm/boot", "boot", TEXT},
    {"b_info/type.hvm/soundhw", "soundhw", TEXT},
    {"b_info/type.hvm/usb", "usb", BOOL},
    {"b_info/type.hvm/usbdevice", "usbdevice", TEXT},
    {"b_info/type.hvm/usbdevice_list", "usbdevice", LIST},
    {"b_info/type.hvm/serial", "serial", TEXT},
    {"b_info/type.hvm/serial_list", "serial", LIST},
    {"b_info/type.hvm/keymap", "keymap", TEXT},
    {"b_info/type.hvm/vnc/enable", "vnc", BOOL},
    {"b_info/type.hvm/vnc/listen", "vnclisten", TEXT},
    {"b_info/type.hvm/vnc/passwd", "vncpasswd", TEXT},
    {"b_info/type.hvm/vnc/display", "vncdisplay", NUMBER},
    {"b_info/type.hvm/vnc/findunused", "vncunused", BOOL},
    {"b_info/type.hvm/sdl/enable", "sdl", BOOL},
    {"b_info/type.hvm/sdl/display", "display", TEXT},
    {"b_info/type.hvm/sdl/xauthority", "xauthority", TEXT},
    {"b_info/type.hvm/spice/enable", "spice", BOOL},
    {"b_info/type.hvm/spice/host", "spicehost", TEXT},
    {"b_info/type.hvm/spice/port", "spiceport", NUMBER},
    {"b_info/type.hvm/spice/tls_port", "spicetls_port", NUMBER},
    {"b_info/type.hvm/spice/disable_ticketing", "spicedisable_ticketing", BOOL},
    {"b_info/type.hvm/spice/passwd", "spicepasswd", TEXT},
    {"b_info/type.hvm/spice/agent_mouse", "spiceagent_mouse", BOOL},
    {"b_info/type.hvm/spice/vdagent", "spicevdagent", BOOL},
    {"b_info/type.hvm/spice/clipboard_sharing", "spice_clipboard_sharing", BOOL},
};

static json_t *convert(const json_t *value, Kind kind)
{
    if ((kind == TEXT && !json_is_string(value)) || (kind == LIST && !json_is_array(value)) ||
        ((kind == NUMBER || kind == MIB) && !json_is_integer(value)))
        return NULL;
    if (kind == MIB)
        return json_integer(json_integer_value(value) / 1024);
    return kind == BOOL ? json_integer(is_true(value)) : json_incref((json_t *)value);
}

static void read_settings(json_t *native, const json_t *config)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        const json_t *value = find(config, settings[i].path);
        json_t *said = value ? convert(value, settings[i].kind) : NULL;
        if (said)
            json_object_set_new(native, settings[i].setting, said);
    }
}

/* ---- The machine ---------------------------------------------------------------------------- */

/* libxl leaves out what every guest does that it is not told otherwise. */
static void read_actions(json_t *native, const json_t *config)
{
    static const char *const names[] = {"on_poweroff", "on_reboot", "on_crash"};
    static const char *const known[] = {"restart", "preserve", "coredump_destroy",
                                        "coredump_restart", "restart_rename"};
    static const char *const ours[] = {"restart", "preserve", "coredump-destroy",
                                       "coredump-restart", "rename-restart"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *action = json_string_value(json_object_get(config, names[i])),
                   *word = "destroy";
        for (size_t k = 0; action && k < G_N_ELEMENTS(known); k++)
            if (strcmp(action, known[k]) == 0)
                word = ours[k];
        json_object_set_new(native, names[i], json_string(word));
    }
}

/* "0,1,5" */
static char *join_numbers(const json_t *list)
{
    GString *text = g_string_new(NULL);
    size_t i;
    json_t *number;
    json_array_foreach(list, i, number)
        g_string_append_printf(text, "%s%" JSON_INTEGER_FORMAT, i ? "," : "",
                               json_integer_value(number));
    return g_string_free(text, FALSE);
}

/* What holds for all of them is the set of the domain. */
static void read_vcpus(json_t *native, const json_t *build)
{
    const json_t *pins = json_object_get(build, "vcpu_hard_affinity"), *first;
    size_t online = json_array_size(json_object_get(build, "avail_vcpus")), i;
    json_t *pin;
    if (online > 0)
        json_object_set_new(native, "vcpus", json_integer((json_int_t)online));
    first = json_array_get(pins, 0);
    json_array_foreach(pins, i, pin)
        if (!json_equal(pin, first))
            return;
    g_autofree char *cpus = first ? join_numbers(first) : NULL;
    if (cpus && *cpus)
        json_object_set_new(native, "cpus", json_string(cpus));
}

static void read_offset(json_t *native, const json_t *build)
{
    json_int_t offset = json_integer_value(json_object_get(build, "rtc_timeoffset"));
    if (offset)
        json_object_set_new(native, "rtc_timeoffset", json_integer((int32_t)offset));
}

static void read_bootloader(json_t *native, const json_t *build)
{
    const json_t *list = json_object_get(build, "bootloader_args");
    g_autoptr(GString) text = g_string_new(NULL);
    size_t i;
    json_t *word;
    json_array_foreach(list, i, word)
        g_string_append_printf(text, "%s%s", i ? " " : "", json_string_value(word));
    if (text->len)
        json_object_set_new(native, "bootargs", json_string(text->str));
}

static void read_nodes(json_t *native, const json_t *build)
{
    json_t *list = json_array(), *node;
    size_t i;
    json_array_foreach(json_object_get(build, "vnuma_nodes"), i, node) {
        g_autofree char *vcpus = join_numbers(json_object_get(node, "vcpus"));
        g_autofree char *distances = join_numbers(json_object_get(node, "distances"));
        json_int_t size = json_integer_value(json_object_get(node, "memkb")) / 1024;
        json_array_append_new(
            list, json_pack("[o,o,o,o]", json_sprintf("pnode=%zu", i),
                            json_sprintf("size=%" JSON_INTEGER_FORMAT, size),
                            json_sprintf("vcpus=%s", vcpus),
                            json_sprintf("vdistances=%s", distances)));
    }
    if (i > 0)
        json_object_set(native, "vnuma", list);
    json_decref(list);
}

/* ---- Devices -------------------------------------------------------------------------------- */

/* ",NAME=VALUE", for each of these that is there. */
typedef struct {
    const char *path, *name;
    Kind kind;
} Part;

static char *join_parts(const json_t *device, const Part *parts, size_t n)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        const json_t *found = find(device, parts[i].path);
        json_t *value = found ? convert(found, parts[i].kind) : NULL;
        if (json_is_string(value))
            g_string_append_printf(text, ",%s=%s", parts[i].name, json_string_value(value));
        else if (json_is_integer(value))
            g_string_append_printf(text, ",%s=%" JSON_INTEGER_FORMAT, parts[i].name,
                                   json_integer_value(value));
        json_decref(value);
    }
    return g_string_free(text, FALSE);
}

static char *make_disk(const json_t *device, bool hvm)
{
    static const Part parts[] = {
        {"vdev", "vdev", TEXT},
        {"backend", "backendtype", TEXT},
        {"backend_domname", "backend", TEXT},
        {"script", "script", TEXT},
    };
    const char *format = json_string_value(json_object_get(device, "format"));
    const char *path = json_string_value(json_object_get(device, "pdev_path"));
    const json_t *discard = json_object_get(device, "discard_enable");
    bool cdrom = json_integer_value(json_object_get(device, "is_cdrom"));
    bool writable = json_integer_value(json_object_get(device, "readwrite"));
    if (!json_is_string(json_object_get(device, "vdev")))
        return NULL;
    g_autofree char *said = join_parts(device, parts, G_N_ELEMENTS(parts));
    return g_strdup_printf("format=%s,access=%s%s%s%s,target=%s",
                           format && strcmp(format, "empty") ? format : "raw",
                           writable ? "rw" : "ro", cdrom ? ",cdrom" : "",
                           !discard || !writable ? ""
                           : is_true(discard)    ? ",discard"
                                                 : ",no-discard",
                           said, path ? path : "");
}

static char *make_interface(const json_t *device, bool hvm)
{
    static const Part parts[] = {
        {"mac", "mac", TEXT},       {"bridge", "bridge", TEXT}, {"ip", "ip", TEXT},
        {"script", "script", TEXT}, {"model", "model", TEXT},   {"ifname", "vifname", TEXT},
        {"backend_domname", "backend", TEXT},
    };
    const char *type = json_string_value(json_object_get(device, "nictype"));
    json_int_t bytes = json_integer_value(json_object_get(device, "rate_bytes_per_interval"));
    json_int_t us = json_integer_value(json_object_get(device, "rate_interval_usecs"));
    g_autofree char *said = join_parts(device, parts, G_N_ELEMENTS(parts));
    g_autofree char *rate =
        us > 0 ? g_strdup_printf(",rate=%" JSON_INTEGER_FORMAT "B/s",
                                 bytes * G_USEC_PER_SEC / us)
               : NULL;
    bool own_model = json_is_string(json_object_get(device, "model"));
    return g_strdup_printf("type=%s%s%s", hvm && !own_model && type ? type : "ioemu", said,
                           rate ? rate : "");
}

static char *make_framebuffer(const json_t *device, bool hvm)
{
    static const Part parts[] = {
        {"vnc/listen", "vnclisten", TEXT},      {"vnc/passwd", "vncpasswd", TEXT},
        {"vnc/display", "vncdisplay", NUMBER},  {"vnc/findunused", "vncunused", BOOL},
        {"sdl/display", "display", TEXT},       {"sdl/xauthority", "xauthority", TEXT},
        {"keymap", "keymap", TEXT},
    };
    g_autofree char *said = join_parts(device, parts, G_N_ELEMENTS(parts));
    return g_strconcat(is_true(find(device, "sdl/enable")) ? "type=sdl" : "type=vnc", said, NULL);
}

static char *make_channel(const json_t *device, bool hvm)
{
    static const Part parts[] = {{"connection.socket/path", "path", TEXT}, {"name", "name", TEXT}};
    g_autofree char *said = join_parts(device, parts, G_N_ELEMENTS(parts));
    return g_strconcat("connection=",
                       json_object_get(device, "connection.pty") ? "pty" : "socket", said, NULL);
}

static unsigned get_unsigned(const json_t *object, const char *path)
{
    return (unsigned)json_integer_value(find(object, path));
}

static char *make_pci(const json_t *device, bool hvm)
{
    return g_strdup_printf("%04x:%02x:%02x.%x%s", get_unsigned(device, "domain"),
                           get_unsigned(device, "bus"), get_unsigned(device, "dev"),
                           get_unsigned(device, "func"),
                           is_true(find(device, "permissive")) ? ",permissive=1" : "");
}

/* xl's numbers of these are hexadecimal. */
static char *make_usb(const json_t *device, bool hvm)
{
    return g_strdup_printf("hostbus=%x,hostaddr=%x", get_unsigned(device, "type.hostdev/hostbus"),
                           get_unsigned(device, "type.hostdev/hostaddr"));
}

static char *make_controller(const json_t *device, bool hvm)
{
    unsigned version = get_unsigned(device, "version"), ports = get_unsigned(device, "ports");
    return g_strdup_printf("version=%u,ports=%x", version ? version : 2, ports ? ports : 8);
}

static const struct {
    const char *list, *setting;
    char *(*make)(const json_t *device, bool hvm); /* NULL: none that a definition can say */
} devices[] = {
    {"disks", "disk", make_disk},          {"nics", "vif", make_interface},
    {"vfbs", "vfb", make_framebuffer},     {"channels", "channel", make_channel},
    {"pcidevs", "pci", make_pci},          {"usbdevs", "usbdev", make_usb},
    {"usbctrls", "usbctrl", make_controller},
};

static void read_devices(json_t *native, const json_t *config)
{
    size_t k;
    json_t *device;
    bool hvm = g_strcmp0(json_string_value(find(config, "c_info/type")), "hvm") == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
        json_t *list = json_array();
        json_array_foreach(json_object_get(config, devices[i].list), k, device) {
            g_autofree char *text = devices[i].make(device, hvm);
            if (text)
                json_array_append_new(list, json_string(text));
        }
        json_object_set_new(native, devices[i].setting, list);
    }
}

/* ---- All of it ------------------------------------------------------------------------------ */

/* The document of a definition has no way to say that. */
static void drop_what_is_usual(json_t *native)
{
    if (json_integer_value(json_object_get(native, "vnc")) == 0 &&
        json_integer_value(json_object_get(native, "sdl")) == 0)
        json_object_del(native, "vnc");
}

static void read_weight(RvDomainDef *def, const json_t *config)
{
    const json_t *weight = find(config, "b_info/sched_params/weight");
    json_int_t value = json_integer_value(weight);
    if (value > 0 && value != WHOLE_WEIGHT)
        def->cputune.shares = value;
}

RvDomainDef *xen_config_to_def(const json_t *config, GError **error)
{
    json_t *native = json_object();
    const json_t *build = json_object_get(config, "b_info");
    read_settings(native, config);
    read_actions(native, config);
    read_vcpus(native, build);
    read_offset(native, build);
    read_bootloader(native, build);
    read_nodes(native, build);
    read_devices(native, config);
    drop_what_is_usual(native);
    g_autofree char *document = xen_native_document(native, error);
    json_decref(native);
    g_autoptr(RvDomainDef) def =
        document ? rv_domain_def_parse(document, strlen(document), NULL, error) : NULL;
    if (def)
        read_weight(def, config);
    return g_steal_pointer(&def);
}
