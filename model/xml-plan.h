/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What can be said of a type's rows without looking at them, in a few bytes for each: most rows are
 * about something that an element or a struct does not have, and this tells it. Made when a type is
 * first used, and kept.
 */

#include <string.h>

#include "model/xml-table.h"

/* A field that does not begin as zeros. */
typedef struct {
    size_t offset;
    const RvXmlRow *row;
} RvXmlBegin;

/* One for each row. */
typedef struct {
    uint64_t name_bit; /* all bits: it has to be read whatever stands in the element */
    /* Where these bits of the eight bytes there are zero, nothing is to be written; unless only the
     * row itself can tell. */
    uint64_t bits;
    uint32_t offset, asks;
} RvXmlHint;

struct RvXmlPlan {
    RvXmlBegin *begins;              /* those of groups as well */
    const RvXmlRow **owners, **live; /* rows that may own memory; rows that are LIVE */
    unsigned n_begins, n_owners, n_live;
    bool has_namespaces; /* some row is in one */
    RvXmlHint hints[];
};

/* Any thread; static. */
const RvXmlPlan *rv_xml_plan(const RvXmlType *type);

/* A bit for each name, the same for many. */
static inline uint64_t rv_xml_name_bit(const char *name)
{
    return UINT64_C(1) << (((unsigned char)name[0] * 7u + (unsigned char)name[1]) % 64);
}

/* Whether nothing is to be written for the row. */
static inline bool rv_xml_is_silent(const RvXmlHint *hint, const void *object)
{
    uint64_t bytes;
    if (hint->asks)
        return false;
    memcpy(&bytes, (const char *)object + hint->offset, sizeof(bytes));
    return !(bytes & hint->bits);
}
