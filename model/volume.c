/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/volume.h"

#include <string.h>

#include "base/error.h"
#include "model/xml-table.h"

#define MAX_NAME 255 /* bytes; no file system has longer ones */

RV_ENUM(rv_volume_type, RvVolumeType, RV_VOLUME_TYPE_LAST, "file", "block", "dir", "network",
        "netdir", "ploop");

const char *const rv_volume_file_formats[] = {"raw", "dir",  "bochs", "cloop", "dmg", "iso",
                                              "vpc", "vdi",  "fat",   "vhd",   "ploop", "cow",
                                              "qcow", "qcow2", "qed", "vmdk",  NULL};
/* Of a partition of a disk pool. */
static const char *const partition_formats[] = {"none",       "linux",     "fat16",      "fat32",
                                                "linux-swap", "linux-lvm", "linux-raid", "extended",
                                                NULL};
static const char *const all_formats[] = {
    "raw", "dir", "bochs", "cloop", "dmg", "iso", "vpc", "vdi", "fat", "vhd", "ploop", "cow", "qcow",
    "qcow2", "qed", "vmdk", "none", "linux", "fat16", "fat32", "linux-swap", "linux-lvm",
    "linux-raid", "extended", NULL};

/* ---- The image ------------------------------------------------------------------------------- */

static bool always(const void *object)
{
    return true;
}

static bool has_no_features(const void *object)
{
    return !((const RvVolumeImage *)object)->has_features;
}

static const RvXmlRow features_rows[] = {
    RV_XML_FLAG(RvVolumeImage, lazy_refcounts, "lazy_refcounts",
                .doc = "Reference counts are written late (qcow2)."),
    RV_XML_FLAG(RvVolumeImage, extended_l2, "extended_l2",
                .doc = "Clusters have parts of their own (qcow2)."),
};

static void check_features(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    ((RvVolumeImage *)object)->has_features = true;
}

static const RvXmlType features = {
    .doc = "What the format can do beyond its first version.",
    RV_XML_ROWS(features_rows),
    .unknown_code = RV_ERR_CONFIG_UNSUPPORTED,
    .check = check_features,
};

static const RvXmlRow timestamps_rows[] = {
    RV_XML_LEAF(RvVolumeImage, atime, "atime", string, .flags = RV_XML_LIVE,
                .doc = "When it was read last."),
    RV_XML_LEAF(RvVolumeImage, mtime, "mtime", string, .flags = RV_XML_LIVE,
                .doc = "When it was written last."),
    RV_XML_LEAF(RvVolumeImage, ctime, "ctime", string, .flags = RV_XML_LIVE,
                .doc = "When its attributes changed."),
    RV_XML_LEAF(RvVolumeImage, btime, "btime", string, .flags = RV_XML_LIVE,
                .doc = "When it was made."),
};
static const RvXmlType timestamps = {RV_XML_ROWS(timestamps_rows)};

#define COMMON_ROWS                                                                                \
    RV_XML_LEAF(RvVolumeImage, path, "path", string, .doc = "Where it is found on this host."),    \
        RV_XML_LEAF(RvVolumeImage, format, "format", string, .attribute = "type",                  \
                    .names = all_formats, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,                   \
                    .fallback = "raw, for files", .doc = "What it is written in."),                \
        RV_XML_EMBED(RvVolumeImage, permissions, "permissions", &rv_storage_permissions_xml),      \
        RV_XML_GROUP("timestamps", &timestamps, .doc = "Told, never read.")

static const RvXmlRow target_rows[] = {
    COMMON_ROWS,
    RV_XML_CHILD(RvVolumeImage, encryption, "encryption", &rv_encryption_xml),
    RV_XML_LEAF(RvVolumeImage, compat, "compat", string,
                .doc = "The version of QEMU that shall be able to read it: 0.10, 1.1."),
    RV_XML_FLAG(RvVolumeImage, nocow, "nocow", .omit = always,
                .doc = "Its blocks are not copied on write (btrfs)."),
    RV_XML_LEAF(RvVolumeImage, cluster_size, "clusterSize", bytes, .min = 1,
                .doc = "The size of its clusters (qcow2)."),
    RV_XML_GROUP("features", &features, .flags = RV_XML_ALWAYS, .omit = has_no_features),
};

/* Two numbers and a dot between them. */
static void check_compat(RvXmlReader *reader, const RvXmlNode *node, const char *compat)
{
    size_t major = strspn(compat, "0123456789");
    size_t minor = compat[major] == '.' ? strspn(compat + major + 1, "0123456789") : 0;
    if (!major || !minor || compat[major + 1 + minor])
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "compat", 0), NULL,
                     "a version is two numbers with a dot between them: 1.1");
}

static void check_target(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvVolumeImage *image = object;
    if (image->compat)
        check_compat(reader, node, image->compat);
    else if (image->has_features)
        image->compat = g_strdup("1.1");
}

static const RvXmlType target = {
    .doc = "The volume on this host.",
    .size = sizeof(RvVolumeImage),
    RV_XML_ROWS(target_rows),
    .check = check_target,
};

static const RvXmlRow backing_rows[] = {COMMON_ROWS};
static const RvXmlType backing = {
    .doc = "What the volume is an overlay of.",
    .size = sizeof(RvVolumeImage),
    RV_XML_ROWS(backing_rows),
};

/* ---- The volume ------------------------------------------------------------------------------ */

