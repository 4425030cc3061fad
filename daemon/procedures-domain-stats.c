/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>

#include "base/error.h"
#include "daemon/poller.h"
#include "daemon/registry.h"

/* Many numbers of many domains in one answer. */

/* ---- One domain ----------------------------------------------------------------------------- */

/* What is told of one domain, as it grows. */
typedef struct {
    RvCall *call;
    const RvDomainView *view;
    const RvGuestStats *stats;
    const RvDefinitionSummary *summary;
    const RvDomainDef *def; /* of the running guest; NULL: there is none */
    GArray *params; /* wire_param; field names live with the call */
} Record;

static void add_int(Record *record, const char *field, int value)
{
    wire_param param = {(char *)field, {.type = WIRE_PARAM_INT, .wire_param_value_u.i = value}};
    g_array_append_val(record->params, param);
}

static void add_uint(Record *record, const char *field, unsigned value)
{
    wire_param param = {(char *)field, {.type = WIRE_PARAM_UINT, .wire_param_value_u.ui = value}};
    g_array_append_val(record->params, param);
}

static void add_ulong(Record *record, const char *field, uint64_t value)
{
    wire_param param = {(char *)field, {.type = WIRE_PARAM_ULLONG, .wire_param_value_u.ul = value}};
    g_array_append_val(record->params, param);
}

static void add_text(Record *record, const char *field, const char *value)
{
    wire_param param = {(char *)field,
                        {.type = WIRE_PARAM_STRING, .wire_param_value_u.s = (char *)value}};
    g_array_append_val(record->params, param);
}

static void tell_state(Record *record)
{
    add_int(record, "state.state", (int)record->view->state);
    add_int(record, "state.reason", record->view->reason);
}

static void tell_cpu(Record *record)
{
    if (record->stats->taken_us == 0)
        return;
    add_ulong(record, "cpu.time", record->stats->cpu_ns);
    add_ulong(record, "cpu.user", record->stats->cpu_user_ns);
    add_ulong(record, "cpu.system", record->stats->cpu_system_ns);
}

static const char *const memory_fields[RV_MEMORY_STAT_LAST] = {
    [RV_MEMORY_STAT_SWAP_IN] = "balloon.swap_in",
    [RV_MEMORY_STAT_MAJOR_FAULT] = "balloon.major_fault",
    [RV_MEMORY_STAT_MINOR_FAULT] = "balloon.minor_fault",
    [RV_MEMORY_STAT_UNUSED] = "balloon.unused",
    [RV_MEMORY_STAT_AVAILABLE] = "balloon.available",
    [RV_MEMORY_STAT_USABLE] = "balloon.usable",
    [RV_MEMORY_STAT_DISK_CACHES] = "balloon.disk_caches",
};

static void tell_balloon(Record *record)
{
    uint64_t balloon = record->stats->balloon_kib;
    add_ulong(record, "balloon.current", balloon ? balloon : record->summary->memory_kib);
    add_ulong(record, "balloon.maximum", record->summary->max_memory_kib);
    if (record->stats->taken_us == 0)
        return;
    add_ulong(record, "balloon.rss", record->stats->rss_kib);
    for (int i = 0; i < RV_MEMORY_STAT_LAST; i++)
        if (record->stats->memory_known & 1u << i && memory_fields[i])
            add_ulong(record, memory_fields[i], record->stats->memory[i]);
}

static char *vcpu_field(Record *record, unsigned number, const char *name)
{
    return rv_call_take(record->call, g_strdup_printf("vcpu.%u.%s", number, name));
}

static void tell_vcpu(Record *record)
{
    enum { VCPU_RUNNING = 1 }; /* libvirt's virVcpuState */
    add_uint(record, "vcpu.current", record->summary->vcpus);
    add_uint(record, "vcpu.maximum", record->summary->max_vcpus);
    const GArray *times = record->stats->vcpus;
    for (guint i = 0; i < times->len; i++) {
        const RvVcpuStats *vcpu = &g_array_index(times, RvVcpuStats, i);
        add_int(record, vcpu_field(record, vcpu->number, "state"), VCPU_RUNNING);
        add_ulong(record, vcpu_field(record, vcpu->number, "time"), vcpu->time_ns);
        add_ulong(record, vcpu_field(record, vcpu->number, "wait"), vcpu->wait_ns);
        add_ulong(record, vcpu_field(record, vcpu->number, "delay"), vcpu->delay_ns);
    }
}

