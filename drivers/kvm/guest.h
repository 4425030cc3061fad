/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One emulator process and all that belongs to it: guest->priv. Made by start() or adopt(), let go
 * by free(); what still runs on the loop then holds a reference, but finds `guest` gone.
 *
 * Its folder, RUN/drivers/kvm/UUID, is for root alone and has the sockets and the FIFO of its
 * output. What another daemon needs to find it: kvm_guest_remember().
 */

#include <glib.h>
#include <jansson.h>

#include "base/cgroup.h"
#include "base/process.h"
#include "drivers/driver.h"
#include "drivers/kvm/output.h"
#include "drivers/kvm/qmp.h"

#define KVM_MONITOR_SOCKET "monitor"

typedef struct {
    int refs;
    RvGuest *guest; /* NULL after free(); the loop's, and that of jobs of this guest */
    const RvDriverHost *host;
    char *folder;

    /* Fixed once it has been started or found. */
    uid_t uid; /* 0: none of its own */
    RvProcessId process;
    int pidfd;
    RvCgroup *cgroup; /* NULL: none */
    KvmOutput *output;
    Qmp *qmp; /* NULL: it was found, but did not answer */

    /* Any thread, atomic. */
    int commanded; /* a command that stops or resumes it is on its way: its events are no news */
    int destroying;
    int rebooting; /* it was told to shut down in order to boot again */

    /* The loop's. */
    RvWatch *watch; /* of pidfd */
    RvTimer *loss;  /* the monitor was lost, and the process may end now */
    bool ended;
    bool shut_down, panicked;
    int stop_reason; /* RvPausedReason of the stop that an event has announced */
} KvmGuest;

KvmGuest *kvm_guest_new(RvGuest *guest);
KvmGuest *kvm_guest_ref(KvmGuest *kvm);
void kvm_guest_unref(KvmGuest *kvm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KvmGuest, kvm_guest_unref)

static inline KvmGuest *kvm_guest(const RvGuest *guest)
{
    return guest->priv;
}

/* Whether it boots again, in the same emulator, when it has powered off. */
static inline bool kvm_guest_restarts(const RvGuest *guest)
{
    return guest->def->on_poweroff == RV_LIFECYCLE_RESTART;
}

char *kvm_guest_folder(const RvGuest *guest);

/* Its cgroup's name: the UUID, and which daemon's it is, since another on this host, with another
 * run directory, may have a guest of the same UUID. To be freed. */
char *kvm_guest_cgroup_name(const RvGuest *guest);

/* { "pid", "started", "uid", "asked-cpu" }; less before it has been started. */
json_t *kvm_guest_remember(const RvGuest *guest);

/* What kvm_guest_remember() said; zeros where it did not. */
void kvm_guest_recall(json_t *remembered, RvProcessId *ret_process, uid_t *ret_uid);

/* [job] Connects to the monitor and begins to talk. `verify`: the socket must be the process's. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_guest_connect(KvmGuest *kvm, bool verify, GError **error);

/* [job] Has the loop watch the process and its output, from now on. */
void kvm_guest_watch(KvmGuest *kvm);

/* [loop] Stops all that, for good. */
void kvm_guest_detach(KvmGuest *kvm);

/* [any] The monitor, or NULL with an error that says that there is none. */
Qmp *kvm_guest_qmp(const RvGuest *guest, GError **error);

/* [job] One command to the guest's monitor, with the usual deadline; `arguments` taken over. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_guest_command(RvGuest *guest, const char *command,
                                                 json_t *arguments, RvOperation *op,
                                                 GError **error);
