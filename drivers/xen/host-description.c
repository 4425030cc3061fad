/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/host-description.h"

#include "drivers/x86-feature.h"
#include "drivers/x86-model.h"
#include "drivers/xen/host.h"

/* ---- The CPU's model ------------------------------------------------------------------------ */

/* What Xen's words are, as of 4.7. */
static const struct {
    uint32_t leaf;
    unsigned char subleaf, reg;
} places[] = {
    {0x1, 0, RV_X86_EDX}, {0x1, 0, RV_X86_ECX}, {0x80000001, 0, RV_X86_EDX},
    {0x80000001, 0, RV_X86_ECX}, {0xd, 1, RV_X86_EAX}, {0x7, 0, RV_X86_EBX},
    {0x7, 0, RV_X86_ECX}, {0x80000007, 0, RV_X86_EDX},
};
enum { BITS = 32, PAE = 6, LONG_MODE = 29 };

static bool has_bit(const json_t *words, size_t word, unsigned bit)
{
    return json_integer_value(json_array_get(words, word)) >> bit & 1;
}

static const char *feature_at(size_t word, unsigned bit)
{
    for (size_t i = 0; i < rv_x86_features_len; i++) {
        const RvX86Feature *feature = &rv_x86_features[i];
        if (feature->leaf == places[word].leaf && feature->subleaf == places[word].subleaf &&
            feature->reg == places[word].reg && feature->bit == bit)
            return feature->name;
    }
    return NULL;
}

static GPtrArray *features_in(const json_t *words)
{
    GPtrArray *features = g_ptr_array_new();
    for (size_t word = 0; word < G_N_ELEMENTS(places); word++)
        for (unsigned bit = 0; bit < BITS; bit++) {
            const char *name = has_bit(words, word, bit) ? feature_at(word, bit) : NULL;
            if (name)
                g_ptr_array_add(features, (char *)name);
        }
    return features;
}

static bool is_subset(GHashTable *set, const GPtrArray *features)
{
    guint found = 0;
    for (guint i = 0; i < features->len; i++)
        found += g_hash_table_contains(set, features->pdata[i]);
    return found == g_hash_table_size(set);
}

/* With what only guests are kept from. */
static GHashTable *features_of(const char *model)
{
    GHashTable *set = rv_x86_model_features(model);
    const char *removed = rv_x86_model_removed(model);
    if (removed)
        g_hash_table_add(set, (char *)removed);
    return set;
}

/* The newest of those that leave the fewest features over. These were made up for guests. */
static const char *choose(const GPtrArray *features, GHashTable **ret_set)
{
    const char *best = NULL, *name;
    GHashTable *best_set = NULL;
    for (size_t i = 0; (name = rv_x86_model_name(i)); i++) {
        GHashTable *set = features_of(name);
        if (g_str_has_prefix(name, "cpu64-") || !is_subset(set, features) ||
            (best_set && g_hash_table_size(set) < g_hash_table_size(best_set))) {
            g_hash_table_unref(set);
            continue;
        }
        g_clear_pointer(&best_set, g_hash_table_unref);
        best_set = set;
        best = name;
    }
    *ret_set = best_set;
    return best;
}

void xen_cpu_model_init(XenCpuModel *model, const json_t *words)
{
    g_autoptr(GHashTable) set = NULL;
    model->features = features_in(words);
    model->model = choose(model->features, &set);
    for (guint i = model->features->len; i-- > 0 && set;)
        if (g_hash_table_contains(set, model->features->pdata[i]))
            g_ptr_array_remove_index(model->features, i);
}

void xen_cpu_model_clear(XenCpuModel *model)
{
    g_ptr_array_unref(model->features);
}

/* ---- The document --------------------------------------------------------------------------- */

