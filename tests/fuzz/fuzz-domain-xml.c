/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A domain that is accepted is written so that reading it again gives the same, as it is and
 * completed; a copy is equal to it; no part of it is a secret that the public text shows. */

#include "model/domain-def.h"
#include "model/xml-table.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static RvDomainDef *parse(const char *text, size_t len, bool live, GError **error)
{
    return live ? rv_domain_def_parse_live(text, len, NULL, error)
                : rv_domain_def_parse(text, len, NULL, error);
}

static void check_equal(const RvDomainDef *a, const RvDomainDef *b, const char *what)
{
    g_autoptr(RvDiagnostics) differences = rv_diagnostics_new();
    if (rv_xml_equal(&rv_domain_xml, "domain", a, b, 0, differences))
        return;
    g_autofree char *text = rv_diagnostics_to_text(differences);
    g_error("%s: %s", what, text);
}

static void check_stable(const RvDomainDef *def, bool live)
{
    RvFormatFlags flags = RV_FORMAT_SECRETS | (live ? RV_FORMAT_LIVE : 0);
    g_autoptr(GError) error = NULL;
    g_autofree char *once = rv_domain_def_format(def, flags);
    g_autoptr(RvDomainDef) again = parse(once, strlen(once), live, &error);
    if (!again)
        g_error("refused what was written: %s\n%s", error->message, once);
    g_autofree char *twice = rv_domain_def_format(again, flags);
    if (strcmp(once, twice))
        g_error("changed:\n%s\ninto:\n%s", once, twice);
    /* A default that was spelt out may be left out, but only once. */
    g_autoptr(RvDomainDef) third = parse(twice, strlen(twice), live, &error);
    check_equal(again, third, once);
}

static void check_completed(const RvDomainDef *def)
{
    g_autoptr(RvDomainDef) copy = rv_domain_def_copy(def);
    check_equal(def, copy, "a copy");
    if (!rv_domain_def_complete_common(copy, "vga", NULL))
        return;

    g_autoptr(RvDomainDef) again = rv_domain_def_copy(copy);
    if (!rv_domain_def_complete_common(again, "vga", NULL))
        g_error("what was completed cannot be completed again");
    check_equal(copy, again, "completed again");
    g_autofree char *text = rv_domain_def_format(copy, 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) reread = parse(text, strlen(text), false, &error);
    if (!reread)
        g_error("refused what was completed: %s\n%s", error->message, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int live = 0; live <= 1; live++) {
        g_autoptr(RvDomainDef) def = parse((const char *)data, size, live, NULL);
        if (!def)
            return 0;
        check_stable(def, live);
        if (!live)
            check_completed(def);
    }
    return 0;
}
