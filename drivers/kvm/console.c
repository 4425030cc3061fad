/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/console.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/kvm/guest.h"
#include "drivers/kvm/socket.h"

#define PTS "/dev/pts/"

enum { PTMX_MINOR = 2 }; /* /dev/ptmx, in Linux's devices.txt */

bool kvm_console_is_terminal_path(const char *path)
{
    if (!g_str_has_prefix(path, PTS))
        return false;
    const char *number = path + strlen(PTS);
    size_t len = strlen(number);
    return len > 0 && len < 10 && strspn(number, "0123456789") == len;
}

/* The first console that has something to show, or the device of an alias. */
static const RvChardev *find(const RvDomainDef *def, const char *alias)
{
    GPtrArray *const lists[] = {def->consoles, def->serials, def->parallels, def->channels};
    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++) {
        for (guint i = 0; i < lists[list]->len; i++) {
            const RvChardev *chardev = g_ptr_array_index(lists[list], i);
            bool open =
                chardev->source.type == RV_CHARDEV_PTY || chardev->source.type == RV_CHARDEV_UNIX;
            if (alias ? g_strcmp0(chardev->device.alias, alias) == 0 : open && list < 2)
                return chardev;
        }
    }
    return NULL;
}

/* The terminal's other end belongs to the emulator. A path is only a name: what is opened must be a
 * terminal, and this guest's own. */
static bool check_terminal(const KvmGuest *kvm, int fd, const char *path, GError **error)
{
    struct stat st;
    struct statfs fs;
    uid_t uid = kvm->uid ? kvm->uid : geteuid();
    bool good = fstat(fd, &st) == 0 && fstatfs(fd, &fs) == 0 && S_ISCHR(st.st_mode) &&
                fs.f_type == DEVPTS_SUPER_MAGIC && st.st_uid == uid;
    if (!good)
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "'%s' is not a terminal of this guest (its user is %u)", path, (unsigned)uid);
    return good;
}

/* ---- The terminal's other end ---------------------------------------------------------------- */

static bool is_master_of(int fd, unsigned terminal)
{
    struct stat st;
    unsigned number;
    return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
           st.st_rdev == makedev(TTYAUX_MAJOR, PTMX_MINOR) && ioctl(fd, TIOCGPTN, &number) == 0 &&
           number == terminal;
}

/* The kernel throws away what is unread of a terminal when the last descriptor of its other end is
 * closed. A copy of the emulator's outlives it. -1 where we may not have one: not as another user
 * than root, mostly. */
static int copy_master(const KvmGuest *kvm, const char *path)
{
    unsigned terminal = (unsigned)g_ascii_strtoull(path + strlen(PTS), NULL, 10);
    g_autofree char *folder = g_strdup_printf("/proc/%d/fd", (int)kvm->process.pid);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        int number = (int)g_ascii_strtoull(name, NULL, 10);
        rv_autofd int fd = pidfd_getfd(kvm->pidfd, number, 0);
        if (fd >= 0 && is_master_of(fd, terminal))
            return rv_fd_steal(&fd);
    }
    return -1;
}

static int open_terminal(const KvmGuest *kvm, const char *path, int *ret_keep, GError **error)
{
    if (!path || !kvm_console_is_terminal_path(path)) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the console has no terminal");
        return -1;
    }
    rv_autofd int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot open the console '%s'", path);
        return -1;
    }
    if (!check_terminal(kvm, fd, path, error))
        return -1;
    struct termios mode;
    if (tcgetattr(fd, &mode) < 0) {
        rv_error_set_errno(error, errno, "cannot use the console '%s'", path);
        return -1;
    }
    cfmakeraw(&mode);
    if (tcsetattr(fd, TCSANOW, &mode) < 0) {
        rv_error_set_errno(error, errno, "cannot use the console '%s'", path);
        return -1;
    }
    *ret_keep = copy_master(kvm, path);
    return rv_fd_steal(&fd);
}

static int open_console(RvGuest *guest, const char *alias, int *ret_keep, GError **error)
{
    const KvmGuest *kvm = kvm_guest(guest);
    const RvChardev *console = find(guest->def, alias);
    if (!console) {
        rv_error_set(error, RV_ERR_INTERNAL, "cannot find character device %s",
                     alias ? alias : "<null>");
        return -1;
    }
    if (console->source.type == RV_CHARDEV_PTY)
        return open_terminal(kvm, console->source.path, ret_keep, error);
    if (console->source.type == RV_CHARDEV_UNIX) {
        rv_autofd int fd = kvm_socket_connect(kvm->folder, console->device.alias, error);
        uid_t uid = kvm->uid ? kvm->uid : geteuid();
        if (fd < 0 || !kvm_socket_check_peer(fd, kvm->process.pid, uid, error))
            return -1;
        return rv_fd_steal(&fd);
    }
    rv_error_set(error, RV_ERR_INTERNAL, "character device %s is not using a PTY",
                 console->device.alias);
    return -1;
}

const RvConsoleOps kvm_console_ops = {.open = open_console};
