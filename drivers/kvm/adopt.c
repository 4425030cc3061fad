/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/adopt.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "drivers/kvm/cpu.h"
#include "drivers/kvm/events.h"
#include "drivers/kvm/guest.h"
#include "drivers/kvm/holders.h"
#include "drivers/kvm/ports.h"
#include "drivers/kvm/uids.h"

enum { ANSWER_MS = 1000, KILLED_MS = 10000 };

/* What an emulator says it is in; what is not here is a pause that we do not know. */
static const struct {
    const char *status;
    RvAdopted found;
} statuses[] = {
    {"running", {RV_DOMAIN_RUNNING, RV_RUNNING_UNKNOWN}},
    {"prelaunch", {RV_DOMAIN_PAUSED, RV_PAUSED_STARTING_UP}},
    {"paused", {RV_DOMAIN_PAUSED, RV_PAUSED_USER}},
    {"io-error", {RV_DOMAIN_PAUSED, RV_PAUSED_IOERROR}},
    {"watchdog", {RV_DOMAIN_PAUSED, RV_PAUSED_WATCHDOG}},
    {"suspended", {RV_DOMAIN_PMSUSPENDED, 0}},
    {"guest-panicked", {RV_DOMAIN_CRASHED, RV_CRASHED_PANICKED}},
    /* It has powered off in order to boot again, and is booted again now. */
    {"shutdown", {RV_DOMAIN_RUNNING, RV_RUNNING_UNKNOWN}},
};

static RvAdopted judge(const char *status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        if (g_strcmp0(statuses[i].status, status) == 0)
            return statuses[i].found;
    }
    return (RvAdopted){RV_DOMAIN_PAUSED, RV_PAUSED_UNKNOWN};
}

/* ---- Finding ------------------------------------------------------------------------------ */

static void set_gone(const RvGuest *guest, GError **error)
{
    rv_error_set(error, RV_ERR_NO_DOMAIN, "the emulator of '%s' has ended", guest->def->name);
}

/* The very process: by pid and start time, and in the guest's own cgroup where there is one. */
static bool find_process(RvGuest *guest, KvmGuest *kvm, GError **error)
{
    g_autoptr(GError) fault = NULL;
    g_autofree char *name = kvm_guest_cgroup_name(guest);
    if (!kvm->process.pid) {
        set_gone(guest, error);
        return false;
    }
    kvm->pidfd = rv_process_open(&kvm->process, &fault);
    if (kvm->pidfd < 0 && g_error_matches(fault, RV_ERROR, RV_ERR_OPERATION_INVALID)) {
        set_gone(guest, error);
        return false;
    }
    if (kvm->pidfd < 0) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    if (rv_process_wait(kvm->pidfd, 0, NULL)) { /* who inherited it has not reaped it yet */
        set_gone(guest, error);
        return false;
    }
    kvm->cgroup = rv_cgroup_new(name, NULL);
    if (!kvm->cgroup)
        return true;
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", (int)kvm->process.pid);
    g_autofree char *text = rv_file_read(path, 65536, NULL, &fault);
    if (text && strstr(text, name))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "process %d is not in the cgroup of '%s'%s%s",
                 (int)kvm->process.pid, guest->def->name, fault ? ": " : "",
                 fault ? fault->message : "");
    return false;
}

static bool ask_status(KvmGuest *kvm, RvOperation *op, RvAdopted *ret, bool *ret_powered_off,
                       GError **error)
{
    json_t *answer = qmp_execute(kvm->qmp, "query-status", NULL, ANSWER_MS, op->cancel, error);
    if (!answer)
        return false;
    const char *status = json_string_value(json_object_get(answer, "status"));
    *ret = judge(status);
    *ret_powered_off = g_strcmp0(status, "shutdown") == 0;
    json_decref(answer);
    return true;
}

