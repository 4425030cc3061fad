/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/exit.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "drivers/container/cgroup.h"

#ifndef P_PIDFD
# define P_PIDFD 3
#endif

/* linux/pidfd.h of a kernel newer than the headers we may be built with. */
typedef struct {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t ids[11];
    int32_t exit_code;
} PidfdInfo;
#define PIDFD_INFO _IOWR(0xFF, 11, PidfdInfo)
enum { INFO_EXIT = 1 << 3 };

bool container_exit_is_told(void)
{
    struct utsname name;
    unsigned major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
           (major > 6 || (major == 6 && minor >= 15));
}

/* A zombie's last field of /proc/PID/stat; whoever has its pid by now was born later. */
static int status_of_zombie(const RvProcessId *process)
{
    enum { STATE = 0, START_TIME = 19, EXIT_CODE = 49 }; /* counted from behind the name */
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)process->pid);
    g_autofree char *text = rv_file_read(path, 4096, NULL, NULL);
    const char *fields = text ? strrchr(text, ')') : NULL;
    g_auto(GStrv) words = fields ? g_strsplit(g_strchomp(text) ? fields + 2 : "", " ", -1) : NULL;
    if (!words || g_strv_length(words) <= EXIT_CODE || words[STATE][0] != 'Z' ||
        g_ascii_strtoull(words[START_TIME], NULL, 10) != process->start_time)
        return -1;
    return (int)g_ascii_strtoll(words[EXIT_CODE], NULL, 10);
}

int container_exit_status(const RvProcessId *process, int pidfd)
{
    siginfo_t siginfo = {0};
    if (waitid(P_PIDFD, (id_t)pidfd, &siginfo, WEXITED | WNOHANG) == 0 && siginfo.si_pid != 0)
        return siginfo.si_code == CLD_EXITED ? (siginfo.si_status & 0xff) << 8
                                             : siginfo.si_status & 0x7f;
    int status = status_of_zombie(process);
    if (status >= 0)
        return status;
    PidfdInfo info = {.mask = INFO_EXIT};
    if (ioctl(pidfd, PIDFD_INFO, &info) == 0 && (info.mask & INFO_EXIT))
        return info.exit_code;
    return -1;
}

static void reap_one(pid_t pid, const char *name)
{
    siginfo_t siginfo;
    if (container_cgroup_holds(name, pid))
        (void)waitid(P_PID, (id_t)pid, &siginfo, WEXITED | WNOHANG);
}

void container_exit_reap(const char *name)
{
    g_autoptr(GDir) threads = g_dir_open("/proc/self/task", 0, NULL);
    const char *thread;
    while (threads && (thread = g_dir_read_name(threads))) {
        g_autofree char *path = g_strdup_printf("/proc/self/task/%s/children", thread);
        g_autofree char *text = rv_file_read(path, 1 << 20, NULL, NULL);
        g_auto(GStrv) pids = g_strsplit(text ? text : "", " ", -1);
        for (char **pid = pids; *pid; pid++)
            if (**pid)
                reap_one((pid_t)g_ascii_strtoll(*pid, NULL, 10), name);
    }
}
