/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/test.h"

#include "drivers/test/console.h"
#include "drivers/test/definition.h"
#include "drivers/test/device.h"
#include "drivers/test/host.h"
#include "drivers/test/life.h"
#include "drivers/test/save.h"
#include "drivers/test/stats.h"

const RvDriver rv_test_driver = {
    .name = "test",
    .hypervisor = "TEST",
    .error_source = 12, /* VIR_FROM_TEST */
    .uri_schemes = (const char *const[]){"test", NULL},
    .virt_types = (const RvVirtType[]){RV_VIRT_TEST, RV_VIRT_LAST},
    .host = &test_host_ops,
    .definition = &test_definition_ops,
    .life = &test_life_ops,
    .console = &test_console_ops,
    .stats = &test_stats_ops,
    .tune = &test_tune_ops,
    .devices = &test_device_ops,
    .save = &test_save_ops,
};
