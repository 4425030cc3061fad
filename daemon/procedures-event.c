/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"
#include "daemon/procedures-object.h"

#include <string.h>

#include "base/error.h"
#include "daemon/event.h"
#include "daemon/session.h"

enum { MAX_LISTENERS = 1024, EVENT_LEGACY_LAST = 15 };

/* Messages about objects that are no domains. */
static const unsigned object_messages[RV_EVENT_LAST] = {
    [RV_EVENT_NETWORK_LIFECYCLE] = WIRE_NETWORK_EVENT_LIFECYCLE,
    [RV_EVENT_POOL_LIFECYCLE] = WIRE_POOL_EVENT_LIFECYCLE,
    [RV_EVENT_POOL_REFRESH] = WIRE_POOL_EVENT_REFRESH,
};

/* One registration of one client. */
typedef struct {
    RvSession *session; /* which owns it */
    RvSubscription *subscription;
    RvEventId event;
    int id;      /* the client's handle */
    bool legacy; /* by procedures that know no handles: told in messages without one */
} Listener;

static void listener_free(void *data)
{
    Listener *listener = data;
    rv_events_unsubscribe(listener->session->core->events, listener->subscription);
    g_free(listener);
}

/* ---- Telling -------------------------------------------------------------------------------- */

static wire_domain domain_of(const RvEvent *event)
{
    wire_domain domain = {.name = (char *)event->name, .id = event->domain_id};
    memcpy(domain.uuid, event->uuid.bytes, sizeof(domain.uuid));
    return domain;
}

/* Messages with a handle have the others within, behind it. */
#define SEND(listener, kind, KIND, ...)                                                            \
    do {                                                                                           \
        wire_domain_event_callback_##kind##_msg message = {(listener)->id, {__VA_ARGS__}};         \
        if ((listener)->legacy)                                                                    \
            rv_session_send_event((listener)->session, WIRE_DOMAIN_EVENT_##KIND,                   \
                                  (xdrproc_t)xdr_wire_domain_event_##kind##_msg, &message.event);  \
        else                                                                                       \
            rv_session_send_event((listener)->session, WIRE_DOMAIN_EVENT_CALLBACK_##KIND,          \
                                  (xdrproc_t)xdr_wire_domain_event_callback_##kind##_msg,          \
                                  &message);                                                       \
    } while (0)

static void send_object_lifecycle(const Listener *listener, const RvEvent *event)
{
    wire_object_event_lifecycle_msg message = {
        .callback = listener->id,
        .object = {.name = (char *)event->name},
        .event = event->type,
        .detail = event->detail,
    };
    memcpy(message.object.uuid, event->uuid.bytes, sizeof(message.object.uuid));
    rv_session_send_event(listener->session, object_messages[event->id],
                          (xdrproc_t)xdr_wire_object_event_lifecycle_msg, &message);
}

static void send_pool_refresh(const Listener *listener, const RvEvent *event)
{
    wire_pool_event_refresh_msg message = {
        .callback = listener->id,
        .pool = {.name = (char *)event->name},
    };
    memcpy(message.pool.uuid, event->uuid.bytes, sizeof(message.pool.uuid));
    rv_session_send_event(listener->session, object_messages[event->id],
                          (xdrproc_t)xdr_wire_pool_event_refresh_msg, &message);
}

static void on_event(const RvEvent *event, void *data)
{
    const Listener *listener = data;
    switch (event->id) {
    case RV_EVENT_LIFECYCLE:
        SEND(listener, lifecycle, LIFECYCLE, domain_of(event), event->type, event->detail);
        break;
    case RV_EVENT_REBOOT:
        SEND(listener, reboot, REBOOT, domain_of(event));
        break;
    case RV_EVENT_RTC_CHANGE:
        SEND(listener, rtc_change, RTC_CHANGE, domain_of(event), event->offset);
        break;
    case RV_EVENT_WATCHDOG:
        SEND(listener, watchdog, WATCHDOG, domain_of(event), event->detail);
        break;
    case RV_EVENT_POOL_REFRESH:
        send_pool_refresh(listener, event);
        break;
    case RV_EVENT_NETWORK_LIFECYCLE:
    case RV_EVENT_POOL_LIFECYCLE:
        send_object_lifecycle(listener, event);
        break;
    default:
        g_assert_not_reached();
    }
}

/* ---- Listening ------------------------------------------------------------------------------ */

/* `driver` and `uuid` filter; each may be NULL. */
static Listener *listen_to(RvCall *call, RvEventId event, const RvDriver *driver,
                           const RvUuid *uuid, bool legacy, GError **error)
{
    RvSession *session = call->session;
    if (!session->listeners)
        session->listeners = g_ptr_array_new_with_free_func(listener_free);
    if (session->listeners->len >= MAX_LISTENERS) {
        rv_error_set(error, RV_ERR_RESOURCE_BUSY, "this client listens to %u events already",
                     MAX_LISTENERS);
        return NULL;
    }
    Listener *listener = g_new0(Listener, 1);
    listener->session = session;
    listener->event = event;
    listener->legacy = legacy;
    listener->id = ++session->last_listener;
    listener->subscription =
        rv_events_subscribe(call->core->events, event, driver, uuid, on_event, listener);
    g_ptr_array_add(session->listeners, listener);
    return listener;
}

static bool check_event(int event, int last, GError **error)
{
    if (event >= 0 && event < last)
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "unsupported event ID %d", event);
    return false;
}

