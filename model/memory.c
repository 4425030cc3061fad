/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/memory.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

RV_ENUM(rv_memory_model, RvMemoryModel, RV_MEMORY_LAST, "unspecified", "dimm", "nvdimm",
        "virtio-pmem", "virtio-mem", "sgx-epc");

#define MIN_LABEL_KIB 128
#define MIN_BLOCK_KIB 2048 /* a transparent huge page */

static const char *const access_names[] = {"shared", "private", NULL};

#define BIT(model) RV_XML_BIT(RV_MEMORY_##model)
#define MODEL(mask) RV_XML_WHEN(RvMemory, model, mask)

static const RvXmlRow source_rows[] = {
    RV_XML_LEAF(RvMemory, nodemask, "nodemask", cpuset, .bad_code = RV_ERR_INVALID_ARG,
                MODEL(BIT(DIMM) | BIT(VIRTIO_MEM) | BIT(SGX_EPC)),
                .doc = "The host's NUMA nodes to take it from."),
    RV_XML_LEAF(RvMemory, page_size, "pagesize", kib, MODEL(BIT(DIMM) | BIT(VIRTIO_MEM)),
                .doc = "The size of the host's pages."),
    RV_XML_LEAF(RvMemory, path, "path", string, MODEL(BIT(NVDIMM) | BIT(VIRTIO_PMEM)),
                .doc = "Absolute path of the file that keeps what is in it."),
    RV_XML_LEAF(RvMemory, align_size, "alignsize", kib, MODEL(BIT(NVDIMM)),
                .doc = "What the addresses of the file's pages are a multiple of."),
    RV_XML_FLAG(RvMemory, pmem, "pmem", MODEL(BIT(NVDIMM)),
                .doc = "The file is persistent memory itself."),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

static const RvXmlRow label_rows[] = {
    RV_XML_LEAF(RvMemory, label_size, "size", kib, .flags = RV_XML_ABI,
                .doc = "The size of the labels' area, at least 128 KiB."),
};
static const RvXmlType label = {RV_XML_ROWS(label_rows)};

static bool has_no_blocks(const void *object)
{
    return !((const RvMemory *)object)->block_size;
}

static const RvXmlRow target_rows[] = {
    RV_XML_LEAF(RvMemory, size, "size", kib, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                .doc = "How large it is."),
    RV_XML_LEAF(RvMemory, node, "node", int, .min = 0, .max = INT_MAX, .absent = -1,
                .flags = RV_XML_ABI, .doc = "The guest's NUMA node that it belongs to."),
    RV_XML_GROUP("label", &label, MODEL(BIT(NVDIMM)), .doc = "An area for labels at its end."),
    RV_XML_FLAG(RvMemory, read_only, "readonly", .flags = RV_XML_ABI, MODEL(BIT(NVDIMM)),
                .doc = "The guest cannot write to it."),
    RV_XML_LEAF(RvMemory, block_size, "block", kib, MODEL(BIT(VIRTIO_MEM)), .flags = RV_XML_ABI,
                .doc = "The size of the pieces in which it grows and shrinks: a power of two."),
    RV_XML_LEAF(RvMemory, requested_size, "requested", kib, MODEL(BIT(VIRTIO_MEM)),
                .flags = RV_XML_ALWAYS, .omit = has_no_blocks, .fallback = "0",
                .doc = "How much of it the guest shall use."),
    RV_XML_LEAF(RvMemory, current_size, "current", kib, MODEL(BIT(VIRTIO_MEM)),
                .flags = RV_XML_LIVE, .omit = has_no_blocks,
                .doc = "How much of it a running guest uses."),
};
static const RvXmlType target = {RV_XML_ROWS(target_rows)};

static const RvXmlRow memory_rows[] = {
    RV_XML_ATTRIBUTE(RvMemory, model, "model", enum, .names = rv_memory_model_names, .min = 1,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .doc = "The kind of module."),
    RV_XML_ATTRIBUTE(RvMemory, access, "access", string, .names = access_names,
                     .doc = "Whether other programs of the host see what the guest writes."),
    RV_XML_ATTRIBUTE(RvMemory, discard, "discard", enum, .names = rv_tristate_bool_names, .min = 1,
                     .doc = "Whether it need not be saved when the guest ends."),
    RV_XML_LEAF(RvMemory, uuid, "uuid", uuid, MODEL(BIT(NVDIMM)), .bad_code = RV_ERR_INTERNAL,
                .flags = RV_XML_ABI, .doc = "Its identity, on a pseries machine."),
    RV_XML_GROUP("source", &source, .doc = "Where the host takes it from."),
    RV_XML_GROUP("target", &target, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                 .doc = "What the guest sees."),
    RV_DEVICE_ROWS(RvMemory),
};

static void check_file(RvXmlReader *reader, const RvXmlNode *node, const RvMemory *memory)
{
    if (!memory->path)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "source", 0), NULL,
                     "a %s keeps what is in it in a file: <path> is missing",
                     rv_memory_model_to_string(memory->model));
    if (memory->discard == RV_TRISTATE_ON)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "discard",
                     "a %s keeps what is in it: nothing can be discarded",
                     rv_memory_model_to_string(memory->model));
}

