/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/rng.h"

#include "model/device-xml.h"

static const char *const model_names[] = {"virtio", "virtio-transitional",
                                          "virtio-non-transitional", NULL};
static const char *const backend_names[] = {"random", "builtin", NULL};

static const RvXmlRow rate_rows[] = {
    RV_XML_ATTRIBUTE(RvRng, rate_bytes, "bytes", uint, .flags = RV_XML_REQUIRED,
                     .doc = "Bytes that the guest may take in each period."),
    RV_XML_ATTRIBUTE(RvRng, rate_period, "period", uint, .fallback = "1000",
                     .doc = "Milliseconds."),
};
static const RvXmlType rate = {RV_XML_ROWS(rate_rows)};

static const RvXmlRow backend_rows[] = {
    RV_XML_ATTRIBUTE(RvRng, backend_model, "model", string, .names = backend_names,
                     .flags = RV_XML_REQUIRED, .doc = "Where the numbers come from."),
    RV_XML_TEXT(RvRng, backend, string, .fallback = "/dev/urandom",
                .doc = "The device of the host, for random."),
};
static const RvXmlType backend = {RV_XML_ROWS(backend_rows)};

static const RvXmlRow rng_rows[] = {
    RV_XML_ATTRIBUTE(RvRng, model, "model", string, .names = model_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .doc = "The hardware that the guest sees."),
    RV_XML_GROUP("rate", &rate),
    RV_XML_GROUP("backend", &backend, .flags = RV_XML_REQUIRED),
    RV_DEVICE_ROWS(RvRng),
};

const RvXmlType rv_rng_xml = {
    .doc = "A source of random numbers.",
    .size = sizeof(RvRng),
    RV_XML_ROWS(rng_rows),
};
