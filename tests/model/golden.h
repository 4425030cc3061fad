/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files of tests/model/data: what goes in and what must come out. With RV_TEST_REGENERATE=1 what
 * comes out is written instead of compared. */

#include <glib.h>

/* Paths of all files of a folder below tests/model/data that end in `suffix`, sorted. */
char **golden_files(const char *folder, const char *suffix);

char *golden_read(const char *path);

/* Fails the test when the file does not hold `text`. */
void golden_compare(const char *path, const char *text);
