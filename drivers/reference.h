/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/xml-table.h"

/* The page about a document (rv_xml_reference()), with what each driver can do of it. */
char *rv_drivers_reference(const RvXmlType *type, const char *noun, const char *heading);
