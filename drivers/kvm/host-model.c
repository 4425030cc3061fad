/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/host-model.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/host.h"
#include "drivers/kvm/probe.h"
#include "drivers/kvm/uids.h"
#include "drivers/x86-feature.h"
#include "drivers/x86-model.h"

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
            !rv_x86_feature_from_qemu(name))
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

static GHashTable *offered_by(json_t *properties)
{
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
    const char *key;
    json_t *value;
    json_object_foreach(properties, key, value)
    {
        const char *feature = rv_x86_feature_from_qemu(key);
        if (feature && json_is_true(value))
            g_hash_table_add(set, (char *)feature);
    }
    return set;
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
    g_autoptr(GHashTable) qemus = offered_by(properties), libvirts = rv_x86_model_features(name);
    GHashTable *has = libvirts ? libvirts : qemus;
    const char *key;
    json_t *value;
    json_object_foreach(most, key, value)
    {
        const char *feature = rv_x86_feature_from_qemu(key);
        if (!feature || !json_is_boolean(value))
            continue;
        if (json_is_true(value) && !g_hash_table_contains(has, feature))
            g_ptr_array_add(model->features, feature_new(feature, "require"));
        /* What QEMU's model would try to have is to be off as well. */
        if (json_is_false(value) && (g_hash_table_contains(has, feature) ||
                                     g_hash_table_contains(qemus, feature)))
            g_ptr_array_add(model->features, feature_new(feature, "disable"));
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
    g_clear_pointer(&model->offered, g_hash_table_unref);
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

/* With what a guest cannot be moved with. */
static QmpCall *ask_for_all_of(Qmp *qmp, const char *name)
{
    return qmp_send(qmp, "query-cpu-model-expansion",
                    json_pack("{s:s, s:{s:s, s:{s:b}}}", "type", "static", "model", "name", name,
                              "props", "migratable", 0));
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
    json_t *all = answer_of(ask_for_all_of(qmp, wish->most), until, NULL);
    json_t *models = ask_for_models(qmp, wish->emulator, until);
    wish->model = kvm_host_model_choose(most, models);
    if (wish->model)
        wish->model->offered = offered_by(all ? all : most);
    json_decref(all);
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