static void keep_what_it_has(const RvGuest *guest)
{
    const RvDomainDef *def = guest->def;
    kvm_ports_keep(guest->host, def);
    for (guint i = 0; i < def->disks->len; i++) {
        const RvDisk *disk = g_ptr_array_index(def->disks, i);
        struct stat st;
        if (disk->source.path && !disk->read_only && stat(disk->source.path, &st) == 0)
            kvm_holders_add(guest->host, &st, def->name);
    }
}

/* [loop] */
static void release(void *data)
{
    KvmGuest *kvm = data;
    kvm_guest_detach(kvm);
    kvm_guest_unref(kvm);
}

static void boot_again(void *data)
{
    g_autoptr(KvmGuest) kvm = data;
    if (kvm->guest)
        kvm_events_boot_again(kvm);
}

bool kvm_adopt(RvGuest *guest, json_t *remembered, RvOperation *op, RvAdopted *ret, GError **error)
{
    KvmGuest *kvm = kvm_guest_new(guest);
    bool powered_off;
    kvm_guest_recall(remembered, &kvm->process, &kvm->uid);
    if (find_process(guest, kvm, error) &&
        (kvm->output = kvm_output_new(guest->host, guest->def->name, kvm->folder, error)) &&
        kvm_guest_connect(kvm, true, error) && ask_status(kvm, op, ret, &powered_off, error)) {
        guest->priv = kvm;
        kvm_cpu_set_asked(guest->host, &guest->def->uuid,
                          json_incref(json_object_get(remembered, "asked-cpu")));
        keep_what_it_has(guest);
        kvm_guest_watch(kvm);
        if (powered_off)
            rv_loop_post(guest->host->loop, boot_again, kvm_guest_ref(kvm));
        return true;
    }
    rv_loop_post(guest->host->loop, release, kvm);
    return false;
}

/* ---- Cleaning up -------------------------------------------------------------------------- */

/* Whether nothing of it runs any more. */
static bool kill_process(const RvGuest *guest, json_t *remembered)
{
    const KvmGuest *kvm = kvm_guest(guest);
    RvProcessId process;
    uid_t uid;
    kvm_guest_recall(remembered, &process, &uid);
    if (kvm && kvm->process.pid)
        process = kvm->process;
    int pidfd = process.pid ? rv_process_open(&process, NULL) : -1;
    if (pidfd < 0)
        return true;
    bool gone = rv_process_signal(pidfd, SIGKILL, NULL) && rv_process_wait(pidfd, KILLED_MS, NULL);
    rv_fd_close(&pidfd);
    return gone;
}

static bool remove_cgroup(const RvGuest *guest, GError **error)
{
    g_autofree char *name = kvm_guest_cgroup_name(guest);
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new(name, NULL);
    return !cgroup || rv_cgroup_destroy(cgroup, KILLED_MS, error);
}

/* What still runs keeps its user, its folder and its images: nobody else may get them. */
void kvm_cleanup(RvGuest *guest, json_t *remembered)
{
    const KvmGuest *kvm = kvm_guest(guest);
    g_autofree char *folder = kvm_guest_folder(guest);
    g_autoptr(GError) error = NULL;
    RvProcessId process;
    uid_t uid;
    kvm_guest_recall(remembered, &process, &uid);
    if (!kill_process(guest, remembered)) {
        rv_log_error("guest '%s': process %d does not end", guest->def->name, (int)process.pid);
        return;
    }
    if (!remove_cgroup(guest, &error)) {
        rv_log_error("guest '%s': %s", guest->def->name, error->message);
        return;
    }
    kvm_cpu_set_asked(guest->host, &guest->def->uuid, NULL);
    kvm_holders_remove(guest->host, guest->def->name);
    kvm_ports_release(guest->host, guest->def);
    if (guest->host->privileged)
        kvm_uids_release(guest->host, &guest->def->uuid, kvm && kvm->uid ? kvm->uid : uid);
    if (!rv_dir_remove(folder, &error))
        rv_log_error("guest '%s': %s", guest->def->name, error->message);
}
