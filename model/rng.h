/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/chardev-source.h"
#include "model/device.h"

typedef enum {
    RV_RNG_RANDOM,  /* a device of the host */
    RV_RNG_EGD,     /* a daemon that gathers entropy */
    RV_RNG_BUILTIN, /* the emulator's own generator */
    RV_RNG_LAST,
} RvRngBackend;
RV_ENUM_DECLARE(rv_rng_backend, RvRngBackend);

typedef struct {
    RvDevice device;
    char *model;
    RvRngBackend backend;
    char *path;             /* random; NULL: not said */
    RvChardevSource source; /* egd: where the daemon is */
    unsigned rate_bytes, rate_period; /* 0: no limit; ms */
    RvVirtioOptions virtio;
} RvRng;

extern const RvXmlType rv_rng_xml;
