/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include "base/error.h"
#include "daemon/change.h"
#include "daemon/lifecycle.h"
#include "daemon/network-use.h"
#include "daemon/pool-use.h"
#include "model/attachment.h"

enum { FLAGS = RV_CHANGE_LIVE | RV_CHANGE_CONFIG };

/* What the client gave, in a definition of its own. Once it was completed for one of the domain's
 * definitions, it is as complete for the other. */
typedef struct {
    RvCall *call;
    RvDomainDef *document;
    RvAttachment device;
} Wish;

static bool wish_parse(Wish *wish, RvCall *call, const void *args, GError **error)
{
    *wish = (Wish){.call = call};
    wish->document = rv_attachment_parse(((const wire_domain_device_args *)args)->xml,
                                         call->domain->driver->virt_types[0], &wish->device,
                                         error);
    return wish->document;
}

static void wish_clear(Wish *wish)
{
    rv_domain_def_unref(wish->document);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

static bool complete(const Wish *wish, RvDomainDef *def, GError **error)
{
    const RvCall *call = wish->call;
    return rv_lifecycle_complete(call->core, call->domain->driver, def, NULL, error);
}

/* What it is on the host, where it names a network or a volume. */
static bool resolve(const RvCall *call, RvAttachment *device, GError **error)
{
    const RvDriver *driver = call->domain->driver;
    return (!device->interface || !driver->uses_networks ||
            rv_network_resolve_one(call->core, device->interface, error)) &&
           (!device->disk || !driver->uses_volumes ||
            rv_pool_resolve_disk(call->core, device->disk, error));
}

/* ---- Attach --------------------------------------------------------------------------------- */

static bool apply_attach(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const Wish *wish = args;
    if (!rv_attachment_add(def, &wish->device, error) || !complete(wish, def, error))
        return false;
    if (wish->device.interface) {
        const RvInterface *made = def->interfaces->pdata[def->interfaces->len - 1];
        wish->device.interface->mac = made->mac; /* the same for both definitions */
    }
    return true;
}

static bool drive_attach(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                         RvOperation *op, GError **error)
{
    const Wish *wish = args;
    const RvDeviceOps *devices = guest->driver->devices;
    RvAttachment device;
    return rv_call_has(call, devices && devices->attach, guest->driver, error) &&
           rv_attachment_find(def, &wish->device, &device, error) &&
           resolve(call, &device, error) && devices->attach(guest, &device, op, error);
}

static bool attach(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_auto(Wish) wish = {0};
    return wish_parse(&wish, call, args, error) &&
           rv_change_make(call, &wish, rv_call_flags(call), apply_attach, drive_attach, op, error);
}

/* ---- Detach --------------------------------------------------------------------------------- */

static bool apply_detach(RvDomainDef *def, bool live, const void *args, GError **error)
{
    return rv_attachment_remove(def, &((const Wish *)args)->device, error);
}

static bool drive_detach(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                         RvOperation *op, GError **error)
{
    const Wish *wish = args;
    const RvDeviceOps *devices = guest->driver->devices;
    RvAttachment device;
    return rv_call_has(call, devices && devices->detach, guest->driver, error) &&
           rv_attachment_find(guest->def, &wish->device, &device, error) &&
           devices->detach(guest, &device, op, error);
}

static bool detach(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_auto(Wish) wish = {0};
    return wish_parse(&wish, call, args, error) &&
           rv_change_make(call, &wish, rv_call_flags(call), apply_detach, drive_detach, op, error);
}

/* ---- Update --------------------------------------------------------------------------------- */

/* A running guest's drive stays what it is; another medium is in it. */
static bool change_medium(RvDomainDef *def, const Wish *wish, GError **error)
{
    RvAttachment own;
    const RvDisk *wanted = wish->device.disk;
    if (!rv_attachment_find(def, &wish->device, &own, error))
        return false;
    if (!wanted || (own.disk->kind != RV_DISK_DEVICE_CDROM &&
                    own.disk->kind != RV_DISK_DEVICE_FLOPPY)) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "while a domain runs, the medium in a CD-ROM or floppy drive alone can be "
                     "updated");
        rv_error_remedy(error, "detach the device and attach another, or update the definition "
                               "with --config");
        return false;
    }
    RvDisk *copy = rv_xml_copy(&rv_disk_xml, wanted);
    RvDiskSource former = own.disk->source;
    RvBackingStore *former_backing = own.disk->backing;
    own.disk->source = copy->source;
    own.disk->backing = copy->backing;
    copy->source = former;
    copy->backing = former_backing;
    rv_xml_free(&rv_disk_xml, copy);
    return true;
}

static bool apply_update(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const Wish *wish = args;
    bool ok = live ? change_medium(def, wish, error)
                   : rv_attachment_replace(def, &wish->device, error);
    return ok && complete(wish, def, error);
}

static bool drive_update(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args,
                         RvOperation *op, GError **error)
{
    const Wish *wish = args;
    const RvDeviceOps *devices = guest->driver->devices;
    RvAttachment device;
    return rv_call_has(call, devices && devices->change_medium, guest->driver, error) &&
           rv_attachment_find(def, &wish->device, &device, error) &&
           resolve(call, &device, error) && devices->change_medium(guest, device.disk, op, error);
}

static bool update(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    g_auto(Wish) wish = {0};
    return wish_parse(&wish, call, args, error) &&
           rv_change_make(call, &wish, rv_call_flags(call), apply_update, drive_update, op, error);
}

/* ---- Rows ----------------------------------------------------------------------------------- */

#define DEVICE(type)                                                                               \
    RV_PROC_ARGS(type), .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN, .job = RV_JOB_MODIFY, \
        .finish = rv_change_publish
#define DEVICE_FLAGS                                                                               \
    DEVICE(wire_domain_device_flags_args), RV_PROC_FLAGS(wire_domain_device_flags_args, FLAGS)

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_ATTACH_DEVICE, .name = "domain-attach-device",
     DEVICE(wire_domain_device_args), .need = RV_NEED_ACTIVE, .work = attach},

    {.number = WIRE_DOMAIN_DETACH_DEVICE, .name = "domain-detach-device",
     DEVICE(wire_domain_device_args), .need = RV_NEED_ACTIVE, .work = detach},

    {.number = WIRE_DOMAIN_ATTACH_DEVICE_FLAGS, .name = "domain-attach-device-flags", DEVICE_FLAGS,
     .work = attach},

    {.number = WIRE_DOMAIN_DETACH_DEVICE_FLAGS, .name = "domain-detach-device-flags", DEVICE_FLAGS,
     .work = detach},

    {.number = WIRE_DOMAIN_UPDATE_DEVICE_FLAGS, .name = "domain-update-device-flags", DEVICE_FLAGS,
     .work = update},
};
const RvProcedureTable rv_procedures_device = RV_PROCEDURE_TABLE(rows);
