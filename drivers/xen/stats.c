/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/stats.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "drivers/interface-stats.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/host.h"
#include "drivers/xen/model-stats.h"

/* ---- Disks ---------------------------------------------------------------------------------- */

/* The number of a disk, as xenstore and sysfs name it: Xen's docs/man/xen-vbd-interface(7). */
static int disk_number(const char *target)
{
    enum { EXTENDED = 1 << 28, IDE = 3 << 8, SCSI = 8 << 8, XVD = 202 << 8, FEW = 16 };
    int index = rv_disk_name_index(target);
    if (index < 0)
        return -1;
    if (g_str_has_prefix(target, "hd"))
        return index < 2 ? IDE | index << 6 : -1;
    if (g_str_has_prefix(target, "sd"))
        return index < FEW ? SCSI | index << 4 : -1;
    return index < FEW ? XVD | index << 4 : EXTENDED | index << 8;
}

static uint64_t read_count(int domid, int number, const char *name)
{
    g_autofree char *path = g_strdup_printf(
        "/sys/bus/xen-backend/devices/vbd-%d-%d/statistics/%s", domid, number, name);
    g_autofree char *text = rv_file_read(path, 64, NULL, NULL);
    return text ? g_ascii_strtoull(text, NULL, 10) : 0;
}

static void read_kernel_block(int domid, int number, RvBlockStats *block)
{
    enum { SECTOR = 512 };
    block->read_requests = read_count(domid, number, "rd_req");
    block->write_requests = read_count(domid, number, "wr_req");
    block->flush_requests = read_count(domid, number, "f_req");
    block->read_bytes = read_count(domid, number, "rd_sect") * SECTOR;
    block->write_bytes = read_count(domid, number, "wr_sect") * SECTOR;
}

static bool is_of_model(const RvDisk *disk)
{
    return g_strcmp0(disk->driver_name, "qemu") == 0;
}

static json_t *ask_model(const RvGuest *guest, int deadline_ms)
{
    const RvDomainDef *def = guest->def;
    bool any = false;
    for (guint i = 0; i < def->disks->len; i++)
        any = any || is_of_model(def->disks->pdata[i]);
    return any ? xen_model_ask_blocks(guest->id, deadline_ms) : NULL;
}

/* What was known of it before. */
static RvBlockStats find_block(const GArray *blocks, const char *target)
{
    RvBlockStats none = {0};
    for (guint i = 0; i < blocks->len; i++) {
        const RvBlockStats *block = &g_array_index(blocks, RvBlockStats, i);
        if (strcmp(block->target, target) == 0)
            return *block;
    }
    g_strlcpy(none.target, target, sizeof(none.target));
    return none;
}

/* Of the host's kernel's, or of the device model's, whose numbers may be old. */
static void fill_blocks(const RvGuest *guest, int deadline_ms, RvGuestStats *stats)
{
    const RvDomainDef *def = guest->def;
    json_t *answer = ask_model(guest, deadline_ms);
    g_autoptr(GArray) former = g_array_copy(stats->blocks);
    g_array_set_size(stats->blocks, 0);
    for (guint i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = def->disks->pdata[i];
        RvBlockStats block = find_block(former, disk->target);
        if (!is_of_model(disk))
            read_kernel_block(guest->id, disk_number(disk->target), &block);
        else if (!xen_model_read_block(answer, &block))
            rv_log_debug("xen: no numbers of disk '%s' of '%s'", disk->target, def->name);
        g_array_append_val(stats->blocks, block);
    }
    json_decref(answer);
}

/* ---- The rest ------------------------------------------------------------------------------- */

static void fill_vcpus(const json_t *list, RvGuestStats *stats)
{
    size_t i;
    json_t *one;
    g_array_set_size(stats->vcpus, 0);
    json_array_foreach(list, i, one) {
        if (!json_is_true(json_object_get(one, "online")))
            continue;
        RvVcpuStats vcpu = {
            .number = (unsigned)i,
            .time_ns = (uint64_t)json_integer_value(json_object_get(one, "time-ns")),
            .cpu = (int)json_integer_value(json_object_get(one, "cpu")),
            .idle = !json_is_true(json_object_get(one, "running")),
        };
        g_array_append_val(stats->vcpus, vcpu);
    }
}

/* Somebody else may have paused it. A job of ours that is under way tells itself. */
static void compare_state(RvGuest *guest, const json_t *info)
{
    bool paused = json_is_true(json_object_get(info, "paused"));
    bool changed = xen_guest_see_paused(guest, paused);
    if (changed && paused)
        guest->host->reports->state(guest, RV_DOMAIN_PAUSED, RV_PAUSED_UNKNOWN);
    else if (changed)
        guest->host->reports->state(guest, RV_DOMAIN_RUNNING, RV_RUNNING_UNPAUSED);
}

static bool refresh(RvGuest *guest, int deadline_ms, RvGuestStats *stats, GError **error)
{
    json_t *info = xen_watcher_ask(xen_host(guest->host)->watcher, "info",
                                   xen_guest_arguments(guest), deadline_ms, error);
    if (!info)
        return false;
    stats->cpu_ns = (uint64_t)json_integer_value(json_object_get(info, "cpu-ns"));
    stats->balloon_kib = (uint64_t)json_integer_value(json_object_get(info, "memory-kib"));
    stats->rss_kib = stats->balloon_kib;
    rv_guest_stats_set_memory(stats, RV_MEMORY_STAT_AVAILABLE, guest->def->max_memory_kib);
    fill_vcpus(json_object_get(info, "vcpu"), stats);
    fill_blocks(guest, deadline_ms, stats);
    rv_interface_stats_read(guest->def, stats);
    compare_state(guest, info);
    json_decref(info);
    return true;
}

const RvStatsOps xen_stats_ops = {
    .refresh = refresh,
};
