/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/seclabel.h"

#include "base/error.h"

RV_ENUM(rv_seclabel_type, RvSeclabelType, RV_SECLABEL_LAST, "default", "none", "dynamic", "static");

#define MAX_MODEL 256  /* bytes */
#define MAX_LABEL 4096

#define BIT(type) RV_XML_BIT(RV_SECLABEL_##type)
#define TYPE(mask) RV_XML_WHEN(RvSeclabel, type, mask)

static bool is_dynamic(const void *object)
{
    return ((const RvSeclabel *)object)->type == RV_SECLABEL_DYNAMIC;
}

static bool is_static(const void *object)
{
    return ((const RvSeclabel *)object)->type == RV_SECLABEL_STATIC;
}

static bool has_no_base(const void *object)
{
    return !is_dynamic(object);
}

static const RvXmlRow seclabel_rows[] = {
    RV_XML_ATTRIBUTE(RvSeclabel, type, "type", enum, .names = rv_seclabel_type_names, .min = 1,
                     .absent = RV_SECLABEL_DYNAMIC, .flags = RV_XML_ALWAYS, .fallback = "dynamic",
                     .doc = "Whether the label is made at each start, is said here, or there is "
                            "none."),
    RV_XML_ATTRIBUTE(RvSeclabel, model, "model", string, .max = MAX_MODEL,
                     .fallback = "the host's first one",
                     .doc = "The security driver: selinux, apparmor, dac or none."),
    RV_XML_ATTRIBUTE(RvSeclabel, relabel, "relabel", enum, .names = rv_tristate_bool_names,
                     .min = 1, TYPE(BIT(DYNAMIC) | BIT(STATIC) | BIT(NONE)),
                     .fallback = "yes for dynamic, no for others",
                     .doc = "Whether files are labelled for the guest."),
    RV_XML_LEAF(RvSeclabel, label, "label", string, .max = MAX_LABEL, .flags = RV_XML_LIVE,
                .stays = is_static, TYPE(BIT(STATIC) | BIT(DYNAMIC)),
                .doc = "The label of the guest."),
    RV_XML_LEAF(RvSeclabel, image_label, "imagelabel", string, .max = MAX_LABEL,
                .flags = RV_XML_LIVE, TYPE(BIT(STATIC) | BIT(DYNAMIC)),
                .doc = "The label of its files, while it runs."),
    RV_XML_LEAF(RvSeclabel, base_label, "baselabel", string, .max = MAX_LABEL, TYPE(BIT(DYNAMIC)),
                .omit = has_no_base, .doc = "What the label is made from."),
};

static void check_seclabel(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvSeclabel *seclabel = object;
    bool dynamic = is_dynamic(seclabel);
    if (!g_strcmp0(seclabel->model, "none")) {
        seclabel->type = RV_SECLABEL_NONE;
        seclabel->relabel = RV_TRISTATE_ABSENT;
        g_clear_pointer(&seclabel->label, g_free);
        g_clear_pointer(&seclabel->image_label, g_free);
        g_clear_pointer(&seclabel->base_label, g_free);
    }
    if (seclabel->type == RV_SECLABEL_NONE) {
        if (seclabel->relabel == RV_TRISTATE_ON)
            rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "relabel",
                         "without a label nothing can be relabelled: leave it out, or say no");
        seclabel->relabel = RV_TRISTATE_ABSENT;
        return;
    }
    if (dynamic && seclabel->relabel == RV_TRISTATE_OFF)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, "relabel",
                     "a dynamic label is new at each start, so files must be relabelled: say yes, "
                     "or use type='static'");
    if (seclabel->type == RV_SECLABEL_STATIC && !seclabel->label)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "label", 0), NULL,
                     "a static label is missing: <label> should say it");
    if (seclabel->relabel == RV_TRISTATE_ABSENT)
        seclabel->relabel = dynamic ? RV_TRISTATE_ON : RV_TRISTATE_OFF;
}

const RvXmlType rv_seclabel_xml = {
    .doc = "How a security driver confines the guest.",
    .size = sizeof(RvSeclabel),
    RV_XML_ROWS(seclabel_rows),
    .check = check_seclabel,
};

