/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/cpu.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/host-model.h"
#include "drivers/kvm/host.h"
#include "drivers/x86-feature.h"
#include "drivers/x86-model.h"
#include "model/domain-xml.h"

/* ---- Features of a definition ---------------------------------------------------------------- */

static bool is_x86(const RvDomainDef *def)
{
    return strcmp(def->os.arch, "x86_64") == 0 || strcmp(def->os.arch, "i686") == 0;
}

static bool is_whole(const RvDomainDef *def)
{
    return def->cpu.mode == RV_CPU_HOST_PASSTHROUGH || def->cpu.mode == RV_CPU_MAXIMUM;
}

static bool is(const char *word, const char *value)
{
    return g_strcmp0(word, value) == 0;
}

static void set(char **field, const char *value)
{
    if (is(*field, value))
        return;
    g_free(*field);
    *field = g_strdup(value);
}

static RvCpuFeature *find_feature(const GPtrArray *features, const char *name)
{
    for (guint i = 0; i < features->len; i++) {
        RvCpuFeature *feature = g_ptr_array_index(features, i);
        if (is(feature->name, name))
            return feature;
    }
    return NULL;
}

static void set_feature(RvDomainDef *def, const char *name, const char *policy)
{
    RvCpuFeature *feature = find_feature(def->cpu.features, name);
    if (!feature) {
        feature = g_new0(RvCpuFeature, 1);
        feature->name = g_strdup(name);
        g_ptr_array_add(def->cpu.features, feature);
    }
    set(&feature->policy, policy);
}

static bool has_policy(const RvDomainDef *def, const char *policy)
{
    for (guint i = 0; i < def->cpu.features->len; i++) {
        if (is(((const RvCpuFeature *)def->cpu.features->pdata[i])->policy, policy))
            return true;
    }
    return false;
}

/* The set of those it is to have: its model's, and as it says itself. NULL: nobody knows its model.
 * With `sure` those only that are not to be there at all costs. */
static GHashTable *wanted(const RvDomainDef *def, bool sure)
{
    GHashTable *features = def->cpu.model ? rv_x86_model_features(def->cpu.model)
                                          : g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; features && i < def->cpu.features->len; i++) {
        const RvCpuFeature *feature = def->cpu.features->pdata[i];
        if (is(feature->policy, "require") || (!sure && is(feature->policy, "force")))
            g_hash_table_add(features, feature->name);
        else if (!is(feature->policy, "optional") || sure)
            g_hash_table_remove(features, feature->name);
    }
    return features;
}

/* ---- Before it starts ------------------------------------------------------------------------ */

/* The model that was removed from a vendor's: off, where nothing is said of it. */
static void leave_out_removed(RvDomainDef *def)
{
    const char *removed = def->cpu.model ? rv_x86_model_removed(def->cpu.model) : NULL;
    if (removed && !find_feature(def->cpu.features, removed))
        set_feature(def, removed, "disable");
}

static void expand(RvDomainDef *def, const KvmHostModel *model)
{
    GPtrArray *said = def->cpu.features, *all = g_ptr_array_new();
    def->cpu.features = all;
    for (guint i = 0; i < model->features->len; i++) {
        const RvCpuFeature *feature = g_ptr_array_index(model->features, i);
        if (!find_feature(said, feature->name))
            set_feature(def, feature->name, feature->policy);
    }
    g_ptr_array_extend(all, said, NULL, NULL);
    g_ptr_array_unref(said); /* which has no function to free its members with */
    if (def->cpu.mode == RV_CPU_HOST_MODEL) {
        set(&def->cpu.vendor, model->vendor);
        set(&def->cpu.fallback, "allow");
    }
    def->cpu.mode = RV_CPU_CUSTOM;
    set(&def->cpu.match, "exact");
    set(&def->cpu.model, model->name);
}

static void decide_options(RvDomainDef *def, const KvmHostModel *model)
{
    for (guint i = 0; i < def->cpu.features->len; i++) {
        RvCpuFeature *feature = def->cpu.features->pdata[i];
        if (is(feature->policy, "optional"))
            set(&feature->policy,
                g_hash_table_contains(model->offered, feature->name) ? "require" : "disable");
    }
}

