/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include "base/error.h"
#include "base/fd.h"
#include "daemon/console.h"
#include "daemon/server.h"
#include "daemon/session.h"

/* libvirt's virDomainConsoleFlags. */
enum { CONSOLE_FORCE = 1 << 0, CONSOLE_SAFE = 1 << 1 };

typedef struct {
    char *alias; /* the device's own, whatever the client called it */
    int fd, keep;
} Opened;

static void opened_free(void *data)
{
    Opened *opened = data;
    rv_fd_close(&opened->fd);
    rv_fd_close(&opened->keep);
    g_free(opened->alias);
    g_free(opened);
}

static const RvChardev *find_alias(const GPtrArray *devices, const char *alias)
{
    for (guint i = 0; i < devices->len; i++) {
        const RvChardev *device = devices->pdata[i];
        if (g_strcmp0(device->device.alias, alias) == 0)
            return device;
    }
    return NULL;
}

/* The first console of a machine is its first serial port once more. */
static const RvChardev *resolve(const RvDomainDef *def, const RvChardev *device)
{
    bool is_console = g_ptr_array_find(def->consoles, device, NULL);
    bool is_serial = !device->target_type || g_str_equal(device->target_type, "serial");
    return is_console && is_serial && def->serials->len > 0 ? def->serials->pdata[0] : device;
}

static const RvChardev *find_device(const RvDomainDef *def, const char *alias)
{
    const RvChardev *device = NULL;
    if (!alias && def->consoles->len > 0)
        device = def->consoles->pdata[0];
    else if (!alias && def->serials->len > 0)
        device = def->serials->pdata[0];
    const GPtrArray *const lists[] = {def->consoles, def->serials, def->parallels};
    for (size_t i = 0; alias && !device && i < G_N_ELEMENTS(lists); i++)
        device = find_alias(lists[i], alias);
    return device ? resolve(def, device) : NULL;
}

static bool is_forced(const RvCall *call)
{
    return rv_call_flags(call) & CONSOLE_FORCE;
}

static bool choose_device(RvCall *call, const void *args, void *ret, GError **error)
{
    const char *alias = ((const wire_domain_open_console_args *)args)->device;
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest || !rv_call_has(call, guest->driver->console, guest->driver, error))
        return false;
    const RvChardev *device = find_device(guest->def, alias);
    if (!device) {
        rv_error_set(error, RV_ERR_INTERNAL, "cannot find character device %s",
                     alias ? alias : "<null>");
        rv_error_remedy(error, "give the domain a <console type='pty'/>");
        return false;
    }
    Opened *opened = g_new(Opened, 1);
    *opened = (Opened){g_strdup(device->device.alias), -1, -1};
    call->data = opened;
    call->free_data = opened_free;
    return rv_console_clear(call->session, &call->domain->uuid, opened->alias, is_forced(call),
                            error);
}

/* [job] */
static bool open_device(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    Opened *opened = call->data;
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (guest)
        opened->fd = guest->driver->console->open(guest, opened->alias, &opened->keep, error);
    return opened->fd >= 0;
}

/* Another client may have been faster. */
static bool attach(RvCall *call, const void *args, void *ret, GError **error)
{
    Opened *opened = call->data;
    const RvUuid *uuid = &call->domain->uuid;
    if (!rv_console_clear(call->session, uuid, opened->alias, is_forced(call), error))
        return false;
    rv_console_attach(call->session, call->header, uuid, opened->alias, rv_fd_steal(&opened->fd),
                      rv_fd_steal(&opened->keep));
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_OPEN_CONSOLE, .name = "domain-open-console",
     RV_PROC_ARGS(wire_domain_open_console_args),
     RV_PROC_FLAGS(wire_domain_open_console_args, CONSOLE_FORCE | CONSOLE_SAFE),
     .right = RV_RIGHT_CONTROL, .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE,
     .job = RV_JOB_CONSOLE,
     .answer = choose_device, .work = open_device, .finish = attach},
};
const RvProcedureTable rv_procedures_console = RV_PROCEDURE_TABLE(rows);
