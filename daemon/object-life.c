/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/object-life.h"

#include <string.h>

#include "base/log.h"
#include "daemon/run-state.h"

/* How far it is, as the run directory tells a later daemon. */
typedef enum { STARTING, ACTIVE, ENDING, N_PHASES } Phase;
static const char *const phases[N_PHASES] = {"starting", "active", "ending"};

/* ---- Start and stop ------------------------------------------------------------------------- */

static bool note(RvObject *object, Phase phase, const RvObjectDef *live, GError **error)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&object->uuid, uuid);
    return rv_run_state_set_object(object->core->run_state, object->kind->name, &object->uuid,
                                   json_pack("{ss ss ss ss}", "uuid", uuid, "name", object->name,
                                             "phase", phases[phase], "live", live->text),
                                   error);
}

static bool forget(RvObject *object, GError **error)
{
    return rv_run_state_set_object(object->core->run_state, object->kind->name, &object->uuid, NULL,
                                   error);
}

/* What is left must not be in the way of the next start; why it was undone is told already. */
static void undo(RvObject *object, const void *live, RvOperation *op)
{
    g_autoptr(GError) error = NULL;
    if (!object->kind->stop(object, live, op, &error) || !forget(object, &error))
        rv_log_error("%s '%s' cannot be undone: %s", object->kind->words, object->name,
                     error->message);
}

bool rv_object_start(RvObject *object, const RvObjectDef *def, RvOperation *op, GError **error)
{
    const RvObjectKind *kind = object->kind;
    g_autoptr(RvObjectDef) before =
        rv_object_def_new(kind, rv_xml_copy(kind->xml, def->def), RV_FORMAT_LIVE);
    if (!note(object, STARTING, before, error))
        return false;
    void *live = rv_xml_copy(kind->xml, def->def);
    if (!kind->start(object, live, op, error)) {
        undo(object, live, op);
        rv_xml_free(kind->xml, live);
        return false;
    }
    g_autoptr(RvObjectDef) after = rv_object_def_new(kind, live, RV_FORMAT_LIVE);
    if (!note(object, ACTIVE, after, error)) {
        undo(object, live, op);
        return false;
    }
    object->starting = g_steal_pointer(&after);
    return true;
}

void rv_object_started(RvObject *object)
{
    g_autoptr(RvObjectDef) live = g_steal_pointer(&object->starting);
    rv_object_set_live(object, live);
}

bool rv_object_stop(RvObject *object, RvOperation *op, GError **error)
{
    g_autoptr(RvObjectView) view = rv_object_get_view(object);
    return note(object, ENDING, view->live, error) &&
           object->kind->stop(object, view->live->def, op, error) && forget(object, error);
}

void rv_object_stopped(RvObject *object)
{
    rv_object_set_live(object, NULL);
}

RvObjectDef *rv_object_change_live(RvObject *object, void *live, GError **error)
{
    g_autoptr(RvObjectDef) def = rv_object_def_new(object->kind, live, RV_FORMAT_LIVE);
    return note(object, ACTIVE, def, error) ? g_steal_pointer(&def) : NULL;
}

/* ---- What is stored ------------------------------------------------------------------------- */

static const RvObjectKind *find_kind(const char *name)
{
    for (size_t i = 0; rv_object_kinds[i]; i++) {
        if (g_str_equal(rv_object_kinds[i]->name, name))
            return rv_object_kinds[i];
    }
    return NULL;
}

static RvObject *restore(RvCore *core, const RvStored *stored, GError **error)
{
    const RvObjectKind *kind = find_kind(stored->kind);
    if (!kind) {
        rv_error_set(error, RV_ERR_INTERNAL, "this version knows no such objects");
        return NULL;
    }
    void *parsed = rv_xml_parse(kind->xml, kind->root, stored->text, strlen(stored->text), 0, NULL,
                                error);
    if (!parsed)
        return NULL;
    g_autoptr(RvObjectDef) def = rv_object_def_new(kind, parsed, 0);
    RvObject *object = rv_object_reserve(core, kind, parsed, error);
    if (!object)
        return NULL;
    RvObjectView *view = g_new(RvObjectView, 1);
    *view = (RvObjectView){
        .refs = 1,
        .persistent = true,
        .autostart = stored->autostart,
        .config = g_steal_pointer(&def),
    };
    rv_object_restore(object, view);
    return object;
}

void rv_objects_take_stored(RvCore *core, const RvStored *stored)
{
    g_autoptr(GError) error = NULL;
    RvObject *object = restore(core, stored, &error);
    if (object && stored->warnings)
        object->warnings = g_ptr_array_ref(stored->warnings);
    if (!object)
        rv_log_error("%s '%s' is left out: %s", stored->kind, stored->name, error->message);
}

/* ---- What a former daemon left -------------------------------------------------------------- */

typedef struct {
    RvObject *object; /* a reference */
    void *live;
    RvObjectDef *found; /* NULL: nothing to take over */
    RvLoopFunc done;
    void *data;
} Order;

static void order_free(void *data)
{
    Order *order = data;
    if (order->live)
        rv_xml_free(order->object->kind->xml, order->live);
    rv_object_def_unref(order->found);
    rv_object_unref(order->object);
    g_free(order);
}

static void submit(Order *order, RvJobKind kind, RvJobWork work, RvJobDone done)
{
    g_autoptr(GError) error = NULL;
    const RvJobSpec spec = {
        .kind = kind,
        .owner = "reeved",
        .work = work,
        .done = done,
        .data = order,
        .free_data = order_free,
    };
    if (!rv_job_submit(order->object->jobs, &spec, &error)) {
        done(NULL, order, error);
        order_free(order);
    }
}

