/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/document.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "model/domain-def.h"
#include "model/xml-node.h"

#define READ_SIZE 65536

static char *read_stdin(size_t *ret_len, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (;;) {
        g_autofree char *bytes = g_malloc(READ_SIZE);
        ssize_t n = read(STDIN_FILENO, bytes, READ_SIZE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rv_error_set_errno(error, errno, "cannot read standard input");
            return NULL;
        }
        if (!n)
            break;
        g_string_append_len(text, bytes, n);
        if (text->len > RV_XML_MAX_BYTES) {
            rv_error_set(error, RV_ERR_XML_DETAIL, "standard input has more than %u bytes",
                         RV_XML_MAX_BYTES);
            return NULL;
        }
    }
    *ret_len = text->len;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

bool rv_document_read(RvDocument *document, const char *file, GError **error)
{
    bool from_stdin = !strcmp(file, "-");
    document->file = g_strdup(from_stdin ? "<stdin>" : file);
    document->text = from_stdin ? read_stdin(&document->len, error)
                                : rv_file_read(file, RV_XML_MAX_BYTES, &document->len, error);
    return document->text != NULL;
}

void rv_document_clear(RvDocument *document)
{
    g_clear_pointer(&document->file, g_free);
    g_clear_pointer(&document->text, g_free);
}

/* A text that may begin with "3:12: " becomes a fault at that place. */
static void add_placed(RvDiagnostics *diagnostics, const GError *error)
{
    const char *message = error->message;
    char *end;
    guint64 line = g_ascii_strtoull(message, &end, 10), column = 0;
    bool placed = end > message && *end == ':';
    if (placed) {
        const char *second = end + 1;
        column = g_ascii_strtoull(second, &end, 10);
        placed = end > second && g_str_has_prefix(end, ": ");
    }
    rv_diagnostics_add(diagnostics, RV_DIAGNOSTIC_ERROR, error->code,
                       placed ? (unsigned)line : 0, placed ? (unsigned)column : 0, NULL, NULL,
                       "%s", placed ? end + 2 : message);
}

RvDiagnostics *rv_document_check(const RvDocument *document)
{
    RvDiagnostics *diagnostics = rv_diagnostics_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(document->text, document->len, diagnostics,
                                                     &error);
    if (!def && !rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR))
        add_placed(diagnostics, error);
    return diagnostics;
}

char *rv_document_fault_text(const RvDocument *document, const RvDiagnostic *fault)
{
    GString *text = g_string_new(document->file);
    if (fault->line)
        g_string_append_printf(text, ":%u:%u", fault->line, fault->column);
    g_string_append(text, ": ");
    if (fault->path)
        g_string_append_printf(text, "%s: ", fault->path);
    g_string_append(text, fault->message);
    if (fault->suggestion && fault->suggestion[0] == '<')
        g_string_append_printf(text, "; did you mean %s?", fault->suggestion);
    else if (fault->suggestion)
        g_string_append_printf(text, "; did you mean '%s'?", fault->suggestion);
    return g_string_free(text, FALSE);
}

static bool is_about_documents(int code)
{
    static const int codes[] = {RV_ERR_XML, RV_ERR_XML_DETAIL, RV_ERR_XML_INVALID_SCHEMA};
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (codes[i] == code)
            return true;
    }
    return false;
}

bool rv_document_explain(const RvDocument *document, GError **error)
{
    if (!error || !*error || !is_about_documents((*error)->code))
        return false;
    g_autoptr(RvDiagnostics) diagnostics = rv_document_check(document);
    if (!rv_diagnostics_get(diagnostics, 0))
        return true;
    /* The daemon judges by the same rules: these are its reasons, all of them. */
    g_autoptr(GString) text = g_string_new("the document has faults");
    const RvDiagnostic *fault;
    for (unsigned i = 0; (fault = rv_diagnostics_get(diagnostics, i)); i++) {
        g_autofree char *line = rv_document_fault_text(document, fault);
        g_string_append_printf(text, "\n%s", line);
    }
    g_free((*error)->message);
    (*error)->message = g_string_free(g_steal_pointer(&text), FALSE);
    return true;
}
