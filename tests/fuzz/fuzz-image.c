/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The documents of images, and the paths within archives. */
#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/container/image/catalog.h"
#include "drivers/container/image/oci.h"
#include "drivers/container/image/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cleaning a clean path changes nothing, and no clean path climbs. */
static void try_path(const char *text)
{
    g_autofree char *clean = rv_tree_clean(text, NULL);
    if (!clean)
        return;
    g_autofree char *again = rv_tree_clean(clean, NULL);
    g_assert_cmpstr(clean, ==, again);
    g_assert(*clean != '/' && !strstr(clean, "/../") && !g_str_has_prefix(clean, "../"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) index = rv_oci_parse_index(text, strlen(text), NULL);
    g_autoptr(GPtrArray) docker = rv_docker_parse_manifest(text, strlen(text), NULL);
    g_autoptr(RvOciManifest) manifest = rv_oci_parse_manifest(text, strlen(text), NULL);
    g_autoptr(RvImageConfig) config = rv_oci_parse_config(text, strlen(text), NULL);
    g_autoptr(RvCatalog) catalog = rv_catalog_parse(text, strlen(text), NULL);
    g_autofree char *name = rv_image_name(text, NULL);
    if (catalog) {
        g_autofree char *formatted = rv_catalog_format(catalog);
        g_autoptr(RvCatalog) again = rv_catalog_parse(formatted, strlen(formatted), NULL);
        g_assert(again && again->images->len == catalog->images->len);
    }
    try_path(text);
    return 0;
}
