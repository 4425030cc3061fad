/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/load-call.h"

#include <string.h>

static bool write_args(RvBuffer *out, const RvFrameHeader *header, xdrproc_t xdr, void *args,
                       GError **error)
{
    return rv_frame_write(out, header, xdr, args, error);
}

static bool write_nothing(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                          unsigned index, GError **error)
{
    return rv_frame_write(out, header, NULL, NULL, error);
}

static bool write_open(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                       unsigned index, GError **error)
{
    wire_connect_open_args args = {.uri = (char *)target->uri};
    return write_args(out, header, (xdrproc_t)xdr_wire_connect_open_args, &args, error);
}

static bool write_lookup(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                         unsigned index, GError **error)
{
    wire_domain_lookup_by_name_args args = {.name = target->domain.name};
    return write_args(out, header, (xdrproc_t)xdr_wire_domain_lookup_by_name_args, &args, error);
}

static bool write_domain(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                         unsigned index, GError **error)
{
    wire_domain_args args = {.domain = target->domain};
    return write_args(out, header, (xdrproc_t)xdr_wire_domain_args, &args, error);
}

static bool write_domain_flags(RvBuffer *out, const RvFrameHeader *header,
                               const RvLoadTarget *target, unsigned index, GError **error)
{
    wire_domain_flags_args args = {.domain = target->domain};
    return write_args(out, header, (xdrproc_t)xdr_wire_domain_flags_args, &args, error);
}

static bool write_list(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                       unsigned index, GError **error)
{
    wire_connect_list_all_domains_args args = {.need_results = 1};
    return write_args(out, header, (xdrproc_t)xdr_wire_connect_list_all_domains_args, &args, error);
}

static bool write_memory_stats(RvBuffer *out, const RvFrameHeader *header,
                               const RvLoadTarget *target, unsigned index, GError **error)
{
    wire_domain_memory_stats_args args = {.domain = target->domain, .max = 16};
    return write_args(out, header, (xdrproc_t)xdr_wire_domain_memory_stats_args, &args, error);
}

static bool write_stats(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                        unsigned index, GError **error)
{
    wire_domain domain = target->domain;
    wire_connect_get_all_domain_stats_args args = {
        .domains = {.domains_len = 1, .domains_val = &domain},
    };
    return write_args(out, header, (xdrproc_t)xdr_wire_connect_get_all_domain_stats_args, &args,
                      error);
}

/* Number `n` of the domains that define makes: the same name and UUID whenever it is asked for. */
static void numbered_domain(const RvLoadTarget *target, unsigned n, char **ret_name, wire_uuid uuid)
{
    guint32 prefix = GUINT32_TO_BE(g_str_hash(target->prefix));
    guint32 number = GUINT32_TO_BE(n);

    *ret_name = g_strdup_printf("%s-%06u", target->prefix, n);
    memset(uuid, 0, sizeof(wire_uuid));
    memcpy(uuid, &prefix, sizeof(prefix));
    uuid[6] = 0x40;
    uuid[8] = (char)0x80;
    memcpy(uuid + 12, &number, sizeof(number));
}

static char *uuid_text(const wire_uuid uuid)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < 16; i++)
        g_string_append_printf(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                               (unsigned char)uuid[i]);
    return g_string_free(text, FALSE);
}

static bool write_define(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                         unsigned index, GError **error)
{
    g_autofree char *name = NULL;
    wire_uuid uuid;

    numbered_domain(target, target->first + index, &name, uuid);
    g_autofree char *id = uuid_text(uuid);
    g_autoptr(GString) xml = g_string_new(target->xml);
    g_string_replace(xml, "@NAME@", name, 0);
    g_string_replace(xml, "@UUID@", id, 0);
    wire_domain_xml_args args = {.xml = xml->str};
    return write_args(out, header, (xdrproc_t)xdr_wire_domain_xml_args, &args, error);
}

static bool write_undefine(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                           unsigned index, GError **error)
{
    g_autofree char *name = NULL;
    wire_domain_args args = {.domain = {.id = -1}};

    numbered_domain(target, target->first + index, &name, args.domain.uuid);
    args.domain.name = name;
    return write_args(out, header, (xdrproc_t)xdr_wire_domain_args, &args, error);
}

static const RvLoadCall calls[] = {
    {"auth", "what kinds of authentication there are", WIRE_AUTH_LIST, false, write_nothing},
    {"open", "the opening of a connection", WIRE_CONNECT_OPEN, false, write_open},
    {"lookup", "a domain by its name", WIRE_DOMAIN_LOOKUP_BY_NAME, false, write_lookup},
    {"libversion", "the library's version", WIRE_CONNECT_GET_LIB_VERSION, false, write_nothing},
    {"version", "the hypervisor's version", WIRE_CONNECT_GET_VERSION, false, write_nothing},
    {"info", "state, memory, CPU time", WIRE_DOMAIN_GET_INFO, true, write_domain},
    {"state", "state and reason", WIRE_DOMAIN_GET_STATE, true, write_domain_flags},
    {"xml", "the whole definition", WIRE_DOMAIN_GET_XML_DESC, true, write_domain_flags},
    {"memstats", "figures of the balloon", WIRE_DOMAIN_MEMORY_STATS, true, write_memory_stats},
    {"stats", "all statistics of the domain", WIRE_CONNECT_GET_ALL_DOMAIN_STATS, true, write_stats},
    {"list", "all domains", WIRE_CONNECT_LIST_ALL_DOMAINS, false, write_list},
    {"define", "a new domain each time", WIRE_DOMAIN_DEFINE_XML, false, write_define},
    {"undefine", "what define made", WIRE_DOMAIN_UNDEFINE, false, write_undefine},
    {"start", "the domain's start", WIRE_DOMAIN_CREATE, true, write_domain},
    {"destroy", "the domain's end", WIRE_DOMAIN_DESTROY, true, write_domain},
};

const RvLoadCall *rv_load_call_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        if (strcmp(calls[i].name, name) == 0)
            return &calls[i];
    }
    return NULL;
}

char *rv_load_call_list(void)
{
    GString *text = g_string_new("Calls:\n");

    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++)
        g_string_append_printf(text, "  %-12s %s\n", calls[i].name, calls[i].about);
    return g_string_free(text, FALSE);
}

bool rv_load_call_write(const RvLoadCall *call, RvBuffer *out, uint32_t serial,
                        const RvLoadTarget *target, unsigned index, GError **error)
{
    RvFrameHeader header = {
        .program = WIRE_REMOTE_PROGRAM,
        .version = WIRE_REMOTE_VERSION,
        .procedure = call->procedure,
        .type = RV_FRAME_CALL,
        .serial = serial,
        .status = RV_FRAME_OK,
    };
    return call->write(out, &header, target, index, error);
}
