/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/object.h"

#include "base/log.h"
#include "daemon/core.h"

/* ---- Documents ------------------------------------------------------------------------------ */

RvObjectDef *rv_object_def_new(const RvObjectKind *kind, void *def, RvFormatFlags flags)
{
    GString *text = g_string_new(NULL);
    rv_xml_write(kind->xml, kind->root, def, flags, 0, text);
    RvObjectDef *result = g_new(RvObjectDef, 1);
    *result = (RvObjectDef){1, kind, def, g_string_free(text, FALSE)};
    return result;
}

RvObjectDef *rv_object_def_ref(RvObjectDef *def)
{
    g_atomic_int_inc(&def->refs);
    return def;
}

void rv_object_def_unref(RvObjectDef *def)
{
    if (!def || !g_atomic_int_dec_and_test(&def->refs))
        return;
    rv_xml_free(def->kind->xml, def->def);
    g_free(def->text);
    g_free(def);
}

const RvIdentity *rv_object_def_identity(const RvObjectDef *def)
{
    return def->def;
}

/* ---- Views ---------------------------------------------------------------------------------- */

RvObjectView *rv_object_view_ref(RvObjectView *view)
{
    g_atomic_int_inc(&view->refs);
    return view;
}

void rv_object_view_unref(RvObjectView *view)
{
    if (!view || !g_atomic_int_dec_and_test(&view->refs))
        return;
    rv_object_def_unref(view->config);
    rv_object_def_unref(view->live);
    g_free(view);
}

const RvObjectDef *rv_object_view_current(const RvObjectView *view)
{
    return view->live ? view->live : view->config;
}

static RvObjectView *view_copy(const RvObjectView *view)
{
    RvObjectView *copy = g_memdup2(view, sizeof(*view));
    copy->refs = 1;
    if (copy->config)
        rv_object_def_ref(copy->config);
    if (copy->live)
        rv_object_def_ref(copy->live);
    return copy;
}

/* Of the pointer to the view, between the I/O thread that publishes and workers that get. */
static GMutex publishing;

RvObjectView *rv_object_get_view(RvObject *object)
{
    g_mutex_lock(&publishing);
    RvObjectView *view = rv_object_view_ref(object->view);
    g_mutex_unlock(&publishing);
    return view;
}

static void publish(RvObject *object, RvObjectView *view)
{
    g_mutex_lock(&publishing);
    g_autoptr(RvObjectView) old = object->view;
    object->view = view;
    g_mutex_unlock(&publishing);
}

/* ---- All of them ---------------------------------------------------------------------------- */

/* There are few of them: they are looked for one by one. */
struct RvObjects {
    GMutex lock;  /* of changes of `order`, which other threads read, too */
    GQueue order; /* RvObject, a reference each */
};

RvObjects *rv_objects_new(void)
{
    RvObjects *objects = g_new0(RvObjects, 1);
    g_mutex_init(&objects->lock);
    return objects;
}

static void drop(void *object)
{
    rv_object_unref(object);
}

void rv_objects_free(RvObjects *objects)
{
    if (!objects)
        return;
    g_queue_clear_full(&objects->order, drop);
    g_mutex_clear(&objects->lock);
    g_free(objects);
}

RvObject *rv_objects_find(RvObjects *objects, const RvObjectKind *kind, const RvUuid *uuid)
{
    for (GList *link = objects->order.head; link; link = link->next) {
        RvObject *object = link->data;
        if (object->kind == kind && rv_uuid_equal(&object->uuid, uuid))
            return object;
    }
    return NULL;
}

RvObject *rv_objects_find_name(RvObjects *objects, const RvObjectKind *kind, const char *name)
{
    for (GList *link = objects->order.head; link; link = link->next) {
        RvObject *object = link->data;
        if (object->kind == kind && g_str_equal(object->name, name))
            return object;
    }
    return NULL;
}

RvObject *rv_objects_by_uuid(RvObjects *objects, const RvObjectKind *kind, const RvUuid *uuid,
                             GError **error)
{
    RvObject *object = rv_objects_find(objects, kind, uuid);
    if (object && object->visible)
        return object;
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(uuid, text);
    rv_error_set(error, kind->not_found, "no %s with matching uuid '%s'", kind->words, text);
    rv_error_source(error, kind->source);
    return NULL;
}

RvObject *rv_objects_by_name(RvObjects *objects, const RvObjectKind *kind, const char *name,
                             GError **error)
{
    RvObject *object = rv_objects_find_name(objects, kind, name);
    if (object && object->visible)
        return object;
    rv_error_set(error, kind->not_found, "no %s with matching name '%s'", kind->words, name);
    rv_error_source(error, kind->source);
    return NULL;
}

RvObjectView *rv_objects_get_view(RvObjects *objects, const RvObjectKind *kind, const char *name,
                                  GError **error)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&objects->lock);
    RvObject *object = rv_objects_by_name(objects, kind, name, error);
    return object ? rv_object_get_view(object) : NULL;
}

void rv_objects_foreach(RvObjects *objects, const RvObjectKind *kind, RvObjectFunc func, void *data)
{
    for (GList *link = objects->order.head, *next; link; link = next) {
        RvObject *object = link->data;
        next = link->next;
        if (!kind || object->kind == kind)
            func(object, data);
    }
}

/* ---- One of them ---------------------------------------------------------------------------- */

static void leave_if_gone(void *data)
{
    rv_object_release(data);
}

