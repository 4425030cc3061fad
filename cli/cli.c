/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/uuid.h"
#include "cli/address.h"
#include "cli/help.h"
#include "cli/script.h"
#include "model/xml-suggest.h"

/* libvirt's: a daemon silent for 5 s is asked, and given up when it stays so five times more. */
#define KEEPALIVE_S 5
#define KEEPALIVE_COUNT 5

/* "^]" is Control with ], "x" is x itself. 0: neither. */
static char parse_escape(const char *text)
{
    if (text[0] && !text[1] && text[0] != '^')
        return text[0];
    char letter = g_ascii_toupper(text[0] == '^' ? text[1] : 0);
    return letter >= '@' && letter <= '_' && !text[2] ? (char)(letter - '@') : 0;
}

static void apply_output(RvCli *cli)
{
    cli->output.json = !g_strcmp0(rv_args_string(cli->effective, "output"), "json");
    cli->output.quiet = rv_args_has(cli->effective, "quiet");
}

static bool apply_globals(RvCli *cli, GError **error)
{
    const char *escape = rv_args_string(cli->effective, "escape");
    cli->escape = parse_escape(escape ? escape : "^]");
    if (escape && !cli->escape) {
        rv_usage_error(error, "'%s' is no escape character: give one letter, or ^ and a letter",
                       escape);
        return false;
    }
    apply_output(cli);
    return true;
}

void rv_cli_init(RvCli *cli, RvArgs *globals)
{
    *cli = (RvCli){.globals = globals, .effective = rv_args_copy(globals)};
    apply_output(cli);
}

void rv_cli_clear(RvCli *cli)
{
    g_clear_pointer(&cli->client, rv_client_free);
    g_clear_pointer(&cli->uri, g_free);
    g_clear_pointer(&cli->globals, rv_args_free);
    g_clear_pointer(&cli->effective, rv_args_free);
}

/* ---- The connection ---- */

static const char *chosen_uri(const RvCli *cli)
{
    const char *uri = rv_args_string(cli->effective, "connect");
    static const char *const variables[] = {"REEVE_URI", "LIBVIRT_DEFAULT_URI"};
    for (size_t i = 0; !uri && i < G_N_ELEMENTS(variables); i++) {
        uri = g_getenv(variables[i]);
        if (uri && !*uri)
            uri = NULL;
    }
    return uri;
}

static void explain_unreachable(int errnum, GError **error)
{
    if (errnum == EACCES)
        rv_error_remedy(error, "ask root for access, try --readonly, or use a daemon of your own: "
                               "run `reeved` and connect to reeve:///session");
    else if (errnum == ECONNREFUSED)
        rv_error_remedy(error, "the daemon that made this socket has ended: start it again with "
                               "`systemctl start reeved`, or run `reeved`");
    else
        rv_error_remedy(error, "start it with `systemctl start reeved`, or run `reeved`; a daemon "
                               "elsewhere is named by --socket PATH");
}

static void set_keepalive(RvCli *cli)
{
    int interval_s = rv_args_int(cli->effective, "keepalive-interval", KEEPALIVE_S);
    int count = rv_args_int(cli->effective, "keepalive-count", KEEPALIVE_COUNT);
    int64_t ping_ms = interval_s ? (int64_t)interval_s * 1000 : G_MAXINT;
    rv_client_set_silence(cli->client, (int)MIN(ping_ms, G_MAXINT),
                          (int)MIN(ping_ms * (count + 1), G_MAXINT));
}

bool rv_cli_connect(RvCli *cli, GError **error)
{
    if (cli->client && !rv_client_is_broken(cli->client))
        return true;
    g_clear_pointer(&cli->client, rv_client_free);
    const char *socket = rv_args_string(cli->effective, "socket");
    RvAddressDefaults defaults = {
        .root = geteuid() == 0,
        .read_only = rv_args_has(cli->effective, "readonly"),
        .runtime_dir = g_get_user_runtime_dir(),
        .socket = socket ? socket : g_getenv("REEVE_SOCKET"),
    };
    g_auto(RvAddress) address = {0};
    const char *uri = chosen_uri(cli);
    if (!rv_address_parse(&address, uri, &defaults, error))
        return false;
    g_free(cli->uri);
    cli->uri = g_strdup(uri);

    int errnum = 0;
    cli->client = rv_client_connect(address.socket, &errnum, error);
    if (!cli->client) {
        g_prefix_error(error, "cannot reach the daemon at ");
        explain_unreachable(errnum, error);
        return false;
    }
    set_keepalive(cli);
    if (!rv_client_open(cli->client, address.uri, defaults.read_only, error)) {
        g_prefix_error(error, "could not connect to %s: ", address.uri);
        g_clear_pointer(&cli->client, rv_client_free);
        return false;
    }
    return true;
}

