/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/stats.h"

#include <string.h>
#include <unistd.h>

#include "base/cgroup-dir.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/netlink.h"
#include "drivers/container/guest.h"
#include "drivers/container/health.h"
#include "drivers/container/host.h"
#include "drivers/container/network.h"
#include "drivers/interface-stats.h"

enum { FILE_MAX = 64 << 10 };

static bool read_number(const char *folder, const char *file, uint64_t *ret)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *text = rv_file_read(path, FILE_MAX, NULL, NULL);
    return text && g_ascii_string_to_unsigned(g_strchomp(text), 10, 0, UINT64_MAX, ret, NULL);
}

/* ---- CPU time ------------------------------------------------------------------------------- */

static void read_cpu_v2(const char *folder, RvGuestStats *stats)
{
    const struct {
        const char *key;
        uint64_t *ns;
    } rows[] = {{"usage_usec", &stats->cpu_ns},
                {"user_usec", &stats->cpu_user_ns},
                {"system_usec", &stats->cpu_system_ns}};
    uint64_t us;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rv_cgroup_dir_read_number(folder, "cpu.stat", rows[i].key, &us))
            *rows[i].ns = us * 1000;
}

/* cpuacct.stat counts in ticks of user space. */
static void read_cpu_v1(const char *folder, RvGuestStats *stats)
{
    uint64_t value, tick_ns = 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK);
    if (read_number(folder, "cpuacct.usage", &value))
        stats->cpu_ns = value;
    if (rv_cgroup_dir_read_number(folder, "cpuacct.stat", "user", &value))
        stats->cpu_user_ns = value * tick_ns;
    if (rv_cgroup_dir_read_number(folder, "cpuacct.stat", "system", &value))
        stats->cpu_system_ns = value * tick_ns;
}

/* On v2 the kernel does not tell CPUs apart. */
static void read_each_cpu(const char *folder, RvGuestStats *stats)
{
    g_autofree char *path = g_build_filename(folder, "cpuacct.usage_percpu", NULL);
    g_autofree char *text = rv_file_read(path, FILE_MAX, NULL, NULL);
    g_auto(GStrv) words = g_strsplit(text ? g_strchomp(text) : "", " ", -1);
    g_array_set_size(stats->cpus, 0);
    for (char **word = words; *word; word++) {
        uint64_t ns;
        if (g_ascii_string_to_unsigned(*word, 10, 0, UINT64_MAX, &ns, NULL))
            g_array_append_val(stats->cpus, ns);
    }
}

/* ---- Memory --------------------------------------------------------------------------------- */

/* memory.stat is read once: the kernel sums it up for each reader. */
static void read_memory_stat(const char *folder, bool v2, RvGuestStats *stats)
{
    static const struct {
        const char *v1, *v2;
        RvMemoryStat what;
        unsigned unit;
    } keys[] = {
        {"total_pgmajfault", "pgmajfault", RV_MEMORY_STAT_MAJOR_FAULT, 1},
        {"total_pgfault", "pgfault", RV_MEMORY_STAT_MINOR_FAULT, 1},
        {"total_cache", "file", RV_MEMORY_STAT_DISK_CACHES, 1024},
    };
    g_autofree char *path = g_build_filename(folder, "memory.stat", NULL);
    g_autofree char *text = rv_file_read(path, FILE_MAX, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        char *space = strchr(*line, ' ');
        if (!space)
            continue;
        *space = '\0';
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
            if (strcmp(*line, v2 ? keys[i].v2 : keys[i].v1) == 0)
                rv_guest_stats_set_memory(stats, keys[i].what,
                                          g_ascii_strtoull(space + 1, NULL, 10) / keys[i].unit);
    }
}

/* What is there, and how much of it is left, as a program in it would be told. Under the tag of what
 * was swapped in, libvirt's driver tells what is taken with swap (v1) or of swap (v2). */
