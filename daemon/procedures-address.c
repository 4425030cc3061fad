/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"

/* Which addresses a running guest's interfaces have, as far as the host knows. */

/* libvirt's virDomainInterfaceAddressesSource; its type of an IPv4 address. */
enum { SOURCE_LEASE, SOURCE_AGENT, SOURCE_ARP };
enum { TYPE_IPV4 = 0, TABLE_MAX = 16 << 20 };

typedef struct {
    RvDomainDef *def; /* of the running guest; a reference */
    char *neighbours; /* the host's table of them */
} Reading;

static void reading_free(void *data)
{
    Reading *reading = data;
    rv_domain_def_unref(reading->def);
    g_free(reading->neighbours);
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
    return true;
}

/* Leases are those of networks of ours, of which there are none yet. */
static bool read_neighbours(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    Reading *reading = call->data;
    if (((const wire_domain_interface_addresses_args *)args)->source != SOURCE_ARP)
        return true;
    reading->neighbours = rv_file_read("/proc/net/arp", TABLE_MAX, NULL, error);
    return reading->neighbours;
}

static void add(RvCall *call, const RvInterface *interface, const char *mac, const char *address,
                GArray *found)
{
    wire_ip_address *told = rv_call_alloc(call, 1, sizeof(*told));
    *told = (wire_ip_address){TYPE_IPV4, rv_call_take(call, g_strdup(address)), 0};
    wire_interface_addresses one = {
        .name = interface->target ? interface->target : (char *)"",
        .mac = rv_call_take(call, g_strdup(mac)),
        .addresses = {1, told},
    };
    g_array_append_val(found, one);
}

/* Lines "IP address, HW type, Flags, HW address, Mask, Device"; flag 2: the entry is complete. */
static void find(RvCall *call, const RvInterface *interface, char *const *lines, GArray *found)
{
    enum { ADDRESS, TYPE, FLAGS, MAC, FIELDS = 6, COMPLETE = 2 };
    const unsigned char *at = interface->mac.bytes;
    g_autofree char *mac = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", at[0], at[1], at[2],
                                           at[3], at[4], at[5]);
    for (; *lines; lines++) {
        char *words[FIELDS] = {NULL};
        g_autofree char *line = g_strdup(*lines);
        char *rest = line;
        for (int i = 0; i < FIELDS && (words[i] = strtok_r(rest, " ", &rest)); i++)
            ;
        if (words[MAC] && g_ascii_strcasecmp(words[MAC], mac) == 0 &&
            g_ascii_strtoull(words[FLAGS], NULL, 16) & COMPLETE)
            add(call, interface, mac, words[ADDRESS], found);
    }
}

static bool tell(RvCall *call, const void *args, void *ret, GError **error)
{
    const Reading *reading = call->data;
    wire_domain_interface_addresses_ret *list = ret;
    g_auto(GStrv) lines = g_strsplit(reading->neighbours ? reading->neighbours : "", "\n", -1);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(wire_interface_addresses));
    for (guint i = 0; i < reading->def->interfaces->len; i++)
        find(call, reading->def->interfaces->pdata[i], lines, found);
    list->interfaces.interfaces_len = MIN(found->len, WIRE_INTERFACES_MAX);
    list->interfaces.interfaces_val = rv_call_copy(call, found);
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
