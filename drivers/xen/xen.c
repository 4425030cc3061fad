/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/xen.h"

#include "drivers/xen/console.h"
#include "drivers/xen/definition.h"
#include "drivers/xen/device.h"
#include "drivers/xen/host.h"
#include "drivers/xen/life.h"
#include "drivers/xen/save.h"
#include "drivers/xen/stats.h"
#include "drivers/xen/tune.h"

const RvDriver rv_xen_driver = {
    .name = "xen",
    .hypervisor = "Xen",
    .error_source = 41, /* VIR_FROM_LIBXL */
    .uri_schemes = (const char *const[]){"xen", NULL},
    .virt_types = (const RvVirtType[]){RV_VIRT_XEN, RV_VIRT_LAST},
    .uses_networks = true,
    .uses_volumes = true,
    .host = &xen_host_ops,
    .definition = &xen_definition_ops,
    .life = &xen_life_ops,
    .console = &xen_console_ops,
    .stats = &xen_stats_ops,
    .tune = &xen_tune_ops,
    .devices = &xen_device_ops,
    .save = &xen_save_ops,
};
