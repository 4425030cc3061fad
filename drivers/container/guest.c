/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/guest.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "base/cgroup-dir.h"
#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/exit.h"
#include "drivers/container/health.h"
#include "drivers/container/host.h"
#include "drivers/container/partition.h"

char *container_guest_id(const RvGuest *guest)
{
    char *uuid = g_malloc(RV_UUID_STRING_LEN + 1);
    rv_uuid_format(&guest->def->uuid, uuid);
    return uuid;
}

char *container_guest_folder(const RvGuest *guest)
{
    g_autofree char *id = container_guest_id(guest);
    return g_build_filename(guest->host->run_dir, id, NULL);
}

char *container_guest_cgroup(const RvGuest *guest)
{
    g_autofree char *id = container_guest_id(guest);
    const char *partition = guest->def->partition;
    g_autofree char *parent =
        partition ? container_partition_path(partition, container_partition_has_slices())
                  : g_strdup("reeve");
    return g_strdup_printf("%s/%s-%08x", parent, id, g_str_hash(guest->host->run_dir));
}

ContainerGuest *container_guest_new(RvGuest *guest)
{
    ContainerGuest *container = g_new0(ContainerGuest, 1);
    container->refs = 1;
    container->guest = guest;
    container->host = guest->host;
    container->folder = container_guest_folder(guest);
    container->cgroup = container_guest_cgroup(guest);
    container->pidfd = -1;
    return container;
}

ContainerGuest *container_guest_ref(ContainerGuest *container)
{
    g_atomic_int_inc(&container->refs);
    return container;
}

void container_guest_unref(ContainerGuest *container)
{
    if (!container || !g_atomic_int_dec_and_test(&container->refs))
        return;
    rv_fd_close(&container->pidfd);
    container_health_free(container->health);
    g_free(container->folder);
    g_free(container->cgroup);
    g_free(container);
}

bool container_guest_is_alive(const ContainerGuest *container, GError **error)
{
    if (!rv_process_wait(container->pidfd, 0, NULL))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "the container's first process has ended");
    return false;
}

json_t *container_guest_remember(const RvGuest *guest)
{
    const ContainerGuest *container = container_guest(guest);
    if (!container || !container->process.pid)
        return json_object();
    return json_pack("{s:i, s:I, s:I}", "pid", (int)container->process.pid, "started",
                     (json_int_t)container->process.start_time, "range",
                     (json_int_t)container->range);
}

void container_guest_recall(json_t *remembered, RvProcessId *ret_process, unsigned *ret_range)
{
    int pid = 0;
    json_int_t started = 0, range = 0;
    (void)!json_unpack(remembered, "{s?i, s?I, s?I}", "pid", &pid, "started", &started, "range",
                       &range);
    *ret_process = (RvProcessId){.pid = pid, .start_time = (uint64_t)started};
    *ret_range = (unsigned)range;
}

/* ---- Its end -------------------------------------------------------------------------------- */

/* Whether the kernel killed something in it because its memory was full. */
static bool ran_out_of_memory(const ContainerGuest *container)
{
    const ContainerCgroups *cgroups = container_host(container->host)->cgroups;
    g_autofree char *folder = container_cgroup_folder(cgroups, container->cgroup, "memory");
    const char *file = container_cgroups_is_v2(cgroups) ? "memory.events" : "memory.oom_control";
    uint64_t killed;
    return folder && rv_cgroup_dir_read_number(folder, file, "oom_kill", &killed) && killed > 0;
}

/* In words, for people. NULL: as it should. */
static char *describe_end(const ContainerGuest *container, int status)
{
    if (g_atomic_int_get(&container->unhealthy))
        return g_strdup("it was killed, since its health check had failed");
    if (status < 0)
        return NULL;
    if (WIFEXITED(status))
        return WEXITSTATUS(status) ? g_strdup_printf("its first program ended with exit code %d",
                                                     WEXITSTATUS(status))
                                   : NULL;
    if (WTERMSIG(status) == SIGKILL && ran_out_of_memory(container))
        return g_strdup("its first program was killed: the container's memory was full");
    return g_strdup_printf("its first program was killed by signal %d (%s)", WTERMSIG(status),
                           g_strsignal(WTERMSIG(status)));
}

static bool starts_again(const ContainerGuest *container, bool failed, bool crashed)
{
    const RvRun *run = container->guest->def->run;
    if (g_atomic_int_get(&container->asked))
        return false;
    if (crashed && container->guest->def->on_crash == RV_LIFECYCLE_RESTART)
        return true;
    if (!run)
        return false;
    if (g_atomic_int_get(&container->unhealthy))
        return true;
    return run->restart == RV_RESTART_ALWAYS || (run->restart == RV_RESTART_ON_FAILURE && failed);
}

/* reboot(2) in a container ends its first process by a signal: SIGHUP for a reboot, SIGINT for all
 * other ways (pid_namespaces(7)). What was asked to end may do so with any exit code. */
static void report(const ContainerGuest *container, int status)
{
    const RvGuestReports *reports = container->host->reports;
    int signum = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signum == SIGHUP) {
        reports->rebooted(container->guest);
        return;
    }
    g_autofree char *how = describe_end(container, status);
    bool good = !how || signum == SIGINT ||
                (g_atomic_int_get(&container->asked) && status >= 0 && WIFEXITED(status));
    reports->exited(container->guest,
                    good     ? RV_SHUTOFF_SHUTDOWN
                    : signum ? RV_SHUTOFF_CRASHED
                             : RV_SHUTOFF_FAILED,
                    good ? NULL : how, starts_again(container, !good, !good && signum));
}

static void ended(RvWatch *watch, uint32_t events, void *data)
{
    ContainerGuest *container = data;
    /* On kernels that tell how it ended, they do so when it has been reaped: EPOLLHUP. */
    int status = container_exit_status(&container->process, container->pidfd);
    if (status < 0 && !(events & EPOLLHUP) && container_exit_is_told()) {
        rv_watch_set_events(watch, 0);
        return;
    }
    g_clear_pointer(&container->watch, rv_watch_free);
    if (container->guest && !g_atomic_int_get(&container->destroying))
        report(container, status);
}

static void watch_now(void *data)
{
    g_autoptr(ContainerGuest) container = data;
    if (container->guest)
        container->watch =
            rv_watch_new(container->host->loop, container->pidfd, EPOLLIN, ended, container);
}

void container_guest_watch(ContainerGuest *container)
{
    container_host_note(container->host, container->guest->def->name, &container->process);
    rv_loop_post(container->host->loop, watch_now, container_guest_ref(container));
}

void container_guest_detach(ContainerGuest *container)
{
    container_host_note(container->host, container->guest->def->name, NULL);
    container->guest = NULL;
    g_clear_pointer(&container->watch, rv_watch_free);
}
