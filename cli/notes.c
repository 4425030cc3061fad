/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is noted in a definition: title, description, elements of other programs. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/tune.h"

enum { DESCRIPTION, TITLE, ELEMENT }; /* virDomainMetadataType */
static const char *const kinds[] = {"description", "title", "metadata"};

static bool set(RvCli *cli, const wire_domain_set_metadata_args *call, GError **error)
{
    if (rv_client_call(cli->client, WIRE_DOMAIN_SET_METADATA, wire_domain_set_metadata_args, call,
                       void, NULL, error))
        return true;
    g_prefix_error(error, "could not change the %s of domain '%s': ", kinds[call->type],
                   call->domain.name);
    return false;
}

static bool get(RvCli *cli, const wire_domain_get_metadata_args *call, wire_text_ret *ret,
                GError **error)
{
    if (rv_client_call(cli->client, WIRE_DOMAIN_GET_METADATA, wire_domain_get_metadata_args, call,
                       wire_text_ret, ret, error))
        return true;
    g_prefix_error(error, "could not read the %s of domain '%s': ", kinds[call->type],
                   call->domain.name);
    return false;
}

/* ---- desc ----------------------------------------------------------------------------------- */

static bool show_text(RvCli *cli, const wire_domain *domain, int type, unsigned flags,
                      GError **error)
{
    wire_domain_get_metadata_args call = {.domain = *domain, .type = type, .flags = flags};
    g_auto(wire_text_ret) ret = {0};
    g_autoptr(GError) fault = NULL;
    if (!get(cli, &call, &ret, &fault) &&
        !g_error_matches(fault, RV_ERROR, RV_ERR_NO_DOMAIN_METADATA)) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    if (fault)
        rv_output_text(&cli->output, "No %s for domain: %s\n", kinds[type], domain->name);
    else
        rv_output_text(&cli->output, "%s\n", ret.text);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s?}", "text", fault ? NULL : ret.text));
    return true;
}

static bool run_desc(RvCli *cli, const RvArgs *args, GError **error)
{
    int type = rv_args_has(args, "title") ? TITLE : DESCRIPTION;
    const char *const *words = rv_args_list(args, "new-desc");
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    if (!*words)
        return show_text(cli, &found.domain, type, rv_tune_flags(args), error);
    g_autofree char *text = g_strjoinv(" ", (char **)words);
    wire_domain_set_metadata_args call = {.domain = found.domain, .type = type,
                                          .flags = rv_tune_flags(args)};
    call.metadata = *text ? text : NULL;
    if (!set(cli, &call, error))
        return false;
    rv_output_text(&cli->output, "Domain %s updated successfully\n", kinds[type]);
    rv_output_json(&cli->output, cli->command, json_pack("{s:s}", "text", text));
    return true;
}

const RvCommand rv_command_desc = {
    .name = "desc",
    .summary = "show or change the description or title of a domain",
    .description = "An empty one takes it away.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            RV_TUNE_OPTIONS,
            {.name = "title", .text = "the title, one line that lists show"},
            {.name = "new-desc", .kind = RV_OPTION_LIST, .value = "TEXT", .text = "what it is to be"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){RV_TUNE_EXCLUSIVE, {NULL}},
    .examples = (const RvExample[]){{"desc web", "Shows the description."},
                                    {"desc web --title --config 'The web'", "From its next start on."},
                                    {NULL}},
    .keys = (const RvKey[]){{"text", "what it is, or null"}, {NULL}},
    .run = run_desc,
};

/* ---- metadata ------------------------------------------------------------------------------- */

static bool change_element(RvCli *cli, const RvArgs *args, const wire_domain *domain,
                           GError **error)
{
    char *uri = (char *)rv_args_string(args, "uri"), *key = (char *)rv_args_string(args, "key");
    char *text = (char *)rv_args_string(args, "set");
    wire_domain_set_metadata_args call = {
        .domain = *domain,
        .type = ELEMENT,
        .metadata = text,
        .key = key,
        .uri = uri,
        .flags = rv_tune_flags(args),
    };
    if (!set(cli, &call, error))
        return false;
    rv_output_text(&cli->output, "Metadata %s\n", text ? "modified" : "removed");
    rv_output_json(&cli->output, cli->command, json_pack("{s:s?}", "text", text));
    return true;
}

static bool run_metadata(RvCli *cli, const RvArgs *args, GError **error)
{
    char *uri = (char *)rv_args_string(args, "uri");
    g_auto(wire_domain_ret) found = {0};
    g_auto(wire_text_ret) ret = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    if (rv_args_has(args, "set") || rv_args_has(args, "remove"))
        return change_element(cli, args, &found.domain, error);
    wire_domain_get_metadata_args call = {.domain = found.domain, .type = ELEMENT, .uri = uri,
                                          .flags = rv_tune_flags(args)};
    if (!get(cli, &call, &ret, error))
        return false;
    rv_output_text(&cli->output, "%s\n", ret.text);
    rv_output_json(&cli->output, cli->command, json_pack("{s:s}", "text", ret.text));
    return true;
}

const RvCommand rv_command_metadata = {
    .name = "metadata",
    .summary = "show or change what a program has noted in a domain",
    .description = "An element of its own namespace, which stays as it was written.",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "uri", .kind = RV_OPTION_STRING, .required = true, .value = "URI",
             .text = "the namespace"},
            RV_TUNE_OPTIONS,
            {.name = "key", .kind = RV_OPTION_STRING, .named = true, .value = "PREFIX",
             .text = "the prefix that the namespace is to have"},
            {.name = "set", .kind = RV_OPTION_STRING, .named = true, .value = "XML",
             .text = "the element, without namespace"},
            {.name = "remove", .text = "take it away"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){RV_TUNE_EXCLUSIVE, {"set", "remove"}, {NULL}},
    .dependent = (const RvOptionPair[]){{"set", "key"}, {NULL}},
    .examples = (const RvExample[]){{"metadata web http://example.org/app", "Shows it."},
                                    {"metadata web http://example.org/app --remove", "Takes it away."},
                                    {NULL}},
    .keys = (const RvKey[]){{"text", "the element, or null"}, {NULL}},
    .run = run_metadata,
};
