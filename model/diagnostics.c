/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/diagnostics.h"

#include "base/error.h"

#define MAX_KEPT 100
#define MAX_IN_ERROR 10

struct RvDiagnostics {
    GPtrArray *kept; /* RvDiagnostic */
    unsigned counts[RV_DIAGNOSTIC_ERROR + 1];
    int code; /* of the first error that was added */
    unsigned origin;
};

static void diagnostic_free(void *data)
{
    RvDiagnostic *diagnostic = data;
    g_free(diagnostic->path);
    g_free(diagnostic->message);
    g_free(diagnostic->suggestion);
    g_free(diagnostic);
}

RvDiagnostics *rv_diagnostics_new(void)
{
    RvDiagnostics *diagnostics = g_new0(RvDiagnostics, 1);
    diagnostics->kept = g_ptr_array_new_with_free_func(diagnostic_free);
    return diagnostics;
}

void rv_diagnostics_free(RvDiagnostics *diagnostics)
{
    if (!diagnostics)
        return;
    g_ptr_array_unref(diagnostics->kept);
    g_free(diagnostics);
}

/* Warnings may not crowd out an error: when all is full, the last of them makes room. */
static int last_warning(const RvDiagnostics *diagnostics)
{
    int i = (int)diagnostics->kept->len - 1;
    while (i >= 0 && rv_diagnostics_get(diagnostics, (unsigned)i)->level != RV_DIAGNOSTIC_WARNING)
        i--;
    return i;
}

bool rv_diagnostics_has_room(const RvDiagnostics *diagnostics, RvDiagnosticLevel level)
{
    return diagnostics->kept->len < MAX_KEPT ||
           (level == RV_DIAGNOSTIC_ERROR && last_warning(diagnostics) >= 0);
}

void rv_diagnostics_add(RvDiagnostics *diagnostics, RvDiagnosticLevel level, int code,
                        unsigned line, unsigned column, const char *path, const char *suggestion,
                        const char *format, ...)
{
    if (level == RV_DIAGNOSTIC_ERROR && !diagnostics->counts[level])
        diagnostics->code = code;
    diagnostics->counts[level]++;
    if (!rv_diagnostics_has_room(diagnostics, level))
        return;
    if (diagnostics->kept->len == MAX_KEPT)
        g_ptr_array_remove_index(diagnostics->kept, (guint)last_warning(diagnostics));

    RvDiagnostic *diagnostic = g_new0(RvDiagnostic, 1);
    diagnostic->level = level;
    diagnostic->code = code;
    diagnostic->origin = diagnostics->origin;
    diagnostic->line = line;
    diagnostic->column = column;
    diagnostic->path = g_strdup(path);
    diagnostic->suggestion = g_strdup(suggestion);
    va_list args;
    va_start(args, format);
    diagnostic->message = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(diagnostics->kept, diagnostic);
}

void rv_diagnostics_about(RvDiagnostics *diagnostics, unsigned origin)
{
    diagnostics->origin = origin;
}

void rv_diagnostics_place(RvDiagnostics *diagnostics, unsigned index, unsigned line,
                          unsigned column, const char *path)
{
    RvDiagnostic *diagnostic = g_ptr_array_index(diagnostics->kept, index);
    diagnostic->line = line;
    diagnostic->column = column;
    g_free(diagnostic->path);
    diagnostic->path = g_strdup(path);
}

unsigned rv_diagnostics_count(const RvDiagnostics *diagnostics, RvDiagnosticLevel level)
{
    return diagnostics->counts[level];
}

const RvDiagnostic *rv_diagnostics_get(const RvDiagnostics *diagnostics, unsigned index)
{
    return index < diagnostics->kept->len ? g_ptr_array_index(diagnostics->kept, index) : NULL;
}

static int compare_places(const void *a, const void *b)
{
    const RvDiagnostic *x = *(RvDiagnostic *const *)a, *y = *(RvDiagnostic *const *)b;
    if (x->line != y->line) /* those without a place come last */
        return x->line - 1 < y->line - 1 ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

void rv_diagnostics_sort(RvDiagnostics *diagnostics)
{
    g_ptr_array_sort(diagnostics->kept, compare_places);
}

static void append_line(GString *text, const RvDiagnostic *diagnostic)
{
    if (diagnostic->line)
        g_string_append_printf(text, "%u:%u: ", diagnostic->line, diagnostic->column);
    if (diagnostic->path)
        g_string_append_printf(text, "%s: ", diagnostic->path);
    g_string_append(text, diagnostic->message);
    if (diagnostic->suggestion && diagnostic->suggestion[0] == '<')
        g_string_append_printf(text, "; did you mean %s?", diagnostic->suggestion);
    else if (diagnostic->suggestion)
        g_string_append_printf(text, "; did you mean '%s'?", diagnostic->suggestion);
}

char *rv_diagnostics_to_text(const RvDiagnostics *diagnostics)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < diagnostics->kept->len; i++) {
        append_line(text, g_ptr_array_index(diagnostics->kept, i));
        g_string_append_c(text, '\n');
    }
    unsigned all = diagnostics->counts[RV_DIAGNOSTIC_WARNING] +
                   diagnostics->counts[RV_DIAGNOSTIC_ERROR];
    if (all > diagnostics->kept->len)
        g_string_append_printf(text, "and %u more\n", all - diagnostics->kept->len);
    return g_string_free(text, FALSE);
}

bool rv_diagnostics_check(const RvDiagnostics *diagnostics, GError **error)
{
    if (!diagnostics->counts[RV_DIAGNOSTIC_ERROR])
        return true;

    g_autoptr(GString) text = g_string_new(NULL);
    unsigned shown = 0;
    for (unsigned i = 0; i < diagnostics->kept->len && shown < MAX_IN_ERROR; i++) {
        const RvDiagnostic *diagnostic = g_ptr_array_index(diagnostics->kept, i);
        if (diagnostic->level != RV_DIAGNOSTIC_ERROR)
            continue;
        if (shown++)
            g_string_append_c(text, '\n');
        append_line(text, diagnostic);
    }
    if (diagnostics->counts[RV_DIAGNOSTIC_ERROR] > shown)
        g_string_append_printf(text, "\nand %u more",
                               diagnostics->counts[RV_DIAGNOSTIC_ERROR] - shown);
    rv_error_set(error, diagnostics->code ? (RvErrorCode)diagnostics->code : RV_ERR_XML, "%s",
                 text->str);
    return false;
}
