/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "base/log.h"
#include "daemon/network-update.h"
#include "daemon/network.h"
#include "daemon/object-life.h"
#include "daemon/procedures-object.h"
#include "daemon/procedures.h"
#include "daemon/store.h"

static bool get_bridge_name(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvObjectDef *def = rv_object_view_current(call->object_view);
    const RvNetworkDef *network = def ? def->def : NULL;
    if (!network || !network->bridge) {
        rv_error_set(error, RV_ERR_INTERNAL, "network '%s' does not have a bridge name.",
                     call->object->name);
        return false;
    }
    ((wire_text_ret *)ret)->text = network->bridge;
    return true;
}

/* ---- Leases --------------------------------------------------------------------------------- */

static void leases_free(void *data)
{
    g_ptr_array_unref(data);
}

/* [worker] */
static bool read_leases(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_autoptr(RvObjectView) view = rv_object_get_view(call->object);
    if (!view->live) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "network '%s' is not active",
                     call->object->name);
        return false;
    }
    call->data = rv_network_read_leases(call->core, view->live->def, error);
    call->free_data = leases_free;
    return call->data;
}

static bool tell_leases(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_network_get_dhcp_leases_args *wish = args;
    wire_network_get_dhcp_leases_ret *list = ret;
    const RvObjectDef *def = rv_object_view_current(call->object_view);
    const GPtrArray *leases = call->data;
    const char *mac = wish->mac;
    unsigned n = 0, most = MIN(leases->len, WIRE_DHCP_LEASES_MAX);
    wire_dhcp_lease *told = rv_call_alloc(call, most, sizeof(*told));
    for (guint i = 0; i < most; i++) {
        RvNetworkLease *lease = leases->pdata[i];
        if (mac && (!lease->mac || g_ascii_strcasecmp(mac, lease->mac)))
            continue;
        told[n++] = (wire_dhcp_lease){
            .device = ((const RvNetworkDef *)def->def)->bridge,
            .expires = lease->expires,
            .type = lease->v6,
            .mac = lease->mac,
            .iaid = lease->iaid,
            .address = lease->address,
            .prefix = lease->prefix,
            .hostname = lease->hostname,
            .client_id = lease->client_id,
        };
    }
    list->count = n;
    if (wish->need_results) {
        list->leases.leases_len = n;
        list->leases.leases_val = told;
    }
    return true;
}

/* [job] While it is active they are needed: then they go with its end. */
static bool forget_leases(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const RvObjectView *view = call->object_view;
    return view->active || rv_network_forget_leases(call->object, view->config->def, error);
}

/* ---- Updates -------------------------------------------------------------------------------- */

enum { UPDATE_LIVE = 1 << 0, UPDATE_CONFIG = 1 << 1, UPDATE_FLAGS = 3 };

typedef struct {
    RvObjectDef *config, *live; /* as they are from now on; NULL: they stay */
} Update;

static void update_free(void *data)
{
    Update *update = data;
    rv_object_def_unref(update->config);
    rv_object_def_unref(update->live);
    g_free(update);
}

/* Written and read again, so that it is checked as a whole. */
static RvNetworkDef *make_update(const RvObjectDef *def, const wire_network_update_args *wish,
                                 RvFormatFlags flags, GError **error)
{
    const RvNetworkUpdate update = {wish->command, wish->section, wish->parent, wish->xml};
    RvNetworkDef *changed = rv_xml_copy(&rv_network_xml, def->def);
    bool ok = rv_network_update(changed, &update, error);
    GString *text = g_string_new(NULL);
    rv_xml_write(&rv_network_xml, "network", changed, flags, 0, text);
    rv_xml_free(&rv_network_xml, changed);
    changed =
        ok ? rv_xml_parse(&rv_network_xml, "network", text->str, text->len, flags, NULL, error)
           : NULL;
    g_string_free(text, TRUE);
    return changed;
}

static bool update_config(RvCall *call, const wire_network_update_args *wish, Update *update,
                          GError **error)
{
    RvNetworkDef *def = make_update(call->object_view->config, wish, 0, error);
    if (!def)
        return false;
    update->config = rv_object_def_new(&rv_network_kind, def, 0);
    call->change =
        rv_store_put_object(rv_network_kind.name, &call->object->uuid, call->object->name,
                            update->config->text, rv_call_who(call), "update");
    return true;
}

static bool update_live(RvCall *call, const wire_network_update_args *wish, Update *update,
                        RvOperation *op, GError **error)
{
    RvNetworkDef *def = make_update(call->object_view->live, wish, RV_FORMAT_LIVE, error);
    if (!def)
        return false;
    if (!rv_network_with_host(call->object, def, rv_network_change, op, error)) {
        g_autoptr(GError) fault = NULL;
        rv_xml_free(&rv_network_xml, def);
        if (!rv_network_with_host(call->object, call->object_view->live->def, rv_network_change, op,
                                  &fault))
            rv_log_error("network '%s' is not as it was: %s", call->object->name, fault->message);
        return false;
    }
    update->live = rv_object_change_live(call->object, def, error);
    return update->live;
}

