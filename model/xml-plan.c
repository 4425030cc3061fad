/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-plan.h"

G_STATIC_ASSERT(offsetof(GArray, len) == offsetof(GPtrArray, len));

/* The field's bytes are looked at as part of eight that lie within the struct. */
static void hint_at_silence(RvXmlHint *hint, const RvXmlType *type, const RvXmlRow *row)
{
    size_t end = row->offset + row->size, start = MAX(end, sizeof(hint->bits)) - sizeof(hint->bits);
    if (row->place == RV_XML_PLACE_GROUP || (row->flags & RV_XML_ALWAYS))
        return;
    if (rv_xml_row_is_list(row)) {
        *hint = (RvXmlHint){.kind = RV_XML_HINT_LIST, .offset = (uint32_t)row->offset};
        return;
    }
    if (row->size > sizeof(hint->bits) || start + sizeof(hint->bits) > MAX(end, type->size))
        return;
    hint->kind = RV_XML_HINT_BITS;
    hint->offset = (uint32_t)start;
    memset((char *)&hint->bits + (row->offset - start), 0xff, row->size);
    if (row->absent)
        rv_xml_begin_field(row, (char *)&hint->absent + (row->offset - start));
}

/* Where nothing in the element bears the row's name, nothing would come of reading it. */
static uint64_t name_bit_of(const RvXmlRow *row)
{
    bool asked =
        !row->name || (row->flags & RV_XML_REQUIRED) || (row->kind && row->kind->attribute);
    return asked ? UINT64_MAX : rv_xml_name_bit(row->name);
}

static void add_begins(GArray *begins, const RvXmlType *type, size_t offset)
{
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        RvXmlBegin begin = {offset + row->offset, row};
        if (row->place == RV_XML_PLACE_GROUP)
            add_begins(begins, row->type, begin.offset);
        else if (row->absent || rv_xml_row_is_list(row))
            g_array_append_val(begins, begin);
    }
}

static bool may_own(const RvXmlRow *row)
{
    return row->place == RV_XML_PLACE_GROUP || row->place == RV_XML_PLACE_CHILD ||
           rv_xml_row_is_list(row) || (row->kind && row->kind->clear);
}

static RvXmlPlan *plan_new(const RvXmlType *type)
{
    RvXmlPlan *plan = g_malloc0(sizeof(*plan) + type->n_rows * sizeof(*plan->hints));
    GArray *begins = g_array_new(FALSE, FALSE, sizeof(RvXmlBegin));
    plan->owners = g_new(const RvXmlRow *, type->n_rows);
    plan->live = g_new(const RvXmlRow *, type->n_rows);
    plan->name_bits = g_new(uint64_t, type->n_rows);
    for (unsigned i = 0; i < type->n_rows; i++) {
        const RvXmlRow *row = &type->rows[i];
        plan->name_bits[i] = name_bit_of(row);
        hint_at_silence(&plan->hints[i], type, row);
        if (may_own(row))
            plan->owners[plan->n_owners++] = row;
        if (row->place == RV_XML_PLACE_ATTRIBUTE) {
            g_assert(plan->n_attributes == i);
            plan->n_attributes++;
        }
        plan->has_namespaces |= row->ns != NULL;
        if (row->flags & RV_XML_LIVE)
            plan->live[plan->n_live++] = row;
    }
    add_begins(begins, type, 0);
    plan->n_begins = begins->len;
    plan->begins = (RvXmlBegin *)(void *)g_array_free(begins, FALSE);
    return plan;
}

static void plan_free(RvXmlPlan *plan)
{
    g_free(plan->begins);
    g_free(plan->owners);
    g_free(plan->live);
    g_free(plan->name_bits);
    g_free(plan);
}

const RvXmlPlan *rv_xml_plan_make(const RvXmlType *type)
{
    RvXmlPlan *plan = plan_new(type);
    if (g_atomic_pointer_compare_and_exchange(type->plan, NULL, plan))
        return plan;
    plan_free(plan);
    return g_atomic_pointer_get(type->plan);
}
