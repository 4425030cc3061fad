/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* As fuzz-domain-xml, but the bytes are not the text of a document: they choose what the rows allow
 * (tests/model/sample.h). So every input is a domain, nearly all of it accepted by the rows. It is
 * read as it was written and written the same again, live and not; a copy is equal to it; what
 * check functions accept can be completed, twice the same. */

#include "tests/model/sample.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static RvDomainDef *read_rows(const char *text, RvFormatFlags flags)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvXmlDocument) document = rv_xml_document_parse(text, strlen(text), &error);
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    if (!document)
        g_error("cannot be parsed: %s\n%s", error->message, text);
    RvXmlReader reader = {
        .document = document,
        .root = &rv_domain_xml,
        .diagnostics = diagnostics,
        .flags = flags & RV_FORMAT_LIVE,
        .rows_only = true,
    };
    RvDomainDef *def = rv_domain_def_new();
    rv_xml_read(&reader, &rv_domain_xml, rv_xml_document_root(document), def);
    if (rv_diagnostics_get(diagnostics, 0)) {
        g_autofree char *faults = rv_diagnostics_to_text(diagnostics);
        g_error("refused what was written: %s\n%s", faults, text);
    }
    return def;
}

static void check_equal(const RvDomainDef *a, const RvDomainDef *b, const char *what)
{
    g_autoptr(RvDiagnostics) differences = rv_diagnostics_new();
    if (rv_xml_equal(&rv_domain_xml, "domain", a, b, 0, differences))
        return;
    g_autofree char *text = rv_diagnostics_to_text(differences);
    g_error("%s: %s", what, text);
}

static void check_stable(const char *raw, RvFormatFlags flags)
{
    g_autoptr(RvDomainDef) first = read_rows(raw, flags);
    g_autofree char *once = rv_domain_def_format(first, flags);
    g_autoptr(RvDomainDef) again = read_rows(once, flags);
    g_autofree char *twice = rv_domain_def_format(again, flags);
    if (strcmp(once, twice))
        g_error("changed:\n%s\ninto:\n%s", once, twice);
    check_equal(first, again, once);
}

static void check_completed(const char *text)
{
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(text, strlen(text), NULL, NULL);
    if (!def || !rv_domain_def_complete_common(def, "vga", NULL))
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *once = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    g_autoptr(RvDomainDef) again = rv_domain_def_parse(once, strlen(once), NULL, &error);
    if (!again)
        g_error("refused what was completed: %s\n%s", error->message, once);
    if (!rv_domain_def_complete_common(again, "vga", &error))
        g_error("completed, but not twice: %s\n%s", error->message, once);
    check_equal(def, again, "completed again");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(RvDomainDef) def = sample_domain(data, size);
    g_autoptr(RvDomainDef) copy = rv_domain_def_copy(def);
    check_equal(def, copy, "a copy");
    g_autofree char *live = rv_domain_def_format(def, RV_FORMAT_SECRETS | RV_FORMAT_LIVE);
    g_autofree char *text = rv_domain_def_format(def, RV_FORMAT_SECRETS);
    check_stable(live, RV_FORMAT_SECRETS | RV_FORMAT_LIVE);
    check_stable(text, RV_FORMAT_SECRETS);
    check_completed(text);
    return 0;
}
