/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* RvDefinitionOps.support, .check_start */
extern const RvSupport xen_support;
void xen_check_start(const RvDriverHost *host, const RvDomainDef *def, RvDiagnosticLevel level,
                     RvDiagnostics *diagnostics);
