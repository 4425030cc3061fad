/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What one emulator program can do, as it said itself when asked. Immutable and reference-counted
 * (any thread). Kept on disk between daemons, good as long as the program is the same file.
 */

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The least version we build command lines for: JSON for -device came with it. */
#define KVM_LEAST_VERSION 6002000u

/* Which file it was. Times in ns. */
typedef struct {
    uint64_t device, inode, size, modified_ns, changed_ns;
} KvmProgram;

typedef struct {
    char *name, *alias; /* alias NULL: none */
    char *cpu;          /* its default model, "qemu64"; may be NULL */
    unsigned max_cpus;
    bool is_default, deprecated;
} KvmMachine;

typedef struct {
    char *name;
    bool usable, deprecated; /* usable: by emulation */
} KvmCpuModel;

typedef struct {
    int refs;
    char *path, *arch;    /* libvirt's name of it: "x86_64", "i686" */
    KvmProgram program;
    unsigned version;     /* major * 1,000,000 + minor * 1,000 + micro */
    char *package;        /* "Debian 1:7.2+dfsg-7", or "" */
    bool has_kvm;         /* built with it; the host is another question */
    GPtrArray *machines;  /* KvmMachine */
    GPtrArray *cpus;      /* KvmCpuModel */
    GHashTable *devices;  /* set of names for -device */
} KvmEmulator;

KvmEmulator *kvm_emulator_new(const char *path, const KvmProgram *program);
KvmEmulator *kvm_emulator_ref(KvmEmulator *emulator);
void kvm_emulator_unref(KvmEmulator *emulator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KvmEmulator, kvm_emulator_unref)

KvmMachine *kvm_emulator_add_machine(KvmEmulator *emulator, const char *name);
KvmCpuModel *kvm_emulator_add_cpu(KvmEmulator *emulator, const char *name);

/* Whether libvirt has a name for it, too: not for versions of models ("Haswell-v3"), nor for what is
 * no model of its own ("host", "max", "base"). */
bool kvm_cpu_model_is_named(const KvmCpuModel *cpu);

/* The machine of a name or an alias; NULL name: the default one. NULL: it has none such. */
const KvmMachine *kvm_emulator_machine(const KvmEmulator *emulator, const char *name);
bool kvm_emulator_has_device(const KvmEmulator *emulator, const char *device);

/* Whether the emulator has a device; one that is not known (NULL) has all. */
static inline bool kvm_emulator_may_have(const KvmEmulator *emulator, const char *device)
{
    return !emulator || kvm_emulator_has_device(emulator, device);
}

/* libvirt's name of an architecture for QEMU's and back; both give other names back as they are. */
const char *kvm_arch_from_qemu(const char *arch);
const char *kvm_arch_to_qemu(const char *arch);

/* As it is kept on disk. From another version of this format: NULL, without an error. */
json_t *kvm_emulator_to_json(const KvmEmulator *emulator);
KvmEmulator *kvm_emulator_from_json(json_t *json);

/* Which file a path leads to, after a look at whether it can be trusted: only root (or the user we
 * are) may be able to change it. [job] */
G_GNUC_WARN_UNUSED_RESULT bool kvm_program_look(const char *path, KvmProgram *ret_program,
                                                GError **error);
bool kvm_program_equal(const KvmProgram *a, const KvmProgram *b);
