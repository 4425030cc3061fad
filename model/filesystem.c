/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/filesystem.h"

#include "base/error.h"
#include "model/device-xml.h"

RV_ENUM(rv_filesystem_type, RvFilesystemType, RV_FILESYSTEM_LAST, "mount", "block", "file",
        "template", "ram", "bind", "volume");

RV_ENUM(rv_filesystem_driver, RvFilesystemDriver, RV_FILESYSTEM_DRIVER_LAST, "default", "path",
        "handle", "loop", "nbd", "ploop", "virtiofs");

static const char *const access_names[] = {"passthrough", "mapped", "squash", NULL};
static const char *const model_names[] = {"virtio", "virtio-transitional",
                                          "virtio-non-transitional", NULL};
static const char *const multidevs_names[] = {"default", "remap", "forbid", "warn", NULL};
static const char *const policy_names[] = {"default", "immediate", NULL};
static const char *const format_names[] = {"raw",  "dir",   "bochs", "cloop", "dmg", "iso",
                                           "vpc",  "vdi",   "vhdx",  "vmdk",  "cow", "qcow",
                                           "qcow2", "qed",  "fat",   "ploop", "luks", NULL};
static const char *const cache_names[] = {"none", "always", NULL};
static const char *const sandbox_names[] = {"namespace", "chroot", NULL};
static const char *const switch_names[] = {"on", "off", NULL};

#define TYPE(mask) RV_XML_WHEN(RvFilesystem, type, mask)
#define BIT(kind) RV_XML_BIT(RV_FILESYSTEM_##kind)
#define VIRTIOFS RV_XML_WHEN(RvFilesystem, driver, RV_XML_BIT(RV_FILESYSTEM_DRIVER_VIRTIOFS))
#define SWITCH(field, name, ...)                                                                   \
    RV_XML_ATTRIBUTE(RvFilesystem, field, name, string, .names = switch_names, __VA_ARGS__)

