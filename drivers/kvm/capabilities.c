/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/capabilities.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "drivers/kvm/device-models.h"
#include "drivers/kvm/emulators.h"
#include "drivers/kvm/host-model.h"
#include "drivers/kvm/host.h"
#include "drivers/kvm/machine.h"
#include "model/xml-table.h"

/* ---- Guests ------------------------------------------------------------------------------- */

static const struct {
    const char *arch;
    int wordsize;
} arches[] = {{"i686", 32}, {"x86_64", 64}};

static void append_machines(GString *xml, const KvmEmulator *emulator)
{
    for (guint i = 0; i < emulator->machines->len; i++) {
        const KvmMachine *machine = g_ptr_array_index(emulator->machines, i);
        if (!kvm_machine_family(emulator->arch, machine->name)->starts)
            continue;
        g_string_append_printf(xml, "      <machine maxCpus='%u'%s>%s</machine>\n",
                               machine->max_cpus, machine->deprecated ? " deprecated='yes'" : "",
                               machine->name);
        if (machine->alias)
            g_string_append_printf(xml, "      <machine canonical='%s' maxCpus='%u'>%s</machine>\n",
                                   machine->name, machine->max_cpus, machine->alias);
    }
}

static void append_guest(GString *xml, const KvmEmulator *emulator, int wordsize, bool has_kvm)
{
    g_string_append_printf(xml,
                           "  <guest>\n"
                           "    <os_type>hvm</os_type>\n"
                           "    <arch name='%s'>\n"
                           "      <wordsize>%d</wordsize>\n"
                           "      <emulator>",
                           emulator->arch, wordsize);
    rv_xml_append_escaped(xml, emulator->path);
    g_string_append(xml, "</emulator>\n");
    append_machines(xml, emulator);
    g_string_append(xml, "      <domain type='qemu'/>\n");
    if (has_kvm)
        g_string_append(xml, "      <domain type='kvm'/>\n");
    g_string_append(xml, "    </arch>\n"
                         "    <features>\n"
                         "      <pae/>\n"
                         "      <nonpae/>\n"
                         "      <acpi default='on' toggle='yes'/>\n"
                         "      <apic default='on' toggle='no'/>\n"
                         "      <cpuselection/>\n"
                         "      <deviceboot/>\n"
                         "    </features>\n"
                         "  </guest>\n\n");
}

char *kvm_guest_capabilities(const RvDriverHost *host, GError **error)
{
    g_autoptr(GString) xml = g_string_new(NULL);
    bool usable = kvm_accelerator_check(&kvm_host(host)->accelerator, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(arches); i++) {
        g_autofree char *path = kvm_emulators_path(host, arches[i].arch);
        if (access(path, X_OK) < 0)
            continue;
        g_autoptr(KvmEmulator) emulator = kvm_emulators_get(host, path, error);
        if (!emulator)
            return NULL;
        append_guest(xml, emulator, arches[i].wordsize, usable && emulator->has_kvm);
    }
    return g_string_free(g_steal_pointer(&xml), FALSE);
}

/* ---- One kind of domain ------------------------------------------------------------------- */

typedef struct {
    GString *xml;
    const KvmEmulator *emulator;
    const KvmMachine *machine;
    const KvmMachineFamily *family;
    const RvDriverHost *host;
    bool is_kvm;
} Domain;

static void append_enum(const Domain *domain, const char *name, const char *const *values)
{
    if (!values[0]) {
        g_string_append_printf(domain->xml, "      <enum name='%s'/>\n", name);
        return;
    }
    g_string_append_printf(domain->xml, "      <enum name='%s'>\n", name);
    for (size_t i = 0; values[i]; i++)
        g_string_append_printf(domain->xml, "        <value>%s</value>\n", values[i]);
    g_string_append(domain->xml, "      </enum>\n");
}