static const RvXmlRow extent_rows[] = {
    RV_XML_ATTRIBUTE(RvVolumeExtent, start, "start", uint64, .flags = RV_XML_ALWAYS,
                     .doc = "Where it begins, in bytes."),
    RV_XML_ATTRIBUTE(RvVolumeExtent, end, "end", uint64, .flags = RV_XML_ALWAYS,
                     .doc = "Where it ends."),
};
static const RvXmlType extent = {.size = sizeof(RvVolumeExtent), RV_XML_ROWS(extent_rows)};

static const RvXmlRow device_rows[] = {
    RV_XML_ATTRIBUTE(RvVolumeDevice, path, "path", string, .flags = RV_XML_REQUIRED,
                     .doc = "The path of the device."),
    RV_XML_LIST(RvVolumeDevice, extents, "extent", &extent, .max = 4096),
};
static const RvXmlType device = {.size = sizeof(RvVolumeDevice), RV_XML_ROWS(device_rows)};

static const RvXmlRow source_rows[] = {
    RV_XML_LIST(RvVolumeDef, devices, "device", &device, .max = 1024,
                .flags = RV_XML_LIVE),
};
static const RvXmlType source = {
    .doc = "On what of the pool it lies. Told, never read.",
    RV_XML_ROWS(source_rows),
};

static const RvXmlRow volume_rows[] = {
    RV_XML_ATTRIBUTE(RvVolumeDef, type, "type", enum, .names = rv_volume_type_names,
                     .flags = RV_XML_ALWAYS, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .fallback = "as the pool and the format say", .doc = "What it is."),
    RV_XML_LEAF(RvVolumeDef, name, "name", string, .flags = RV_XML_REQUIRED, .max = MAX_NAME,
                .doc = "Its name, unique in the pool."),
    RV_XML_LEAF(RvVolumeDef, key, "key", string, .doc = "What names it on this host. Told."),
    RV_XML_GROUP("source", &source),
    RV_XML_LEAF(RvVolumeDef, capacity, "capacity", long_bytes, .absent = -1,
                .fallback = "that of what it is an overlay of",
                .doc = "What a guest sees of it."),
    RV_XML_LEAF(RvVolumeDef, allocation, "allocation", long_bytes, .absent = -1,
                .fallback = "its capacity", .doc = "What it takes of the pool."),
    RV_XML_LEAF(RvVolumeDef, physical, "physical", long_bytes, .flags = RV_XML_LIVE,
                .doc = "How long it is. Told, never read."),
    RV_XML_EMBED(RvVolumeDef, target, "target", &target, .flags = RV_XML_ALWAYS),
    RV_XML_CHILD(RvVolumeDef, backing, "backingStore", &backing),
};

static void check_volume(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvVolumeDef *def = object;
    if (def->backing && !def->backing->path)
        g_clear_pointer(&def->backing, rv_volume_image_free);
}

const RvXmlType rv_volume_xml = {
    .doc = "A volume of a storage pool.",
    .size = sizeof(RvVolumeDef),
    RV_XML_ROWS(volume_rows),
    .check = check_volume,
};

/* ---- The document ---------------------------------------------------------------------------- */

RvVolumeDef *rv_volume_def_new(void)
{
    return rv_xml_new(&rv_volume_xml);
}

/* Volumes of a pool have formats of a kind, or none. */
static bool complete_format(RvPoolType pool, RvVolumeImage *image, GError **error)
{
    const char *const *names = pool == RV_POOL_DISK      ? partition_formats
                               : rv_pool_has_files(pool) ? rv_volume_file_formats
                                                         : NULL;
    if (!names)
        g_clear_pointer(&image->format, g_free);
    else if (!image->format)
        image->format = g_strdup(names[0]);
    else if (!g_strv_contains(names, image->format))
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "volumes of a pool of type '%s' cannot be of format '%s'",
                     rv_pool_type_to_string(pool), image->format);
    return !names || g_strv_contains(names, image->format);
}

RvVolumeDef *rv_volume_def_parse(const char *text, size_t len, RvPoolType pool,
                                 RvVolumeCapacity capacity, RvDiagnostics *diagnostics,
                                 GError **error)
{
    g_autoptr(RvVolumeDef) def =
        rv_xml_parse(&rv_volume_xml, "volume", text, len, 0, diagnostics, error);
    if (!def || !complete_format(pool, &def->target, error) ||
        (def->backing && !complete_format(pool, def->backing, error)))
        return NULL;
    if (capacity == RV_VOLUME_CAPACITY_NEEDED && !def->backing &&
        def->capacity == RV_VOLUME_SIZE_NONE) {
        rv_error_set(error, RV_ERR_XML, "volume: element <capacity> is missing");
        return NULL;
    }
    return g_steal_pointer(&def);
}

char *rv_volume_def_format(const RvVolumeDef *def)
{
    GString *out = g_string_new(NULL);
    rv_xml_write(&rv_volume_xml, "volume", def, RV_FORMAT_LIVE, 0, out);
    return g_string_free(out, FALSE);
}

RvVolumeDef *rv_volume_def_copy(const RvVolumeDef *def)
{
    return rv_xml_copy(&rv_volume_xml, def);
}

void rv_volume_def_free(RvVolumeDef *def)
{
    rv_xml_free(&rv_volume_xml, def);
}

RvVolumeImage *rv_volume_image_new(void)
{
    return rv_xml_new(&backing);
}

void rv_volume_image_free(RvVolumeImage *image)
{
    rv_xml_free(&backing, image);
}
