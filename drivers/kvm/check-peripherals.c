/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All the small devices: what libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"

#include <string.h>

typedef struct {
    const RvDomainDef *def;
    const KvmEmulator *emulator; /* may be NULL */
    RvDiagnostics *diagnostics;
    const char *arch, *machine; /* "" where there is none */
    bool is_pc, is_q35, is_arm_virt, is_pseries, is_s390;
} Context;

#define refuse(context, code, path, ...)                                                           \
    kvm_refuse((context)->diagnostics, code, path, NULL, __VA_ARGS__)

static void about(const Context *context, const void *device)
{
    rv_diagnostics_about(context->diagnostics, device ? ((const RvDevice *)device)->origin : 0);
}

/* NAME-pci, NAME-device or NAME-ccw for virtio, or NAME itself. */
static bool has_device(const Context *context, const char *name)
{
    static const char *const suffixes[] = {"", "-pci", "-device", "-ccw"};
    for (size_t i = 0; context->emulator && i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *device = g_strconcat(name, suffixes[i], NULL);
        if (kvm_emulator_has_device(context->emulator, device))
            return true;
    }
    return !context->emulator;
}

static void need_device(const Context *context, const char *path, const char *name)
{
    if (!has_device(context, name))
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, path, "'%s' has no device '%s'",
               context->emulator->path, name);
}

/* ---- What people touch and hear ------------------------------------------------------------ */

static void check_virtio_input(const Context *context, const RvInput *input)
{
    static const char *const devices[RV_INPUT_LAST] = {
        [RV_INPUT_MOUSE] = "virtio-mouse",
        [RV_INPUT_TABLET] = "virtio-tablet",
        [RV_INPUT_KEYBOARD] = "virtio-keyboard",
        [RV_INPUT_PASSTHROUGH] = "virtio-input-host",
    };
    if (input->model && strcmp(input->model, "virtio") != 0)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/input/@model",
               "there is no '%s' for inputs, only 'virtio'", input->model);
    if (devices[input->type])
        need_device(context, "domain/devices/input", devices[input->type]);
}

static void check_input(const Context *context, const RvInput *input)
{
    const char *path = "domain/devices/input/@bus", *bus = input->bus ? input->bus : "none";
    bool plain = input->type == RV_INPUT_MOUSE || input->type == RV_INPUT_KEYBOARD;
    if (!strcmp(bus, "xen") || !strcmp(bus, "parallels"))
        refuse(context, RV_ERR_INTERNAL, path, "QEMU has no bus '%s' for inputs", bus);
    else if (!strcmp(bus, "ps2") && !plain)
        refuse(context, RV_ERR_INTERNAL, path, "a %s cannot be plugged into bus 'ps2'",
               rv_input_type_to_string(input->type));
    else if (!strcmp(bus, "ps2") && !context->is_pc)
        need_device(context, path, "i8042");
    else if (!strcmp(bus, "virtio"))
        check_virtio_input(context, input);
}

static void check_sound(const Context *context, const RvSound *sound)
{
    static const char *const codecs[RV_SOUND_CODEC_LAST] = {"hda-duplex", "hda-micro",
                                                            "hda-output"};
    if (sound->model == RV_SOUND_ICH7)
        refuse(context, RV_ERR_INTERNAL, "domain/devices/sound/@model",
               "QEMU has no sound card of model 'ich7'");
    if (sound->model == RV_SOUND_USB)
        need_device(context, "domain/devices/sound/@model", "usb-audio");
    if (sound->model == RV_SOUND_ICH9)
        need_device(context, "domain/devices/sound/@model", "ich9-intel-hda");
    for (guint i = 0; i < sound->codecs->len; i++)
        need_device(context, "domain/devices/sound/codec",
                    codecs[g_array_index(sound->codecs, RvSoundCodec, i)]);
}

static void check_audio(const Context *context, const RvAudio *audio)
{
    bool has_spice = audio->type != RV_AUDIO_SPICE;
    for (guint i = 0; i < context->def->graphics->len; i++)
        has_spice |= ((const RvGraphics *)context->def->graphics->pdata[i])->type ==
                     RV_GRAPHICS_SPICE;
    if (!has_spice)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/audio/@type",
               "sound by SPICE needs a <graphics type='spice'>: there is none");
}

