/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include "base/error.h"
#include "base/fd.h"
#include "wire/lxc.h"

static void close_fd(void *fd)
{
    rv_fd_close(fd);
}

static bool check_namespaces(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvDriver *driver = call->domain->driver;
    return rv_call_has(call, driver->exec && driver->exec->namespaces, driver, error);
}

/* [job] */
static bool open_namespaces(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest)
        return false;
    call->fds = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_set_clear_func(call->fds, close_fd);
    return guest->driver->exec->namespaces(guest, call->fds, error);
}

static const RvProcedure rows[] = {
    {.number = WIRE_LXC_DOMAIN_OPEN_NAMESPACE, .name = "lxc-domain-open-namespace",
     RV_PROC_ARGS(wire_domain_flags_args), RV_PROC_FLAGS(wire_domain_flags_args, 0),
     .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE,
     .job = RV_JOB_CONSOLE, .answer = check_namespaces, .work = open_namespaces},
};
const RvProcedureTable rv_procedures_lxc = RV_PROCEDURE_TABLE(rows);