static void read_memory(const char *folder, bool v2, const RvDomainDef *def, RvGuestStats *stats)
{
    uint64_t bytes, limit = rv_domain_def_memory_limit(def);
    stats->memory_known = 0;
    if (!read_number(folder, v2 ? "memory.current" : "memory.usage_in_bytes", &bytes))
        return;
    stats->rss_kib = stats->used_kib = bytes / 1024;
    uint64_t unused = limit - MIN(limit, stats->used_kib);
    rv_guest_stats_set_memory(stats, RV_MEMORY_STAT_AVAILABLE, limit);
    rv_guest_stats_set_memory(stats, RV_MEMORY_STAT_UNUSED, unused);
    if (read_number(folder, v2 ? "memory.swap.current" : "memory.memsw.usage_in_bytes", &bytes))
        rv_guest_stats_set_memory(stats, RV_MEMORY_STAT_SWAP_IN, bytes / 1024);
    read_memory_stat(folder, v2, stats);
    if (stats->memory_known & 1u << RV_MEMORY_STAT_DISK_CACHES)
        rv_guest_stats_set_memory(stats, RV_MEMORY_STAT_USABLE,
                                  MIN(unused + stats->memory[RV_MEMORY_STAT_DISK_CACHES], limit));
}

/* ---- Block devices -------------------------------------------------------------------------- */

/* By the host's name of it: of "8:0", "sda". */
static RvBlockStats *find_block(RvGuestStats *stats, const char *number)
{
    g_autofree char *link = g_strdup_printf("/sys/dev/block/%s", number);
    g_autofree char *target = g_file_read_link(link, NULL);
    g_autofree char *name = g_path_get_basename(target ? target : number);
    for (guint i = 0; i < stats->blocks->len; i++) {
        RvBlockStats *block = &g_array_index(stats->blocks, RvBlockStats, i);
        if (strcmp(block->target, name) == 0)
            return block;
    }
    RvBlockStats made = {0};
    g_strlcpy(made.target, name, sizeof(made.target));
    g_array_append_val(stats->blocks, made);
    return &g_array_index(stats->blocks, RvBlockStats, stats->blocks->len - 1);
}

typedef void (*TakeBlock)(RvBlockStats *block, const char *word, uint64_t value);

static void take_v2(RvBlockStats *block, const char *word, uint64_t value)
{
    const struct {
        const char *key;
        uint64_t *at;
    } rows[] = {{"rbytes", &block->read_bytes},
                {"wbytes", &block->write_bytes},
                {"rios", &block->read_requests},
                {"wios", &block->write_requests}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(word, rows[i].key) == 0)
            *rows[i].at = value;
}

static void take_bytes_v1(RvBlockStats *block, const char *word, uint64_t value)
{
    if (strcmp(word, "Read") == 0)
        block->read_bytes = value;
    else if (strcmp(word, "Write") == 0)
        block->write_bytes = value;
}

static void take_requests_v1(RvBlockStats *block, const char *word, uint64_t value)
{
    if (strcmp(word, "Read") == 0)
        block->read_requests = value;
    else if (strcmp(word, "Write") == 0)
        block->write_requests = value;
}

/* Lines "8:0 Read 4096" of v1, "8:0 rbytes=4096 wbytes=0 ..." of v2. */
static void read_blocks(const char *folder, const char *file, TakeBlock take, RvGuestStats *stats)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *text = rv_file_read(path, FILE_MAX, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit_set(*line, " =", -1);
        RvBlockStats *block = NULL;
        if (!words[0] || !strchr(words[0], ':'))
            continue;
        for (char **word = words + 1; word[0] && word[1]; word += 2) {
            block = block ? block : find_block(stats, words[0]);
            take(block, word[0], g_ascii_strtoull(word[1], NULL, 10));
        }
    }
}

