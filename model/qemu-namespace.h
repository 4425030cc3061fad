/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Elements in QEMU's namespace: what is handed to the emulator as it is. */

#include "model/xml-table.h"

typedef struct {
    char *value;
} RvQemuArgument;

typedef struct {
    char *name, *value; /* value: NULL for none */
} RvQemuVariable;

typedef struct {
    GPtrArray *arguments; /* RvQemuArgument */
    GPtrArray *variables; /* RvQemuVariable: of the environment */
} RvQemuCommandline;

typedef struct {
    char *name;
} RvQemuCapability;

typedef struct {
    GPtrArray *added, *removed; /* RvQemuCapability */
} RvQemuCapabilities;

typedef struct {
    char *name, *type, *value; /* type: "string", "signed", "unsigned", "bool", "remove" */
} RvQemuProperty;

typedef struct {
    GPtrArray *properties; /* RvQemuProperty */
} RvQemuFrontend;

typedef struct {
    char *alias;
    RvQemuFrontend *frontend;
} RvQemuDevice;

typedef struct {
    GPtrArray *devices; /* RvQemuDevice */
} RvQemuOverride;

typedef struct {
    char *behavior;
} RvQemuDeprecation;

typedef struct {
    RvQemuCommandline *commandline;
    RvQemuCapabilities *capabilities;
    RvQemuOverride *overrides;
    RvQemuDeprecation *deprecation;
} RvQemuNamespace;

extern const RvXmlNamespace rv_qemu_namespace;
extern const RvXmlType rv_qemu_commandline_xml, rv_qemu_capabilities_xml, rv_qemu_override_xml,
    rv_qemu_deprecation_xml;

/* Drops elements that say nothing. */
void rv_qemu_namespace_settle(RvQemuNamespace *qemu);
