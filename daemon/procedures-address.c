/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "daemon/network.h"

/* Which addresses a running guest's interfaces have, as far as the host knows. */

/* libvirt's virDomainInterfaceAddressesSource; its type of an IPv4 address. */
enum { SOURCE_LEASE, SOURCE_AGENT, SOURCE_ARP };
enum { TYPE_IPV4, TYPE_IPV6, TABLE_MAX = 16 << 20 };

typedef struct {
    RvDomainDef *def; /* of the running guest; a reference */
    GArray *found;    /* Neighbour */
} Reading;

/* One that is an interface of the guest. */
typedef struct {
    const RvInterface *interface; /* of the definition */
    char *mac, *address;
    bool v6;
    unsigned prefix; /* 0: not known */
} Neighbour;

static void neighbour_clear(void *data)
{
    Neighbour *neighbour = data;
    g_free(neighbour->mac);
    g_free(neighbour->address);
}

static void reading_free(void *data)
{
    Reading *reading = data;
    rv_domain_def_unref(reading->def);
    g_array_unref(reading->found);
    g_free(reading);
}

static bool begin(RvCall *call, const void *args, void *ret, GError **error)
{
    unsigned source = ((const wire_domain_interface_addresses_args *)args)->source;
    if (source != SOURCE_LEASE && source != SOURCE_ARP) {
        rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED, "Unknown IP address data source %u",
                     source);
        rv_error_remedy(error, "--source arp tells those that the host has met");
        return false;
    }
    RvGuest *guest = rv_domain_get_guest(call->domain, error);
    if (!guest)
        return false;
    Reading *reading = call->data = g_new0(Reading, 1);
    call->free_data = reading_free;
    reading->def = rv_domain_def_ref(guest->def);
    reading->found = g_array_new(FALSE, FALSE, sizeof(Neighbour));
    g_array_set_clear_func(reading->found, neighbour_clear);
    return true;
}

/* A line of the host's table of neighbours. */
typedef struct {
    const char *mac, *address;
} Entry;

/* "IP address, HW type, Flags, HW address, Mask, Device"; flag 2: the entry is complete. */
static void take_line(char *line, GArray *entries)
{
    enum { ADDRESS, TYPE, FLAGS, MAC, FIELDS = 6, COMPLETE = 2 };
    char *words[FIELDS] = {NULL};
    for (int i = 0; i < FIELDS && (words[i] = strtok_r(line, " ", &line)); i++)
        ;
    Entry entry = {words[MAC], words[ADDRESS]};
    if (words[MAC] && g_ascii_strtoull(words[FLAGS], NULL, 16) & COMPLETE)
        g_array_append_val(entries, entry);
}

static char *mac_text(const RvInterface *interface)
{
    const unsigned char *at = interface->mac.bytes;
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", at[0], at[1], at[2], at[3], at[4],
                           at[5]);
}

static Neighbour *add(const Reading *reading, const RvInterface *interface, const char *mac,
                      const char *address)
{
    const Neighbour neighbour = {.interface = interface, .mac = g_strdup(mac),
                                 .address = g_strdup(address)};
    g_array_append_val(reading->found, neighbour);
    return &g_array_index(reading->found, Neighbour, reading->found->len - 1);
}

static void find(const Reading *reading, const RvInterface *interface, const GArray *entries)
{
    g_autofree char *mac = mac_text(interface);
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        if (g_ascii_strcasecmp(entry->mac, mac) == 0)
            add(reading, interface, mac, entry->address);
    }
}

/* What its network has lent to an interface; one that is not connected to one has nothing. */
static bool find_lent(RvCall *call, const RvInterface *interface, GError **error)
{
    g_autoptr(RvObjectView) view = NULL;
    if (interface->type == RV_INTERFACE_NETWORK)
        view = rv_objects_get_view(call->core->objects, &rv_network_kind, interface->source, NULL);
    if (!view || !view->live)
        return true;
    g_autofree char *mac = mac_text(interface);
    g_autoptr(GPtrArray) leases = rv_network_read_leases(call->core, view->live->def, error);
    for (guint i = 0; leases && i < leases->len; i++) {
        const RvNetworkLease *lease = leases->pdata[i];
        if (!lease->mac || g_ascii_strcasecmp(lease->mac, mac) != 0)
            continue;
        Neighbour *found = add(call->data, interface, mac, lease->address);
        found->prefix = lease->prefix;
        found->v6 = lease->v6;
    }
    return leases;
}

static bool read_lent(RvCall *call, GError **error)
{
    const GPtrArray *interfaces = ((const Reading *)call->data)->def->interfaces;
    for (guint i = 0; i < interfaces->len; i++) {
        if (!find_lent(call, interfaces->pdata[i], error))
            return false;
    }
    return true;
}

static bool read_neighbours(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const Reading *reading = call->data;
    if (((const wire_domain_interface_addresses_args *)args)->source != SOURCE_ARP)
        return read_lent(call, error);
    g_autofree char *table = rv_file_read("/proc/net/arp", TABLE_MAX, NULL, error);
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    if (!table)
        return false;
    for (char *line, *rest = table; (line = strtok_r(rest, "\n", &rest));)
        take_line(line, entries);
    for (guint i = 0; i < reading->def->interfaces->len; i++)
        find(reading, reading->def->interfaces->pdata[i], entries);
    return true;
}

static bool tell(RvCall *call, const void *args, void *ret, GError **error)
{
    const GArray *found = ((const Reading *)call->data)->found;
    wire_domain_interface_addresses_ret *list = ret;
    unsigned n = MIN(found->len, WIRE_INTERFACES_MAX);
    wire_interface_addresses *all = rv_call_alloc(call, n, sizeof(*all));
    wire_ip_address *addresses = rv_call_alloc(call, n, sizeof(*addresses));
    for (unsigned i = 0; i < n; i++) {
        const Neighbour *neighbour = &g_array_index(found, Neighbour, i);
        char *target = neighbour->interface->target;
        addresses[i] = (wire_ip_address){neighbour->v6 ? TYPE_IPV6 : TYPE_IPV4, neighbour->address,
                                         neighbour->prefix};
        all[i] = (wire_interface_addresses){
            .name = target ? target : (char *)"",
            .mac = neighbour->mac,
            .addresses = {1, &addresses[i]},
        };
    }
    list->interfaces.interfaces_len = n;
    list->interfaces.interfaces_val = all;
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_INTERFACE_ADDRESSES, .name = "domain-interface-addresses",
     RV_PROC_ARGS(wire_domain_interface_addresses_args),
     RV_PROC_FLAGS(wire_domain_interface_addresses_args, 0),
     RV_PROC_RET(wire_domain_interface_addresses_ret), .right = RV_RIGHT_READ,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE, .answer = begin, .work = read_neighbours,
     .finish = tell},
};
const RvProcedureTable rv_procedures_address = RV_PROCEDURE_TABLE(rows);
