/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef enum {
    RV_WATCHDOG_RESET,
    RV_WATCHDOG_SHUTDOWN,
    RV_WATCHDOG_POWEROFF,
    RV_WATCHDOG_PAUSE,
    RV_WATCHDOG_DUMP,
    RV_WATCHDOG_NONE,
    RV_WATCHDOG_INJECT_NMI,
    RV_WATCHDOG_LAST,
} RvWatchdogAction;
RV_ENUM_DECLARE(rv_watchdog_action, RvWatchdogAction);

typedef struct {
    RvDevice device;
    char *model; /* i6300esb, ib700, diag288 */
    RvWatchdogAction action;
} RvWatchdog;

extern const RvXmlType rv_watchdog_xml;
