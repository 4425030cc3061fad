/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Elements in Xen's namespace: what is handed to the device model as it is. */

#include "model/xml-table.h"

typedef struct {
    char *value;
} RvXenArgument;

typedef struct {
    GPtrArray *arguments; /* RvXenArgument; settled: at least one */
} RvXenCommandline;

extern const RvXmlNamespace rv_xen_namespace;
extern const RvXmlType rv_xen_commandline_xml, rv_xen_argument_xml;
