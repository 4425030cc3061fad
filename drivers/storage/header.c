/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/storage/header.h"

#include <string.h>

/* Magic bytes, as libvirt looks for them, and where a capacity stands behind them. */
typedef struct {
    const char *format;
    unsigned at, len;
    const char *magic;
    bool little;
    unsigned size_at, size_unit; /* a number of 8 bytes; unit 0: it is not told */
} Signature;

static const Signature signatures[] = {
    {"bochs", 0, 23, "Bochs Virtual HD Image\0", true, 0, 0},
    {"cloop", 0, 31, "#!/bin/sh\n#V2.0 Format\nmodprobe", true, 0, 0},
    {"iso", 32769, 5, "CD001", true, 0, 0},
    {"vpc", 0, 8, "conectix", false, 48, 1},
    {"vdi", 64, 4, "\x7f\x10\xda\xbe", true, 368, 1},
    {"ploop", 0, 16, "WithouFreSpacExt", true, 0, 0},
    {"ploop", 0, 16, "WithoutFreeSpace", true, 0, 0},
    {"cow", 0, 4, "OOOM", false, 0, 0},
    {"qed", 0, 4, "QED\0", true, 48, 1},
    {"vmdk", 0, 4, "COWD", true, 0, 0},
    {"vmdk", 0, 4, "KDMV", true, 12, 512},
};

static uint64_t number(const unsigned char *at, unsigned n, bool little)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n; i++)
        value = value << 8 | at[little ? n - 1 - i : i];
    return value;
}

static uint64_t big(const unsigned char *at, unsigned n)
{
    return number(at, n, false);
}

/* A name of the file's own: printable, of a length that paths have. */
static char *take_name(const unsigned char *bytes, size_t len, uint64_t at, uint64_t n)
{
    enum { MAX_NAME = 4096 };
    if (n == 0 || n > MAX_NAME || at > len || n > len - at)
        return NULL;
    char *name = g_strndup((const char *)bytes + at, n);
    if (strlen(name) == n && g_utf8_validate(name, (gssize)n, NULL))
        return name;
    g_free(name);
    return NULL;
}

/* ---- qcow and qcow2 -------------------------------------------------------------------------- */

enum {
    EXTENSION_BACKING_FORMAT = 0xe2792aca,
    INCOMPATIBLE_DATA_FILE = 1 << 2,
    INCOMPATIBLE_EXTENDED_L2 = 1 << 4,
    COMPATIBLE_LAZY_REFCOUNTS = 1 << 0,
};

static void read_extensions(RvHeader *header, const unsigned char *bytes, size_t len, size_t at,
                            size_t end)
{
    end = MIN(end, len);
    while (at + 8 <= end) {
        uint32_t type = (uint32_t)big(bytes + at, 4), size = (uint32_t)big(bytes + at + 4, 4);
        at += 8;
        if (type == 0 || size > end - at)
            return;
        if (type == (uint32_t)EXTENSION_BACKING_FORMAT && !header->backing_format)
            header->backing_format = take_name(bytes, end, at, size);
        at += (size + 7) & ~(size_t)7;
    }
}

static void read_qcow2(RvHeader *header, const unsigned char *bytes, size_t len)
{
    static const char *const crypts[] = {NULL, "qcow", "luks"};
    uint64_t version = big(bytes + 4, 4), bits = big(bytes + 20, 4), crypt = big(bytes + 32, 4);
    uint64_t backing = big(bytes + 8, 8), header_len = version >= 3 ? big(bytes + 100, 4) : 72;
    header->format = "qcow2";
    header->capacity = big(bytes + 24, 8);
    header->compat = version >= 3 ? "1.1" : "0.10";
    header->cluster_size = bits >= 9 && bits <= 30 ? UINT64_C(1) << bits : 0;
    header->encryption = crypt < G_N_ELEMENTS(crypts) ? crypts[crypt] : NULL;
    if (version >= 3) {
        header->data_file = big(bytes + 72, 8) & INCOMPATIBLE_DATA_FILE;
        header->extended_l2 = big(bytes + 72, 8) & INCOMPATIBLE_EXTENDED_L2;
        header->lazy_refcounts = big(bytes + 80, 8) & COMPATIBLE_LAZY_REFCOUNTS;
    }
    if (backing != 0)
        header->backing = take_name(bytes, len, backing, big(bytes + 16, 4));
    if (header_len >= 72 && header_len < len)
        read_extensions(header, bytes, len, header_len, backing ? backing : len);
}

static void read_qcow(RvHeader *header, const unsigned char *bytes, size_t len)
{
    uint64_t backing = big(bytes + 8, 8);
    header->format = "qcow";
    header->capacity = big(bytes + 24, 8);
    header->encryption = big(bytes + 36, 4) == 1 ? "qcow" : NULL;
    if (backing != 0)
        header->backing = take_name(bytes, len, backing, big(bytes + 16, 4));
}

/* ---- Others ---------------------------------------------------------------------------------- */

/* A raw image whose content is encrypted. */
static void read_luks(RvHeader *header, const unsigned char *bytes)
{
    header->encryption = "luks";
    if (big(bytes + 6, 2) == 1)
        header->payload = big(bytes + 104, 4) * 512;
}

static void read_qed_backing(RvHeader *header, const unsigned char *bytes, size_t len)
{
    enum { HAS_BACKING = 1, BACKING_IS_RAW = 4 };
    uint64_t features = number(bytes + 16, 8, true);
    if (!(features & HAS_BACKING))
        return;
    header->backing =
        take_name(bytes, len, number(bytes + 56, 4, true), number(bytes + 60, 4, true));
    if (header->backing && (features & BACKING_IS_RAW))
        header->backing_format = g_strdup("raw");
}

static void read_signature(RvHeader *header, const Signature *signature,
                           const unsigned char *bytes, size_t len)
{
    header->format = signature->format;
    if (!signature->size_unit || len < signature->size_at + 8)
        return;
    uint64_t size = number(bytes + signature->size_at, 8, signature->little);
    if (size <= (uint64_t)INT64_MAX / signature->size_unit)
        header->capacity = size * signature->size_unit;
    if (g_str_equal(signature->format, "qed") && len >= 64)
        read_qed_backing(header, bytes, len);
}

void rv_header_read(RvHeader *header, const unsigned char *bytes, size_t len)
{
    *header = (RvHeader){.format = "raw"};
    if (len >= 104 && !memcmp(bytes, "QFI\xfb", 4)) {
        uint64_t version = big(bytes + 4, 4);
        if (version == 1)
            read_qcow(header, bytes, len);
        else if (version == 2 || version == 3)
            read_qcow2(header, bytes, len);
        return;
    }
    if (len >= 108 && !memcmp(bytes, "LUKS\xba\xbe", 6)) {
        read_luks(header, bytes);
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(signatures); i++) {
        const Signature *signature = &signatures[i];
        if (len >= signature->at + signature->len &&
            !memcmp(bytes + signature->at, signature->magic, signature->len)) {
            read_signature(header, signature, bytes, len);
            return;
        }
    }
}

void rv_header_clear(RvHeader *header)
{
    g_clear_pointer(&header->backing, g_free);
    g_clear_pointer(&header->backing_format, g_free);
}
