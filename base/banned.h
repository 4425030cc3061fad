/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Functions that have no place here; config.h includes this, after the system's headers would have
 * declared them. `make syntax-check` looks for the rest. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok gets
