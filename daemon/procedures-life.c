/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include "base/error.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/session.h"
#include "model/key.h"

/* libvirt's virDomainCreateFlags, virDomainDestroyFlagsValues, virDomainShutdownFlagValues. What a
 * guest without NVRAM of its own cannot be harmed by is accepted. */
enum {
    START_BYPASS_CACHE = 1 << 2,
    START_RESET_NVRAM = 1 << 5,
    START_FLAGS = RV_START_PAUSED | RV_START_AUTODESTROY | RV_START_FORCE_BOOT |
                  START_BYPASS_CACHE | START_RESET_NVRAM,
    DESTROY_GRACEFUL = 1 << 0,
    POWER_FLAGS = RV_POWER_ACPI | RV_POWER_AGENT | RV_POWER_INITCTL | RV_POWER_SIGNAL |
                  RV_POWER_PARAVIRT,
};

static RvStartFlags start_flags(const RvCall *call)
{
    return rv_call_flags(call) &
           (RV_START_PAUSED | RV_START_AUTODESTROY | RV_START_FORCE_BOOT);
}

/* ---- Start ---------------------------------------------------------------------------------- */

static bool start(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_lifecycle_start(call->domain, NULL, start_flags(call), op, error);
}

static bool started(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_lifecycle_started(call->domain);
    if (start_flags(call) & RV_START_AUTODESTROY)
        rv_session_doom(call->session, call->domain);
    if (ret && call->procedure->ret_xdr)
        ((wire_domain_ret *)ret)->domain = rv_call_domain(call->domain);
    return true;
}

/* ---- One driver slot each ------------------------------------------------------------------- */

static bool suspend(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    return guest && guest->driver->life->suspend(guest, op, error);
}

/* What the guest has become meanwhile is not undone: it may have ended by itself. */
static bool suspended(RvCall *call, const void *args, void *ret, GError **error)
{
    if (call->view->state == RV_DOMAIN_RUNNING)
        rv_domain_set_state(call->domain, RV_DOMAIN_PAUSED, RV_PAUSED_USER);
    return true;
}

static bool resume(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    return guest && guest->driver->life->resume(guest, op, error);
}

static bool resumed(RvCall *call, const void *args, void *ret, GError **error)
{
    if (call->view->state == RV_DOMAIN_PAUSED)
        rv_domain_set_state(call->domain, RV_DOMAIN_RUNNING, RV_RUNNING_UNPAUSED);
    return true;
}

static bool shut_down(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    return guest && guest->driver->life->shutdown(guest, rv_call_flags(call), op, error);
}

static bool reboot(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    return guest && guest->driver->life->reboot(guest, rv_call_flags(call), op, error);
}

static bool reset(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    return guest && guest->driver->life->reset(guest, op, error);
}

static bool inject_nmi(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    return guest && rv_call_has(call, guest->driver->life->inject_nmi, guest->driver, error) &&
           guest->driver->life->inject_nmi(guest, op, error);
}

static bool send_keys(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_domain_send_key_args *wish = args;
    unsigned scans[WIRE_SEND_KEYS_MAX];
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest || !rv_call_has(call, guest->driver->life->send_keys, guest->driver, error))
        return false;
    for (unsigned i = 0; i < wish->keys.keys_len; i++) {
        if (!rv_key_to_scan(wish->codeset, wish->keys.keys_val[i], &scans[i], error))
            return false;
    }
    return guest->driver->life->send_keys(guest, scans, wish->keys.keys_len, wish->hold_ms, op,
                                          error);
}

static bool send_signal(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    enum { SIGNALS = 65 }; /* libvirt's virDomainProcessSignal has the numbers of Linux */
    const wire_domain_send_process_signal_args *wish = args;
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest || !rv_call_has(call, guest->driver->life->send_signal, guest->driver, error))
        return false;
    if (wish->signum < SIGNALS)
        return guest->driver->life->send_signal(guest, wish->pid, (int)wish->signum, op, error);
    rv_error_set(error, RV_ERR_INVALID_ARG, "signum value %u is out of range", wish->signum);
    return false;
}

/* A guest that is being started can be destroyed too: then there is nothing left by the time. */
static bool destroy(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    if (!call->domain->instance)
        return true;
    return rv_lifecycle_destroy(call->domain, rv_call_flags(call) & DESTROY_GRACEFUL, op, error);
}

static bool destroyed(RvCall *call, const void *args, void *ret, GError **error)
{
    if (call->domain->instance)
        rv_lifecycle_stopped(call->domain, RV_SHUTOFF_DESTROYED);
    return true;
}

/* ---- Refusals ------------------------------------------------------------------------------- */

static bool refuse(GError **error, const char *why)
{
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "%s", why);
    return false;
}

static bool is_starting(const RvDomain *domain)
{
    g_autoptr(GPtrArray) jobs = rv_job_queue_list(domain->jobs);
    for (guint i = 0; i < jobs->len; i++) {
        if (((const RvJobInfo *)jobs->pdata[i])->kind == RV_JOB_START)
            return true;
    }
    return false;
}

