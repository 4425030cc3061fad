/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The model of a host's CPU, from the words that Xen has for it. */
#include "drivers/x86-feature.h"
#include "drivers/x86-model.h"
#include "drivers/xen/host-description.h"
#include "tests/check-main.h"

/* The first is what a box of tests/lab has, of which libvirt's driver says the same features; the
 * second would have all of a model of libvirt's. */
static const struct {
    const char *words, *model, *features;
} rows[] = {
    {"[126612477, 2147491841, 537921536, 5, 0, 0, 0, 0]", NULL,
     "fpu de pse tsc msr pae mce cx8 apic mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 pni "
     "cx16 hypervisor syscall nx lm lahf_lm svm"},
    {"[126612479, 2147491841, 537921536, 5, 0, 0, 0, 0]", "pentium",
     "pae apic mtrr pge mca cmov pat pse36 clflush fxsr sse sse2 pni cx16 hypervisor syscall nx lm "
     "lahf_lm svm"},
    {"[126614527, 2147491841, 537921536, 5, 0, 0, 0, 0]", "qemu64", "vme hypervisor lahf_lm"},
    {"[]", NULL, ""},
    {"null", NULL, ""},
};

START_TEST(told)
{
    json_t *words = json_loads(rows[_i].words, JSON_DECODE_ANY, NULL);
    g_auto(XenCpuModel) model;
    xen_cpu_model_init(&model, words);
    ck_assert_pstr_eq(model.model, rows[_i].model);
    g_ptr_array_add(model.features, NULL);
    g_autofree char *features = g_strjoinv(" ", (char **)model.features->pdata);
    ck_assert_str_eq(features, rows[_i].features);
    json_decref(words);
}
END_TEST

/* Where CPUID tells of the features in Xen's words. */
static const struct {
    uint32_t leaf;
    unsigned char subleaf, reg;
} places[] = {
    {0x1, 0, RV_X86_EDX}, {0x1, 0, RV_X86_ECX}, {0x80000001, 0, RV_X86_EDX},
    {0x80000001, 0, RV_X86_ECX}, {0xd, 1, RV_X86_EAX}, {0x7, 0, RV_X86_EBX},
    {0x7, 0, RV_X86_ECX}, {0x80000007, 0, RV_X86_EDX},
};

/* NULL: the words have no place for one of its features. */
static json_t *words_of(const char *name)
{
    uint32_t words[G_N_ELEMENTS(places)] = {0};
    guint put = 0;
    g_autoptr(GHashTable) set = rv_x86_model_features(name);
    if (rv_x86_model_removed(name)) /* from guests alone */
        g_hash_table_add(set, (char *)rv_x86_model_removed(name));
    for (size_t i = 0; i < rv_x86_features_len; i++) {
        const RvX86Feature *feature = &rv_x86_features[i];
        for (size_t k = 0; k < G_N_ELEMENTS(places); k++) {
            if (feature->leaf != places[k].leaf || feature->subleaf != places[k].subleaf ||
                feature->reg != places[k].reg || !g_hash_table_contains(set, feature->name))
                continue;
            words[k] |= (uint32_t)1 << feature->bit;
            put++;
        }
    }
    if (put != g_hash_table_size(set))
        return NULL;
    json_t *list = json_array();
    for (size_t k = 0; k < G_N_ELEMENTS(places); k++)
        json_array_append_new(list, json_integer(words[k]));
    return list;
}

/* A host that has the features of a model, and no others, is of that model. */
START_TEST(models)
{
    const char *name;
    unsigned found = 0;
    for (size_t i = 0; (name = rv_x86_model_name(i)); i++) {
        json_t *words = g_str_has_prefix(name, "cpu64-") ? NULL : words_of(name);
        if (!words)
            continue;
        g_auto(XenCpuModel) model;
        xen_cpu_model_init(&model, words);
        ck_assert_pstr_eq(model.model, name);
        ck_assert_uint_eq(model.features->len, 0);
        json_decref(words);
        found++;
    }
    ck_assert_uint_gt(found, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen-host");
    TCase *cases = tcase_create("cpu");
    tcase_add_loop_test(cases, told, 0, G_N_ELEMENTS(rows));
    tcase_add_test(cases, models);
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
