/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/driver-set.h"
#include "daemon/poller.h"
#include "model/xml-node.h"

/* libvirt's virDomainModificationImpact, virDomainVcpuFlags, virDomainXMLFlags,
 * virDomainMessageType and virDomainJobType. */
enum { AFFECT_LIVE = 1 << 0, AFFECT_CONFIG = 1 << 1 };
enum { VCPU_MAXIMUM = 1 << 2, VCPU_FLAGS = AFFECT_LIVE | AFFECT_CONFIG | VCPU_MAXIMUM };
enum {
    XML_SECURE = 1 << 0,
    XML_INACTIVE = 1 << 1,
    XML_UPDATE_CPU = 1 << 2,
    XML_MIGRATABLE = 1 << 3,
    XML_FLAGS = 15,
};
enum { JOB_NONE, JOB_BOUNDED, JOB_UNBOUNDED };

static const RvDefinitionSummary *summary(const RvCall *call)
{
    return rv_definition_summary(rv_domain_view_current(call->view));
}

static uint64_t current_memory(const RvCall *call)
{
    const RvGuestStats *stats = call->view->stats;
    if (stats && stats->used_kib)
        return stats->used_kib;
    return stats && stats->balloon_kib ? stats->balloon_kib : summary(call)->memory_kib;
}

/* ---- What it is ----------------------------------------------------------------------------- */

static bool get_info(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_domain_get_info_ret *info = ret;
    const RvDefinitionSummary *current = summary(call);
    if (rv_domain_view_is_active(call->view))
        rv_poller_want(call->core->poller, call->domain);
    info->state = (unsigned char)call->view->state;
    info->max_memory = current->max_memory_kib;
    info->memory = current_memory(call);
    info->vcpus = (unsigned short)current->vcpus;
    info->cpu_time = call->view->stats ? call->view->stats->cpu_ns : 0;
    return true;
}

static bool get_state(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_domain_get_state_ret *state = ret;
    state->state = (int)call->view->state;
    state->reason = call->view->reason;
    return true;
}

/* Which of the domain's definitions is asked for. */
static const RvDefinition *wanted(const RvCall *call)
{
    return (rv_call_flags(call) & XML_INACTIVE) && call->view->config
               ? call->view->config
               : rv_domain_view_current(call->view);
}

/* What a driver must do to the definition before it is shown. The CPU of a running guest is what
 * this host has made of it. */
static RvFormatFlags adaptations(const RvCall *call)
{
    unsigned flags = rv_call_flags(call);
    bool live = wanted(call) == call->view->live;
    if (!call->domain->driver->definition->adapt)
        return 0;
    return (flags & XML_MIGRATABLE ? RV_FORMAT_MIGRATABLE | (live ? RV_FORMAT_LIVE : 0) : 0) |
           ((flags & XML_UPDATE_CPU) && !live ? RV_FORMAT_UPDATE_CPU : 0);
}

/* [worker] */
static bool adapt_xml(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDriver *driver = call->domain->driver;
    const RvDriverHost *host = rv_driver_set_host(call->core->drivers, driver);
    RvFormatFlags flags = adaptations(call);
    bool secrets = rv_call_flags(call) & (XML_SECURE | XML_MIGRATABLE);
    g_autoptr(RvDomainDef) def = rv_definition_parse(wanted(call), error);
    if (!def || !driver->definition->adapt(host, def, flags, error))
        return false;
    call->data = rv_domain_def_format(def, secrets ? RV_FORMAT_SECRETS : 0);
    call->free_data = g_free;
    return true;
}

static bool get_xml(RvCall *call, const void *args, void *ret, GError **error)
{
    /* A migratable text holds the secrets as well. */
    bool secrets = rv_call_flags(call) & (XML_SECURE | XML_MIGRATABLE);
    if (secrets && !rv_call_may(call, RV_RIGHT_SECRETS, error))
        return false;
    if (!call->data && adaptations(call)) {
        rv_call_prepare(call, adapt_xml);
        return true;
    }
    char *text = call->data ? call->data : (char *)rv_definition_text(wanted(call), secrets);
    ((wire_text_ret *)ret)->text = text;
    return true;
}

