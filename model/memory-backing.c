/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/memory-backing.h"

#include "base/error.h"

#define MAX_PAGES 1024

RV_ENUM(rv_memory_source, RvMemorySource, RV_MEMORY_SOURCE_LAST, "none", "file", "anonymous",
        "memfd");
RV_ENUM(rv_memory_access, RvMemoryAccess, RV_MEMORY_ACCESS_LAST, "default", "shared", "private");
RV_ENUM(rv_memory_allocation, RvMemoryAllocation, RV_MEMORY_ALLOCATION_LAST, "none", "immediate",
        "ondemand");

static const RvXmlRow page_rows[] = {
    RV_XML_ATTRIBUTE(RvHugepage, size, "size", kib, .flags = RV_XML_REQUIRED, .min = 1,
                     .bad_code = RV_ERR_XML_DETAIL, .doc = "The size of such a page."),
    RV_XML_ATTRIBUTE(RvHugepage, nodeset, "nodeset", cpuset, .bad_code = RV_ERR_INVALID_ARG,
                     .fallback = "all that no other row names",
                     .doc = "The guest's NUMA nodes that are made of them."),
};
static const RvXmlType page = {
    .doc = "Pages of one size.",
    .size = sizeof(RvHugepage),
    RV_XML_ROWS(page_rows),
};

static const RvXmlRow hugepages_rows[] = {
    RV_XML_LIST(RvHugepages, pages, "page", &page, .max = MAX_PAGES),
};
static const RvXmlType hugepages = {
    .doc = "The guest's memory is made of huge pages; without rows, of the host's default size.",
    .size = sizeof(RvHugepages),
    RV_XML_ROWS(hugepages_rows),
};

static const RvXmlRow allocation_rows[] = {
    RV_XML_ATTRIBUTE(RvMemoryBacking, allocation, "mode", enum, .min = 1,
                     .names = rv_memory_allocation_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "immediate: all of it is taken when the guest starts."),
    RV_XML_ATTRIBUTE(RvMemoryBacking, allocation_threads, "threads", uint,
                     .doc = "How many threads take it."),
};
static const RvXmlType allocation = {RV_XML_ROWS(allocation_rows)};

static const RvXmlRow rows[] = {
    RV_XML_CHILD(RvMemoryBacking, hugepages, "hugepages", &hugepages),
    RV_XML_FLAG(RvMemoryBacking, nosharepages, "nosharepages",
                .doc = "Pages are not shared with other guests, even where they are the same."),
    RV_XML_FLAG(RvMemoryBacking, locked, "locked", .doc = "It is never swapped out."),
    RV_XML_LEAF(RvMemoryBacking, source, "source", enum, .attribute = "type", .min = 1,
                .names = rv_memory_source_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .doc = "A file, memory of the process, or a memfd."),
    RV_XML_LEAF(RvMemoryBacking, access, "access", enum, .attribute = "mode", .min = 1,
                .names = rv_memory_access_names, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .doc = "Whether other processes of the host can see it."),
    RV_XML_GROUP("allocation", &allocation),
    RV_XML_FLAG(RvMemoryBacking, discard, "discard",
                .doc = "What it holds is thrown away when the guest ends."),
};

const RvXmlType rv_memory_backing_xml = {
    .doc = "What the guest's memory is made of.",
    .size = sizeof(RvMemoryBacking),
    RV_XML_ROWS(rows),
};
