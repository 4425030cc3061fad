/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a domain has written, and why it failed. */
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "wire/reeve.h"

enum { LOOK_MS = 200 };

static bool find(RvCli *cli, const RvArgs *args, wire_domain_ret *ret, GError **error)
{
    return rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, ret, error);
}

/* ---- failures ---- */

static char *time_text(int64_t time_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(time_us / G_USEC_PER_SEC);
    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : g_strdup("-");
}

static bool run_failures(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_domain_args call = {.domain = found.domain};
    g_auto(wire_reeve_failures_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_FAILURES, wire_domain_args, &call,
                              wire_reeve_failures_ret, &ret, error)) {
        g_prefix_error(error, "could not list what failed of domain '%s': ", found.domain.name);
        return false;
    }
    g_autoptr(RvTable) table = rv_table_new("Time", "What", NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.failures.failures_len; i++) {
        const wire_reeve_failure *failure = &ret.failures.failures_val[i];
        g_autofree char *time = time_text(failure->time);
        rv_table_add(table, time, failure->text, NULL);
        json_array_append_new(list, json_pack("{s:f, s:o}", "time", (double)failure->time / 1e6,
                                              "what", rv_json_text(failure->text)));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

/* ---- logs ---- */

static bool print_piece(RvCli *cli, wire_reeve_log_args *call, bool *ret_more, GError **error)
{
    g_auto(wire_reeve_log_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_LOG, wire_reeve_log_args, call,
                              wire_reeve_log_ret, &ret, error)) {
        g_prefix_error(error, "could not read the log of domain '%s': ", call->domain.name);
        return false;
    }
    call->offset = (quad_t)ret.next;
    *ret_more = ret.bytes.bytes_len > 0;
    return rv_fd_write_all(STDOUT_FILENO, ret.bytes.bytes_val, ret.bytes.bytes_len, error);
}

static bool run_logs(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    bool tail = rv_args_has(args, "tail"), more = true;
    wire_reeve_log_args call = {
        .domain = found.domain,
        .offset = tail ? -1 : 0,
        .lines = (u_int)rv_args_int(args, "tail", 0),
    };
    while (more || rv_args_has(args, "follow")) {
        if (!more)
            g_usleep(LOOK_MS * 1000);
        if (!print_piece(cli, &call, &more, error))
            return false;
    }
    return true;
}

/* ---- Tables ---- */

static const RvCommand failures = {
    .name = "failures",
    .summary = "list what failed of a domain that nobody waited for",
    .description = "Such as how its guest ended, when that was not as it should; the last ten.",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN), {NULL}},
    .examples = (const RvExample[]){{"failures web", "Exit codes, health checks."}, {NULL}},
    .keys = (const RvKey[]){{"time", "when"}, {"what", "in words"}, {NULL}},
    .run = run_failures,
};

static const RvCommand logs = {
    .name = "logs",
    .summary = "print what a domain has written",
    .description = "The first console of a container; what the emulator of a machine has to say.",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
                                  {.name = "follow", .letter = 'f',
                                   .text = "go on with what comes, until interrupted"},
                                  {.name = "tail", .kind = RV_OPTION_INT,
                                   .named = true, .value = "LINES", .text = "begin with the last lines"},
                                  {NULL}},
    .examples = (const RvExample[]){{"logs web --tail 20", "The last twenty lines."},
                                    {"logs web -f --tail 0", "What it writes from now on."},
                                    {NULL}},
    .raw = true,
    .run = run_logs,
};

const RvFamily rv_family_logs = {
    .name = "log",
    .title = "Logs and files",
    .commands = (const RvCommand *const[]){&rv_command_cp, &failures, &logs, NULL},
};