static bool get_os_type(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvDefinitionSummary *now = summary(call);
    bool pv = now->virt == RV_VIRT_XEN && now->os_type == RV_OS_LINUX; /* as in capabilities */
    ((wire_text_ret *)ret)->text =
        (char *)rv_os_type_to_string(pv ? RV_OS_XEN : now->os_type);
    return true;
}

static bool get_max_memory(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_u64_ret *)ret)->value = summary(call)->max_memory_kib;
    return true;
}

static bool get_max_vcpus(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = (int)summary(call)->max_vcpus;
    return true;
}

/* The definition that flags of live and config ask for. */
static const RvDefinition *choose(const RvCall *call, unsigned flags, GError **error)
{
    const RvDomainView *view = call->view;
    const char *fault = NULL;
    if ((flags & AFFECT_LIVE) && (flags & AFFECT_CONFIG))
        fault = "flags for the live and for the stored configuration exclude each other";
    else if ((flags & AFFECT_LIVE) && !rv_domain_view_is_active(view))
        fault = "domain is not running";
    else if ((flags & AFFECT_CONFIG) && !view->config)
        fault = "transient domains do not have any persistent config";
    if (fault) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "%s", fault);
        rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
        return NULL;
    }
    return flags & AFFECT_CONFIG ? view->config : rv_domain_view_current(view);
}

static bool get_vcpus_flags(RvCall *call, const void *args, void *ret, GError **error)
{
    unsigned flags = rv_call_flags(call);
    const RvDefinition *definition = choose(call, flags, error);
    if (!definition)
        return false;
    const RvDefinitionSummary *chosen = rv_definition_summary(definition);
    ((wire_int_ret *)ret)->value = (int)(flags & VCPU_MAXIMUM ? chosen->max_vcpus : chosen->vcpus);
    return true;
}

static bool get_autostart(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = call->view->autostart;
    return true;
}

static bool is_active(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = rv_domain_view_is_active(call->view);
    return true;
}

static bool is_persistent(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = call->view->persistent;
    return true;
}

static bool is_saved(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = call->view->saved;
    return true;
}

/* None yet: there is no snapshot, no checkpoint, no change since the last start. */
static bool have_none(RvCall *call, const void *args, void *ret, GError **error)
{
    return true;
}

/* An empty label is a string of its NUL alone. */
static bool get_security_label(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_security_label *label = ret;
    label->label.label_len = 1;
    label->label.label_val = rv_call_alloc(call, 1, 1);
    return true;
}

static bool get_messages(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_domain_get_messages_ret *list = ret;
    const GPtrArray *warnings = call->domain->warnings;
    if (!warnings)
        return true;
    list->messages.messages_len = MIN(warnings->len, WIRE_MESSAGES_MAX);
    list->messages.messages_val = (wire_text *)warnings->pdata;
    return true;
}

/* ---- Its job -------------------------------------------------------------------------------- */

/* A job is shown to libvirt's clients only when it can say how far it is. */
static RvJobInfo *running_job(const RvCall *call)
{
    g_autoptr(GPtrArray) jobs = rv_job_queue_list(call->domain->jobs);
    RvJobInfo *first = jobs->len > 0 ? jobs->pdata[0] : NULL;
    if (!first || first->started_us == 0)
        return NULL;
    g_ptr_array_set_free_func(jobs, NULL);
    for (guint i = 1; i < jobs->len; i++)
        rv_job_info_free(jobs->pdata[i]);
    return first;
}

static uint64_t elapsed_ms(const RvJobInfo *job)
{
    return (uint64_t)MAX(0, g_get_real_time() - job->started_us) / 1000;
}

