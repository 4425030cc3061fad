/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures-object.h"

#include <string.h>

#include "base/error.h"
#include "daemon/object-life.h"
#include "daemon/store.h"
#include "daemon/warning.h"

/* ---- Lists ---------------------------------------------------------------------------------- */

enum {
    LIST_INACTIVE = 1 << 0,
    LIST_ACTIVE = 1 << 1,
    LIST_PERSISTENT = 1 << 2,
    LIST_TRANSIENT = 1 << 3,
    LIST_AUTOSTART = 1 << 4,
    LIST_NO_AUTOSTART = 1 << 5,
};

typedef struct {
    unsigned flags;
    GPtrArray *objects; /* borrowed: nothing changes before the reply */
} Collection;

/* Of a pair of flags neither or both means: whatever. */
static bool passes(unsigned flags, unsigned with, unsigned without, bool quality)
{
    return !(flags & with) == !(flags & without) || !(flags & with) == !quality;
}

static bool is_wanted(const RvObject *object, unsigned flags)
{
    const RvObjectView *view = object->view;
    return object->visible && passes(flags, LIST_ACTIVE, LIST_INACTIVE, view->active) &&
           passes(flags, LIST_PERSISTENT, LIST_TRANSIENT, view->persistent) &&
           passes(flags, LIST_AUTOSTART, LIST_NO_AUTOSTART, view->autostart) &&
           (!(flags & object->kind->extra_filters) || object->kind->is_wanted(object, flags));
}

static void collect_one(RvObject *object, void *data)
{
    Collection *collection = data;
    if (is_wanted(object, collection->flags))
        g_ptr_array_add(collection->objects, object);
}

static GPtrArray *collect(RvCall *call, unsigned flags)
{
    Collection collection = {flags, g_ptr_array_new()};
    rv_objects_foreach(call->core->objects, call->procedure->kind, collect_one, &collection);
    return collection.objects;
}

static bool check_count(const RvCall *call, size_t count, GError **error)
{
    if (count <= WIRE_OBJECTS_MAX)
        return true;
    rv_error_set(error, RV_ERR_RPC, "Too many %ss '%zu' for limit '%u'",
                 call->procedure->kind->words, count, WIRE_OBJECTS_MAX);
    return false;
}

bool rv_object_list_all(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_list_all_objects_args *wish = args;
    wire_list_all_objects_ret *list = ret;
    g_autoptr(GPtrArray) objects = collect(call, wish->flags);
    list->count = objects->len;
    if (!wish->need_results)
        return true;
    if (!check_count(call, objects->len, error))
        return false;
    list->objects.objects_len = objects->len;
    list->objects.objects_val = rv_call_alloc(call, objects->len, sizeof(wire_object));
    for (guint i = 0; i < objects->len; i++)
        list->objects.objects_val[i] = rv_call_object(objects->pdata[i]);
    return true;
}

static bool list_names(RvCall *call, int max, unsigned flags, wire_list_objects_ret *list,
                       GError **error)
{
    if (!check_count(call, (unsigned)max, error))
        return false;
    g_autoptr(GPtrArray) objects = collect(call, flags);
    guint n = MIN(objects->len, (guint)max);
    list->names.names_len = n;
    list->names.names_val = rv_call_alloc(call, n, sizeof(wire_text));
    for (guint i = 0; i < n; i++)
        list->names.names_val[i] = ((const RvObject *)objects->pdata[i])->name;
    return true;
}

bool rv_object_list_active(RvCall *call, const void *args, void *ret, GError **error)
{
    return list_names(call, ((const wire_list_objects_args *)args)->max, LIST_ACTIVE, ret, error);
}

bool rv_object_list_inactive(RvCall *call, const void *args, void *ret, GError **error)
{
    return list_names(call, ((const wire_list_objects_args *)args)->max, LIST_INACTIVE, ret, error);
}

