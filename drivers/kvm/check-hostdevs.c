/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices of the host: what libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"

#include <string.h>

typedef struct {
    const RvDomainDef *def;
    const RvHostdev *hostdev;
    unsigned n_ramfb, n_crypto; /* so far, with this one */
    GHashTable *drives; /* text of addresses that are taken */
} Case;

static bool is_mdev(const Case *c, const char *model)
{
    return c->hostdev->type == RV_HOSTDEV_MDEV && !g_strcmp0(c->hostdev->model, model);
}

static bool of_containers(const Case *c)
{
    return c->hostdev->mode == RV_HOSTDEV_CAPABILITIES;
}

static bool filters_writes(const Case *c)
{
    return c->hostdev->type == RV_HOSTDEV_PCI && c->hostdev->write_filtering != RV_TRISTATE_ABSENT;
}

static bool boots_from_vhost(const Case *c)
{
    return c->hostdev->type == RV_HOSTDEV_SCSI_HOST && c->hostdev->device.boot_order;
}

static bool boots_from_mdev(const Case *c)
{
    return (is_mdev(c, "vfio-pci") || is_mdev(c, "vfio-ap")) && c->hostdev->device.boot_order;
}

static bool display_of_others(const Case *c)
{
    return c->hostdev->display != RV_TRISTATE_ABSENT && !is_mdev(c, "vfio-pci");
}

static bool display_without_graphics(const Case *c)
{
    return is_mdev(c, "vfio-pci") && c->hostdev->display == RV_TRISTATE_ON &&
           !c->def->graphics->len;
}

static bool has_ramfb(const Case *c)
{
    return c->hostdev->type == RV_HOSTDEV_MDEV && c->hostdev->ramfb == RV_TRISTATE_ON;
}

static bool has_second_ramfb(const Case *c)
{
    return has_ramfb(c) && c->n_ramfb > 1;
}

static bool is_second_crypto(const Case *c)
{
    return is_mdev(c, "vfio-ap") && c->n_crypto > 1;
}

/* False: something else is there. */
static bool take_drive(GHashTable *drives, const RvAddress *address)
{
    return address->type != RV_ADDRESS_DRIVE ||
           g_hash_table_add(drives, g_strdup_printf("%u:%u:%u:%u", address->drive.controller,
                                                    address->drive.bus, address->drive.target,
                                                    address->drive.unit));
}

static bool drive_is_taken(const Case *c)
{
    return c->hostdev->type == RV_HOSTDEV_SCSI &&
           !take_drive(c->drives, &c->hostdev->device.address);
}

static const struct {
    bool (*is_wrong)(const Case *c);
    const char *path, *message;
} rules[] = {
    {of_containers, "@mode", "mode 'capabilities' is for containers"},
    {filters_writes, "source/@writeFiltering", "QEMU cannot filter writes: leave it out"},
    {boots_from_vhost, "boot", "a guest cannot boot from a SCSI device behind vhost"},
    {boots_from_mdev, "boot", "a guest cannot boot from a mediated device"},
    {display_of_others, "@display", "only a mediated device of model 'vfio-pci' can show"},
    {display_without_graphics, "@display",
     "nobody would see what it shows: a <graphics> device is missing"},
    {has_second_ramfb, "@ramfb", "another one has ramfb: only one can"},
    {is_second_crypto, "@model", "a guest can have one device of model 'vfio-ap'"},
    {drive_is_taken, "address", "another SCSI device or disk has the same address"},
};

void kvm_check_hostdevs(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    g_autoptr(GHashTable) drives = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = def->disks->pdata[i];
        if (disk->bus == RV_DISK_BUS_SCSI)
            take_drive(drives, &disk->device.address);
    }
    Case c = {.def = def, .drives = drives};
    for (unsigned i = 0; i < def->hostdevs->len; i++) {
        c.hostdev = def->hostdevs->pdata[i];
        rv_diagnostics_about(diagnostics, c.hostdev->device.origin);
        c.n_ramfb += has_ramfb(&c);
        c.n_crypto += is_mdev(&c, "vfio-ap");
        for (unsigned rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
            if (!rules[rule].is_wrong(&c))
                continue;
            g_autofree char *path = g_strdup_printf("domain/devices/hostdev/%s", rules[rule].path);
            kvm_refuse(diagnostics, 0, path, NULL, "%s", rules[rule].message);
        }
    }
}
