/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/storage-secret.h"

#include "base/error.h"
#include "model/xml-table.h"

RV_ENUM(rv_storage_auth_type, RvStorageAuthType, RV_STORAGE_AUTH_LAST, "none", "chap", "ceph");
RV_ENUM(rv_encryption_format, RvEncryptionFormat, RV_ENCRYPTION_LAST, "default", "qcow", "luks",
        "luks2");
RV_ENUM(rv_encryption_engine, RvEncryptionEngine, RV_ENCRYPTION_ENGINE_LAST, "default", "qemu",
        "librbd");

static const char *const passphrase_names[] = {"passphrase", NULL};

#define REFERENCE_ROWS                                                                             \
    RV_XML_ATTRIBUTE(RvSecretReference, uuid, "uuid", uuid, .doc = "The UUID of the secret."),     \
        RV_XML_ATTRIBUTE(RvSecretReference, usage, "usage", string, .flags = RV_XML_KEEP_EMPTY,    \
                         .doc = "What the secret is for, instead of its UUID.")

static const RvXmlRow auth_secret_rows[] = {
    RV_XML_ATTRIBUTE(RvSecretReference, type, "type", string,
                     .doc = "The kind of secret: iscsi for iscsi, ceph for rbd."),
    REFERENCE_ROWS,
};

static const RvXmlRow encryption_secret_rows[] = {
    RV_XML_ATTRIBUTE(RvSecretReference, type, "type", string, .names = passphrase_names,
                     .flags = RV_XML_REQUIRED, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "The kind of secret."),
    REFERENCE_ROWS,
};

static void check_reference(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    bool uuid = rv_xml_node_attribute(node, "uuid") != NULL;
    bool usage = rv_xml_node_attribute(node, "usage") != NULL;
    if (uuid == usage)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "a secret is named by %s uuid= or usage=",
                     uuid ? "only one of" : "either");
}

static const RvXmlType auth_secret = {
    .size = sizeof(RvSecretReference),
    RV_XML_ROWS(auth_secret_rows),
    .check = check_reference,
};

static const RvXmlType encryption_secret = {
    .doc = "A secret that decrypts it.",
    .size = sizeof(RvSecretReference),
    RV_XML_ROWS(encryption_secret_rows),
    .check = check_reference,
};

static const RvXmlRow auth_rows[] = {
    RV_XML_ATTRIBUTE(RvStorageAuth, type, "type", enum, .names = rv_storage_auth_type_names,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "The way to log in."),
    RV_XML_ATTRIBUTE(RvStorageAuth, user, "username", string, .flags = RV_XML_REQUIRED,
                     .doc = "Who logs in."),
    RV_XML_EMBED(RvStorageAuth, secret, "secret", &auth_secret,
                 .flags = RV_XML_REQUIRED | RV_XML_ALWAYS, .doc = "The password, by reference."),
};
const RvXmlType rv_storage_auth_xml = {
    .doc = "How to log in where the data is.",
    .size = sizeof(RvStorageAuth),
    RV_XML_ROWS(auth_rows),
};

static const RvXmlRow cipher_rows[] = {
    RV_XML_ATTRIBUTE(RvEncryption, cipher, "name", string, .flags = RV_XML_REQUIRED,
                     .doc = "The cipher: aes, twofish, ..."),
    RV_XML_ATTRIBUTE(RvEncryption, cipher_size, "size", uint, .flags = RV_XML_REQUIRED,
                     .doc = "The length of the key in bits."),
    RV_XML_ATTRIBUTE(RvEncryption, cipher_mode, "mode", string, .doc = "The mode: cbc, xts, ..."),
    RV_XML_ATTRIBUTE(RvEncryption, cipher_hash, "hash", string, .doc = "The hash: sha256, ..."),
};
static const RvXmlType cipher = {RV_XML_ROWS(cipher_rows)};

static const RvXmlRow ivgen_rows[] = {
    RV_XML_ATTRIBUTE(RvEncryption, ivgen, "name", string, .flags = RV_XML_REQUIRED,
                     .doc = "How initial vectors are made: plain, plain64 or essiv."),
    RV_XML_ATTRIBUTE(RvEncryption, ivgen_hash, "hash", string, .doc = "The hash for essiv."),
};
static const RvXmlType ivgen = {RV_XML_ROWS(ivgen_rows)};

#define LUKS RV_XML_WHEN(RvEncryption, format, RV_XML_BIT(RV_ENCRYPTION_LUKS))

static const RvXmlRow encryption_rows[] = {
    RV_XML_ATTRIBUTE(RvEncryption, format, "format", enum, .names = rv_encryption_format_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "The format of encryption."),
    RV_XML_ATTRIBUTE(RvEncryption, engine, "engine", enum, .names = rv_encryption_engine_names,
                     .min = 1, .doc = "What decrypts it."),
    RV_XML_LIST(RvEncryption, secrets, "secret", &encryption_secret, .max = 64),
    RV_XML_GROUP("cipher", &cipher, LUKS, .doc = "For volumes that are made; not for disks."),
    RV_XML_GROUP("ivgen", &ivgen, LUKS),
};

static void check_encryption(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvEncryption *encryption = object;
    if (encryption->ivgen && !encryption->cipher)
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "ivgen", 0), NULL,
                     "an <ivgen> needs a <cipher> beside it");
}

const RvXmlType rv_encryption_xml = {
    .doc = "How the data is encrypted.",
    .size = sizeof(RvEncryption),
    RV_XML_ROWS(encryption_rows),
    .check = check_encryption,
};
