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

/* What tells that nothing is to be written for a row. */
typedef enum {
    RV_XML_HINT_NONE, /* only the row itself can */
    RV_XML_HINT_BITS, /* these bits of the eight bytes there are as in `absent` */
    RV_XML_HINT_LIST, /* the list there is empty */
} RvXmlHintKind;

/* One for each row. */
typedef struct {
    uint64_t bits, absent;
    uint32_t offset;
    RvXmlHintKind kind;
} RvXmlHint;

struct RvXmlPlan {
    RvXmlBegin *begins;              /* those of groups as well */
    const RvXmlRow **owners, **live; /* rows that may own memory; rows that are LIVE */
    unsigned n_begins, n_owners, n_live;
    unsigned n_attributes; /* rows; they come first */
    bool has_namespaces;   /* some row is in one */
    uint64_t *name_bits;   /* of each row; all bits: read it whatever stands in the element */
    RvXmlHint hints[];
};

const RvXmlPlan *rv_xml_plan_make(const RvXmlType *type);

/* Any thread; static. */
static inline const RvXmlPlan *rv_xml_plan(const RvXmlType *type)
{
    const RvXmlPlan *plan = __atomic_load_n(type->plan, __ATOMIC_ACQUIRE);
    return plan ? plan : rv_xml_plan_make(type);
}

/* A bit for each name, the same for many. */
static inline uint64_t rv_xml_name_bit(const char *name)
{
    return UINT64_C(1) << (((unsigned char)name[0] * 7u + (unsigned char)name[1]) % 64);
}

/* A field as it begins, on cleared memory. */
void rv_xml_begin_field(const RvXmlRow *row, void *field);

/* Whether nothing is to be written for the row. */
static inline bool rv_xml_is_silent(const RvXmlHint *hint, const void *object)
{
    const void *at = (const char *)object + hint->offset;
    uint64_t bytes;
    if (hint->kind == RV_XML_HINT_BITS) {
        memcpy(&bytes, at, sizeof(bytes));
        return (bytes & hint->bits) == hint->absent;
    }
    /* A GPtrArray begins the same. */
    return hint->kind == RV_XML_HINT_LIST && (*(const GArray *const *)at)->len == 0;
}
