/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is being done, and waits to be done. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/job-stats.h"
#include "cli/param.h"
#include "cli/table.h"

static bool find(RvCli *cli, const RvArgs *args, wire_domain_ret *ret, GError **error)
{
    return rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, ret, error);
}

/* ---- jobs, cancel ---- */

static char *progress_text(const wire_reeve_job *job)
{
    if (job->cancelled)
        return g_strdup("being cancelled");
    if (!job->started)
        return g_strdup("waits");
    if (!job->total)
        return g_strdup("runs");
    return g_strdup_printf("%.0f%%", 100.0 * (double)job->done / (double)job->total);
}

static char *age_text(const wire_reeve_job *job)
{
    int64_t since = job->started ? job->started : job->queued;
    return g_strdup_printf("%.1fs", (double)MAX(g_get_real_time() - since, 0) / 1e6);
}

static json_t *job_to_json(const wire_reeve_job *job)
{
    return json_pack("{s:s, s:o, s:I, s:o, s:o, s:f, s:o, s:I, s:I, s:b}", "name",
                     job->domain.name, "uuid", rv_cli_json_uuid(&job->domain), "id",
                     (json_int_t)job->id, "kind", rv_json_text(job->kind), "owner",
                     rv_json_text(job->owner), "queued",
                     (double)job->queued / 1e6, "started",
                     job->started ? json_real((double)job->started / 1e6) : json_null(), "done",
                     (json_int_t)job->done, "total", (json_int_t)job->total, "cancelled",
                     job->cancelled);
}

static bool run_jobs(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    bool one = rv_args_has(args, "domain");
    if (one && !find(cli, args, &found, error))
        return false;
    wire_reeve_jobs_args call = {.domain = one ? &found.domain : NULL};
    g_auto(wire_reeve_jobs_ret) ret = {0};
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_JOBS, wire_reeve_jobs_args, &call,
                              wire_reeve_jobs_ret, &ret, error)) {
        g_prefix_error(error, "could not list jobs: ");
        return false;
    }
    g_autoptr(RvTable) table = rv_table_new("Domain", "Id", "Job", "State", "Since", "Owner",
                                            NULL);
    json_t *list = json_array();
    for (unsigned i = 0; i < ret.jobs.jobs_len; i++) {
        const wire_reeve_job *job = &ret.jobs.jobs_val[i];
        g_autofree char *id = g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)job->id);
        g_autofree char *progress = progress_text(job), *age = age_text(job);
        rv_table_add(table, job->domain.name, id, job->kind, progress, age, job->owner, NULL);
        json_array_append_new(list, job_to_json(job));
    }
    rv_table_print(table, &cli->output);
    rv_output_json(&cli->output, cli->command, list);
    return true;
}

static bool run_cancel(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_reeve_cancel_args call = {
        .domain = found.domain,
        .id = (u_quad_t)rv_args_int(args, "job", 0),
    };
    if (!rv_client_call_reeve(cli->client, WIRE_REEVE_CANCEL, wire_reeve_cancel_args, &call, void,
                              NULL, error)) {
        g_prefix_error(error, "could not cancel a job of domain '%s': ", found.domain.name);
        return false;
    }
    rv_cli_report(cli, &found.domain, "cancelled", "Job of domain '%s' cancelled\n",
                  found.domain.name);
    return true;
}

/* ---- domjobinfo, domjobabort ---- */

static bool run_domjobinfo(RvCli *cli, const RvArgs *args, GError **error)
{
    static const RvOptionBit bits[] = {{"completed", 1u << 0}, {"keep-completed", 1u << 1}, {NULL}};
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_domain_flags_args call = {.domain = found.domain, .flags = rv_args_bits(args, bits)};
    g_auto(wire_domain_get_job_stats_ret) ret = {0};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_GET_JOB_STATS, wire_domain_flags_args, &call,
                        wire_domain_get_job_stats_ret, &ret, error)) {
        g_prefix_error(error, "could not get the job of domain '%s': ", found.domain.name);
        return false;
    }
    bool all = rv_args_has(args, "anystats") || rv_args_has(args, "completed");
    if (rv_args_has(args, "rawstats"))
        rv_job_stats_print_raw(&cli->output, &ret);
    else
        rv_job_stats_print(&cli->output, &ret, all);
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:o}", "type", rv_job_type_text(ret.type), "stats",
                             rv_params_to_json(ret.params.params_val, ret.params.params_len)));
    return true;
}

