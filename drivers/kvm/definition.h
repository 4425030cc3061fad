/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "drivers/driver.h"

/* complete() gives what libvirt's driver would give for the same document; see defaults.c. */
extern const RvDefinitionOps kvm_definition_ops;
