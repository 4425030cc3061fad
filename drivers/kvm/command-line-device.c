/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All devices but disks. */
#include "drivers/kvm/line.h"

#include <string.h>

#include "drivers/kvm/device-models.h"
#include "drivers/kvm/pci.h"

/* ---- Controllers -------------------------------------------------------------------------- */

static bool is_built_in(const KvmLine *line, const RvController *controller)
{
    bool first = controller->index == 0;
    switch (controller->type) {
    case RV_CONTROLLER_IDE:
    case RV_CONTROLLER_FDC:
        return true;
    case RV_CONTROLLER_SATA:
        return first && line->family->has_sata;
    case RV_CONTROLLER_PCI:
        return first;
    case RV_CONTROLLER_USB:
        return g_strcmp0(controller->model, "none") == 0;
    default:
        return false;
    }
}

static void set_ports(json_t *device, const RvController *controller)
{
    const char *port_property = "max_ports";
    if (controller->type == RV_CONTROLLER_USB) {
        port_property = "p2";
        if (controller->ports)
            json_object_set_new(device, "p3", json_integer(controller->ports));
    }
    if (controller->ports)
        json_object_set_new(device, port_property, json_integer(controller->ports));
    if (controller->vectors)
        json_object_set_new(device, "vectors", json_integer(controller->vectors));
}

static void add_controller(KvmLine *line, const RvController *controller)
{
    const char *driver = kvm_controller_device(controller);
    if (!driver || is_built_in(line, controller))
        return;
    json_t *device = kvm_line_device(line, driver, &controller->device);
    if (controller->pci.port >= 0)
        json_object_set_new(device, "port", json_integer(controller->pci.port));
    if (controller->pci.chassis >= 0)
        json_object_set_new(device, "chassis", json_integer(controller->pci.chassis));
    if (controller->pci.chassis_nr >= 0)
        json_object_set_new(device, "chassis_nr", json_integer(controller->pci.chassis_nr));
    set_ports(device, controller);
    /* A companion is known by its master. */
    if (controller->type == RV_CONTROLLER_USB && controller->master_start_port >= 0) {
        g_autofree char *master = g_strdup_printf("%s.0", controller->device.alias);
        json_object_del(device, "id");
        kvm_line_set(device, "masterbus", master);
        json_object_set_new(device, "firstport", json_integer(controller->master_start_port));
    }
    kvm_line_add_json(line, "-device", device);
}

/* What others are plugged into comes first: buses, then masters, then the rest. */
void kvm_line_add_controllers(KvmLine *line)
{
    GPtrArray *controllers = line->def->controllers;
    for (unsigned round = 0; round < 3; round++) {
        for (guint i = 0; i < controllers->len; i++) {
            const RvController *controller = g_ptr_array_index(controllers, i);
            bool is_companion = controller->type == RV_CONTROLLER_USB &&
                                controller->master_start_port >= 0;
            unsigned its_round = controller->type == RV_CONTROLLER_PCI ? 0 : is_companion ? 2 : 1;
            if (its_round == round)
                add_controller(line, controller);
        }
    }
}

/* ---- Character devices -------------------------------------------------------------------- */

static void add_chardev(KvmLine *line, const RvChardev *chardev)
{
    const char *alias = chardev->device.alias;
    int fd = kvm_line_fd(line, chardev);
    switch (chardev->source.type) {
    case RV_CHARDEV_PTY:
        kvm_line_add(line, "-chardev", "pty,id=char%s", alias);
        break;
    case RV_CHARDEV_FILE:
        if (fd >= 0) {
            kvm_line_add(line, "-add-fd", "fd=%d,set=%d", fd, fd);
            kvm_line_add(line, "-chardev", "file,id=char%s,path=/dev/fdset/%d,append=on", alias,
                         fd);
        } else {
            g_autofree char *path = kvm_line_escape(chardev->source.path);
            kvm_line_add(line, "-chardev", "file,id=char%s,path=%s,append=on", alias, path);
        }
        break;
    case RV_CHARDEV_UNIX:
        kvm_line_add(line, "-chardev", "socket,id=char%s,fd=%d,server=on,wait=off", alias, fd);
        break;
    default:
        kvm_line_add(line, "-chardev", "null,id=char%s", alias);
        break;
    }
}

