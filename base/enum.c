/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/enum.h"

int rv_enum_from_string(const char *const *names, const char *name)
{
    /* Most names differ in their first byte, which costs less to see than a call. */
    for (int i = 0; name && names[i]; i++)
        if (names[i][0] == name[0] && strcmp(names[i], name) == 0)
            return i;
    return -1;
}
