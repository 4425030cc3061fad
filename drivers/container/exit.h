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

/* [job] Children of ours that have ended in cgroups whose paths hold `name` are zombies no more: what
 * a runtime has left to us (where ends are told by parents alone), and what we have started there. */
void container_exit_reap(const char *name);
