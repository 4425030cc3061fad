/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/guest-stats.h"

RvGuestStats *rv_guest_stats_new(void)
{
    RvGuestStats *stats = g_new0(RvGuestStats, 1);
    stats->refs = 1;
    stats->blocks = g_array_new(FALSE, TRUE, sizeof(RvBlockStats));
    stats->interfaces = g_array_new(FALSE, TRUE, sizeof(RvInterfaceStats));
    stats->vcpus = g_array_new(FALSE, TRUE, sizeof(RvVcpuStats));
    stats->cpus = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    return stats;
}

RvGuestStats *rv_guest_stats_copy(const RvGuestStats *stats)
{
    RvGuestStats *copy = g_memdup2(stats, sizeof(*stats));
    copy->refs = 1;
    copy->blocks = g_array_copy(stats->blocks);
    copy->interfaces = g_array_copy(stats->interfaces);
    copy->vcpus = g_array_copy(stats->vcpus);
    copy->cpus = g_array_copy(stats->cpus);
    copy->failure = g_strdup(stats->failure);
    return copy;
}

RvGuestStats *rv_guest_stats_ref(RvGuestStats *stats)
{
    g_atomic_int_inc(&stats->refs);
    return stats;
}

void rv_guest_stats_unref(RvGuestStats *stats)
{
    if (!stats || !g_atomic_int_dec_and_test(&stats->refs))
        return;
    g_array_unref(stats->blocks);
    g_array_unref(stats->interfaces);
    g_array_unref(stats->vcpus);
    g_array_unref(stats->cpus);
    g_free(stats->failure);
    g_free(stats);
}

void rv_guest_stats_set_memory(RvGuestStats *stats, RvMemoryStat what, uint64_t value)
{
    stats->memory[what] = value;
    stats->memory_known |= 1u << what;
}
