/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/uuid.h"
#include "model/chardev-source.h"
#include "model/device.h"

typedef enum {
    RV_TPM_PASSTHROUGH, /* the host's */
    RV_TPM_EMULATOR,    /* swtpm, run by the driver */
    RV_TPM_EXTERNAL,    /* swtpm, run by somebody else */
    RV_TPM_LAST,
} RvTpmBackend;
RV_ENUM_DECLARE(rv_tpm_backend, RvTpmBackend);

typedef struct {
    bool sha1, sha256, sha384, sha512;
} RvTpmBanks;

typedef struct {
    RvDevice device;
    char *model; /* tpm-tis, tpm-crb, tpm-spapr, spapr-tpm-proxy; NULL: not said */
    RvTpmBackend backend;
    char *path;            /* passthrough */
    char *version;         /* emulator: "1.2" or "2.0"; NULL: not said */
    bool persistent_state; /* emulator: kept when the definition goes */
    RvUuid secret;         /* emulator: encrypts its state; zero: none */
    RvTpmBanks *banks;     /* emulator: those that are active; NULL: not said */
    RvChardevSource source; /* external: a socket of type unix */
} RvTpm;

extern const RvXmlType rv_tpm_xml;