static bool check_destroy(RvCall *call, const void *args, void *ret, GError **error)
{
    if (rv_domain_view_is_active(call->view) || is_starting(call->domain))
        return true;
    refuse(error, "domain is not running");
    rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
    return false;
}

static bool check_keys(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_domain_send_key_args *wish = args;
    if (wish->codeset >= RV_KEY_SET_LAST)
        rv_error_set(error, RV_ERR_INVALID_ARG, "Unsupported codeset '%u'", wish->codeset);
    else if (wish->keys.keys_len == 0)
        rv_error_set(error, RV_ERR_INVALID_ARG, "no keys are given");
    else
        return true;
    return false;
}

static bool check_suspend(RvCall *call, const void *args, void *ret, GError **error)
{
    return call->view->state != RV_DOMAIN_PMSUSPENDED || refuse(error, "domain is pmsuspended");
}

static bool check_resume(RvCall *call, const void *args, void *ret, GError **error)
{
    if (call->view->state == RV_DOMAIN_PMSUSPENDED)
        return refuse(error, "domain is pmsuspended");
    return call->view->state != RV_DOMAIN_RUNNING || refuse(error, "domain is already running");
}

/* ---- Rows ----------------------------------------------------------------------------------- */

#define CONTROL                                                                                    \
    RV_PROC_ARGS(wire_domain_args), .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN
#define CONTROL_FLAGS(known)                                                                       \
    RV_PROC_ARGS(wire_domain_flags_args), RV_PROC_FLAGS(wire_domain_flags_args, known),            \
        .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_CREATE, .name = "domain-create",
     CONTROL, .need = RV_NEED_INACTIVE, .job = RV_JOB_START,
     .work = start, .finish = started},

    {.number = WIRE_DOMAIN_DESTROY, .name = "domain-destroy",
     CONTROL, .job = RV_JOB_DESTROY, .preempts = true,
     .answer = check_destroy, .work = destroy, .finish = destroyed},

    {.number = WIRE_DOMAIN_REBOOT, .name = "domain-reboot",
     CONTROL_FLAGS(POWER_FLAGS), .need = RV_NEED_ACTIVE, .job = RV_JOB_REBOOT, .work = reboot},

    {.number = WIRE_DOMAIN_RESUME, .name = "domain-resume",
     CONTROL, .need = RV_NEED_ACTIVE, .job = RV_JOB_RESUME,
     .answer = check_resume, .work = resume, .finish = resumed},

    {.number = WIRE_DOMAIN_SHUTDOWN, .name = "domain-shutdown",
     CONTROL, .need = RV_NEED_ACTIVE, .refusal = "domain is not running",
     .job = RV_JOB_SHUTDOWN, .work = shut_down},

    {.number = WIRE_DOMAIN_SUSPEND, .name = "domain-suspend",
     CONTROL, .need = RV_NEED_ACTIVE, .job = RV_JOB_SUSPEND,
     .answer = check_suspend, .work = suspend, .finish = suspended},

    {.number = WIRE_DOMAIN_CREATE_WITH_FLAGS, .name = "domain-create-with-flags",
     CONTROL_FLAGS(START_FLAGS), RV_PROC_RET(wire_domain_ret),
     .need = RV_NEED_INACTIVE, .job = RV_JOB_START, .work = start, .finish = started},

    {.number = WIRE_DOMAIN_INJECT_NMI, .name = "domain-inject-nmi",
     CONTROL_FLAGS(0), .need = RV_NEED_ACTIVE, .job = RV_JOB_MODIFY, .work = inject_nmi},

    {.number = WIRE_DOMAIN_SEND_KEY, .name = "domain-send-key",
     RV_PROC_ARGS(wire_domain_send_key_args), RV_PROC_FLAGS(wire_domain_send_key_args, 0),
     .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE,
     .job = RV_JOB_MODIFY, .answer = check_keys, .work = send_keys},

    {.number = WIRE_DOMAIN_DESTROY_FLAGS, .name = "domain-destroy-flags",
     CONTROL_FLAGS(DESTROY_GRACEFUL), .job = RV_JOB_DESTROY, .preempts = true,
     .answer = check_destroy, .work = destroy, .finish = destroyed},

    {.number = WIRE_DOMAIN_RESET, .name = "domain-reset",
     CONTROL_FLAGS(0), .need = RV_NEED_ACTIVE, .job = RV_JOB_RESET, .work = reset},

    {.number = WIRE_DOMAIN_SHUTDOWN_FLAGS, .name = "domain-shutdown-flags",
     CONTROL_FLAGS(POWER_FLAGS), .need = RV_NEED_ACTIVE, .refusal = "domain is not running",
     .job = RV_JOB_SHUTDOWN, .work = shut_down},

    {.number = WIRE_DOMAIN_SEND_PROCESS_SIGNAL, .name = "domain-send-process-signal",
     RV_PROC_ARGS(wire_domain_send_process_signal_args),
     RV_PROC_FLAGS(wire_domain_send_process_signal_args, 0), .right = RV_RIGHT_CONTROL,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE, .job = RV_JOB_MODIFY,
     .work = send_signal},
};
const RvProcedureTable rv_procedures_life = RV_PROCEDURE_TABLE(rows);
