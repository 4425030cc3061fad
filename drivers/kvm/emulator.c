/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/emulator.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

enum { FORMAT = 1 }; /* of the JSON: raise it when more is asked of emulators */

static void machine_free(KvmMachine *machine)
{
    g_free(machine->name);
    g_free(machine->alias);
    g_free(machine->cpu);
    g_free(machine);
}

static void cpu_free(KvmCpuModel *cpu)
{
    g_free(cpu->name);
    g_free(cpu);
}

KvmEmulator *kvm_emulator_new(const char *path, const KvmProgram *program)
{
    KvmEmulator *emulator = g_new0(KvmEmulator, 1);
    emulator->refs = 1;
    emulator->path = g_strdup(path);
    emulator->program = *program;
    emulator->machines = g_ptr_array_new_with_free_func((GDestroyNotify)machine_free);
    emulator->cpus = g_ptr_array_new_with_free_func((GDestroyNotify)cpu_free);
    emulator->devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return emulator;
}

KvmEmulator *kvm_emulator_ref(KvmEmulator *emulator)
{
    g_atomic_int_inc(&emulator->refs);
    return emulator;
}

void kvm_emulator_unref(KvmEmulator *emulator)
{
    if (!emulator || !g_atomic_int_dec_and_test(&emulator->refs))
        return;
    g_free(emulator->path);
    g_free(emulator->arch);
    g_free(emulator->package);
    g_ptr_array_unref(emulator->machines);
    g_ptr_array_unref(emulator->cpus);
    g_hash_table_unref(emulator->devices);
    g_free(emulator);
}

KvmMachine *kvm_emulator_add_machine(KvmEmulator *emulator, const char *name)
{
    KvmMachine *machine = g_new0(KvmMachine, 1);
    machine->name = g_strdup(name);
    g_ptr_array_add(emulator->machines, machine);
    return machine;
}

KvmCpuModel *kvm_emulator_add_cpu(KvmEmulator *emulator, const char *name)
{
    KvmCpuModel *cpu = g_new0(KvmCpuModel, 1);
    cpu->name = g_strdup(name);
    g_ptr_array_add(emulator->cpus, cpu);
    return cpu;
}

bool kvm_cpu_model_is_named(const KvmCpuModel *cpu)
{
    static const char *const special[] = {"host", "max", "base", NULL};
    const char *version = g_strrstr(cpu->name, "-v");
    return !g_strv_contains(special, cpu->name) && !(version && g_ascii_isdigit(version[2]));
}

const KvmMachine *kvm_emulator_machine(const KvmEmulator *emulator, const char *name)
{
    for (guint i = 0; i < emulator->machines->len; i++) {
        const KvmMachine *machine = g_ptr_array_index(emulator->machines, i);
        if (name ? g_strcmp0(machine->name, name) == 0 || g_strcmp0(machine->alias, name) == 0
                 : machine->is_default)
            return machine;
    }
    return NULL;
}

bool kvm_emulator_has_device(const KvmEmulator *emulator, const char *device)
{
    return g_hash_table_contains(emulator->devices, device);
}

static const struct {
    const char *qemu, *libvirt;
} arches[] = {
    {"i386", "i686"},
    {"arm", "armv7l"},
    {"microblazeel", "microblazeel"},
};

const char *kvm_arch_from_qemu(const char *arch)
{
    for (size_t i = 0; i < G_N_ELEMENTS(arches); i++) {
        if (strcmp(arches[i].qemu, arch) == 0)
            return arches[i].libvirt;
    }
    return arch;
}

const char *kvm_arch_to_qemu(const char *arch)
{
    for (size_t i = 0; i < G_N_ELEMENTS(arches); i++) {
        if (strcmp(arches[i].libvirt, arch) == 0)
            return arches[i].qemu;
    }
    return arch;
}

/* ---- On disk ------------------------------------------------------------------------------ */

static json_t *machines_to_json(const KvmEmulator *emulator)
{
    json_t *list = json_array();
    for (guint i = 0; i < emulator->machines->len; i++) {
        const KvmMachine *machine = g_ptr_array_index(emulator->machines, i);
        json_array_append_new(list, json_pack("{s:s, s:s*, s:s*, s:i, s:b, s:b}", "name",
                                              machine->name, "alias", machine->alias, "cpu",
                                              machine->cpu, "max", (int)machine->max_cpus,
                                              "default", machine->is_default, "deprecated",
                                              machine->deprecated));
    }
    return list;
}

static json_t *cpus_to_json(const KvmEmulator *emulator)
{
    json_t *list = json_array();
    for (guint i = 0; i < emulator->cpus->len; i++) {
        const KvmCpuModel *cpu = g_ptr_array_index(emulator->cpus, i);
        json_array_append_new(list, json_pack("{s:s, s:b, s:b}", "name", cpu->name, "usable",
                                              cpu->usable, "deprecated", cpu->deprecated));
    }
    return list;
}

static json_t *devices_to_json(const KvmEmulator *emulator)
{
    json_t *list = json_array();
    g_autoptr(GList) names = g_hash_table_get_keys(emulator->devices);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (const GList *name = names; name; name = name->next)
        json_array_append_new(list, json_string(name->data));
    return list;
}

