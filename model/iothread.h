/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <iothreads>, <iothreadids>, <defaultiothread>: threads of the emulator for the work of devices. */

#include "model/xml-table.h"

#define RV_MAX_IOTHREADS 1024

typedef struct {
    unsigned id; /* from 1 */
    int pool_min, pool_max; /* threads of its own pool; -1: not said */
} RvIothread;

typedef struct {
    unsigned count;
    GPtrArray *ids; /* RvIothread: none, or as many as `count` says; else they are 1, 2, ... */
    int default_pool_min, default_pool_max; /* of the emulator's own thread; -1: not said */
} RvIothreads;

extern const RvXmlType rv_iothread_ids_xml, rv_default_iothread_xml; /* groups in RvIothreads */

/* Makes both agree after reading: the count is not less than the ids, and where there are ids there
 * is one for each thread, the free ones filled in. Two that are the same are an error. */
void rv_iothreads_settle(RvXmlReader *reader, const RvXmlNode *domain, RvIothreads *threads);

/* Whether a thread of this number will be there. */
bool rv_iothreads_have(const RvIothreads *threads, unsigned id);
