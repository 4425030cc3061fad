/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/object-life.h"
#include "daemon/pool.h"
#include "daemon/procedures-object.h"
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"

/* libvirt's flags, states and events. */
enum { CREATE_BUILD = 1 << 0, CREATE_OVERWRITE = 1 << 1, CREATE_NO_OVERWRITE = 1 << 2 };
enum { BUILD_REPAIR = 1 << 0, BUILD_RESIZE = 1 << 1, BUILD_NO_OVERWRITE = 1 << 2,
       BUILD_OVERWRITE = 1 << 3 };
enum { STATE_INACTIVE = 0, STATE_RUNNING = 2 };
enum { EVENT_CREATED = 4, EVENT_DELETED = 5 };
#define LIST_FLAGS (RV_OBJECT_LIST_FLAGS | 0xfffc0)

/* ---- Build, create ---------------------------------------------------------------------------- */

/* [job] What the next start uses. */
static RvObjectView *view_to_start(const RvCall *call, GError **error)
{
    RvObjectView *view = rv_object_get_view(call->object);
    if (view->config)
        return view;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "storage pool '%s' has no definition any more",
                 call->object->name);
    rv_object_view_unref(view);
    return NULL;
}

static bool refuse_both(unsigned flags, unsigned one, unsigned other, GError **error)
{
    bool both = (flags & one) && (flags & other);
    if (both)
        rv_error_set(error, RV_ERR_INVALID_ARG, "overwrite and no-overwrite exclude each other");
    return !both;
}

static bool check_build(RvCall *call, const void *args, void *ret, GError **error)
{
    return refuse_both(rv_call_flags(call), BUILD_OVERWRITE, BUILD_NO_OVERWRITE, error);
}

static bool build(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    unsigned flags = rv_call_flags(call);
    g_autoptr(RvObjectView) view = view_to_start(call, error);
    RvPoolBuild how = flags & BUILD_OVERWRITE      ? RV_POOL_BUILD_OVERWRITE
                      : flags & BUILD_NO_OVERWRITE ? RV_POOL_BUILD_NO_OVERWRITE
                                                   : RV_POOL_BUILD_FOLDER;
    return view && rv_pool_build(view->config->def, how, op, error);
}

static bool built(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_object_tell(call->object, EVENT_CREATED);
    return true;
}

static bool build_first(unsigned flags, const RvObjectDef *def, RvOperation *op, GError **error)
{
    RvPoolBuild how = flags & CREATE_OVERWRITE      ? RV_POOL_BUILD_OVERWRITE
                      : flags & CREATE_NO_OVERWRITE ? RV_POOL_BUILD_NO_OVERWRITE
                                                    : RV_POOL_BUILD_FOLDER;
    return !flags || rv_pool_build(def->def, how, op, error);
}

static bool check_create(RvCall *call, const void *args, void *ret, GError **error)
{
    return refuse_both(rv_call_flags(call), CREATE_OVERWRITE, CREATE_NO_OVERWRITE, error);
}

static bool create(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_autoptr(RvObjectView) view = view_to_start(call, error);
    return view && build_first(rv_call_flags(call), view->config, op, error) &&
           rv_object_start(call->object, view->config, op, error);
}

static bool read_created(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_object_read(call, ((const wire_object_xml_flags_args *)args)->xml, false, error);
}

static bool create_xml(RvCall *call, const void *args, void *ret, GError **error)
{
    if (call->data)
        return rv_object_create(call, args, ret, error);
    rv_call_prepare(call, read_created);
    return check_create(call, args, ret, error);
}

static bool create_xml_work(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return build_first(rv_call_flags(call), call->object->pending, op, error) &&
           rv_object_create_work(call, args, op, error);
}

/* ---- Destroy, delete, refresh ----------------------------------------------------------------- */

static bool check_idle(RvCall *call, const void *args, void *ret, GError **error)
{
    return rv_pool_check_idle(call->object, error);
}

static bool destroyed(RvCall *call, const void *args, void *ret, GError **error)
{
    g_hash_table_remove_all(rv_pool_volumes(call->object));
    return rv_object_stop_finish(call, args, ret, error);
}

static bool delete(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_autoptr(RvObjectView) view = view_to_start(call, error);
    return view && rv_pool_remove(view->config->def, error);
}

