/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Parts of the domain's document that have their own file. */

#include "model/xml-table.h"

#define RV_MAX_NAME 255 /* bytes */
#define RV_MAX_VCPUS 16384
#define RV_MAX_IOTHREADS 1024
#define RV_MAX_DEVICES 4096 /* of one kind */

extern const RvXmlType rv_os_xml;
extern const RvXmlType rv_cpu_xml;
