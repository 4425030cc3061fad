/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/tune.h"

#include "base/error.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"
#include "drivers/limits.h"

enum { ALL = RV_LIMITS_MEMORY | RV_LIMITS_CPU | RV_LIMITS_NUMA | RV_LIMITS_BLOCK_IO };

static char *folder(const void *guest, const char *controller)
{
    return container_cgroup_folder(container_host(((const RvGuest *)guest)->host)->cgroups,
                                   container_guest(guest)->cgroup, controller);
}

static RvLimitsPlace place_of(const RvGuest *guest)
{
    return (RvLimitsPlace){container_cgroups_is_v2(container_host(guest->host)->cgroups), folder,
                           guest};
}

bool container_tune_start(const RvGuest *guest, GError **error)
{
    const RvLimitsPlace place = place_of(guest);
    return rv_limits_start(&place, guest->def, ALL, error);
}

static bool apply(RvGuest *guest, const RvDomainDef *def, RvTuneWhat what, RvOperation *op,
                  GError **error)
{
    if (!container_guest(guest)) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the container was not found again");
        return false;
    }
    const RvLimitsPlace place = place_of(guest);
    return rv_limits_change(&place, guest->def, def, what, error);
}

const RvTuneOps container_tune_ops = {.tunes = ALL, .apply = apply};
