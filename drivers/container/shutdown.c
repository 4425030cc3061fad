/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/shutdown.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/signal-name.h"
#include "drivers/container/guest.h"
#include "drivers/container/image/use.h"

/* What each init takes for "power off" and "reboot". */
typedef struct {
    const char *program; /* the file name of what runs as the first process */
    int power_off, reboot;
    bool by_handler; /* others of that name have none for these */
} Init;

static const Init *inits(size_t *ret_n)
{
    static Init table[] = {
        {"systemd", 3, 5}, /* from SIGRTMIN on, which is no constant */
        {"busybox", SIGUSR2, SIGTERM},
        {"runit", SIGCONT, SIGCONT},
        {"lxc-init", SIGPWR, SIGINT},
        {"openrc-init", SIGUSR1, SIGUSR2},
        {"init", SIGPWR, SIGINT, true}, /* sysvinit's, whose table says what they do */
    };
    static gsize done;
    if (g_once_init_enter(&done)) {
        table[0].power_off += SIGRTMIN;
        table[0].reboot += SIGRTMIN;
        g_once_init_leave(&done, 1);
    }
    *ret_n = G_N_ELEMENTS(table);
    return table;
}

/* Whether its first process has a handler. */
static bool handles(const ContainerGuest *container, int signum)
{
    static const char field[] = "\nSigCgt:";
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)container->process.pid);
    g_autofree char *text = rv_file_read(path, 65536, NULL, NULL);
    const char *at = text ? strstr(text, field) : NULL;
    guint64 handled = at ? g_ascii_strtoull(at + strlen(field), NULL, 16) : 0;
    return handled >> (signum - 1) & 1;
}

static int signal_for(const ContainerGuest *container, bool reboot)
{
    const RvRun *run = container->guest->def->run;
    const char *own = run && run->stop ? run->stop->signal : NULL;
    int wanted = reboot ? 0
                 : own  ? rv_signal_from_name(own)
                        : container_image_stop_signal(container->guest);
    if (wanted > 0)
        return wanted;
    g_autofree char *link = g_strdup_printf("/proc/%d/exe", (int)container->process.pid);
    g_autofree char *program = g_file_read_link(link, NULL);
    g_autofree char *name = program ? g_path_get_basename(program) : NULL;
    size_t n;
    const Init *table = inits(&n);
    for (size_t i = 0; i < n; i++) {
        int signum = reboot ? table[i].reboot : table[i].power_off;
        if (g_strcmp0(name, table[i].program) == 0 &&
            (!table[i].by_handler || handles(container, signum)))
            return signum;
    }
    return reboot ? SIGINT : SIGTERM;
}

/* ---- sysvinit's FIFO ------------------------------------------------------------------------ */

/* initreq.h of sysvinit: 384 bytes in all. */
typedef struct {
    int32_t magic, command, run_level, sleep_time;
    char rest[368];
} InitRequest;
enum { INIT_MAGIC = 0x03091969, INIT_RUN_LEVEL = 1 };

/* In the container's own root, from which no link leads out. */
static int open_fifo(const ContainerGuest *container)
{
    static const char *const names[] = {"run/initctl", "dev/initctl", "etc/.initctl"};
    g_autofree char *path = g_strdup_printf("/proc/%d/root", (int)container->process.pid);
    rv_autofd int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct open_how how = {
        .flags = O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    for (size_t i = 0; root >= 0 && i < G_N_ELEMENTS(names); i++) {
        struct stat st;
        rv_autofd int fd = (int)syscall(SYS_openat2, root, names[i], &how, sizeof(how));
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
            return rv_fd_steal(&fd);
    }
    return -1;
}

static bool write_fifo(const ContainerGuest *container, bool reboot)
{
    const InitRequest request = {INIT_MAGIC, INIT_RUN_LEVEL, reboot ? '6' : '0', 0, {0}};
    rv_autofd int fd = open_fifo(container);
    return fd >= 0 && write(fd, &request, sizeof(request)) == (ssize_t)sizeof(request);
}

/* ---- Both ----------------------------------------------------------------------------------- */

static bool ask(RvGuest *guest, RvPowerMethod how, bool reboot, GError **error)
{
    ContainerGuest *container = container_guest(guest);
    const RvRun *run = guest->def->run;
    bool by_signal = run && run->stop && run->stop->signal && !reboot;
    if (how & ~(unsigned)(RV_POWER_INITCTL | RV_POWER_SIGNAL)) {
        rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED,
                     "containers are asked by a signal or by initctl only");
        rv_error_remedy(error, "leave the mode out, or use --mode signal or --mode initctl");
        return false;
    }
    g_atomic_int_set(&container->asked, !reboot);
    if (((how == RV_POWER_DEFAULT && !by_signal) || (how & RV_POWER_INITCTL)) &&
        write_fifo(container, reboot))
        return true;
    if (how == RV_POWER_INITCTL) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "the container's init does not listen at an initctl");
        return false;
    }
    return rv_process_signal(container->pidfd, signal_for(container, reboot), error);
}

bool container_shut_down(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    return ask(guest, how, false, error);
}

bool container_reboot(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    return ask(guest, how, true, error);
}
