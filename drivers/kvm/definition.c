/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/definition.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "drivers/kvm/alias.h"
#include "drivers/kvm/check.h"
#include "drivers/kvm/command-line.h"
#include "drivers/kvm/cpu.h"
#include "drivers/kvm/defaults.h"
#include "drivers/kvm/emulators.h"
#include "drivers/kvm/host.h"
#include "drivers/kvm/migratable.h"
#include "drivers/kvm/support.h"

static char *emulator_path(const RvDriverHost *host, const RvDomainDef *def)
{
    if (def->emulator)
        return g_strdup(def->emulator);
    return kvm_emulators_path(host, def->os.arch ? def->os.arch : KVM_NATIVE_ARCH);
}

static KvmEmulator *known_emulator(const RvDriverHost *host, const RvDomainDef *def)
{
    g_autofree char *path = emulator_path(host, def);
    return kvm_emulators_known(host, path);
}

/* The place of a disk asks for all controllers before it. */
static bool needs_many_controllers(const RvDomainDef *def)
{
    enum { MANY = 100 };
    for (guint i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = def->disks->pdata[i];
        const RvAddress *address = &disk->device.address;
        bool is_far = address->type == RV_ADDRESS_DRIVE
                          ? address->drive.controller > MANY
                          : disk->target && strlen(disk->target) > strlen("sdzz");
        if (is_far)
            return true;
    }
    return false;
}

static bool is_prepared(const RvDriverHost *host, const RvDomainDef *def)
{
    g_autoptr(KvmEmulator) emulator = known_emulator(host, def);
    bool looks_at_host = def->hostdevs->len > 0; /* what bus a device of it is on */
    return emulator && !looks_at_host && !needs_many_controllers(def);
}

static bool prepare(const RvDriverHost *host, const RvDomainDef *def, GError **error)
{
    g_autofree char *path = emulator_path(host, def);
    if (!def->emulator && access(path, F_OK) < 0) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "there is no emulator of architecture '%s'",
                     def->os.arch);
        rv_error_remedy(error, "install '%s', or name another with <emulator>", path);
        return false;
    }
    g_autoptr(KvmEmulator) emulator = kvm_emulators_get(host, path, error);
    return emulator != NULL;
}

static bool complete(const RvDriverHost *host, RvDomainDef *def, GError **error)
{
    if (!def->os.arch)
        def->os.arch = g_strdup(KVM_NATIVE_ARCH);
    if (!def->emulator)
        def->emulator = emulator_path(host, def);
    if (rv_uuid_is_zero(&def->uuid))
        rv_uuid_generate(&def->uuid);
    kvm_forget_sockets(host, def);
    g_autoptr(KvmEmulator) emulator = known_emulator(host, def);
    return kvm_defaults_fill(def, emulator, error);
}

static bool check(const RvDriverHost *host, const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    g_autoptr(KvmEmulator) emulator = known_emulator(host, def);
    kvm_check(def, emulator, diagnostics);
    return rv_diagnostics_count(diagnostics, RV_DIAGNOSTIC_ERROR) == 0;
}

static void check_start(const RvDriverHost *host, const RvDomainDef *def, RvDiagnosticLevel level,
                        RvDiagnostics *diagnostics)
{
    g_autoptr(KvmEmulator) emulator = known_emulator(host, def);
    kvm_check_start(def, emulator, level, diagnostics);
}

static bool adapt(const RvDriverHost *host, RvDomainDef *def, RvFormatFlags flags, GError **error)
{
    if (flags & RV_FORMAT_MIGRATABLE)
        kvm_make_migratable(host, def, flags & RV_FORMAT_LIVE);
    if (!(flags & RV_FORMAT_UPDATE_CPU))
        return true;
    g_autoptr(KvmEmulator) emulator = kvm_emulators_get(host, def->emulator, error);
    return emulator && kvm_cpu_update(host, emulator, def, error);
}

/* As a shell would read it, in quotes only where it needs them. */
static void append_word(GString *text, const char *word)
{
    bool plain = *word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-_=,./:@%+") == strlen(word);
    g_autofree char *quoted = plain ? NULL : g_shell_quote(word);
    g_string_append_printf(text, "%s%s", text->len ? " " : "", plain ? word : quoted);
}

static char *to_native(const RvDriverHost *host, const RvNativeFormat *format,
                       const RvDomainDef *def, GError **error)
{
    g_autoptr(KvmEmulator) emulator = kvm_emulators_get(host, def->emulator, error);
    if (!emulator)
        return NULL;
    g_autoptr(RvDomainDef) copy = rv_domain_def_copy(def);
    if (!kvm_cpu_update(host, emulator, copy, error))
        return NULL;
    const KvmLaunch launch = {.emulator = emulator, .monitor_fd = -1};
    kvm_assign_aliases(copy);
    g_autoptr(GPtrArray) args = kvm_command_line(copy, &launch, error);
    if (!args)
        return NULL;

    GString *text = g_string_new(NULL);
    append_word(text, emulator->path);
    for (guint i = 0; i < args->len; i++)
        append_word(text, g_ptr_array_index(args, i));
    g_string_append_c(text, '\n');
    return g_string_free(text, FALSE);
}

static const RvNativeFormat native_formats[] = {
    {.name = "qemu-argv", .of_start = true},
    {NULL},
};

const RvDefinitionOps kvm_definition_ops = {
    .is_prepared = is_prepared,
    .prepare = prepare,
    .complete = complete,
    .check = check,
    .support = &kvm_support,
    .check_start = check_start,
    .adapt = adapt,
    .native_formats = native_formats,
    .to_native = to_native,
};