static const RvXmlRow driver_rows[] = {
    RV_XML_ATTRIBUTE(RvFilesystem, driver, "type", enum, .names = rv_filesystem_driver_names,
                     .fallback = "path", .doc = "What gives the guest the files."),
    RV_XML_ATTRIBUTE(RvFilesystem, format, "format", string, .names = format_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "The format of an image."),
    RV_XML_ATTRIBUTE(RvFilesystem, write_policy, "wrpolicy", string, .names = policy_names,
                     .doc = "immediate: what the guest writes goes to the disk at once."),
    RV_XML_ATTRIBUTE(RvFilesystem, queue, "queue", uint64, VIRTIOFS,
                     .doc = "How many requests fit into the queue."),
    RV_VIRTIO_ROWS(RvFilesystem, virtio),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow lock_rows[] = {
    SWITCH(lock_posix, "posix", .doc = "Whether POSIX locks are the host's."),
    SWITCH(lock_flock, "flock", .doc = "Whether flock() is the host's."),
};
static const RvXmlType lock = {RV_XML_ROWS(lock_rows)};

static const RvXmlRow binary_rows[] = {
    RV_XML_ATTRIBUTE(RvFilesystem, binary, "path", string, .doc = "The virtiofsd to use."),
    SWITCH(xattr, "xattr", .doc = "Whether files have extended attributes."),
    RV_XML_LEAF(RvFilesystem, cache, "cache", string, .attribute = "mode", .names = cache_names,
                .doc = "What the guest may cache."),
    RV_XML_LEAF(RvFilesystem, sandbox, "sandbox", string, .attribute = "mode",
                .names = sandbox_names, .doc = "How virtiofsd is confined."),
    RV_XML_GROUP("lock", &lock),
    RV_XML_LEAF(RvFilesystem, threads, "thread_pool", int, .attribute = "size", .absent = -1,
                .min = 0, .max = INT_MAX, .doc = "Its threads; 0: no pool."),
};
static const RvXmlType binary = {RV_XML_ROWS(binary_rows)};

static bool is_socket(const void *object)
{
    return ((const RvFilesystem *)object)->socket != NULL;
}

static const RvXmlRow source_rows[] = {
    RV_XML_ATTRIBUTE(RvFilesystem, socket, "socket", string, TYPE(BIT(MOUNT) | BIT(BIND)),
                     .doc = "The socket of a virtiofsd that runs already."),
    RV_XML_ATTRIBUTE(RvFilesystem, source, "dir", string, TYPE(BIT(MOUNT) | BIT(BIND)),
                     .omit = is_socket, .doc = "A folder of the host; for bind, of the guest."),
    RV_XML_ATTRIBUTE(RvFilesystem, source, "file", string, TYPE(BIT(FILE)),
                     .doc = "An image with a file system in it."),
    RV_XML_ATTRIBUTE(RvFilesystem, source, "dev", string, TYPE(BIT(BLOCK)),
                     .doc = "A block device with a file system on it."),
    RV_XML_ATTRIBUTE(RvFilesystem, source, "name", string, TYPE(BIT(TEMPLATE)),
                     .doc = "The name of a template."),
    RV_XML_ATTRIBUTE(RvFilesystem, usage, "usage", uint64, TYPE(BIT(RAM)),
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "How much memory it may take."),
    RV_XML_ATTRIBUTE(RvFilesystem, usage_units, "units", string, TYPE(BIT(RAM)),
                     .fallback = "KiB", .doc = "The unit of usage: bytes, KiB, MiB, ..."),
    RV_XML_ATTRIBUTE(RvFilesystem, pool, "pool", string, TYPE(BIT(VOLUME)),
                     .flags = RV_XML_REQUIRED, .doc = "The name of a storage pool."),
    RV_XML_ATTRIBUTE(RvFilesystem, volume, "volume", string, TYPE(BIT(VOLUME)),
                     .flags = RV_XML_REQUIRED, .doc = "The name of a volume of that pool."),
    RV_XML_ATTRIBUTE(RvFilesystem, source, "path", string, TYPE(BIT(VOLUME)), .flags = RV_XML_LIVE,
                     .doc = "Where that was found."),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

static const RvXmlRow filesystem_rows[] = {
    RV_XML_ATTRIBUTE(RvFilesystem, type, "type", enum, .names = rv_filesystem_type_names,
                     .flags = RV_XML_ALWAYS, .fallback = "mount", .doc = "What it comes from."),
    RV_XML_ATTRIBUTE(RvFilesystem, access_mode, "accessmode", string, .names = access_names,
                     .fallback = "passthrough",
                     .doc = "With whose rights the files are accessed."),
    RV_XML_ATTRIBUTE(RvFilesystem, model, "model", string, .names = model_names,
                     .flags = RV_XML_ABI, .doc = "The hardware that the guest sees."),
    RV_XML_ATTRIBUTE(RvFilesystem, multidevs, "multidevs", string, .names = multidevs_names,
                     .doc = "What happens where the folder spans several devices."),
    RV_XML_ATTRIBUTE(RvFilesystem, fmode, "fmode", string, .max = 8,
                     .doc = "The mode of new files, in octal, where accessmode is mapped."),
    RV_XML_ATTRIBUTE(RvFilesystem, dmode, "dmode", string, .max = 8,
                     .doc = "The mode of new folders, in octal, where accessmode is mapped."),
    RV_XML_GROUP("driver", &driver),
    RV_XML_GROUP("binary", &binary),
    RV_XML_GROUP("source", &source),
    RV_XML_LEAF(RvFilesystem, target, "target", string, .attribute = "dir", .flags = RV_XML_ABI,
                .doc = "Where the guest finds it: a path, or a tag for a full machine."),
    RV_XML_FLAG(RvFilesystem, read_only, "readonly", .doc = "The guest cannot change it."),
    RV_DEVICE_BOOT_ROW(RvFilesystem),
    RV_DEVICE_ROWS(RvFilesystem),
    RV_XML_LEAF(RvFilesystem, hard_limit, "space_hard_limit", long_bytes,
                .doc = "The most space it may take."),
    RV_XML_LEAF(RvFilesystem, soft_limit, "space_soft_limit", long_bytes,
                .doc = "Space that may be exceeded for a while only."),
};

/* An octal number of permission bits, written with four digits. */
static void check_mode(RvXmlReader *reader, const RvXmlNode *node, const char *name, char **mode)
{
    char *end;
    if (!*mode)
        return;
    guint64 value = g_ascii_strtoull(*mode, &end, 8);
    if (*end || !g_ascii_isdigit((*mode)[0]) || value > 0777) {
        rv_xml_error(reader, RV_ERR_XML, node, name, "a mode is an octal number up to 0777");
        return;
    }
    g_free(*mode);
    *mode = value ? g_strdup_printf("%04o", (unsigned)value) : NULL;
}

static void check_usage(RvXmlReader *reader, const RvXmlNode *node, RvFilesystem *filesystem)
{
    static const RvXmlRow any = {0};
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, filesystem->usage);
    if (!rv_xml_kib.parse(&any, text, filesystem->usage_units, &filesystem->usage))
        rv_xml_error(reader, RV_ERR_INVALID_ARG, rv_xml_node_child(node, "source", 0), "units",
                     "the size must be %s, and less than 8 EiB", rv_xml_kib.attribute_doc);
    g_free(filesystem->usage_units);
    filesystem->usage_units = g_strdup("KiB");
}

/* Of another driver they are as if they were not there, as libvirt has it. */
static void drop_virtiofs(RvFilesystem *filesystem)
{
    char **const texts[] = {&filesystem->binary,  &filesystem->xattr,      &filesystem->cache,
                            &filesystem->sandbox, &filesystem->lock_posix, &filesystem->lock_flock};
    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    filesystem->threads = -1;
}

static void check_filesystem(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvFilesystem *filesystem = object;
    bool has_source = filesystem->source || filesystem->socket ||
                      filesystem->type == RV_FILESYSTEM_RAM ||
                      filesystem->type == RV_FILESYSTEM_VOLUME;
    if (filesystem->driver != RV_FILESYSTEM_DRIVER_VIRTIOFS)
        drop_virtiofs(filesystem);
    check_mode(reader, node, "fmode", &filesystem->fmode);
    check_mode(reader, node, "dmode", &filesystem->dmode);
    if (!has_source)
        rv_xml_error(reader, RV_ERR_NO_SOURCE, rv_xml_node_child(node, "source", 0), NULL,
                     "the file system has no source");
    if (filesystem->type == RV_FILESYSTEM_RAM)
        check_usage(reader, node, filesystem);
    if (!filesystem->target)
        rv_xml_error(reader, RV_ERR_NO_TARGET, rv_xml_node_child(node, "target", 0), NULL,
                     "the file system has no target");
    if (filesystem->device.boot_order && filesystem->driver != RV_FILESYSTEM_DRIVER_VIRTIOFS)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "boot", 0), NULL,
                     "only a file system of driver virtiofs can be booted from");
}

const RvXmlType rv_filesystem_xml = {
    .doc = "Files of the host for the guest. A container has one with the target /.",
    .size = sizeof(RvFilesystem),
    RV_XML_ROWS(filesystem_rows),
    .check = check_filesystem,
};
