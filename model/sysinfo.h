/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <sysinfo>: what the guest's firmware tables say of the machine, and files for its firmware. */

#include "base/uuid.h"
#include "model/xml-table.h"

typedef enum { RV_SYSINFO_SMBIOS, RV_SYSINFO_FWCFG, RV_SYSINFO_LAST } RvSysinfoType;

typedef struct {
    char *name, *value;
} RvSysinfoEntry;

/* One table of SMBIOS. */
typedef struct {
    GPtrArray *entries; /* RvSysinfoEntry; only names that the table has, each once */
} RvSysinfoTable;

typedef struct {
    char *name, *file, *value; /* a file of the host, or the value itself */
} RvFirmwareBlob;

typedef struct {
    RvSysinfoType type;
    RvSysinfoTable *bios, *system, *chassis;
    GPtrArray *boards;   /* RvSysinfoTable */
    GArray *oem_strings; /* char * */
    GPtrArray *blobs;    /* RvFirmwareBlob; of fwcfg */
} RvSysinfo;

extern const RvXmlType rv_sysinfo_xml;

/* Makes the system's UUID and the domain's one: that which was said holds. */
void rv_sysinfo_settle(RvXmlReader *reader, const RvXmlNode *domain, const GPtrArray *list,
                       RvUuid *uuid);
