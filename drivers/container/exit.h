/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How the first process of a container has ended, which its parent alone is told by old kernels. */

#include <stdbool.h>

#include "base/process.h"

/* Whether this kernel tells it to whoever has a pidfd (Linux 6.15). */
bool container_exit_is_told(void);

/* [any] As waitpid(2) has it, of a process whose pidfd is readable; -1: nobody knows. Reaps it where
 * it is our child. */
int container_exit_status(const RvProcessId *process, int pidfd);
