/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vcpu.h"

#include "base/error.h"

static const RvXmlRow vcpu_rows[] = {
    RV_XML_ATTRIBUTE(RvVcpu, id, "id", uint, .max = RV_MAX_VCPUS, .flags = RV_XML_REQUIRED |
                     RV_XML_ALWAYS | RV_XML_ABI, .doc = "Its number, from 0."),
    RV_XML_ATTRIBUTE(RvVcpu, enabled, "enabled", enum, .names = rv_tristate_bool_names, .min = 1,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "Whether the guest starts with it."),
    RV_XML_ATTRIBUTE(RvVcpu, hotpluggable, "hotpluggable", enum, .names = rv_tristate_bool_names,
                     .min = 1, .flags = RV_XML_ABI, .fallback = "no where it is enabled",
                     .doc = "Whether it can be added and taken away."),
    RV_XML_ATTRIBUTE(RvVcpu, order, "order", uint, .flags = RV_XML_ABI,
                     .doc = "Its place among those that are added, from 1."),
};
static const RvXmlType vcpu = {
    .doc = "One virtual CPU.",
    .size = sizeof(RvVcpu),
    RV_XML_ROWS(vcpu_rows),
};

static const RvXmlRow rows[] = {
    RV_XML_LIST(RvVcpus, list, "vcpu", &vcpu, .max = RV_MAX_VCPUS),
};

const RvXmlType rv_vcpus_xml = {
    .doc = "Virtual CPUs one by one.",
    .size = sizeof(RvVcpus),
    RV_XML_ROWS(rows),
};

/* The last of several rows for one CPU decides, as in libvirt. */
static RvVcpu *place(RvXmlReader *reader, const RvXmlNode *node, RvVcpu *given, RvVcpu **places,
                     unsigned max)
{
    if (given->id >= max) {
        rv_xml_error(reader, RV_ERR_XML, node, "id", "there are %u virtual CPUs, from 0 to %u",
                     max, max - 1);
        return NULL;
    }
    if (places[given->id])
        rv_xml_free(&vcpu, places[given->id]);
    return places[given->id] = given;
}

static void settle_one(RvXmlReader *reader, const RvXmlNode *node, RvVcpu *at)
{
    bool on = at->enabled == RV_TRISTATE_ON;
    if (!at->hotpluggable)
        at->hotpluggable = on ? RV_TRISTATE_OFF : RV_TRISTATE_ON;
    else if (at->hotpluggable == RV_TRISTATE_OFF && !on)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, NULL,
                     "virtual CPU %u is neither there nor can it be added", at->id);
}

unsigned rv_vcpus_settle(RvXmlReader *reader, const RvXmlNode *domain, RvVcpus *vcpus,
                         unsigned max)
{
    if (!vcpus->list->len)
        return 0;
    g_autofree RvVcpu **places = g_new0(RvVcpu *, max);
    g_autoptr(GPtrArray) given = vcpus->list;
    const RvXmlNode *node = rv_xml_node_child(domain, "vcpus", 0);
    vcpus->list = g_ptr_array_sized_new(max);
    for (unsigned i = 0; i < given->len; i++) {
        const RvXmlNode *child = rv_xml_node_child(node, "vcpu", i);
        RvVcpu *at = place(reader, child, given->pdata[i], places, max);
        if (at)
            settle_one(reader, child, at);
        else
            rv_xml_free(&vcpu, given->pdata[i]);
    }
    unsigned on = 0;
    for (unsigned id = 0; id < max; id++) {
        if (!places[id]) {
            places[id] = rv_xml_new(&vcpu);
            *places[id] = (RvVcpu){id, RV_TRISTATE_OFF, RV_TRISTATE_ON, 0};
        }
        on += places[id]->enabled == RV_TRISTATE_ON;
        g_ptr_array_add(vcpus->list, places[id]);
    }
    return on;
}
