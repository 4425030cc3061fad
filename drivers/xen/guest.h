/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The driver's side of one running domain: RvGuest.priv. */

#include "drivers/driver.h"
#include "drivers/xen/watcher.h"

typedef struct {
    int domid;    /* -1: not created yet; under the host's lock */
    bool foreign; /* another toolstack made it, and removes it: xl, or Xen itself (Domain-0) */
    bool ending;  /* by us: its end is not to be reported; under the host's lock */
    bool saving;  /* by us: that it suspends is no news; under the host's lock */
    int64_t wake_until_us; /* it may still suspend for a save that came to nothing, and is then to go
                              on; monotonic; under the host's lock */
    bool paused;  /* as the core knows it; under the host's lock */
    unsigned moving; /* jobs that pause or unpause it; under the host's lock */
    bool removed;    /* of it nothing is left; jobs' own */
    int model;       /* pidfd of its device model; -1: none that is known; jobs' own */
} XenGuest;

static inline XenGuest *xen_guest(const RvGuest *guest)
{
    return guest->priv;
}

static inline bool xen_guest_is_first(const RvGuest *guest)
{
    return guest->def->id == 0;
}

/* Reports to the core what the watcher tells, from the moment a guest is known to it. */
extern const XenWatcherFuncs xen_guest_watcher_funcs;

/* [job] Makes priv, with the guest known to the watcher from now on. `domid` -1: it is to be
 * created; then xen_guest_created() says when it was. */
void xen_guest_begin(RvGuest *guest, int domid, bool foreign);
void xen_guest_created(RvGuest *guest, int domid);
/* [any] The watcher knows it no more. Idempotent. */
void xen_guest_forget(RvGuest *guest);
/* [job] Its end is not to be reported: it is ours. */
void xen_guest_end(RvGuest *guest);
/* [job] It could not be ended: it is reported again. */
void xen_guest_live_on(RvGuest *guest);
/* [job] Learns the device model from an answer of the toolstack ("model" in it). */
void xen_guest_learn_model(RvGuest *guest, const json_t *answer);
/* [job] It is gone: reaps its device model. */
void xen_guest_reap_model(RvGuest *guest);
/* [job] Around what pauses or unpauses it: what is seen meanwhile says nothing. */
void xen_guest_move(RvGuest *guest);
void xen_guest_moved(RvGuest *guest, bool paused);
/* [any] As far as is known. */
bool xen_guest_is_paused(RvGuest *guest);
/* [any] Whether it was paused or unpaused by others; they are believed from now on. */
bool xen_guest_see_paused(RvGuest *guest, bool paused);
/* [job] Around a save. One that ends without success has the guest go on, at once or as soon as it
 * has suspended. */
void xen_guest_begin_save(RvGuest *guest);
G_GNUC_WARN_UNUSED_RESULT bool xen_guest_go_on(RvGuest *guest, GError **error);
/* [any] What a domain that has stopped means, by libxl's name of the reason. */
void xen_guest_report_stop(RvGuest *guest, const char *reason);

/* {"uuid": ...}, for the toolstack: a new reference. */
json_t *xen_guest_arguments(const RvGuest *guest);
