/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/watchdog.h"

#include "base/error.h"
#include "model/device-xml.h"

RV_ENUM(rv_watchdog_action, RvWatchdogAction, RV_WATCHDOG_LAST, "reset", "shutdown", "poweroff",
        "pause", "dump", "none", "inject-nmi");

static const char *const model_names[] = {"i6300esb", "ib700", "diag288", NULL};

static const RvXmlRow watchdog_rows[] = {
    RV_XML_ATTRIBUTE(RvWatchdog, model, "model", string, .names = model_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI, .missing_code = RV_ERR_INTERNAL,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The hardware that the guest sees."),
    RV_XML_ATTRIBUTE(RvWatchdog, action, "action", enum, .names = rv_watchdog_action_names,
                     .flags = RV_XML_ALWAYS, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .fallback = "reset",
                     .doc = "What happens when the guest does not answer any more."),
    RV_DEVICE_ROWS(RvWatchdog),
};

const RvXmlType rv_watchdog_xml = {
    .doc = "A device that notices when the guest hangs.",
    .size = sizeof(RvWatchdog),
    RV_XML_ROWS(watchdog_rows),
};