static json_t *chardev_device(const KvmLine *line, const char *driver, const RvChardev *chardev)
{
    g_autofree char *id = g_strdup_printf("char%s", chardev->device.alias);
    json_t *device = json_pack("{s:s, s:s, s:s}", "driver", driver, "chardev", id, "id",
                               chardev->device.alias);
    return device;
}

static void add_chardevs(KvmLine *line)
{
    const RvDomainDef *def = line->def;
    for (guint i = 0; i < def->serials->len; i++) {
        const RvChardev *serial = g_ptr_array_index(def->serials, i);
        add_chardev(line, serial);
        json_t *device = chardev_device(line, "isa-serial", serial);
        json_object_set_new(device, "index", json_integer(serial->target_port));
        kvm_line_add_json(line, "-device", device);
    }
    for (guint i = 0; i < def->parallels->len; i++) {
        const RvChardev *parallel = g_ptr_array_index(def->parallels, i);
        add_chardev(line, parallel);
        kvm_line_add_json(line, "-device", chardev_device(line, "isa-parallel", parallel));
    }
    for (guint i = 0; i < def->channels->len; i++) {
        const RvChardev *channel = g_ptr_array_index(def->channels, i);
        const RvAddress *at = &channel->device.address;
        g_autofree char *bus = g_strdup_printf("virtio-serial%u.%u", at->drive.controller,
                                               at->drive.bus);
        add_chardev(line, channel);
        json_t *device = chardev_device(line, "virtserialport", channel);
        kvm_line_set(device, "bus", bus);
        json_object_set_new(device, "nr", json_integer(at->drive.unit));
        kvm_line_set(device, "name", channel->target_name);
        kvm_line_add_json(line, "-device", device);
    }
    for (guint i = 0; i < def->consoles->len; i++) {
        const RvChardev *console = g_ptr_array_index(def->consoles, i);
        if (g_strcmp0(console->target_type, "virtio") != 0)
            continue; /* it is the serial port */
        add_chardev(line, console);
        kvm_line_add_json(line, "-device", chardev_device(line, "virtconsole", console));
    }
}

/* ---- Network, input, screen --------------------------------------------------------------- */

static void add_netdev(KvmLine *line, const RvInterface *interface, const char *name)
{
    int fd = kvm_line_fd(line, interface);
    g_autofree char *device = kvm_line_escape(interface->target ? interface->target : name);
    if (!rv_interface_has_host_end(interface))
        kvm_line_add(line, "-netdev", "user,id=%s", name);
    else if (fd >= 0)
        kvm_line_add(line, "-netdev", "tap,fd=%d,id=%s", fd, name);
    else
        kvm_line_add(line, "-netdev", "tap,ifname=%s,script=no,downscript=no,id=%s", device, name);
}

static void add_interfaces(KvmLine *line)
{
    for (guint i = 0; i < line->def->interfaces->len; i++) {
        const RvInterface *interface = g_ptr_array_index(line->def->interfaces, i);
        const unsigned char *mac = interface->mac.bytes;
        g_autofree char *mac_text = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                                                    mac[2], mac[3], mac[4], mac[5]);
        g_autofree char *netdev = g_strdup_printf("host%s", interface->device.alias);
        add_netdev(line, interface, netdev);
        json_t *device = kvm_line_device(line, kvm_interface_device(interface),
                                         &interface->device);
        kvm_line_set(device, "netdev", netdev);
        kvm_line_set(device, "mac", mac_text);
        if (interface->mtu && g_str_has_prefix(interface->model, "virtio"))
            json_object_set_new(device, "host_mtu", json_integer(interface->mtu));
        unsigned boot = kvm_line_boot_index(line, interface);
        if (boot)
            json_object_set_new(device, "bootindex", json_integer(boot));
        kvm_line_add_json(line, "-device", device);
    }
}

static void add_inputs(KvmLine *line)
{
    for (guint i = 0; i < line->def->inputs->len; i++) {
        const RvInput *input = g_ptr_array_index(line->def->inputs, i);
        const char *driver = kvm_input_device(input);
        if (driver)
            kvm_line_add_json(line, "-device", kvm_line_device(line, driver, &input->device));
    }
}

