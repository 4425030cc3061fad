/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of one domain. */
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/state-text.h"

#define LABEL_WIDTH 15

static const RvOption domain_options[] = {RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN), {NULL}};

static bool find(RvCli *cli, const RvArgs *args, RvDomainBy by, wire_domain_ret *ret,
                 GError **error)
{
    return rv_cli_find_domain(cli, rv_args_string(args, "domain"), by, ret, error);
}

/* ---- Names ---- */

static bool run_domid(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) ret = {0};
    if (!find(cli, args, RV_BY_NAME | RV_BY_UUID, &ret, error))
        return false;
    bool active = ret.domain.id != -1;
    g_autofree char *text = active ? g_strdup_printf("%d", ret.domain.id) : g_strdup("-");
    rv_output_text(&cli->output, "%s\n", text);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:o}", "id", active ? json_integer(ret.domain.id) : json_null()));
    return true;
}

static bool run_domname(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) ret = {0};
    if (!find(cli, args, RV_BY_ID | RV_BY_UUID, &ret, error))
        return false;
    rv_output_text(&cli->output, "%s\n", ret.domain.name);
    rv_output_json(&cli->output, cli->command, json_pack("{s:s}", "name", ret.domain.name));
    return true;
}

static bool run_domuuid(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) ret = {0};
    if (!find(cli, args, RV_BY_ID | RV_BY_NAME, &ret, error))
        return false;
    json_t *uuid = rv_cli_json_uuid(&ret.domain);
    rv_output_text(&cli->output, "%s\n", json_string_value(uuid));
    rv_output_json(&cli->output, cli->command, json_pack("{s:o}", "uuid", uuid));
    return true;
}

static bool run_domstate(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, RV_BY_ANY, &found, error))
        return false;
    wire_domain_flags_args call = {.domain = found.domain};
    wire_domain_get_state_ret ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_STATE, wire_domain_flags_args, &call,
                        wire_domain_get_state_ret, &ret, error)) {
        g_prefix_error(error, "could not get the state of domain '%s': ", found.domain.name);
        return false;
    }
    const char *state = rv_state_text(ret.state);
    g_autofree char *reason = rv_state_reason_text(ret.state, ret.reason);
    if (rv_args_has(args, "reason"))
        rv_output_text(&cli->output, "%s (%s)\n", state, reason);
    else
        rv_output_text(&cli->output, "%s\n", state);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:s}", "state", state, "reason", reason));
    return true;
}

/* ---- dominfo ---- */

/* A question about the domain that a daemon may not know the answer to: then there is no line. */
static bool ask_int(RvCli *cli, unsigned procedure, const wire_domain *domain, int *ret_value)
{
    wire_domain_flags_args args = {.domain = *domain};
    wire_int_ret ret = {0};
    bool known = rv_client_call(cli->client, procedure, wire_domain_flags_args, &args,
                                wire_int_ret, &ret, NULL);
    *ret_value = ret.value;
    return known;
}

static void show_identity(RvCli *cli, const wire_domain *domain, json_t *json)
{
    bool active = domain->id != -1;
    g_autofree char *id = active ? g_strdup_printf("%d", domain->id) : g_strdup("-");
    json_t *uuid = rv_cli_json_uuid(domain);
    rv_output_field(&cli->output, LABEL_WIDTH, "Id:", "%s", id);
    rv_output_field(&cli->output, LABEL_WIDTH, "Name:", "%s", domain->name);
    rv_output_field(&cli->output, LABEL_WIDTH, "UUID:", "%s", json_string_value(uuid));
    json_object_set_new(json, "id", active ? json_integer(domain->id) : json_null());
    json_object_set_new(json, "name", json_string(domain->name));
    json_object_set_new(json, "uuid", uuid);

    wire_domain_args args = {.domain = *domain};
    g_auto(wire_text_ret) os_type = {0};
    if (rv_client_call(cli->client, WIRE_DOMAIN_GET_OS_TYPE, wire_domain_args, &args,
                       wire_text_ret, &os_type, NULL)) {
        rv_output_field(&cli->output, LABEL_WIDTH, "OS Type:", "%s", os_type.text);
        json_object_set_new(json, "os_type", json_string(os_type.text));
    }
}

