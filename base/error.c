/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

/* What travels beside code and message. */
typedef struct {
    char *remedy;
    RvErrorSource source;
} RvErrorPrivate;

static void rv_error_private_init(RvErrorPrivate *private)
{
    private->remedy = NULL;
    private->source = 0;
}

static void rv_error_private_copy(const RvErrorPrivate *from, RvErrorPrivate *to)
{
    to->remedy = g_strdup(from->remedy);
    to->source = from->source;
}

static void rv_error_private_clear(RvErrorPrivate *private)
{
    g_clear_pointer(&private->remedy, g_free);
}

G_DEFINE_EXTENDED_ERROR(RvError, rv_error)

/* The words that clients and scripts know each code by. Without text: the detail stands alone.
 * A text that ends in a letter where libvirt's has no colon is joined by a blank. */
static const struct {
    RvErrorCode code;
    const char *text;
    const char *joint;
} texts[] = {
    {RV_ERR_INTERNAL, "internal error", ": "},
    {RV_ERR_NO_SUPPORT, "this function is not supported by the connection driver", ": "},
    {RV_ERR_NO_CONNECT, "no connection driver available for", " "},
    {RV_ERR_INVALID_CONN, "invalid connection pointer in", " "},
    {RV_ERR_INVALID_DOMAIN, "invalid domain pointer in", " "},
    {RV_ERR_INVALID_ARG, "invalid argument", ": "},
    {RV_ERR_OPERATION_FAILED, "operation failed", ": "},
    {RV_ERR_OS_TYPE, "unknown OS type", " "},
    {RV_ERR_NO_KERNEL, "missing kernel information", ": "},
    {RV_ERR_NO_SOURCE, "missing source information for device", " "},
    {RV_ERR_NO_TARGET, "missing target information for device", " "},
    {RV_ERR_NO_NAME, "missing name information in", " "},
    {RV_ERR_NO_OS, "missing operating system information for", " "},
    {RV_ERR_XML, "XML error", ": "},
    {RV_ERR_DOM_EXIST, "domain", " "},
    {RV_ERR_OPERATION_DENIED, "operation forbidden", ": "},
    {RV_ERR_CONF_SYNTAX, "configuration file syntax error", ": "},
    {RV_ERR_XML_DETAIL, NULL, NULL},
    {RV_ERR_SYSTEM, NULL, NULL},
    {RV_ERR_RPC, NULL, NULL},
    {RV_ERR_NO_DOMAIN, "Domain not found", ": "},
    {RV_ERR_NO_NETWORK, "Network not found", ": "},
    {RV_ERR_INVALID_MAC, "invalid MAC address", ": "},
    {RV_ERR_AUTH_FAILED, "authentication failed", ": "},
    {RV_ERR_NO_STORAGE_POOL, "Storage pool not found", ": "},
    {RV_ERR_NO_STORAGE_VOL, "Storage volume not found", ": "},
    {RV_ERR_OPERATION_INVALID, "Requested operation is not valid", ": "},
    {RV_ERR_CONFIG_UNSUPPORTED, "unsupported configuration", ": "},
    {RV_ERR_OPERATION_TIMEOUT, "Timed out during operation", ": "},
    {RV_ERR_INVALID_STREAM, "invalid stream pointer in", " "},
    {RV_ERR_ARGUMENT_UNSUPPORTED, "argument unsupported", ": "},
    {RV_ERR_OPERATION_ABORTED, "operation aborted", ": "},
    {RV_ERR_NO_DOMAIN_METADATA, "metadata not found", ": "},
    {RV_ERR_OVERFLOW, "numerical overflow", ": "},
    {RV_ERR_OPERATION_UNSUPPORTED, "Operation not supported", ": "},
    {RV_ERR_AGENT_UNRESPONSIVE, "Guest agent is not responding", ": "},
    {RV_ERR_RESOURCE_BUSY, "resource busy", ": "},
    {RV_ERR_ACCESS_DENIED, "access denied", ": "},
    {RV_ERR_STORAGE_VOL_EXIST, "storage volume exists already", ": "},
    {RV_ERR_CPU_INCOMPATIBLE, "the CPU is incompatible with host CPU", ": "},
    {RV_ERR_XML_INVALID_SCHEMA, "XML document failed to validate against schema", ": "},
    {RV_ERR_DEVICE_MISSING, "device not found", ": "},
    {RV_ERR_MULTIPLE_DOMAINS, "multiple matching domains found", ": "},
};

static char *compose(RvErrorCode code, const char *detail)
{
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i].code != code)
            continue;
        if (!texts[i].text)
            return g_strdup(detail);
        if (code == RV_ERR_DOM_EXIST)
            return g_strdup_printf("domain %s exists already", detail);
        return g_strconcat(texts[i].text, texts[i].joint, detail, NULL);
    }
    g_assert_not_reached();
}

void rv_error_set(GError **error, RvErrorCode code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);

    g_autofree char *message = compose(code, detail);
    g_set_error_literal(error, RV_ERROR, (int)code, message);
}

void rv_error_set_errno(GError **error, int errnum, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);

    g_set_error(error, RV_ERROR, RV_ERR_SYSTEM, "%s: %s", detail, g_strerror(errnum));
}

void rv_error_remedy(GError **error, const char *format, ...)
{
    if (!error || !*error || (*error)->domain != RV_ERROR)
        return;

    va_list args;
    va_start(args, format);
    g_autofree char *remedy = g_strdup_vprintf(format, args);
    va_end(args);

    RvErrorPrivate *private = rv_error_get_private(*error);
    g_free(private->remedy);
    private->remedy = g_steal_pointer(&remedy);
}

const char *rv_error_get_remedy(const GError *error)
{
    if (!error || error->domain != RV_ERROR)
        return NULL;
    return rv_error_get_private(error)->remedy;
}

void rv_error_source(GError **error, RvErrorSource source)
{
    if (error && *error && (*error)->domain == RV_ERROR)
        rv_error_get_private(*error)->source = source;
}

int rv_error_get_source(const GError *error)
{
    return error && error->domain == RV_ERROR ? (int)rv_error_get_private(error)->source : 0;
}
