/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Secrets that open storage, by reference only: who logs in where the data is, and what decrypts
 * it. The passwords themselves stand in no domain's document. */

#include <glib.h>

#include "base/enum.h"
#include "base/uuid.h"

typedef struct RvXmlType RvXmlType;

/* Named by either of both. */
typedef struct {
    char *type; /* "iscsi", "ceph", ...; NULL: not said */
    RvUuid uuid;
    char *usage;
} RvSecretReference;

typedef enum {
    RV_STORAGE_AUTH_NONE,
    RV_STORAGE_AUTH_CHAP,
    RV_STORAGE_AUTH_CEPH,
    RV_STORAGE_AUTH_LAST,
} RvStorageAuthType;
RV_ENUM_DECLARE(rv_storage_auth_type, RvStorageAuthType);

typedef struct {
    RvStorageAuthType type;
    char *user;
    RvSecretReference secret;
} RvStorageAuth;

typedef enum {
    RV_ENCRYPTION_DEFAULT,
    RV_ENCRYPTION_QCOW,
    RV_ENCRYPTION_LUKS,
    RV_ENCRYPTION_LUKS2,
    RV_ENCRYPTION_LAST,
} RvEncryptionFormat;
RV_ENUM_DECLARE(rv_encryption_format, RvEncryptionFormat);

typedef enum {
    RV_ENCRYPTION_ENGINE_DEFAULT,
    RV_ENCRYPTION_ENGINE_QEMU,
    RV_ENCRYPTION_ENGINE_LIBRBD,
    RV_ENCRYPTION_ENGINE_LAST,
} RvEncryptionEngine;
RV_ENUM_DECLARE(rv_encryption_engine, RvEncryptionEngine);

typedef struct {
    RvEncryptionFormat format;
    RvEncryptionEngine engine;
    GPtrArray *secrets; /* RvSecretReference, of type "passphrase" */
    /* luks only; NULL and 0: not said */
    char *cipher, *cipher_mode, *cipher_hash;
    unsigned cipher_size; /* bits */
    char *ivgen, *ivgen_hash;
} RvEncryption;

extern const RvXmlType rv_storage_auth_xml, rv_encryption_xml;
