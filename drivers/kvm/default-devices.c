/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices that machines have though nobody asked for them, and what a device is when its document
 * does not say: as libvirt's driver for QEMU has it. */

#include "drivers/kvm/default-devices.h"

#include <string.h>

#include "base/error.h"
#include "model/xml-table.h"

/* ---- Implicit devices --------------------------------------------------------------------- */

static RvController *add_controller(RvDomainDef *def, RvControllerType type, const char *model)
{
    RvController *found = rv_domain_def_find_controller(def, type, 0);
    if (found)
        return found;
    RvController *controller = rv_xml_new(&rv_controller_xml);
    controller->type = type;
    controller->index = 0;
    controller->model = g_strdup(model && *model ? model : NULL);
    g_ptr_array_add(def->controllers, controller);
    return controller;
}

static void add_input(RvDomainDef *def, RvInputType type, const char *bus)
{
    for (guint i = 0; i < def->inputs->len; i++) {
        const RvInput *input = g_ptr_array_index(def->inputs, i);
        if (input->type == type && g_strcmp0(input->bus, bus) == 0)
            return;
    }
    RvInput *input = rv_xml_new(&rv_input_xml);
    input->type = type;
    input->bus = g_strdup(bus);
    g_ptr_array_add(def->inputs, input);
}

/* A mouse beside a tablet would only be in the way. */
static void add_usb_inputs(RvDomainDef *def)
{
    bool has_tablet = false;
    for (guint i = 0; i < def->inputs->len; i++) {
        const RvInput *input = g_ptr_array_index(def->inputs, i);
        has_tablet |= input->type == RV_INPUT_TABLET && g_strcmp0(input->bus, "usb") == 0;
    }
    add_input(def, RV_INPUT_KEYBOARD, "usb");
    if (!has_tablet)
        add_input(def, RV_INPUT_MOUSE, "usb");
}

static void add_panic(RvDomainDef *def, const KvmMachineFamily *family)
{
    for (guint i = 0; i < def->panics->len; i++) {
        const RvPanic *panic = g_ptr_array_index(def->panics, i);
        if (!panic->model || g_strcmp0(panic->model, family->panic) == 0)
            return;
    }
    g_ptr_array_add(def->panics, rv_xml_new(&rv_panic_xml));
}

/* Where sound goes when no <audio> says it: with the last screen that can take it. */
static bool default_audio(const RvDomainDef *def, RvAudioType *ret_type)
{
    bool add = def->graphics->len == 0;
    *ret_type = RV_AUDIO_NONE;
    for (guint i = 0; i < def->graphics->len; i++) {
        const RvGraphics *graphics = g_ptr_array_index(def->graphics, i);
        if (graphics->type == RV_GRAPHICS_VNC || graphics->type == RV_GRAPHICS_SPICE) {
            add = true;
            *ret_type = graphics->type == RV_GRAPHICS_SPICE ? RV_AUDIO_SPICE : RV_AUDIO_NONE;
        } else if (graphics->type == RV_GRAPHICS_SDL) {
            add = false;
        }
    }
    return add;
}

static void add_audio(RvDomainDef *def)
{
    RvAudioType type;
    if (def->audios->len || !default_audio(def, &type))
        return;
    RvAudio *audio = rv_xml_new(&rv_audio_xml);
    audio->type = type;
    audio->id = 1;
    g_ptr_array_add(def->audios, audio);
}

static bool add_root(RvDomainDef *def, const KvmMachineFamily *family,
                     const KvmEmulator *emulator, GError **error)
{
    if (!family->root ||
        (family->root_needs && !kvm_emulator_may_have(emulator, family->root_needs)))
        return true;
    const RvController *root = add_controller(def, RV_CONTROLLER_PCI, family->root);
    if (g_strcmp0(root->model, family->root) == 0)
        return true;
    rv_error_set(error, RV_ERR_XML,
                 "the PCI controller with index 0 must be a %s on machine '%s', not a %s",
                 family->root, def->os.machine, root->model ? root->model : "default one");
    return false;
}