static void append_host_model(const Domain *domain)
{
    const KvmHostModel *model = kvm_host_model_get(domain->host, domain->emulator,
                                                   domain->is_kvm ? RV_VIRT_KVM : RV_VIRT_QEMU,
                                                   NULL);
    GString *xml = domain->xml;
    if (!model) {
        g_string_append(xml, "    <mode name='host-model' supported='no'/>\n");
        return;
    }
    g_string_append_printf(xml,
                           "    <mode name='host-model' supported='yes'>\n"
                           "      <model fallback='forbid'>%s</model>\n", model->name);
    if (model->vendor)
        g_string_append_printf(xml, "      <vendor>%s</vendor>\n", model->vendor);
    for (guint i = 0; i < model->features->len; i++) {
        const RvCpuFeature *feature = g_ptr_array_index(model->features, i);
        g_string_append_printf(xml, "      <feature policy='%s' name='%s'/>\n", feature->policy,
                               feature->name);
    }
    g_string_append(xml, "    </mode>\n");
}

static void append_cpu(const Domain *domain)
{
    GString *xml = domain->xml;
    g_string_append_printf(xml,
                           "  <cpu>\n"
                           "    <mode name='host-passthrough' supported='%s'/>\n"
                           "    <mode name='maximum' supported='yes'/>\n",
                           domain->is_kvm ? "yes" : "no");
    append_host_model(domain);
    g_string_append(xml, "    <mode name='custom' supported='yes'>\n");
    for (guint i = 0; i < domain->emulator->cpus->len; i++) {
        const KvmCpuModel *cpu = g_ptr_array_index(domain->emulator->cpus, i);
        if (!kvm_cpu_model_is_named(cpu))
            continue;
        const char *usable = domain->is_kvm ? "unknown" : cpu->usable ? "yes" : "no";
        g_string_append_printf(xml, "      <model usable='%s' vendor='unknown'%s>%s</model>\n",
                               usable, cpu->deprecated ? " deprecated='yes'" : "", cpu->name);
    }
    g_string_append(xml, "    </mode>\n"
                         "  </cpu>\n");
}

static void append_disk(const Domain *domain)
{
    static const char *const kinds[] = {"disk", "cdrom", "floppy", NULL};
    static const char *const models[] = {"virtio", NULL};
    const char *buses[] = {"fdc", "scsi", "virtio", "usb", "sata", NULL, NULL};
    if (domain->family->has_ide)
        buses[5] = "ide";
    g_string_append(domain->xml, "    <disk supported='yes'>\n");
    append_enum(domain, "diskDevice", kinds);
    append_enum(domain, "bus", buses);
    append_enum(domain, "model", models);
    g_string_append(domain->xml, "    </disk>\n");
}

static void append_video(const Domain *domain)
{
    static const char *const all[] = {"vga", "cirrus", "vmvga", "qxl", "virtio", "bochs"};
    const char *models[G_N_ELEMENTS(all) + 2] = {NULL};
    size_t n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        const RvVideo video = {.model = (char *)all[i]};
        if (kvm_emulator_has_device(domain->emulator, kvm_video_device(&video, true)))
            models[n++] = all[i];
    }
    models[n] = "none";
    g_string_append(domain->xml, "    <video supported='yes'>\n");
    append_enum(domain, "modelType", models);
    g_string_append(domain->xml, "    </video>\n");
}

static void append_devices(const Domain *domain)
{
    static const char *const graphics[] = {"vnc", NULL};
    static const char *const rngs[] = {"virtio", "virtio-transitional", "virtio-non-transitional",
                                       NULL};
    static const char *const rng_backends[] = {"random", "builtin", NULL};
    static const char *const channels[] = {"pty", "unix", NULL};
    GString *xml = domain->xml;
    g_string_append(xml, "  <devices>\n");
    append_disk(domain);
    g_string_append(xml, "    <graphics supported='yes'>\n");
    append_enum(domain, "type", graphics);
    g_string_append(xml, "    </graphics>\n");
    append_video(domain);
    g_string_append(xml, "    <hostdev supported='no'/>\n"
                         "    <rng supported='yes'>\n");
    append_enum(domain, "model", rngs);
    append_enum(domain, "backendModel", rng_backends);
    g_string_append(xml, "    </rng>\n"
                         "    <filesystem supported='no'/>\n"
                         "    <tpm supported='no'/>\n"
                         "    <redirdev supported='no'/>\n"
                         "    <channel supported='yes'>\n");
    append_enum(domain, "type", channels);
    g_string_append(xml, "    </channel>\n"
                         "  </devices>\n");
}

