/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include "base/error.h"
#include "daemon/exec.h"
#include "wire/reeve.h"

enum { EXEC_TERMINAL = 1 << 0 };

static void execution_free(void *data)
{
    RvExecution *execution = data;
    if (execution)
        rv_exec_clear(execution);
    g_free(execution);
}

static char **copy_texts(const wire_text *texts, u_int n)
{
    char **copy = g_new0(char *, n + 1);
    for (u_int i = 0; i < n; i++)
        copy[i] = g_strdup(texts[i]);
    return copy;
}

static bool check_exec(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_reeve_exec_args *wish = args;
    const RvDriver *driver = call->domain->driver;
    if (!rv_call_has(call, driver->exec, driver, error))
        return false;
    if (wish->args.args_len == 0)
        rv_error_set(error, RV_ERR_INVALID_ARG, "there is nothing to run");
    return wish->args.args_len > 0;
}

/* [job] */
static bool start(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_reeve_exec_args *wish = args;
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest)
        return false;
    g_auto(GStrv) words = copy_texts(wish->args.args_val, wish->args.args_len);
    g_auto(GStrv) env = copy_texts(wish->env.env_val, wish->env.env_len);
    RvExecWish exec = {
        .args = words,
        .env = env,
        .dir = wish->dir,
        .user = wish->user,
        .group = wish->group,
        .terminal = wish->flags & EXEC_TERMINAL,
    };
    g_autofree RvExecution *execution = g_new0(RvExecution, 1);
    if (!guest->driver->exec->start(guest, &exec, execution, error))
        return false;
    call->data = g_steal_pointer(&execution);
    call->free_data = execution_free;
    return true;
}

static bool attach(RvCall *call, const void *args, void *ret, GError **error)
{
    return rv_exec_attach(call->session, call->header, call->data,
                          rv_call_flags(call) & EXEC_TERMINAL, error);
}

static const RvProcedure rows[] = {
    {.number = WIRE_REEVE_EXEC, .name = "reeve-exec", RV_PROC_ARGS(wire_reeve_exec_args),
     RV_PROC_FLAGS(wire_reeve_exec_args, EXEC_TERMINAL), .right = RV_RIGHT_CONTROL,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE, .job = RV_JOB_CONSOLE,
     .answer = check_exec, .work = start, .finish = attach},
};
const RvProcedureTable rv_procedures_exec = RV_PROCEDURE_TABLE(rows);
