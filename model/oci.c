/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/oci.h"

#include "model/domain-xml.h"

const RvXmlNamespace rv_container_namespace = {.prefix = "reeve", .uri = "urn:reeve:container"};

static const RvXmlRow rows[] = {
    RV_XML_ATTRIBUTE(RvOci, read_only, "readonly", yes_no,
                     .doc = "Whether the container cannot write to its root."),
    RV_XML_TEXT(RvOci, image, string, .min = 1, .max = 255, .flags = RV_XML_REQUIRED,
                .doc = "Its name, as `reeve image list` has it, or its id."),
};

const RvXmlType rv_oci_xml = {
    .doc = "The image that a container's root file system is made from. What the container writes "
           "stays its own, until it is undefined; it stays with the image it has written upon. "
           "Without an <init> the image says what runs, as whom, where, and with which "
           "environment.",
    .size = sizeof(RvOci),
    RV_XML_ROWS(rows),
};
