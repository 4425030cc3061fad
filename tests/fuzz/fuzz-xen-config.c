/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration files of xl and xm: what is written of one is read as the same, and a domain that
 * came of one can be written and read again. */
#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/xen/native-text.h"
#include "drivers/xen/native.h"
#include "drivers/xen/xen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_text(const char *text)
{
    json_t *settings = xen_native_parse(text, NULL);
    if (!settings)
        return;
    g_autofree char *printed = xen_native_print(settings);
    g_autoptr(GError) error = NULL;
    json_t *again = strlen(printed) <= 64 << 10 ? xen_native_parse(printed, &error)
                                                : json_incref(settings);
    if (!again)
        g_error("refused what was written: %s\n%s", error->message, printed);
    g_assert(json_equal(settings, again));
    json_decref(again);
    json_decref(settings);
}

static RvDomainDef *read_domain(const RvNativeFormat *format, const char *text)
{
    g_autofree char *ignored = NULL;
    g_autofree char *document = xen_from_native(NULL, format, text, &ignored, NULL);
    g_autoptr(RvDomainDef) def =
        document ? rv_domain_def_parse(document, strlen(document), NULL, NULL) : NULL;
    if (!def || !rv_xen_driver.definition->complete(NULL, def, NULL))
        return NULL;
    return g_steal_pointer(&def);
}

static void try_domain(const RvNativeFormat *format, const char *text)
{
    g_autoptr(RvDomainDef) def = read_domain(format, text);
    g_autofree char *written = def ? xen_to_native(NULL, format, def, NULL) : NULL;
    if (written)
        try_text(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    try_text(text);
    for (const RvNativeFormat *format = xen_native_formats; format->name; format++)
        if (!format->former)
            try_domain(format, text);
    return 0;
}