static void read_io(const char *folder, bool v2, RvGuestStats *stats)
{
    g_array_set_size(stats->blocks, 0);
    stats->blocks_are_shares = true;
    if (v2) {
        read_blocks(folder, "io.stat", take_v2, stats);
        return;
    }
    read_blocks(folder, "blkio.throttle.io_service_bytes_recursive", take_bytes_v1, stats);
    read_blocks(folder, "blkio.throttle.io_serviced_recursive", take_requests_v1, stats);
}

/* ---- Interfaces ----------------------------------------------------------------------------- */

/* Of a line of /proc/PID/net/dev: what it has received, then what it has sent, each beginning with
 * bytes, packets, errors, dropped. */
static void take_device(const char *line, RvInterfaceStats *stats)
{
    enum { SENT = 8, N_NUMBERS = 16 };
    uint64_t numbers[N_NUMBERS] = {0};
    char *at = (char *)line;
    for (int i = 0; i < N_NUMBERS; i++)
        numbers[i] = g_ascii_strtoull(at, &at, 10);
    stats->rx_bytes = numbers[0];
    stats->rx_packets = numbers[1];
    stats->rx_errors = numbers[2];
    stats->rx_dropped = numbers[3];
    stats->tx_bytes = numbers[SENT];
    stats->tx_packets = numbers[SENT + 1];
    stats->tx_errors = numbers[SENT + 2];
    stats->tx_dropped = numbers[SENT + 3];
}

/* One without an end on the host, as the container's own network counts. */
static void append_inside(const RvGuest *guest, const char *name, const char *inside,
                          GArray *interfaces)
{
    g_autofree char *path =
        g_strdup_printf("/proc/%d/net/dev", (int)container_guest(guest)->process.pid);
    g_autofree char *text = rv_file_read(path, FILE_MAX, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    size_t len = strlen(inside);
    for (char **line = lines; *line; line++) {
        const char *start = g_strchug(*line);
        if (strncmp(start, inside, len) != 0 || start[len] != ':')
            continue;
        RvInterfaceStats one = {0};
        take_device(start + len + 1, &one);
        g_strlcpy(one.target, name, sizeof(one.target));
        g_array_append_val(interfaces, one);
    }
}

/* Nothing here waits for the container. */
static void read_interfaces(const RvGuest *guest, RvGuestStats *stats)
{
    g_array_set_size(stats->interfaces, 0);
    if (guest->def->interfaces->len == 0)
        return;
    rv_autofd int fd = rv_netlink_open(0, NULL);
    for (guint i = 0; fd >= 0 && i < guest->def->interfaces->len; i++) {
        g_autofree char *name = container_network_name(guest, i);
        g_autofree char *inside = container_network_name_inside(guest, i);
        if (inside)
            append_inside(guest, name, inside, stats->interfaces);
        else
            rv_interface_stats_append(stats->interfaces, fd, name);
    }
}

static bool refresh(RvGuest *guest, int deadline_ms, RvGuestStats *stats, GError **error)
{
    ContainerGuest *container = container_guest(guest);
    const ContainerCgroups *cgroups = container_host(guest->host)->cgroups;
    if (!container) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the container was not found again");
        return false;
    }
    bool v2 = container_cgroups_is_v2(cgroups);
    g_autofree char *cpu = container_cgroup_folder(cgroups, container->cgroup, "cpuacct");
    g_autofree char *memory = container_cgroup_folder(cgroups, container->cgroup, "memory");
    g_autofree char *block = container_cgroup_folder(cgroups, container->cgroup, "blkio");
    if (cpu)
        (v2 ? read_cpu_v2 : read_cpu_v1)(cpu, stats);
    if (cpu && !v2)
        read_each_cpu(cpu, stats);
    if (memory)
        read_memory(memory, v2, guest->def, stats);
    if (block)
        read_io(block, v2, stats);
    read_interfaces(guest, stats);
    stats->balloon_kib = guest->def->memory_kib;
    container_health_look(guest, &container->health);
    return true;
}

const RvStatsOps container_stats_ops = {.refresh = refresh};