static Listener *add_listener(RvCall *call, int event, int last, const wire_domain *domain,
                              bool legacy, GError **error)
{
    RvUuid uuid;
    if (domain)
        memcpy(uuid.bytes, domain->uuid, sizeof(uuid.bytes));
    return check_event(event, last, error) ? listen_to(call, (RvEventId)event, rv_call_driver(call),
                                                       domain ? &uuid : NULL, legacy, error)
                                           : NULL;
}

bool rv_object_listen(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_object_event_register_any_args *wish = args;
    const RvObjectKind *kind = call->procedure->kind;
    RvUuid uuid;
    if (wish->object)
        memcpy(uuid.bytes, wish->object->uuid, sizeof(uuid.bytes));
    if (!check_event(wish->event, kind->n_events, error))
        return false;
    const Listener *listener =
        listen_to(call, kind->lifecycle + (unsigned)wish->event, NULL, wish->object ? &uuid : NULL,
                  false, error);
    if (listener)
        ((wire_int_ret *)ret)->value = listener->id;
    return listener;
}

static bool register_legacy(RvCall *call, const void *args, void *ret, GError **error)
{
    return add_listener(call, RV_EVENT_LIFECYCLE, EVENT_LEGACY_LAST + 1, NULL, true, error);
}

static bool register_any(RvCall *call, const void *args, void *ret, GError **error)
{
    return add_listener(call, ((const wire_connect_event_register_any_args *)args)->event,
                  EVENT_LEGACY_LAST + 1, NULL, true, error);
}

static bool register_callback(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_connect_event_callback_register_any_args *wish = args;
    const Listener *listener =
        add_listener(call, wish->event, RV_EVENT_DOMAIN_LAST, wish->domain, false, error);
    if (listener)
        ((wire_int_ret *)ret)->value = listener->id;
    return listener;
}

static bool forget(RvCall *call, int event, int id)
{
    GPtrArray *listeners = call->session->listeners;
    for (guint i = 0; listeners && i < listeners->len; i++) {
        const Listener *listener = listeners->pdata[i];
        if (id >= 0 ? listener->id == id && !listener->legacy
                    : listener->legacy && (int)listener->event == event) {
            g_ptr_array_remove_index(listeners, i);
            return true;
        }
    }
    return false;
}

static bool deregister_event(RvCall *call, int event, GError **error)
{
    if (forget(call, event, -1))
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "domain event %d not registered", event);
    return false;
}

static bool deregister_legacy(RvCall *call, const void *args, void *ret, GError **error)
{
    return deregister_event(call, RV_EVENT_LIFECYCLE, error);
}

static bool deregister_any(RvCall *call, const void *args, void *ret, GError **error)
{
    return deregister_event(call, ((const wire_connect_event_register_any_args *)args)->event,
                            error);
}

static bool deregister_callback(RvCall *call, const void *args, void *ret, GError **error)
{
    int id = ((const wire_connect_event_callback_deregister_any_args *)args)->callback;
    if (id >= 0 && forget(call, 0, id))
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "domain event callback %d not registered", id);
    return false;
}

bool rv_object_unlisten(RvCall *call, const void *args, void *ret, GError **error)
{
    int id = ((const wire_object_event_deregister_any_args *)args)->callback;
    if (id >= 0 && forget(call, 0, id))
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "%s event callback %d not registered",
                 call->procedure->kind->words, id);
    return false;
}

static const RvProcedure rows[] = {
    {.number = WIRE_CONNECT_EVENT_REGISTER, .name = "connect-domain-event-register",
     RV_PROC_RET(wire_int_ret), .right = RV_RIGHT_READ, .answer = register_legacy},

    {.number = WIRE_CONNECT_EVENT_DEREGISTER, .name = "connect-domain-event-deregister",
     RV_PROC_RET(wire_int_ret), .right = RV_RIGHT_READ, .answer = deregister_legacy},

    {.number = WIRE_CONNECT_EVENT_REGISTER_ANY, .name = "connect-domain-event-register-any",
     RV_PROC_ARGS(wire_connect_event_register_any_args),
     .right = RV_RIGHT_READ, .answer = register_any},

    {.number = WIRE_CONNECT_EVENT_DEREGISTER_ANY, .name = "connect-domain-event-deregister-any",
     RV_PROC_ARGS(wire_connect_event_register_any_args),
     .right = RV_RIGHT_READ, .answer = deregister_any},

    {.number = WIRE_CONNECT_EVENT_CALLBACK_REGISTER_ANY,
     .name = "connect-domain-event-callback-register-any",
     RV_PROC_ARGS(wire_connect_event_callback_register_any_args), RV_PROC_RET(wire_int_ret),
     .right = RV_RIGHT_READ, .answer = register_callback},

    {.number = WIRE_CONNECT_EVENT_CALLBACK_DEREGISTER_ANY,
     .name = "connect-domain-event-callback-deregister-any",
     RV_PROC_ARGS(wire_connect_event_callback_deregister_any_args),
     .right = RV_RIGHT_READ, .answer = deregister_callback},
};
const RvProcedureTable rv_procedures_event = RV_PROCEDURE_TABLE(rows);
