/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the driver keeps for all guests: RvDriverHost.priv. */

#include "base/workers.h"
#include "drivers/driver.h"
#include "drivers/xen/watcher.h"

typedef struct {
    const RvDriverHost *host;
    XenWatcher *watcher; /* NULL: this host does not run under Xen, or there is no libxl */
    RvWorkers *learner;  /* one at a time asks libxl what strangers are, which takes its time: the
                            watcher's thread has the answers to others to read meanwhile */
    int closing;         /* atomic: nothing more is to be learnt */
    GMutex lock;
    GHashTable *guests; /* RvUuid of a guest that runs -> RvGuest; under lock */
    GHashTable *strangers; /* domid -> how often libxl did not know what it is; the learner's own */
} XenHost;

static inline XenHost *xen_host(const RvDriverHost *host)
{
    return host->priv;
}

/* [job] Waits for the watcher. False: there is no Xen here, and why. */
G_GNUC_WARN_UNUSED_RESULT bool xen_host_check(const RvDriverHost *host, GError **error);

/* [job] What Xen says of the host ("host" in toolstack/report.c), a new reference. */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_host_report(const RvDriverHost *host, GError **error);

extern const RvHostOps xen_host_ops;