bool kvm_default_devices(RvDomainDef *def, const KvmMachineFamily *family,
                         const KvmEmulator *emulator, GError **error)
{
    rv_domain_def_number_controllers(def);
    if (family->has_ps2) {
        add_input(def, RV_INPUT_MOUSE, "ps2");
        add_input(def, RV_INPUT_KEYBOARD, "ps2");
    }
    if (family->usb)
        add_controller(def, RV_CONTROLLER_USB, family->usb);
    if (family->has_sata)
        add_controller(def, RV_CONTROLLER_SATA, NULL);
    if (!add_root(def, family, emulator, error))
        return false;
    if (!def->memballoon && !family->no_balloon) {
        def->memballoon = rv_xml_new(&rv_memballoon_xml);
        def->memballoon->model = g_strdup("virtio");
    }
    if (family->has_usb_inputs && def->graphics->len)
        add_usb_inputs(def);
    if (family->has_panic)
        add_panic(def, family);
    add_audio(def);
    return true;
}

/* ---- Models ------------------------------------------------------------------------------- */

/* The first of a list that the emulator has; else `otherwise`. */
static const char *first_of(const KvmEmulator *emulator, const char *const rows[][2], size_t n,
                            const char *otherwise)
{
    for (size_t i = 0; i < n; i++) {
        if (kvm_emulator_may_have(emulator, rows[i][0]))
            return rows[i][1];
    }
    return otherwise;
}

static const char *usb_model(const RvDomainDef *def, const RvController *controller,
                             const KvmEmulator *emulator)
{
    static const char *const xhci[][2] = {{"qemu-xhci", "qemu-xhci"}, {"nec-usb-xhci", "nec-xhci"},
                                          {"pci-ohci", "pci-ohci"}};
    const char *arch = def->os.arch;
    if (kvm_arch_is_s390(arch) && controller->device.address.type == RV_ADDRESS_NONE)
        return "none";
    if (kvm_arch_is_ppc64(arch))
        return first_of(emulator, xhci, 3, NULL);
    const char *model = kvm_emulator_may_have(emulator, "piix3-usb-uhci") ? "piix3-uhci" : NULL;
    return strcmp(arch, "aarch64") == 0 ? first_of(emulator, xhci, 2, model) : model;
}

static const char *scsi_model(const KvmMachineFamily *family, const KvmEmulator *emulator)
{
    static const char *const rows[][2] = {{"lsi53c895a", "lsilogic"},
                                          {"virtio-scsi-pci", "virtio-scsi"},
                                          {"virtio-scsi-device", "virtio-scsi"}};
    const char *own = family->scsi;
    if (own && strcmp(own, "ncr53c90") != 0)
        return own;
    return first_of(emulator, rows, G_N_ELEMENTS(rows), own);
}

static bool fill_controllers(RvDomainDef *def, const KvmMachineFamily *family,
                             const KvmEmulator *emulator, GError **error)
{
    for (guint i = 0; i < def->controllers->len; i++) {
        RvController *controller = g_ptr_array_index(def->controllers, i);
        if (controller->type == RV_CONTROLLER_USB)
            kvm_default_string(&controller->model, usb_model(def, controller, emulator));
        if (controller->type != RV_CONTROLLER_SCSI)
            continue;
        if (!controller->model || strcmp(controller->model, "auto") == 0) {
            g_free(controller->model);
            controller->model = g_strdup(scsi_model(family, emulator));
        }
        if (!controller->model) {
            rv_error_set(error, RV_ERR_INTERNAL,
                         "SCSI controller %d says no model, and the emulator has none to choose",
                         controller->index);
            return false;
        }
    }
    return true;
}

static const char *interface_model(const KvmMachineFamily *family, const KvmEmulator *emulator)
{
    static const char *const rows[][2] = {
        {"rtl8139", "rtl8139"}, {"e1000", "e1000"}, {"virtio-net-device", "virtio"}};
    return family->interface ? family->interface
                             : first_of(emulator, rows, G_N_ELEMENTS(rows), "rtl8139");
}

const char *kvm_default_video(const KvmMachineFamily *family, const KvmEmulator *emulator)
{
    static const char *const rows[][2] = {{"cirrus-vga", "cirrus"}, {"VGA", "vga"}};
    return family->video ? family->video
                         : first_of(emulator, rows, G_N_ELEMENTS(rows), NULL);
}

static void fill_encryption(RvEncryption *encryption)
{
    if (encryption && encryption->engine == RV_ENCRYPTION_ENGINE_DEFAULT)
        encryption->engine = RV_ENCRYPTION_ENGINE_QEMU;
}

static void fill_disks(RvDomainDef *def)
{
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = g_ptr_array_index(def->disks, i);
        kvm_default_string(&disk->driver_name, "qemu");
        fill_encryption(disk->encryption);
        fill_encryption(disk->source.encryption);
        for (RvBackingStore *at = disk->backing; at; at = at->next)
            fill_encryption(at->source.encryption);
        if (disk->source.format == RV_DISK_FORMAT_NONE &&
            disk->source.type != RV_DISK_VOLUME)
            disk->source.format = RV_DISK_RAW;
    }
}

