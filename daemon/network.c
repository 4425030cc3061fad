/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/network.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "daemon/core.h"
#include "daemon/network-use.h"
#include "daemon/paths.h"
#include "drivers/network.h"

/* Names of bridges are given from virbr0 on. */
enum { MAX_BRIDGE_ID = 256 };

static const RvNetworkDef *network_of(const RvObjectDef *def)
{
    return def ? def->def : NULL;
}

/* ---- What a definition leaves out ----------------------------------------------------------- */

typedef struct {
    const RvObject *except;
    const char *bridge;
    bool found;
} BridgeSearch;

static bool has_bridge(const RvObjectDef *def, const char *bridge)
{
    const RvNetworkDef *network = network_of(def);
    return network && !g_strcmp0(network->bridge, bridge);
}

static void look_for_bridge(RvObject *object, void *data)
{
    BridgeSearch *search = data;
    const RvObjectView *view = object->view;
    if (object != search->except &&
        (has_bridge(view->config, search->bridge) || has_bridge(view->live, search->bridge) ||
         has_bridge(object->pending, search->bridge)))
        search->found = true;
}

static bool is_bridge_used(RvCore *core, const RvObject *except, const char *bridge)
{
    BridgeSearch search = {except, bridge, false};
    rv_objects_foreach(core->objects, &rv_network_kind, look_for_bridge, &search);
    return search.found;
}

/* "lan%d" is a wish for the first free number. */
static bool choose_bridge(RvCore *core, RvNetworkDef *def, const RvObject *known, GError **error)
{
    const char *wish = def->bridge ? def->bridge : "virbr%d";
    const char *percent = strstr(wish, "%d");
    for (unsigned id = 0; id < MAX_BRIDGE_ID; id++) {
        g_autofree char *name =
            g_strdup_printf("%.*s%u%s", (int)(percent - wish), wish, id, percent + 2);
        if (is_bridge_used(core, known, name) || rv_network_has_device(name))
            continue;
        g_free(def->bridge);
        def->bridge = g_steal_pointer(&name);
        return true;
    }
    rv_error_set(error, RV_ERR_INTERNAL, "Bridge generation exceeded max id %d", MAX_BRIDGE_ID);
    return false;
}

static bool complete_bridge(RvCore *core, RvNetworkDef *def, const RvObject *known, GError **error)
{
    if (!def->bridge || strstr(def->bridge, "%d"))
        return choose_bridge(core, def, known, error);
    if (!is_bridge_used(core, known, def->bridge))
        return true;
    rv_error_set(error, RV_ERR_INTERNAL, "bridge name '%s' already in use.", def->bridge);
    rv_error_remedy(error, "another network has it: choose another name, or leave it out");
    return false;
}

static bool complete(RvCore *core, void *object, const RvObject *known, GError **error)
{
    static const RvMac none;
    RvNetworkDef *def = object;
    if (!rv_network_has_own_bridge(def))
        return true;
    if (!memcmp(&def->mac, &none, sizeof(none))) {
        RvUuid random;
        rv_uuid_generate(&random);
        def->mac = (RvMac){{0x52, 0x54, 0x00, random.bytes[0], random.bytes[1], random.bytes[2]}};
    }
    return complete_bridge(core, def, known, error);
}

/* ---- Life ----------------------------------------------------------------------------------- */

/* Where it keeps things; to be freed. */
static char *get_dir(const RvCore *core, bool lasting)
{
    const RvPaths *paths = core->paths;
    return g_build_filename(lasting ? paths->state_dir : paths->run_dir, "networks", NULL);
}

GPtrArray *rv_network_read_leases(const RvCore *core, const RvNetworkDef *live, GError **error)
{
    g_autofree char *run_dir = get_dir(core, false);
    g_autofree char *state_dir = get_dir(core, true);
    const RvNetworkHost host = {.run_dir = run_dir, .state_dir = state_dir};
    return rv_network_leases(&host, live, error);
}

bool rv_network_with_host(RvObject *object, RvNetworkDef *live, RvNetworkHostFunc func,
                          RvOperation *op, GError **error)
{
    g_autofree char *run_dir = get_dir(object->core, false);
    g_autofree char *state_dir = get_dir(object->core, true);
    const RvNetworkHost host = {run_dir, state_dir, geteuid() == 0};
    return rv_dir_create(run_dir, 0755, error) && rv_dir_create(state_dir, 0755, error) &&
           func(&host, live, op, error);
}

static bool start(RvObject *object, void *live, RvOperation *op, GError **error)
{
    return rv_network_with_host(object, live, rv_network_start, op, error);
}

static bool stop_const(const RvNetworkHost *host, RvNetworkDef *live, RvOperation *op,
                       GError **error)
{
    return rv_network_stop(host, live, op, error);
}

static bool forget_const(const RvNetworkHost *host, RvNetworkDef *def, RvOperation *op,
                         GError **error)
{
    return rv_network_forget(host, def, error);
}

bool rv_network_forget_leases(RvObject *object, const RvNetworkDef *def, GError **error)
{
    return rv_network_with_host(object, (RvNetworkDef *)def, forget_const, NULL, error);
}

static bool stop(RvObject *object, const void *live, RvOperation *op, GError **error)
{
    g_autoptr(RvObjectView) view = rv_object_get_view(object);
    return rv_network_with_host(object, (RvNetworkDef *)live, stop_const, op, error) &&
           (view->config || rv_network_forget_leases(object, live, error));
}

static bool adopt(RvObject *object, void *live, RvOperation *op, GError **error)
{
    return rv_network_with_host(object, live, rv_network_adopt, op, error);
}

/* ---- As clients see it ---------------------------------------------------------------------- */

static char *describe(const RvObject *object, bool live)
{
    const RvObjectView *view = object->view;
    unsigned connections = live ? rv_network_count_uses(object->core, object->name) : 0;
    if (connections == 0)
        return g_strdup(live ? view->live->text : view->config->text);
    RvNetworkDef *def = rv_xml_copy(&rv_network_xml, view->live->def);
    def->connections = connections;
    GString *text = g_string_new(NULL);
    rv_xml_write(&rv_network_xml, "network", def, RV_FORMAT_LIVE, 0, text);
    rv_xml_free(&rv_network_xml, def);
    return g_string_free(text, FALSE);
}

const RvObjectKind rv_network_kind = {
    .name = "network",
    .words = "network",
    .root = "network",
    .xml = &rv_network_xml,
    .not_found = RV_ERR_NO_NETWORK,
    .source = RV_ERROR_SOURCE_NETWORK,
    .lifecycle = RV_EVENT_NETWORK_LIFECYCLE,
    .n_events = 1,
    .complete = complete,
    .start = start,
    .stop = stop,
    .adopt = adopt,
    .describe = describe,
};