static bool get_job_info(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_domain_get_job_info_ret *info = ret;
    RvJobInfo *job = running_job(call);
    if (job && job->total > 0) {
        info->type = JOB_BOUNDED;
        info->elapsed = elapsed_ms(job);
        info->data_total = job->total;
        info->data_processed = MIN(job->done, job->total);
        info->data_remaining = job->total - info->data_processed;
    }
    rv_job_info_free(job);
    return true;
}

static wire_param ulong_param(const char *field, uint64_t value)
{
    return (wire_param){
        .field = (char *)field,
        .value = {.type = WIRE_PARAM_ULLONG, .wire_param_value_u.ul = value},
    };
}

static bool get_job_stats(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_domain_get_job_stats_ret *stats = ret;
    wire_domain_get_job_info_ret info = {0};
    if (!get_job_info(call, args, &info, error))
        return false;
    stats->type = info.type;
    if (info.type == JOB_NONE)
        return true;
    const wire_param params[] = {
        ulong_param("time_elapsed", info.elapsed),
        ulong_param("data_total", info.data_total),
        ulong_param("data_processed", info.data_processed),
        ulong_param("data_remaining", info.data_remaining),
    };
    stats->params.params_len = G_N_ELEMENTS(params);
    stats->params.params_val = rv_call_alloc(call, 1, sizeof(params));
    memcpy(stats->params.params_val, params, sizeof(params));
    return true;
}

/* libvirt's virDomainControlState. */
static bool get_control_info(RvCall *call, const void *args, void *ret, GError **error)
{
    enum { CONTROL_OK, CONTROL_JOB };
    wire_domain_get_control_info_ret *info = ret;
    RvJobInfo *job = running_job(call);
    info->state = job ? CONTROL_JOB : CONTROL_OK;
    info->since = job ? elapsed_ms(job) : 0;
    rv_job_info_free(job);
    return true;
}

static bool abort_job(RvCall *call, const void *args, void *ret, GError **error)
{
    if (rv_job_cancel(call->domain->jobs, 0))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "no job is active on the domain");
    return false;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

