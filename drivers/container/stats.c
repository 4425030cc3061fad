/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/stats.h"

#include <string.h>
#include <unistd.h>

#include "base/cgroup-dir.h"
#include "base/error.h"
#include "base/file.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"

enum { FILE_MAX = 64 << 10 };

static bool read_number(const char *folder, const char *file, uint64_t *ret)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *text = rv_file_read(path, FILE_MAX, NULL, NULL);
    return text && g_ascii_string_to_unsigned(g_strchomp(text), 10, 0, UINT64_MAX, ret, NULL);
}

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

static bool refresh(RvGuest *guest, int deadline_ms, RvGuestStats *stats, GError **error)
{
    const ContainerGuest *container = container_guest(guest);
    const ContainerCgroups *cgroups = container_host(guest->host)->cgroups;
    if (!container) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the container was not found again");
        return false;
    }
    bool v2 = container_cgroups_is_v2(cgroups);
    g_autofree char *cpu = container_cgroup_folder(cgroups, container->cgroup, "cpuacct");
    g_autofree char *memory = container_cgroup_folder(cgroups, container->cgroup, "memory");
    uint64_t bytes;
    if (cpu)
        (v2 ? read_cpu_v2 : read_cpu_v1)(cpu, stats);
    if (memory && read_number(memory, v2 ? "memory.current" : "memory.usage_in_bytes", &bytes))
        stats->rss_kib = bytes / 1024;
    stats->balloon_kib = guest->def->memory_kib;
    return true;
}

const RvStatsOps container_stats_ops = {.refresh = refresh};
