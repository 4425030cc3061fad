/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/host-model.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/cpu-feature.h"
#include "drivers/kvm/host.h"
#include "drivers/kvm/probe.h"
#include "drivers/kvm/uids.h"
#include "model/domain-xml.h"

/* ---- Choosing ------------------------------------------------------------------------------ */

static const struct {
    const char *qemu, *ours;
} vendors[] = {
    {"AuthenticAMD", "AMD"},
    {"GenuineIntel", "Intel"},
    {"HygonGenuine", "Hygon"},
};

static const char *vendor_of(json_t *properties)
{
    const char *name = json_string_value(json_object_get(properties, "vendor"));
    for (size_t i = 0; name && i < G_N_ELEMENTS(vendors); i++) {
        if (strcmp(name, vendors[i].qemu) == 0)
            return vendors[i].ours;
    }
    return NULL;
}

/* QEMU's own inventions: no vendor sells them, and their signatures say nothing. */
static bool is_generic(const char *name)
{
    return g_str_has_prefix(name, "qemu") || g_str_has_prefix(name, "kvm");
}

static bool same_signature(json_t *a, json_t *b)
{
    return json_equal(json_object_get(a, "family"), json_object_get(b, "family")) &&
           json_equal(json_object_get(a, "model"), json_object_get(b, "model"));
}

typedef struct {
    bool same_signature;
    unsigned cost, lacking;
} Distance;

/* A model that promises what the host lacks is worse than one that leaves something out. */
static Distance distance_of(json_t *most, const char *model, json_t *properties)
{
    Distance distance = {.same_signature = !is_generic(model) && same_signature(most, properties)};
    const char *name;
    json_t *value;
    json_object_foreach(most, name, value)
    {
        json_t *other = json_object_get(properties, name);
        if (!json_is_boolean(value) || !json_is_boolean(other) || json_equal(value, other) ||
            !kvm_cpu_feature_from_qemu(name))
            continue;
        distance.lacking += json_is_true(other);
        distance.cost += json_is_true(other) ? 2 : 1;
    }
    return distance;
}

static bool is_nearer(const Distance *a, const Distance *b)
{
    if (a->same_signature != b->same_signature)
        return a->same_signature;
    return a->cost < b->cost || (a->cost == b->cost && a->lacking < b->lacking);
}

static void feature_free(void *data)
{
    RvCpuFeature *feature = data;
    g_free(feature->name);
    g_free(feature->policy);
    g_free(feature);
}

static RvCpuFeature *feature_new(const char *name, const char *policy)
{
    RvCpuFeature *feature = g_new(RvCpuFeature, 1);
    *feature = (RvCpuFeature){.name = g_strdup(name), .policy = g_strdup(policy)};
    return feature;
}

/* Those it has and the model has not come first, as libvirt writes them. */
static int compare_features(const void *a, const void *b)
{
    const RvCpuFeature *x = *(RvCpuFeature *const *)a, *y = *(RvCpuFeature *const *)b;
    int by_policy = strcmp(y->policy, x->policy);
    return by_policy ? by_policy : strcmp(x->name, y->name);
}

static KvmHostModel *model_new(const char *name, json_t *most, json_t *properties)
{
    KvmHostModel *model = g_new0(KvmHostModel, 1);
    model->name = g_strdup(name);
    model->vendor = g_strdup(vendor_of(most));
    model->features = g_ptr_array_new_with_free_func(feature_free);
    const char *key;
    json_t *value;
    json_object_foreach(most, key, value)
    {
        json_t *other = json_object_get(properties, key);
        const char *feature = kvm_cpu_feature_from_qemu(key);
        if (feature && json_is_boolean(value) && json_is_boolean(other) &&
            !json_equal(value, other))
            g_ptr_array_add(model->features,
                            feature_new(feature, json_is_true(value) ? "require" : "disable"));
    }
    g_ptr_array_sort(model->features, compare_features);
    return model;
}

void kvm_host_model_free(KvmHostModel *model)
{
    if (!model)
        return;
    g_free(model->name);
    g_free(model->vendor);
    g_ptr_array_unref(model->features);
    g_free(model);
}

KvmHostModel *kvm_host_model_choose(json_t *most, json_t *models)
{
    const char *name, *chosen = NULL, *vendor = vendor_of(most);
    json_t *properties;
    Distance least = {0};
    json_object_foreach(models, name, properties)
    {
        if (!is_generic(name) && g_strcmp0(vendor_of(properties), vendor) != 0)
            continue;
        Distance distance = distance_of(most, name, properties);
        if (!chosen || is_nearer(&distance, &least)) {
            chosen = name;
            least = distance;
        }
    }
    return chosen ? model_new(chosen, most, json_object_get(models, chosen)) : NULL;
}

/* ---- Asking -------------------------------------------------------------------------------- */

typedef struct {
    const KvmEmulator *emulator;
    const char *most; /* the CPU of which all is asked: "max", "host" */
    KvmHostModel *model;
} Talk;

static QmpCall *ask_for(Qmp *qmp, const char *name)
{
    return qmp_send(qmp, "query-cpu-model-expansion",
                    json_pack("{s:s, s:{s:s}}", "type", "static", "model", "name", name));
}

/* The properties, a new reference; NULL where it cannot tell. */
static json_t *answer_of(QmpCall *call, int64_t until, GError **error)
{
    int64_t left = until - g_get_monotonic_time() / 1000;
    json_t *answer = qmp_wait(call, (int)MAX(left, 0), NULL, error);
    json_t *properties = json_object_get(json_object_get(answer, "model"), "props");
    json_incref(properties);
    json_decref(answer);
    return properties;
}

