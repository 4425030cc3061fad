/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Events about domains and other objects, and who listens to them. I/O thread only. Ids of domains'
 * events, types and details are the numbers of libvirt's virDomainEventID and its lifecycle enums. */

#include <glib.h>
#include <stdint.h>

#include "base/uuid.h"
#include "drivers/driver.h"

typedef enum {
    RV_EVENT_LIFECYCLE = 0,
    RV_EVENT_REBOOT = 1,
    RV_EVENT_RTC_CHANGE = 2,
    RV_EVENT_WATCHDOG = 3,
    RV_EVENT_DOMAIN_LAST = 27, /* ids below this may be subscribed to, whether or not ever emitted */

    RV_EVENT_NETWORK_LIFECYCLE = RV_EVENT_DOMAIN_LAST,
    RV_EVENT_POOL_LIFECYCLE,
    RV_EVENT_POOL_REFRESH,
    RV_EVENT_LAST,
} RvEventId;

typedef enum {
    RV_LIFECYCLE_DEFINED = 0,
    RV_LIFECYCLE_UNDEFINED = 1,
    RV_LIFECYCLE_STARTED = 2,
    RV_LIFECYCLE_SUSPENDED = 3,
    RV_LIFECYCLE_RESUMED = 4,
    RV_LIFECYCLE_STOPPED = 5,
    RV_LIFECYCLE_SHUTDOWN = 6,
    RV_LIFECYCLE_PMSUSPENDED = 7,
    RV_LIFECYCLE_CRASHED = 8,
} RvLifecycleType;

typedef struct {
    RvEventId id;
    const RvDriver *driver; /* NULL: of an object that is no domain */
    RvUuid uuid;
    const char *name;
    int domain_id;
    int type, detail; /* lifecycle; watchdog: action in `detail` */
    int64_t offset;   /* rtc change */
} RvEvent;

typedef struct RvEvents RvEvents;
typedef struct RvSubscription RvSubscription;
typedef void (*RvEventFunc)(const RvEvent *event, void *data);

RvEvents *rv_events_new(void);
void rv_events_free(RvEvents *events);

/* `driver` and `uuid` (each may be NULL: any) filter. May be removed from within a callback. */
RvSubscription *rv_events_subscribe(RvEvents *events, RvEventId id, const RvDriver *driver,
                                    const RvUuid *uuid, RvEventFunc func, void *data);
void rv_events_unsubscribe(RvEvents *events, RvSubscription *subscription);

void rv_events_emit(RvEvents *events, const RvEvent *event);