static void check_label(RvXmlReader *reader, const RvXmlNode *node, const RvMemory *memory)
{
    const RvXmlNode *place =
        rv_xml_node_child(rv_xml_node_child(node, "target", 0), "label", 0);
    if (memory->label_size && memory->label_size < MIN_LABEL_KIB)
        rv_xml_error(reader, RV_ERR_XML, place, NULL, "labels need at least %d KiB",
                     MIN_LABEL_KIB);
    if (memory->label_size >= memory->size)
        rv_xml_error(reader, RV_ERR_XML, place, NULL,
                     "the labels' area must be smaller than the module");
}

static void check_pmem(RvXmlReader *reader, const RvXmlNode *node, const RvMemory *memory)
{
    if (memory->access && strcmp(memory->access, "shared"))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "access",
                     "a virtio-pmem is written through to its file: access='shared'");
    if (memory->node >= 0)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED,
                     rv_xml_node_child(rv_xml_node_child(node, "target", 0), "node", 0), NULL,
                     "a virtio-pmem belongs to no NUMA node");
}

static void check_blocks(RvXmlReader *reader, const RvXmlNode *node, const RvMemory *memory)
{
    const RvXmlNode *place = rv_xml_node_child(node, "target", 0);
    const RvXmlNode *requested = rv_xml_node_child(place, "requested", 0);
    const RvXmlNode *block = rv_xml_node_child(place, "block", 0);
    if (memory->requested_size > memory->size)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, requested, NULL,
                     "more is requested than there is: %" PRIu64 " KiB", memory->size);
    if (memory->block_size & (memory->block_size - 1))
        rv_xml_error(reader, RV_ERR_XML_DETAIL, block, NULL, "not a power of two");
    else if (memory->block_size < MIN_BLOCK_KIB)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, block, NULL, "blocks have at least %d KiB",
                     MIN_BLOCK_KIB);
    else if (memory->requested_size % memory->block_size)
        rv_xml_error(reader, RV_ERR_XML_DETAIL, requested, NULL,
                     "not a multiple of the size of blocks");
}

static void check_memory(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvMemory *memory = object;
    switch (memory->model) {
    case RV_MEMORY_NVDIMM:
        check_file(reader, node, memory);
        check_label(reader, node, memory);
        break;
    case RV_MEMORY_VIRTIO_PMEM:
        check_file(reader, node, memory);
        check_pmem(reader, node, memory);
        break;
    case RV_MEMORY_VIRTIO_MEM:
        check_blocks(reader, node, memory);
        break;
    case RV_MEMORY_SGX_EPC:
        if (memory->device.address.type != RV_ADDRESS_NONE)
            rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "address", 0),
                         NULL, "a sgx-epc is a part of the machine: it has no address");
        break;
    default:
        break;
    }
}

const RvXmlType rv_memory_xml = {
    .doc = "A module of memory.",
    .size = sizeof(RvMemory),
    RV_XML_ROWS(memory_rows),
    .check = check_memory,
};
