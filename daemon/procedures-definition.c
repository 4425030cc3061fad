/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/draft.h"
#include "daemon/lifecycle.h"
#include "daemon/save.h"
#include "daemon/session.h"
#include "daemon/store.h"

/* libvirt's virDomainDefineFlags, virDomainCreateFlags and virDomainUndefineFlagsValues. */
enum {
    DEFINE_VALIDATE = 1 << 0,
    CREATE_BYPASS_CACHE = 1 << 2,
    CREATE_FORCE_BOOT = 1 << 3,
    CREATE_VALIDATE = 1 << 4,
    CREATE_RESET_NVRAM = 1 << 5,
    CREATE_FLAGS = RV_START_PAUSED | RV_START_AUTODESTROY | CREATE_BYPASS_CACHE |
                   CREATE_FORCE_BOOT | CREATE_VALIDATE | CREATE_RESET_NVRAM,
    UNDEFINE_MANAGED_SAVE = 1 << 0,
    UNDEFINE_NVRAM = 1 << 2,
    UNDEFINE_KEEP_NVRAM = 1 << 3,
    UNDEFINE_TPM = 1 << 5,
    UNDEFINE_KEEP_TPM = 1 << 6,
    UNDEFINE_FLAGS = 127,
};

/* ---- Define --------------------------------------------------------------------------------- */

static RvDraftWish define_wish(const RvCall *call)
{
    return (RvDraftWish){
        .driver = rv_call_driver(call),
        .strict = rv_call_flags(call) & DEFINE_VALIDATE,
        .written = true,
    };
}

static const char *define_xml(const void *args)
{
    return ((const wire_domain_xml_args *)args)->xml; /* both layouts begin with it */
}

/* [worker] */
static bool draft_define(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDraftWish wish = define_wish(call);
    call->data = rv_draft_new(call->core, &wish, define_xml(args), error);
    return call->data;
}

static bool define(RvCall *call, const void *args, void *ret, GError **error)
{
    g_autoptr(GError) fault = NULL;
    const RvDraftWish wish = define_wish(call);
    call->free_data = rv_draft_free;
    if (!call->data)
        call->data = rv_draft_new_at_once(call->core, &wish, define_xml(args), &fault);
    if (call->data)
        return rv_draft_store(call->data, call, "define", error);
    if (!fault) {
        rv_call_prepare(call, draft_define);
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&fault));
    return false;
}

static bool defined(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_draft_publish(call->data, call->domain);
    ((wire_domain_ret *)ret)->domain = rv_call_domain(call->domain);
    return true;
}

/* ---- Create: start without defining --------------------------------------------------------- */

/* [worker] */
static bool draft_create(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvDraftWish wish = {
        .driver = rv_call_driver(call),
        .strict = rv_call_flags(call) & CREATE_VALIDATE,
    };
    call->data = rv_draft_new(call->core, &wish, ((const wire_domain_xml_flags_args *)args)->xml,
                              error);
    call->free_data = rv_draft_free;
    return call->data;
}

static bool create(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvDraft *draft = call->data;
    if (!draft) {
        rv_call_prepare(call, draft_create);
        return true;
    }
    const RvDomainDef *def = draft->def;
    RvDomain *domain =
        rv_lifecycle_reserve(call->core, draft->driver, &def->uuid, def->name, error);
    if (!domain)
        return false;
    rv_call_use_domain(call, domain);
    if (!rv_domain_view_is_active(domain->view))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "domain '%s' is already active",
                 domain->name);
    rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
    return false;
}

static RvStartFlags start_flags(const RvCall *call)
{
    return rv_call_flags(call) & (RV_START_PAUSED | RV_START_AUTODESTROY);
}

/* [job] */
static bool start(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvStartSource source = {.def = ((const RvDraft *)call->data)->def};
    return rv_lifecycle_start(call->domain, &source, start_flags(call), op, error);
}

static bool created(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_draft_warn(call->data, call->domain);
    rv_lifecycle_started(call->domain);
    if (start_flags(call) & RV_START_AUTODESTROY)
        rv_session_doom(call->session, call->domain);
    ((wire_domain_ret *)ret)->domain = rv_call_domain(call->domain);
    return true;
}

/* ---- Undefine, autostart -------------------------------------------------------------------- */

