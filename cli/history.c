/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The revisions of definitions. They are found by name, since they outlive the domain. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/line-diff.h"
#include "cli/table.h"

/* The name of the domain that is called so; of one that is gone, `called` itself. */
static char *resolve(RvCli *cli, const RvArgs *args)
{
    const char *called = rv_args_string(args, "name");
    g_auto(wire_domain_ret) found = {0};
    return g_strdup(rv_cli_find_domain(cli, called, RV_BY_ANY, &found, NULL) ? found.domain.name
                                                                             : called);
}

static bool ask_history(RvCli *cli, const char *name, wire_reeve_history_ret *ret, GError **error)
{
    wire_reeve_history_args args = {.name = (char *)name};
    if (rv_client_call_reeve(cli->client, WIRE_REEVE_HISTORY, wire_reeve_history_args, &args,
                             wire_reeve_history_ret, ret, error))
        return true;
    g_prefix_error(error, "could not get the history of domain '%s': ", name);
    return false;
}

static char *time_text(int64_t time_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(time_us / G_USEC_PER_SEC);
    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : g_strdup("-");
}

static bool run_history(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_reeve_history_ret) ret = {0};
    g_autofree char *name = resolve(cli, args);
    if (!ask_history(cli, name, &ret, error))
        return false;
    g_autoptr(RvTable) table = rv_table_new("Revision", "Time", "What", "Who", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.revisions.revisions_len; i++) {
        const wire_reeve_revision *row = &ret.revisions.revisions_val[i];
        g_autofree char *number = g_strdup_printf("%u", row->revision);
        g_autofree char *time = time_text(row->time);
        rv_table_add(table, number, time, row->what, row->who, NULL);
        json_array_append_new(
            list, json_pack("{s:I, s:f, s:o, s:o, s:b}", "revision", (json_int_t)row->revision,
                            "time", (double)row->time / 1e6, "what", rv_json_text(row->what),
                            "who", rv_json_text(row->who), "removed", row->removed));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool ask_revision(RvCli *cli, const char *name, unsigned revision,
                         wire_reeve_revision_ret *ret, GError **error)
{
    wire_reeve_revision_args args = {.name = (char *)name, .revision = revision};
    if (rv_client_call_reeve(cli->client, WIRE_REEVE_REVISION, wire_reeve_revision_args, &args,
                             wire_reeve_revision_ret, ret, error))
        return true;
    g_prefix_error(error, "could not get revision %u of domain '%s': ", revision, name);
    if (!rv_error_get_remedy(error ? *error : NULL))
        rv_error_remedy(error, "`reeve history %s` lists its revisions", name);
    return false;
}

static bool newest_revision(RvCli *cli, const char *name, unsigned *ret_revision, GError **error)
{
    g_auto(wire_reeve_history_ret) ret = {0};
    if (!ask_history(cli, name, &ret, error))
        return false;
    *ret_revision = ret.revisions.revisions_len ? ret.revisions.revisions_val[0].revision : 0;
    return true;
}

static bool run_diff(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autofree char *name = resolve(cli, args);
    unsigned from = (unsigned)rv_args_int(args, "revision", 0);
    unsigned to = (unsigned)rv_args_int(args, "other-revision", 0);
    if (!to && !newest_revision(cli, name, &to, error))
        return false;
    g_auto(wire_reeve_revision_ret) old = {0}, new = {0};
    if (!ask_revision(cli, name, from, &old, error) || !ask_revision(cli, name, to, &new, error))
        return false;
    g_autofree char *old_name = g_strdup_printf("%s revision %u", name, from);
    g_autofree char *new_name = g_strdup_printf("%s revision %u", name, to);
    /* A removal has no text: all its lines are gone. */
    g_autofree char *diff = rv_line_diff(old_name, old.text ? old.text : "", new_name,
                                         new.text ? new.text : "");
    rv_output_text(&cli->output, "%s", diff);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:I, s:I, s:s}", "from", (json_int_t)from, "to", (json_int_t)to,
                             "diff", diff));
    return true;
}

static bool run_rollback(RvCli *cli, const RvArgs *args, GError **error)
{
    g_autofree char *name = resolve(cli, args);
    int revision = rv_args_int(args, "revision", 0);
    wire_reeve_rollback_args call = {.name = name, .revision = (unsigned)revision};
    g_auto(wire_domain_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_ROLLBACK, wire_reeve_rollback_args, &call,
                              wire_domain_ret, &ret, error)) {
        g_prefix_error(error, "could not roll domain '%s' back to revision %d: ", name, revision);
        return false;
    }
    rv_cli_report(cli, &ret.domain, "rolled back", "Domain '%s' rolled back to revision %d\n",
                  ret.domain.name, revision);
    return true;
}

#define OPTION_NAME                                                                                \
    {                                                                                              \
        .name = "name", .kind = RV_OPTION_STRING, .required = true,                                \
        .completion = RV_COMPLETE_DOMAIN, .value = "NAME",                                         \
        .text = "name, id or UUID; of a domain that is gone: its name"                             \
    }

static const RvCommand diff = {
    .name = "diff",
    .summary = "print what changed in the definition of a domain",
    .options =
        (const RvOption[]){
            OPTION_NAME,
            {.name = "revision", .kind = RV_OPTION_INT, .required = true, .value = "REVISION",
             .text = "the former one"},
            {.name = "other-revision", .kind = RV_OPTION_INT, .value = "REVISION",
             .text = "the latter one; if not given, the newest"},
            {NULL},
        },
    .examples = (const RvExample[]){{"diff web 3", "From revision 3 to now."},
                                    {"diff web 3 5", "From revision 3 to revision 5."},
                                    {NULL}},
    .keys = (const RvKey[]){{"from", "the former revision"},
                            {"to", "the latter revision"},
                            {"diff", "the difference in unified form; empty: there is none"},
                            {NULL}},
    .run = run_diff,
};

static const RvCommand history = {
    .name = "history",
    .summary = "list the revisions of the definition of a domain",
    .description = "Newest first: what was done, when, and by whom. A domain that was undefined "
                   "keeps its history.",
    .options = (const RvOption[]){OPTION_NAME, {NULL}},
    .examples = (const RvExample[]){{"history web", "Every change of web."}, {NULL}},
    .keys = (const RvKey[]){{"revision", "counted from 1"},
                            {"time", "when"},
                            {"what", "define, undefine, rollback to 3, ..."},
                            {"who", "user and program"},
                            {"removed", "whether it was undefined by this"},
                            {NULL}},
    .run = run_history,
};

static const RvCommand rollback = {
    .name = "rollback",
    .summary = "define a domain as it once was",
    .description = "This is a new revision: it can be rolled back as well. A domain that was "
                   "undefined comes back.",
    .options = (const RvOption[]){OPTION_NAME,
                                  {.name = "revision", .kind = RV_OPTION_INT, .required = true,
                                   .value = "REVISION", .text = "what to go back to"},
                                  {NULL}},
    .examples = (const RvExample[]){{"rollback web 3", "See `reeve history web`."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_rollback,
};

const RvFamily rv_family_history = {
    .name = "revision",
    .title = "History",
    .commands = (const RvCommand *const[]){&diff, &history, &rollback, NULL},
};