static bool deleted(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_object_tell(call->object, EVENT_DELETED);
    return true;
}

static bool refresh(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_autoptr(RvObjectView) view = rv_object_get_view(call->object);
    return view->live && rv_pool_look(call->object, view->live->def, error);
}

static bool refreshed(RvCall *call, const void *args, void *ret, GError **error)
{
    RvObject *pool = call->object;
    rv_pool_volumes(pool);
    rv_events_emit(call->core->events, &(RvEvent){
                                           .id = RV_EVENT_POOL_REFRESH,
                                           .uuid = pool->uuid,
                                           .name = pool->name,
                                       });
    return true;
}

/* ---- Reads ------------------------------------------------------------------------------------ */

static bool get_info(RvCall *call, const void *args, void *ret, GError **error)
{
    bool active = call->object_view->active;
    RvPoolFigures figures = active ? rv_pool_figures(call->object) : (RvPoolFigures){0};
    *(wire_pool_info_ret *)ret = (wire_pool_info_ret){
        .state = active ? STATE_RUNNING : STATE_INACTIVE,
        .capacity = figures.capacity,
        .allocation = figures.allocation,
        .available = figures.available,
    };
    return true;
}

static bool look_up_target(RvCall *call, const void *args, void *ret, GError **error)
{
    const char *path = ((const wire_named_args *)args)->name;
    g_autofree char *clean = rv_storage_path(path);
    const RvObject *pool = rv_pool_of_target(call->core, clean);
    if (pool)
        ((wire_object_ret *)ret)->object = rv_call_object(pool);
    else
        rv_error_set(error, RV_ERR_NO_STORAGE_POOL,
                     "no storage pool with matching target path '%s'", path);
    rv_error_source(error, RV_ERROR_SOURCE_STORAGE);
    return pool;
}

static bool look_up_volume(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_volume *volume = &((const wire_volume_args *)args)->volume;
    const RvObject *pool =
        rv_objects_by_name(call->core->objects, &rv_pool_kind, volume->pool, error);
    if (pool)
        ((wire_object_ret *)ret)->object = rv_call_object(pool);
    return pool;
}

static void append_enum(GString *out, const char *name, const char *const *values)
{
    g_string_append_printf(out, "      <enum name='%s'>\n", name);
    for (; *values; values++)
        g_string_append_printf(out, "        <value>%s</value>\n", *values);
    g_string_append(out, "      </enum>\n");
}

static void append_type(GString *out, RvPoolType type)
{
    const RvPoolDef def = {.type = type};
    bool supported = rv_pool_is_supported(&def, NULL);
    const char *const *formats = rv_pool_source_formats(type);
    g_string_append_printf(out, "  <pool type='%s' supported='%s'>\n",
                           rv_pool_type_to_string(type), supported ? "yes" : "no");
    if (supported && formats) {
        g_string_append_printf(out, "    <poolOptions>\n      <defaultFormat type='%s'/>\n",
                               formats[0]);
        append_enum(out, "sourceFormatType", formats);
        g_string_append(out, "    </poolOptions>\n");
    }
    if (supported && rv_pool_has_files(type)) {
        g_string_append_printf(out, "    <volOptions>\n      <defaultFormat type='%s'/>\n",
                               rv_volume_file_formats[0]);
        append_enum(out, "targetFormatType", rv_volume_file_formats);
        g_string_append(out, "    </volOptions>\n");
    }
    g_string_append(out, "  </pool>\n");
}

static bool get_capabilities(RvCall *call, const void *args, void *ret, GError **error)
{
    GString *out = g_string_new("<storagepoolCapabilities>\n");
    for (unsigned type = 0; type < RV_POOL_TYPE_LAST; type++)
        append_type(out, type);
    g_string_append(out, "</storagepoolCapabilities>\n");
    ((wire_text_ret *)ret)->text = rv_call_take(call, g_string_free(out, FALSE));
    return true;
}

/* ---- Names of volumes ------------------------------------------------------------------------- */

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *sorted_names(RvObject *pool)
{
    GHashTableIter iter;
    void *name;
    GPtrArray *names = g_ptr_array_new();
    g_hash_table_iter_init(&iter, rv_pool_volumes(pool));
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(names, name);
    g_ptr_array_sort(names, by_name);
    return names;
}

