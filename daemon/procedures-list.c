/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/registry.h"

/* ---- Filters -------------------------------------------------------------------------------- */

static bool is_active(const RvDomainView *view)
{
    return rv_domain_view_is_active(view);
}

static bool is_persistent(const RvDomainView *view)
{
    return view->persistent;
}

static bool has_autostart(const RvDomainView *view)
{
    return view->autostart;
}

static bool is_saved(const RvDomainView *view)
{
    return view->saved;
}

static bool has_none(const RvDomainView *view)
{
    return false;
}

/* Pairs of flags: with the quality, without it. Neither or both: whatever. */
static const struct {
    unsigned with, without;
    bool (*test)(const RvDomainView *view);
} qualities[] = {
    {1 << 0, 1 << 1, is_active},
    {1 << 2, 1 << 3, is_persistent},
    {1 << 8, 1 << 9, is_saved},
    {1 << 10, 1 << 11, has_autostart},
    {1 << 12, 1 << 13, has_none}, /* snapshots */
    {1 << 14, 1 << 15, has_none}, /* checkpoints */
};

enum {
    LIST_RUNNING = 1 << 4,
    LIST_PAUSED = 1 << 5,
    LIST_SHUTOFF = 1 << 6,
    LIST_OTHER = 1 << 7,
    LIST_STATES = LIST_RUNNING | LIST_PAUSED | LIST_SHUTOFF | LIST_OTHER,
    LIST_ACTIVE = 1 << 0,
    LIST_INACTIVE = 1 << 1,
};

static unsigned state_flag(RvDomainState state)
{
    switch (state) {
    case RV_DOMAIN_RUNNING:
        return LIST_RUNNING;
    case RV_DOMAIN_PAUSED:
        return LIST_PAUSED;
    case RV_DOMAIN_SHUTOFF:
        return LIST_SHUTOFF;
    default:
        return LIST_OTHER;
    }
}

bool rv_list_wants(const RvDomain *domain, unsigned flags)
{
    const RvDomainView *view = domain->view;
    if (!domain->visible)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(qualities); i++) {
        bool with = flags & qualities[i].with, without = flags & qualities[i].without;
        if (with != without && qualities[i].test(view) != with)
            return false;
    }
    return (flags & LIST_STATES) == 0 || (flags & state_flag(view->state));
}

/* ---- Lists ---------------------------------------------------------------------------------- */

typedef struct {
    unsigned flags;
    GPtrArray *domains; /* borrowed: nothing changes before the reply */
} Collection;

static void collect_one(RvDomain *domain, void *data)
{
    Collection *collection = data;
    if (rv_list_wants(domain, collection->flags))
        g_ptr_array_add(collection->domains, domain);
}

static GPtrArray *collect(RvCall *call, unsigned flags)
{
    Collection collection = {flags, g_ptr_array_new()};
    rv_registry_foreach(call->core->registry, rv_call_driver(call), collect_one, &collection);
    return collection.domains;
}

static bool check_count(size_t count, GError **error)
{
    if (count <= WIRE_DOMAINS_MAX)
        return true;
    rv_error_set(error, RV_ERR_RPC, "Too many domains '%zu' for limit '%u'", count,
                 WIRE_DOMAINS_MAX);
    rv_error_remedy(error, "ask for fewer of them, by a filter");
    return false;
}

static bool list_all(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_connect_list_all_domains_args *wish = args;
    wire_connect_list_all_domains_ret *list = ret;
    g_autoptr(GPtrArray) domains = collect(call, wish->flags);
    list->count = domains->len;
    if (!wish->need_results)
        return true;
    if (!check_count(domains->len, error))
        return false;
    list->domains.domains_len = domains->len;
    list->domains.domains_val = rv_call_alloc(call, domains->len, sizeof(wire_domain));
    for (guint i = 0; i < domains->len; i++)
        list->domains.domains_val[i] = rv_call_domain(domains->pdata[i]);
    return true;
}

static bool list_ids(RvCall *call, const void *args, void *ret, GError **error)
{
    int max = ((const wire_connect_list_domains_args *)args)->max;
    wire_connect_list_domains_ret *list = ret;
    if (!check_count((unsigned)max, error))
        return false;
    g_autoptr(GPtrArray) domains = collect(call, LIST_ACTIVE);
    guint n = MIN(domains->len, (guint)max);
    list->ids.ids_len = n;
    list->ids.ids_val = rv_call_alloc(call, n, sizeof(int));
    for (guint i = 0; i < n; i++)
        list->ids.ids_val[i] = ((const RvDomain *)domains->pdata[i])->view->id;
    return true;
}

