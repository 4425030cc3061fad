/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Settings: one table row each with name, type, range, default and text, from which the parser, the
 * commented sample file and the man page come. Read from reeved.conf (key file, group [reeved]).
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct RvSettings RvSettings;

/* `path` NULL or not there: the defaults. An unknown key or a value out of range is an error with
 * its line. */
G_GNUC_WARN_UNUSED_RESULT RvSettings *rv_settings_load(const char *path, GError **error);
void rv_settings_free(RvSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvSettings, rv_settings_free)

/* The name must be in the table: another one is our own mistake. */
int64_t rv_settings_int(const RvSettings *settings, const char *name);
bool rv_settings_bool(const RvSettings *settings, const char *name);
const char *rv_settings_string(const RvSettings *settings, const char *name);
const char *rv_settings_text(const RvSettings *settings, const char *name); /* any type, as text */

char *rv_settings_sample(void); /* the sample reeved.conf, every row commented out */