static bool count(RvCall *call, unsigned flags, wire_int_ret *ret)
{
    g_autoptr(GPtrArray) objects = collect(call, flags);
    ret->value = (int)objects->len;
    return true;
}

bool rv_object_count_active(RvCall *call, const void *args, void *ret, GError **error)
{
    return count(call, LIST_ACTIVE, ret);
}

bool rv_object_count_inactive(RvCall *call, const void *args, void *ret, GError **error)
{
    return count(call, LIST_INACTIVE, ret);
}

/* ---- Look-ups ------------------------------------------------------------------------------- */

static bool tell(const RvObject *object, wire_object_ret *ret)
{
    if (object)
        ret->object = rv_call_object(object);
    return object;
}

bool rv_object_look_up_name(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_object_lookup_by_name_args *wish = args;
    return tell(rv_objects_by_name(call->core->objects, call->procedure->kind, wish->name, error),
                ret);
}

bool rv_object_look_up_uuid(RvCall *call, const void *args, void *ret, GError **error)
{
    RvUuid uuid;
    memcpy(uuid.bytes, ((const wire_object_lookup_by_uuid_args *)args)->uuid, sizeof(uuid.bytes));
    return tell(rv_objects_by_uuid(call->core->objects, call->procedure->kind, &uuid, error), ret);
}

/* ---- About one ------------------------------------------------------------------------------ */

bool rv_object_is_active(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = call->object_view->active;
    return true;
}

bool rv_object_is_persistent(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = call->object_view->persistent;
    return true;
}

bool rv_object_get_autostart(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_int_ret *)ret)->value = call->object_view->autostart;
    return true;
}

bool rv_object_get_xml(RvCall *call, const void *args, void *ret, GError **error)
{
    const RvObjectView *view = call->object_view;
    bool inactive = rv_call_flags(call) & RV_OBJECT_XML_INACTIVE;
    const RvObjectDef *def = inactive && view->config ? view->config : rv_object_view_current(view);
    if (!def) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "%s '%s' is being found again",
                     call->object->kind->words, call->object->name);
        return false;
    }
    char *text =
        call->object->kind->describe
            ? rv_call_take(call, call->object->kind->describe(call->object, def == view->live))
            : def->text;
    ((wire_text_ret *)ret)->text = text;
    return true;
}

/* ---- Documents ------------------------------------------------------------------------------ */

/* What was read, until it is completed and written down. */
typedef struct {
    const RvObjectKind *kind;
    RvObject *object;     /* whose it is about to be; a reference; NULL: not known yet */
    void *def;            /* until it is written down */
    RvObjectDef *written; /* from then on */
    GPtrArray *warnings;
} Draft;

static void draft_free(void *data)
{
    Draft *draft = data;
    if (draft->object && draft->object->pending == draft->written)
        rv_object_set_pending(draft->object, NULL);
    rv_object_unref(draft->object);
    if (draft->def)
        rv_xml_free(draft->kind->xml, draft->def);
    rv_object_def_unref(draft->written);
    g_clear_pointer(&draft->warnings, g_ptr_array_unref);
    g_free(draft);
}

/* [worker] */
bool rv_object_read(RvCall *call, const char *xml, bool strict, GError **error)
{
    const RvObjectKind *kind = call->procedure->kind;
    Draft *draft = g_new0(Draft, 1);
    call->data = draft;
    call->free_data = draft_free;
    draft->kind = kind;
    g_autoptr(RvDiagnostics) diagnostics = rv_diagnostics_new();
    draft->def = rv_xml_parse(kind->xml, kind->root, xml, strlen(xml), 0, diagnostics, error);
    if (!draft->def)
        return false;
    rv_warnings_add(&draft->warnings, diagnostics);
    RvIdentity *identity = draft->def;
    if (rv_uuid_is_zero(&identity->uuid))
        rv_uuid_generate(&identity->uuid);
    return !strict || !draft->warnings || rv_warnings_refuse(draft->warnings, error);
}