bool kvm_cpu_update(const RvDriverHost *host, const KvmEmulator *emulator, RvDomainDef *def,
                    GError **error)
{
    if (is_whole(def) || (!is_x86(def) && def->cpu.mode != RV_CPU_HOST_MODEL))
        return true;
    bool relative = def->cpu.mode == RV_CPU_HOST_MODEL || is(def->cpu.match, "minimum");
    if (relative || has_policy(def, "optional")) {
        const KvmHostModel *model = kvm_host_model_get(host, emulator, def->virt, error);
        if (!model)
            return false;
        decide_options(def, model);
        if (relative)
            expand(def, model);
    }
    leave_out_removed(def);
    return true;
}

/* Sorted; NULL: it is empty. */
static char *join(GHashTable *set)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < rv_x86_features_len; i++) {
        const char *name = rv_x86_features[i].name;
        if (g_hash_table_contains(set, name))
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", name);
    }
    return text->len ? g_strdup(text->str) : NULL;
}

static gboolean is_in(void *key, void *value, void *set)
{
    return g_hash_table_contains(set, key);
}

static bool check_vendor(const KvmHostModel *model, const char *vendor, GError **error)
{
    if (!vendor || is(vendor, model->vendor))
        return true;
    rv_error_set(error, RV_ERR_CPU_INCOMPATIBLE, "the host's CPU is of vendor %s, not %s",
                 model->vendor ? model->vendor : "(unknown)", vendor);
    rv_error_remedy(error, "leave out <vendor>, or say %s",
                    model->vendor ? model->vendor : "another");
    return false;
}

static bool check_forbidden(const RvDomainDef *def, const KvmHostModel *model, GError **error)
{
    for (guint i = 0; i < def->cpu.features->len; i++) {
        const RvCpuFeature *feature = def->cpu.features->pdata[i];
        if (!is(feature->policy, "forbid") || !g_hash_table_contains(model->offered, feature->name))
            continue;
        rv_error_set(error, RV_ERR_CPU_INCOMPATIBLE,
                     "the host has feature '%s', which is forbidden", feature->name);
        rv_error_remedy(error, "say policy='disable' for a guest that shall only not see it");
        return false;
    }
    return true;
}

static bool check_offered(const RvDomainDef *def, const KvmHostModel *model, GError **error)
{
    g_autoptr(GHashTable) lacking = wanted(def, true);
    if (!lacking)
        return true;
    g_hash_table_foreach_remove(lacking, is_in, model->offered);
    g_autofree char *names = join(lacking);
    if (!names)
        return true;
    rv_error_set(error, RV_ERR_CPU_INCOMPATIBLE,
                 "the host lacks features of the guest's CPU: %s", names);
    rv_error_remedy(error, "name another model, disable them, or say check='none' to do without; "
                           "`virsh domcapabilities` shows what there is");
    return false;
}

static bool check_strict(const RvDomainDef *def, const KvmHostModel *model, GError **error)
{
    g_autoptr(GHashTable) known = wanted(def, false);
    if (!known || !is(def->cpu.match, "strict"))
        return true;
    for (guint i = 0; i < def->cpu.features->len; i++)
        g_hash_table_add(known, ((RvCpuFeature *)def->cpu.features->pdata[i])->name);
    g_autoptr(GHashTable) more = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, model->offered);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_hash_table_add(more, name);
    g_hash_table_foreach_remove(more, is_in, known);
    g_autofree char *names = join(more);
    if (!names)
        return true;
    rv_error_set(error, RV_ERR_CPU_INCOMPATIBLE,
                 "the host has more features than the guest's CPU: %s", names);
    rv_error_remedy(error, "say match='exact' for a guest that shall only not see them");
    return false;
}