static bool show_numbers(RvCli *cli, const wire_domain *domain, json_t *json, GError **error)
{
    wire_domain_args args = {.domain = *domain};
    wire_domain_get_info_ret info = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_INFO, wire_domain_args, &args,
                        wire_domain_get_info_ret, &info, error)) {
        g_prefix_error(error, "could not get information about domain '%s': ", domain->name);
        return false;
    }
    const RvOutput *out = &cli->output;
    rv_output_field(out, LABEL_WIDTH, "State:", "%s", rv_state_text(info.state));
    rv_output_field(out, LABEL_WIDTH, "CPU(s):", "%u", info.vcpus);
    if (info.cpu_time)
        rv_output_field(out, LABEL_WIDTH, "CPU time:", "%.1fs", (double)info.cpu_time / 1e9);
    rv_output_field(out, LABEL_WIDTH, "Max memory:", "%" G_GUINT64_FORMAT " KiB",
                    (guint64)info.max_memory);
    rv_output_field(out, LABEL_WIDTH, "Used memory:", "%" G_GUINT64_FORMAT " KiB",
                    (guint64)info.memory);
    json_object_set_new(json, "state", json_string(rv_state_text(info.state)));
    json_object_set_new(json, "vcpus", json_integer(info.vcpus));
    json_object_set_new(json, "cpu_time_ns", json_integer((json_int_t)info.cpu_time));
    json_object_set_new(json, "max_memory_kib", json_integer((json_int_t)info.max_memory));
    json_object_set_new(json, "memory_kib", json_integer((json_int_t)info.memory));
    return true;
}

static void show_flags(RvCli *cli, const wire_domain *domain, json_t *json)
{
    static const struct {
        unsigned procedure;
        const char *label, *yes, *no, *key;
        bool unknown; /* an answer that is not known gets a line, too */
    } flags[] = {
        {WIRE_DOMAIN_IS_PERSISTENT, "Persistent:", "yes", "no", "persistent", true},
        {WIRE_DOMAIN_GET_AUTOSTART, "Autostart:", "enable", "disable", "autostart", false},
        {WIRE_DOMAIN_HAS_MANAGED_SAVE_IMAGE, "Managed save:", "yes", "no", "managed_save", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        int value;
        bool known = ask_int(cli, flags[i].procedure, domain, &value);
        if (known || flags[i].unknown)
            rv_output_field(&cli->output, LABEL_WIDTH, flags[i].label, "%s",
                            !known  ? "unknown"
                            : value ? flags[i].yes
                                    : flags[i].no);
        json_object_set_new(json, flags[i].key, known ? json_boolean(value) : json_null());
    }
}

static void show_security(RvCli *cli, const wire_domain *domain, json_t *json)
{
    g_auto(wire_node_get_security_model_ret) model = {0};
    if (!rv_client_call(cli->client, WIRE_NODE_GET_SECURITY_MODEL, void, NULL,
                        wire_node_get_security_model_ret, &model, NULL))
        return;
    /* Both are counted bytes; libvirt's end with a zero, which need not be so. */
    g_autofree char *name = g_strndup(model.model.model_val, model.model.model_len);
    g_autofree char *doi = g_strndup(model.doi.doi_val, model.doi.doi_len);
    if (!*name)
        return;
    rv_output_field(&cli->output, LABEL_WIDTH, "Security model:", "%s", name);
    rv_output_field(&cli->output, LABEL_WIDTH, "Security DOI:", "%s", doi);
    json_object_set_new(json, "security_model", json_string(name));

    wire_domain_args args = {.domain = *domain};
    g_auto(wire_security_label) label = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_SECURITY_LABEL, wire_domain_args, &args,
                        wire_security_label, &label, NULL))
        return;
    g_autofree char *text = g_strndup(label.label.label_val, label.label.label_len);
    if (*text)
        rv_output_field(&cli->output, LABEL_WIDTH, "Security label:", "%s (%s)", text,
                        label.enforcing ? "enforcing" : "permissive");
    json_object_set_new(json, "security_label", json_string(text));
}

