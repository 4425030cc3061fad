/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/qemu-namespace.h"

#include "base/error.h"

#include <string.h>

#define MAX_ROWS 4096
#define NS (&rv_qemu_namespace)

const RvXmlNamespace rv_qemu_namespace = {
    .prefix = "qemu",
    .uri = "http://libvirt.org/schemas/domain/qemu/1.0",
};

/* ---- Command line --------------------------------------------------------------------------- */

static const RvXmlRow argument_rows[] = {
    RV_XML_ATTRIBUTE(RvQemuArgument, value, "value", string,
                     .flags = RV_XML_REQUIRED | RV_XML_KEEP_EMPTY | RV_XML_ABI,
                     .missing_code = RV_ERR_INTERNAL, .doc = "The argument."),
};
static const RvXmlType argument = {
    .doc = "An argument of the emulator.",
    .size = sizeof(RvQemuArgument),
    RV_XML_ROWS(argument_rows),
};

static const RvXmlRow variable_rows[] = {
    RV_XML_ATTRIBUTE(RvQemuVariable, name, "name", string, .flags = RV_XML_REQUIRED,
                     .missing_code = RV_ERR_INTERNAL, .doc = "Its name."),
    RV_XML_ATTRIBUTE(RvQemuVariable, value, "value", string, .flags = RV_XML_KEEP_EMPTY,
                     .doc = "Its value."),
};

static void check_variable(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const char *name = ((RvQemuVariable *)object)->name;
    if (!g_ascii_isalpha(*name) && *name != '_')
        rv_xml_error(reader, RV_ERR_INTERNAL, node, "name",
                     "a name begins with a letter or an underscore");
    for (; *name; name++) {
        if (g_ascii_isalnum(*name) || *name == '_')
            continue;
        rv_xml_error(reader, RV_ERR_INTERNAL, node, "name",
                     "a name consists of letters, digits and underscores");
        return;
    }
}

static const RvXmlType variable = {
    .doc = "A variable of the emulator's environment.",
    .size = sizeof(RvQemuVariable),
    RV_XML_ROWS(variable_rows),
    .check = check_variable,
};

static const RvXmlRow commandline_rows[] = {
    RV_XML_LIST_OF(NS, RvQemuCommandline, arguments, "arg", &argument, .max = MAX_ROWS,
                   .flags = RV_XML_ABI),
    RV_XML_LIST_OF(NS, RvQemuCommandline, variables, "env", &variable, .max = MAX_ROWS),
};
const RvXmlType rv_qemu_commandline_xml = {
    .doc = "More arguments and variables for the emulator.",
    .size = sizeof(RvQemuCommandline),
    RV_XML_ROWS(commandline_rows),
};

/* ---- Capabilities --------------------------------------------------------------------------- */

static const RvXmlRow capability_rows[] = {
    RV_XML_ATTRIBUTE(RvQemuCapability, name, "capability", string, .flags = RV_XML_REQUIRED,
                     .missing_code = RV_ERR_INTERNAL, .doc = "libvirt's name of it."),
};
static const RvXmlType capability = {
    .doc = "A capability of the emulator.",
    .size = sizeof(RvQemuCapability),
    RV_XML_ROWS(capability_rows),
};

static const RvXmlRow capabilities_rows[] = {
    RV_XML_LIST_OF(NS, RvQemuCapabilities, added, "add", &capability, .max = MAX_ROWS),
    RV_XML_LIST_OF(NS, RvQemuCapabilities, removed, "del", &capability, .max = MAX_ROWS),
};
const RvXmlType rv_qemu_capabilities_xml = {
    .doc = "What the emulator is believed to be able to do, or not, against what it says.",
    .size = sizeof(RvQemuCapabilities),
    RV_XML_ROWS(capabilities_rows),
};

/* ---- Properties of devices ------------------------------------------------------------------ */

static const char *const property_types[] = {"string", "signed", "unsigned", "bool", "remove",
                                             NULL};

