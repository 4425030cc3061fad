/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The text of xl's and xm's configuration files (xl.cfg(5)): lines of NAME = VALUE, where a value is
 * a number, a text in quotes or a list of values. As JSON: an object, in the order of the text.
 *
 * Xen has a parser of its own (libxlutil), but that is only there where Xen is, and configurations
 * are translated on the way to and from hosts without it.
 */

#include <glib.h>
#include <jansson.h>

/* NULL: the error says the line. A later value of the same name replaces the former. At most 64 KiB are
 * read: a value may be put together from many lines. */
G_GNUC_WARN_UNUSED_RESULT json_t *xen_native_parse(const char *text, GError **error);
char *xen_native_print(const json_t *settings);