/* ---- Running commands ---- */

static RvExit fail(RvCli *cli, RvExit code, const GError *error)
{
    if (error)
        rv_output_error(&cli->output, error);
    return code;
}

static RvExit run_command(RvCli *cli, const RvArgs *args)
{
    g_autoptr(GError) error = NULL;
    if (!cli->command->offline && !rv_cli_connect(cli, &error))
        return fail(cli, RV_EXIT_NO_DAEMON, error);
    if (cli->command->run(cli, args, &error))
        return cli->status ? (RvExit)cli->status : RV_EXIT_OK;
    bool lost = cli->client && rv_client_is_broken(cli->client);
    return fail(cli, lost ? RV_EXIT_NO_DAEMON : RV_EXIT_FAILED, error);
}

RvExit rv_cli_run(RvCli *cli, const char *const *words, size_t n_words)
{
    g_autoptr(GError) error = NULL;
    rv_args_free(cli->effective);
    cli->effective = rv_args_copy(cli->globals);
    size_t named;
    cli->status = 0;
    cli->command = rv_command_of(words, n_words, &named);
    if (!cli->command) {
        rv_usage_error(&error, "there is no command '%s'", words[0]);
        const char *meant = rv_command_suggest(words[0]);
        if (meant)
            rv_error_remedy(&error, "did you mean `reeve %s`?", meant);
        else
            rv_error_remedy(&error, "`reeve help` lists all commands");
        return fail(cli, RV_EXIT_USAGE, error);
    }
    g_autoptr(RvArgs) args = NULL;
    if (!rv_command_parse(cli->command, words + named, n_words - named, cli->effective, &args,
                          &error) ||
        !apply_globals(cli, &error)) {
        g_prefix_error(&error, "%s: ", cli->command->name);
        return fail(cli, RV_EXIT_USAGE, error);
    }
    if (rv_args_has(cli->effective, "help")) {
        rv_help_command(&cli->output, cli->command);
        return RV_EXIT_OK;
    }
    int64_t before = g_get_monotonic_time();
    RvExit code = run_command(cli, args);
    if (rv_args_has(cli->effective, "timing"))
        rv_output_text(&cli->output, "\n(Time: %.3f ms)\n\n",
                       (double)(g_get_monotonic_time() - before) / 1000.0);
    else if (!cli->command->raw)
        rv_output_extra(&cli->output, "\n");
    return code;
}

RvExit rv_cli_run_script(RvCli *cli, const char *text)
{
    RvExit code = RV_EXIT_OK;
    g_autoptr(GError) error = NULL;
    const char *rest = text;
    while (rest) {
        g_autoptr(GPtrArray) words = rv_script_next(&rest, &error);
        if (!words)
            return fail(cli, RV_EXIT_USAGE, error);
        if (words->len)
            code = rv_cli_run(cli, (const char *const *)words->pdata, words->len);
    }
    return code;
}

/* ---- Domains ---- */

bool rv_cli_list(RvCli *cli, unsigned flags, wire_connect_list_all_domains_ret *ret,
                 GError **error)
{
    wire_connect_list_all_domains_args args = {.need_results = 1, .flags = flags};
    return rv_client_call(cli->client, WIRE_CONNECT_LIST_ALL_DOMAINS,
                          wire_connect_list_all_domains_args, &args,
                          wire_connect_list_all_domains_ret, ret, error);
}

static bool find_by_id(RvCli *cli, const char *name, wire_domain_ret *ret, GError **error)
{
    guint64 id;
    if (!g_ascii_string_to_unsigned(name, 10, 0, G_MAXINT, &id, NULL))
        return false;
    wire_domain_lookup_by_id_args args = {.id = (int)id};
    return rv_client_call(cli->client, WIRE_DOMAIN_LOOKUP_BY_ID, wire_domain_lookup_by_id_args,
                          &args, wire_domain_ret, ret, error);
}

