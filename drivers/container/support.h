/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* RvDefinitionOps.support: what of a definition a container can be started with. */
extern const RvSupport container_support;

/* RvDefinitionOps.check_start: what no row can say. */
void container_check_start(const RvDriverHost *host, const RvDomainDef *def,
                           RvDiagnosticLevel level, RvDiagnostics *diagnostics);
