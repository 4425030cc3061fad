/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The process that watches all domains (reeve-libxl watch) and answers what only reports. It has a
 * thread of its own here, which starts it again when it dies. An answer that does not come in time
 * has it killed: then it hangs in libxl.
 */

#include <jansson.h>
#include <stdbool.h>

#include "drivers/driver.h"

typedef struct XenWatcher XenWatcher;

/* On the watcher's thread. `domains`: all there are now, as toolstack/report.h packs them. */
typedef struct {
    void (*domains)(void *data, const json_t *domains);
    void (*stopped)(void *data, int domid, const char *uuid, const char *reason);
    void (*gone)(void *data, int domid, const char *uuid);
} XenWatcherFuncs;

XenWatcher *xen_watcher_new(const XenWatcherFuncs *funcs, void *data);
void xen_watcher_stop(XenWatcher *watcher); /* ends the thread and the process: nothing is told any
                                               more, and no question answered */
void xen_watcher_free(XenWatcher *watcher); /* stops it first */

/* [job] Waits until the domains were told for the first time. False: why it cannot work. */
G_GNUC_WARN_UNUSED_RESULT bool xen_watcher_await(XenWatcher *watcher, int timeout_ms,
                                                 GError **error);

/* [job] As xen_toolstack_run(), by the watcher. */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_watcher_ask(XenWatcher *watcher, const char *operation,
                                                  json_t *arguments, int timeout_ms,
                                                  GError **error);
/* [any] Has the domains told again. */
void xen_watcher_look(XenWatcher *watcher, unsigned after_ms); /* 0: at once */