/* [job] */
static bool update(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const wire_network_update_args *wish = args;
    const RvObjectView *view = call->object_view;
    unsigned flags = wish->flags ? wish->flags : view->active ? UPDATE_LIVE : UPDATE_CONFIG;
    if ((flags & UPDATE_LIVE) && !view->active) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "network is not running");
        return false;
    }
    if ((flags & UPDATE_CONFIG) && !view->config) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "network '%s' is transient",
                     call->object->name);
        return false;
    }
    Update *made = call->data = g_new0(Update, 1);
    call->free_data = update_free;
    return (!(flags & UPDATE_CONFIG) || update_config(call, wish, made, error)) &&
           (!(flags & UPDATE_LIVE) || update_live(call, wish, made, op, error));
}

static bool updated(RvCall *call, const void *args, void *ret, GError **error)
{
    const Update *made = call->data;
    rv_object_set_documents(call->object, made->config, made->live);
    return true;
}

#define READ .kind = &rv_network_kind, .right = RV_RIGHT_READ
#define ABOUT .kind = &rv_network_kind, .target = RV_TARGET_OBJECT

static const RvProcedure rows[] = {
    {.number = WIRE_CONNECT_LIST_DEFINED_NETWORKS, .name = "connect-list-defined-networks",
     RV_PROC_ARGS(wire_list_objects_args), RV_PROC_RET(wire_list_objects_ret), READ,
     .answer = rv_object_list_inactive},

    {.number = WIRE_CONNECT_LIST_NETWORKS, .name = "connect-list-networks",
     RV_PROC_ARGS(wire_list_objects_args), RV_PROC_RET(wire_list_objects_ret), READ,
     .answer = rv_object_list_active},

    {.number = WIRE_NETWORK_CREATE, .name = "network-create", RV_PROC_ARGS(wire_object_args), ABOUT,
     .right = RV_RIGHT_CONTROL, .need = RV_NEED_INACTIVE, .refusal = "network is already active",
     .job = RV_JOB_START, .work = rv_object_start_work, .finish = rv_object_start_finish},

    {.number = WIRE_NETWORK_CREATE_XML, .name = "network-create-xml",
     RV_PROC_ARGS(wire_object_xml_args), RV_PROC_RET(wire_object_ret), .kind = &rv_network_kind,
     .right = RV_RIGHT_WRITE, .job = RV_JOB_START, .answer = rv_object_create,
     .work = rv_object_create_work, .finish = rv_object_created},

    {.number = WIRE_NETWORK_DEFINE_XML, .name = "network-define-xml",
     RV_PROC_ARGS(wire_object_xml_args), RV_PROC_RET(wire_object_ret), .kind = &rv_network_kind,
     .right = RV_RIGHT_WRITE, .job = RV_JOB_DEFINE, .answer = rv_object_define,
     .finish = rv_object_defined},

    {.number = WIRE_NETWORK_DESTROY, .name = "network-destroy", RV_PROC_ARGS(wire_object_args),
     ABOUT, .right = RV_RIGHT_CONTROL, .need = RV_NEED_ACTIVE, .job = RV_JOB_DESTROY,
     .work = rv_object_stop_work, .finish = rv_object_stop_finish},

    {.number = WIRE_NETWORK_GET_XML_DESC, .name = "network-get-xml-desc",
     RV_PROC_ARGS(wire_object_flags_args),
     RV_PROC_FLAGS(wire_object_flags_args, RV_OBJECT_XML_INACTIVE), RV_PROC_RET(wire_text_ret),
     ABOUT, .right = RV_RIGHT_READ, .answer = rv_object_get_xml},

    {.number = WIRE_NETWORK_GET_AUTOSTART, .name = "network-get-autostart",
     RV_PROC_ARGS(wire_object_args), RV_PROC_RET(wire_int_ret), ABOUT, .right = RV_RIGHT_READ,
     .answer = rv_object_get_autostart},

    {.number = WIRE_NETWORK_GET_BRIDGE_NAME, .name = "network-get-bridge-name",
     RV_PROC_ARGS(wire_object_args), RV_PROC_RET(wire_text_ret), ABOUT, .right = RV_RIGHT_READ,
     .answer = get_bridge_name},

    {.number = WIRE_NETWORK_LOOKUP_BY_NAME, .name = "network-lookup-by-name",
     RV_PROC_ARGS(wire_object_lookup_by_name_args), RV_PROC_RET(wire_object_ret), READ,
     .answer = rv_object_look_up_name},

    {.number = WIRE_NETWORK_LOOKUP_BY_UUID, .name = "network-lookup-by-uuid",
     RV_PROC_ARGS(wire_object_lookup_by_uuid_args), RV_PROC_RET(wire_object_ret), READ,
     .answer = rv_object_look_up_uuid},

    {.number = WIRE_NETWORK_SET_AUTOSTART, .name = "network-set-autostart",
     RV_PROC_ARGS(wire_object_set_autostart_args), ABOUT, .right = RV_RIGHT_WRITE,
     .need = RV_NEED_PERSISTENT, .refusal = "cannot set autostart for transient network",
     .job = RV_JOB_MODIFY, .answer = rv_object_set_autostart_answer,
     .finish = rv_object_set_autostart_finish},

    {.number = WIRE_NETWORK_UNDEFINE, .name = "network-undefine", RV_PROC_ARGS(wire_object_args),
     ABOUT, .right = RV_RIGHT_WRITE, .need = RV_NEED_PERSISTENT,
     .refusal = "can't undefine transient network", .job = RV_JOB_UNDEFINE,
     .answer = rv_object_undefine, .work = forget_leases, .finish = rv_object_undefined},

    {.number = WIRE_CONNECT_NUM_OF_DEFINED_NETWORKS, .name = "connect-num-of-defined-networks",
     RV_PROC_RET(wire_int_ret), READ, .answer = rv_object_count_inactive},

    {.number = WIRE_CONNECT_NUM_OF_NETWORKS, .name = "connect-num-of-networks",
     RV_PROC_RET(wire_int_ret), READ, .answer = rv_object_count_active},

    {.number = WIRE_NETWORK_IS_ACTIVE, .name = "network-is-active", RV_PROC_ARGS(wire_object_args),
     RV_PROC_RET(wire_int_ret), ABOUT, .right = RV_RIGHT_READ, .answer = rv_object_is_active},

    {.number = WIRE_NETWORK_IS_PERSISTENT, .name = "network-is-persistent",
     RV_PROC_ARGS(wire_object_args), RV_PROC_RET(wire_int_ret), ABOUT, .right = RV_RIGHT_READ,
     .answer = rv_object_is_persistent},

    {.number = WIRE_CONNECT_LIST_ALL_NETWORKS, .name = "connect-list-all-networks",
     RV_PROC_ARGS(wire_list_all_objects_args),
     RV_PROC_FLAGS(wire_list_all_objects_args, RV_OBJECT_LIST_FLAGS),
     RV_PROC_RET(wire_list_all_objects_ret), READ, .answer = rv_object_list_all},

    {.number = WIRE_NETWORK_UPDATE, .name = "network-update",
     RV_PROC_ARGS(wire_network_update_args), RV_PROC_FLAGS(wire_network_update_args, UPDATE_FLAGS),
     ABOUT, .right = RV_RIGHT_WRITE, .job = RV_JOB_MODIFY, .work = update, .finish = updated},

    {.number = WIRE_CONNECT_NETWORK_EVENT_REGISTER_ANY,
     .name = "connect-network-event-register-any",
     RV_PROC_ARGS(wire_object_event_register_any_args), RV_PROC_RET(wire_int_ret), READ,
     .answer = rv_object_listen},

    {.number = WIRE_CONNECT_NETWORK_EVENT_DEREGISTER_ANY,
     .name = "connect-network-event-deregister-any",
     RV_PROC_ARGS(wire_object_event_deregister_any_args), READ, .answer = rv_object_unlisten},

    {.number = WIRE_NETWORK_GET_DHCP_LEASES, .name = "network-get-dhcp-leases",
     RV_PROC_ARGS(wire_network_get_dhcp_leases_args),
     RV_PROC_FLAGS(wire_network_get_dhcp_leases_args, 0),
     RV_PROC_RET(wire_network_get_dhcp_leases_ret), ABOUT, .right = RV_RIGHT_READ,
     .need = RV_NEED_ACTIVE, .work = read_leases, .finish = tell_leases},

    {.number = WIRE_NETWORK_DEFINE_XML_FLAGS, .name = "network-define-xml-flags",
     RV_PROC_ARGS(wire_object_xml_flags_args), RV_PROC_FLAGS(wire_object_xml_flags_args, 1),
     RV_PROC_RET(wire_object_ret), .kind = &rv_network_kind, .right = RV_RIGHT_WRITE,
     .job = RV_JOB_DEFINE, .answer = rv_object_define, .finish = rv_object_defined},

    {.number = WIRE_NETWORK_CREATE_XML_FLAGS, .name = "network-create-xml-flags",
     RV_PROC_ARGS(wire_object_xml_flags_args), RV_PROC_FLAGS(wire_object_xml_flags_args, 1),
     RV_PROC_RET(wire_object_ret), .kind = &rv_network_kind, .right = RV_RIGHT_WRITE,
     .job = RV_JOB_START, .answer = rv_object_create, .work = rv_object_create_work,
     .finish = rv_object_created},
};
const RvProcedureTable rv_procedures_network = RV_PROCEDURE_TABLE(rows);