static void add_graphics(KvmLine *line)
{
    static const char *const share_policies[] = {"allow-exclusive", "force-shared", "ignore"};
    for (guint i = 0; i < line->def->graphics->len; i++) {
        const RvGraphics *graphics = g_ptr_array_index(line->def->graphics, i);
        const char *address = graphics->listen ? graphics->listen : KVM_VNC_ADDRESS;
        bool v6 = strchr(address, ':') != NULL;
        g_autoptr(GString) vnc = g_string_new(NULL);
        g_string_append_printf(vnc, v6 ? "[%s]:%d" : "%s:%d", address,
                               MAX(graphics->port - KVM_VNC_BASE, 0));
        if (graphics->password)
            g_string_append(vnc, ",password=on");
        for (size_t k = 0; k < G_N_ELEMENTS(share_policies); k++) {
            if (g_strcmp0(graphics->share_policy, share_policies[k]) == 0)
                g_string_append_printf(vnc, ",share=%s", share_policies[k]);
        }
        kvm_line_add(line, "-vnc", "%s", vnc->str);
        if (graphics->keymap)
            kvm_line_add(line, "-k", "%s", graphics->keymap);
    }
}

static void set_video_sizes(json_t *device, const RvVideo *video)
{
    if (strcmp(video->model, "vga") == 0 || strcmp(video->model, "vmvga") == 0) {
        json_object_set_new(device, "vgamem_mb", json_integer(video->vram / 1024));
    } else if (strcmp(video->model, "qxl") == 0) {
        json_object_set_new(device, "ram_size", json_integer((json_int_t)video->ram * 1024));
        json_object_set_new(device, "vram_size", json_integer((json_int_t)video->vram * 1024));
        json_object_set_new(device, "vram64_size_mb", json_integer(0));
        json_object_set_new(device, "vgamem_mb", json_integer(video->vgamem / 1024));
    } else if (strcmp(video->model, "bochs") == 0) {
        json_object_set_new(device, "vgamem", json_integer((json_int_t)video->vram * 1024));
    }
    if (strcmp(video->model, "qxl") == 0 || strcmp(video->model, "virtio") == 0)
        json_object_set_new(device, "max_outputs", json_integer(video->heads));
}

static void add_videos(KvmLine *line)
{
    for (guint i = 0; i < line->def->videos->len; i++) {
        const RvVideo *video = g_ptr_array_index(line->def->videos, i);
        const char *driver = kvm_video_device(video, i == 0);
        if (!driver)
            continue; /* "none" */
        json_t *device = kvm_line_device(line, driver, &video->device);
        set_video_sizes(device, video);
        kvm_line_add_json(line, "-device", device);
    }
}

/* ---- Memory balloon, random numbers ------------------------------------------------------- */

static void add_balloon(KvmLine *line)
{
    const RvMemballoon *balloon = line->def->memballoon;
    if (!balloon || strcmp(balloon->model, "none") == 0)
        return;
    json_t *device = kvm_line_device(line, kvm_virtio_device("virtio-balloon", balloon->model),
                                     &balloon->device);
    if (balloon->autodeflate)
        json_object_set_new(device, "deflate-on-oom",
                            json_boolean(balloon->autodeflate == RV_TRISTATE_ON));
    kvm_line_add_json(line, "-device", device);
}

static void add_rngs(KvmLine *line)
{
    for (guint i = 0; i < line->def->rngs->len; i++) {
        const RvRng *rng = g_ptr_array_index(line->def->rngs, i);
        bool builtin = rng->backend == RV_RNG_BUILTIN;
        g_autofree char *id = g_strdup_printf("obj%s", rng->device.alias);
        json_t *object = json_pack("{s:s, s:s}", "qom-type", builtin ? "rng-builtin" : "rng-random",
                                   "id", id);
        if (!builtin)
            kvm_line_set(object, "filename", rng->path ? rng->path : "/dev/urandom");
        kvm_line_add_json(line, "-object", object);

        json_t *device = kvm_line_device(line, kvm_virtio_device("virtio-rng", rng->model),
                                         &rng->device);
        kvm_line_set(device, "rng", id);
        if (rng->rate_bytes) {
            json_object_set_new(device, "max-bytes", json_integer(rng->rate_bytes));
            json_object_set_new(device, "period",
                                json_integer(rng->rate_period ? rng->rate_period : 1000));
        }
        kvm_line_add_json(line, "-device", device);
    }
}

void kvm_line_add_other_devices(KvmLine *line)
{
    add_interfaces(line);
    add_chardevs(line);
    add_inputs(line);
    add_graphics(line);
    add_videos(line);
    add_balloon(line);
    add_rngs(line);
}
