/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Parts of the domain's document that have their own file. */

#include "model/xml-table.h"

#define RV_MAX_NAME 255 /* bytes */
#define RV_MAX_DEVICES 4096 /* of one kind */

typedef struct RvDomainDef RvDomainDef;

/* What more than one part of the document decides; `node` is <domain>. */
void rv_domain_def_check(RvXmlReader *reader, const RvXmlNode *node, const RvDomainDef *def);

/* Makes parts of the document that depend on each other agree, before that is checked. */
void rv_domain_def_settle(RvXmlReader *reader, const RvXmlNode *node, RvDomainDef *def);

/* Puts devices into the order in which libvirt's parser keeps them: disks of a bus by name,
 * controllers of a type by index, the primary video first; a console's port is its place. */
void rv_domain_def_order(RvDomainDef *def);

extern const RvXmlNamespace rv_container_namespace; /* oci.c */
extern const RvXmlType rv_oci_xml;
extern const RvXmlType rv_os_xml;
extern const RvXmlType rv_cpu_xml;
