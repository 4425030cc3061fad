/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/spawn-child.h"
#include "base/spawn-dev.h"

/* From the fork to the exec; a program on a network file system may take its time. */
enum { EXEC_TIMEOUT_MS = 30000, KILL_TIMEOUT_MS = 5000 };

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct RvSpawn {
    GPtrArray *args; /* ends with NULL */
    GPtrArray *env;  /* "NAME=value" */
    GArray *fds;
    GArray *limits; /* RvSpawnLimit */
    int input;
    int output;
    int errors;
    bool identity;
    uid_t uid;
    gid_t gid;
    bool confine;
    bool private_dev;
    char **devices;
    uid_t dev_owner;
    gid_t dev_group;
    const RvCgroup *cgroup;
    int mount_namespace;
    GArray *mounts;     /* int */
    GPtrArray *targets; /* where they stand */
    bool end_with_us;
    int umask; /* -1: not said */
};

static void close_element(void *fd)
{
    rv_fd_close(fd);
}

RvSpawn *rv_spawn_new(const char *program)
{
    RvSpawn *spawn = g_new0(RvSpawn, 1);
    spawn->args = g_ptr_array_new_null_terminated(8, g_free, TRUE);
    g_ptr_array_add(spawn->args, g_strdup(program));
    spawn->env = g_ptr_array_new_null_terminated(4, g_free, TRUE);
    spawn->fds = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_set_clear_func(spawn->fds, close_element);
    spawn->limits = g_array_new(FALSE, FALSE, sizeof(RvSpawnLimit));
    spawn->input = spawn->output = spawn->errors = -1;
    spawn->mount_namespace = spawn->umask = -1;
    spawn->mounts = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_set_clear_func(spawn->mounts, close_element);
    spawn->targets = g_ptr_array_new_with_free_func(g_free);
    return spawn;
}

static void close_given(RvSpawn *spawn)
{
    g_array_set_size(spawn->fds, 0);
    rv_fd_close(&spawn->input);
    rv_fd_close(&spawn->output);
    rv_fd_close(&spawn->errors);
    rv_fd_close(&spawn->mount_namespace);
    g_array_set_size(spawn->mounts, 0);
    g_ptr_array_set_size(spawn->targets, 0);
}

void rv_spawn_free(RvSpawn *spawn)
{
    if (!spawn)
        return;
    close_given(spawn);
    g_ptr_array_unref(spawn->args);
    g_ptr_array_unref(spawn->env);
    g_array_unref(spawn->fds);
    g_array_unref(spawn->limits);
    g_array_unref(spawn->mounts);
    g_ptr_array_unref(spawn->targets);
    g_strfreev(spawn->devices);
    g_free(spawn);
}

void rv_spawn_arg(RvSpawn *spawn, const char *arg)
{
    g_ptr_array_add(spawn->args, g_strdup(arg));
}

void rv_spawn_arg_format(RvSpawn *spawn, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(spawn->args, g_strdup_vprintf(format, args));
    va_end(args);
}

const char *const *rv_spawn_args(const RvSpawn *spawn)
{
    return (const char *const *)spawn->args->pdata;
}

void rv_spawn_env(RvSpawn *spawn, const char *name, const char *value)
{
    g_ptr_array_add(spawn->env, g_strconcat(name, "=", value, NULL));
}

int rv_spawn_pass_fd(RvSpawn *spawn, int fd)
{
    g_array_append_val(spawn->fds, fd);
    return 2 + (int)spawn->fds->len;
}

void rv_spawn_input(RvSpawn *spawn, int fd)
{
    rv_fd_close(&spawn->input);
    spawn->input = fd;
}

void rv_spawn_output(RvSpawn *spawn, int fd)
{
    rv_fd_close(&spawn->output);
    spawn->output = fd;
}

void rv_spawn_errors(RvSpawn *spawn, int fd)
{
    rv_fd_close(&spawn->errors);
    spawn->errors = fd;
}

void rv_spawn_identity(RvSpawn *spawn, uid_t uid, gid_t gid)
{
    spawn->identity = true;
    spawn->uid = uid;
    spawn->gid = gid;
}

void rv_spawn_confine(RvSpawn *spawn)
{
    spawn->confine = true;
}

void rv_spawn_private_dev(RvSpawn *spawn, const char *const *devices, uid_t owner, gid_t group)
{
    spawn->private_dev = true;
    g_strfreev(spawn->devices);
    spawn->devices = g_strdupv((char **)devices);
    spawn->dev_owner = owner;
    spawn->dev_group = group;
}

