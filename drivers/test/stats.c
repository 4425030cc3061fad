/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/stats.h"

#include <string.h>

#include "base/error.h"
#include "drivers/test/instance.h"

/* A guest that does a little all the time: numbers grow with the time its vCPUs ran. */
enum {
    CPU_PERCENT = 5,
    READS_A_SECOND = 20,
    WRITES_A_SECOND = 10,
    FLUSHES_A_SECOND = 1,
    READ_BYTES = 16384,
    WRITE_BYTES = 4096,
};
static const uint64_t disk_capacity = 10ull << 30, disk_allocation = 1ull << 30;

static void fill_block(RvBlockStats *block, uint64_t ran_us)
{
    block->read_requests = ran_us * READS_A_SECOND / G_USEC_PER_SEC;
    block->read_bytes = block->read_requests * READ_BYTES;
    block->write_requests = ran_us * WRITES_A_SECOND / G_USEC_PER_SEC;
    block->write_bytes = block->write_requests * WRITE_BYTES;
    block->flush_requests = ran_us * FLUSHES_A_SECOND / G_USEC_PER_SEC;
    block->capacity = disk_capacity;
    block->allocation = block->physical = MIN(disk_allocation + block->write_bytes, disk_capacity);
}

static bool refresh(RvGuest *guest, int deadline_ms, RvGuestStats *stats, GError **error)
{
    const TestFaults *faults = test_instance_faults(guest->priv);
    if (faults->stats_fails) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "%s", faults->stats_fails);
        return false;
    }
    if (faults->hang & (1u << TEST_OPERATION_STATS)) {
        g_usleep((gulong)deadline_ms * 1000);
        rv_error_set(error, RV_ERR_OPERATION_TIMEOUT, "guest '%s' gave no statistics within %d ms",
                     guest->def->name, deadline_ms);
        return false;
    }

    const RvDomainDef *def = guest->def;
    uint64_t ran_us = test_instance_ran_us(guest->priv);
    stats->cpu_ns = ran_us * 1000 / 100 * CPU_PERCENT * def->vcpus;
    stats->cpu_user_ns = stats->cpu_ns / 4;
    stats->cpu_system_ns = stats->cpu_ns / 8;
    stats->balloon_kib = def->memory_kib;
    stats->rss_kib = def->memory_kib / 2;

    g_array_set_size(stats->blocks, 0);
    for (guint i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = def->disks->pdata[i];
        RvBlockStats block = {0};
        g_strlcpy(block.target, disk->target ? disk->target : "", sizeof(block.target));
        if (disk->source.path)
            fill_block(&block, ran_us);
        g_array_append_val(stats->blocks, block);
    }
    return true;
}

const RvStatsOps test_stats_ops = {
    .refresh = refresh,
};
