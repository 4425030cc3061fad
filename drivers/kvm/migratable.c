/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/migratable.h"

#include <string.h>

#include "drivers/kvm/cpu.h"
#include "model/audio.h"
#include "model/input.h"
#include "model/panic.h"
#include "model/xml-table.h"

typedef bool (*Match)(const RvDriverHost *host, const RvDomainDef *def, const void *device);

static void remove_matching(const RvDriverHost *host, const RvDomainDef *def, GPtrArray *devices,
                            const RvXmlType *type, Match match)
{
    for (guint i = devices->len; i-- > 0;) {
        if (match(host, def, devices->pdata[i]))
            rv_xml_free(type, g_ptr_array_remove_index(devices, i));
    }
}

static bool has_own_alias(const RvDevice *device)
{
    return device->alias && g_str_has_prefix(device->alias, "ua-");
}

static bool is_only(const RvDomainDef *def, const RvController *controller)
{
    unsigned n = 0;
    for (guint i = 0; i < def->controllers->len; i++)
        n += ((const RvController *)def->controllers->pdata[i])->type == controller->type;
    return n == 1 && controller->index == 0 && !has_own_alias(&controller->device);
}

static bool is_i440fx(const RvDomainDef *def)
{
    const char *machine = def->os.machine ? def->os.machine : "";
    return !strcmp(machine, "pc") || g_str_has_prefix(machine, "pc-0.") ||
           g_str_has_prefix(machine, "pc-1.") || g_str_has_prefix(machine, "pc-i440fx-");
}

static bool is_implied(const RvDriverHost *host, const RvDomainDef *def, const void *device)
{
    const RvController *controller = device;
    if (controller->type == RV_CONTROLLER_USB)
        return is_i440fx(def) && is_only(def, controller) &&
               (!controller->model || !strcmp(controller->model, "piix3-uhci"));
    return controller->type == RV_CONTROLLER_PCI && is_only(def, controller) &&
           !g_strcmp0(controller->model, "pci-root");
}

static bool is_of_machine(const RvDriverHost *host, const RvDomainDef *def, const void *device)
{
    const char *model = ((const RvPanic *)device)->model;
    return !g_strcmp0(model, "s390") || !g_strcmp0(model, "pseries");
}

/* What the driver adds where a guest has a screen or a sound card, and nobody spoke of a backend. */
static bool is_default(const RvDriverHost *host, const RvDomainDef *def, const void *device)
{
    const RvAudio *audio = device;
    RvAudio plain;
    if (def->audios->len != 1 || (audio->type != RV_AUDIO_NONE && audio->type != RV_AUDIO_SPICE))
        return false;
    rv_xml_init(&rv_audio_xml, &plain);
    plain.type = audio->type;
    plain.id = 1;
    bool same = rv_xml_equal(&rv_audio_xml, "audio", audio, &plain, 0, NULL);
    rv_xml_clear(&rv_audio_xml, &plain);
    return same;
}

/* Where a daemon made the socket of a channel: a path of its own choice, for one start. libvirt's are
 * FOLDER/domain-ID-NAME/TARGET and, once, FOLDER/channel/target/NAME.TARGET. */
static bool is_made_by_libvirt(const char *path, const char *target)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *parent = g_path_get_basename(folder);
    g_autofree char *file = g_path_get_basename(path);
    g_autofree char *end = g_strconcat(".", target, NULL);
    return (g_str_has_prefix(parent, "domain-") && !strcmp(file, target)) ||
           (g_str_has_suffix(folder, "/channel/target") && g_str_has_suffix(file, end));
}

static void forget_sockets(const RvDriverHost *host, const GPtrArray *chardevs)
{
    for (guint i = 0; i < chardevs->len; i++) {
        RvChardev *chardev = chardevs->pdata[i];
        RvChardevSource *source = &chardev->source;
        bool is_channel = chardev->channel == RV_CHANNEL_VIRTIO && chardev->target_name;
        if (source->type != RV_CHARDEV_UNIX || !source->path ||
            !(g_str_has_prefix(source->path, host->run_dir) ||
              (is_channel && is_made_by_libvirt(source->path, chardev->target_name))))
            continue;
        g_clear_pointer(&source->path, g_free);
        source->mode = RV_CHARDEV_BIND;
    }
}

void kvm_forget_sockets(const RvDriverHost *host, RvDomainDef *def)
{
    const GPtrArray *const lists[] = {def->serials, def->parallels, def->consoles, def->channels};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        forget_sockets(host, lists[i]);
}

/* The native serial ports of these machines were once of no type. */
static void forget_serial_types(GPtrArray *serials)
{
    for (guint i = 0; i < serials->len; i++) {
        RvChardev *serial = serials->pdata[i];
        if (g_strcmp0(serial->target_type, "spapr-vio-serial") &&
            g_strcmp0(serial->target_type, "system-serial"))
            continue;
        g_clear_pointer(&serial->target_type, g_free);
        g_clear_pointer(&serial->target_model, g_free);
    }
}

/* As it was defined: what format the medium of an empty drive is to have. */
static void restore_formats(GPtrArray *disks)
{
    for (guint i = 0; i < disks->len; i++) {
        RvDisk *disk = disks->pdata[i];
        if (!disk->source.path && disk->driver_name && disk->source.format == RV_DISK_FORMAT_NONE)
            disk->source.format = RV_DISK_RAW;
    }
}

/* Every x86 guest has it. */
static bool is_of_board(const RvDriverHost *host, const RvDomainDef *def, const void *device)
{
    const RvInput *input = device;
    return input->type == RV_INPUT_KEYBOARD &&
           (!g_strcmp0(input->bus, "ps2") || !g_strcmp0(input->bus, "xen"));
}

void kvm_make_migratable(const RvDriverHost *host, RvDomainDef *def, bool live)
{
    json_t *asked = live ? kvm_cpu_asked(host, &def->uuid) : NULL;
    if (asked)
        kvm_cpu_restore(def, asked);
    json_decref(asked);
    if (live)
        restore_formats(def->disks);
    remove_matching(host, def, def->inputs, &rv_input_xml, is_of_board);
    remove_matching(host, def, def->controllers, &rv_controller_xml, is_implied);
    remove_matching(host, def, def->panics, &rv_panic_xml, is_of_machine);
    remove_matching(host, def, def->audios, &rv_audio_xml, is_default);
    kvm_forget_sockets(host, def);
    forget_serial_types(def->serials);
}
