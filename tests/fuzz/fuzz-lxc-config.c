/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configurations of LXC's own tools: what becomes of one is a well-formed document, and a domain
 * that came of one is written as what is read again. */
#include <glib.h>
#include <libxml/parser.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/container/native.h"
#include "model/domain-def.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_form(const char *text)
{
    xmlDoc *document = xmlReadMemory(text, (int)strlen(text), NULL, NULL,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!document)
        g_error("not well-formed:\n%s", text);
    xmlFreeDoc(document);
}

static void check_domain(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(text, strlen(text), NULL, NULL);
    if (!def || !rv_domain_def_complete_common(def, NULL, NULL))
        return;
    g_autofree char *written = rv_domain_def_format(def, 0);
    g_autoptr(RvDomainDef) again = rv_domain_def_parse(written, strlen(written), NULL, &error);
    if (!again)
        g_error("refused what was written: %s\n%s", error->message, written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *ignored = NULL;
    g_autofree char *document =
        container_from_native(NULL, container_native_formats, text, &ignored, NULL);
    if (!document)
        return 0;
    check_form(document);
    check_domain(document);
    return 0;
}
