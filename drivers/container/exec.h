/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Programs run within a running container, as confined as what runs there already. */

#include "drivers/driver.h"

extern const RvExecOps container_exec_ops;