static bool check_count(const RvCall *call, guint count, GError **error)
{
    if (count <= WIRE_VOLUMES_MAX)
        return true;
    rv_error_set(error, RV_ERR_RPC, "Too many storage volumes '%u' in pool '%s' for limit '%u'",
                 count, call->object->name, WIRE_VOLUMES_MAX);
    return false;
}

static bool count_volumes(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = (int)g_hash_table_size(rv_pool_volumes(call->object));
    return true;
}

static bool list_names(RvCall *call, const void *args, void *ret, GError **error)
{
    int max = ((const wire_pool_list_volumes_args *)args)->max;
    wire_pool_list_volumes_ret *list = ret;
    if (!check_count(call, (guint)max, error))
        return false;
    g_autoptr(GPtrArray) names = sorted_names(call->object);
    list->names.names_len = MIN(names->len, (guint)max);
    list->names.names_val = rv_call_alloc(call, list->names.names_len, sizeof(wire_text));
    for (guint i = 0; i < list->names.names_len; i++)
        list->names.names_val[i] = names->pdata[i];
    return true;
}

static bool list_all_volumes(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_pool_list_all_volumes_ret *list = ret;
    const RvPoolDef *def = call->object_view->live->def;
    list->count = g_hash_table_size(rv_pool_volumes(call->object));
    if (!((const wire_pool_list_all_volumes_args *)args)->need_results)
        return true;
    if (!check_count(call, list->count, error))
        return false;
    g_autoptr(GPtrArray) names = sorted_names(call->object);
    list->volumes.volumes_len = names->len;
    list->volumes.volumes_val = rv_call_alloc(call, names->len, sizeof(wire_volume));
    for (guint i = 0; i < names->len; i++)
        list->volumes.volumes_val[i] = (wire_volume){
            .pool = call->object->name,
            .name = names->pdata[i],
            .key = rv_call_take(call, g_strdup_printf("%s/%s", def->target,
                                                      (const char *)names->pdata[i])),
        };
    return true;
}

#define READ .kind = &rv_pool_kind, .right = RV_RIGHT_READ
#define ABOUT .kind = &rv_pool_kind, .target = RV_TARGET_OBJECT