/* ---- Trust --------------------------------------------------------------------------------- */

static void check_smartcard(const Context *context, const RvSmartcard *smartcard)
{
    const RvAddress *address = &smartcard->device.address;
    bool elsewhere = address->type == RV_ADDRESS_CCID &&
                     (address->drive.controller || address->drive.unit);
    bool passes = smartcard->mode == RV_SMARTCARD_PASSTHROUGH;
    if (context->def->smartcards->len > 1 || elsewhere)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/smartcard",
               "there can be one smartcard, in slot 0 of reader 0");
    need_device(context, "domain/devices/smartcard",
                passes ? "ccid-card-passthru" : "ccid-card-emulated");
    if (passes)
        kvm_check_chardev_source(context->def, &smartcard->source, "domain/devices/smartcard",
                                 context->diagnostics);
}

static void check_tpm_version(const Context *context, const RvTpm *tpm)
{
    bool is_old = tpm->backend == RV_TPM_EMULATOR && !g_strcmp0(tpm->version, "1.2");
    if (is_old && (!g_strcmp0(tpm->model, "tpm-crb") || !g_strcmp0(tpm->model, "tpm-spapr") ||
                   context->is_arm_virt))
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/tpm/backend/@version",
               "model '%s' on %s is for version 2.0 only", tpm->model, context->arch);
    if (!g_strcmp0(tpm->model, "spapr-tpm-proxy") && tpm->backend != RV_TPM_PASSTHROUGH)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/tpm/backend/@type",
               "a spapr-tpm-proxy passes through the host's TPM, and nothing else");
}

static void check_tpms(const Context *context)
{
    const GPtrArray *tpms = context->def->tpms;
    unsigned n_proxies = 0, n_others = 0;
    for (guint i = 0; i < tpms->len; i++) {
        const RvTpm *tpm = g_ptr_array_index(tpms, i);
        about(context, tpm);
        bool proxy = !g_strcmp0(tpm->model, "spapr-tpm-proxy");
        n_proxies += proxy;
        n_others += !proxy;
        check_tpm_version(context, tpm);
        if (tpm->model)
            need_device(context, "domain/devices/tpm/@model",
                        !strcmp(tpm->model, "tpm-tis") && context->is_arm_virt ? "tpm-tis-device"
                                                                              : tpm->model);
    }
    if (n_proxies > 1 || n_others > 1)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/tpm",
               "there can be one TPM, and one spapr-tpm-proxy");
}

/* ---- Watching ------------------------------------------------------------------------------ */

static void check_watchdog(const Context *context, const RvWatchdog *watchdog)
{
    RvAddressType address = watchdog->device.address.type;
    bool is_pci = !strcmp(watchdog->model, "i6300esb");
    if (address != RV_ADDRESS_NONE && !(is_pci && address == RV_ADDRESS_PCI))
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/watchdog/address",
               "a watchdog of model '%s' %s", watchdog->model,
               is_pci ? "is a PCI device" : "has no address");
    if (!strcmp(watchdog->model, "diag288") && !context->is_s390)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/watchdog/@model",
               "a diag288 is for architecture s390x only");
}

static void check_panic(const Context *context, const RvPanic *panic)
{
    const struct {
        const char *model;
        bool fits;
        RvAddressType address;
    } rows[] = {
        {"s390", context->is_s390, RV_ADDRESS_NONE},
        {"hyperv", context->is_pc, RV_ADDRESS_NONE},
        {"pseries", context->is_pseries, RV_ADDRESS_NONE},
        {"isa", true, RV_ADDRESS_ISA},
    };
    RvAddressType address = panic->device.address.type;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_strcmp0(panic->model, rows[i].model) != 0)
            continue;
        if (!rows[i].fits)
            refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/panic/@model",
                   "machine '%s' of architecture '%s' has no panic device of model '%s'",
                   context->machine, context->arch, panic->model);
        if (address != RV_ADDRESS_NONE && address != rows[i].address)
            refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/panic/address",
                   "a panic device of model '%s' has no such address", panic->model);
    }
    if (!g_strcmp0(panic->model, "isa"))
        need_device(context, "domain/devices/panic/@model", "pvpanic");
}

