/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/diagnostics.h"

/*
 * Gives a place in the document to faults of what was read from it that have a path only, since they
 * were found later: by a driver, which sees no document. A path that leads to what is not written
 * there gets the place of the element around it; one that might be of several elements, and what is
 * about a device that the document does not have, gets none. The text has been read before.
 */
void rv_xml_locate(const char *text, RvDiagnostics *diagnostics);
