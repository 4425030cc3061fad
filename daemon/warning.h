/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a document has that is not known, or that keeps a guest from being started: lines of text that
 * are kept with the object. */

#include <glib.h>
#include <stdbool.h>

#include "model/diagnostics.h"

/* Appends the warnings (char *) of `diagnostics`; makes the array (NULL: none yet) if there are any. */
void rv_warnings_add(GPtrArray **warnings, const RvDiagnostics *diagnostics);

/* For a client who wants no such document: the first of them as an error. False. */
bool rv_warnings_refuse(const GPtrArray *warnings, GError **error);