static const struct {
    const char *name;
    size_t at;
} interface_fields[] = {
    {"rx.bytes", offsetof(RvInterfaceStats, rx_bytes)},
    {"rx.pkts", offsetof(RvInterfaceStats, rx_packets)},
    {"rx.errs", offsetof(RvInterfaceStats, rx_errors)},
    {"rx.drop", offsetof(RvInterfaceStats, rx_dropped)},
    {"tx.bytes", offsetof(RvInterfaceStats, tx_bytes)},
    {"tx.pkts", offsetof(RvInterfaceStats, tx_packets)},
    {"tx.errs", offsetof(RvInterfaceStats, tx_errors)},
    {"tx.drop", offsetof(RvInterfaceStats, tx_dropped)},
};

static char *interface_field(Record *record, guint i, const char *name)
{
    return rv_call_take(record->call, g_strdup_printf("net.%u.%s", i, name));
}

static void tell_interfaces(Record *record)
{
    if (!record->def)
        return;
    add_uint(record, "net.count", record->def->interfaces->len);
    for (guint i = 0; i < record->stats->interfaces->len; i++) {
        const RvInterfaceStats *one =
            &g_array_index(record->stats->interfaces, RvInterfaceStats, i);
        add_text(record, interface_field(record, i, "name"), one->target);
        for (size_t j = 0; j < G_N_ELEMENTS(interface_fields); j++) {
            uint64_t value;
            memcpy(&value, (const char *)one + interface_fields[j].at, sizeof(value));
            add_ulong(record, interface_field(record, i, interface_fields[j].name), value);
        }
    }
}

static const struct {
    const char *name;
    size_t at;
    bool of_share; /* known of a part of what a device does, too */
} block_fields[] = {
    {"rd.reqs", offsetof(RvBlockStats, read_requests), true},
    {"rd.bytes", offsetof(RvBlockStats, read_bytes), true},
    {"rd.times", offsetof(RvBlockStats, read_ns)},
    {"wr.reqs", offsetof(RvBlockStats, write_requests), true},
    {"wr.bytes", offsetof(RvBlockStats, write_bytes), true},
    {"wr.times", offsetof(RvBlockStats, write_ns)},
    {"fl.reqs", offsetof(RvBlockStats, flush_requests)},
    {"fl.times", offsetof(RvBlockStats, flush_ns)},
    {"allocation", offsetof(RvBlockStats, allocation)},
    {"capacity", offsetof(RvBlockStats, capacity)},
    {"physical", offsetof(RvBlockStats, physical)},
};

/* Of the running definition; borrowed, as long as nothing changes before the reply. */
static const char *find_source(const Record *record, const char *target)
{
    const RvDisk *disk = record->def ? rv_domain_def_find_disk(record->def, target) : NULL;
    return disk ? disk->source.path : NULL;
}

static char *block_field(Record *record, guint i, const char *name)
{
    return rv_call_take(record->call, g_strdup_printf("block.%u.%s", i, name));
}

static void tell_block(Record *record)
{
    if (record->stats->taken_us == 0)
        return;
    add_uint(record, "block.count", record->stats->blocks->len);
    for (guint i = 0; i < record->stats->blocks->len; i++) {
        const RvBlockStats *block = &g_array_index(record->stats->blocks, RvBlockStats, i);
        const char *source = find_source(record, block->target);
        add_text(record, block_field(record, i, "name"), block->target);
        if (source)
            add_text(record, block_field(record, i, "path"), source);
        for (size_t j = 0; j < G_N_ELEMENTS(block_fields); j++) {
            uint64_t value;
            if (record->stats->blocks_are_shares && !block_fields[j].of_share)
                continue;
            memcpy(&value, (const char *)block + block_fields[j].at, sizeof(value));
            add_ulong(record, block_field(record, i, block_fields[j].name), value);
        }
    }
}

/* libvirt's virDomainStatsTypes; those without a function have nothing to tell. */
static void (*const groups[])(Record *record) = {
    [0] = tell_state, [1] = tell_cpu, [2] = tell_balloon, [3] = tell_vcpu, [4] = tell_interfaces,
    [5] = tell_block,
};

