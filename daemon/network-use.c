/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/network-use.h"

#include "base/error.h"
#include "daemon/instance.h"
#include "daemon/network.h"
#include "daemon/registry.h"

static bool check_active(const RvObjectView *view, const char *name, GError **error)
{
    if (view->active)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "network '%s' is not active", name);
    rv_error_source(error, RV_ERROR_SOURCE_NETWORK);
    rv_error_remedy(error, "start it first: net-start %s; or have it started with the host: "
                           "net-autostart %s",
                    name, name);
    return false;
}

bool rv_network_resolve_one(RvCore *core, RvInterface *interface, GError **error)
{
    const char *name = interface->source;
    g_clear_pointer(&interface->bridge, g_free);
    if (interface->type != RV_INTERFACE_NETWORK)
        return true;
    g_autoptr(RvObjectView) view =
        rv_objects_get_view(core->objects, &rv_network_kind, name, error);
    if (!view || !check_active(view, name, error))
        return false;
    const RvNetworkDef *network = view->live->def;
    if (!network->bridge) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "network '%s' has no bridge", name);
        rv_error_source(error, RV_ERROR_SOURCE_NETWORK);
        return false;
    }
    interface->bridge = g_strdup(network->bridge);
    if (!interface->mtu)
        interface->mtu = network->mtu;
    return true;
}

bool rv_network_resolve(RvCore *core, RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->interfaces->len; i++) {
        if (!rv_network_resolve_one(core, def->interfaces->pdata[i], error))
            return false;
    }
    return true;
}

typedef struct {
    const char *name;
    unsigned n;
} Count;

static void count_one(RvDomain *domain, void *data)
{
    Count *count = data;
    if (!domain->instance)
        return;
    const GPtrArray *interfaces = domain->instance->guest->def->interfaces;
    for (guint i = 0; i < interfaces->len; i++) {
        const RvInterface *interface = interfaces->pdata[i];
        count->n += interface->type == RV_INTERFACE_NETWORK &&
                    !g_strcmp0(interface->source, count->name);
    }
}

unsigned rv_network_count_uses(RvCore *core, const char *name)
{
    Count count = {.name = name};
    rv_registry_foreach(core->registry, NULL, count_one, &count);
    return count.n;
}
