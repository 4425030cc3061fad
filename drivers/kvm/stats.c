/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/stats.h"

#include <string.h>

#include "base/error.h"
#include "drivers/kvm/guest.h"

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
            .allocation = number(counts, "wr_highest_offset"),
        };
        g_strlcpy(block.target, disk->target, sizeof(block.target));
        g_array_append_val(stats->blocks, block);
    }
}

static bool has_balloon(const RvDomainDef *def)
{
    return def->memballoon && strcmp(def->memballoon->model, "none") != 0;
}

/* Both questions at once, one deadline for both answers. */
static bool ask(const RvGuest *guest, Qmp *qmp, int deadline_ms, RvGuestStats *stats,
                GError **error)
{
    const RvDomainDef *def = guest->def;
    int64_t until = g_get_monotonic_time() / 1000 + deadline_ms;
    QmpCall *blocks = def->disks->len ? qmp_send(qmp, "query-blockstats", NULL) : NULL;
    QmpCall *balloon = has_balloon(def) ? qmp_send(qmp, "query-balloon", NULL) : NULL;
    bool good = true;
    if (blocks) {
        json_t *answer = qmp_wait(blocks, deadline_ms, NULL, error);
        if (answer)
            take_blocks(def, answer, stats);
        good = answer != NULL;
        json_decref(answer);
    }
    if (balloon) {
        int64_t left = until - g_get_monotonic_time() / 1000;
        /* Without a driver for it in the guest it is refused: then nothing is known. */
        json_t *answer = qmp_wait(balloon, (int)MAX(left, 0), NULL, NULL);
        stats->balloon_kib = number(answer, "actual") / 1024;
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
    if (qmp_is_late(qmp)) {
        rv_error_set(error, RV_ERR_OPERATION_TIMEOUT,
                     "the emulator has not answered an earlier question yet");
        return false;
    }
    return ask(guest, qmp, deadline_ms, stats, error);
}

const RvStatsOps kvm_stats_ops = {.refresh = refresh};
