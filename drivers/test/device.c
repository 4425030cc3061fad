/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/device.h"

#include "drivers/test/instance.h"

/* What a simulated guest has is what its definition says. */
static bool act(RvGuest *guest, TestOperation operation, RvOperation *op, GError **error)
{
    return test_faults_act(test_instance_faults(guest->priv), operation, op, error);
}

static bool attach(RvGuest *guest, RvAttachment *device, RvOperation *op, GError **error)
{
    return act(guest, TEST_OPERATION_ATTACH, op, error);
}

static bool detach(RvGuest *guest, const RvAttachment *device, RvOperation *op, GError **error)
{
    return act(guest, TEST_OPERATION_DETACH, op, error);
}

static bool change_medium(RvGuest *guest, RvDisk *disk, RvOperation *op, GError **error)
{
    return act(guest, TEST_OPERATION_CHANGE_MEDIUM, op, error);
}

static bool tune(RvGuest *guest, const RvDomainDef *def, RvTuneWhat what, RvOperation *op,
                 GError **error)
{
    return act(guest, TEST_OPERATION_TUNE, op, error);
}

const RvTuneOps test_tune_ops = {
    .tunes = (1 << RV_TUNE_LAST) - 1,
    .has_threads = true,
    .apply = tune,
};

const RvDeviceOps test_device_ops = {
    .attach = attach,
    .detach = detach,
    .change_medium = change_medium,
};