/* Messages as virsh shows them, and what was dropped from the document, which virsh cannot show. */
static void show_messages(RvCli *cli, const wire_domain *domain, json_t *json)
{
    wire_domain_flags_args args = {.domain = *domain};
    g_auto(wire_domain_get_messages_ret) messages = {0};
    json_t *list = json_array();
    if (rv_client_call(cli->client, WIRE_DOMAIN_GET_MESSAGES, wire_domain_flags_args, &args,
                       wire_domain_get_messages_ret, &messages, NULL)) {
        for (unsigned i = 0; i < messages.messages.messages_len; i++) {
            const char *text = messages.messages.messages_val[i];
            rv_output_field(&cli->output, LABEL_WIDTH, i ? "" : "Messages:", "%s", text);
            json_array_append_new(list, json_string(text));
        }
    }
    json_object_set_new(json, "messages", list);

    wire_domain_args warnings_args = {.domain = *domain};
    g_auto(wire_reeve_warnings_ret) warnings = {0};
    list = json_array();
    if (rv_client_call_reeve(cli->client, WIRE_REEVE_WARNINGS, wire_domain_args, &warnings_args,
                             wire_reeve_warnings_ret, &warnings, NULL)) {
        for (unsigned i = 0; i < warnings.warnings.warnings_len; i++) {
            const char *text = warnings.warnings.warnings_val[i];
            rv_output_field(&cli->output, LABEL_WIDTH, i ? "" : "Warnings:", "%s", text);
            json_array_append_new(list, json_string(text));
        }
    }
    json_object_set_new(json, "warnings", list);
}

/* What is off may have ended in a way that its state does not tell: an exit code, a full memory. */
static void show_last_failure(RvCli *cli, const wire_domain *domain, json_t *json)
{
    wire_domain_args args = {.domain = *domain};
    g_auto(wire_reeve_failures_ret) ret = {0};
    const char *text = NULL;
    if (domain->id == -1 &&
        rv_client_call_reeve(cli->client, WIRE_REEVE_FAILURES, wire_domain_args, &args,
                             wire_reeve_failures_ret, &ret, NULL) &&
        ret.failures.failures_len > 0 && !ret.over)
        text = ret.failures.failures_val[ret.failures.failures_len - 1].text;
    if (text)
        rv_output_field(&cli->output, LABEL_WIDTH, "Last failure:", "%s", text);
    json_object_set_new(json, "last_failure", text ? rv_json_text(text) : json_null());
}

static bool run_dominfo(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, RV_BY_ANY, &found, error))
        return false;
    json_t *json = json_object();
    show_identity(cli, &found.domain, json);
    if (!show_numbers(cli, &found.domain, json, error)) {
        json_decref(json);
        return false;
    }
    show_flags(cli, &found.domain, json);
    show_security(cli, &found.domain, json);
    show_messages(cli, &found.domain, json);
    show_last_failure(cli, &found.domain, json);
    rv_output_json(&cli->output, cli->command, json);
    return true;
}

/* ---- domcontrol ---- */

#define CONTROL_OK 0
#define CONTROL_ERROR 3

static bool run_domcontrol(RvCli *cli, const RvArgs *args, GError **error)
{
    /* By virDomainControlState and virDomainControlErrorReason. */
    static const char *const states[] = {"ok", "background job", "occupied", "error"};
    static const char *const reasons[] = {"", "unknown", "monitor failure",
                                          "internal (locking) error"};
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, RV_BY_ANY, &found, error))
        return false;
    wire_domain_flags_args call = {.domain = found.domain};
    wire_domain_get_control_info_ret ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_CONTROL_INFO, wire_domain_flags_args, &call,
                        wire_domain_get_control_info_ret, &ret, error)) {
        g_prefix_error(error, "could not ask how domain '%s' can be controlled: ",
                       found.domain.name);
        return false;
    }
    const char *state = ret.state < G_N_ELEMENTS(states) ? states[ret.state] : "unknown";
    const char *reason = ret.details < G_N_ELEMENTS(reasons) ? reasons[ret.details] : "unknown";
    if (ret.state != CONTROL_OK && ret.state != CONTROL_ERROR)
        rv_output_text(&cli->output, "%s (%0.3fs)\n", state, (double)ret.since / 1000.0);
    else if (ret.state == CONTROL_ERROR && ret.details)
        rv_output_text(&cli->output, "%s: %s\n", state, reason);
    else
        rv_output_text(&cli->output, "%s\n", state);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:s, s:I}", "state", state, "reason", reason, "since_ms",
                             (json_int_t)ret.since));
    return true;
}

