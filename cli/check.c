/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/document.h"

static json_t *fault_to_json(const RvDocument *document, const RvDiagnostic *fault)
{
    return json_pack("{s:o, s:i, s:i, s:s, s:o, s:o, s:o}", "file", rv_json_text(document->file),
                     "line", (int)fault->line, "column", (int)fault->column, "level",
                     fault->level == RV_DIAGNOSTIC_ERROR ? "error" : "warning", "path",
                     rv_json_text(fault->path), "message", rv_json_text(fault->message),
                     "suggestion", rv_json_text(fault->suggestion));
}

/* Whether it is free of faults that count. */
static bool check(RvCli *cli, const RvDocument *document, bool lenient, json_t *list)
{
    g_autoptr(RvDiagnostics) diagnostics = rv_document_check(document);
    unsigned errors = rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR);
    unsigned warnings = rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_WARNING);
    unsigned shown = 0;
    const RvDiagnostic *fault;
    for (; (fault = rv_diagnostics_get(diagnostics, shown)); shown++) {
        g_autofree char *text = rv_document_fault_text(document, fault);
        rv_output_text(&cli->output, "%s\n", text);
        json_array_append_new(list, fault_to_json(document, fault));
    }
    if (errors + warnings > shown)
        rv_output_text(&cli->output, "%s: and %u more\n", document->file,
                       errors + warnings - shown);
    if (!errors && !warnings)
        rv_output_extra(&cli->output, "%s: no faults\n", document->file);
    return !errors && (lenient || !warnings);
}

static bool run_check(RvCli *cli, const RvArgs *args, GError **error)
{
    bool lenient = rv_args_has(args, "lenient"), ok = true;
    json_t *list = json_array();
    for (const char *const *file = rv_args_list(args, "file"); *file; file++) {
        g_auto(RvDocument) document = {0};
        if (!rv_document_read(&document, *file, error)) {
            g_prefix_error(error, "could not check a document: ");
            ok = false;
            break;
        }
        ok = check(cli, &document, lenient, list) && ok;
    }
    rv_output_json(&cli->output, cli->command, list);
    return ok;
}

const RvCommand rv_command_check = {
    .name = "check",
    .summary = "check documents of domains without a daemon",
    .description = "Prints every fault with file, line and column, and what was probably meant. "
                   "Fails if there is one.",
    .options =
        (const RvOption[]){
            {.name = "lenient", .text = "do not fail for content that is not known"},
            {.name = "file", .kind = RV_OPTION_LIST, .required = true,
             .completion = RV_COMPLETE_FILE, .value = "FILE",
             .text = "documents; - is standard input"},
            {NULL},
        },
    .examples = (const RvExample[]){{"check web.xml db.xml", "All faults of both."},
                                    {"check - -o json < web.xml", "For an editor."},
                                    {NULL}},
    .keys =
        (const RvKey[]){
            {"file", "the file"},
            {"line", "from 1; 0: not known"},
            {"column", "from 1; 0: not known"},
            {"level", "error, or warning for content that is not known"},
            {"path", "the element or attribute, such as domain/devices/disk[2]/@type, or null"},
            {"message", "what is wrong"},
            {"suggestion", "what was probably meant, or null"},
            {NULL},
        },
    .offline = true,
    .run = run_check,
};
