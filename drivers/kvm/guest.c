/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/guest.h"

#include <string.h>
#include <sys/epoll.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/kvm/cpu.h"
#include "drivers/kvm/events.h"
#include "drivers/kvm/socket.h"

enum { DEADLINE_MS = 30000 };

char *kvm_guest_folder(const RvGuest *guest)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&guest->def->uuid, uuid);
    return g_build_filename(guest->host->run_dir, uuid, NULL);
}

char *kvm_guest_cgroup_name(const RvGuest *guest)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&guest->def->uuid, uuid);
    return g_strdup_printf("%s-%08x", uuid, g_str_hash(guest->host->run_dir));
}

KvmGuest *kvm_guest_new(RvGuest *guest)
{
    KvmGuest *kvm = g_new0(KvmGuest, 1);
    kvm->refs = 1;
    kvm->guest = guest;
    kvm->host = guest->host;
    kvm->folder = kvm_guest_folder(guest);
    kvm->pidfd = -1;
    return kvm;
}

KvmGuest *kvm_guest_ref(KvmGuest *kvm)
{
    g_atomic_int_inc(&kvm->refs);
    return kvm;
}

void kvm_guest_unref(KvmGuest *kvm)
{
    if (!kvm || !g_atomic_int_dec_and_test(&kvm->refs))
        return;
    if (kvm->qmp)
        qmp_close(kvm->qmp);
    qmp_unref(kvm->qmp);
    kvm_output_unref(kvm->output);
    rv_cgroup_free(kvm->cgroup);
    rv_fd_close(&kvm->pidfd);
    g_free(kvm->folder);
    g_free(kvm);
}

json_t *kvm_guest_remember(const RvGuest *guest)
{
    const KvmGuest *kvm = kvm_guest(guest);
    if (!kvm || !kvm->process.pid)
        return json_object();
    return json_pack("{s:i, s:I, s:I, s:o*}", "pid", (int)kvm->process.pid, "started",
                     (json_int_t)kvm->process.start_time, "uid", (json_int_t)kvm->uid, "asked-cpu",
                     kvm_cpu_asked(guest->host, &guest->def->uuid));
}

void kvm_guest_recall(json_t *remembered, RvProcessId *ret_process, uid_t *ret_uid)
{
    int pid = 0;
    json_int_t started = 0, uid = 0;
    (void)!json_unpack(remembered, "{s?i, s?I, s?I}", "pid", &pid, "started", &started, "uid",
                       &uid);
    *ret_process = (RvProcessId){.pid = pid, .start_time = (uint64_t)started};
    *ret_uid = (uid_t)uid;
}

bool kvm_guest_connect(KvmGuest *kvm, bool verify, GError **error)
{
    rv_autofd int fd = kvm_socket_connect(kvm->folder, KVM_MONITOR_SOCKET, error);
    if (fd < 0)
        return false;
    uid_t uid = kvm->uid ? kvm->uid : geteuid();
    if (verify && !kvm_socket_check_peer(fd, kvm->process.pid, uid, error))
        return false;
    kvm->qmp = qmp_new(kvm->host->loop, rv_fd_steal(&fd), &kvm_events, kvm);
    return true;
}

/* ---- The process -------------------------------------------------------------------------- */

/* What the monitor still said tells why it ended. */
static void ended(RvWatch *watch, uint32_t events, void *data)
{
    KvmGuest *kvm = data;
    g_clear_pointer(&kvm->watch, rv_watch_free);
    if (kvm->qmp)
        qmp_drain(kvm->qmp);
    kvm->ended = true;
    g_clear_pointer(&kvm->loss, rv_timer_free);
    kvm_output_unwatch(kvm->output);
    if (!kvm->guest || g_atomic_int_get(&kvm->destroying))
        return;
    RvShutoffReason reason = kvm->panicked    ? RV_SHUTOFF_CRASHED
                             : kvm->shut_down ? RV_SHUTOFF_SHUTDOWN
                                              : RV_SHUTOFF_CRASHED;
    kvm->host->reports->ended(kvm->guest, reason);
}

static void watch_now(void *data)
{
    g_autoptr(KvmGuest) kvm = data;
    if (!kvm->guest)
        return;
    kvm->watch = rv_watch_new(kvm->host->loop, kvm->pidfd, EPOLLIN, ended, kvm);
    kvm_output_watch(kvm->output);
}

void kvm_guest_watch(KvmGuest *kvm)
{
    rv_loop_post(kvm->host->loop, watch_now, kvm_guest_ref(kvm));
}

void kvm_guest_detach(KvmGuest *kvm)
{
    kvm->guest = NULL;
    g_clear_pointer(&kvm->watch, rv_watch_free);
    g_clear_pointer(&kvm->loss, rv_timer_free);
    if (kvm->output)
        kvm_output_unwatch(kvm->output);
    if (kvm->qmp)
        qmp_close(kvm->qmp);
}

/* ---- Commands ----------------------------------------------------------------------------- */

Qmp *kvm_guest_qmp(const RvGuest *guest, GError **error)
{
    const KvmGuest *kvm = kvm_guest(guest);
    if (kvm && kvm->qmp)
        return kvm->qmp;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no connection to the emulator of '%s'",
                 guest->def->name);
    return NULL;
}

bool kvm_guest_command(RvGuest *guest, const char *command, json_t *arguments, RvOperation *op,
                       GError **error)
{
    Qmp *qmp = kvm_guest_qmp(guest, error);
    if (qmp)
        return qmp_command(qmp, command, arguments, DEADLINE_MS, op->cancel, error);
    json_decref(arguments);
    return false;
}
