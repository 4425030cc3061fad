/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which CPU model is next to what a host offers. */
#include "drivers/kvm/host-model.h"
#include "tests/check-main.h"

static const char models_text[] =
    "{'qemu64': {'vendor': 'AuthenticAMD', 'family': 15, 'model': 107, 'sse': true, 'avx': false,"
    "             'fxsr-opt': false, 'npt': false, 'abm': false, 'cx16': false, 'aes': false},"
    " 'Nehalem': {'vendor': 'GenuineIntel', 'family': 6, 'model': 26, 'sse': true, 'avx': true,"
    "             'fxsr-opt': true, 'npt': true, 'abm': true, 'cx16': true, 'aes': true},"
    " 'Opteron': {'vendor': 'AuthenticAMD', 'family': 15, 'model': 6, 'sse': true, 'avx': false,"
    "             'fxsr-opt': true, 'npt': false, 'abm': true, 'cx16': true, 'aes': true},"
    " 'EPYC':    {'vendor': 'AuthenticAMD', 'family': 23, 'model': 1, 'sse': true, 'avx': true,"
    "             'fxsr-opt': false, 'npt': true, 'abm': true, 'cx16': true, 'aes': true}}";

static const struct {
    const char *most, *chosen;
} hosts[] = {
    /* The nearest of the vendor; a promise that cannot be kept counts twice. What is said of it is
     * how it differs from libvirt's model of that name, and what QEMU's would try to have. */
    {"{'vendor': 'AuthenticAMD', 'family': 15, 'model': 107, 'sse': true, 'avx': true,"
     " 'fxsr-opt': true, 'npt': true, 'vmx-ept': true, 'kvm-mmu': true}",
     "EPYC AMD npt=require"},
    {"{'vendor': 'AuthenticAMD', 'family': 1, 'model': 1, 'sse': true, 'avx': false,"
     " 'fxsr-opt': false, 'npt': false, 'abm': true, 'cx16': true, 'aes': true}",
     "Opteron AMD fxsr_opt=disable"},
    /* One of the same family and model comes first. */
    {"{'vendor': 'AuthenticAMD', 'family': 23, 'model': 1, 'sse': true, 'avx': false,"
     " 'fxsr-opt': true, 'npt': false}", "EPYC AMD avx=disable npt=disable"},
    {"{'vendor': 'GenuineIntel', 'family': 6, 'model': 1, 'sse': false, 'avx': false, 'abm': true,"
     " 'cx16': true, 'aes': true}", "Nehalem Intel abm=require aes=require avx=disable sse=disable"},
    /* Of an unknown one: a model that is nobody's. */
    {"{'vendor': 'unknown', 'sse': true}", "qemu64 -"},
};

static json_t *load(const char *text)
{
    g_autofree char *quoted = g_strdelimit(g_strdup(text), "'", '"');
    json_t *json = json_loads(quoted, 0, NULL);
    ck_assert_ptr_nonnull(json);
    return json;
}

START_TEST(host_model)
{
    json_t *most = load(hosts[_i].most), *models = load(models_text);
    g_autoptr(KvmHostModel) model = kvm_host_model_choose(most, models);
    ck_assert_ptr_nonnull(model);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%s %s", model->name, model->vendor ? model->vendor : "-");
    for (guint i = 0; i < model->features->len; i++) {
        const RvCpuFeature *feature = g_ptr_array_index(model->features, i);
        g_string_append_printf(text, " %s=%s", feature->name, feature->policy);
    }
    ck_assert_str_eq(text->str, hosts[_i].chosen);
    json_decref(most);
    json_decref(models);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kvm-host-model");
    TCase *cases = tcase_create("host-model");
    tcase_add_loop_test(cases, host_model, 0, G_N_ELEMENTS(hosts));
    suite_add_tcase(suite, cases);
    return check_run(suite);
}