void rv_spawn_umask(RvSpawn *spawn, mode_t mask)
{
    spawn->umask = (int)mask;
}

void rv_spawn_mount_namespace(RvSpawn *spawn, int fd)
{
    rv_fd_close(&spawn->mount_namespace);
    spawn->mount_namespace = fd;
}

void rv_spawn_attach(RvSpawn *spawn, int mount, const char *path)
{
    g_array_append_val(spawn->mounts, mount);
    g_ptr_array_add(spawn->targets, g_strdup(path));
}

void rv_spawn_end_with_us(RvSpawn *spawn)
{
    spawn->end_with_us = true;
}

void rv_spawn_cgroup(RvSpawn *spawn, const RvCgroup *cgroup)
{
    spawn->cgroup = cgroup;
}

void rv_spawn_limit(RvSpawn *spawn, int resource, uint64_t value)
{
    RvSpawnLimit limit = {resource, value};
    g_array_append_val(spawn->limits, limit);
}

/* What the parent makes for one start and closes after it. */
typedef struct {
    char *program;
    int null;
    int dev;
    int pts;
    int unified;
    int v1[RV_CGROUP_V1_MAX];
    unsigned n_v1;
    int report[2]; /* read here, written by the child */
} Parts;

static void parts_clear(Parts *parts)
{
    g_free(parts->program);
    rv_fd_close(&parts->null);
    rv_fd_close(&parts->dev);
    rv_fd_close(&parts->pts);
    rv_fd_close(&parts->unified);
    for (unsigned i = 0; i < parts->n_v1; i++)
        rv_fd_close(&parts->v1[i]);
    rv_fd_close(&parts->report[0]);
    rv_fd_close(&parts->report[1]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

static bool parts_make(const RvSpawn *spawn, Parts *parts, GError **error)
{
    const char *program = g_ptr_array_index(spawn->args, 0);
    parts->program = g_find_program_in_path(program);
    if (!parts->program && !strchr(program, '/')) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "there is no program '%s' in PATH", program);
        return false;
    }
    if (!parts->program || *parts->program != '/') {
        g_free(parts->program); /* where it is bad, the child says what is wrong with it */
        parts->program = g_canonicalize_filename(program, NULL);
    }

    parts->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (parts->null < 0 || pipe2(parts->report, O_CLOEXEC) < 0) {
        rv_error_set_errno(error, errno, "cannot prepare for '%s'", program);
        return false;
    }
    if (spawn->cgroup && (!rv_cgroup_open_unified(spawn->cgroup, &parts->unified, error) ||
                          !rv_cgroup_open_v1(spawn->cgroup, parts->v1, &parts->n_v1, error)))
        return false;
    return !spawn->private_dev ||
           rv_spawn_dev_make((const char *const *)spawn->devices, spawn->dev_owner,
                             spawn->dev_group, &parts->dev, &parts->pts, error);
}

static bool sets_path(const RvSpawn *spawn)
{
    for (guint i = 0; i < spawn->env->len; i++)
        if (g_str_has_prefix(g_ptr_array_index(spawn->env, i), "PATH="))
            return true;
    return false;
}

static RvSpawnPlan make_plan(RvSpawn *spawn, const Parts *parts)
{
    if (!sets_path(spawn)) {
        const char *path = g_getenv("PATH");
        rv_spawn_env(spawn, "PATH", path ? path : DEFAULT_PATH);
    }
    int output = spawn->output >= 0 ? spawn->output : parts->null;
    return (RvSpawnPlan){
        .program = parts->program,
        .argv = (char *const *)spawn->args->pdata,
        .envp = (char *const *)spawn->env->pdata,
        .fds = (int *)(void *)spawn->fds->data,
        .n_fds = (int)spawn->fds->len,
        .stdio = {spawn->input >= 0 ? spawn->input : parts->null, output,
                  spawn->errors >= 0 ? spawn->errors : output},
        .unified_fd = parts->unified,
        .v1_fds = parts->v1,
        .n_v1 = parts->unified < 0 ? parts->n_v1 : 0,
        .mount_namespace_fd = spawn->mount_namespace,
        .mounts = (const int *)(void *)spawn->mounts->data,
        .targets = (const char *const *)spawn->targets->pdata,
        .n_mounts = spawn->mounts->len,
        .parent = spawn->end_with_us ? getpid() : 0,
        .dev_fd = parts->dev,
        .pts_fd = parts->pts,
        .limits = (const RvSpawnLimit *)(void *)spawn->limits->data,
        .n_limits = spawn->limits->len,
        .umask = spawn->umask >= 0 ? spawn->umask : spawn->confine ? 077 : -1,
        .confine = spawn->confine,
        .identity = spawn->identity,
        .uid = spawn->uid,
        .gid = spawn->gid,
        .report_fd = parts->report[1],
    };
}

