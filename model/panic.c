/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/panic.h"

#include "base/error.h"
#include "model/device-xml.h"

static const char *const model_names[] = {"isa", "pseries", "hyperv", "s390", NULL};

static const RvXmlRow panic_rows[] = {
    RV_XML_ATTRIBUTE(RvPanic, model, "model", string, .names = model_names, .flags = RV_XML_ABI,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .fallback = "the machine's own",
                     .doc = "How the guest tells."),
    RV_DEVICE_ROWS(RvPanic),
};

const RvXmlType rv_panic_xml = {
    .doc = "A device by which the guest tells that its kernel has crashed.",
    .size = sizeof(RvPanic),
    RV_XML_ROWS(panic_rows),
};