/* ---- vcpucount ---- */

#define VCPUS_LIVE 1u
#define VCPUS_CONFIG 2u
#define VCPUS_MAXIMUM 4u
#define VCPUS_GUEST 8u

static bool count_vcpus(RvCli *cli, const wire_domain *domain, unsigned flags, int *ret_count,
                        GError **error)
{
    wire_domain_flags_args args = {.domain = *domain, .flags = flags};
    wire_int_ret ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_VCPUS_FLAGS, wire_domain_flags_args, &args,
                        wire_int_ret, &ret, error)) {
        g_prefix_error(error, "could not count the vCPUs of domain '%s': ", domain->name);
        return false;
    }
    *ret_count = ret.value;
    return true;
}

static bool count_all_vcpus(RvCli *cli, const wire_domain *domain, GError **error)
{
    static const struct {
        unsigned flags;
        const char *which, *when, *key;
    } counts[] = {
        {VCPUS_CONFIG | VCPUS_MAXIMUM, "maximum", "config", "maximum_config"},
        {VCPUS_LIVE | VCPUS_MAXIMUM, "maximum", "live", "maximum_live"},
        {VCPUS_CONFIG, "current", "config", "current_config"},
        {VCPUS_LIVE, "current", "live", "current_live"},
    };
    json_t *json = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        int count = 0;
        g_autoptr(GError) cause = NULL;
        if (count_vcpus(cli, domain, counts[i].flags, &count, &cause) && count > 0) {
            rv_output_text(&cli->output, "%-12s %-12s %3d\n", counts[i].which, counts[i].when,
                           count);
            json_object_set_new(json, counts[i].key, json_integer(count));
        } else if (cause && cause->code != RV_ERR_OPERATION_INVALID &&
                   cause->code != RV_ERR_INVALID_ARG) {
            /* Those two say that there is no such count now: an inactive domain has no live one. */
            json_decref(json);
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
    }
    rv_output_json(&cli->output, cli->command, json);
    return true;
}

static bool run_vcpucount(RvCli *cli, const RvArgs *args, GError **error)
{
    static const RvOptionBit bits[] = {
        {"live", VCPUS_LIVE},       {"config", VCPUS_CONFIG}, {"maximum", VCPUS_MAXIMUM},
        {"guest", VCPUS_GUEST},     {NULL},
    };
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, RV_BY_ANY, &found, error))
        return false;
    unsigned flags = rv_args_bits(args, bits);
    if (!flags && !rv_args_has(args, "current") && !rv_args_has(args, "active"))
        return count_all_vcpus(cli, &found.domain, error);
    int count;
    if (!count_vcpus(cli, &found.domain, flags, &count, error))
        return false;
    rv_output_text(&cli->output, "%d\n", count);
    rv_output_json(&cli->output, cli->command, json_pack("{s:i}", "count", count));
    return true;
}

/* ---- Tables ---- */

static const RvCommand domcontrol = {
    .name = "domcontrol",
    .summary = "print whether a domain can be controlled now",
    .options = domain_options,
    .examples = (const RvExample[]){{"domcontrol web", "For example: ok, or occupied (3.2s)."},
                                    {NULL}},
    .keys = (const RvKey[]){{"state", "ok, background job, occupied or error"},
                            {"reason", "of an error; else empty"},
                            {"since_ms", "for how long, in ms"},
                            {NULL}},
    .run = run_domcontrol,
};

static const RvCommand domid = {
    .name = "domid",
    .summary = "print the id of a domain",
    .description = "An inactive domain has none: then a dash is printed.",
    .options = domain_options,
    .examples = (const RvExample[]){{"domid web", "The id that web has while it runs."}, {NULL}},
    .keys = (const RvKey[]){{"id", "the id, null for an inactive domain"}, {NULL}},
    .run = run_domid,
};

