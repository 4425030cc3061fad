/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/vcpu-stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/guest-stats.h"

enum { PROC_MAX = 16384, MAX_THREADS = 8192 };

static char *read_proc(pid_t pid, const char *thread, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%s/%s", (int)pid, thread, name);
    return rv_file_read(path, PROC_MAX, NULL, NULL);
}

/* Threads are named (-name debug-threads=on): "CPU 3/KVM", "CPU 0/TCG". */
static bool is_vcpu(pid_t pid, const char *thread, unsigned *ret_number)
{
    g_autofree char *name = read_proc(pid, thread, "comm");
    return name && sscanf(name, "CPU %u/", ret_number) == 1;
}

/* "wait_sum   :   12.345678", in ms; there only where the kernel keeps such statistics. */
static uint64_t read_wait(pid_t pid, const char *thread)
{
    g_autofree char *text = read_proc(pid, thread, "sched");
    const char *line = text ? strstr(text, "wait_sum") : NULL;
    const char *value = line ? strchr(line, ':') : NULL;
    return value ? (uint64_t)(g_ascii_strtod(value + 1, NULL) * 1e6) : 0;
}

/* The 39th field of proc(5)'s stat; those behind the name, which may hold anything, begin with the
 * third. */
static int read_cpu(pid_t pid, const char *thread)
{
    enum { FIRST = 3, CPU = 39 };
    g_autofree char *text = read_proc(pid, thread, "stat");
    const char *at = text ? strrchr(text, ')') : NULL;
    for (int field = FIRST; at && field <= CPU; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    return at ? (int)strtol(at, NULL, 10) : -1;
}

static int compare(const void *a, const void *b)
{
    unsigned x = ((const RvVcpuStats *)a)->number, y = ((const RvVcpuStats *)b)->number;
    return x < y ? -1 : x > y;
}

void kvm_vcpu_stats_read(pid_t pid, GArray *vcpus)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task", (int)pid);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *thread;
    unsigned seen = 0;
    g_array_set_size(vcpus, 0);
    while (dir && (thread = g_dir_read_name(dir)) && seen++ < MAX_THREADS) {
        RvVcpuStats vcpu = {0};
        if (!is_vcpu(pid, thread, &vcpu.number))
            continue;
        /* "RAN WAITED SLICES", in ns */
        g_autofree char *times = read_proc(pid, thread, "schedstat");
        if (times) {
            char *end;
            vcpu.time_ns = g_ascii_strtoull(times, &end, 10);
            vcpu.delay_ns = g_ascii_strtoull(end, NULL, 10);
        }
        vcpu.cpu = read_cpu(pid, thread);
        vcpu.wait_ns = read_wait(pid, thread);
        g_array_append_val(vcpus, vcpu);
    }
    g_array_sort(vcpus, compare);
}
