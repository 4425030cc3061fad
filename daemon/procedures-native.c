/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Definitions as configurations of the hypervisors' own, and back. */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/driver-set.h"
#include "daemon/lifecycle.h"

/* ---- Formats -------------------------------------------------------------------------------- */

static const RvNativeFormat *look_up(const RvDriver *driver, const char *name)
{
    const RvNativeFormat *format = driver->definition->native_formats;
    for (; format && format->name; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}

/* With what there is instead. */
static void refuse_format(const RvDriver *driver, const char *name, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    const RvNativeFormat *format = driver ? driver->definition->native_formats : NULL;
    for (; format && format->name; format++)
        if (!format->former)
            g_string_append_printf(known, "%s%s", known->len ? " or " : "", format->name);
    rv_error_set(error, RV_ERR_INVALID_ARG, "unsupported config type %s", name);
    if (known->len)
        rv_error_remedy(error, "use %s", known->str);
}

static const RvNativeFormat *find_format(const RvDriver *driver, const char *name, GError **error)
{
    const RvNativeFormat *format = look_up(driver, name);
    if (format && !format->former)
        return format;
    refuse_format(driver, name, error);
    return NULL;
}

static RvDomainDef *parse(const char *xml, GError **error)
{
    return rv_domain_def_parse(xml, strlen(xml), NULL, error);
}

/* ---- To one --------------------------------------------------------------------------------- */

/* The connection's driver, else that of the document's type. */
static const RvDriver *choose_by_type(const RvCall *call, RvVirtType type, GError **error)
{
    const RvDriver *driver = rv_call_driver(call);
    if (!driver)
        driver = rv_driver_set_by_virt_type(call->core->drivers, type);
    if (!driver)
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is no driver for domain type '%s'",
                     rv_virt_type_to_string(type));
    return driver;
}

static bool can_start(RvCall *call, const RvDriver *driver, const RvDomainDef *def, GError **error)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    rv_lifecycle_check_start(call->core, driver, def, RV_DIAGNOSTIC_ERROR, diagnostics);
    return rv_diagnostics_check(diagnostics, error);
}

/* A configuration that starts nothing here can be for another host. */
static bool complete(RvCall *call, const RvDriver *driver, const RvNativeFormat *format,
                     RvDomainDef *def, const char *document, GError **error)
{
    if (!format->of_start)
        return rv_lifecycle_fill_in(call->core, driver, def, document, error);
    return rv_lifecycle_complete(call->core, driver, def, document, error) &&
           can_start(call, driver, def, error);
}

/* [worker] */
static bool make_native(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_connect_xml_native_args *wish = args;
    g_autoptr(RvDomainDef) def = parse(wish->text, error);
    const RvDriver *driver = def ? choose_by_type(call, def->virt, error) : NULL;
    if (!driver || !rv_call_has(call, driver->definition->to_native, driver, error))
        return false;
    const RvNativeFormat *format = find_format(driver, wish->format, error);
    if (!format || !complete(call, driver, format, def, wish->text, error))
        return false;
    call->data = driver->definition->to_native(rv_driver_set_host(call->core->drivers, driver),
                                               format, def, error);
    call->free_data = g_free;
    return call->data;
}

/* ---- From one ------------------------------------------------------------------------------- */

/* The connection's driver, else whoever knows the format. */
static const RvDriver *choose_by_format(const RvCall *call, const char *name, GError **error)
{
    const RvDriver *driver = rv_call_driver(call);
    const RvDriver *const *each = rv_driver_set_list(call->core->drivers);
    for (; !driver && *each; each++)
        if (look_up(*each, name))
            driver = *each;
    if (!driver)
        refuse_format(NULL, name, error);
    return driver;
}

/* What could not be taken over stands in a comment, which is no part of the definition. */
static char *format_document(const RvDomainDef *def, const char *ignored)
{
    char *xml = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    if (!ignored)
        return xml;
    char *both = g_strdup_printf("<!-- not taken over: %s -->\n%s", ignored, xml);
    g_free(xml);
    return both;
}

/* [worker] */
static bool make_document(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_connect_xml_native_args *wish = args;
    const RvDriver *driver = choose_by_format(call, wish->format, error);
    if (!driver || !rv_call_has(call, driver->definition->from_native, driver, error))
        return false;
    const RvNativeFormat *format = look_up(driver, wish->format);
    if (format && format->former) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "conversion from '%s' format is no longer supported", format->name);
        return false;
    }
    format = find_format(driver, wish->format, error);
    g_autofree char *ignored = NULL;
    g_autofree char *xml =
        format ? driver->definition->from_native(rv_driver_set_host(call->core->drivers, driver),
                                                 format, wish->text, &ignored, error)
               : NULL;
    g_autoptr(RvDomainDef) def = xml ? parse(xml, error) : NULL;
    if (xml && !def)
        g_prefix_error(error, "the document made of the configuration is refused: ");
    if (!def || !rv_lifecycle_fill_in(call->core, driver, def, NULL, error))
        return false;
    call->data = format_document(def, ignored);
    call->free_data = g_free;
    return true;
}

static bool tell_text(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_text_ret *)ret)->text = call->data;
    return true;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static const RvProcedure rows[] = {
    {.number = WIRE_CONNECT_XML_FROM_NATIVE, .name = "connect-xml-from-native",
     RV_PROC_ARGS(wire_connect_xml_native_args),
     RV_PROC_FLAGS(wire_connect_xml_native_args, 0), RV_PROC_RET(wire_text_ret),
     .right = RV_RIGHT_WRITE, .work = make_document, .finish = tell_text},

    {.number = WIRE_CONNECT_XML_TO_NATIVE, .name = "connect-xml-to-native",
     RV_PROC_ARGS(wire_connect_xml_native_args),
     RV_PROC_FLAGS(wire_connect_xml_native_args, 0), RV_PROC_RET(wire_text_ret),
     .right = RV_RIGHT_WRITE, .work = make_native, .finish = tell_text},
};

const RvProcedureTable rv_procedures_native = RV_PROCEDURE_TABLE(rows);