json_t *kvm_emulator_to_json(const KvmEmulator *emulator)
{
    const KvmProgram *program = &emulator->program;
    json_t *identity = json_pack("[I, I, I, I, I]", (json_int_t)program->device,
                                 (json_int_t)program->inode, (json_int_t)program->size,
                                 (json_int_t)program->modified_ns,
                                 (json_int_t)program->changed_ns);
    return json_pack("{s:i, s:s, s:o, s:s, s:i, s:s, s:b, s:o, s:o, s:o}", "format", FORMAT,
                     "path", emulator->path, "program", identity, "arch", emulator->arch,
                     "version", (int)emulator->version, "package", emulator->package, "kvm",
                     emulator->has_kvm, "machines", machines_to_json(emulator), "cpus",
                     cpus_to_json(emulator), "devices", devices_to_json(emulator));
}

static bool machines_from_json(KvmEmulator *emulator, json_t *list)
{
    size_t i;
    json_t *row;
    json_array_foreach(list, i, row) {
        const char *name, *alias = NULL, *cpu = NULL;
        int max, is_default, deprecated;
        if (json_unpack(row, "{s:s, s?s, s?s, s:i, s:b, s:b}", "name", &name, "alias", &alias,
                        "cpu", &cpu, "max", &max, "default", &is_default, "deprecated",
                        &deprecated) != 0)
            return false;
        KvmMachine *machine = kvm_emulator_add_machine(emulator, name);
        machine->alias = g_strdup(alias);
        machine->cpu = g_strdup(cpu);
        machine->max_cpus = (unsigned)MAX(max, 0);
        machine->is_default = is_default;
        machine->deprecated = deprecated;
    }
    return true;
}

static bool cpus_from_json(KvmEmulator *emulator, json_t *list)
{
    size_t i;
    json_t *row;
    json_array_foreach(list, i, row) {
        const char *name;
        int usable, deprecated;
        if (json_unpack(row, "{s:s, s:b, s:b}", "name", &name, "usable", &usable, "deprecated",
                        &deprecated) != 0)
            return false;
        KvmCpuModel *cpu = kvm_emulator_add_cpu(emulator, name);
        cpu->usable = usable;
        cpu->deprecated = deprecated;
    }
    return true;
}

static void devices_from_json(KvmEmulator *emulator, json_t *list)
{
    size_t i;
    json_t *name;
    json_array_foreach(list, i, name) {
        if (json_is_string(name))
            g_hash_table_add(emulator->devices, g_strdup(json_string_value(name)));
    }
}

KvmEmulator *kvm_emulator_from_json(json_t *json)
{
    int format, version, has_kvm;
    const char *path, *arch, *package;
    json_int_t device, inode, size, modified, changed;
    json_t *machines, *cpus, *devices;
    if (json_unpack(json, "{s:i, s:s, s:[I, I, I, I, I], s:s, s:i, s:s, s:b, s:o, s:o, s:o}",
                    "format", &format, "path", &path, "program", &device, &inode, &size, &modified,
                    &changed, "arch", &arch, "version", &version, "package", &package, "kvm",
                    &has_kvm, "machines", &machines, "cpus", &cpus, "devices", &devices) != 0 ||
        format != FORMAT)
        return NULL;

    KvmProgram program = {(uint64_t)device, (uint64_t)inode, (uint64_t)size, (uint64_t)modified,
                          (uint64_t)changed};
    g_autoptr(KvmEmulator) emulator = kvm_emulator_new(path, &program);
    emulator->arch = g_strdup(arch);
    emulator->package = g_strdup(package);
    emulator->version = (unsigned)version;
    emulator->has_kvm = has_kvm;
    if (!machines_from_json(emulator, machines) || !cpus_from_json(emulator, cpus))
        return NULL;
    devices_from_json(emulator, devices);
    return g_steal_pointer(&emulator);
}

/* ---- The program -------------------------------------------------------------------------- */

static uint64_t to_ns(struct timespec time)
{
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

bool kvm_program_look(const char *path, KvmProgram *ret_program, GError **error)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot use the emulator '%s'", path);
        if (errno == ENOENT)
            rv_error_remedy(error, "install it, or name another with <emulator>");
        return false;
    }
    bool trusted = st.st_uid == 0 || (geteuid() != 0 && st.st_uid == geteuid());
    if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the emulator '%s' is not a program", path);
        return false;
    }
    if (!trusted || (st.st_mode & 0022)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "the emulator '%s' can be changed by others than root: owner %u, mode %03o",
                     path, (unsigned)st.st_uid, (unsigned)st.st_mode & 0777);
        return false;
    }
    *ret_program = (KvmProgram){
        .device = st.st_dev,
        .inode = st.st_ino,
        .size = (uint64_t)st.st_size,
        .modified_ns = to_ns(st.st_mtim),
        .changed_ns = to_ns(st.st_ctim),
    };
    return true;
}

bool kvm_program_equal(const KvmProgram *a, const KvmProgram *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}
