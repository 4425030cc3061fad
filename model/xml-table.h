/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one description of an XML document: tables of rows, one row for each attribute or element,
 * from which parsing, formatting, comparing, freeing, copying, diagnostics, the RELAX NG grammar
 * and the reference page all come. A newcomer adds an attribute by adding a row.
 *
 * An RvXmlType describes one struct and the element it stands in. Its rows say where each part
 * lives in that struct (offset), of what kind it is, its range or names, and its default. Odd cases
 * are small functions named in their row (parse/format hooks). The order of rows is the order of
 * formatting.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/diagnostics.h"
#include "model/xml-node.h"

typedef struct RvXmlType RvXmlType;
typedef struct RvXmlRow RvXmlRow;
