/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The drivers this daemon runs, each with its host: what domains, sessions and procedures use, never
 * rv_drivers[] itself (with REEVE_TRACE=driver these are the traced ones). A driver is probed once,
 * when first needed.
 */

#include <glib.h>
#include <stdbool.h>

#include "daemon/core.h"
#include "drivers/driver.h"

typedef struct RvDriverSet RvDriverSet;

/* Makes each driver's directories. `core` must have its loop, paths and settings. */
G_GNUC_WARN_UNUSED_RESULT RvDriverSet *rv_driver_set_new(RvCore *core,
                                                         const RvGuestReports *reports,
                                                         GError **error);
void rv_driver_set_free(RvDriverSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDriverSet, rv_driver_set_free)

/* [any] NULL-terminated. */
const RvDriver *const *rv_driver_set_list(const RvDriverSet *set);
/* [any] NULL: no such driver. */
const RvDriver *rv_driver_set_by_name(const RvDriverSet *set, const char *name);
const RvDriver *rv_driver_set_by_virt_type(const RvDriverSet *set, RvVirtType type);
const RvDriver *rv_driver_set_by_uri_scheme(const RvDriverSet *set, const char *scheme);
/* [any] Its host. */
const RvDriverHost *rv_driver_set_host(const RvDriverSet *set, const RvDriver *driver);

/* [job] Whether the driver can work here. The first caller runs the probe, the others wait for it;
 * the answer is remembered, a refusal for 10 s only. */
G_GNUC_WARN_UNUSED_RESULT bool rv_driver_set_probe(RvDriverSet *set, const RvDriver *driver,
                                                   GError **error);
/* [any] Whether it was found to work here; asks and waits for nobody. */
bool rv_driver_set_is_probed(RvDriverSet *set, const RvDriver *driver);