static bool refuse(GError **error, const char *why)
{
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "%s", why);
    return false;
}

static bool undefine(RvCall *call, const void *args, void *ret, GError **error)
{
    unsigned flags = rv_call_flags(call);
    if ((flags & UNDEFINE_NVRAM) && (flags & UNDEFINE_KEEP_NVRAM))
        return refuse(error, "cannot both keep and delete nvram");
    if ((flags & UNDEFINE_TPM) && (flags & UNDEFINE_KEEP_TPM))
        return refuse(error, "cannot both keep and delete TPM");
    call->change = rv_store_remove(RV_STORE_DOMAIN, &call->domain->uuid, rv_call_who(call));
    return true;
}

static bool is_saved(const RvCall *call)
{
    return call->view->saved;
}

/* [job] A domain of that name and UUID that is defined later is another one. */
static bool forget_saved(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    if (!(rv_call_flags(call) & UNDEFINE_MANAGED_SAVE))
        return refuse(error, "Refusing to undefine while domain managed save image exists");
    return rv_save_forget(call->domain, error);
}

static bool undefined(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_domain_set_config(call->domain, NULL);
    return true;
}

static bool set_autostart(RvCall *call, const void *args, void *ret, GError **error)
{
    bool autostart = ((const wire_domain_set_autostart_args *)args)->autostart;
    call->change = rv_store_set_autostart(RV_STORE_DOMAIN, &call->domain->uuid, autostart,
                                          rv_call_who(call));
    return true;
}

static bool autostart_set(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_domain_set_autostart(call->domain,
                            ((const wire_domain_set_autostart_args *)args)->autostart);
    return true;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_CREATE_XML, .name = "domain-create-xml",
     RV_PROC_ARGS(wire_domain_xml_flags_args),
     RV_PROC_FLAGS(wire_domain_xml_flags_args, CREATE_FLAGS), RV_PROC_RET(wire_domain_ret),
     .right = RV_RIGHT_WRITE, .need = RV_NEED_INACTIVE, .job = RV_JOB_START,
     .answer = create, .work = start, .finish = created},

    {.number = WIRE_DOMAIN_DEFINE_XML, .name = "domain-define-xml",
     RV_PROC_ARGS(wire_domain_xml_args), RV_PROC_RET(wire_domain_ret),
     .right = RV_RIGHT_WRITE, .job = RV_JOB_DEFINE, .answer = define, .finish = defined},

    {.number = WIRE_DOMAIN_SET_AUTOSTART, .name = "domain-set-autostart",
     RV_PROC_ARGS(wire_domain_set_autostart_args), .right = RV_RIGHT_WRITE,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_PERSISTENT,
     .refusal = "cannot set autostart for transient domain", .job = RV_JOB_MODIFY,
     .answer = set_autostart, .finish = autostart_set},

    {.number = WIRE_DOMAIN_UNDEFINE, .name = "domain-undefine",
     RV_PROC_ARGS(wire_domain_args), .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN,
     .need = RV_NEED_PERSISTENT, .refusal = "cannot undefine transient domain",
     .job = RV_JOB_UNDEFINE, .answer = undefine, .work = forget_saved, .has_work = is_saved,
     .finish = undefined},

    {.number = WIRE_DOMAIN_UNDEFINE_FLAGS, .name = "domain-undefine-flags",
     RV_PROC_ARGS(wire_domain_flags_args),
     RV_PROC_FLAGS(wire_domain_flags_args, UNDEFINE_FLAGS), .right = RV_RIGHT_WRITE,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_PERSISTENT,
     .refusal = "cannot undefine transient domain", .job = RV_JOB_UNDEFINE,
     .answer = undefine, .work = forget_saved, .has_work = is_saved, .finish = undefined},

    {.number = WIRE_DOMAIN_DEFINE_XML_FLAGS, .name = "domain-define-xml-flags",
     RV_PROC_ARGS(wire_domain_xml_flags_args),
     RV_PROC_FLAGS(wire_domain_xml_flags_args, DEFINE_VALIDATE), RV_PROC_RET(wire_domain_ret),
     .right = RV_RIGHT_WRITE, .job = RV_JOB_DEFINE, .answer = define, .finish = defined},
};
const RvProcedureTable rv_procedures_definition = RV_PROCEDURE_TABLE(rows);
