/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where else in a document something has its place. */

#include "model/xml-table.h"

/* For an element, or its attribute (not NULL), which stands where no row knows it: the elements
 * into which it belongs, best first: "<os>", or "<disk> or <devices/interface>"; NULL: nowhere.
 * Places that know its attributes and children are better than others, then near ones. */
char *rv_xml_elsewhere(const RvXmlType *root, const RvXmlNode *node, const char *attribute);
