/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/shmem.h"

#include "base/error.h"
#include "model/device-xml.h"

#include <string.h>

static const char *const model_names[] = {"ivshmem", "ivshmem-plain", "ivshmem-doorbell", NULL};
static const char *const role_names[] = {"master", "peer", NULL};

static const RvXmlRow server_rows[] = {
    RV_XML_ATTRIBUTE(RvShmemServer, path, "path", string,
                     .doc = "Absolute path of the server's socket."),
};
static const RvXmlType server = {
    .doc = "A program that hands out the memory and passes on interrupts.",
    .size = sizeof(RvShmemServer),
    RV_XML_ROWS(server_rows),
};

static const RvXmlRow msi_rows[] = {
    RV_XML_ATTRIBUTE(RvShmemMsi, vectors, "vectors", uint, .flags = RV_XML_ABI,
                     .doc = "How many interrupts there are."),
    RV_XML_ATTRIBUTE(RvShmemMsi, ioeventfd, "ioeventfd", enum, .min = 1,
                     .names = rv_tristate_switch_names, .flags = RV_XML_ABI,
                     .doc = "Whether the kernel passes them on."),
};
static const RvXmlType msi = {
    .doc = "Interrupts between those who share the memory.",
    .size = sizeof(RvShmemMsi),
    RV_XML_ROWS(msi_rows),
};

static const RvXmlRow model_rows[] = {
    RV_XML_ATTRIBUTE(RvShmem, model, "type", string, .names = model_names, .flags = RV_XML_ABI,
                     .fallback = "ivshmem", .doc = "The hardware that the guest sees."),
};
static const RvXmlType model = {RV_XML_ROWS(model_rows)};

static const RvXmlRow shmem_rows[] = {
    RV_XML_ATTRIBUTE(RvShmem, name, "name", string, .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "The name of the memory on the host; no '/'."),
    RV_XML_ATTRIBUTE(RvShmem, role, "role", string, .names = role_names, .flags = RV_XML_ABI,
                     .doc = "master: the memory moves along when the guest migrates. Not for model "
                            "ivshmem."),
    RV_XML_GROUP("model", &model),
    RV_XML_LEAF(RvShmem, size, "size", mib, .flags = RV_XML_ABI,
                .doc = "How much memory; with a server, the server knows."),
    RV_XML_CHILD(RvShmem, server, "server", &server, .flags = RV_XML_ABI),
    RV_XML_CHILD(RvShmem, msi, "msi", &msi, .flags = RV_XML_ABI),
    RV_DEVICE_ROWS(RvShmem),
};

static void check_shmem(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvShmem *shmem = object;
    if (!shmem->model)
        shmem->model = g_strdup(model_names[0]);
    if (!strcmp(shmem->model, "ivshmem"))
        g_clear_pointer(&shmem->role, g_free);
    if (strchr(shmem->name, '/') || !strcmp(shmem->name, ".") || !strcmp(shmem->name, ".."))
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "name",
                     "'%s' is not a name: it cannot be '.' or '..' nor contain '/'", shmem->name);
    if (shmem->msi && !shmem->server)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "msi", 0), NULL,
                     "interrupts are passed on by a server: <server> is missing");
}

const RvXmlType rv_shmem_xml = {
    .doc = "Memory that guests and programs of the host share.",
    .size = sizeof(RvShmem),
    RV_XML_ROWS(shmem_rows),
    .check = check_shmem,
};