static bool is_skipped(const void *object)
{
    return ((const RvDeviceLabel *)object)->skip == RV_TRISTATE_ON;
}

static const RvXmlRow device_label_rows[] = {
    RV_XML_ATTRIBUTE(RvDeviceLabel, model, "model", string, .max = MAX_MODEL,
                     .fallback = "all of them", .doc = "The security driver that is meant."),
    RV_XML_ATTRIBUTE(RvDeviceLabel, skip, "labelskip", enum, .names = rv_tristate_bool_names,
                     .min = 1, .flags = RV_XML_LIVE,
                     .doc = "yes: the file could not be labelled."),
    RV_XML_ATTRIBUTE(RvDeviceLabel, relabel, "relabel", enum, .names = rv_tristate_bool_names,
                     .min = 1, .omit = is_skipped, .fallback = "yes",
                     .doc = "Whether it is labelled for the guest."),
    RV_XML_LEAF(RvDeviceLabel, label, "label", string, .max = MAX_LABEL,
                .fallback = "as the guest", .doc = "The label it gets."),
};

static void check_device_label(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDeviceLabel *label = object;
    if (label->relabel == RV_TRISTATE_ABSENT)
        label->relabel = RV_TRISTATE_ON;
    if (label->label && label->relabel == RV_TRISTATE_OFF)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "label", 0), NULL,
                     "there is a label, but relabel='no' says that it shall not be used");
}

const RvXmlType rv_device_label_xml = {
    .doc = "A label that differs from the guest's.",
    .size = sizeof(RvDeviceLabel),
    RV_XML_ROWS(device_label_rows),
    .check = check_device_label,
};

/* ---- Lists of them ------------------------------------------------------------------------- */

void rv_device_labels_check(RvXmlReader *reader, const RvXmlNode *node, const GPtrArray *labels)
{
    for (unsigned i = 0; i < labels->len; i++) {
        const RvDeviceLabel *label = labels->pdata[i];
        for (unsigned j = 0; label->model && j < i; j++) {
            const RvDeviceLabel *other = labels->pdata[j];
            if (!g_strcmp0(label->model, other->model))
                rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "seclabel", i),
                             "model", "another label is for '%s', too", label->model);
        }
    }
}

/* False, and told, where two labels are for one security driver. */
static bool are_unique(RvXmlReader *reader, const RvXmlNode *node, const GPtrArray *seclabels)
{
    bool unique = true;
    for (unsigned i = 0; i < seclabels->len; i++) {
        const RvSeclabel *label = seclabels->pdata[i];
        for (unsigned j = 0; j < i; j++) {
            const RvSeclabel *other = seclabels->pdata[j];
            if (g_strcmp0(label->model, other->model))
                continue;
            rv_xml_error(reader, RV_ERR_XML_DETAIL, rv_xml_node_child(node, "seclabel", i), "model",
                         "another label is for '%s', too", label->model ? label->model : "all");
            unique = false;
        }
    }
    return unique;
}

void rv_seclabels_check(RvXmlReader *reader, const RvXmlNode *node, const GPtrArray *seclabels)
{
    if (!are_unique(reader, node, seclabels))
        return;
    for (unsigned i = 0; i < seclabels->len; i++) {
        const RvSeclabel *label = seclabels->pdata[i];
        bool host_decides = seclabels->len == 1 && (label->type == RV_SECLABEL_NONE ||
                                                    (is_dynamic(label) && !label->base_label));
        if (!label->model && !host_decides)
            rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "seclabel", i), NULL,
                         "attribute 'model' is missing");
    }
}

void rv_device_labels_check_domain(RvXmlReader *reader, const RvXmlNode *node,
                                   const GPtrArray *labels, const GPtrArray *seclabels)
{
    for (unsigned i = 0; i < labels->len; i++) {
        const RvDeviceLabel *label = labels->pdata[i];
        for (unsigned j = 0; j < seclabels->len; j++) {
            const RvSeclabel *guest = seclabels->pdata[j];
            if (!g_strcmp0(label->model, guest->model) && guest->relabel != RV_TRISTATE_ON)
                rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED,
                             rv_xml_node_child(node, "seclabel", i), NULL,
                             "a file cannot have a label of its own: the domain's <seclabel> says "
                             "that files are not labelled");
        }
    }
}
