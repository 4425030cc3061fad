/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/procedures.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "daemon/poller.h"
#include "daemon/pool-use.h"
#include "drivers/volume.h"

/*
 * Answers come from the last numbers the poller got; asking makes it get newer ones. Only a device
 * that is newer than they are makes a call ask the guest itself, once, on a worker.
 */
typedef struct {
    RvInstance *instance; /* a reference: keeps the guest */
    RvGuestStats *stats;
} Asked;

static void asked_free(void *data)
{
    Asked *asked = data;
    rv_instance_unref(asked->instance);
    g_clear_pointer(&asked->stats, rv_guest_stats_unref);
    g_free(asked);
}

/* [worker] */
static bool ask_guest(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    Asked *asked = call->data;
    asked->stats = rv_poller_ask(asked->instance, error);
    return asked->stats;
}

/* False: it was asked, and cannot be asked again. */
static bool prepare_to_ask(RvCall *call)
{
    RvInstance *instance = call->domain->instance;
    if (call->data || !instance || !instance->guest->driver->stats)
        return false;
    Asked *asked = call->data = g_new0(Asked, 1);
    asked->instance = rv_instance_ref(instance);
    call->free_data = asked_free;
    rv_call_prepare(call, ask_guest);
    return true;
}

static const RvGuestStats *look(RvCall *call)
{
    const Asked *asked = call->data;
    return asked ? asked->stats : rv_poller_look(call->core->poller, call->domain);
}

/* What runs; NULL: nothing. */
static const RvDomainDef *live_def(const RvCall *call)
{
    return call->domain->guest ? call->domain->guest->def : NULL;
}

static bool is_lacking(const RvGuestStats *stats)
{
    return stats->taken_us == 0;
}

static const RvBlockStats *block_at(const RvGuestStats *stats, guint i)
{
    return &g_array_index(stats->blocks, RvBlockStats, i);
}

/* ---- Memory --------------------------------------------------------------------------------- */

static bool get_memory_stats(RvCall *call, const void *args, void *ret, GError **error)
{
    enum { TAG_ACTUAL_BALLOON = 6, TAG_RSS = 7, ROOM = RV_MEMORY_STAT_LAST + 2 };
    const RvGuestStats *stats = look(call);
    wire_domain_memory_stats_ret *list = ret;
    u_int max = ((const wire_domain_memory_stats_args *)args)->max, n = 0;
    const RvDefinitionSummary *summary =
        rv_definition_summary(rv_domain_view_current(call->view));
    wire_memory_stat *told = list->stats.stats_val =
        rv_call_alloc(call, ROOM, sizeof(wire_memory_stat));
    told[n++] = (wire_memory_stat){
        TAG_ACTUAL_BALLOON, stats->balloon_kib ? stats->balloon_kib : summary->memory_kib};
    if (!is_lacking(stats))
        told[n++] = (wire_memory_stat){TAG_RSS, stats->rss_kib};
    for (int tag = 0; tag < RV_MEMORY_STAT_LAST; tag++)
        if (stats->memory_known & 1u << tag)
            told[n++] = (wire_memory_stat){tag, stats->memory[tag]};
    list->stats.stats_len = MIN(n, max);
    return true;
}

/* ---- Block devices of one domain ------------------------------------------------------------ */

static void add_block(RvBlockStats *sum, const RvBlockStats *block)
{
    sum->read_requests += block->read_requests;
    sum->read_bytes += block->read_bytes;
    sum->write_requests += block->write_requests;
    sum->write_bytes += block->write_bytes;
    sum->flush_requests += block->flush_requests;
}

static const RvBlockStats *find_block(const RvGuestStats *stats, const char *target)
{
    for (guint i = 0; i < stats->blocks->len; i++)
        if (g_str_equal(block_at(stats, i)->target, target))
            return block_at(stats, i);
    return NULL;
}

static RvBlockStats sum_blocks(const RvGuestStats *stats)
{
    RvBlockStats sum = {0};
    for (guint i = 0; i < stats->blocks->len; i++)
        add_block(&sum, block_at(stats, i));
    return sum;
}