static const RvXmlRow property_rows[] = {
    RV_XML_ATTRIBUTE(RvQemuProperty, name, "name", string, .flags = RV_XML_REQUIRED,
                     .doc = "QEMU's name of it."),
    RV_XML_ATTRIBUTE(RvQemuProperty, type, "type", string, .names = property_types,
                     .flags = RV_XML_REQUIRED, .doc = "Its type; remove: it is not set."),
    RV_XML_ATTRIBUTE(RvQemuProperty, value, "value", string, .flags = RV_XML_KEEP_EMPTY,
                     .doc = "Its value."),
};

static bool fits(const char *type, const char *value)
{
    static const RvXmlRow any = {0};
    int64_t ignored;
    uint64_t ignored_too;
    if (!strcmp(type, "bool"))
        return !strcmp(value, "true") || !strcmp(value, "false");
    if (!strcmp(type, "signed"))
        return rv_xml_int64.parse(&any, value, NULL, &ignored);
    if (!strcmp(type, "unsigned"))
        return rv_xml_uint64.parse(&any, value, NULL, &ignored_too);
    return true;
}

static void check_property(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvQemuProperty *at = object;
    bool removes = !strcmp(at->type, "remove");
    if (!strcmp(at->name, "id"))
        rv_xml_error(reader, RV_ERR_XML, node, "name", "the id of a device cannot be changed");
    else if (removes != !at->value)
        rv_xml_error(reader, RV_ERR_XML, node, at->value ? "value" : NULL,
                     removes ? "what is removed has no value" : "attribute 'value' is missing");
    else if (!removes && !fits(at->type, at->value))
        rv_xml_error(reader, RV_ERR_XML, node, "value", "'%s' is not of type %s", at->value,
                     at->type);
}

static const RvXmlType property = {
    .doc = "A property of QEMU's device.",
    .size = sizeof(RvQemuProperty),
    RV_XML_ROWS(property_rows),
    .check = check_property,
};

static const RvXmlRow frontend_rows[] = {
    RV_XML_LIST_OF(NS, RvQemuFrontend, properties, "property", &property, .max = MAX_ROWS,
                   .flags = RV_XML_ABI),
};
static const RvXmlType frontend = {
    .doc = "Of the device that the guest sees.",
    .size = sizeof(RvQemuFrontend),
    RV_XML_ROWS(frontend_rows),
};

static const RvXmlRow device_rows[] = {
    RV_XML_ATTRIBUTE(RvQemuDevice, alias, "alias", string, .flags = RV_XML_REQUIRED,
                     .doc = "The device's alias."),
    RV_XML_CHILD_OF(NS, RvQemuDevice, frontend, "frontend", &frontend, .flags = RV_XML_ABI),
};
static const RvXmlType device = {
    .doc = "One device.",
    .size = sizeof(RvQemuDevice),
    RV_XML_ROWS(device_rows),
};

static const RvXmlRow override_rows[] = {
    RV_XML_LIST_OF(NS, RvQemuOverride, devices, "device", &device, .max = MAX_ROWS,
                   .flags = RV_XML_ABI),
};
const RvXmlType rv_qemu_override_xml = {
    .doc = "Properties of QEMU's devices, as they are.",
    .size = sizeof(RvQemuOverride),
    RV_XML_ROWS(override_rows),
};

static const RvXmlRow deprecation_rows[] = {
    RV_XML_ATTRIBUTE(RvQemuDeprecation, behavior, "behavior", string,
                     .doc = "omit, reject or crash."),
};
const RvXmlType rv_qemu_deprecation_xml = {
    .doc = "What the emulator does with deprecated features.",
    .size = sizeof(RvQemuDeprecation),
    RV_XML_ROWS(deprecation_rows),
};

#define DROP(field, empty, type)                                                                   \
    if (qemu->field && (empty))                                                                    \
        rv_xml_free(type, g_steal_pointer(&qemu->field))

void rv_qemu_namespace_settle(RvQemuNamespace *qemu)
{
    DROP(commandline,
         !qemu->commandline->arguments->len && !qemu->commandline->variables->len,
         &rv_qemu_commandline_xml);
    DROP(capabilities, !qemu->capabilities->added->len && !qemu->capabilities->removed->len,
         &rv_qemu_capabilities_xml);
    DROP(overrides, !qemu->overrides->devices->len, &rv_qemu_override_xml);
    DROP(deprecation, !qemu->deprecation->behavior, &rv_qemu_deprecation_xml);
}