static char *format_domain(Domain *domain)
{
    GString *xml = domain->xml = g_string_new("<domainCapabilities>\n  <path>");
    rv_xml_append_escaped(xml, domain->emulator->path);
    g_string_append_printf(xml,
                           "</path>\n"
                           "  <domain>%s</domain>\n"
                           "  <machine>%s</machine>\n"
                           "  <arch>%s</arch>\n"
                           "  <vcpu max='%u'/>\n"
                           "  <iothreads supported='no'/>\n"
                           "  <os supported='yes'>\n"
                           "    <enum name='firmware'/>\n"
                           "    <loader supported='no'/>\n"
                           "  </os>\n",
                           domain->is_kvm ? "kvm" : "qemu", domain->machine->name,
                           domain->emulator->arch, domain->machine->max_cpus);
    append_cpu(domain);
    g_string_append(xml, "  <memoryBacking supported='no'/>\n");
    append_devices(domain);
    g_string_append(xml, "  <features>\n"
                         "    <gic supported='no'/>\n"
                         "    <vmcoreinfo supported='no'/>\n"
                         "    <genid supported='no'/>\n"
                         "    <backingStoreInput supported='no'/>\n"
                         "    <backup supported='no'/>\n"
                         "    <sev supported='no'/>\n"
                         "    <sgx supported='no'/>\n"
                         "    <hyperv supported='no'/>\n"
                         "  </features>\n"
                         "</domainCapabilities>\n");
    return g_string_free(xml, FALSE);
}

/* KVM where it works, unless the caller wants one of them. */
static bool choose_type(const RvDriverHost *host, const char *virt_type, Domain *domain,
                        GError **error)
{
    KvmAccelerator *accelerator = &kvm_host(host)->accelerator;
    bool wants_qemu = g_strcmp0(virt_type, "qemu") == 0;
    bool wants_kvm = g_strcmp0(virt_type, "kvm") == 0;
    if (virt_type && !wants_qemu && !wants_kvm) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "unknown virttype: %s", virt_type);
        return false;
    }
    if (wants_kvm && !kvm_accelerator_check(accelerator, error))
        return false;
    domain->is_kvm = wants_kvm || (!wants_qemu && domain->emulator->has_kvm &&
                                   kvm_accelerator_check(accelerator, NULL));
    return true;
}

char *kvm_domain_capabilities(const RvDriverHost *host, const char *emulator, const char *arch,
                              const char *machine, const char *virt_type, GError **error)
{
    if (arch && !kvm_arch_is_supported(arch)) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "unknown architecture: %s", arch);
        return NULL;
    }
    g_autofree char *path =
        emulator ? g_strdup(emulator) : kvm_emulators_path(host, arch ? arch : KVM_NATIVE_ARCH);
    g_autoptr(KvmEmulator) found = kvm_emulators_get(host, path, error);
    if (!found)
        return NULL;
    Domain domain = {.host = host, .emulator = found, .machine = kvm_emulator_machine(found, machine)};
    domain.family = kvm_machine_family(found->arch, domain.machine ? domain.machine->name : NULL);
    if (arch && strcmp(arch, found->arch) != 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "architecture from emulator '%s' doesn't match given architecture '%s'",
                     found->arch, arch);
        return NULL;
    }
    if (!domain.machine || !domain.family->starts) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "the machine '%s' is not supported by emulator '%s'",
                     machine ? machine : "(default)", path);
        return NULL;
    }
    return choose_type(host, virt_type, &domain, error) ? format_domain(&domain) : NULL;
}