static json_int_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void append_cpu(GString *xml, const json_t *report)
{
    const json_t *words = json_object_get(report, "hw-caps");
    json_int_t cores = MAX(number(report, "cores"), 1), threads = MAX(number(report, "threads"), 1);
    g_auto(XenCpuModel) model;
    xen_cpu_model_init(&model, words);
    g_string_append_printf(xml, "    <cpu>\n      <arch>%s</arch>\n",
                           has_bit(words, 2, LONG_MODE) ? "x86_64" : "i686");
    if (has_bit(words, 0, PAE))
        g_string_append(xml, "      <features>\n        <pae/>\n      </features>\n");
    if (model.model)
        g_string_append_printf(xml, "      <model>%s</model>\n", model.model);
    g_string_append_printf(xml,
                           "      <topology sockets='%" JSON_INTEGER_FORMAT "' dies='1'"
                           " cores='%" JSON_INTEGER_FORMAT "' threads='%" JSON_INTEGER_FORMAT
                           "'/>\n",
                           MAX(number(report, "cpus") / (cores * threads), 1), cores, threads);
    for (guint i = 0; i < model.features->len; i++)
        g_string_append_printf(xml, "      <feature name='%s'/>\n",
                               (const char *)model.features->pdata[i]);
    g_string_append(xml, "    </cpu>\n");
}

/* Those that share its core: "0,4". */
static char *siblings_of(const json_t *cpu, const json_t *all)
{
    GString *text = g_string_new(NULL);
    size_t i;
    json_t *other;
    json_array_foreach(all, i, other)
        if (number(other, "node") == number(cpu, "node") &&
            number(other, "socket") == number(cpu, "socket") &&
            number(other, "core") == number(cpu, "core"))
            g_string_append_printf(text, "%s%" JSON_INTEGER_FORMAT, text->len ? "," : "",
                                   number(other, "id"));
    return g_string_free(text, FALSE);
}

static void append_cpus(GString *xml, json_int_t node, const json_t *all)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    unsigned n = 0;
    size_t i;
    json_t *cpu;
    json_array_foreach(all, i, cpu) {
        if (number(cpu, "node") != node)
            continue;
        g_autofree char *siblings = siblings_of(cpu, all);
        g_string_append_printf(rows,
                               "            <cpu id='%" JSON_INTEGER_FORMAT "' socket_id='%"
                               JSON_INTEGER_FORMAT "' die_id='0' core_id='%" JSON_INTEGER_FORMAT
                               "' siblings='%s'/>\n",
                               number(cpu, "id"), number(cpu, "socket"), number(cpu, "core"),
                               siblings);
        n++;
    }
    if (n > 0)
        g_string_append_printf(xml, "          <cpus num='%u'>\n%s          </cpus>\n", n,
                               rows->str);
    else /* an emulated machine's CPUs may be in no core */
        g_string_append(xml, "          <cpus num='0'/>\n");
}

static void append_cell(GString *xml, const json_t *cell, const json_t *cpus)
{
    const json_t *distances = json_object_get(cell, "distances");
    size_t i;
    json_t *distance;
    g_string_append_printf(xml,
                           "        <cell id='%" JSON_INTEGER_FORMAT "'>\n"
                           "          <memory unit='KiB'>%" JSON_INTEGER_FORMAT "</memory>\n",
                           number(cell, "id"), number(cell, "size-kib"));
    if (json_array_size(distances) > 0) {
        g_string_append(xml, "          <distances>\n");
        json_array_foreach(distances, i, distance)
            g_string_append_printf(xml,
                                   "            <sibling id='%zu' value='%" JSON_INTEGER_FORMAT
                                   "'/>\n",
                                   i, json_integer_value(distance));
        g_string_append(xml, "          </distances>\n");
    }
    append_cpus(xml, number(cell, "id"), cpus);
    g_string_append(xml, "        </cell>\n");
}

char *xen_host_capabilities(const RvDriverHost *host, GError **error)
{
    json_t *report = xen_host_report(host, error);
    if (!report)
        return NULL;
    const json_t *cells = json_object_get(report, "cells");
    size_t i;
    json_t *cell;
    GString *xml = g_string_new(NULL);
    append_cpu(xml, report);
    g_string_append_printf(xml,
                           "    <power_management/>\n"
                           "    <iommu support='%s'/>\n"
                           "    <netprefix>vif</netprefix>\n"
                           "    <topology>\n"
                           "      <cells num='%zu'>\n",
                           json_is_true(json_object_get(report, "directio")) ? "yes" : "no",
                           json_array_size(cells));
    json_array_foreach(cells, i, cell)
        append_cell(xml, cell, json_object_get(report, "topology"));
    g_string_append(xml, "      </cells>\n    </topology>\n");
    json_decref(report);
    return g_string_free(xml, FALSE);
}
