/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device.h"

typedef struct {
    RvDevice device;
    char *model; /* intel, smmuv3, virtio */
    RvTristate intremap, caching_mode, eim, iotlb;
    unsigned aw_bits; /* 0: not said */
} RvIommu;

extern const RvXmlType rv_iommu_xml;