/* Where a sandbox around us knows clone3() not: two system calls more. */
static pid_t fork_plainly(RvSpawnPlan *plan, int *ret_pidfd)
{
    pid_t pid = fork();
    if (pid == 0)
        rv_spawn_child(plan);
    if (pid > 0) {
        *ret_pidfd = pidfd_open(pid, 0);
        if (*ret_pidfd < 0) {
            int saved = errno;
            kill(pid, SIGKILL);
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
            errno = saved;
            return -1;
        }
    }
    return pid;
}

/* No signal handler of ours may run in the child, hence none is let in before it has reset them. */
static pid_t launch(RvSpawnPlan *plan, int *ret_pidfd)
{
    struct clone_args args = {
        .flags = CLONE_PIDFD,
        .pidfd = (uintptr_t)ret_pidfd,
        .exit_signal = SIGCHLD,
    };
    if (plan->unified_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (unsigned)plan->unified_fd;
    }

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0) {
        plan->unified_fd = -1; /* in it already */
        rv_spawn_child(plan);
    }
    if (pid < 0 && (errno == ENOSYS || errno == EPERM))
        pid = fork_plainly(plan, ret_pidfd);
    int saved = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return pid;
}

/* The pipe ends without a word when exec closes it. */
static bool await_exec(const RvSpawn *spawn, int report_fd, GError **error)
{
    const char *program = g_ptr_array_index(spawn->args, 0);
    struct pollfd ready = {.fd = report_fd, .events = POLLIN};
    RvSpawnReport report;
    ssize_t got;

    int polled = poll(&ready, 1, EXEC_TIMEOUT_MS);
    while (polled < 0 && errno == EINTR)
        polled = poll(&ready, 1, EXEC_TIMEOUT_MS);
    if (polled == 0) {
        rv_error_set(error, RV_ERR_OPERATION_TIMEOUT, "'%s' has not started after %d s", program,
                     EXEC_TIMEOUT_MS / 1000);
        return false;
    }
    do
        got = read(report_fd, &report, sizeof(report));
    while (got < 0 && errno == EINTR);
    if (got == sizeof(report)) {
        rv_error_set_errno(error, report.errnum, "cannot start '%s': cannot %s", program,
                           rv_spawn_step_text(report.step));
        return false;
    }
    return true;
}

/*
 * A move into a v1 cgroup waits for an RCU grace period, in which the program gets ahead with its
 * start. Where there is no unified cgroup to hold what it forks meanwhile, the child has gone there
 * by itself before the program began.
 */
static bool move_into_v1(const Parts *parts, pid_t pid, GError **error)
{
    char text[16];
    int len = g_snprintf(text, sizeof(text), "%d", (int)pid);
    for (unsigned i = 0; parts->unified >= 0 && i < parts->n_v1; i++) {
        if (write(parts->v1[i], text, (size_t)len) < 0 && errno != ESRCH) {
            rv_error_set_errno(error, errno, "cannot move '%s' into its cgroup", parts->program);
            return false;
        }
    }
    return true;
}

bool rv_spawn_start(RvSpawn *spawn, RvProcessId *ret_id, int *ret_pidfd, GError **error)
{
    g_auto(Parts) parts = {.null = -1, .dev = -1, .pts = -1, .unified = -1, .report = {-1, -1}};
    if (!parts_make(spawn, &parts, error))
        return false;

    RvSpawnPlan plan = make_plan(spawn, &parts);
    rv_autofd int pidfd = -1;
    pid_t pid = launch(&plan, &pidfd);
    if (pid < 0) {
        rv_error_set_errno(error, errno, "cannot fork for '%s'", parts.program);
        return false;
    }
    rv_fd_close(&parts.report[1]);

    uint64_t start_time;
    if (!move_into_v1(&parts, pid, error) || !await_exec(spawn, parts.report[0], error) ||
        !rv_process_start_time(pid, &start_time, error)) {
        (void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
        rv_process_wait(pidfd, KILL_TIMEOUT_MS, NULL);
        return false;
    }
    close_given(spawn);
    if (ret_id)
        *ret_id = (RvProcessId){pid, start_time};
    if (ret_pidfd)
        *ret_pidfd = rv_fd_steal(&pidfd);
    return true;
}
