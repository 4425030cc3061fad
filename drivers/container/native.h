/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Configurations of LXC's own tools ("lxc-tools"), of LXC before 3.0 and since: lxc.container.conf(5). */

#include "drivers/driver.h"

extern const RvNativeFormat container_native_formats[];

/* RvDefinitionOps.from_native */
char *container_from_native(const RvDriverHost *host, const RvNativeFormat *format,
                            const char *text, char **ret_ignored, GError **error);