/* By check=: 'none' never, 'full' by what the emulator makes of it. */
static bool check_before(const RvDriverHost *host, const KvmEmulator *emulator,
                         const RvDomainDef *def, GError **error)
{
    bool partial = is(def->cpu.check, "partial") && !is_whole(def);
    if (!is_x86(def) || is(def->cpu.check, "none") || !def->cpu.check ||
        (!partial && !has_policy(def, "forbid")))
        return true;
    const KvmHostModel *model = kvm_host_model_get(host, emulator, def->virt, error);
    return model && check_forbidden(def, model, error) &&
           (!partial ||
            (check_vendor(model, def->cpu.vendor, error) && check_offered(def, model, error) &&
             check_strict(def, model, error)));
}

bool kvm_cpu_prepare(const RvDriverHost *host, const KvmEmulator *emulator, RvDomainDef *def,
                     GError **error)
{
    if (!check_before(host, emulator, def, error) || !kvm_cpu_update(host, emulator, def, error))
        return false;
    if (!is_whole(def) && def->cpu.model)
        set(&def->cpu.fallback, "forbid");
    return true;
}

/* ---- Of a running one ------------------------------------------------------------------------ */

/* Where QEMU has the first CPU, unless something else was plugged in before. */
#define FIRST_CPU "/machine/unattached/device[0]"

enum { WORDS, UNAVAILABLE };
static const char *const properties[] = {
    [WORDS] = "feature-words",
    [UNAVAILABLE] = "unavailable-features",
};

static bool is_taken(const RvDomainDef *def)
{
    return is_x86(def) && (def->cpu.mode == RV_CPU_CUSTOM || is(def->cpu.check, "full")) &&
           (is_whole(def) || def->cpu.model);
}

static void ask(Qmp *qmp, const char *property, GPtrArray *calls)
{
    g_ptr_array_add(calls, qmp_send(qmp, "qom-get", json_pack("{s:s, s:s}", "path", FIRST_CPU,
                                                              "property", property)));
}

void kvm_cpu_ask(Qmp *qmp, const RvDomainDef *def, GPtrArray *calls)
{
    if (!is_taken(def))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
        ask(qmp, properties[i], calls);
    for (size_t i = 0; i < rv_x86_features_len; i++) {
        if (!rv_x86_features[i].leaf)
            ask(qmp, rv_x86_features[i].name, calls);
    }
}

static GHashTable *take_enabled(GPtrArray *answers)
{
    GHashTable *enabled = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *words = g_ptr_array_index(answers, WORDS);
    guint next = G_N_ELEMENTS(properties);
    for (size_t i = 0; i < rv_x86_features_len; i++) {
        const RvX86Feature *feature = &rv_x86_features[i];
        const json_t *flag = feature->leaf ? NULL : g_ptr_array_index(answers, next++);
        if (feature->leaf ? rv_x86_feature_is_in(feature, words) : json_is_true(flag))
            g_hash_table_add(enabled, (char *)feature->name);
    }
    return enabled;
}

/* The features in which it differs from what was asked for. */
typedef struct {
    GHashTable *added, *missing;
} Difference;

static void difference_clear(Difference *difference)
{
    g_hash_table_unref(difference->added);
    g_hash_table_unref(difference->missing);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Difference, difference_clear)

static bool is_listed(json_t *names, const char *feature)
{
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name) {
        const char *its = json_is_string(name)
                              ? rv_x86_feature_from_qemu(json_string_value(name)) : NULL;
        if (is(its, feature))
            return true;
    }
    return false;
}

static Difference compare(const RvDomainDef *def, GHashTable *asked, GPtrArray *answers)
{
    Difference difference = {g_hash_table_new(g_str_hash, g_str_equal),
                             g_hash_table_new(g_str_hash, g_str_equal)};
    json_t *unavailable = g_ptr_array_index(answers, UNAVAILABLE);
    g_autoptr(GHashTable) enabled = take_enabled(answers);
    for (size_t i = 0; i < rv_x86_features_len; i++) {
        const char *name = rv_x86_features[i].name;
        bool has = g_hash_table_contains(enabled, name);
        bool expected = g_hash_table_contains(asked, name);
        const RvCpuFeature *said = find_feature(def->cpu.features, name);
        bool unwanted = !expected && (!is_whole(def) || (said && is(said->policy, "disable")));
        if (unwanted && has)
            g_hash_table_add(difference.added, (char *)name);
        if ((expected && !has) || is_listed(unavailable, name))
            g_hash_table_add(difference.missing, (char *)name);
    }
    return difference;
}

