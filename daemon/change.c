/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/change.h"

#include "base/error.h"
#include "daemon/instance.h"
#include "daemon/store.h"

enum { FLAGS = RV_CHANGE_LIVE | RV_CHANGE_CONFIG };

typedef struct {
    RvDomainDef *live; /* as it is to be; NULL: it stays */
    RvDefinition *config;
} Change;

static void change_free(void *data)
{
    Change *change = data;
    rv_domain_def_unref(change->live);
    rv_definition_unref(change->config);
    g_free(change);
}

static bool refuse(GError **error, RvErrorCode code, const char *why)
{
    rv_error_set(error, code, "%s", why);
    rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
    return false;
}

unsigned rv_change_choose(const RvCall *call, unsigned flags, GError **error)
{
    bool active = rv_domain_view_is_active(call->view);
    if (!(flags & FLAGS))
        flags |= active ? RV_CHANGE_LIVE : RV_CHANGE_CONFIG;
    if ((flags & RV_CHANGE_LIVE) && !active)
        return refuse(error, RV_ERR_OPERATION_INVALID, "domain is not running");
    if ((flags & RV_CHANGE_CONFIG) && !call->view->config)
        return refuse(error, RV_ERR_OPERATION_INVALID,
                      "transient domains do not have any persistent config");
    return flags & FLAGS;
}

static bool change_live(RvCall *call, const void *args, RvChangeApply apply, RvChangeDrive drive,
                        Change *change, RvOperation *op, GError **error)
{
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest)
        return false;
    change->live = rv_domain_def_copy(guest->def);
    return apply(change->live, true, args, error) &&
           drive(call, guest, change->live, args, op, error);
}

static bool change_config(RvCall *call, const void *args, RvChangeApply apply, Change *change,
                          GError **error)
{
    g_autoptr(RvDomainDef) def = rv_definition_parse(call->view->config, error);
    if (!def || !apply(def, false, args, error))
        return false;
    change->config = rv_definition_new(def);
    call->change = rv_store_put(call->domain->driver->name, change->config, rv_call_who(call),
                                call->procedure->name);
    return true;
}

bool rv_change_make(RvCall *call, const void *args, unsigned flags, RvChangeApply apply,
                    RvChangeDrive drive, RvOperation *op, GError **error)
{
    unsigned chosen = rv_change_choose(call, flags, error);
    Change *change = call->data = g_new0(Change, 1);
    call->free_data = change_free;
    return chosen &&
           (!(chosen & RV_CHANGE_CONFIG) || change_config(call, args, apply, change, error)) &&
           (!(chosen & RV_CHANGE_LIVE) || change_live(call, args, apply, drive, change, op, error));
}

bool rv_change_publish(RvCall *call, const void *args, void *ret, GError **error)
{
    Change *change = call->data;
    if (change->live && call->domain->instance)
        rv_instance_set_def(call->domain->instance, g_steal_pointer(&change->live));
    if (change->config)
        rv_domain_set_config(call->domain, change->config);
    return true;
}