/* libvirt once wrote isa-serial for every serial port. */
static void fill_serials(RvDomainDef *def, const KvmMachineFamily *family)
{
    static const char *const models[][2] = {
        {"isa-serial", "isa-serial"},     {"usb-serial", "usb-serial"},
        {"pci-serial", "pci-serial"},     {"spapr-vio-serial", "spapr-vty"},
        {"sclp-serial", "sclpconsole"},   {"isa-debug", "isa-debugcon"},
    };
    for (guint i = 0; i < def->serials->len; i++) {
        RvChardev *serial = g_ptr_array_index(def->serials, i);
        if (g_strcmp0(serial->target_type, "isa-serial") == 0)
            g_clear_pointer(&serial->target_type, g_free);
        kvm_default_string(&serial->target_type, family->serial);
        for (size_t k = 0; serial->target_type && k < G_N_ELEMENTS(models); k++) {
            if (strcmp(serial->target_type, models[k][0]) == 0)
                kvm_default_string(&serial->target_model, models[k][1]);
        }
        if (g_strcmp0(serial->target_type, "system-serial") == 0)
            kvm_default_string(&serial->target_model, family->serial_model);
    }
}

/* Which version of TPM the emulator of one is: what the guest's firmware can use. */
static void fill_tpms(RvDomainDef *def, const KvmMachineFamily *family)
{
    bool ppc64 = kvm_arch_is_ppc64(def->os.arch);
    for (guint i = 0; i < def->tpms->len; i++) {
        RvTpm *tpm = g_ptr_array_index(def->tpms, i);
        kvm_default_string(&tpm->model, ppc64 ? "tpm-spapr" : "tpm-tis");
        bool newer = strcmp(tpm->model, "tpm-tis") != 0 ||
                     (family->has_gic && kvm_machine_has_pcie(family));
        if (tpm->backend == RV_TPM_EMULATOR)
            kvm_default_string(&tpm->version, newer ? "2.0" : "1.2");
    }
}

/* A display stays off unless it is asked for. */
static void fill_hostdevs(RvDomainDef *def, const KvmEmulator *emulator)
{
    for (guint i = 0; i < def->hostdevs->len; i++) {
        RvHostdev *hostdev = g_ptr_array_index(def->hostdevs, i);
        if (hostdev->type == RV_HOSTDEV_MDEV && g_strcmp0(hostdev->model, "vfio-pci") == 0 &&
            hostdev->display == RV_TRISTATE_ABSENT && kvm_emulator_may_have(emulator, "vfio-pci"))
            hostdev->display = RV_TRISTATE_OFF;
    }
}

static void fill_rest(RvDomainDef *def, const KvmMachineFamily *family,
                      const KvmEmulator *emulator)
{
    enum { QXL_VGAMEM_KIB = 16384 };
    for (guint i = 0; i < def->interfaces->len; i++) {
        RvInterface *interface = g_ptr_array_index(def->interfaces, i);
        if (interface->type == RV_INTERFACE_VDPA)
            kvm_default_string(&interface->model, "virtio");
        else if (interface->type != RV_INTERFACE_HOSTDEV)
            kvm_default_string(&interface->model, interface_model(family, emulator));
    }
    for (guint i = 0; i < def->videos->len; i++) {
        RvVideo *video = g_ptr_array_index(def->videos, i);
        kvm_default_string(&video->model, kvm_default_video(family, emulator));
        if (g_strcmp0(video->model, "qxl") == 0 && !video->vgamem)
            video->vgamem = QXL_VGAMEM_KIB;
    }
    for (guint i = 0; i < def->panics->len; i++) {
        RvPanic *panic = g_ptr_array_index(def->panics, i);
        kvm_default_string(&panic->model, family->panic ? family->panic : "isa");
    }
    if (def->vsock)
        kvm_default_string(&def->vsock->model, "virtio");
}

bool kvm_default_models(RvDomainDef *def, const KvmMachineFamily *family,
                        const KvmEmulator *emulator, GError **error)
{
    fill_disks(def);
    fill_serials(def, family);
    rv_domain_def_mirror_console(def);
    fill_tpms(def, family);
    fill_hostdevs(def, emulator);
    fill_rest(def, family, emulator);
    return fill_controllers(def, family, emulator, error);
}
