/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Definitions of domains: in, out, away. */
#include "cli/definition.h"

#include <string.h>

#include "base/error.h"
#include "cli/console.h"
#include "cli/xpath.h"

#define DEFINE_STRICT 1u        /* VIR_DOMAIN_DEFINE_VALIDATE */
#define CREATE_STRICT (1u << 4) /* VIR_DOMAIN_START_VALIDATE */

bool rv_definition_send(RvCli *cli, const RvDocument *document, bool strict, wire_domain_ret *ret,
                        GError **error)
{
    wire_domain_xml_flags_args args = {
        .xml = document->text,
        .flags = strict ? DEFINE_STRICT : 0,
    };
    if (rv_client_call(cli->client, WIRE_DOMAIN_DEFINE_XML_FLAGS, wire_domain_xml_flags_args,
                       &args, wire_domain_ret, ret, error))
        return true;
    bool faulty = rv_document_explain(document, error);
    /* The daemon's own remedy names the options of virsh. */
    if (faulty && strict)
        rv_error_remedy(error, "mend the document; `reeve define --lenient` drops unknown content "
                               "with a warning");
    g_prefix_error(error, "could not define a domain from %s: ", document->file);
    return false;
}

/* What was dropped, or keeps the guest from being started; another daemon than ours says nothing. */
static json_t *show_warnings(RvCli *cli, const wire_domain *domain)
{
    wire_domain_args args = {.domain = *domain};
    g_auto(wire_reeve_warnings_ret) ret = {0};
    json_t *list = json_array();
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_WARNINGS, wire_domain_args, &args,
                              wire_reeve_warnings_ret, &ret, NULL))
        return list;
    for (unsigned i = 0; i < ret.warnings.warnings_len; i++) {
        rv_output_extra(&cli->output, "warning: %s\n", ret.warnings.warnings_val[i]);
        json_array_append_new(list, json_string(ret.warnings.warnings_val[i]));
    }
    return list;
}

static bool define_file(RvCli *cli, const char *file, bool strict, json_t *list, GError **error)
{
    g_auto(RvDocument) document = {0};
    if (!rv_document_read(&document, file, error)) {
        g_prefix_error(error, "could not define a domain: ");
        return false;
    }
    g_auto(wire_domain_ret) ret = {0};
    if (!rv_definition_send(cli, &document, strict, &ret, error))
        return false;
    rv_output_extra(&cli->output, "Domain '%s' defined from %s\n", ret.domain.name, file);
    json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o}", "name", ret.domain.name, "uuid",
                                          rv_cli_json_uuid(&ret.domain), "file",
                                          rv_json_text(document.file), "warnings",
                                          show_warnings(cli, &ret.domain)));
    return true;
}

/* A file that is refused does not keep the others from being defined. */
static bool run_define(RvCli *cli, const RvArgs *args, GError **error)
{
    bool strict = !rv_args_has(args, "lenient"), ok = true;
    json_t *list = json_array();
    for (const char *const *file = rv_args_list(args, "file"); *file; file++) {
        g_autoptr(GError) refused = NULL;
        if (define_file(cli, *file, strict, list, &refused))
            continue;
        rv_output_error(&cli->output, refused);
        ok = false;
    }
    rv_output_json(&cli->output, cli->command, list);
    return ok;
}

static bool run_create(RvCli *cli, const RvArgs *args, GError **error)
{
    static const RvOptionBit bits[] = {
        {"paused", 1u << 0}, {"autodestroy", 1u << 1}, {"reset-nvram", 1u << 5}, {NULL},
    };
    const char *file = rv_args_string(args, "file");
    g_auto(RvDocument) document = {0};
    if (!rv_document_read(&document, file, error)) {
        g_prefix_error(error, "could not create a domain: ");
        return false;
    }
    wire_domain_xml_flags_args call = {
        .xml = document.text,
        .flags = rv_args_bits(args, bits) | (rv_args_has(args, "lenient") ? 0 : CREATE_STRICT),
    };
    g_auto(wire_domain_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_CREATE_XML, wire_domain_xml_flags_args, &call,
                        wire_domain_ret, &ret, error)) {
        rv_document_explain(&document, error);
        g_prefix_error(error, "could not create a domain from %s: ", document.file);
        return false;
    }
    rv_cli_report(cli, &ret.domain, "created", "Domain '%s' created from %s\n", ret.domain.name,
                  file);
    return !rv_args_has(args, "console") || rv_console_run(cli, &ret.domain, NULL, 0, error);
}

static bool run_undefine(RvCli *cli, const RvArgs *args, GError **error)
{
    static const RvOptionBit bits[] = {
        {"managed-save", 1u << 0}, {"snapshots-metadata", 1u << 1},
        {"nvram", 1u << 2},        {"keep-nvram", 1u << 3},
        {"tpm", 1u << 5},          {"checkpoints-metadata", 1u << 4},
        {"keep-tpm", 1u << 6},     {NULL},
    };
    const char *called = rv_args_string(args, "domain");
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
        return false;
    wire_domain_flags_args call = {.domain = found.domain, .flags = rv_args_bits(args, bits)};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_UNDEFINE_FLAGS, wire_domain_flags_args, &call,
                        void, NULL, error)) {
        g_prefix_error(error, "could not undefine domain '%s': ", found.domain.name);
        return false;
    }
    rv_cli_report(cli, &found.domain, "undefined", "Domain '%s' has been undefined\n", called);
    return true;
}

