/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Shared folders: what libvirt's driver refuses when a domain is defined. */

#include "base/error.h"
#include "drivers/kvm/check-devices.h"

#include <string.h>

typedef struct {
    const RvDomainDef *def;
    const RvFilesystem *filesystem;
} Case;

static bool is_virtiofs(const Case *c)
{
    return c->filesystem->driver == RV_FILESYSTEM_DRIVER_VIRTIOFS;
}

/* What virtiofsd is told by us: one that runs already knows it better. */
static bool is_ours(const Case *c)
{
    return is_virtiofs(c) && !c->filesystem->socket;
}

static bool passes_through(const Case *c)
{
    return !c->filesystem->access_mode || !strcmp(c->filesystem->access_mode, "passthrough");
}

static bool is_no_mount(const Case *c)
{
    return c->filesystem->type != RV_FILESYSTEM_MOUNT;
}

static bool modes_without_map(const Case *c)
{
    return (c->filesystem->fmode || c->filesystem->dmode) &&
           g_strcmp0(c->filesystem->access_mode, "mapped");
}

static bool sandbox_of_others(const Case *c)
{
    return c->filesystem->sandbox && !is_virtiofs(c);
}

static bool driver_of_containers(const Case *c)
{
    return c->filesystem->driver == RV_FILESYSTEM_DRIVER_LOOP ||
           c->filesystem->driver == RV_FILESYSTEM_DRIVER_NBD ||
           c->filesystem->driver == RV_FILESYSTEM_DRIVER_PLOOP;
}

static bool handle_is_mapped(const Case *c)
{
    return c->filesystem->driver == RV_FILESYSTEM_DRIVER_HANDLE && !passes_through(c);
}

static bool virtiofs_is_read_only(const Case *c)
{
    return is_ours(c) && c->filesystem->read_only;
}

static bool virtiofs_is_mapped(const Case *c)
{
    return is_ours(c) && !passes_through(c);
}

static bool virtiofs_has_policy(const Case *c)
{
    return is_ours(c) && c->filesystem->write_policy;
}

static bool virtiofs_has_model(const Case *c)
{
    return is_virtiofs(c) && c->filesystem->model;
}

static bool virtiofs_has_format(const Case *c)
{
    return is_virtiofs(c) && c->filesystem->format;
}

static bool virtiofs_has_multidevs(const Case *c)
{
    return is_virtiofs(c) && c->filesystem->multidevs;
}

static bool virtiofs_without_memory(const Case *c)
{
    return is_virtiofs(c) && !rv_domain_def_shares_memory(c->def);
}

#define FOLDER "domain/devices/filesystem/"

static const struct {
    bool (*is_wrong)(const Case *c);
    const char *path, *suggestion, *message;
} rules[] = {
    {is_no_mount, FOLDER "@type", "mount", "QEMU shares folders only"},
    {modes_without_map, FOLDER "@accessmode", "mapped", "fmode= and dmode= need this mode"},
    {sandbox_of_others, FOLDER "binary/sandbox", NULL, "only driver virtiofs has a sandbox"},
    {driver_of_containers, FOLDER "driver/@type", "path", "this driver is for containers"},
    {handle_is_mapped, FOLDER "@accessmode", "passthrough", "driver handle has this mode only"},
    {virtiofs_is_read_only, FOLDER "readonly", NULL, "driver virtiofs cannot be read-only"},
    {virtiofs_is_mapped, FOLDER "@accessmode", "passthrough", "driver virtiofs has no other mode"},
    {virtiofs_has_policy, FOLDER "driver/@wrpolicy", NULL, "driver virtiofs has none"},
    {virtiofs_has_model, FOLDER "@model", NULL, "driver virtiofs has one model: leave it out"},
    {virtiofs_has_format, FOLDER "driver/@format", NULL, "driver virtiofs has none"},
    {virtiofs_has_multidevs, FOLDER "@multidevs", NULL, "driver virtiofs has none"},
    {virtiofs_without_memory, "domain/memoryBacking/access/@mode", "shared",
     "driver virtiofs needs memory that is shared"},
};

void kvm_check_filesystems(const RvDomainDef *def, RvDiagnostics *diagnostics)
{
    for (unsigned i = 0; i < def->filesystems->len; i++) {
        const Case c = {def, def->filesystems->pdata[i]};
        rv_diagnostics_about(diagnostics, c.filesystem->device.origin);
        for (unsigned rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
            if (rules[rule].is_wrong(&c))
                kvm_refuse(diagnostics, 0, rules[rule].path, rules[rule].suggestion,
                           "folder %s: %s", c.filesystem->target, rules[rule].message);
        }
    }
}
