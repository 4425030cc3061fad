/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/drivers/image-builder.h"

#include <check.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "drivers/container/image/digest.h"
#include "drivers/container/image/layout.h"

enum { BLOCK = 512 };

static void put_octal(char *field, size_t len, uint64_t value)
{
    g_snprintf(field, (gulong)len, "%0*" G_GINT64_MODIFIER "o", (int)len - 1, value);
}

static void pad(GByteArray *tar)
{
    static const guint8 zeros[BLOCK];
    if (tar->len % BLOCK)
        g_byte_array_append(tar, zeros, BLOCK - tar->len % BLOCK);
}

static void put_header(GByteArray *tar, const ImageEntry *entry, size_t len)
{
    char head[BLOCK] = {0};
    bool is_link = entry->type == '1' || entry->type == '2';
    memcpy(head, entry->name, MIN(strlen(entry->name), (size_t)100));
    put_octal(head + 100, 8, entry->type == '5' ? 0755 : 0644);
    put_octal(head + 108, 8, 0);
    put_octal(head + 116, 8, 0);
    put_octal(head + 124, 12, entry->size ? entry->size : is_link ? 0 : len);
    if (entry->octal)
        memcpy(head + 124, entry->octal, MIN(strlen(entry->octal), (size_t)12));
    put_octal(head + 136, 12, 1700000000);
    head[156] = entry->type;
    if (is_link)
        memcpy(head + 157, entry->data, MIN(strlen(entry->data), (size_t)100));
    memcpy(head + 257, "ustar\0" "00", 8);
    put_octal(head + 329, 8, 1);
    put_octal(head + 337, 8, 3);
    memset(head + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)head[i];
    g_snprintf(head + 148, 8, "%06o", sum);
    g_byte_array_append(tar, (guint8 *)head, BLOCK);
}

static void put_pax(GByteArray *tar, const char *pax)
{
    /* "LEN key=value\n", where LEN counts itself. */
    size_t len = strlen(pax) + 2;
    size_t digits = 1;
    while (g_snprintf(NULL, 0, "%zu", len + digits) != (gint)digits)
        digits++;
    g_autofree char *record = g_strdup_printf("%zu %s\n", len + digits, pax);
    ImageEntry header = {.name = "PaxHeaders/x", .type = 'x'};
    put_header(tar, &header, strlen(record));
    g_byte_array_append(tar, (guint8 *)record, (guint)strlen(record));
    pad(tar);
}

void image_add_entry(GByteArray *tar, const ImageEntry *entry)
{
    bool is_link = entry->type == '1' || entry->type == '2';
    size_t len = entry->data && !is_link ? strlen(entry->data) : 0;
    if (entry->pax)
        put_pax(tar, entry->pax);
    put_header(tar, entry, len);
    g_byte_array_append(tar, (const guint8 *)entry->data, (guint)len);
    pad(tar);
}

GByteArray *image_make_tar(const ImageEntry *entries)
{
    static const guint8 zeros[2 * BLOCK];
    GByteArray *tar = g_byte_array_new();
    for (; entries->name; entries++)
        image_add_entry(tar, entries);
    g_byte_array_append(tar, zeros, sizeof(zeros));
    return tar;
}

GByteArray *image_gzip(const GByteArray *bytes)
{
    g_autoptr(GZlibCompressor) zlib = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6);
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
    g_autoptr(GOutputStream) gzip = g_converter_output_stream_new(memory, G_CONVERTER(zlib));
    ck_assert(g_output_stream_write_all(gzip, bytes->data, bytes->len, NULL, NULL, NULL));
    ck_assert(g_output_stream_close(gzip, NULL, NULL));
    GByteArray *packed = g_byte_array_new();
    GMemoryOutputStream *stream = G_MEMORY_OUTPUT_STREAM(memory);
    g_byte_array_append(packed, g_memory_output_stream_get_data(stream),
                        (guint)g_memory_output_stream_get_data_size(stream));
    return packed;
}

void image_write(const char *folder, const char *path, const void *bytes, size_t len)
{
    g_autofree char *full = g_build_filename(folder, path, NULL);
    g_autofree char *parent = g_path_get_dirname(full);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    FILE *file = fopen(full, "we");
    ck_assert(file && (!len || fwrite(bytes, 1, len, file) == len));
    ck_assert_int_eq(fclose(file), 0);
}