static bool run_dumpxml(RvCli *cli, const RvArgs *args, GError **error)
{
    static const RvOptionBit bits[] = {
        {"security-info", RV_XML_SECURE},  {"inactive", RV_XML_INACTIVE},
        {"update-cpu", RV_XML_UPDATE_CPU}, {"migratable", RV_XML_MIGRATABLE},
        {NULL},
    };
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    g_autofree char *xml = rv_cli_domain_xml(cli, &found.domain, rv_args_bits(args, bits), error);
    if (!xml)
        return false;
    const char *xpath = rv_args_string(args, "xpath");
    if (xpath) {
        char *part = rv_xpath_select(xml, xpath, rv_args_has(args, "wrap"), error);
        if (!part)
            return false;
        g_free(xml);
        xml = part;
    }
    rv_output_text(&cli->output, "%s", xml);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:o, s:s}", "name", found.domain.name, "uuid",
                             rv_cli_json_uuid(&found.domain), "xml", xml));
    return true;
}

/* ---- Tables ---- */

static const RvCommand create = {
    .name = "create",
    .summary = "start a domain that is gone when it ends",
    .options =
        (const RvOption[]){
            {.name = "file", .kind = RV_OPTION_STRING, .required = true,
             .completion = RV_COMPLETE_FILE, .value = "FILE",
             .text = "its document; - is standard input"},
            {.name = "console", .text = "then connect to its console"},
            {.name = "paused", .text = "do not let it run yet"},
            {.name = "autodestroy", .text = "destroy it when this connection ends"},
            {.name = "validate", .text = "refuse unknown content; so it is in any case"},
            {.name = "lenient", .text = "drop unknown content with a warning"},
            {.name = "reset-nvram", .text = "begin with fresh firmware variables"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"validate", "lenient"}, {NULL}},
    .examples = (const RvExample[]){{"create rescue.xml --console", "Runs it here and now."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_create,
};

static const RvCommand define = {
    .name = "define",
    .summary = "define domains, or define them anew",
    .description = "Nothing is started. Content that is not known refuses the document, with all "
                   "faults and their places; virsh would drop it. The former definition stays in "
                   "the history.",
    .options =
        (const RvOption[]){
            {.name = "validate", .text = "refuse unknown content; so it is in any case"},
            {.name = "lenient", .text = "drop unknown content with a warning"},
            {.name = "file", .kind = RV_OPTION_LIST, .required = true,
             .completion = RV_COMPLETE_FILE, .value = "FILE",
             .text = "documents; - is standard input"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"validate", "lenient"}, {NULL}},
    .examples = (const RvExample[]){{"define web.xml", "Defines or changes web."},
                                    {"define guests/*.xml", "As many as there are."},
                                    {"define - < web.xml", "From standard input."},
                                    {NULL}},
    .keys = (const RvKey[]){{"name", "the domain's name"},
                            {"uuid", "its UUID"},
                            {"file", "where the document was"},
                            {"warnings", "what was dropped, or keeps the guest from starting"},
                            {NULL}},
    .run = run_define,
};

static const RvCommand dumpxml = {
    .name = "dumpxml",
    .summary = "print the definition of a domain",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "inactive", .text = "what the next start uses, not what runs"},
            {.name = "security-info", .text = "passwords, too"},
            {.name = "update-cpu", .text = "with the CPU that this host gives it"},
            {.name = "migratable", .text = "fit for another host"},
            {.name = "xpath", .kind = RV_OPTION_STRING, .value = "EXPRESSION",
             .text = "only the elements that this XPath finds"},
            {.name = "wrap", .text = "put what is found into one root element"},
            {NULL},
        },
    .dependent = (const RvOptionPair[]){{"wrap", "xpath"}, {NULL}},
    .examples = (const RvExample[]){{"dumpxml web --inactive", "What the next start uses."},
                                    {"dumpxml web --xpath //interface", "Its interfaces."},
                                    {NULL}},
    .keys = (const RvKey[]){{"name", "the domain's name"},
                            {"uuid", "its UUID"},
                            {"xml", "the document"},
                            {NULL}},
    .run = run_dumpxml,
};

static const RvCommand undefine = {
    .name = "undefine",
    .summary = "forget the definition of a domain",
    .description = "A domain that runs becomes one that is gone when it ends. Its disks stay. "
                   "`reeve rollback` brings the definition back.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "managed-save", .text = "remove its saved state, too"},
            {.name = "snapshots-metadata", .text = "forget its snapshots, too"},
            {.name = "checkpoints-metadata", .text = "forget its checkpoints, too"},
            {.name = "nvram", .text = "remove its firmware variables, too"},
            {.name = "keep-nvram", .text = "keep its firmware variables"},
            {.name = "tpm", .text = "remove the state of its TPM, too"},
            {.name = "keep-tpm", .text = "keep the state of its TPM"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"nvram", "keep-nvram"}, {"tpm", "keep-tpm"}, {NULL}},
    .examples = (const RvExample[]){{"undefine web --nvram", "With its firmware variables."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_undefine,
};

const RvFamily rv_family_definition = {
    .name = "definition",
    .title = "Definitions",
    .commands = (const RvCommand *const[]){&rv_command_check, &create, &define, &rv_command_desc,
                                           &rv_command_from_native, &rv_command_to_native, &dumpxml,
                                           &rv_command_edit, &rv_command_metadata, &undefine, NULL},
};
