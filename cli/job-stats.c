/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/job-stats.h"

#include <string.h>

#include "cli/param.h"

#define LABEL_WIDTH 17

enum { JOB_NONE = 0, JOB_BOUNDED = 1, JOB_UNBOUNDED = 2 }; /* virDomainJobType */

static const char *const types[] = {
    "None", "Bounded", "Unbounded", "Completed", "Failed", "Cancelled",
};

static const char *const operations[] = {
    "Unknown",       "Start",          "Save",     "Restore",         "Incoming migration",
    "Outgoing migration", "Snapshot",  "Snapshot revert", "Dump",     "Backup",
    "Snapshot delete",
};

typedef enum { UNIT_MS, UNIT_BYTES, UNIT_BYTES_S, UNIT_PLAIN, UNIT_PAGES_S } Unit;

/* In the order of printing. `group`: the three of a group are printed if any of them is not 0. */
static const struct {
    const char *field, *label;
    Unit unit;
    char group;
} rows[] = {
    {"time_elapsed", "Time elapsed:", UNIT_MS, 0},
    {"time_elapsed_net", "Time elapsed w/o network:", UNIT_MS, 0},
    {"time_remaining", "Time remaining:", UNIT_MS, 0},
    {"data_processed", "Data processed:", UNIT_BYTES, 'd'},
    {"data_remaining", "Data remaining:", UNIT_BYTES, 'd'},
    {"data_total", "Data total:", UNIT_BYTES, 'd'},
    {"memory_processed", "Memory processed:", UNIT_BYTES, 'm'},
    {"memory_remaining", "Memory remaining:", UNIT_BYTES, 'm'},
    {"memory_total", "Memory total:", UNIT_BYTES, 'm'},
    {"memory_bps", "Memory bandwidth:", UNIT_BYTES_S, 0},
    {"memory_dirty_rate", "Dirty rate:", UNIT_PAGES_S, 0},
    {"memory_page_size", "Page size:", UNIT_PLAIN, 0},
    {"memory_iteration", "Iteration:", UNIT_PLAIN, 0},
    {"disk_processed", "File processed:", UNIT_BYTES, 'f'},
    {"disk_remaining", "File remaining:", UNIT_BYTES, 'f'},
    {"disk_total", "File total:", UNIT_BYTES, 'f'},
    {"disk_bps", "File bandwidth:", UNIT_BYTES_S, 0},
    {"memory_constant", "Constant pages:", UNIT_PLAIN, 0},
    {"memory_normal", "Normal pages:", UNIT_PLAIN, 0},
    {"memory_normal_bytes", "Normal data:", UNIT_BYTES, 0},
    {"downtime", "Expected downtime:", UNIT_MS, 0},
    {"setup_time", "Setup time:", UNIT_MS, 0},
};

const char *rv_job_type_text(int type)
{
    return type >= 0 && (unsigned)type < G_N_ELEMENTS(types) ? types[type] : "unknown";
}

static bool number_of(const wire_domain_get_job_stats_ret *stats, const char *field,
                      uint64_t *ret_value)
{
    const wire_param *param = rv_params_find(stats->params.params_val, stats->params.params_len,
                                             field);
    if (!param || param->value.type != WIRE_PARAM_ULLONG)
        return false;
    *ret_value = param->value.wire_param_value_u.ul;
    return true;
}

static bool group_has_any(const wire_domain_get_job_stats_ret *stats, char group)
{
    uint64_t value;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].group == group && number_of(stats, rows[i].field, &value) && value)
            return true;
    }
    return false;
}

static void print_bytes(const RvOutput *output, const char *label, uint64_t value,
                        const char *suffix)
{
    g_autofree char *size = rv_size_text(value);
    rv_output_field(output, LABEL_WIDTH, label, "%s%s", size, suffix);
}

static void print_number(const RvOutput *output, const char *label, Unit unit, uint64_t value)
{
    static const char *const suffixes[] = {
        [UNIT_MS] = " ms", [UNIT_PLAIN] = "", [UNIT_PAGES_S] = " pages/s",
    };
    if (unit == UNIT_BYTES || unit == UNIT_BYTES_S)
        print_bytes(output, label, value, unit == UNIT_BYTES ? "" : "/s");
    else
        rv_output_field(output, LABEL_WIDTH, label, "%-12" G_GUINT64_FORMAT "%s", (guint64)value,
                        suffixes[unit]);
}

void rv_job_stats_print(const RvOutput *output, const wire_domain_get_job_stats_ret *stats,
                        bool all)
{
    rv_output_field(output, LABEL_WIDTH, "Job type:", "%-12s", rv_job_type_text(stats->type));
    if (stats->type == JOB_NONE)
        return;
    const wire_param *operation = rv_params_find(stats->params.params_val,
                                                 stats->params.params_len, "operation");
    unsigned number = operation && operation->value.type == WIRE_PARAM_INT
                          ? (unsigned)operation->value.wire_param_value_u.i
                          : 0;
    rv_output_field(output, LABEL_WIDTH, "Operation:", "%-12s",
                    number < G_N_ELEMENTS(operations) ? operations[number] : "unknown");
    if (!all && stats->type != JOB_BOUNDED && stats->type != JOB_UNBOUNDED)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t value;
        if (rows[i].group ? !group_has_any(stats, rows[i].group)
                          : !number_of(stats, rows[i].field, &value))
            continue;
        if (!number_of(stats, rows[i].field, &value))
            value = 0;
        print_number(output, rows[i].label, rows[i].unit, value);
    }
}

void rv_job_stats_print_raw(const RvOutput *output, const wire_domain_get_job_stats_ret *stats)
{
    rv_output_text(output, "Job type: %d\n\n", stats->type);
    for (unsigned i = 0; i < stats->params.params_len; i++) {
        g_autofree char *value = rv_param_to_text(&stats->params.params_val[i]);
        rv_output_text(output, "%s: %s\n", stats->params.params_val[i].field, value);
    }
}
