/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A network, pool or volume that is accepted is written so that reading it again gives the same; a
 * copy is equal to it. */

#include "model/network.h"
#include "model/pool.h"
#include "model/volume.h"
#include "model/xml-table.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *read_network(const char *text, size_t len, GError **error)
{
    return rv_xml_parse(&rv_network_xml, "network", text, len, 0, NULL, error);
}

static void *read_pool(const char *text, size_t len, GError **error)
{
    return rv_pool_def_parse(text, len, NULL, error);
}

/* Each kind of pool has formats of its own. */
static void *read_file(const char *text, size_t len, GError **error)
{
    return rv_volume_def_parse(text, len, RV_POOL_DIR, RV_VOLUME_CAPACITY_NEEDED, NULL, error);
}

static void *read_part(const char *text, size_t len, GError **error)
{
    return rv_volume_def_parse(text, len, RV_POOL_DISK, RV_VOLUME_CAPACITY_OF_ORIGIN, NULL, error);
}

static const struct {
    const char *noun;
    const RvXmlType *type;
    void *(*read)(const char *text, size_t len, GError **error);
    RvFormatFlags flags;
} objects[] = {
    {"network", &rv_network_xml, read_network, 0},
    {"pool", &rv_pool_xml, read_pool, RV_FORMAT_SECRETS},
    {"volume", &rv_volume_xml, read_file, RV_FORMAT_LIVE},
    {"volume", &rv_volume_xml, read_part, RV_FORMAT_LIVE},
};

static char *write_object(unsigned i, const void *def)
{
    GString *text = g_string_new(NULL);
    rv_xml_write(objects[i].type, objects[i].noun, def, objects[i].flags, 0, text);
    return g_string_free(text, FALSE);
}

static void *read_again(unsigned i, const char *text)
{
    g_autoptr(GError) error = NULL;
    void *def = objects[i].read(text, strlen(text), &error);
    if (!def)
        g_error("refused what was written: %s\n%s", error->message, text);
    return def;
}

static void check_equal(unsigned i, const void *a, const void *b, const char *what)
{
    g_autoptr(RvDiagnostics) differences = rv_diagnostics_new();
    if (rv_xml_equal(objects[i].type, objects[i].noun, a, b, 0, differences))
        return;
    g_autofree char *text = rv_diagnostics_to_text(differences);
    g_error("%s: %s", what, text);
}

static void check_object(unsigned i, const void *def)
{
    void *copy = rv_xml_copy(objects[i].type, def);
    check_equal(i, def, copy, "a copy");
    g_autofree char *once = write_object(i, def);
    void *again = read_again(i, once);
    g_autofree char *twice = write_object(i, again);
    if (strcmp(once, twice))
        g_error("changed:\n%s\ninto:\n%s", once, twice);
    /* A default that was spelt out may be left out, but only once. */
    void *third = read_again(i, twice);
    check_equal(i, again, third, once);
    rv_xml_free(objects[i].type, copy);
    rv_xml_free(objects[i].type, again);
    rv_xml_free(objects[i].type, third);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(objects); i++) {
        void *def = objects[i].read((const char *)data, size, NULL);
        if (!def)
            continue;
        check_object(i, def);
        rv_xml_free(objects[i].type, def);
    }
    return 0;
}
