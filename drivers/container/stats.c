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

/* Nothing here waits for the container: the host's ends of its interfaces are the host's. */
static void read_interfaces(const RvGuest *guest, RvGuestStats *stats)
{
    g_array_set_size(stats->interfaces, 0);
    if (guest->def->interfaces->len == 0)
        return;
    rv_autofd int fd = rv_netlink_open(0, NULL);
    for (guint i = 0; fd >= 0 && i < guest->def->interfaces->len; i++) {
        g_autofree char *name = container_network_name(guest, i);
        RvLink link;
        if (!name || !rv_link_find(fd, name, &link, NULL))
            continue;
        RvInterfaceStats one = {
            .rx_bytes = link.tx_bytes, /* what our end has sent, the guest's has received */
            .rx_packets = link.tx_packets,
            .rx_errors = link.tx_errors,
            .rx_dropped = link.tx_dropped,
            .tx_bytes = link.rx_bytes,
            .tx_packets = link.rx_packets,
            .tx_errors = link.rx_errors,
            .tx_dropped = link.rx_dropped,
        };
        g_strlcpy(one.target, name, sizeof(one.target));
        g_array_append_val(stats->interfaces, one);
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
    uint64_t bytes;
    if (cpu)
        (v2 ? read_cpu_v2 : read_cpu_v1)(cpu, stats);
    if (memory && read_number(memory, v2 ? "memory.current" : "memory.usage_in_bytes", &bytes))
        stats->rss_kib = bytes / 1024;
    read_interfaces(guest, stats);
    stats->balloon_kib = guest->def->memory_kib;
    container_health_look(guest, &container->health);
    return true;
}

const RvStatsOps container_stats_ops = {.refresh = refresh};