/* Clients name a disk by its target or its source. */
static const char *target_of(RvCall *call, const char *path)
{
    const RvDomainDef *def = live_def(call);
    const RvDisk *disk = def && *path ? rv_domain_def_find_disk(def, path) : NULL;
    return disk ? disk->target : NULL;
}

/* True: the guest is asked for a disk that is new, and the answer made anew then. */
static bool ask_for_block(RvCall *call, const char *path)
{
    const char *target = target_of(call, path);
    return target && !find_block(look(call), target) && prepare_to_ask(call);
}

/* One of them, or the sum of all for an empty path. */
static bool get_block(RvCall *call, const char *path, RvBlockStats *ret, GError **error)
{
    const RvGuestStats *stats = look(call);
    const char *target = target_of(call, path);
    const RvBlockStats *block = find_block(stats, target ? target : path);
    *ret = block ? *block : sum_blocks(stats);
    if (block || !*path)
        return true;
    rv_error_set(error, RV_ERR_INVALID_ARG, "invalid path: %s", path);
    return false;
}

static bool get_block_stats(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_domain_block_stats_ret *told = ret;
    const char *path = ((const wire_domain_block_stats_args *)args)->path;
    RvBlockStats block;
    if (ask_for_block(call, path))
        return true;
    if (!get_block(call, path, &block, error))
        return false;
    told->read_requests = (int64_t)block.read_requests;
    told->read_bytes = (int64_t)block.read_bytes;
    told->write_requests = (int64_t)block.write_requests;
    told->write_bytes = (int64_t)block.write_bytes;
    told->errors = -1; /* not known */
    return true;
}

static wire_param long_param(const char *field, uint64_t value)
{
    return (wire_param){
        .field = (char *)field,
        .value = {.type = WIRE_PARAM_LLONG, .wire_param_value_u.l = (int64_t)value},
    };
}

static bool get_block_stats_flags(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_domain_block_stats_flags_args *wish = args;
    wire_domain_block_stats_flags_ret *list = ret;
    RvBlockStats block;
    if (ask_for_block(call, wish->path))
        return true;
    if (!get_block(call, wish->path, &block, error))
        return false;
    wire_param params[] = {
        long_param("wr_bytes", block.write_bytes),
        long_param("wr_operations", block.write_requests),
        long_param("rd_bytes", block.read_bytes),
        long_param("rd_operations", block.read_requests),
        long_param("flush_operations", block.flush_requests),
    };
    bool with_flushes = !look(call)->blocks_are_shares;
    u_int n = G_N_ELEMENTS(params) - (with_flushes ? 0 : 1);
    list->count = (int)n;
    if (wish->max <= 0)
        return true;
    list->params.params_len = MIN((u_int)wish->max, n);
    list->params.params_val = rv_call_alloc(call, 1, sizeof(params));
    memcpy(list->params.params_val, params, sizeof(params));
    return true;
}

/* [worker] Of a domain that is off: as its image is now. */
static bool measure_disk(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    const char *path = ((const wire_domain_get_block_info_args *)args)->path;
    g_autoptr(RvDomainDef) def = rv_definition_parse(call->view->config, error);
    RvDisk *disk = def ? rv_domain_def_find_disk(def, path) : NULL;
    if (def && !disk)
        rv_error_set(error, RV_ERR_INVALID_ARG, "invalid path %s not assigned to domain", path);
    if (!disk || !rv_pool_resolve_disk(call->core, disk, error))
        return false;
    const RvDiskSource *source = &disk->source;
    if (source->type != RV_DISK_FILE && source->type != RV_DISK_BLOCK &&
        source->type != RV_DISK_VOLUME) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "the size of disk '%s' is known only while the domain runs: it is no file here",
                     disk->target);
        return false;
    }
    if (!source->path) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "disk '%s' does not currently have a source assigned", disk->target);
        return false;
    }
    call->data = g_new0(RvVolumeSizes, 1);
    call->free_data = g_free;
    return rv_volume_measure(source->path, rv_disk_format_to_string(source->format), call->data,
                             error);
}

