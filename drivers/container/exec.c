/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "drivers/container/accounts.h"
#include "drivers/container/bundle.h"
#include "drivers/container/console.h"
#include "drivers/container/guest.h"
#include "drivers/container/host.h"
#include "drivers/container/namespace.h"
#include "drivers/container/profile.h"
#include "drivers/container/runtime.h"

#define FOLDER_PREFIX "exec"

enum { BEGIN_MS = 30000, LOOK_MS = 20, MESSAGE_MAX = 4096 };

typedef struct {
    RvGuest *guest;
    const RvExecWish *wish;
    char *folder;  /* of this one; goes when it runs */
    int listener;
    int given[3];  /* the program's ends of the pipes */
    RvExecution *ret;
} Beginning;

static void beginning_clear(Beginning *beginning)
{
    if (beginning->folder && !rv_dir_remove(beginning->folder, NULL))
        errno = 0; /* it goes with the container's own folder */
    g_free(beginning->folder);
    rv_fd_close(&beginning->listener);
    for (int i = 0; i < 3; i++)
        rv_fd_close(&beginning->given[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Beginning, beginning_clear)

static void execution_clear(RvExecution *execution)
{
    int *const fds[] = {&execution->input, &execution->output, &execution->errors,
                        &execution->runner, &execution->program};
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        rv_fd_close(fds[i]);
}

static bool make_folder(Beginning *beginning, GError **error)
{
    static int number; /* atomic */
    g_autofree char *own = container_guest_folder(beginning->guest);
    g_autofree char *path =
        g_strdup_printf("%s/" FOLDER_PREFIX "%d", own, g_atomic_int_add(&number, 1));
    if (!rv_dir_remove(path, error))
        return false;
    if (mkdir(path, 0700) < 0) {
        rv_error_set_errno(error, errno, "cannot make '%s'", path);
        return false;
    }
    beginning->folder = g_steal_pointer(&path);
    return true;
}

void container_exec_forget(const ContainerGuest *container)
{
    g_autoptr(GDir) dir = g_dir_open(container->folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(container->folder, name, NULL);
        g_autofree char *gone = g_build_filename(container->folder, "gone", NULL);
        g_autoptr(GError) error = NULL;
        if (!g_str_has_prefix(name, FOLDER_PREFIX))
            continue;
        /* A runtime that lives on may be about to write its pid there. */
        const char *rest = rename(path, gone) == 0 ? gone : path;
        if (!rv_dir_remove(rest, &error))
            rv_log_warning("container '%s': %s", container->guest->def->name, error->message);
    }
}

/* ---- What the runtime is told --------------------------------------------------------------- */

static json_t *texts(char *const *list)
{
    json_t *array = json_array();
    for (; *list; list++)
        json_array_append_new(array, json_string(*list));
    return array;
}

static json_t *environment(const Beginning *beginning)
{
    json_t *env = container_bundle_environment(beginning->guest);
    if (beginning->wish->terminal)
        container_bundle_set_variable(env, "TERM", "xterm");
    for (char *const *text = beginning->wish->env; text && *text; text++) {
        const char *equals = strchr(*text, '=');
        if (!equals)
            continue;
        g_autofree char *name = g_strndup(*text, (gsize)(equals - *text));
        container_bundle_set_variable(env, name, equals + 1);
    }
    return env;
}

static bool find_user(const Beginning *beginning, unsigned *ret_uid, unsigned *ret_gid,
                      GError **error)
{
    const RvDomainDef *def = beginning->guest->def;
    const RvExecWish *wish = beginning->wish;
    bool own = wish->user || wish->group;
    g_autofree char *root = g_strdup_printf(
        "/proc/%d/root", (int)container_guest(beginning->guest)->process.pid);
    return container_accounts_find(root, own ? wish->user : def->os.init_user,
                                   own ? wish->group : def->os.init_group, ret_uid, ret_gid,
                                   error);
}

/* Numbers, not names: the runtime is not to look anything up in files of the container's. */
static bool write_process(const Beginning *beginning, GError **error)
{
    unsigned uid, gid;
    const RvDomainDef *def = beginning->guest->def;
    const char *dir = beginning->wish->dir ? beginning->wish->dir : def->os.init_dir;
    g_autofree char *path = g_build_filename(beginning->folder, "process.json", NULL);
    if (!find_user(beginning, &uid, &gid, error))
        return false;
    json_auto_t *process =
        json_pack("{s:b, s:{s:I, s:I}, s:o, s:o, s:s, s:o, s:b, s:s*}", "terminal",
                  beginning->wish->terminal, "user", "uid", (json_int_t)uid, "gid", (json_int_t)gid,
                  "args", texts(beginning->wish->args), "env", environment(beginning), "cwd",
                  dir ? dir : "/", "capabilities", container_profile_capabilities(def),
                  "noNewPrivileges", !container_profile_is_privileged(def), "apparmorProfile",
                  container_profile_apparmor(def));
    g_autofree char *text = process ? json_dumps(process, JSON_COMPACT) : NULL;
    if (text)
        return rv_file_replace(path, 0600, text, strlen(text), error);
    rv_error_set(error, RV_ERR_INVALID_ARG, "what is to be run is not UTF-8");
    return false;
}

/* ---- Its ends ------------------------------------------------------------------------------- */

static bool make_pipe(int *ret_read, int *ret_write, GError **error)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0) {
        rv_error_set_errno(error, errno, "cannot make a pipe");
        return false;
    }
    *ret_read = fds[0];
    *ret_write = fds[1];
    return true;
}

