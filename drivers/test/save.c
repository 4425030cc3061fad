/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/save.h"

#include "base/error.h"
#include "drivers/test/instance.h"
#include "drivers/test/life.h"

/* All that a simulated guest has in memory is how long its vCPUs ran. */

static bool act(RvGuest *guest, TestOperation operation, RvOperation *op, GError **error)
{
    return test_faults_act(test_instance_faults(guest->priv), operation, op, error);
}

static bool save(RvGuest *guest, int fd, RvOperation *op, GError **error)
{
    if (!act(guest, TEST_OPERATION_SAVE, op, error))
        return false;
    json_t *memory =
        json_pack("{s:I}", "ran-us", (json_int_t)test_instance_ran_us(guest->priv));
    bool ok = json_dumpfd(memory, fd, JSON_COMPACT) == 0;
    json_decref(memory);
    if (!ok)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the simulated guest could not be written");
    return ok && test_instance_run(guest->priv, false, error);
}

static bool go_on(RvGuest *guest, RvOperation *op, GError **error)
{
    return test_instance_run(guest->priv, true, error);
}

static bool restore(RvGuest *guest, int fd, RvOperation *op, GError **error)
{
    json_t *memory = json_loadfd(fd, JSON_REJECT_DUPLICATES, NULL);
    json_int_t ran_us;
    bool ok = json_unpack(memory, "{s:I}", "ran-us", &ran_us) == 0;
    if (!ok)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no simulated guest in the image");
    ok = ok && test_life_ops.start(guest, op, error) &&
         act(guest, TEST_OPERATION_RESTORE, op, error);
    if (ok)
        test_instance_set_ran_us(guest->priv, (uint64_t)ran_us);
    json_decref(memory);
    return ok;
}

const RvSaveOps test_save_ops = {
    .save = save,
    .go_on = go_on,
    .restore = restore,
};
