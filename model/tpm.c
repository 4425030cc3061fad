/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tpm.h"

#include "base/error.h"
#include "model/device-xml.h"

RV_ENUM(rv_tpm_backend, RvTpmBackend, RV_TPM_LAST, "passthrough", "emulator", "external");

static const char *const model_names[] = {"tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy",
                                          NULL};
static const char *const version_names[] = {"1.2", "2.0", NULL};

#define DEFAULT_DEVICE "/dev/tpm0"

#define BACKEND(backend_) RV_XML_WHEN(RvTpm, backend, RV_XML_BIT(RV_TPM_##backend_))

static const RvXmlRow bank_rows[] = {
    RV_XML_FLAG(RvTpmBanks, sha1, "sha1", .doc = "The bank of SHA-1."),
    RV_XML_FLAG(RvTpmBanks, sha256, "sha256", .doc = "The bank of SHA-256."),
    RV_XML_FLAG(RvTpmBanks, sha384, "sha384", .doc = "The bank of SHA-384."),
    RV_XML_FLAG(RvTpmBanks, sha512, "sha512", .doc = "The bank of SHA-512."),
};
static const RvXmlType banks = {
    .doc = "Which banks of registers are active.",
    .size = sizeof(RvTpmBanks),
    RV_XML_ROWS(bank_rows),
    .unknown_code = RV_ERR_CONFIG_UNSUPPORTED,
};

static const RvXmlRow source_rows[] = {
    RV_XML_ATTRIBUTE(RvChardevSource, type, "type", enum, .names = rv_chardev_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED, .doc = "unix, and nothing else."),
    RV_XML_ATTRIBUTE(RvChardevSource, mode, "mode", enum, .names = rv_chardev_mode_names,
                     RV_XML_WHEN(RvChardevSource, type, RV_CHARDEV_BIT(UNIX)),
                     .flags = RV_XML_ALWAYS, .fallback = "connect",
                     .doc = "connect, and nothing else."),
    RV_XML_ATTRIBUTE(RvChardevSource, path, "path", string,
                     RV_XML_WHEN(RvChardevSource, type, RV_CHARDEV_BIT(UNIX)),
                     .doc = "Absolute path of its socket."),
};
static const RvXmlType source = {RV_XML_ROWS(source_rows)};

static const RvXmlRow backend_rows[] = {
    RV_XML_ATTRIBUTE(RvTpm, backend, "type", enum, .names = rv_tpm_backend_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "Whether the guest uses the host's TPM, or a program's."),
    RV_XML_ATTRIBUTE(RvTpm, version, "version", string, .names = version_names, BACKEND(EMULATOR),
                     .flags = RV_XML_ABI, .doc = "The version of the standard."),
    RV_XML_ATTRIBUTE(RvTpm, persistent_state, "persistent_state", yes_no, BACKEND(EMULATOR),
                     .bad_code = RV_ERR_INTERNAL, .fallback = "no",
                     .doc = "Whether its state outlives the definition."),
    RV_XML_LEAF(RvTpm, path, "device", string, .attribute = "path", BACKEND(PASSTHROUGH),
                .fallback = DEFAULT_DEVICE, .doc = "Absolute path of the host's TPM."),
    RV_XML_LEAF(RvTpm, secret, "encryption", uuid, .attribute = "secret", BACKEND(EMULATOR),
                .bad_code = RV_ERR_INTERNAL,
                .doc = "The secret whose value encrypts its state."),
    RV_XML_CHILD(RvTpm, banks, "active_pcr_banks", &banks, BACKEND(EMULATOR)),
    RV_XML_EMBED(RvTpm, source, "source", &source, BACKEND(EXTERNAL),
                 .flags = RV_XML_REQUIRED, .doc = "Where the program listens."),
};
static const RvXmlType backend = {RV_XML_ROWS(backend_rows)};

static const RvXmlRow tpm_rows[] = {
    RV_XML_ATTRIBUTE(RvTpm, model, "model", string, .names = model_names, .flags = RV_XML_ABI,
                     .doc = "The hardware that the guest sees."),
    RV_XML_GROUP("backend", &backend, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_SINGLE,
                 .doc = "What answers the guest."),
    RV_DEVICE_ROWS(RvTpm),
};

static void check_source(RvXmlReader *reader, const RvXmlNode *node, const RvChardevSource *from)
{
    if (from->type != RV_CHARDEV_UNIX)
        rv_xml_error(reader, RV_ERR_XML, node, "type",
                     "a TPM is reached by a socket of type unix only");
    else if (from->mode != RV_CHARDEV_CONNECT)
        rv_xml_error(reader, RV_ERR_XML, node, "mode", "a TPM is connected to: mode='connect'");
    else if (!from->path)
        rv_xml_error(reader, RV_ERR_XML, node, NULL, "path= of the <source> is missing");
}

static void check_banks(RvXmlReader *reader, const RvXmlNode *node, RvTpm *tpm)
{
    const RvTpmBanks *active = tpm->banks;
    if (!active->sha1 && !active->sha256 && !active->sha384 && !active->sha512) {
        rv_xml_free(&banks, tpm->banks);
        tpm->banks = NULL;
    } else if (g_strcmp0(tpm->version, "2.0")) {
        rv_xml_error(reader, RV_ERR_XML, rv_xml_node_child(node, "active_pcr_banks", 0), NULL,
                     "only a TPM of version 2.0 has banks");
    }
}

static void check_tpm(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvTpm *tpm = object;
    const RvXmlNode *inner = rv_xml_node_child(node, "backend", 0);
    if (tpm->backend == RV_TPM_PASSTHROUGH && !tpm->path)
        tpm->path = g_strdup(DEFAULT_DEVICE);
    if (tpm->backend == RV_TPM_EXTERNAL)
        check_source(reader, rv_xml_node_child(inner, "source", 0), &tpm->source);
    if (tpm->banks)
        check_banks(reader, inner, tpm);
}

const RvXmlType rv_tpm_xml = {
    .doc = "A Trusted Platform Module.",
    .size = sizeof(RvTpm),
    RV_XML_ROWS(tpm_rows),
    .check = check_tpm,
};