static bool make_pipes(Beginning *beginning, GError **error)
{
    RvExecution *ret = beginning->ret;
    return make_pipe(&beginning->given[0], &ret->input, error) &&
           make_pipe(&ret->output, &beginning->given[1], error) &&
           make_pipe(&ret->errors, &beginning->given[2], error) &&
           rv_fd_set_nonblocking(ret->input, error) && rv_fd_set_nonblocking(ret->output, error) &&
           rv_fd_set_nonblocking(ret->errors, error);
}

/* Errors of the runtime come by the program's own standard error. */
static RvSpawn *describe(Beginning *beginning, GError **error)
{
    RvSpawn *spawn = container_runtime_lasting(beginning->guest, "exec", error);
    if (!spawn)
        return NULL;
    rv_spawn_arg(spawn, "--pid-file");
    rv_spawn_arg_format(spawn, "%s/pid", beginning->folder);
    rv_spawn_arg(spawn, "--process");
    rv_spawn_arg_format(spawn, "%s/process.json", beginning->folder);
    if (beginning->wish->terminal) {
        g_autofree char *socket = container_console_socket(beginning->folder);
        rv_spawn_arg(spawn, "--tty");
        rv_spawn_arg(spawn, "--console-socket");
        rv_spawn_arg(spawn, socket);
    } else {
        rv_spawn_input(spawn, rv_fd_steal(&beginning->given[0]));
        rv_spawn_output(spawn, rv_fd_steal(&beginning->given[1]));
    }
    rv_spawn_errors(spawn, rv_fd_steal(&beginning->given[2]));
    g_autofree char *id = container_guest_id(beginning->guest);
    rv_spawn_arg(spawn, id);
    return spawn;
}

/* ---- The beginning -------------------------------------------------------------------------- */

static bool fail(const Beginning *beginning, GError **error)
{
    char text[MESSAGE_MAX];
    ssize_t n = read(beginning->ret->errors, text, sizeof(text) - 1);
    text[MAX(n, 0)] = '\0';
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "cannot run '%s' in the container '%s': %s",
                 beginning->wish->args[0], beginning->guest->def->name,
                 *text ? g_strchomp(text)
                       : "it "
                         "has ended at once");
    return false;
}

/* Once the program runs its pid stands in the file; until then the runtime may still fail. */
static bool await_program(Beginning *beginning, GError **error)
{
    g_autofree char *path = g_build_filename(beginning->folder, "pid", NULL);
    for (int waited = 0; waited < BEGIN_MS; waited += LOOK_MS) {
        struct pollfd runner = {.fd = beginning->ret->runner, .events = POLLIN};
        bool ended = poll(&runner, 1, 0) == 1; /* its exit code is for whoever waits for it */
        g_autofree char *text = rv_file_read(path, 32, NULL, NULL);
        RvProcessId id = {.pid = text ? (pid_t)g_ascii_strtoull(text, NULL, 10) : 0};
        if (id.pid > 0 && rv_process_start_time(id.pid, &id.start_time, NULL))
            beginning->ret->program = rv_process_open(&id, NULL);
        if (id.pid > 0)
            return true;
        if (ended)
            return fail(beginning, error);
        (void)poll(&runner, 1, LOOK_MS);
    }
    rv_error_set(error, RV_ERR_OPERATION_TIMEOUT, "the runtime does not begin '%s'",
                 beginning->wish->args[0]);
    return false;
}

static bool take_terminal(Beginning *beginning, GError **error)
{
    RvExecution *ret = beginning->ret;
    if (!beginning->wish->terminal)
        return true;
    rv_fd_close(&ret->input);
    rv_fd_close(&ret->output);
    ret->output = container_console_receive(beginning->listener, NULL);
    if (ret->output < 0)
        return fail(beginning, error);
    return rv_fd_set_nonblocking(ret->output, error);
}

static bool begin(Beginning *beginning, GError **error)
{
    RvProcessId runner;
    if (!make_folder(beginning, error) || !write_process(beginning, error) ||
        !make_pipes(beginning, error))
        return false;
    if (beginning->wish->terminal) {
        beginning->listener = container_console_listen(beginning->folder, error);
        if (beginning->listener < 0)
            return false;
    }
    g_autoptr(RvSpawn) spawn = describe(beginning, error);
    return spawn && rv_spawn_start(spawn, &runner, &beginning->ret->runner, error) &&
           take_terminal(beginning, error) && await_program(beginning, error);
}

static bool check_running(const RvGuest *guest, GError **error)
{
    const ContainerCgroups *cgroups = container_host(guest->host)->cgroups;
    if (!container_cgroup_is_frozen(cgroups, container_guest(guest)->cgroup))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "the container '%s' is paused", guest->def->name);
    rv_error_remedy(error, "let it go on: reeve resume %s", guest->def->name);
    return false;
}

static bool start(RvGuest *guest, const RvExecWish *wish, RvExecution *ret, GError **error)
{
    *ret = (RvExecution){-1, -1, -1, -1, -1};
    if (!check_running(guest, error))
        return false;
    g_auto(Beginning) beginning = {
        .guest = guest,
        .wish = wish,
        .listener = -1,
        .given = {-1, -1, -1},
        .ret = ret,
    };
    if (begin(&beginning, error))
        return true;
    if (ret->runner >= 0 && rv_process_signal(ret->runner, SIGKILL, NULL))
        (void)rv_process_wait(ret->runner, -1, NULL);
    execution_clear(ret);
    return false;
}

static bool open_namespaces(RvGuest *guest, GArray *fds, GError **error)
{
    const ContainerGuest *container = container_guest(guest);
    return container_namespace_open_all(container->process.pid, fds, error) &&
           container_guest_is_alive(container, error);
}

const RvExecOps container_exec_ops = {.start = start, .namespaces = open_namespaces};
