/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/warning.h"

#include "base/error.h"

static char *describe(const RvDiagnostic *diagnostic)
{
    GString *text = g_string_new(NULL);
    if (diagnostic->line > 0)
        g_string_append_printf(text, "%u:%u: ", diagnostic->line, diagnostic->column);
    if (diagnostic->path)
        g_string_append_printf(text, "%s: ", diagnostic->path);
    g_string_append(text, diagnostic->message);
    if (diagnostic->suggestion)
        g_string_append_printf(text, "; did you mean %s?", diagnostic->suggestion);
    return g_string_free(text, FALSE);
}

void rv_warnings_add(GPtrArray **warnings, const RvDiagnostics *diagnostics)
{
    if (rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_WARNING) == 0)
        return;
    if (!*warnings)
        *warnings = g_ptr_array_new_with_free_func(g_free);
    const RvDiagnostic *diagnostic;
    for (unsigned i = 0; (diagnostic = rv_diagnostics_get(diagnostics, i)); i++) {
        if (diagnostic->level == RV_DIAGNOSTIC_WARNING)
            g_ptr_array_add(*warnings, describe(diagnostic));
    }
}

bool rv_warnings_refuse(const GPtrArray *warnings, GError **error)
{
    g_autofree char *rest = warnings->len > 1
                                ? g_strdup_printf(" (and %u more)", warnings->len - 1)
                                : g_strdup("");
    rv_error_set(error, RV_ERR_XML_INVALID_SCHEMA, "%s%s", (const char *)warnings->pdata[0], rest);
    rv_error_remedy(error, "mend the document, or define it without --validate: then what is not "
                           "known is dropped");
    return false;
}
