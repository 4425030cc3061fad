/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/rng.h"

#include "base/error.h"
#include "model/device-xml.h"

RV_ENUM(rv_rng_backend, RvRngBackend, RV_RNG_LAST, "random", "egd", "builtin");

static const char *const model_names[] = {"virtio", "virtio-transitional",
                                          "virtio-non-transitional", NULL};

#define BACKEND(backend_) RV_XML_WHEN(RvRng, backend, RV_XML_BIT(RV_RNG_##backend_))

static const RvXmlRow rate_rows[] = {
    RV_XML_ATTRIBUTE(RvRng, rate_bytes, "bytes", uint,
                     .doc = "Bytes that the guest may take in each period."),
    RV_XML_ATTRIBUTE(RvRng, rate_period, "period", uint, .fallback = "1000",
                     .doc = "Milliseconds."),
};
static const RvXmlType rate = {RV_XML_ROWS(rate_rows)};

static const RvXmlRow backend_rows[] = {
    RV_XML_ATTRIBUTE(RvRng, backend, "model", enum, .names = rv_rng_backend_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Where the numbers come from: a device of the host, a daemon that "
                            "speaks EGD, or the emulator."),
    RV_CHARDEV_TYPE_ROW(RvRng, source, BACKEND(EGD), .flags = RV_XML_REQUIRED | RV_XML_ALWAYS),
    RV_CHARDEV_SOURCE_ROWS(RvRng, source),
    RV_CHARDEV_LOG_ROW(RvRng, source, BACKEND(EGD)),
    RV_XML_TEXT(RvRng, path, string, BACKEND(RANDOM), .fallback = "/dev/random",
                .doc = "The device of the host, for random."),
};
static const RvXmlType backend = {RV_XML_ROWS(backend_rows)};

static const RvXmlRow driver_rows[] = {
    RV_VIRTIO_ROWS(RvRng, virtio),
};
static const RvXmlType driver = {RV_XML_ROWS(driver_rows)};

static const RvXmlRow rng_rows[] = {
    RV_XML_ATTRIBUTE(RvRng, model, "model", string, .names = model_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ABI,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The hardware that the guest sees."),
    RV_XML_GROUP("rate", &rate),
    RV_XML_GROUP("backend", &backend,
                 .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_SINGLE),
    RV_XML_GROUP("driver", &driver, .doc = "How a virtio device works."),
    RV_DEVICE_ROWS(RvRng),
};

static void check_rng(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvRng *rng = object;
    if (!rng->rate_bytes)
        rng->rate_period = 0;
    if (rng->backend == RV_RNG_EGD)
        rv_chardev_source_check(reader, rv_xml_node_child(node, "backend", 0), &rng->source,
                                false);
}

const RvXmlType rv_rng_xml = {
    .doc = "A source of random numbers.",
    .size = sizeof(RvRng),
    RV_XML_ROWS(rng_rows),
    .check = check_rng,
};
