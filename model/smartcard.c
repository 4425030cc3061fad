/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/smartcard.h"

#include "base/error.h"
#include "model/device-xml.h"

RV_ENUM(rv_smartcard_mode, RvSmartcardMode, RV_SMARTCARD_LAST, "host", "host-certificates",
        "passthrough");

#define N_CERTIFICATES 3

#define MODE(mode_) RV_XML_WHEN(RvSmartcard, mode, RV_XML_BIT(RV_SMARTCARD_##mode_))

static const RvXmlRow smartcard_rows[] = {
    RV_XML_ATTRIBUTE(RvSmartcard, mode, "mode", enum, .names = rv_smartcard_mode_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .doc = "Whether the guest uses the host's reader, certificates of the host, or "
                            "what a program at the other end of a connection does."),
    RV_CHARDEV_TYPE_ROW(RvSmartcard, source, MODE(PASSTHROUGH),
                        .flags = RV_XML_REQUIRED | RV_XML_ALWAYS),
    RV_XML_VALUES(RvSmartcard, certificates, "certificate", string, MODE(HOST_CERTIFICATES),
                  .doc = "The name of a certificate; there are three of them."),
    RV_XML_LEAF(RvSmartcard, database, "database", string, MODE(HOST_CERTIFICATES),
                .fallback = "/etc/pki/nssdb", .doc = "Absolute path of the database of "
                                                     "certificates."),
    RV_CHARDEV_SOURCE_ROWS(RvSmartcard, source),
    RV_CHARDEV_LOG_ROW(RvSmartcard, source, MODE(PASSTHROUGH)),
    RV_DEVICE_ROWS(RvSmartcard),
};

static void check_certificates(RvXmlReader *reader, const RvXmlNode *node,
                               const RvSmartcard *smartcard)
{
    if (smartcard->certificates->len != N_CERTIFICATES)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "there must be %d elements <certificate>",
                     N_CERTIFICATES);
    if (smartcard->database && smartcard->database[0] != '/')
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "database", 0), NULL,
                     "'%s' is not an absolute path", smartcard->database);
}

static void check_smartcard(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvSmartcard *smartcard = object;
    RvAddressType address = smartcard->device.address.type;
    if (smartcard->mode == RV_SMARTCARD_HOST_CERTIFICATES)
        check_certificates(reader, node, smartcard);
    if (smartcard->mode == RV_SMARTCARD_PASSTHROUGH)
        rv_chardev_source_check(reader, node, &smartcard->source, false);
    if (address != RV_ADDRESS_NONE && address != RV_ADDRESS_CCID)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, rv_xml_node_child(node, "address", 0),
                     "type", "a smartcard is put into a card reader: its address is of type ccid");
}

const RvXmlType rv_smartcard_xml = {
    .doc = "A smartcard.",
    .size = sizeof(RvSmartcard),
    RV_XML_ROWS(smartcard_rows),
    .check = check_smartcard,
};