static bool get_block_info(RvCall *call, const void *args, void *ret, GError **error)
{
    wire_domain_get_block_info_ret *told = ret;
    const char *path = ((const wire_domain_get_block_info_args *)args)->path;
    if (rv_domain_view_is_active(call->view)) {
        RvBlockStats block;
        if (ask_for_block(call, path))
            return true;
        if (!get_block(call, path, &block, error))
            return false;
        *told = (wire_domain_get_block_info_ret){block.allocation, block.capacity, block.physical};
    } else if (call->data) {
        const RvVolumeSizes *sizes = call->data;
        *told = (wire_domain_get_block_info_ret){sizes->allocation, sizes->capacity,
                                                 sizes->physical};
    } else {
        rv_call_prepare(call, measure_disk);
    }
    return true;
}

/* ---- Interfaces and CPU time of one domain -------------------------------------------------- */

static bool has_address(const RvInterface *interface, const char *text)
{
    const uint8_t *mac = interface->mac.bytes;
    g_autofree char *own = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                                           mac[3], mac[4], mac[5]);
    return g_ascii_strcasecmp(own, text) == 0;
}

/* By the name on the host or the address. */
static const RvInterface *find_interface(const RvDomainDef *def, const char *device)
{
    for (guint i = 0; def && i < def->interfaces->len; i++) {
        const RvInterface *interface = def->interfaces->pdata[i];
        if (interface->target &&
            (strcmp(interface->target, device) == 0 || has_address(interface, device)))
            return interface;
    }
    return NULL;
}

static bool get_interface_stats(RvCall *call, const void *args, void *ret, GError **error)
{
    const char *device = ((const wire_domain_interface_stats_args *)args)->device;
    const RvInterface *interface = find_interface(live_def(call), device);
    const RvGuestStats *stats = look(call);
    wire_domain_interface_stats_ret *told = ret;
    for (guint i = 0; i < stats->interfaces->len; i++) {
        const RvInterfaceStats *one = &g_array_index(stats->interfaces, RvInterfaceStats, i);
        if (!interface || strcmp(one->target, interface->target) != 0)
            continue;
        *told = (wire_domain_interface_stats_ret){
            .rx_bytes = (int64_t)one->rx_bytes,
            .rx_packets = (int64_t)one->rx_packets,
            .rx_errors = (int64_t)one->rx_errors,
            .rx_dropped = (int64_t)one->rx_dropped,
            .tx_bytes = (int64_t)one->tx_bytes,
            .tx_packets = (int64_t)one->tx_packets,
            .tx_errors = (int64_t)one->tx_errors,
            .tx_dropped = (int64_t)one->tx_dropped,
        };
        return true;
    }
    if (interface && prepare_to_ask(call))
        return true;
    rv_error_set(error, RV_ERR_INVALID_ARG, "invalid path, '%s' is not a known interface", device);
    return false;
}

static wire_param time_param(const char *field, uint64_t ns)
{
    return (wire_param){(char *)field,
                        {.type = WIRE_PARAM_ULLONG, .wire_param_value_u.ul = ns}};
}

static void tell_params(RvCall *call, const wire_param *params, u_int n,
                        wire_domain_get_cpu_stats_ret *list)
{
    list->params.params_len = n;
    list->params.params_val = rv_call_alloc(call, n, sizeof(*params));
    memcpy(list->params.params_val, params, n * sizeof(*params));
}