static bool adopt_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    Order *order = data;
    RvObject *object = order->object;
    if (object->kind->adopt(object, order->live, op, error)) {
        order->found = rv_object_change_live(object, g_steal_pointer(&order->live), error);
        return order->found;
    }
    undo(object, order->live, op);
    return false;
}

static void adopt_done(RvJob *job, void *data, const GError *error)
{
    Order *order = data;
    RvObject *object = order->object;
    if (error) {
        rv_log_error("%s '%s' is not active any more: %s", object->kind->words, object->name,
                     error->message);
        rv_object_stopped(object);
    } else {
        rv_log_info("%s '%s' is found again", object->kind->words, object->name);
        rv_object_set_live(object, order->found);
    }
}

static bool undo_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    Order *order = data;
    return order->object->kind->stop(order->object, order->live, op, error) &&
           forget(order->object, error);
}

static void undo_done(RvJob *job, void *data, const GError *error)
{
    RvObject *object = ((Order *)data)->object;
    if (error)
        rv_log_error("%s '%s': what a former daemon had begun cannot be undone: %s",
                     object->kind->words, object->name, error->message);
    else
        rv_log_info("%s '%s': what a former daemon had begun is undone", object->kind->words,
                    object->name);
}

static void show(RvObject *object, void *live)
{
    RvObjectView *view = g_new(RvObjectView, 1);
    const RvObjectView *known = object->view;
    *view = (RvObjectView){
        .refs = 1,
        .active = true,
        .persistent = known->persistent,
        .autostart = known->autostart,
        .since_us = g_get_real_time(),
        .config = known->config ? rv_object_def_ref(known->config) : NULL,
        .live = rv_object_def_new(object->kind, rv_xml_copy(object->kind->xml, live),
                                  RV_FORMAT_LIVE),
    };
    rv_object_restore(object, view);
}

static bool recover_one(RvCore *core, const RvObjectKind *kind, json_t *content, GError **error)
{
    const char *text, *phase;
    json_error_t fault;
    if (json_unpack_ex(content, &fault, 0, "{ss ss}", "phase", &phase, "live", &text) < 0) {
        rv_error_set(error, RV_ERR_INTERNAL, "%s", fault.text);
        return false;
    }
    void *live =
        rv_xml_parse(kind->xml, kind->root, text, strlen(text), RV_FORMAT_LIVE, NULL, error);
    RvObject *object = live ? rv_object_reserve(core, kind, live, error) : NULL;
    if (!object) {
        if (live)
            rv_xml_free(kind->xml, live);
        return false;
    }
    Order *order = g_new0(Order, 1);
    order->object = rv_object_ref(object);
    order->live = live;
    if (g_str_equal(phase, phases[ACTIVE])) {
        show(object, live);
        submit(order, RV_JOB_ADOPT, adopt_work, adopt_done);
    } else {
        submit(order, RV_JOB_ADOPT, undo_work, undo_done);
    }
    return true;
}

bool rv_objects_recover(RvCore *core, GError **error)
{
    for (size_t i = 0; rv_object_kinds[i]; i++) {
        const RvObjectKind *kind = rv_object_kinds[i];
        g_autoptr(GPtrArray) all = rv_run_state_load_objects(core->run_state, kind->name, error);
        if (!all)
            return false;
        for (guint j = 0; j < all->len; j++) {
            g_autoptr(GError) fault = NULL;
            if (!recover_one(core, kind, all->pdata[j], &fault))
                rv_log_error("a %s may be active, but cannot be taken over: %s", kind->words,
                             fault->message);
        }
    }
    return true;
}

/* ---- Autostart ------------------------------------------------------------------------------ */

typedef struct {
    RvCore *core;
    unsigned running;
    RvLoopFunc done;
    void *data;
} Autostart;

static void one_started(void *data)
{
    Autostart *autostart = data;
    if (--autostart->running > 0)
        return;
    autostart->done(autostart->data);
    g_free(autostart);
}

static bool start_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    RvObject *object = ((Order *)data)->object;
    g_autoptr(RvObjectView) view = rv_object_get_view(object);
    return view->active || !view->config || rv_object_start(object, view->config, op, error);
}

static void start_done(RvJob *job, void *data, const GError *error)
{
    Order *order = data;
    RvObject *object = order->object;
    if (error)
        rv_log_error("%s '%s' could not be started: %s", object->kind->words, object->name,
                     error->message);
    else if (object->starting)
        rv_object_started(object);
    rv_loop_post(object->core->loop, order->done, order->data);
}

static void start_one(RvObject *object, void *data)
{
    Autostart *autostart = data;
    if (!object->view->autostart || object->view->active)
        return;
    Order *order = g_new0(Order, 1);
    order->object = rv_object_ref(object);
    order->done = one_started;
    order->data = autostart;
    autostart->running++;
    submit(order, RV_JOB_START, start_work, start_done);
}

void rv_objects_autostart(RvCore *core, RvLoopFunc done, void *data)
{
    Autostart *autostart = g_new(Autostart, 1);
    *autostart = (Autostart){.core = core, .running = 1, .done = done, .data = data};
    rv_objects_foreach(core->objects, NULL, start_one, autostart);
    rv_loop_post(core->loop, one_started, autostart);
}

/* ---- The end -------------------------------------------------------------------------------- */

static void close_queue(RvObject *object, void *data)
{
    rv_job_queue_close(object->jobs);
}

void rv_objects_stop(RvCore *core)
{
    rv_objects_foreach(core->objects, NULL, close_queue, NULL);
}

static void see_idle(RvObject *object, void *data)
{
    *(bool *)data = *(bool *)data && rv_job_queue_is_idle(object->jobs);
}

bool rv_objects_are_idle(RvCore *core)
{
    bool idle = true;
    rv_objects_foreach(core->objects, NULL, see_idle, &idle);
    return idle;
}
