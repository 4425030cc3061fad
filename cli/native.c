/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Definitions as configurations of the hypervisors' own, and back. */
#include "cli/definition.h"

#include "base/error.h"

static const char formats[] = "qemu-argv, xen-xl or xen-xm";

/* Makes `text` into what the procedure gives; shown, and as JSON by `key`. */
static bool convert(RvCli *cli, const RvArgs *args, uint32_t procedure, char *text,
                    const char *key, GError **error)
{
    wire_connect_xml_native_args call = {
        .format = (char *)rv_args_string(args, "format"),
        .text = text,
    };
    g_auto(wire_text_ret) ret = {0};
    if (!rv_client_call(cli->client, procedure, wire_connect_xml_native_args, &call, wire_text_ret,
                        &ret, error)) {
        g_prefix_error(error, "could not translate: ");
        return false;
    }
    rv_output_text(&cli->output, "%s", ret.text);
    rv_output_json(&cli->output, cli->command, json_pack("{s:s}", key, ret.text));
    return true;
}

static char *read_document(const char *file, GError **error)
{
    g_auto(RvDocument) document = {0};
    return rv_document_read(&document, file, error) ? g_steal_pointer(&document.text) : NULL;
}

static bool run_to_native(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *called = rv_args_string(args, "domain"), *file = rv_args_string(args, "xml");
    g_autofree char *xml = NULL;
    if (called) {
        g_auto(wire_domain_ret) found = {0};
        if (!rv_cli_find_domain(cli, called, RV_BY_ANY, &found, error))
            return false;
        xml = rv_cli_domain_xml(cli, &found.domain, 0, error);
    } else if (file) {
        xml = read_document(file, error);
    } else {
        rv_usage_error(error, "one of --domain DOMAIN and --xml FILE is needed");
    }
    return xml && convert(cli, args, WIRE_CONNECT_XML_TO_NATIVE, xml, "native", error);
}

static bool run_from_native(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autofree char *text = read_document(rv_args_string(args, "file"), error);
    return text && convert(cli, args, WIRE_CONNECT_XML_FROM_NATIVE, text, "xml", error);
}

/* ---- Tables ---- */

const RvCommand rv_command_to_native = {
    .name = "domxml-to-native",
    .summary = "print a definition as its hypervisor's own configuration",
    .options =
        (const RvOption[]){
            {.name = "format", .kind = RV_OPTION_STRING, .required = true, .value = "FORMAT",
             .text = formats},
            {.name = "domain", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_DOMAIN,
             .value = "DOMAIN", .text = "the definition of this domain"},
            {.name = "xml", .kind = RV_OPTION_STRING, .completion = RV_COMPLETE_FILE,
             .value = "FILE", .text = "the definition in this file; - is standard input"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"domain", "xml"}, {NULL}},
    .examples = (const RvExample[]){{"domxml-to-native qemu-argv --domain web",
                                     "How QEMU would be started for web."},
                                    {"domxml-to-native xen-xl --xml guest.xml",
                                     "A guest of Xen's for `xl create`."},
                                    {NULL}},
    .keys = (const RvKey[]){{"native", "the configuration"}, {NULL}},
    .run = run_to_native,
};

const RvCommand rv_command_from_native = {
    .name = "domxml-from-native",
    .summary = "print a hypervisor's own configuration as a definition",
    .description = "Nothing is defined: the document is printed. Settings that a definition has no "
                   "place for are named in a comment before it.",
    .options =
        (const RvOption[]){
            {.name = "format", .kind = RV_OPTION_STRING, .required = true, .value = "FORMAT",
             .text = "xen-xl or xen-xm"},
            {.name = "file", .kind = RV_OPTION_STRING, .required = true,
             .completion = RV_COMPLETE_FILE, .value = "FILE",
             .text = "the configuration; - is standard input"},
            {NULL},
        },
    .examples = (const RvExample[]){{"domxml-from-native xen-xl guest.cfg",
                                     "A document for `reeve define`."},
                                    {NULL}},
    .keys = (const RvKey[]){{"xml", "the document"}, {NULL}},
    .run = run_from_native,
};
