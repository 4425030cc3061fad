/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Functions that have no place here, in the manner of git's banned.h. The build includes this in
 * every file, behind the headers that declare them; `make syntax-check` looks for the rest. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RV_BANNED(func) sorry_##func##_is_banned_see_base_banned_h

#undef strcpy
#define strcpy(x, y) RV_BANNED(strcpy)
#undef strcat
#define strcat(x, y) RV_BANNED(strcat)
#undef strncpy
#define strncpy(x, y, n) RV_BANNED(strncpy)
#undef strncat
#define strncat(x, y, n) RV_BANNED(strncat)
#undef strtok
#define strtok(x, y) RV_BANNED(strtok)
#undef sprintf
#define sprintf(...) RV_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) RV_BANNED(vsprintf)
#undef atoi
#define atoi(x) RV_BANNED(atoi)
