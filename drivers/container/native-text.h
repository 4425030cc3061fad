/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The lines "key = value" of LXC's configuration, under the names that they have since LXC 3.0. */

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *key, *value;
    bool used;
} ContainerSetting;

/* ContainerSetting, in the order of the lines. */
GPtrArray *container_settings_parse(const char *text);

/* The first one's value, which counts as used then; NULL: there is none. `key` as of printf(). */
const char *container_setting_take(GPtrArray *settings, const char *key, ...) G_GNUC_PRINTF(2, 3);

/* The keys of those that are not used, one by one, joined by ", "; NULL: all are. */
char *container_settings_unused(const GPtrArray *settings);