enum {
    GROUPS_KNOWN = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5,
    STATS_NOWAIT = 1 << 29,  /* we never wait */
    STATS_BACKING = 1 << 30,
};
#define STATS_ENFORCE (1u << 31)
#define STATS_FLAGS (0xffu | STATS_NOWAIT | STATS_BACKING | STATS_ENFORCE)

/* The record's params belong to the call: they are told after this returns. */
static wire_domain_stats tell(RvCall *call, RvDomain *domain, unsigned wanted, GArray *params)
{
    g_array_set_size(params, 0);
    Record record = {
        .call = call,
        .view = domain->view,
        .stats = rv_poller_look(call->core->poller, domain),
        .summary = rv_definition_summary(rv_domain_view_current(domain->view)),
        .def = domain->guest ? domain->guest->def : NULL,
        .params = params,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        if (groups[i] && (wanted & (1u << i)))
            groups[i](&record);
    }
    wire_domain_stats told = {.domain = rv_call_domain(domain)};
    told.params.params_len = params->len;
    told.params.params_val = rv_call_copy(call, params);
    return told;
}

/* ---- All domains ---------------------------------------------------------------------------- */

typedef struct {
    unsigned flags;
    GPtrArray *domains; /* borrowed: nothing changes before the reply */
} Collection;

static void collect(RvDomain *domain, void *data)
{
    Collection *collection = data;
    if (rv_list_wants(domain, collection->flags) && rv_domain_view_current(domain->view))
        g_ptr_array_add(collection->domains, domain);
}

/* Those the client named; one that is gone meanwhile is left out, as libvirt does. */
static void collect_named(RvCall *call, const wire_connect_get_all_domain_stats_args *wish,
                          Collection *collection)
{
    for (u_int i = 0; i < wish->domains.domains_len; i++) {
        RvUuid uuid;
        memcpy(uuid.bytes, wish->domains.domains_val[i].uuid, sizeof(uuid.bytes));
        RvDomain *domain =
            rv_registry_by_uuid(call->core->registry, rv_call_driver(call), &uuid, NULL);
        if (domain)
            collect(domain, collection);
    }
}

static bool get_all_stats(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_connect_get_all_domain_stats_args *wish = args;
    wire_connect_get_all_domain_stats_ret *list = ret;
    if ((wish->flags & STATS_ENFORCE) && (wish->stats & ~(unsigned)GROUPS_KNOWN)) {
        rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED,
                     "Stats types bits 0x%x are not supported by this daemon",
                     wish->stats & ~(unsigned)GROUPS_KNOWN);
        return false;
    }
    g_autoptr(GPtrArray) domains = g_ptr_array_new();
    Collection collection = {wish->flags, domains};
    if (wish->domains.domains_len > 0)
        collect_named(call, wish, &collection);
    else
        rv_registry_foreach(call->core->registry, rv_call_driver(call), collect, &collection);
    if (domains->len > WIRE_DOMAINS_MAX) {
        rv_error_set(error, RV_ERR_RPC, "Number of domain stats records is %u, which exceeds max "
                     "limit: %d", domains->len, WIRE_DOMAINS_MAX);
        return false;
    }

    g_autoptr(GArray) params = g_array_new(FALSE, FALSE, sizeof(wire_param));
    list->records.records_len = domains->len;
    list->records.records_val = rv_call_alloc(call, domains->len, sizeof(wire_domain_stats));
    for (guint i = 0; i < domains->len; i++)
        list->records.records_val[i] = tell(call, domains->pdata[i],
                                            wish->stats ? wish->stats : GROUPS_KNOWN, params);
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_CONNECT_GET_ALL_DOMAIN_STATS, .name = "connect-get-all-domain-stats",
     RV_PROC_ARGS(wire_connect_get_all_domain_stats_args),
     RV_PROC_FLAGS(wire_connect_get_all_domain_stats_args, STATS_FLAGS),
     RV_PROC_RET(wire_connect_get_all_domain_stats_ret),
     .right = RV_RIGHT_READ, .answer = get_all_stats},
};
const RvProcedureTable rv_procedures_domain_stats = RV_PROCEDURE_TABLE(rows);
