/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/host-ops.h"

#include "base/error.h"
#include "drivers/kvm/capabilities.h"
#include "drivers/kvm/emulators.h"
#include "drivers/kvm/host.h"
#include "drivers/kvm/host-model.h"

static bool open_host(RvDriverHost *host, GError **error)
{
    KvmHost *kvm = g_new0(KvmHost, 1);
    kvm->emulators = kvm_emulators_new();
    kvm_accelerator_init(&kvm->accelerator);
    g_mutex_init(&kvm->ports_lock);
    kvm->ports = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_mutex_init(&kvm->holders_lock);
    kvm->holders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_mutex_init(&kvm->models_lock);
    kvm->models = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify)kvm_host_model_free);
    g_mutex_init(&kvm->asked_lock);
    kvm->asked = g_hash_table_new_full(rv_uuid_hash, rv_uuid_equal, g_free,
                                       (GDestroyNotify)json_decref);
    kvm->log_writer = rv_workers_new(1, 1);
    /* Where the search for a free user begins: daemons that have their own run directories, and so
     * do not know of each other's guests, begin at different places. */
    kvm->last_uid = (int)(g_str_hash(host->run_dir) & 0xfffff);
    host->priv = kvm;
    return true;
}

static void close_host(RvDriverHost *host)
{
    KvmHost *kvm = host->priv;
    rv_workers_free(kvm->log_writer);
    g_hash_table_unref(kvm->asked);
    g_mutex_clear(&kvm->asked_lock);
    g_hash_table_unref(kvm->models);
    g_mutex_clear(&kvm->models_lock);
    g_hash_table_unref(kvm->holders);
    g_mutex_clear(&kvm->holders_lock);
    g_hash_table_unref(kvm->ports);
    g_mutex_clear(&kvm->ports_lock);
    kvm_accelerator_clear(&kvm->accelerator);
    kvm_emulators_free(kvm->emulators);
    g_free(kvm);
    host->priv = NULL;
}

/* Without the emulator of the host's own architecture the driver has nothing to work with; one of
 * another may still be named by a definition, but then that is asked. */
static KvmEmulator *native_emulator(const RvDriverHost *host, GError **error)
{
    g_autofree char *path = kvm_emulators_path(host, KVM_NATIVE_ARCH);
    return kvm_emulators_get(host, path, error);
}

static bool probe(const RvDriverHost *host, GError **error)
{
    g_autoptr(KvmEmulator) emulator = native_emulator(host, error);
    if (!emulator)
        rv_error_remedy(error, "install qemu-system-x86");
    return emulator != NULL;
}

static bool version(const RvDriverHost *host, unsigned long *ret_version, GError **error)
{
    g_autoptr(KvmEmulator) emulator = native_emulator(host, error);
    if (!emulator)
        return false;
    *ret_version = emulator->version;
    return true;
}

/* libvirt's numbers: what KVM's kernel side allows at most, and what emulation does. */
static bool max_vcpus(const RvDriverHost *host, const char *virt_type, unsigned *ret_max,
                      GError **error)
{
    enum { KVM_MOST = 1024, EMULATED_MOST = 16 };
    if (!virt_type || g_ascii_strcasecmp(virt_type, "qemu") == 0) {
        *ret_max = EMULATED_MOST;
        return true;
    }
    if (g_ascii_strcasecmp(virt_type, "kvm") == 0) {
        *ret_max = KVM_MOST;
        return true;
    }
    rv_error_set(error, RV_ERR_INVALID_ARG, "unknown type '%s'", virt_type);
    rv_error_remedy(error, "guests are of type 'kvm' or 'qemu'");
    return false;
}

const RvHostOps kvm_host_ops = {
    .open = open_host,
    .close = close_host,
    .probe = probe,
    .version = version,
    .guest_capabilities = kvm_guest_capabilities,
    .domain_capabilities = kvm_domain_capabilities,
    .max_vcpus = max_vcpus,
};
