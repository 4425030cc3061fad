/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A user of its own for each live guest, uid and gid being the same number of a range that nothing
 * else on the host uses (settings kvm_uid_base, kvm_uid_count; by default 70000 to 89999, between
 * the system's own and the subordinate ids that adduser hands out). A number is taken by a file of
 * its name in the run directory, which holds the guest's UUID: so it stays taken while the daemon
 * is away, and is free after a reboot.
 */

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/uuid.h"
#include "drivers/driver.h"

/* What emulators run as while they are asked: the first of the range, which no guest gets. */
uid_t kvm_uids_for_probes(const RvDriverHost *host);

/* [job] Takes a free one for a guest that has none. */
G_GNUC_WARN_UNUSED_RESULT bool kvm_uids_take(const RvDriverHost *host, const RvUuid *owner,
                                             uid_t *ret_uid, GError **error);

/* [job] Gives it back, if it is this guest's. 0: which one it had is not known, so look. */
void kvm_uids_release(const RvDriverHost *host, const RvUuid *owner, uid_t uid);

/* Whether `uid` is of the range. */
bool kvm_uids_contains(const RvDriverHost *host, uid_t uid);
