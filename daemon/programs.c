/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"
#include "wire/lxc.h"
#include "wire/reeve.h"

enum { MAX_NUMBER = 511 };

static const RvProcedureTable *const remote_tables[] = {
    &rv_procedures_connect, &rv_procedures_native, &rv_procedures_node,       &rv_procedures_list,
    &rv_procedures_domain,  &rv_procedures_stats,      &rv_procedures_definition,
    &rv_procedures_metadata,
    &rv_procedures_life,    &rv_procedures_console,    &rv_procedures_event,
    &rv_procedures_tune,    &rv_procedures_schedule,   &rv_procedures_limits,
    &rv_procedures_device,  &rv_procedures_save,       &rv_procedures_domain_stats,
    &rv_procedures_dump,    &rv_procedures_address,    &rv_procedures_network,
    &rv_procedures_pool,    &rv_procedures_volume,   &rv_procedures_screenshot,
    NULL,
};

static const RvProgram remote = {
    .number = WIRE_REMOTE_PROGRAM,
    .version = WIRE_REMOTE_VERSION,
    .name = "remote",
    .tables = remote_tables,
};

static const RvProcedureTable *const reeve_tables[] = {&rv_procedures_reeve, &rv_procedures_image,
                                                       &rv_procedures_exec, &rv_procedures_file,
                                                       &rv_procedures_log, NULL};

static const RvProgram reeve = {
    .number = WIRE_REEVE_PROGRAM,
    .version = WIRE_REEVE_VERSION,
    .name = "reeve",
    .tables = reeve_tables,
};

static const RvProcedureTable *const lxc_tables[] = {&rv_procedures_lxc, NULL};

static const RvProgram lxc = {
    .number = WIRE_LXC_PROGRAM,
    .version = WIRE_LXC_VERSION,
    .name = "lxc",
    .tables = lxc_tables,
};

const RvProgram *const rv_programs[] = {&remote, &reeve, &lxc, NULL};

/* The rows of each program by number, filled in when first asked for. */
static const RvProcedure *by_number[G_N_ELEMENTS(rv_programs)][MAX_NUMBER + 1];

static void fill(void)
{
    for (size_t i = 0; rv_programs[i]; i++) {
        for (size_t j = 0; rv_programs[i]->tables[j]; j++) {
            const RvProcedureTable *table = rv_programs[i]->tables[j];
            for (size_t k = 0; k < table->n_rows; k++) {
                const RvProcedure **place = &by_number[i][table->rows[k].number];
                g_assert(table->rows[k].number <= MAX_NUMBER && !*place);
                *place = &table->rows[k];
            }
        }
    }
}

const RvProcedure *rv_program_find(const RvProgram *program, unsigned number)
{
    static size_t filled;
    if (g_once_init_enter(&filled)) {
        fill();
        g_once_init_leave(&filled, 1);
    }
    for (size_t i = 0; rv_programs[i]; i++) {
        if (rv_programs[i] == program)
            return number <= MAX_NUMBER ? by_number[i][number] : NULL;
    }
    return NULL;
}