static const RvCommand dominfo = {
    .name = "dominfo",
    .summary = "print what is known of a domain",
    .options = domain_options,
    .examples = (const RvExample[]){{"dominfo web", "State, memory, vCPUs, warnings."},
                                    {"dominfo web -o json", "The same for a script."},
                                    {NULL}},
    .keys =
        (const RvKey[]){
            {"id", "the id, null for an inactive domain"},
            {"name", "the name"},
            {"uuid", "the UUID"},
            {"os_type", "hvm, linux, exe, ..."},
            {"state", "as domstate prints it"},
            {"vcpus", "vCPUs in use"},
            {"cpu_time_ns", "CPU time used since the start, in ns"},
            {"max_memory_kib", "the most memory it can have, in KiB"},
            {"memory_kib", "the memory it has, in KiB"},
            {"persistent", "whether it stays defined when it ends; null: not known"},
            {"autostart", "whether it starts with the host; null: not known"},
            {"managed_save", "whether there is a saved state; null: not known"},
            {"security_model", "the host's security driver; missing: none"},
            {"security_label", "the running domain's label; missing: none"},
            {"messages", "a list of texts: what the daemon warns of"},
            {"warnings", "a list of texts: what was not understood in its definition"},
            {"last_failure", "of one that is off: how its last start or end failed, or null"},
            {NULL},
        },
    .run = run_dominfo,
};

static const RvCommand domname = {
    .name = "domname",
    .summary = "print the name of a domain",
    .options = domain_options,
    .examples = (const RvExample[]){{"domname 3", "The name of the domain with the id 3."},
                                    {NULL}},
    .keys = (const RvKey[]){{"name", "the name"}, {NULL}},
    .run = run_domname,
};

static const RvCommand domstate = {
    .name = "domstate",
    .summary = "print the state of a domain",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "reason", .kind = RV_OPTION_FLAG, .text = "say why as well"},
            {NULL},
        },
    .examples = (const RvExample[]){{"domstate web --reason", "For example: paused (user)."},
                                    {NULL}},
    .keys =
        (const RvKey[]){
            {"state", "no state, running, idle, paused, in shutdown, shut off, crashed or "
                      "pmsuspended"},
            {"reason", "why it is in this state: booted, user, ..."},
            {NULL},
        },
    .run = run_domstate,
};

static const RvCommand domuuid = {
    .name = "domuuid",
    .summary = "print the UUID of a domain",
    .options = domain_options,
    .examples = (const RvExample[]){{"domuuid web", "The UUID of web."}, {NULL}},
    .keys = (const RvKey[]){{"uuid", "the UUID"}, {NULL}},
    .run = run_domuuid,
};

static const RvCommand vcpucount = {
    .name = "vcpucount",
    .summary = "count the vCPUs of a domain",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
            {.name = "maximum", .kind = RV_OPTION_FLAG, .text = "the most it can have"},
            {.name = "active", .kind = RV_OPTION_FLAG, .text = "those in use"},
            {.name = "live", .kind = RV_OPTION_FLAG, .text = "of the running domain"},
            {.name = "config", .kind = RV_OPTION_FLAG, .text = "from the next start on"},
            {.name = "current", .kind = RV_OPTION_FLAG, .text = "as the domain is now"},
            {.name = "guest", .kind = RV_OPTION_FLAG, .text = "as the guest's agent sees them"},
            {NULL},
        },
    .exclusive = (const RvOptionPair[]){{"live", "config"},
                                        {"current", "live"},
                                        {"current", "config"},
                                        {"active", "maximum"},
                                        {"guest", "config"},
                                        {NULL}},
    .examples = (const RvExample[]){{"vcpucount web", "All counts."},
                                    {"vcpucount web --maximum --config", "One number."},
                                    {NULL}},
    .keys =
        (const RvKey[]){
            {"count", "where one was asked for: the number"},
            {"maximum_config", "the most, from the next start on"},
            {"maximum_live", "the most, of the running domain"},
            {"current_config", "in use, from the next start on"},
            {"current_live", "in use, of the running domain"},
            {NULL},
        },
    .run = run_vcpucount,
};

const RvFamily rv_family_info = {
    .name = "monitor",
    .title = "What domains are and do",
    .commands = (const RvCommand *const[]){&domcontrol, &domid, &dominfo, &domname, &domstate,
                                           &rv_command_domstats, &domuuid, &rv_command_event,
                                           &rv_command_list, &vcpucount, NULL},
};