char *image_put_blob(const char *folder, const void *bytes, size_t len)
{
    char *digest = rv_digest_of(bytes, len);
    g_autofree char *path = g_strconcat("blobs/sha256/", digest, NULL);
    image_write(folder, path, bytes, len);
    return digest;
}

static bool is_gzip(const GByteArray *layer)
{
    return layer->len > 2 && layer->data[0] == 0x1f && layer->data[1] == 0x8b;
}

static char *diff_id_of(const GByteArray *layer)
{
    if (!is_gzip(layer))
        return rv_digest_of(layer->data, layer->len);
    g_autoptr(GZlibDecompressor) zlib = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
    g_autoptr(GInputStream) memory = g_memory_input_stream_new_from_data(layer->data, layer->len,
                                                                         NULL);
    g_autoptr(GInputStream) plain = g_converter_input_stream_new(memory, G_CONVERTER(zlib));
    g_autoptr(RvDigest) digest = rv_digest_new();
    char bytes[4096];
    for (gssize n; (n = g_input_stream_read(plain, bytes, sizeof(bytes), NULL, NULL)) > 0;)
        rv_digest_add(digest, bytes, (size_t)n);
    return rv_digest_end(digest);
}

/* "@" is the digest of what the document names, "#" its size, "$" the list of layers. */
static char *fill(const char *document, const char *digest, size_t size, const char *list)
{
    GString *text = g_string_new(document);
    g_autofree char *number = g_strdup_printf("%zu", size);
    g_string_replace(text, "@", digest, 0);
    g_string_replace(text, "#", number, 0);
    g_string_replace(text, "$", list, 0);
    return g_string_free(text, FALSE);
}

static char *make_config(const ImageLayout *layout)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < layout->layers->len; i++) {
        bool last = i + 1 == layout->layers->len;
        g_autofree char *id = diff_id_of(layout->layers->pdata[i]);
        g_string_append_printf(ids, "%s\"sha256:%s\"", i ? "," : "",
                               last && layout->diff_id ? layout->diff_id : id);
    }
    if (layout->config)
        return fill(layout->config, "", 0, ids->str);
    return g_strdup_printf("{\"os\":\"linux\",\"architecture\":\"%s\",\"config\":%s,"
                           "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}",
                           rv_layout_architecture(), layout->run ? layout->run : "{}", ids->str);
}

static char *put_layers(const char *folder, const ImageLayout *layout)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < layout->layers->len; i++) {
        const GByteArray *layer = layout->layers->pdata[i];
        g_autofree char *digest = image_put_blob(folder, layer->data, layer->len);
        const char *type = layout->layer_type ? layout->layer_type
                           : is_gzip(layer)   ? "application/vnd.oci.image.layer.v1.tar+gzip"
                                              : "application/vnd.oci.image.layer.v1.tar";
        g_string_append_printf(text, "%s{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%u}",
                               i ? "," : "", type, digest, layer->len);
    }
    return g_string_free(text, FALSE);
}

void image_write_layout(const char *folder, const ImageLayout *layout)
{
    g_autofree char *layers = put_layers(folder, layout);
    g_autofree char *config = make_config(layout);
    g_autofree char *config_digest = image_put_blob(folder, config, strlen(config));
    g_autofree char *manifest =
        layout->manifest
            ? fill(layout->manifest, config_digest, strlen(config), layers)
            : g_strdup_printf("{\"schemaVersion\":2,\"config\":{\"mediaType\":"
                              "\"application/vnd.oci.image.config.v1+json\",\"digest\":"
                              "\"sha256:%s\",\"size\":%zu},\"layers\":[%s]}",
                              config_digest, strlen(config), layers);
    g_autofree char *digest = image_put_blob(folder, manifest, strlen(manifest));
    g_autofree char *index =
        layout->index ? fill(layout->index, digest, strlen(manifest), "")
                      : g_strdup_printf("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
                                        "\"application/vnd.oci.image.manifest.v1+json\","
                                        "\"digest\":\"sha256:%s\",\"size\":%zu,\"annotations\":{"
                                        "\"org.opencontainers.image.ref.name\":\"latest\"}}]}",
                                        digest, strlen(manifest));
    image_write(folder, "index.json", index, strlen(index));
    image_write(folder, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
}