static void check_panics(const Context *context)
{
    g_autoptr(GHashTable) models = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < context->def->panics->len; i++) {
        const RvPanic *panic = g_ptr_array_index(context->def->panics, i);
        about(context, panic);
        check_panic(context, panic);
        if (panic->model && !g_hash_table_add(models, panic->model))
            refuse(context, RV_ERR_XML_DETAIL, "domain/devices/panic/@model",
                   "there are two panic devices of model '%s'", panic->model);
    }
}

/* ---- Memory -------------------------------------------------------------------------------- */

static void check_shmem(const Context *context, const RvShmem *shmem)
{
    const char *path = "domain/devices/shmem";
    bool plain = !strcmp(shmem->model, "ivshmem-plain");
    bool doorbell = !strcmp(shmem->model, "ivshmem-doorbell");
    if (doorbell && !shmem->server)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, path,
               "model 'ivshmem-doorbell' needs a <server>");
    if (plain && shmem->server)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, path,
               "model 'ivshmem-plain' has no <server>: ivshmem-doorbell has");
    if (doorbell && shmem->server && shmem->size)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/shmem/size",
               "the server knows the size: leave it out");
    need_device(context, "domain/devices/shmem/model/@type", shmem->model);
}

static void check_memory(const Context *context, const RvMemory *memory)
{
    static const char *const devices[RV_MEMORY_LAST] = {
        [RV_MEMORY_DIMM] = "pc-dimm",
        [RV_MEMORY_NVDIMM] = "nvdimm",
        [RV_MEMORY_VIRTIO_PMEM] = "virtio-pmem-pci",
        [RV_MEMORY_VIRTIO_MEM] = "virtio-mem-pci",
    };
    bool ppc64 = g_str_has_prefix(context->arch, "ppc64");
    const char *path = "domain/devices/memory";
    if (devices[memory->model])
        need_device(context, path, devices[memory->model]);
    if (memory->model != RV_MEMORY_NVDIMM)
        return;
    if (ppc64 && !memory->label_size)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, path,
               "an nvdimm of this architecture needs a <label> with a size");
    if (!ppc64 && !rv_uuid_is_zero(&memory->uuid))
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/memory/uuid",
               "an nvdimm of this architecture has no UUID");
}

static void check_module(const Context *context, const RvMemory *memory, unsigned n_nodes)
{
    bool on_pci = memory->model == RV_MEMORY_VIRTIO_PMEM || memory->model == RV_MEMORY_VIRTIO_MEM;
    RvAddressType address = memory->device.address.type;
    RvAddressType wanted = on_pci ? RV_ADDRESS_PCI : RV_ADDRESS_DIMM;
    if (address != RV_ADDRESS_NONE && address != wanted)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/memory/address/@type",
               "a %s has an address of type '%s'", rv_memory_model_to_string(memory->model),
               rv_address_type_to_string(wanted));
    else if (address == RV_ADDRESS_DIMM &&
             memory->device.address.dimm.slot >= context->def->memory_slots)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/memory/address/@slot",
               "<maxMemory> says that there are %u slots", context->def->memory_slots);
    if (n_nodes && memory->node < 0 && memory->model != RV_MEMORY_VIRTIO_PMEM)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/memory/target",
               "it belongs to a NUMA node of the guest: <node> is missing");
}

/* What is plugged in needs room, slots, and nodes to belong to. */
static void check_hotplug(const Context *context)
{
    const RvDomainDef *def = context->def;
    unsigned n_modules = def->memories->len;
    for (guint i = 0; i < n_modules; i++) {
        const RvMemory *memory = g_ptr_array_index(def->memories, i);
        about(context, memory);
        if (def->hotplug_kib && memory->model != RV_MEMORY_SGX_EPC)
            check_module(context, memory, def->numa.cells->len);
    }
    about(context, NULL);
    if (!def->hotplug_kib && n_modules)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/memory",
               "there is no room for a module of memory: <maxMemory slots=> is missing");
    if (def->hotplug_kib && !def->numa.cells->len && !g_str_has_prefix(context->arch, "ppc64"))
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/maxMemory",
               "memory is plugged into NUMA nodes: <cpu><numa> is missing");
    if (def->hotplug_kib && n_modules > def->memory_slots)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/memory",
               "there are %u modules, but <maxMemory> says %u slots", n_modules,
               def->memory_slots);
}

