/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What state a domain can be in, why, and which moves between states are legal. The numbers of
 * states and reasons are those of libvirt's virDomainState and its reason enums (they travel on
 * the wire). The only setter is rv_domain_set_state() in daemon/domain.h.
 */

#include <stdbool.h>

#include "base/enum.h"

typedef enum {
    RV_DOMAIN_NOSTATE = 0,
    RV_DOMAIN_RUNNING = 1,
    RV_DOMAIN_BLOCKED = 2,
    RV_DOMAIN_PAUSED = 3,
    RV_DOMAIN_SHUTDOWN = 4, /* being shut down */
    RV_DOMAIN_SHUTOFF = 5,
    RV_DOMAIN_CRASHED = 6,
    RV_DOMAIN_PMSUSPENDED = 7,
    RV_DOMAIN_STATE_LAST,
} RvDomainState;
RV_ENUM_DECLARE(rv_domain_state, RvDomainState);

typedef enum {
    RV_RUNNING_UNKNOWN = 0,
    RV_RUNNING_BOOTED = 1,
    RV_RUNNING_MIGRATED = 2,
    RV_RUNNING_RESTORED = 3,
    RV_RUNNING_FROM_SNAPSHOT = 4,
    RV_RUNNING_UNPAUSED = 5,
    RV_RUNNING_MIGRATION_CANCELED = 6,
    RV_RUNNING_SAVE_CANCELED = 7,
    RV_RUNNING_WAKEUP = 8,
    RV_RUNNING_CRASHED = 9,
    RV_RUNNING_POSTCOPY = 10,
    RV_RUNNING_POSTCOPY_FAILED = 11,
} RvRunningReason;

typedef enum {
    RV_PAUSED_UNKNOWN = 0,
    RV_PAUSED_USER = 1,
    RV_PAUSED_MIGRATION = 2,
    RV_PAUSED_SAVE = 3,
    RV_PAUSED_DUMP = 4,
    RV_PAUSED_IOERROR = 5,
    RV_PAUSED_WATCHDOG = 6,
    RV_PAUSED_FROM_SNAPSHOT = 7,
    RV_PAUSED_SHUTTING_DOWN = 8,
    RV_PAUSED_SNAPSHOT = 9,
    RV_PAUSED_CRASHED = 10,
    RV_PAUSED_STARTING_UP = 11,
    RV_PAUSED_POSTCOPY = 12,
    RV_PAUSED_POSTCOPY_FAILED = 13,
} RvPausedReason;

typedef enum {
    RV_SHUTDOWN_UNKNOWN = 0,
    RV_SHUTDOWN_USER = 1,
    RV_SHUTDOWN_BY_GUEST = 16, /* for the event only; a view says RV_SHUTDOWN_UNKNOWN */
    RV_SHUTDOWN_BY_HOST = 17,
} RvShutdownReason;

typedef enum {
    RV_SHUTOFF_UNKNOWN = 0,
    RV_SHUTOFF_SHUTDOWN = 1,
    RV_SHUTOFF_DESTROYED = 2,
    RV_SHUTOFF_CRASHED = 3,
    RV_SHUTOFF_MIGRATED = 4,
    RV_SHUTOFF_SAVED = 5,
    RV_SHUTOFF_FAILED = 6,
    RV_SHUTOFF_FROM_SNAPSHOT = 7,
    RV_SHUTOFF_DAEMON = 8,
} RvShutoffReason;

typedef enum {
    RV_CRASHED_UNKNOWN = 0,
    RV_CRASHED_PANICKED = 1,
} RvCrashedReason;

/* NOSTATE is what a domain is in until it is known in which state its guest was found; it can
 * become any other, and none becomes it again. Not active: NOSTATE and SHUTOFF. */
bool rv_domain_state_is_active(RvDomainState state);

/* Whether a domain may go from one state to the other (to itself: yes, a change of reason). */
bool rv_domain_state_can_become(RvDomainState from, RvDomainState to);

/* "paused (user)": for people. Static. */
const char *rv_domain_state_reason_to_string(RvDomainState state, int reason);