static bool check_full(const Difference *difference, GError **error)
{
    g_autofree char *added = join(difference->added), *missing = join(difference->missing);
    if (!added && !missing)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED,
                 "the guest's CPU is not the one that check='full' demands:%s%s%s%s%s",
                 added ? " it has also " : "", added ? added : "", added && missing ? ";" : "",
                 missing ? " it lacks " : "", missing ? missing : "");
    rv_error_remedy(error, "name these features in <cpu>, or say check='partial'");
    return false;
}

static json_t *to_json(const RvDomainDef *def)
{
    json_t *features = json_array();
    for (guint i = 0; i < def->cpu.features->len; i++) {
        const RvCpuFeature *feature = def->cpu.features->pdata[i];
        json_array_append_new(features, json_pack("[s, s]", feature->name, feature->policy));
    }
    return json_pack("{s:s*, s:o}", "check", def->cpu.check, "features", features);
}

static void note(RvDomainDef *def, const Difference *difference)
{
    for (size_t i = 0; i < rv_x86_features_len; i++) {
        const char *name = rv_x86_features[i].name;
        if (g_hash_table_contains(difference->added, name))
            set_feature(def, name, "require");
        if (g_hash_table_contains(difference->missing, name))
            set_feature(def, name, "disable");
    }
    leave_out_removed(def);
}

bool kvm_cpu_take(RvDomainDef *def, GPtrArray *answers, json_t **ret_asked, GError **error)
{
    g_autoptr(GHashTable) asked = answers->len ? wanted(def, false) : NULL;
    if (!asked || !answers->pdata[WORDS])
        return true;
    g_auto(Difference) difference = compare(def, asked, answers);
    if (is(def->cpu.check, "full"))
        return check_full(&difference, error);
    json_t *before = to_json(def);
    note(def, &difference);
    json_t *after = to_json(def);
    if (!json_equal(before, after))
        *ret_asked = json_incref(before);
    json_decref(before);
    json_decref(after);
    set(&def->cpu.check, "full");
    return true;
}

void kvm_cpu_restore(RvDomainDef *def, json_t *asked)
{
    GPtrArray *live = def->cpu.features;
    def->cpu.features = g_ptr_array_new();
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(asked, "features"), i, row) {
        const char *name, *policy;
        if (json_unpack(row, "[s, s]", &name, &policy) == 0)
            set_feature(def, name, policy);
    }
    set(&def->cpu.check, json_string_value(json_object_get(asked, "check")));
    for (guint at = 0; at < live->len; at++) {
        RvCpuFeature *feature = live->pdata[at];
        g_free(feature->name);
        g_free(feature->policy);
        g_free(feature);
    }
    g_ptr_array_unref(live);
}

void kvm_cpu_set_asked(const RvDriverHost *host, const RvUuid *uuid, json_t *asked)
{
    KvmHost *kvm = kvm_host(host);
    g_mutex_lock(&kvm->asked_lock);
    if (asked)
        g_hash_table_replace(kvm->asked, g_memdup2(uuid, sizeof(*uuid)), asked);
    else
        g_hash_table_remove(kvm->asked, uuid);
    g_mutex_unlock(&kvm->asked_lock);
}

json_t *kvm_cpu_asked(const RvDriverHost *host, const RvUuid *uuid)
{
    KvmHost *kvm = kvm_host(host);
    g_mutex_lock(&kvm->asked_lock);
    json_t *asked = json_incref(g_hash_table_lookup(kvm->asked, uuid));
    g_mutex_unlock(&kvm->asked_lock);
    return asked;
}
