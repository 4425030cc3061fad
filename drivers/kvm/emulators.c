/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/emulators.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "drivers/kvm/host.h"
#include "drivers/kvm/probe.h"
#include "drivers/kvm/uids.h"

enum { MAX_FILE = 4 * 1024 * 1024 };

struct KvmEmulators {
    char *folder; /* where emulators are by default */
    GMutex lock;  /* of the following */
    GCond probed;
    GHashTable *known;   /* path to KvmEmulator */
    GHashTable *probing; /* set of paths, borrowed */
};

static char *find_folder(void)
{
    g_autofree char *program = g_find_program_in_path("qemu-system-" KVM_NATIVE_ARCH);
    return program ? g_path_get_dirname(program) : g_strdup("/usr/bin");
}

KvmEmulators *kvm_emulators_new(void)
{
    KvmEmulators *emulators = g_new0(KvmEmulators, 1);
    emulators->folder = find_folder();
    g_mutex_init(&emulators->lock);
    g_cond_init(&emulators->probed);
    emulators->known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                             (GDestroyNotify)kvm_emulator_unref);
    emulators->probing = g_hash_table_new(g_str_hash, g_str_equal);
    return emulators;
}

void kvm_emulators_free(KvmEmulators *emulators)
{
    if (!emulators)
        return;
    g_hash_table_unref(emulators->known);
    g_hash_table_unref(emulators->probing);
    g_cond_clear(&emulators->probed);
    g_mutex_clear(&emulators->lock);
    g_free(emulators->folder);
    g_free(emulators);
}

char *kvm_emulators_path(const RvDriverHost *host, const char *arch)
{
    const KvmEmulators *emulators = kvm_host(host)->emulators;
    return g_strdup_printf("%s/qemu-system-%s", emulators->folder, kvm_arch_to_qemu(arch));
}

KvmEmulator *kvm_emulators_known(const RvDriverHost *host, const char *path)
{
    KvmEmulators *emulators = kvm_host(host)->emulators;
    g_mutex_lock(&emulators->lock);
    KvmEmulator *emulator = g_hash_table_lookup(emulators->known, path);
    if (emulator)
        kvm_emulator_ref(emulator);
    g_mutex_unlock(&emulators->lock);
    return emulator;
}

/* One file for each path, whose name cannot be mistaken for another path's. */
static char *file_of(const RvDriverHost *host, const char *path)
{
    g_autofree char *name = g_uri_escape_string(path + 1, NULL, FALSE);
    return g_strdup_printf("%s/emulators/%s.json", host->state_dir, name);
}

static KvmEmulator *load(const RvDriverHost *host, const char *path, const KvmProgram *program)
{
    g_autofree char *file = file_of(host, path);
    size_t len;
    g_autofree char *text = rv_file_read(file, MAX_FILE, &len, NULL);
    json_t *json = text ? json_loadb(text, len, 0, NULL) : NULL;
    g_autoptr(KvmEmulator) emulator = json ? kvm_emulator_from_json(json) : NULL;
    json_decref(json);
    if (!emulator || strcmp(emulator->path, path) != 0 ||
        !kvm_program_equal(&emulator->program, program))
        return NULL;
    return g_steal_pointer(&emulator);
}

/* Not being able to remember is no reason not to go on. */
static void save(const RvDriverHost *host, const KvmEmulator *emulator)
{
    g_autofree char *folder = g_strdup_printf("%s/emulators", host->state_dir);
    g_autofree char *file = file_of(host, emulator->path);
    json_t *json = kvm_emulator_to_json(emulator);
    char *text = json_dumps(json, JSON_COMPACT);
    g_autoptr(GError) error = NULL;
    if (!rv_dir_create(folder, 0700, &error) ||
        !rv_file_replace(file, 0600, text, strlen(text), &error))
        rv_log_warning("cannot keep what is known of '%s': %s", emulator->path, error->message);
    free(text);
    json_decref(json);
}

static KvmEmulator *learn(const RvDriverHost *host, const char *path, const KvmProgram *program,
                          GError **error)
{
    KvmEmulator *emulator = load(host, path, program);
    if (emulator)
        return emulator;
    emulator = kvm_probe(host, path, program, kvm_uids_for_probes(host), error);
    if (emulator)
        save(host, emulator);
    return emulator;
}

/* With the lock held: a reference to what is known of this very file, after those who ask it. */
static KvmEmulator *await_known(KvmEmulators *emulators, const char *path,
                                const KvmProgram *program)
{
    while (g_hash_table_contains(emulators->probing, path))
        g_cond_wait(&emulators->probed, &emulators->lock);
    KvmEmulator *emulator = g_hash_table_lookup(emulators->known, path);
    return emulator && kvm_program_equal(&emulator->program, program) ? kvm_emulator_ref(emulator)
                                                                      : NULL;
}

KvmEmulator *kvm_emulators_get(const RvDriverHost *host, const char *path, GError **error)
{
    KvmEmulators *emulators = kvm_host(host)->emulators;
    KvmProgram program;
    if (!g_path_is_absolute(path)) {
        rv_error_set(error, RV_ERR_XML, "the emulator '%s' is not an absolute path", path);
        return NULL;
    }
    if (!kvm_program_look(path, &program, error))
        return NULL;

    g_mutex_lock(&emulators->lock);
    KvmEmulator *emulator = await_known(emulators, path, &program);
    if (!emulator)
        g_hash_table_add(emulators->probing, (char *)path);
    g_mutex_unlock(&emulators->lock);
    if (emulator)
        return emulator;

    emulator = learn(host, path, &program, error);

    g_mutex_lock(&emulators->lock);
    g_hash_table_remove(emulators->probing, path);
    if (emulator)
        g_hash_table_replace(emulators->known, emulator->path, kvm_emulator_ref(emulator));
    g_cond_broadcast(&emulators->probed);
    g_mutex_unlock(&emulators->lock);
    return emulator;
}