static bool run_domjobabort(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!find(cli, args, &found, error))
        return false;
    wire_domain_args call = {.domain = found.domain};
    if (!rv_client_call(cli->client, WIRE_DOMAIN_ABORT_JOB, wire_domain_args, &call, void, NULL,
                        error)) {
        g_prefix_error(error, "could not abort the job of domain '%s': ", found.domain.name);
        return false;
    }
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:s, s:o, s:s}", "name", found.domain.name, "uuid",
                             rv_cli_json_uuid(&found.domain), "result", "aborted"));
    return true;
}

/* ---- Tables ---- */

static const RvCommand cancel = {
    .name = "cancel",
    .summary = "cancel a job of a domain",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_DOMAIN),
                                  {.name = "job", .kind = RV_OPTION_INT, .value = "ID",
                                   .text = "this job; if not given, the one that runs"},
                                  {NULL}},
    .examples = (const RvExample[]){{"cancel web", "What web is busy with."},
                                    {"cancel web 12", "A job that `reeve jobs` lists."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_cancel,
};

static const RvCommand domjobabort = {
    .name = "domjobabort",
    .summary = "abort the job that a domain is busy with",
    .options = (const RvOption[]){RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE), {NULL}},
    .examples = (const RvExample[]){{"domjobabort web", "As `reeve cancel web`."}, {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_domjobabort,
};

static const RvCommand domjobinfo = {
    .name = "domjobinfo",
    .summary = "print how far the job is that a domain is busy with",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "completed", .text = "the last one that was completed"},
            {.name = "keep-completed", .text = "and do not forget it by that"},
            {.name = "anystats", .text = "all numbers, of a failed job as well"},
            {.name = "rawstats", .text = "as the daemon sends them"},
            {NULL},
        },
    .dependent = (const RvOptionPair[]){{"keep-completed", "completed"}, {NULL}},
    .examples = (const RvExample[]){{"domjobinfo web", "Kind, age, progress."}, {NULL}},
    .keys = (const RvKey[]){{"type", "None, Bounded, Unbounded, Completed, Failed or Cancelled"},
                            {"stats", "an object: number or text by name"},
                            {NULL}},
    .run = run_domjobinfo,
};

static const RvCommand jobs = {
    .name = "jobs",
    .summary = "list the jobs of domains",
    .description = "Each domain does one thing at a time; what waits is listed behind what runs. "
                   "Nobody who only reads has to wait.",
    .options = (const RvOption[]){{.name = "domain", .kind = RV_OPTION_STRING,
                                   .completion = RV_COMPLETE_DOMAIN, .value = "DOMAIN",
                                   .text = "only of this domain"},
                                  {NULL}},
    .examples = (const RvExample[]){{"jobs", "All that goes on."}, {"jobs web", "With web."},
                                    {NULL}},
    .keys = (const RvKey[]){{"name", "the domain's name"},
                            {"uuid", "its UUID"},
                            {"id", "the number of the job"},
                            {"kind", "start, destroy, ..."},
                            {"owner", "who asked for it"},
                            {"queued", "when it was asked for"},
                            {"started", "when it began, or null: it waits"},
                            {"done", "how far it is"},
                            {"total", "where the end is; 0: not known"},
                            {"cancelled", "whether it was cancelled, and ends soon"},
                            {NULL}},
    .run = run_jobs,
};

const RvFamily rv_family_jobs = {
    .name = "job",
    .title = "Jobs",
    .commands = (const RvCommand *const[]){&cancel, &domjobabort, &domjobinfo, &jobs, NULL},
};
