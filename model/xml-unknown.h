/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Content that no row asked for: what to tell about it, and what was probably meant. */

#include "model/xml-suggest.h"
#include "model/xml-table.h"

/* Warns of all attributes and elements of `node` that are not marked as known, and of text where
 * there should be none. `object` (may be NULL) tells which rows apply. */
void rv_xml_report_unknown(RvXmlReader *reader, const RvXmlType *type, const RvXmlNode *node,
                           const void *object, bool may_have_text);

/* Where a required row is missing, but something that is not known is so near that it is probably
 * what was meant: tells that, as an error in its place. False: there is nothing of the kind. */
bool rv_xml_report_misspelt(RvXmlReader *reader, const RvXmlType *type, const RvXmlRow *missing,
                            const RvXmlNode *node, const void *object);

/* A text fit for a message: not too long. */
char *rv_xml_shorten(const char *text);
