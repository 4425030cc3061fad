/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/document.h"
#include "model/domain-def.h"
#include "model/xml-table.h"

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

/* What a defined domain was warned of: nobody needs its document for that. */
static bool check_domain(RvCli *cli, const char *name, bool lenient, json_t *list, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if ((!cli->client && !rv_cli_connect(cli, error)) ||
        !rv_cli_find_domain(cli, name, RV_BY_ANY, &found, error))
        return false;
    wire_domain_args args = {.domain = found.domain};
    g_auto(wire_reeve_warnings_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_WARNINGS, wire_domain_args, &args,
                              wire_reeve_warnings_ret, &ret, error))
        return false;
    for (unsigned i = 0; i < ret.warnings.warnings_len; i++) {
        const char *text = ret.warnings.warnings_val[i];
        rv_output_text(&cli->output, "%s: %s\n", name, text);
        json_array_append_new(list, json_pack("{s:o, s:i, s:i, s:s, s:n, s:s, s:n}", "file",
                                              rv_json_text(name), "line", 0, "column", 0, "level",
                                              "warning", "path", "message", text, "suggestion"));
    }
    if (!ret.warnings.warnings_len)
        rv_output_extra(&cli->output, "%s: no faults\n", name);
    return lenient || !ret.warnings.warnings_len;
}

/* As a guest of the daemon is now: running, or as it is defined. NULL: with an error. */
static RvDomainDef *read_domain(RvCli *cli, const char *name, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if ((!cli->client && !rv_cli_connect(cli, error)) ||
        !rv_cli_find_domain(cli, name, RV_BY_ANY, &found, error))
        return NULL;
    g_autofree char *text = rv_cli_domain_xml(cli, &found.domain, 0, error);
    return text ? rv_domain_def_parse(text, strlen(text), NULL, error) : NULL;
}

/* Whether a document makes the same machine of a guest, as far as the guest can see. */
static bool check_same(RvCli *cli, const RvDocument *document, const RvDomainDef *guest,
                       json_t *list)
{
    g_autoptr(RvDomainDef) def = rv_domain_def_parse(document->text, document->len, NULL, NULL);
    if (!def)
        return false; /* its faults have been told */
    g_autoptr(RvDiagnostics) differences = rv_diagnostics_new();
    if (rv_xml_equal(&rv_domain_xml, "domain", def, guest, RV_XML_ABI, differences)) {
        rv_output_extra(&cli->output, "%s: the guest would see no difference\n", document->file);
        return true;
    }
    const RvDiagnostic *difference;
    for (unsigned i = 0; (difference = rv_diagnostics_get(differences, i)); i++) {
        g_autofree char *text = rv_document_fault_text(document, difference);
        rv_output_text(&cli->output, "%s\n", text);
        json_array_append_new(list, fault_to_json(document, difference));
    }
    return false;
}

static bool is_document(const char *name)
{
    return !strcmp(name, "-") || strchr(name, '/') || g_file_test(name, G_FILE_TEST_EXISTS);
}

static bool run_check(RvCli *cli, const RvArgs *args, GError **error)
{
    bool lenient = rv_args_has(args, "lenient"), ok = true;
    json_t *list = json_array();
    const char *against = rv_args_string(args, "against");
    g_autoptr(RvDomainDef) guest = against ? read_domain(cli, against, error) : NULL;
    if (against && !guest) {
        g_prefix_error(error, "could not compare with domain '%s': ", against);
        json_decref(list);
        return false;
    }
    for (const char *const *file = rv_args_list(args, "file"); *file; file++) {
        g_auto(RvDocument) document = {0};
        if (!is_document(*file)) {
            g_autoptr(GError) refused = NULL;
            ok = check_domain(cli, *file, lenient, list, &refused) && ok;
            if (!refused)
                continue;
            g_propagate_prefixed_error(error, g_steal_pointer(&refused),
                                       "could not check a document: '%s' is no file, and as a "
                                       "domain: ", *file);
            break;
        }
        if (!rv_document_read(&document, *file, error)) {
            g_prefix_error(error, "could not check a document: ");
            ok = false;
            break;
        }
        ok = check(cli, &document, lenient, list) && ok;
        ok = (!guest || check_same(cli, &document, guest, list)) && ok;
    }
    rv_output_json(&cli->output, cli->command, list);
    return ok;
}

const RvCommand rv_command_check = {
    .name = "check",
    .summary = "check documents of domains without a daemon",
    .description = "Prints every fault with file, line and column, and what was probably meant. "
                   "Fails if there is one. Of what is no file but the name of a domain it prints "
                   "what was not understood when that was defined; for this the daemon is asked. With "
                   "--against it prints what the guest of that domain would see change: the "
                   "document must be complete for this, as dumpxml prints it.",
    .options =
        (const RvOption[]){
            {.name = "lenient", .text = "do not fail for content that is not known"},
            {.name = "against", .kind = RV_OPTION_STRING, .named = true,
             .completion = RV_COMPLETE_DOMAIN, .value = "DOMAIN",
             .text = "fail if the guest of this domain would see a difference"},
            {.name = "file", .kind = RV_OPTION_LIST, .required = true,
             .completion = RV_COMPLETE_FILE, .value = "FILE",
             .text = "documents, - is standard input; or domains"},
            {NULL},
        },
    .examples = (const RvExample[]){{"check web.xml db.xml", "All faults of both."},
                                    {"check - -o json < web.xml", "For an editor."},
                                    {"check --against web new.xml",
                                     "Whether web can go on as new.xml says."},
                                    {"check web", "What of a defined domain was not understood."},
                                    {NULL}},
    .keys =
        (const RvKey[]){
            {"file", "the file, or the domain"},
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
