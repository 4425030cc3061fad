/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/event.h"

/*
 * One list of subscriptions for each event id. A subscription that is removed while events are
 * being handed out is only marked; the outermost emit() sweeps.
 */
struct RvSubscription {
    RvEventId id;
    const RvDriver *driver;
    bool any_uuid;
    RvUuid uuid;
    RvEventFunc func; /* NULL: removed */
    void *data;
};

struct RvEvents {
    GPtrArray *lists[RV_EVENT_LAST]; /* RvSubscription, owned; NULL: never asked for */
    unsigned emitting;
    bool sweep;
};

RvEvents *rv_events_new(void)
{
    return g_new0(RvEvents, 1);
}

void rv_events_free(RvEvents *events)
{
    if (!events)
        return;
    for (unsigned i = 0; i < RV_EVENT_LAST; i++)
        if (events->lists[i])
            g_ptr_array_unref(events->lists[i]);
    g_free(events);
}

RvSubscription *rv_events_subscribe(RvEvents *events, RvEventId id, const RvDriver *driver,
                                    const RvUuid *uuid, RvEventFunc func, void *data)
{
    g_assert((unsigned)id < RV_EVENT_LAST);
    RvSubscription *subscription = g_new(RvSubscription, 1);
    *subscription = (RvSubscription){
        .id = id,
        .driver = driver,
        .any_uuid = !uuid,
        .uuid = uuid ? *uuid : (RvUuid){},
        .func = func,
        .data = data,
    };
    if (!events->lists[id])
        events->lists[id] = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(events->lists[id], subscription);
    return subscription;
}

void rv_events_unsubscribe(RvEvents *events, RvSubscription *subscription)
{
    if (events->emitting) {
        subscription->func = NULL;
        events->sweep = true;
    } else {
        g_ptr_array_remove(events->lists[subscription->id], subscription);
    }
}

static void sweep(RvEvents *events)
{
    events->sweep = false;
    for (unsigned id = 0; id < RV_EVENT_LAST; id++) {
        GPtrArray *list = events->lists[id];
        for (guint i = list ? list->len : 0; i-- > 0;) {
            RvSubscription *subscription = list->pdata[i];
            if (!subscription->func)
                g_ptr_array_remove_index(list, i);
        }
    }
}

static bool wants(const RvSubscription *subscription, const RvEvent *event)
{
    return subscription->func && (!subscription->driver || subscription->driver == event->driver) &&
           (subscription->any_uuid || rv_uuid_equal(&subscription->uuid, &event->uuid));
}

void rv_events_emit(RvEvents *events, const RvEvent *event)
{
    GPtrArray *list = events->lists[event->id];
    if (!list)
        return;

    events->emitting++;
    guint n = list->len; /* who subscribes from now on gets the next one */
    for (guint i = 0; i < n; i++) {
        RvSubscription *subscription = list->pdata[i];
        if (wants(subscription, event))
            subscription->func(event, subscription->data);
    }
    if (--events->emitting == 0 && events->sweep)
        sweep(events);
}
