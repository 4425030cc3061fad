/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <clock>: what time the guest sees, and with which timers. */

#include "model/device.h"
#include "model/xml-table.h"

typedef enum {
    RV_CLOCK_UTC,
    RV_CLOCK_LOCALTIME,
    RV_CLOCK_VARIABLE,
    RV_CLOCK_TIMEZONE,
    RV_CLOCK_ABSOLUTE,
    RV_CLOCK_LAST,
} RvClockOffset;
RV_ENUM_DECLARE(rv_clock_offset, RvClockOffset);

typedef enum { RV_CLOCK_BASIS_UTC, RV_CLOCK_BASIS_LOCALTIME, RV_CLOCK_BASIS_LAST } RvClockBasis;
RV_ENUM_DECLARE(rv_clock_basis, RvClockBasis);

/* Of `adjustment`, where it is no number of seconds. */
#define RV_CLOCK_NOT_ADJUSTED INT64_MIN
#define RV_CLOCK_RESET (INT64_MIN + 1) /* what the guest sets is forgotten at each start */

typedef enum {
    RV_TIMER_PLATFORM,
    RV_TIMER_PIT,
    RV_TIMER_RTC,
    RV_TIMER_HPET,
    RV_TIMER_TSC,
    RV_TIMER_KVMCLOCK,
    RV_TIMER_HYPERVCLOCK,
    RV_TIMER_ARMVTIMER,
    RV_TIMER_LAST,
} RvTimerName;
RV_ENUM_DECLARE(rv_timer_name, RvTimerName);

typedef enum {
    RV_TICK_NONE,
    RV_TICK_DELAY,
    RV_TICK_CATCHUP,
    RV_TICK_MERGE,
    RV_TICK_DISCARD,
    RV_TICK_LAST,
} RvTickPolicy;
RV_ENUM_DECLARE(rv_tick_policy, RvTickPolicy);

typedef enum {
    RV_TRACK_NONE,
    RV_TRACK_BOOT,
    RV_TRACK_GUEST,
    RV_TRACK_WALL,
    RV_TRACK_REALTIME,
    RV_TRACK_LAST,
} RvTimerTrack;
RV_ENUM_DECLARE(rv_timer_track, RvTimerTrack);

typedef enum {
    RV_TIMER_MODE_NONE,
    RV_TIMER_MODE_AUTO,
    RV_TIMER_MODE_NATIVE,
    RV_TIMER_MODE_EMULATE,
    RV_TIMER_MODE_PARAVIRT,
    RV_TIMER_MODE_SMPSAFE,
    RV_TIMER_MODE_LAST,
} RvTimerMode;
RV_ENUM_DECLARE(rv_timer_mode, RvTimerMode);

typedef struct {
    RvTimerName name;
    RvTristate present;
    RvTickPolicy tick_policy;
    RvTimerTrack track;
    uint64_t frequency; /* Hz; of the TSC; 0: not said */
    RvTimerMode mode;   /* of the TSC */
    uint64_t threshold, slew, limit; /* of the policy catchup; 0: not said */
} RvGuestTimer;

typedef struct {
    RvClockOffset offset;
    int64_t adjustment; /* s, of variable; RV_CLOCK_RESET or not adjusted, of UTC and local time */
    RvClockBasis basis; /* of variable */
    char *timezone;
    uint64_t start; /* of absolute: s since 1970 */
    GPtrArray *timers; /* RvGuestTimer */
} RvClock;

/* NULL: nothing is said of it. */
const RvGuestTimer *rv_clock_find_timer(const RvClock *clock, RvTimerName name);

extern const RvXmlType rv_clock_xml;