/* ---- Parts of the machine ------------------------------------------------------------------ */

static void check_iommu(const Context *context, const RvIommu *iommu)
{
    const char *path = "domain/devices/iommu/@model";
    bool intel = !strcmp(iommu->model, "intel"), virtio = !strcmp(iommu->model, "virtio");
    RvAddressType address = iommu->device.address.type;
    bool fits = (context->is_q35 && (intel || virtio)) || (context->is_arm_virt && !intel);
    if (!fits)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, path,
               "machine '%s' of architecture '%s' has no IOMMU of model '%s'", context->machine,
               context->arch, iommu->model);
    if (intel)
        need_device(context, path, "intel-iommu");
    if (!virtio)
        return;
    need_device(context, path, "virtio-iommu-pci");
    if (!context->def->features.acpi)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, path, "model 'virtio' needs <acpi/>");
    if (address != RV_ADDRESS_NONE && address != RV_ADDRESS_PCI)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/iommu/address/@type",
               "model 'virtio' is a PCI device");
}

static void check_single(const Context *context)
{
    const RvDomainDef *def = context->def;
    const RvMemballoon *balloon = def->memballoon;
    if (balloon && strcmp(balloon->model, "none") != 0) {
        if (!strcmp(balloon->model, "xen"))
            refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/memballoon/@model",
                   "QEMU has no balloon of model 'xen'");
    }
    if (def->watchdog)
        check_watchdog(context, def->watchdog);
    if (def->iommu)
        check_iommu(context, def->iommu);
    if (def->nvram && !context->is_pseries)
        refuse(context, RV_ERR_CONFIG_UNSUPPORTED, "domain/devices/nvram",
               "only a pseries machine has this");
    if (def->vsock)
        need_device(context, "domain/devices/vsock", "vhost-vsock");
}

static void check_rng(const Context *context, const RvRng *rng)
{
    need_device(context, "domain/devices/rng/@model", "virtio-rng");
    if (rng->backend == RV_RNG_EGD)
        kvm_check_chardev_source(context->def, &rng->source, "domain/devices/rng/backend",
                                 context->diagnostics);
}

#define EACH(context, list, check)                                                                 \
    for (guint i = 0; i < (context)->def->list->len; i++)                                          \
    check(context, g_ptr_array_index((context)->def->list, i))

#define EACH_DEVICE(context, list, check)                                                          \
    for (guint i = 0; i < (context)->def->list->len; i++)                                          \
    about(context, g_ptr_array_index((context)->def->list, i)),                                    \
        check(context, g_ptr_array_index((context)->def->list, i))

void kvm_check_peripherals(const RvDomainDef *def, const KvmEmulator *emulator,
                           RvDiagnostics *diagnostics)
{
    const char *arch = def->os.arch ? def->os.arch : "";
    const char *machine = def->os.machine ? def->os.machine : "";
    const Context context = {
        .def = def,
        .emulator = emulator,
        .diagnostics = diagnostics,
        .arch = arch,
        .machine = machine,
        .is_pc = !strcmp(arch, "x86_64") || !strcmp(arch, "i686"),
        .is_q35 = !strcmp(machine, "q35") || g_str_has_prefix(machine, "pc-q35-"),
        .is_arm_virt = (g_str_has_prefix(arch, "arm") || !strcmp(arch, "aarch64")) &&
                       (!strcmp(machine, "virt") || g_str_has_prefix(machine, "virt-")),
        .is_pseries = g_str_has_prefix(arch, "ppc64") && g_str_has_prefix(machine, "pseries"),
        .is_s390 = g_str_has_prefix(arch, "s390"),
    };
    EACH(&context, audios, check_audio);
    EACH_DEVICE(&context, inputs, check_input);
    EACH_DEVICE(&context, sounds, check_sound);
    EACH_DEVICE(&context, smartcards, check_smartcard);
    EACH_DEVICE(&context, shmems, check_shmem);
    EACH_DEVICE(&context, memories, check_memory);
    EACH_DEVICE(&context, rngs, check_rng);
    check_hotplug(&context);
    check_tpms(&context);
    check_panics(&context);
    about(&context, NULL);
    check_single(&context);
    if (def->hubs->len)
        need_device(&context, "domain/devices/hub", "usb-hub");
}