static bool find_by_uuid(RvCli *cli, const char *name, wire_domain_ret *ret, GError **error)
{
    RvUuid uuid;
    if (strlen(name) != RV_UUID_STRING_LEN || !rv_uuid_parse(name, &uuid))
        return false;
    wire_domain_lookup_by_uuid_args args;
    memcpy(args.uuid, uuid.bytes, sizeof(args.uuid));
    return rv_client_call(cli->client, WIRE_DOMAIN_LOOKUP_BY_UUID,
                          wire_domain_lookup_by_uuid_args, &args, wire_domain_ret, ret, error);
}

static bool find_by_name(RvCli *cli, const char *name, wire_domain_ret *ret, GError **error)
{
    wire_domain_lookup_by_name_args args = {.name = (char *)name};
    return rv_client_call(cli->client, WIRE_DOMAIN_LOOKUP_BY_NAME,
                          wire_domain_lookup_by_name_args, &args, wire_domain_ret, ret, error);
}

static void suggest_domain(RvCli *cli, const char *name, GError **error)
{
    g_auto(wire_connect_list_all_domains_ret) list = {0};
    RvXmlSuggestion suggestion;
    rv_xml_suggestion_init(&suggestion, name);
    if (rv_cli_list(cli, RV_LIST_ACTIVE | RV_LIST_INACTIVE, &list, NULL)) {
        for (unsigned i = 0; i < list.domains.domains_len; i++)
            rv_xml_suggestion_offer(&suggestion, list.domains.domains_val[i].name);
    }
    if (suggestion.best)
        rv_error_remedy(error, "did you mean '%s'?", suggestion.best);
    else
        rv_error_remedy(error, "`reeve list --all` lists all domains");
}

bool rv_cli_find_domain(RvCli *cli, const char *name, RvDomainBy by, wire_domain_ret *ret,
                        GError **error)
{
    static const struct {
        RvDomainBy by;
        const char *what;
        bool (*find)(RvCli *cli, const char *name, wire_domain_ret *ret, GError **error);
    } ways[] = {
        {RV_BY_ID, "id", find_by_id},
        {RV_BY_UUID, "UUID", find_by_uuid},
        {RV_BY_NAME, "name", find_by_name},
    };
    g_autoptr(GString) tried = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        if (!(by & ways[i].by))
            continue;
        g_string_append_printf(tried, "%s%s", tried->len ? " or " : "", ways[i].what);
        g_autoptr(GError) cause = NULL;
        if (ways[i].find(cli, name, ret, &cause))
            return true;
        /* "There is none" leads on to the next way; anything else is the answer. */
        if (cause && cause->code != RV_ERR_NO_DOMAIN) {
            g_propagate_prefixed_error(error, g_steal_pointer(&cause),
                                       "failed to get domain '%s': ", name);
            return false;
        }
    }
    g_set_error(error, RV_ERROR, RV_ERR_NO_DOMAIN,
                "failed to get domain '%s': there is none of this %s", name, tried->str);
    if (error)
        suggest_domain(cli, name, error);
    return false;
}

char *rv_cli_domain_xml(RvCli *cli, const wire_domain *domain, unsigned flags, GError **error)
{
    wire_domain_flags_args args = {.domain = *domain, .flags = flags};
    g_auto(wire_text_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_XML_DESC, wire_domain_flags_args, &args,
                        wire_text_ret, &ret, error)) {
        g_prefix_error(error, "could not get the definition of domain '%s': ", domain->name);
        return NULL;
    }
    /* Decoded texts come from malloc(), which is what g_free() frees. */
    return g_steal_pointer(&ret.text);
}

json_t *rv_cli_json_uuid(const wire_domain *domain)
{
    RvUuid uuid;
    memcpy(uuid.bytes, domain->uuid, sizeof(uuid.bytes));
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&uuid, text);
    return json_string(text);
}

void rv_cli_report(RvCli *cli, const wire_domain *domain, const char *result, const char *format,
                   ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    rv_output_extra(&cli->output, "%s", text);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:o, s:s}", "name", domain->name, "uuid",
                             rv_cli_json_uuid(domain), "result", result));
}