static RvObject *object_new(RvCore *core, const RvObjectKind *kind, const RvIdentity *identity)
{
    RvObject *object = g_new0(RvObject, 1);
    object->refs = 1;
    object->core = core;
    object->kind = kind;
    object->uuid = identity->uuid;
    object->name = g_strdup(identity->name);
    object->jobs = rv_job_queue_new(core, leave_if_gone, object);
    object->view = g_new0(RvObjectView, 1);
    object->view->refs = 1;
    if (kind->state_new)
        object->state = kind->state_new();
    return object;
}

RvObject *rv_object_ref(RvObject *object)
{
    g_atomic_int_inc(&object->refs);
    return object;
}

void rv_object_unref(RvObject *object)
{
    if (!object || !g_atomic_int_dec_and_test(&object->refs))
        return;
    rv_job_queue_free(object->jobs);
    rv_object_view_unref(object->view);
    rv_object_def_unref(object->pending);
    rv_object_def_unref(object->starting);
    if (object->state)
        object->kind->state_free(object->state);
    g_clear_pointer(&object->warnings, g_ptr_array_unref);
    g_free(object->name);
    g_free(object);
}

static bool refuse(const RvObject *other, const char *format, GError **error)
{
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&other->uuid, text);
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "%s '%s' %s with uuid %s", other->kind->words,
                 other->name, format, text);
    rv_error_source(error, other->kind->source);
    return false;
}

static bool is_free(RvObjects *objects, const RvObjectKind *kind, const RvIdentity *identity,
                    GError **error)
{
    const RvObject *other = rv_objects_find(objects, kind, &identity->uuid);
    if (other)
        return refuse(other, "is already defined", error);
    other = rv_objects_find_name(objects, kind, identity->name);
    if (!other)
        return true;
    refuse(other, "already exists", error);
    rv_error_remedy(error, "to change that %s, put its uuid into the document; for a second one, "
                           "choose another name",
                    kind->words);
    return false;
}

RvObject *rv_object_reserve(RvCore *core, const RvObjectKind *kind, const RvIdentity *identity,
                            GError **error)
{
    RvObject *known = rv_objects_find(core->objects, kind, &identity->uuid);
    if (known && g_str_equal(known->name, identity->name))
        return known;
    if (!is_free(core->objects, kind, identity, error))
        return NULL;
    RvObject *object = object_new(core, kind, identity);
    g_mutex_lock(&core->objects->lock);
    g_queue_push_tail(&core->objects->order, object);
    g_mutex_unlock(&core->objects->lock);
    return object;
}

void rv_object_release(RvObject *object)
{
    if (object->view->config || object->view->live)
        return;
    object->visible = false;
    if (!rv_job_queue_is_idle(object->jobs))
        return;
    RvObjects *objects = object->core->objects;
    g_mutex_lock(&objects->lock);
    bool was_there = g_queue_remove(&objects->order, object);
    g_mutex_unlock(&objects->lock);
    if (was_there)
        rv_object_unref(object);
}

/* ---- Setters -------------------------------------------------------------------------------- */

/* libvirt's numbers, the same for networks and pools. */
enum { DEFINED, UNDEFINED, STARTED, STOPPED };

void rv_object_tell(RvObject *object, int type)
{
    static const char *const names[] = {"defined", "undefined", "started",
                                        "stopped", "created",   "deleted"};
    rv_trace(RV_TRACE_STATE, "%s %s: %s", object->kind->name, object->name, names[type]);
    rv_events_emit(object->core->events, &(RvEvent){
                                             .id = object->kind->lifecycle,
                                             .uuid = object->uuid,
                                             .name = object->name,
                                             .type = type,
                                         });
}

void rv_object_restore(RvObject *object, RvObjectView *view)
{
    publish(object, view);
    object->visible = true;
}

void rv_object_set_config(RvObject *object, RvObjectDef *config)
{
    RvObjectView *view = view_copy(object->view);
    bool was_persistent = view->persistent;
    rv_object_def_unref(view->config);
    view->config = config ? rv_object_def_ref(config) : NULL;
    view->persistent = config;
    view->autostart = view->autostart && config;
    publish(object, view);
    if (config || was_persistent)
        rv_object_tell(object, config ? DEFINED : UNDEFINED);
    object->visible = config || view->active;
}

void rv_object_set_live(RvObject *object, RvObjectDef *live)
{
    RvObjectView *view = view_copy(object->view);
    bool was_active = view->active;
    rv_object_def_unref(view->live);
    view->live = live ? rv_object_def_ref(live) : NULL;
    view->active = live;
    if (was_active != view->active)
        view->since_us = g_get_real_time();
    publish(object, view);
    object->visible = view->active || view->persistent;
    if (was_active != view->active)
        rv_object_tell(object, live ? STARTED : STOPPED);
}

static void replace(RvObjectDef **place, RvObjectDef *def)
{
    if (!def)
        return;
    rv_object_def_unref(*place);
    *place = rv_object_def_ref(def);
}

void rv_object_set_documents(RvObject *object, RvObjectDef *config, RvObjectDef *live)
{
    RvObjectView *view = view_copy(object->view);
    replace(&view->config, config);
    replace(&view->live, live);
    publish(object, view);
}

void rv_object_set_autostart(RvObject *object, bool autostart)
{
    RvObjectView *view = view_copy(object->view);
    view->autostart = autostart;
    publish(object, view);
}

void rv_object_set_pending(RvObject *object, RvObjectDef *pending)
{
    rv_object_def_unref(object->pending);
    object->pending = pending ? rv_object_def_ref(pending) : NULL;
}