static bool list_defined(RvCall *call, const void *args, void *ret, GError **error)
{
    int max = ((const wire_connect_list_defined_domains_args *)args)->max;
    wire_connect_list_defined_domains_ret *list = ret;
    if (!check_count((unsigned)max, error))
        return false;
    g_autoptr(GPtrArray) domains = collect(call, LIST_INACTIVE);
    guint n = MIN(domains->len, (guint)max);
    list->names.names_len = n;
    list->names.names_val = rv_call_alloc(call, n, sizeof(wire_text));
    for (guint i = 0; i < n; i++)
        list->names.names_val[i] = ((const RvDomain *)domains->pdata[i])->name;
    return true;
}

static bool count_active(RvCall *call, const void *args, void *ret, GError **error)
{
    g_autoptr(GPtrArray) domains = collect(call, LIST_ACTIVE);
    ((wire_int_ret *)ret)->value = (int)domains->len;
    return true;
}

static bool count_defined(RvCall *call, const void *args, void *ret, GError **error)
{
    g_autoptr(GPtrArray) domains = collect(call, LIST_INACTIVE);
    ((wire_int_ret *)ret)->value = (int)domains->len;
    return true;
}

/* ---- Look-ups ------------------------------------------------------------------------------- */

static bool tell(RvDomain *domain, wire_domain_ret *ret)
{
    if (domain)
        ret->domain = rv_call_domain(domain);
    return domain;
}

static bool look_up_id(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_domain_lookup_by_id_args *wish = args;
    return tell(rv_registry_by_id(call->core->registry, rv_call_driver(call), wish->id, error),
                ret);
}

static bool look_up_name(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_domain_lookup_by_name_args *wish = args;
    return tell(rv_registry_by_name(call->core->registry, rv_call_driver(call), wish->name, error),
                ret);
}

static bool look_up_uuid(RvCall *call, const void *args, void *ret, GError **error)
{
    RvUuid uuid;
    memcpy(uuid.bytes, ((const wire_domain_lookup_by_uuid_args *)args)->uuid, sizeof(uuid.bytes));
    return tell(rv_registry_by_uuid(call->core->registry, rv_call_driver(call), &uuid, error), ret);
}

static const RvProcedure rows[] = {
    {.number = WIRE_CONNECT_LIST_DEFINED_DOMAINS, .name = "connect-list-defined-domains",
     RV_PROC_ARGS(wire_connect_list_defined_domains_args),
     RV_PROC_RET(wire_connect_list_defined_domains_ret),
     .right = RV_RIGHT_READ, .answer = list_defined},

    {.number = WIRE_DOMAIN_LOOKUP_BY_ID, .name = "domain-lookup-by-id",
     RV_PROC_ARGS(wire_domain_lookup_by_id_args), RV_PROC_RET(wire_domain_ret),
     .right = RV_RIGHT_READ, .answer = look_up_id},

    {.number = WIRE_DOMAIN_LOOKUP_BY_NAME, .name = "domain-lookup-by-name",
     RV_PROC_ARGS(wire_domain_lookup_by_name_args), RV_PROC_RET(wire_domain_ret),
     .right = RV_RIGHT_READ, .answer = look_up_name},

    {.number = WIRE_DOMAIN_LOOKUP_BY_UUID, .name = "domain-lookup-by-uuid",
     RV_PROC_ARGS(wire_domain_lookup_by_uuid_args), RV_PROC_RET(wire_domain_ret),
     .right = RV_RIGHT_READ, .answer = look_up_uuid},

    {.number = WIRE_CONNECT_NUM_OF_DEFINED_DOMAINS, .name = "connect-num-of-defined-domains",
     RV_PROC_RET(wire_int_ret), .right = RV_RIGHT_READ, .answer = count_defined},

    {.number = WIRE_CONNECT_LIST_DOMAINS, .name = "connect-list-domains",
     RV_PROC_ARGS(wire_connect_list_domains_args), RV_PROC_RET(wire_connect_list_domains_ret),
     .right = RV_RIGHT_READ, .answer = list_ids},

    {.number = WIRE_CONNECT_NUM_OF_DOMAINS, .name = "connect-num-of-domains",
     RV_PROC_RET(wire_int_ret), .right = RV_RIGHT_READ, .answer = count_active},

    {.number = WIRE_CONNECT_LIST_ALL_DOMAINS, .name = "connect-list-all-domains",
     RV_PROC_ARGS(wire_connect_list_all_domains_args),
     RV_PROC_FLAGS(wire_connect_list_all_domains_args, RV_LIST_FLAGS),
     RV_PROC_RET(wire_connect_list_all_domains_ret),
     .right = RV_RIGHT_READ, .answer = list_all},
};
const RvProcedureTable rv_procedures_list = RV_PROCEDURE_TABLE(rows);
