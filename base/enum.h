/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Enumerations with names. RV_ENUM(rv_disk_device, RvDiskDevice, RV_DISK_DEVICE_LAST, "disk", ...)
 * defines rv_disk_device_to_string(), rv_disk_device_from_string() (-1 when there is no such name)
 * and the NULL-terminated table rv_disk_device_names; a wrong number of names does not compile.
 */

#include <glib.h>
#include <string.h>

int rv_enum_from_string(const char *const *names, const char *name);

#define RV_ENUM_DECLARE(prefix, Type)                                                              \
    extern const char *const prefix##_names[];                                                     \
    const char *prefix##_to_string(Type value);                                                    \
    int prefix##_from_string(const char *name)

#define RV_ENUM(prefix, Type, last, ...)                                                           \
    const char *const prefix##_names[] = {__VA_ARGS__, NULL};                                      \
    G_STATIC_ASSERT(G_N_ELEMENTS(prefix##_names) == (size_t)(last) + 1);                           \
    const char *prefix##_to_string(Type value)                                                     \
    {                                                                                              \
        return (unsigned)value < (unsigned)(last) ? prefix##_names[value] : NULL;                  \
    }                                                                                              \
    int prefix##_from_string(const char *name)                                                     \
    {                                                                                              \
        return rv_enum_from_string(prefix##_names, name);                                          \
    }                                                                                              \
    G_STATIC_ASSERT(1)
