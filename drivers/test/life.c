/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/life.h"

#include <unistd.h>

#include "base/error.h"
#include "drivers/test/instance.h"

static bool make_instance(RvGuest *guest, GError **error)
{
    g_auto(TestFaults) faults;
    if (!test_faults_parse(guest->def->metadata, &faults, error))
        return false;
    guest->priv = test_instance_new(guest, &faults);
    return true;
}

static void free_guest(RvGuest *guest)
{
    g_clear_pointer((TestInstance **)&guest->priv, test_instance_free);
}

static bool act(RvGuest *guest, TestOperation operation, RvOperation *op, GError **error)
{
    return test_faults_act(test_instance_faults(guest->priv), operation, op, error);
}

static void name_chardev(RvChardev *chardev, const char *prefix, guint number)
{
    g_free(chardev->device.alias);
    chardev->device.alias = g_strdup_printf("%s%u", prefix, number);
}

/* Names by which a console is opened; the first may be the first serial port shown again. */
static void name_chardevs(RvDomainDef *def)
{
    for (guint i = 0; i < def->serials->len; i++)
        name_chardev(def->serials->pdata[i], "serial", i);
    for (guint i = 0; i < def->consoles->len; i++) {
        RvChardev *console = def->consoles->pdata[i];
        bool mirror = i == 0 && g_strcmp0(console->target_type, "serial") == 0;
        name_chardev(console, mirror ? "serial" : "console", i);
    }
}

static bool start(RvGuest *guest, RvOperation *op, GError **error)
{
    if (!make_instance(guest, error))
        return false;
    const TestFaults *faults = test_instance_faults(guest->priv);
    if (!test_instance_boot(guest->priv, error) || !act(guest, TEST_OPERATION_START, op, error))
        return false;
    if (faults->start_fails) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "%s", faults->start_fails);
        return false;
    }
    name_chardevs(guest->def);
    return true;
}

static json_t *remember(const RvGuest *guest)
{
    g_autofree char *path = test_instance_path(guest);
    return json_pack("{s:s}", "guest", path);
}

static bool adopt(RvGuest *guest, json_t *remembered, RvOperation *op, RvAdopted *ret,
                  GError **error)
{
    if (!make_instance(guest, error))
        return false;
    if (act(guest, TEST_OPERATION_ADOPT, op, error) && test_instance_find(guest->priv, ret, error))
        return true;
    /* Nothing of it is known to the loop yet, so that it may go here. */
    free_guest(guest);
    return false;
}

static bool suspend(RvGuest *guest, RvOperation *op, GError **error)
{
    return act(guest, TEST_OPERATION_SUSPEND, op, error) &&
           test_instance_run(guest->priv, false, error);
}

static bool resume(RvGuest *guest, RvOperation *op, GError **error)
{
    return act(guest, TEST_OPERATION_RESUME, op, error) &&
           test_instance_run(guest->priv, true, error);
}

/* A simulated guest has a power button, and neither agent nor init to talk to. */
static bool has_method(RvPowerMethod how, GError **error)
{
    if (how == RV_POWER_DEFAULT || how & RV_POWER_ACPI)
        return true;
    rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED,
                 "a test guest can be shut down and rebooted by ACPI only");
    return false;
}

static bool shut_down(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    return has_method(how, error) && act(guest, TEST_OPERATION_SHUTDOWN, op, error) &&
           test_instance_press(guest->priv, TEST_ENDING_POWEROFF, error);
}

static bool reboot(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    return has_method(how, error) && act(guest, TEST_OPERATION_REBOOT, op, error) &&
           test_instance_press(guest->priv, TEST_ENDING_REBOOT, error);
}

static bool reset(RvGuest *guest, RvOperation *op, GError **error)
{
    return act(guest, TEST_OPERATION_RESET, op, error) && test_instance_reset(guest->priv, error);
}

/* Nobody looks at its keyboard. */
static bool send_keys(RvGuest *guest, const unsigned *scans, size_t n, unsigned hold_ms,
                      RvOperation *op, GError **error)
{
    return true;
}

static void cleanup(RvGuest *guest, json_t *remembered)
{
    const char *path = json_string_value(json_object_get(remembered, "guest"));
    if (guest->priv)
        test_instance_destroy(guest->priv);
    else if (path)
        unlink(path);
}

/* Works on a guest that could not be adopted, too. */
static bool destroy(RvGuest *guest, bool graceful, RvOperation *op, GError **error)
{
    if (guest->priv && !act(guest, TEST_OPERATION_DESTROY, op, error))
        return false;
    json_t *remembered = remember(guest);
    cleanup(guest, remembered);
    json_decref(remembered);
    return true;
}

const RvLifeOps test_life_ops = {
    .start = start,
    .remember = remember,
    .adopt = adopt,
    .suspend = suspend,
    .resume = resume,
    .shutdown = shut_down,
    .reboot = reboot,
    .reset = reset,
    .send_keys = send_keys,
    .destroy = destroy,
    .cleanup = cleanup,
    .free = free_guest,
};