static bool read_document(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_object_read(call, ((const wire_object_xml_args *)args)->xml, rv_call_flags(call) & 1,
                          error);
}

/* Takes the object, and what it is about to be. */
static bool reserve(RvCall *call, GError **error)
{
    Draft *draft = call->data;
    RvObject *object = rv_object_reserve(call->core, draft->kind, draft->def, error);
    if (!object)
        return false;
    rv_call_use_object(call, object);
    draft->object = rv_object_ref(object);
    if (!draft->kind->complete(call->core, draft->def, object, error))
        return false;
    draft->written = rv_object_def_new(draft->kind, g_steal_pointer(&draft->def), 0);
    rv_object_set_pending(object, draft->written);
    return true;
}

bool rv_object_define(RvCall *call, const void *args, void *ret, GError **error)
{
    if (!call->data) {
        rv_call_prepare(call, read_document);
        return true;
    }
    const Draft *draft = call->data;
    if (!reserve(call, error))
        return false;
    const RvIdentity *identity = rv_object_def_identity(draft->written);
    call->change = rv_store_put_object(draft->kind->name, &identity->uuid, identity->name,
                                       draft->written->text, rv_call_who(call), "define");
    rv_store_change_set_warnings(call->change, draft->warnings);
    return true;
}

static void keep_warnings(const Draft *draft, RvObject *object)
{
    g_clear_pointer(&object->warnings, g_ptr_array_unref);
    if (draft->warnings)
        object->warnings = g_ptr_array_ref(draft->warnings);
}

bool rv_object_defined(RvCall *call, const void *args, void *ret, GError **error)
{
    const Draft *draft = call->data;
    rv_object_set_config(call->object, draft->written);
    keep_warnings(draft, call->object);
    return tell(call->object, ret);
}

bool rv_object_create(RvCall *call, const void *args, void *ret, GError **error)
{
    if (!call->data) {
        rv_call_prepare(call, read_document);
        return true;
    }
    if (!reserve(call, error))
        return false;
    if (!call->object_view->active)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "%s is already active as '%s'",
                 call->object->kind->words, call->object->name);
    return false;
}

bool rv_object_create_work(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_object_start(call->object, ((const Draft *)call->data)->written, op, error);
}

bool rv_object_created(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_object_started(call->object);
    keep_warnings(call->data, call->object);
    return tell(call->object, ret);
}

/* ---- Life ----------------------------------------------------------------------------------- */

bool rv_object_start_work(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_autoptr(RvObjectView) view = rv_object_get_view(call->object);
    if (view->config)
        return rv_object_start(call->object, view->config, op, error);
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "%s '%s' has no definition any more",
                 call->object->kind->words, call->object->name);
    return false;
}

bool rv_object_start_finish(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_object_started(call->object);
    return true;
}

bool rv_object_stop_work(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_object_stop(call->object, op, error);
}

bool rv_object_stop_finish(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_object_stopped(call->object);
    return true;
}

bool rv_object_undefine(RvCall *call, const void *args, void *ret, GError **error)
{
    call->change = rv_store_remove(call->object->kind->name, &call->object->uuid,
                                   rv_call_who(call));
    return true;
}

bool rv_object_undefined(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_object_set_config(call->object, NULL);
    return true;
}

bool rv_object_set_autostart_answer(RvCall *call, const void *args, void *ret, GError **error)
{
    bool autostart = ((const wire_object_set_autostart_args *)args)->autostart;
    call->change = rv_store_set_autostart(call->object->kind->name, &call->object->uuid, autostart,
                                          rv_call_who(call));
    return true;
}

bool rv_object_set_autostart_finish(RvCall *call, const void *args, void *ret, GError **error)
{
    rv_object_set_autostart(call->object,
                            ((const wire_object_set_autostart_args *)args)->autostart);
    return true;
}
