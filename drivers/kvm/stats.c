/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/stats.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "drivers/interface-stats.h"
#include "drivers/kvm/guest.h"
#include "drivers/kvm/vcpu-stats.h"

/* utime and stime of all threads, behind the name in parentheses (proc(5): fields 14 and 15). */
static void read_times(pid_t pid, RvGuestStats *stats)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
    g_autofree char *text = rv_file_read(path, 4096, NULL, NULL);
    const char *fields = text ? strrchr(text, ')') : NULL;
    g_auto(GStrv) words = fields ? g_strsplit(fields + 1, " ", 15) : NULL;
    long ticks = sysconf(_SC_CLK_TCK);
    if (!words || g_strv_length(words) < 15 || ticks <= 0)
        return;
    uint64_t tick_ns = (uint64_t)(1000000000 / ticks);
    stats->cpu_user_ns = g_ascii_strtoull(words[12], NULL, 10) * tick_ns;
    stats->cpu_system_ns = g_ascii_strtoull(words[13], NULL, 10) * tick_ns;
}

/* The host's own numbers need no answer of the emulator, and are had even from one that hangs. */
static void read_process(const KvmGuest *kvm, RvGuestStats *stats)
{
    uint64_t cpu_ns, rss_kib;
    if (rv_process_usage(kvm->process.pid, &cpu_ns, &rss_kib)) {
        stats->cpu_ns = cpu_ns;
        stats->rss_kib = rss_kib;
    }
    if (kvm->cgroup && rv_cgroup_get_cpu_ns(kvm->cgroup, &cpu_ns))
        stats->cpu_ns = cpu_ns;
    read_times(kvm->process.pid, stats);
    kvm_vcpu_stats_read(kvm->process.pid, stats->vcpus);
}

static uint64_t number(json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

/* A disk by the path of its device: "/machine/peripheral/virtio-disk0/virtio-backend". */
static const RvDisk *find_disk(const RvDomainDef *def, const char *qdev)
{
    static const char prefix[] = "/machine/peripheral/";
    if (!qdev)
        return NULL;
    const char *id = g_str_has_prefix(qdev, prefix) ? qdev + strlen(prefix) : qdev;
    size_t len = strcspn(id, "/");
    for (guint i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = g_ptr_array_index(def->disks, i);
        const char *alias = disk->device.alias;
        if (alias && strlen(alias) == len && memcmp(alias, id, len) == 0)
            return disk;
    }
    return NULL;
}

static void take_blocks(const RvDomainDef *def, json_t *answer, RvGuestStats *stats)
{
    size_t i;
    json_t *row;
    g_array_set_size(stats->blocks, 0);
    json_array_foreach(answer, i, row) {
        const RvDisk *disk = find_disk(def, json_string_value(json_object_get(row, "qdev")));
        json_t *counts = json_object_get(row, "stats");
        if (!disk || stats->blocks->len >= def->disks->len)
            continue;
        RvBlockStats block = {
            .read_requests = number(counts, "rd_operations"),
            .read_bytes = number(counts, "rd_bytes"),
            .write_requests = number(counts, "wr_operations"),
            .write_bytes = number(counts, "wr_bytes"),
            .flush_requests = number(counts, "flush_operations"),
            .read_ns = number(counts, "rd_total_time_ns"),
            .write_ns = number(counts, "wr_total_time_ns"),
            .flush_ns = number(counts, "flush_total_time_ns"),
            .allocation = number(counts, "wr_highest_offset"),
        };
        g_strlcpy(block.target, disk->target, sizeof(block.target));
        g_array_append_val(stats->blocks, block);
    }
}

/* How large images are, as the emulator sees them: files are not touched here, their file system
 * may hang. */
static void take_sizes(const RvDomainDef *def, json_t *answer, RvGuestStats *stats)
{
    size_t i;
    json_t *row;
    json_array_foreach(answer, i, row) {
        const RvDisk *disk = find_disk(def, json_string_value(json_object_get(row, "qdev")));
        json_t *image = json_object_get(json_object_get(row, "inserted"), "image");
        for (guint k = 0; disk && image && k < stats->blocks->len; k++) {
            RvBlockStats *block = &g_array_index(stats->blocks, RvBlockStats, k);
            if (strcmp(block->target, disk->target) != 0)
                continue;
            block->capacity = number(image, "virtual-size");
            block->allocation = number(image, "actual-size");
            block->physical =
                disk->source.format == RV_DISK_RAW ? block->capacity : block->allocation;
        }
    }
}

static bool has_balloon(const RvDomainDef *def)
{
    return def->memballoon && strcmp(def->memballoon->model, "none") != 0;
}

typedef struct {
    const char *command;
    bool (*is_wanted)(const RvDomainDef *def);
    void (*take)(const RvDomainDef *def, json_t *answer, RvGuestStats *stats);
    bool may_fail;
} Question;

static bool has_disks(const RvDomainDef *def)
{
    return def->disks->len > 0;
}

static void take_balloon(const RvDomainDef *def, json_t *answer, RvGuestStats *stats)
{
    stats->balloon_kib = number(answer, "actual") / 1024;
}

static const Question questions[] = {
    {"query-blockstats", has_disks, take_blocks, false},
    {"query-block", has_disks, take_sizes, false},
    /* Refused where the guest has no driver for it: then nothing is known. */
    {"query-balloon", has_balloon, take_balloon, true},
};

/* All questions at once, one deadline for all answers. */
static bool ask(const RvGuest *guest, Qmp *qmp, int deadline_ms, RvGuestStats *stats,
                GError **error)
{
    QmpCall *calls[G_N_ELEMENTS(questions)] = {NULL};
    int64_t until = g_get_monotonic_time() / 1000 + deadline_ms;
    bool good = true;
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        if (questions[i].is_wanted(guest->def))
            calls[i] = qmp_send(qmp, questions[i].command, NULL);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        if (!calls[i])
            continue;
        int64_t left = until - g_get_monotonic_time() / 1000;
        bool matters = good && !questions[i].may_fail;
        json_t *answer = qmp_wait(calls[i], (int)MAX(left, 0), NULL, matters ? error : NULL);
        if (answer)
            questions[i].take(guest->def, answer, stats);
        good = good && (answer || !matters);
        json_decref(answer);
    }
    return good;
}

static bool refresh(RvGuest *guest, int deadline_ms, RvGuestStats *stats, GError **error)
{
    KvmGuest *kvm = kvm_guest(guest);
    Qmp *qmp = kvm_guest_qmp(guest, error);
    if (!qmp)
        return false;
    read_process(kvm, stats);
    rv_interface_stats_read(guest->def, stats);
    if (qmp_is_late(qmp)) {
        rv_error_set(error, RV_ERR_OPERATION_TIMEOUT,
                     "the emulator has not answered an earlier question yet");
        return false;
    }
    return ask(guest, qmp, deadline_ms, stats, error);
}

const RvStatsOps kvm_stats_ops = {.refresh = refresh};