/* The emulator's order; all are asked before the first answer is read. */
static json_t *ask_for_models(Qmp *qmp, const KvmEmulator *emulator, int64_t until)
{
    g_autofree QmpCall **calls = g_new0(QmpCall *, emulator->cpus->len);
    json_t *models = json_object();
    for (guint i = 0; i < emulator->cpus->len; i++) {
        const KvmCpuModel *cpu = g_ptr_array_index(emulator->cpus, i);
        if (kvm_cpu_model_is_named(cpu))
            calls[i] = ask_for(qmp, cpu->name);
    }
    for (guint i = 0; i < emulator->cpus->len; i++) {
        const KvmCpuModel *cpu = g_ptr_array_index(emulator->cpus, i);
        json_t *properties = calls[i] ? answer_of(calls[i], until, NULL) : NULL;
        if (properties)
            json_object_set_new(models, cpu->name, properties);
    }
    return models;
}

static bool talk(Qmp *qmp, void *data, GError **error)
{
    Talk *wish = data;
    int64_t until = g_get_monotonic_time() / 1000 + KVM_TALK_MS;
    json_t *most = answer_of(ask_for(qmp, wish->most), until, error);
    if (!most)
        return false;
    json_t *models = ask_for_models(qmp, wish->emulator, until);
    wish->model = kvm_host_model_choose(most, models);
    json_decref(models);
    json_decref(most);
    if (!wish->model)
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "none of its CPU models is like what it offers here at most");
    return wish->model;
}

/* ---- What is known ------------------------------------------------------------------------- */

/* By emulator, as it was when asked, and type. */
static char *key_of(const KvmEmulator *emulator, RvVirtType virt)
{
    const KvmProgram *program = &emulator->program;
    return g_strdup_printf("%s:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%s", emulator->path,
                           program->inode, program->changed_ns, rv_virt_type_to_string(virt));
}

const KvmHostModel *kvm_host_model_get(const RvDriverHost *host, const KvmEmulator *emulator,
                                       RvVirtType virt, GError **error)
{
    KvmHost *kvm = kvm_host(host);
    bool is_kvm = virt == RV_VIRT_KVM;
    if (strcmp(emulator->arch, "x86_64") != 0 && strcmp(emulator->arch, "i686") != 0) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "there is no CPU of mode 'host-model' on architecture %s", emulator->arch);
        rv_error_remedy(error, "name a CPU model");
        return NULL;
    }
    if (is_kvm && !kvm_accelerator_check(&kvm->accelerator, error))
        return NULL;

    g_autofree char *key = key_of(emulator, virt);
    g_mutex_lock(&kvm->models_lock); /* held while it is asked: once is enough */
    const KvmHostModel *model = g_hash_table_lookup(kvm->models, key);
    Talk wish = {.emulator = emulator, .most = is_kvm ? "host" : "max"};
    if (!model && kvm_probe_talk(host, emulator->path, kvm_uids_for_probes(host),
                                 is_kvm ? "kvm" : "tcg", talk, &wish, error)) {
        g_hash_table_insert(kvm->models, g_steal_pointer(&key), wish.model);
        model = wish.model;
    }
    g_mutex_unlock(&kvm->models_lock);
    return model;
}

/* ---- In a definition ----------------------------------------------------------------------- */

static void set(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

static bool is_said(const GPtrArray *features, const char *name)
{
    for (guint i = 0; i < features->len; i++) {
        if (g_strcmp0(((const RvCpuFeature *)features->pdata[i])->name, name) == 0)
            return true;
    }
    return false;
}

static bool check_vendor(const KvmHostModel *model, const char *vendor, GError **error)
{
    if (!vendor || g_strcmp0(vendor, model->vendor) == 0)
        return true;
    rv_error_set(error, RV_ERR_CPU_INCOMPATIBLE, "the host's CPU is of vendor %s, not %s",
                 model->vendor ? model->vendor : "(unknown)", vendor);
    rv_error_remedy(error, "leave out <vendor>, or say %s",
                    model->vendor ? model->vendor : "another");
    return false;
}

bool kvm_host_model_expand(const RvDriverHost *host, const KvmEmulator *emulator, RvDomainDef *def,
                           GError **error)
{
    if (def->cpu.mode != RV_CPU_HOST_MODEL && !def->cpu.vendor)
        return true;
    const KvmHostModel *model = kvm_host_model_get(host, emulator, def->virt, error);
    if (!model || !check_vendor(model, def->cpu.vendor, error))
        return false;
    if (def->cpu.mode != RV_CPU_HOST_MODEL)
        return true;
    GPtrArray *said = def->cpu.features, *all = g_ptr_array_new();
    for (guint i = 0; i < model->features->len; i++) {
        const RvCpuFeature *feature = g_ptr_array_index(model->features, i);
        if (!is_said(said, feature->name))
            g_ptr_array_add(all, feature_new(feature->name, feature->policy));
    }
    g_ptr_array_extend(all, said, NULL, NULL);
    g_ptr_array_unref(said); /* which has no function to free its members with */
    def->cpu.features = all;
    def->cpu.mode = RV_CPU_CUSTOM;
    set(&def->cpu.match, "exact");
    set(&def->cpu.model, model->name);
    if (!def->cpu.fallback)
        set(&def->cpu.fallback, "allow");
    set(&def->cpu.vendor, model->vendor);
    return true;
}
