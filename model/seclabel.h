/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Labels of security drivers (selinux, apparmor, dac): of the guest as a whole, and of one of its
 * files or sockets where it differs. */

#include "model/device.h"
#include "model/xml-table.h"

typedef enum {
    RV_SECLABEL_DEFAULT, /* in no document that was read */
    RV_SECLABEL_NONE,
    RV_SECLABEL_DYNAMIC, /* made when the guest starts */
    RV_SECLABEL_STATIC,
    RV_SECLABEL_LAST,
} RvSeclabelType;
RV_ENUM_DECLARE(rv_seclabel_type, RvSeclabelType);

typedef struct {
    RvSeclabelType type;
    char *model;        /* NULL: the host's first one */
    RvTristate relabel; /* of what was read: on or off */
    char *label;        /* static, or of a running guest */
    char *image_label;  /* of a running guest */
    char *base_label;   /* dynamic: what the label is made from */
} RvSeclabel;

typedef struct {
    char *model;        /* NULL: all of them */
    RvTristate relabel; /* of what was read: on or off */
    RvTristate skip;    /* of a running guest: this file could not be labelled */
    char *label;
} RvDeviceLabel;

extern const RvXmlType rv_seclabel_xml;

/* For the <source> of a disk or character device: the row below, in its table. */
extern const RvXmlType rv_device_label_xml;
#define RV_DEVICE_LABEL_ROW(Struct, field, ...)                                                    \
    RV_XML_LIST(Struct, field, "seclabel", &rv_device_label_xml, .max = 64, __VA_ARGS__)

/* For the checks of the elements that have them: each model can be named once. `node` is the
 * element with <seclabel> in it. */
void rv_device_labels_check(RvXmlReader *reader, const RvXmlNode *node, const GPtrArray *labels);
void rv_seclabels_check(RvXmlReader *reader, const RvXmlNode *node, const GPtrArray *seclabels);

/* For a device of a domain with `seclabels`: its files can have labels of their own only where the
 * guest's are labelled at all. */
void rv_device_labels_check_domain(RvXmlReader *reader, const RvXmlNode *node,
                                   const GPtrArray *labels, const GPtrArray *seclabels);