#define READ RV_PROC_ARGS(wire_domain_args), .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN
#define READ_FLAGS(known)                                                                          \
    RV_PROC_ARGS(wire_domain_flags_args), RV_PROC_FLAGS(wire_domain_flags_args, known),            \
        .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_GET_XML_DESC, .name = "domain-get-xml-desc",
     READ_FLAGS(XML_FLAGS), RV_PROC_RET(wire_text_ret), .answer = get_xml},

    {.number = WIRE_DOMAIN_GET_AUTOSTART, .name = "domain-get-autostart",
     READ, RV_PROC_RET(wire_int_ret), .answer = get_autostart},

    {.number = WIRE_DOMAIN_GET_INFO, .name = "domain-get-info",
     READ, RV_PROC_RET(wire_domain_get_info_ret), .answer = get_info},

    {.number = WIRE_DOMAIN_GET_MAX_MEMORY, .name = "domain-get-max-memory",
     READ, RV_PROC_RET(wire_u64_ret), .answer = get_max_memory},

    {.number = WIRE_DOMAIN_GET_MAX_VCPUS, .name = "domain-get-max-vcpus",
     READ, RV_PROC_RET(wire_int_ret), .answer = get_max_vcpus},

    {.number = WIRE_DOMAIN_GET_OS_TYPE, .name = "domain-get-os-type",
     READ, RV_PROC_RET(wire_text_ret), .answer = get_os_type},

    {.number = WIRE_DOMAIN_GET_SECURITY_LABEL, .name = "domain-get-security-label",
     READ, RV_PROC_RET(wire_security_label), .answer = get_security_label},

    {.number = WIRE_DOMAIN_IS_ACTIVE, .name = "domain-is-active",
     READ, RV_PROC_RET(wire_int_ret), .answer = is_active},

    {.number = WIRE_DOMAIN_IS_PERSISTENT, .name = "domain-is-persistent",
     READ, RV_PROC_RET(wire_int_ret), .answer = is_persistent},

    {.number = WIRE_DOMAIN_GET_JOB_INFO, .name = "domain-get-job-info",
     READ, RV_PROC_RET(wire_domain_get_job_info_ret), .answer = get_job_info},

    {.number = WIRE_DOMAIN_ABORT_JOB, .name = "domain-abort-job",
     RV_PROC_ARGS(wire_domain_args), .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN,
     .answer = abort_job},

    {.number = WIRE_DOMAIN_HAS_MANAGED_SAVE_IMAGE, .name = "domain-has-managed-save-image",
     READ_FLAGS(0), RV_PROC_RET(wire_int_ret), .answer = is_saved},

    {.number = WIRE_DOMAIN_SNAPSHOT_NUM, .name = "domain-snapshot-num",
     READ_FLAGS(~0u), RV_PROC_RET(wire_int_ret), .answer = have_none},

    {.number = WIRE_DOMAIN_SNAPSHOT_LIST_NAMES, .name = "domain-snapshot-list-names",
     RV_PROC_ARGS(wire_domain_snapshot_list_names_args),
     RV_PROC_RET(wire_domain_snapshot_list_names_ret),
     .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .answer = have_none},

    {.number = WIRE_DOMAIN_HAS_CURRENT_SNAPSHOT, .name = "domain-has-current-snapshot",
     READ_FLAGS(0), RV_PROC_RET(wire_int_ret), .answer = have_none},

    {.number = WIRE_DOMAIN_GET_VCPUS_FLAGS, .name = "domain-get-vcpus-flags",
     READ_FLAGS(VCPU_FLAGS), RV_PROC_RET(wire_int_ret), .answer = get_vcpus_flags},

    {.number = WIRE_DOMAIN_IS_UPDATED, .name = "domain-is-updated",
     READ, RV_PROC_RET(wire_int_ret), .answer = have_none},

    {.number = WIRE_DOMAIN_GET_STATE, .name = "domain-get-state",
     READ_FLAGS(0), RV_PROC_RET(wire_domain_get_state_ret), .answer = get_state},

    {.number = WIRE_DOMAIN_GET_CONTROL_INFO, .name = "domain-get-control-info",
     READ_FLAGS(0), RV_PROC_RET(wire_domain_get_control_info_ret), .need = RV_NEED_ACTIVE,
     .answer = get_control_info},

    {.number = WIRE_DOMAIN_LIST_ALL_SNAPSHOTS, .name = "domain-list-all-snapshots",
     RV_PROC_ARGS(wire_domain_list_args), RV_PROC_RET(wire_domain_list_all_snapshots_ret),
     .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .answer = have_none},

    {.number = WIRE_DOMAIN_GET_SECURITY_LABEL_LIST, .name = "domain-get-security-label-list",
     READ, RV_PROC_RET(wire_domain_get_security_label_list_ret), .answer = have_none},

    {.number = WIRE_DOMAIN_GET_JOB_STATS, .name = "domain-get-job-stats",
     READ_FLAGS(3), RV_PROC_RET(wire_domain_get_job_stats_ret), .answer = get_job_stats},

    {.number = WIRE_DOMAIN_LIST_ALL_CHECKPOINTS, .name = "domain-list-all-checkpoints",
     RV_PROC_ARGS(wire_domain_list_args), RV_PROC_RET(wire_domain_list_all_checkpoints_ret),
     .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .answer = have_none},

    {.number = WIRE_DOMAIN_GET_MESSAGES, .name = "domain-get-messages",
     READ_FLAGS(3), RV_PROC_RET(wire_domain_get_messages_ret), .answer = get_messages},

    {.number = WIRE_DOMAIN_ABORT_JOB_FLAGS, .name = "domain-abort-job-flags",
     RV_PROC_ARGS(wire_domain_flags_args), RV_PROC_FLAGS(wire_domain_flags_args, 0),
     .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN, .answer = abort_job},
};
const RvProcedureTable rv_procedures_domain = RV_PROCEDURE_TABLE(rows);
