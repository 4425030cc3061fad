/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vsock.h"

#include "base/error.h"
#include "model/device-xml.h"

#define FIRST_CID 3 /* those before have a meaning of their own: vsock(7) */

static const char *const model_names[] = {"virtio", "virtio-transitional",
                                          "virtio-non-transitional", NULL};

static const RvXmlRow cid_rows[] = {
    RV_XML_ATTRIBUTE(RvVsock, auto_cid, "auto", enum, .names = rv_tristate_bool_names, .min = 1,
                     .fallback = "yes without an address, else no",
                     .doc = "Whether to take a free number at each start."),
    RV_XML_ATTRIBUTE(RvVsock, cid, "address", uint, .min = 1,
                     .doc = "The guest's number among all guests of the host, from 3 on."),
};
static const RvXmlType cid = {RV_XML_ROWS(cid_rows)};

static const RvXmlRow driver_rows[] = {
    RV_VIRTIO_ROWS(RvVsock, virtio),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow vsock_rows[] = {
    RV_XML_ATTRIBUTE(RvVsock, model, "model", string, .names = model_names, .flags = RV_XML_ABI,
                     .fallback = "virtio", .doc = "The hardware that the guest sees."),
    RV_XML_GROUP("cid", &cid),
    RV_DEVICE_ROWS(RvVsock),
    RV_XML_GROUP("driver", &driver, .doc = "How a virtio device works."),
};

static void check_vsock(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvVsock *vsock = object;
    if (vsock->cid && vsock->cid < FIRST_CID)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "cid", 0),
                     "address", "numbers of guests begin with %d", FIRST_CID);
}

const RvXmlType rv_vsock_xml = {
    .doc = "Sockets between the guest and the host.",
    .size = sizeof(RvVsock),
    RV_XML_ROWS(vsock_rows),
    .check = check_vsock,
};
