/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands behind a disk's source, and what is made of it: <backingStore> and <mirror>. */

#include "base/error.h"
#include "model/disk.h"
#include "model/xml-table.h"

#define LINK_BITS                                                                                  \
    RV_XML_WHEN(RvBackingStore, source.type,                                                       \
                (RV_XML_BIT(RV_DISK_TYPE_LAST) - 1) & ~RV_DISK_TYPE_BIT(NONE))

static const RvXmlRow cache_rows[] = {
    RV_XML_LEAF(RvDiskSource, metadata_cache, "max_size", long_bytes,
                .doc = "How much memory the emulator may use for it."),
};
static const RvXmlType cache = {RV_XML_ROWS(cache_rows)};

static const RvXmlRow format_rows[] = {
    RV_XML_ATTRIBUTE(RvDiskSource, format, "type", enum, .names = rv_disk_format_names, .min = 1,
                     .flags = RV_XML_REQUIRED, .doc = "The format of the image."),
    RV_XML_GROUP("metadata_cache", &cache),
};
static const RvXmlType format = {RV_XML_ROWS(format_rows)};

static const RvXmlRow backing_rows[] = {
    RV_XML_ATTRIBUTE(RvBackingStore, source.type, "type", enum, .names = rv_disk_type_names,
                     .min = 1, .fallback = "none: the chain ends here",
                     .doc = "What its source is."),
    RV_XML_ATTRIBUTE(RvBackingStore, source.index, "index", uint, .flags = RV_XML_LIVE, LINK_BITS,
                     .doc = "Its number in the chain of a running guest."),
    RV_XML_EMBED(RvBackingStore, source, "format", &format, .flags = RV_XML_REQUIRED, LINK_BITS),
    RV_XML_EMBED(RvBackingStore, source, "source", &rv_disk_chain_source_xml,
                 .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, LINK_BITS),
    RV_XML_CHILD(RvBackingStore, next, "backingStore", &rv_backing_store_xml, LINK_BITS,
                 .doc = "What this one is an overlay of."),
};

static void check_backing(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvBackingStore *backing = object;
    if (backing->source.type != RV_DISK_NONE)
        rv_disk_source_check(reader, node, &backing->source);
}

const RvXmlType rv_backing_store_xml = {
    .doc = "What the image is an overlay of. An empty one ends the chain.",
    .size = sizeof(RvBackingStore),
    RV_XML_ROWS(backing_rows),
    .check = check_backing,
};

static const char *const job_names[] = {"copy", "active-commit", NULL};
static const char *const ready_names[] = {"none", "yes", "abort", "pivot", NULL};

static const RvXmlRow mirror_format_rows[] = {
    RV_XML_ATTRIBUTE(RvDiskSource, format, "type", enum, .names = rv_disk_format_names, .min = 1,
                     .doc = "The format of the copy."),
    RV_XML_GROUP("metadata_cache", &cache),
};
static const RvXmlType mirror_format = {RV_XML_ROWS(mirror_format_rows)};

static const RvXmlRow mirror_rows[] = {
    RV_XML_ATTRIBUTE(RvDiskMirror, source.type, "type", enum, .names = rv_disk_type_names,
                     .min = 1, .absent = RV_DISK_FILE, .flags = RV_XML_ALWAYS, .fallback = "file",
                     .doc = "What its source is."),
    RV_XML_ATTRIBUTE(RvDiskMirror, file, "file", string,
                     .doc = "The path of the copy, for older clients."),
    RV_XML_ATTRIBUTE(RvDiskMirror, format, "format", string,
                     .doc = "The format of the copy, for older clients."),
    RV_XML_ATTRIBUTE(RvDiskMirror, job, "job", string, .names = job_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .fallback = "copy",
                     .doc = "Why the copy is made."),
    RV_XML_ATTRIBUTE(RvDiskMirror, ready, "ready", string, .names = ready_names,
                     .doc = "Whether it holds all that the disk holds."),
    RV_XML_EMBED(RvDiskMirror, source, "format", &mirror_format),
    RV_XML_EMBED(RvDiskMirror, source, "source", &rv_disk_source_xml),
    RV_XML_CHILD(RvDiskMirror, backing, "backingStore", &rv_backing_store_xml),
};

const RvXmlType rv_disk_mirror_xml = {
    .doc = "A copy that is being made while the guest runs.",
    .size = sizeof(RvDiskMirror),
    RV_XML_ROWS(mirror_rows),
};