static const RvProcedure rows[] = {
    {.number = WIRE_CONNECT_NUM_OF_POOLS, .name = "connect-num-of-storage-pools",
     RV_PROC_RET(wire_int_ret), READ, .answer = rv_object_count_active},

    {.number = WIRE_CONNECT_LIST_POOLS, .name = "connect-list-storage-pools",
     RV_PROC_ARGS(wire_list_objects_args), RV_PROC_RET(wire_list_objects_ret), READ,
     .answer = rv_object_list_active},

    {.number = WIRE_CONNECT_NUM_OF_DEFINED_POOLS, .name = "connect-num-of-defined-storage-pools",
     RV_PROC_RET(wire_int_ret), READ, .answer = rv_object_count_inactive},

    {.number = WIRE_CONNECT_LIST_DEFINED_POOLS, .name = "connect-list-defined-storage-pools",
     RV_PROC_ARGS(wire_list_objects_args), RV_PROC_RET(wire_list_objects_ret), READ,
     .answer = rv_object_list_inactive},

    {.number = WIRE_POOL_CREATE_XML, .name = "storage-pool-create-xml",
     RV_PROC_ARGS(wire_object_xml_flags_args), RV_PROC_FLAGS(wire_object_xml_flags_args, 7),
     RV_PROC_RET(wire_object_ret), .kind = &rv_pool_kind, .right = RV_RIGHT_WRITE,
     .job = RV_JOB_START, .answer = create_xml, .work = create_xml_work,
     .finish = rv_object_created},

    {.number = WIRE_POOL_DEFINE_XML, .name = "storage-pool-define-xml",
     RV_PROC_ARGS(wire_object_xml_flags_args), RV_PROC_FLAGS(wire_object_xml_flags_args, 1),
     RV_PROC_RET(wire_object_ret), .kind = &rv_pool_kind, .right = RV_RIGHT_WRITE,
     .job = RV_JOB_DEFINE, .answer = rv_object_define, .finish = rv_object_defined},

    {.number = WIRE_POOL_CREATE, .name = "storage-pool-create",
     RV_PROC_ARGS(wire_object_flags_args), RV_PROC_FLAGS(wire_object_flags_args, 7), ABOUT,
     .right = RV_RIGHT_CONTROL, .need = RV_NEED_INACTIVE,
     .refusal = "storage pool is already active", .job = RV_JOB_START, .answer = check_create,
     .work = create, .finish = rv_object_start_finish},

    {.number = WIRE_POOL_BUILD, .name = "storage-pool-build", RV_PROC_ARGS(wire_object_flags_args),
     RV_PROC_FLAGS(wire_object_flags_args, BUILD_NO_OVERWRITE | BUILD_OVERWRITE), ABOUT,
     .right = RV_RIGHT_WRITE, .need = RV_NEED_INACTIVE,
     .refusal = "storage pool is already active", .job = RV_JOB_MODIFY, .answer = check_build,
     .work = build, .finish = built},

    {.number = WIRE_POOL_DESTROY, .name = "storage-pool-destroy", RV_PROC_ARGS(wire_object_args),
     ABOUT, .right = RV_RIGHT_CONTROL, .need = RV_NEED_ACTIVE,
     .refusal = "storage pool is not active", .job = RV_JOB_DESTROY, .answer = check_idle,
     .work = rv_object_stop_work, .finish = destroyed},

    {.number = WIRE_POOL_DELETE, .name = "storage-pool-delete",
     RV_PROC_ARGS(wire_object_flags_args), RV_PROC_FLAGS(wire_object_flags_args, 0), ABOUT,
     .right = RV_RIGHT_WRITE, .need = RV_NEED_INACTIVE,
     .refusal = "storage pool is still active", .job = RV_JOB_MODIFY, .work = delete,
     .finish = deleted},

    {.number = WIRE_POOL_UNDEFINE, .name = "storage-pool-undefine", RV_PROC_ARGS(wire_object_args),
     ABOUT, .right = RV_RIGHT_WRITE, .need = RV_NEED_INACTIVE,
     .refusal = "storage pool is still active", .job = RV_JOB_UNDEFINE,
     .answer = rv_object_undefine, .finish = rv_object_undefined},

    {.number = WIRE_POOL_REFRESH, .name = "storage-pool-refresh",
     RV_PROC_ARGS(wire_object_flags_args), RV_PROC_FLAGS(wire_object_flags_args, 0), ABOUT,
     .right = RV_RIGHT_CONTROL, .need = RV_NEED_ACTIVE, .refusal = "storage pool is not active",
     .job = RV_JOB_MODIFY, .work = refresh, .finish = refreshed},

    {.number = WIRE_POOL_LOOKUP_BY_NAME, .name = "storage-pool-lookup-by-name",
     RV_PROC_ARGS(wire_object_lookup_by_name_args), RV_PROC_RET(wire_object_ret), READ,
     .answer = rv_object_look_up_name},

    {.number = WIRE_POOL_LOOKUP_BY_UUID, .name = "storage-pool-lookup-by-uuid",
     RV_PROC_ARGS(wire_object_lookup_by_uuid_args), RV_PROC_RET(wire_object_ret), READ,
     .answer = rv_object_look_up_uuid},

    {.number = WIRE_POOL_LOOKUP_BY_VOLUME, .name = "storage-pool-lookup-by-volume",
     RV_PROC_ARGS(wire_volume_args), RV_PROC_RET(wire_object_ret), READ, .answer = look_up_volume},

    {.number = WIRE_POOL_GET_INFO, .name = "storage-pool-get-info",
     RV_PROC_ARGS(wire_object_args), RV_PROC_RET(wire_pool_info_ret), ABOUT,
     .right = RV_RIGHT_READ, .answer = get_info},

    {.number = WIRE_POOL_GET_XML_DESC, .name = "storage-pool-get-xml-desc",
     RV_PROC_ARGS(wire_object_flags_args),
     RV_PROC_FLAGS(wire_object_flags_args, RV_OBJECT_XML_INACTIVE), RV_PROC_RET(wire_text_ret),
     ABOUT, .right = RV_RIGHT_READ, .answer = rv_object_get_xml},

    {.number = WIRE_POOL_GET_AUTOSTART, .name = "storage-pool-get-autostart",
     RV_PROC_ARGS(wire_object_args), RV_PROC_RET(wire_int_ret), ABOUT, .right = RV_RIGHT_READ,
     .answer = rv_object_get_autostart},

    {.number = WIRE_POOL_SET_AUTOSTART, .name = "storage-pool-set-autostart",
     RV_PROC_ARGS(wire_object_set_autostart_args), ABOUT, .right = RV_RIGHT_WRITE,
     .need = RV_NEED_PERSISTENT, .refusal = "pool has no config file", .job = RV_JOB_MODIFY,
     .answer = rv_object_set_autostart_answer, .finish = rv_object_set_autostart_finish},

    {.number = WIRE_POOL_NUM_OF_VOLUMES, .name = "storage-pool-num-of-volumes",
     RV_PROC_ARGS(wire_object_args), RV_PROC_RET(wire_int_ret), ABOUT, .right = RV_RIGHT_READ,
     .need = RV_NEED_ACTIVE, .refusal = "storage pool is not active", .answer = count_volumes},

    {.number = WIRE_POOL_LIST_VOLUMES, .name = "storage-pool-list-volumes",
     RV_PROC_ARGS(wire_pool_list_volumes_args), RV_PROC_RET(wire_pool_list_volumes_ret), ABOUT,
     .right = RV_RIGHT_READ, .need = RV_NEED_ACTIVE, .refusal = "storage pool is not active",
     .answer = list_names},

    {.number = WIRE_POOL_IS_ACTIVE, .name = "storage-pool-is-active",
     RV_PROC_ARGS(wire_object_args), RV_PROC_RET(wire_int_ret), ABOUT, .right = RV_RIGHT_READ,
     .answer = rv_object_is_active},

    {.number = WIRE_POOL_IS_PERSISTENT, .name = "storage-pool-is-persistent",
     RV_PROC_ARGS(wire_object_args), RV_PROC_RET(wire_int_ret), ABOUT, .right = RV_RIGHT_READ,
     .answer = rv_object_is_persistent},

    {.number = WIRE_CONNECT_LIST_ALL_POOLS, .name = "connect-list-all-storage-pools",
     RV_PROC_ARGS(wire_list_all_objects_args),
     RV_PROC_FLAGS(wire_list_all_objects_args, LIST_FLAGS),
     RV_PROC_RET(wire_list_all_objects_ret), READ, .answer = rv_object_list_all},

    {.number = WIRE_POOL_LIST_ALL_VOLUMES, .name = "storage-pool-list-all-volumes",
     RV_PROC_ARGS(wire_pool_list_all_volumes_args),
     RV_PROC_FLAGS(wire_pool_list_all_volumes_args, 0),
     RV_PROC_RET(wire_pool_list_all_volumes_ret), ABOUT, .right = RV_RIGHT_READ,
     .need = RV_NEED_ACTIVE, .refusal = "storage pool is not active", .answer = list_all_volumes},

    {.number = WIRE_CONNECT_POOL_EVENT_REGISTER_ANY,
     .name = "connect-storage-pool-event-register-any",
     RV_PROC_ARGS(wire_object_event_register_any_args), RV_PROC_RET(wire_int_ret), READ,
     .answer = rv_object_listen},

    {.number = WIRE_CONNECT_POOL_EVENT_DEREGISTER_ANY,
     .name = "connect-storage-pool-event-deregister-any",
     RV_PROC_ARGS(wire_object_event_deregister_any_args), READ, .answer = rv_object_unlisten},

    {.number = WIRE_POOL_LOOKUP_BY_TARGET_PATH, .name = "storage-pool-lookup-by-target-path",
     RV_PROC_ARGS(wire_named_args), RV_PROC_RET(wire_object_ret), READ,
     .answer = look_up_target},

    {.number = WIRE_CONNECT_GET_POOL_CAPABILITIES,
     .name = "connect-get-storage-pool-capabilities", RV_PROC_ARGS(wire_flags_args),
     RV_PROC_FLAGS(wire_flags_args, 0), RV_PROC_RET(wire_text_ret), READ,
     .answer = get_capabilities},
};
const RvProcedureTable rv_procedures_pool = RV_PROCEDURE_TABLE(rows);
