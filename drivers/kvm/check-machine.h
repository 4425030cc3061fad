/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* Tells what libvirt's driver for QEMU refuses of a completed definition, outside of its devices,
 * with its codes: what does not go together, and what this architecture does not have. [any] */
void kvm_check_machine(const RvDomainDef *def, RvDiagnostics *diagnostics);
