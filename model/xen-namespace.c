/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xen-namespace.h"

#include "base/error.h"

#define MAX_ARGUMENTS 4096

const RvXmlNamespace rv_xen_namespace = {
    .prefix = "xen",
    .uri = "http://libvirt.org/schemas/domain/xen/1.0",
};

static const RvXmlRow argument_rows[] = {
    RV_XML_ATTRIBUTE(RvXenArgument, value, "value", string,
                     .flags = RV_XML_REQUIRED | RV_XML_KEEP_EMPTY | RV_XML_ABI,
                     .missing_code = RV_ERR_INTERNAL, .doc = "The argument."),
};
const RvXmlType rv_xen_argument_xml = {
    .doc = "An argument of the device model.",
    .size = sizeof(RvXenArgument),
    RV_XML_ROWS(argument_rows),
};

static const RvXmlRow commandline_rows[] = {
    RV_XML_LIST_OF(&rv_xen_namespace, RvXenCommandline, arguments, "arg", &rv_xen_argument_xml,
                   .max = MAX_ARGUMENTS, .flags = RV_XML_ABI),
};
const RvXmlType rv_xen_commandline_xml = {
    .doc = "More arguments for Xen's device model.",
    .size = sizeof(RvXenCommandline),
    RV_XML_ROWS(commandline_rows),
};
