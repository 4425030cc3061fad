/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/spawn-child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Steps in their order: a later one takes the right to do an earlier one away. Each returns
 * whether it worked, else errno says why. */
typedef bool (*StepFunc)(RvSpawnPlan *plan);

static bool enter_cgroup(RvSpawnPlan *plan)
{
    for (unsigned i = 0; i < plan->n_v1; i++)
        if (write(plan->v1_fds[i], "0", 1) < 0)
            return false;
    if (plan->unified_fd < 0)
        return true;
    int fd = openat(plan->unified_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, "0", 1) == 1;
}

static bool own_session(RvSpawnPlan *plan)
{
    return setsid() >= 0;
}

/* Handlers are gone with exec, but an ignored signal would stay ignored. The C library hides two
 * signals of its own, which our own parent may have ignored, hence the bare call: the kernel's
 * struct, all zero, is the default action on every architecture. */
static bool reset_signals(RvSpawnPlan *plan)
{
    static const char standard[64];
    for (int signum = 1; signum < NSIG; signum++)
        (void)syscall(SYS_rt_sigaction, signum, standard, NULL, NSIG / 8);
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* The parent may have ended before it was asked for. */
static bool end_with_parent(RvSpawnPlan *plan)
{
    if (!plan->parent)
        return true;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return false;
    if (getppid() != plan->parent)
        _exit(126);
    return true;
}

/* The copy vanishes with its last process, and all mounts in it that nobody else has. */
static bool enter_mounts(RvSpawnPlan *plan)
{
    if (plan->mount_namespace_fd < 0)
        return true;
    if (setns(plan->mount_namespace_fd, CLONE_NEWNS) < 0)
        return false;
    if (plan->n_mounts && unshare(CLONE_NEWNS) < 0)
        return false;
    for (unsigned i = 0; i < plan->n_mounts; i++)
        if (move_mount(plan->mounts[i], "", AT_FDCWD, plan->targets[i], MOVE_MOUNT_F_EMPTY_PATH) <
            0)
            return false;
    return true;
}

/* What the host unmounts must go away here too, or it stays busy: hence slave, not private. */
static bool private_dev(RvSpawnPlan *plan)
{
    if (plan->dev_fd < 0)
        return true;
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 &&
           move_mount(plan->dev_fd, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH) == 0 &&
           move_mount(plan->pts_fd, "", AT_FDCWD, "/dev/pts", MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

static bool set_limits(RvSpawnPlan *plan)
{
    for (unsigned i = 0; i < plan->n_limits; i++) {
        struct rlimit limit = {plan->limits[i].value, plan->limits[i].value};
        if (setrlimit((__rlimit_resource_t)plan->limits[i].resource, &limit) < 0)
            return false;
    }
    static const struct rlimit no_core = {0, 0};
    return !plan->confine || setrlimit(RLIMIT_CORE, &no_core) == 0;
}

/* Makes *fd a number that no target will overwrite. */
static bool out_of_the_way(int *fd, int first_free)
{
    if (*fd >= first_free)
        return true;
    int copy = fcntl(*fd, F_DUPFD_CLOEXEC, first_free);
    if (copy >= 0)
        *fd = copy;
    return copy >= 0;
}

static bool place_fds(RvSpawnPlan *plan)
{
    int first_free = 3 + plan->n_fds;

    bool clear = out_of_the_way(&plan->report_fd, first_free);
    for (int i = 0; i < 3; i++)
        clear = clear && out_of_the_way(&plan->stdio[i], first_free);
    for (int i = 0; i < plan->n_fds; i++)
        clear = clear && out_of_the_way(&plan->fds[i], first_free);
    if (!clear)
        return false;

    for (int i = 0; i < 3; i++)
        if (dup2(plan->stdio[i], i) < 0)
            return false;
    for (int i = 0; i < plan->n_fds; i++)
        if (dup2(plan->fds[i], 3 + i) < 0)
            return false;

    unsigned report = (unsigned)plan->report_fd;
    return (report == (unsigned)first_free ||
            close_range((unsigned)first_free, report - 1, 0) == 0) &&
           close_range(report + 1, ~0u, 0) == 0;
}

static bool set_directory(RvSpawnPlan *plan)
{
    if (plan->umask >= 0)
        umask((mode_t)plan->umask);
    return chdir("/") == 0;
}

/* Needs CAP_SETPCAP, so while we have it. An ordinary user has none and, with no_new_privs, never
 * gets any: the bounding set then bounds nothing. */
static bool drop_bounding_set(RvSpawnPlan *plan)
{
    for (int cap = 0; plan->confine && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
        ;
    /* Behind the last capability of this kernel there is no other. */
    return !plan->confine || errno == EINVAL || (errno == EPERM && geteuid() != 0);
}

/* The C library's own functions would tell all threads, of which the child has none. */
static bool set_groups(RvSpawnPlan *plan)
{
    return !plan->identity || syscall(SYS_setgroups, 0, NULL) == 0;
}

static bool set_gid(RvSpawnPlan *plan)
{
    return !plan->identity || syscall(SYS_setresgid, plan->gid, plan->gid, plan->gid) == 0;
}

static bool set_uid(RvSpawnPlan *plan)
{
    return !plan->identity || syscall(SYS_setresuid, plan->uid, plan->uid, plan->uid) == 0;
}

/* The ambient set goes with the permitted one. */
static bool drop_capabilities(RvSpawnPlan *plan)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return !plan->confine || syscall(SYS_capset, &header, none) == 0;
}

static bool set_no_new_privs(RvSpawnPlan *plan)
{
    return !plan->confine || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool run_program(RvSpawnPlan *plan)
{
    execve(plan->program, plan->argv, plan->envp);
    return false;
}

static const struct {
    StepFunc func;
    const char *text;
} steps[] = {
    {enter_cgroup, "enter its cgroup"},
    {end_with_parent, "bind its life to ours"},
    {own_session, "open a session"},
    {enter_mounts, "enter its mount namespace"},
    {private_dev, "make a private /dev"},
    {set_limits, "set its limits"},
    {place_fds, "pass its descriptors"},
    {set_directory, "enter the root folder"},
    {drop_bounding_set, "bound its capabilities"},
    {set_groups, "drop supplementary groups"},
    {set_gid, "take on its group"},
    {set_uid, "take on its user"},
    {drop_capabilities, "drop its capabilities"},
    {set_no_new_privs, "set no_new_privs"},
    {reset_signals, "reset its signals"},
    {run_program, "run the program"},
};

const char *rv_spawn_step_text(int step)
{
    return step >= 0 && (size_t)step < sizeof(steps) / sizeof(*steps) ? steps[step].text
                                                                      : "do an unknown step";
}

void rv_spawn_child(RvSpawnPlan *plan)
{
    size_t step = 0;
    while (steps[step].func(plan))
        step++;
    RvSpawnReport report = {(int)step, errno};
    ssize_t written = write(plan->report_fd, &report, sizeof(report));
    _exit(written == sizeof(report) ? 127 : 126);
}