/* libvirt's way to ask: no CPUs: how many there are; no params: how many there are for each. */
static bool tell_each_cpu(RvCall *call, const wire_domain_get_cpu_stats_args *wish,
                          const RvGuestStats *stats, wire_domain_get_cpu_stats_ret *list,
                          GError **error)
{
    guint known = stats->cpus->len, first = (guint)wish->first;
    if (known == 0) { /* cgroup v2 does not count: virsh says so, and tells the total */
        list->count = wish->cpus == 0 ? (int)sysconf(_SC_NPROCESSORS_CONF) : 0;
        return true;
    }
    if (wish->cpus > 0 && first >= known) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "start_cpu %u larger than maximum of %u", first,
                     known - 1);
        return false;
    }
    list->count = wish->cpus == 0 ? (int)known : 1;
    if (wish->cpus == 0 || wish->max == 0)
        return true;
    g_autoptr(GArray) params = g_array_new(FALSE, FALSE, sizeof(wire_param));
    for (guint cpu = first; cpu < known && cpu - first < wish->cpus; cpu++) {
        wire_param param = time_param("cpu_time", g_array_index(stats->cpus, uint64_t, cpu));
        g_array_append_val(params, param);
    }
    tell_params(call, (const wire_param *)(void *)params->data, params->len, list);
    return true;
}

static bool get_cpu_stats(RvCall *call, const void *args, void *ret, GError **error)
{
    const wire_domain_get_cpu_stats_args *wish = args;
    wire_domain_get_cpu_stats_ret *list = ret;
    const RvGuestStats *stats = look(call);
    if (wish->first != -1)
        return tell_each_cpu(call, wish, stats, list, error);
    const wire_param params[] = {time_param("cpu_time", stats->cpu_ns),
                                 time_param("user_time", stats->cpu_user_ns),
                                 time_param("system_time", stats->cpu_system_ns)};
    list->count = G_N_ELEMENTS(params);
    tell_params(call, params, MIN(wish->max, G_N_ELEMENTS(params)), list);
    return true;
}

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_BLOCK_STATS, .name = "domain-block-stats",
     RV_PROC_ARGS(wire_domain_block_stats_args), RV_PROC_RET(wire_domain_block_stats_ret),
     .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE,
     .answer = get_block_stats},

    {.number = WIRE_DOMAIN_INTERFACE_STATS, .name = "domain-interface-stats",
     RV_PROC_ARGS(wire_domain_interface_stats_args), RV_PROC_RET(wire_domain_interface_stats_ret),
     .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE,
     .answer = get_interface_stats},

    {.number = WIRE_DOMAIN_MEMORY_STATS, .name = "domain-memory-stats",
     RV_PROC_ARGS(wire_domain_memory_stats_args), RV_PROC_FLAGS(wire_domain_memory_stats_args, 0),
     RV_PROC_RET(wire_domain_memory_stats_ret), .right = RV_RIGHT_READ,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE, .answer = get_memory_stats},

    {.number = WIRE_DOMAIN_GET_BLOCK_INFO, .name = "domain-get-block-info",
     RV_PROC_ARGS(wire_domain_get_block_info_args),
     RV_PROC_FLAGS(wire_domain_get_block_info_args, 0),
     RV_PROC_RET(wire_domain_get_block_info_ret), .right = RV_RIGHT_READ,
     .target = RV_TARGET_DOMAIN, .answer = get_block_info},

    {.number = WIRE_DOMAIN_BLOCK_STATS_FLAGS, .name = "domain-block-stats-flags",
     RV_PROC_ARGS(wire_domain_block_stats_flags_args),
     RV_PROC_FLAGS(wire_domain_block_stats_flags_args, 1 << 2),
     RV_PROC_RET(wire_domain_block_stats_flags_ret), .right = RV_RIGHT_READ,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE, .answer = get_block_stats_flags},

    {.number = WIRE_DOMAIN_GET_CPU_STATS, .name = "domain-get-cpu-stats",
     RV_PROC_ARGS(wire_domain_get_cpu_stats_args),
     RV_PROC_FLAGS(wire_domain_get_cpu_stats_args, 1 << 2),
     RV_PROC_RET(wire_domain_get_cpu_stats_ret), .right = RV_RIGHT_READ,
     .target = RV_TARGET_DOMAIN, .need = RV_NEED_ACTIVE, .answer = get_cpu_stats},
};
const RvProcedureTable rv_procedures_stats = RV_PROCEDURE_TABLE(rows);
