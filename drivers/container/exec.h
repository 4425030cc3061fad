/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Programs run within a running container, as confined as what runs there already. */

#include "drivers/container/guest.h"

extern const RvExecOps container_exec_ops;

/* [job] Removes what a former daemon had laid down for programs that were just about to begin. */
void container_exec_forget(const ContainerGuest *container);
