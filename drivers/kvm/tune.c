/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/tune.h"

#include "base/cgroup.h"
#include "base/error.h"
#include "drivers/kvm/guest.h"
#include "drivers/limits.h"

/* Memory is the controller that its cgroup has on every host. */

static char *folder(const void *guest, const char *controller)
{
    const RvCgroup *cgroup = kvm_guest(guest)->cgroup;
    bool v2;
    return cgroup && g_str_equal(controller, "memory") ? rv_cgroup_memory_folder(cgroup, &v2)
                                                       : NULL;
}

static RvLimitsPlace place_of(const RvGuest *guest)
{
    RvLimitsPlace place = {.folder = folder, .data = guest};
    if (kvm_guest(guest)->cgroup)
        g_free(rv_cgroup_memory_folder(kvm_guest(guest)->cgroup, &place.v2));
    return place;
}

bool kvm_tune_start(const RvGuest *guest, GError **error)
{
    const RvLimitsPlace place = place_of(guest);
    return rv_limits_start(&place, guest->def, 1 << RV_TUNE_MEMORY_LIMITS, error);
}

static bool apply(RvGuest *guest, const RvDomainDef *def, RvTuneWhat what, RvOperation *op,
                  GError **error)
{
    if (!kvm_guest(guest)) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the guest was not found again");
        return false;
    }
    const RvLimitsPlace place = place_of(guest);
    return rv_limits_change(&place, guest->def, def, what, error);
}

const RvTuneOps kvm_tune_ops = {
    .tunes = 1 << RV_TUNE_MEMORY_LIMITS,
    .has_threads = true,
    .apply = apply,
};
