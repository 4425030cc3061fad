/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Live numbers of a guest, as of one moment. Published copies are immutable and ref-counted. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char target[32];
    uint64_t read_requests, read_bytes, write_requests, write_bytes, flush_requests;
    uint64_t read_ns, write_ns, flush_ns; /* spent on them in all */
    uint64_t allocation, capacity, physical; /* bytes */
} RvBlockStats;

/* As the guest sees them; by the name of the host's end. */
typedef struct {
    char target[16];
    uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
    uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
} RvInterfaceStats;

typedef struct {
    unsigned number;
    uint64_t time_ns;  /* it ran */
    uint64_t wait_ns;  /* it waited for the host's CPU while others ran, as far as the kernel tells */
    uint64_t delay_ns; /* it stood in the run queue */
    int cpu;           /* the host's CPU that it is on; -1: not known */
    bool idle;         /* it waits for something to do, as far as is known */
} RvVcpuStats;

/* libvirt's virDomainMemoryStatTags, those that drivers can tell. KiB, but the faults. */
typedef enum {
    RV_MEMORY_STAT_SWAP_IN = 0,
    RV_MEMORY_STAT_MAJOR_FAULT = 2,
    RV_MEMORY_STAT_MINOR_FAULT = 3,
    RV_MEMORY_STAT_UNUSED = 4,
    RV_MEMORY_STAT_AVAILABLE = 5,
    RV_MEMORY_STAT_USABLE = 8,
    RV_MEMORY_STAT_DISK_CACHES = 10,
    RV_MEMORY_STAT_LAST,
} RvMemoryStat;

typedef struct {
    int refs;
    int64_t taken_us; /* g_get_monotonic_time() of the last successful refresh; 0: never */
    uint64_t cpu_ns, cpu_user_ns, cpu_system_ns;
    uint64_t rss_kib;
    uint64_t balloon_kib; /* what the guest has now; 0: not known */
    uint64_t used_kib;    /* what it takes of that, where that is what it is said to have; or 0 */
    uint64_t memory[RV_MEMORY_STAT_LAST]; /* what memory_known has a bit for */
    unsigned memory_known;
    GArray *cpus;         /* uint64_t: ns on each CPU of the host, where known; never NULL */
    GArray *blocks;       /* RvBlockStats; never NULL */
    bool blocks_are_shares; /* of devices of the host: requests and bytes alone are known */
    GArray *interfaces;   /* RvInterfaceStats; never NULL */
    GArray *vcpus;        /* RvVcpuStats, those that could be told apart; never NULL */
    char *failure;        /* why the last refresh failed, or NULL */
} RvGuestStats;

void rv_guest_stats_set_memory(RvGuestStats *stats, RvMemoryStat what, uint64_t value);
RvGuestStats *rv_guest_stats_new(void);
RvGuestStats *rv_guest_stats_copy(const RvGuestStats *stats);
RvGuestStats *rv_guest_stats_ref(RvGuestStats *stats);
void rv_guest_stats_unref(RvGuestStats *stats);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvGuestStats, rv_guest_stats_unref)
