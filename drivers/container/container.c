/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/container.h"

#include "drivers/container/console.h"
#include "drivers/container/definition.h"
#include "drivers/container/exec.h"
#include "drivers/container/files.h"
#include "drivers/container/host-ops.h"
#include "drivers/container/image/ops.h"
#include "drivers/container/life.h"
#include "drivers/container/stats.h"
#include "drivers/container/tune.h"

const RvDriver rv_container_driver = {
    .name = "container",
    .hypervisor = "LXC",
    .error_source = 17, /* VIR_FROM_LXC */
    .uri_schemes = (const char *const[]){"lxc", NULL},
    .virt_types = (const RvVirtType[]){RV_VIRT_LXC, RV_VIRT_LAST},
    .uses_networks = true,
    .uses_volumes = true,
    .host = &container_host_ops,
    .definition = &container_definition_ops,
    .life = &container_life_ops,
    .console = &container_console_ops,
    .exec = &container_exec_ops,
    .files = &container_file_ops,
    .images = &container_image_ops,
    .stats = &container_stats_ops,
    .tune = &container_tune_ops,
};
