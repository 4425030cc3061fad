/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/guest.h"
#include "drivers/container/ids.h"

/* ---- Opening -------------------------------------------------------------------------------- */

static int open_root(const ContainerGuest *container, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/root", (int)container->process.pid);
    rv_autofd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot open the container's root");
    return fd >= 0 && container_guest_is_alive(container, error) ? rv_fd_steal(&fd) : -1;
}

/* -1 with errno. */
static int resolve(int root, const char *path, bool nofollow)
{
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int fd;
    do /* EAGAIN: something was renamed meanwhile */
        fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
    while (fd < 0 && errno == EAGAIN);
    return fd;
}

/* Files that are windows into the host's kernel: our rights are not the container's. */
static bool is_kernels(int fd)
{
    static const long magics[] = {PROC_SUPER_MAGIC,    SYSFS_MAGIC,   CGROUP_SUPER_MAGIC,
                                  CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
                                  SECURITYFS_MAGIC,    BPF_FS_MAGIC,  EFIVARFS_MAGIC};
    struct statfs fs;
    bool found = fstatfs(fd, &fs) < 0;
    for (size_t i = 0; i < G_N_ELEMENTS(magics); i++)
        found = found || fs.f_type == magics[i];
    return found;
}

static bool check_place(int fd, const char *path, GError **error)
{
    if (!is_kernels(fd))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_DENIED, "'%s' of the container is a file of the kernel's",
                 path);
    rv_error_remedy(error, "read and write those by `reeve exec`");
    return false;
}

static bool fail(const char *what, const char *path, GError **error)
{
    rv_error_set_errno(error, errno, "cannot %s '%s' of the container", what, path);
    return false;
}

/* A plain file or folder that was looked at, opened for real. */
static int reopen(int fd, int flags)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* ---- Reading -------------------------------------------------------------------------------- */

static bool read_plain(int fd, const char *path, uint64_t offset, size_t max, GByteArray *bytes,
                       GError **error)
{
    rv_autofd int file = reopen(fd, O_RDONLY);
    guint before = bytes->len;
    g_byte_array_set_size(bytes, before + (guint)max);
    ssize_t got = file < 0 ? -1 : pread(file, bytes->data + before, max, (off_t)offset);
    g_byte_array_set_size(bytes, before + (guint)MAX(got, 0));
    return got >= 0 || fail("read", path, error);
}

static bool read_folder(int fd, const char *path, size_t max, GByteArray *bytes, GError **error)
{
    int copy = reopen(fd, O_RDONLY | O_DIRECTORY);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir)
        return fail("read", path, error);
    const struct dirent *entry;
    bool fits = true;
    while (fits && (entry = readdir(dir))) {
        size_t len = strlen(entry->d_name) + 1;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        fits = bytes->len + len <= max;
        if (fits)
            g_byte_array_append(bytes, (const guint8 *)entry->d_name, (guint)len);
    }
    closedir(dir);
    if (!fits)
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED, "'%s' has too many files in it", path);
    return fits;
}

static bool read_link(int fd, const char *path, GByteArray *bytes, GError **error)
{
    char target[4096];
    ssize_t got = readlinkat(fd, "", target, sizeof(target));
    if (got < 0)
        return fail("read", path, error);
    g_byte_array_append(bytes, (const guint8 *)target, (guint)got);
    return true;
}

static bool read_any(int fd, const char *path, uint64_t offset, size_t max, RvFilePiece *ret,
                     GError **error)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail("look at", path, error);
    ret->mode = st.st_mode & 07777;
    ret->size = (uint64_t)st.st_size;
    ret->inode = st.st_ino;
    ret->mtime_ns = st.st_mtim.tv_sec * G_GINT64_CONSTANT(1000000000) + st.st_mtim.tv_nsec;
    ret->kind = S_ISDIR(st.st_mode)   ? RV_FILE_FOLDER
                : S_ISLNK(st.st_mode) ? RV_FILE_LINK
                                      : RV_FILE_PLAIN;
    if (S_ISDIR(st.st_mode))
        return read_folder(fd, path, max, ret->bytes, error);
    if (S_ISLNK(st.st_mode))
        return read_link(fd, path, ret->bytes, error);
    if (S_ISREG(st.st_mode))
        return read_plain(fd, path, offset, max, ret->bytes, error);
    rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED, "'%s' of the container is no plain file",
                 path);
    return false;
}

static bool read_file(RvGuest *guest, const char *path, uint64_t offset, size_t max, bool nofollow,
                      RvFilePiece *ret, GError **error)
{
    rv_autofd int root = open_root(container_guest(guest), error);
    if (root < 0)
        return false;
    rv_autofd int fd = resolve(root, path, nofollow);
    if (fd < 0)
        return fail("find", path, error);
    return check_place(fd, path, error) && read_any(fd, path, offset, max, ret, error);
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* The folder that it stands in, and its name there. */
static int open_parent(int root, const char *path, const char **ret_name, GError **error)
{
    const char *slash = strrchr(path, '/');
    *ret_name = slash ? slash + 1 : path;
    g_autofree char *folder = slash ? g_strndup(path, (gsize)(slash - path) + 1) : g_strdup("/");
    if (!**ret_name || strcmp(*ret_name, ".") == 0 || strcmp(*ret_name, "..") == 0) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' does not name a file", path);
        return -1;
    }
    rv_autofd int fd = resolve(root, folder, false);
    if (fd < 0) {
        (void)fail("find", folder, error);
        return -1;
    }
    return check_place(fd, folder, error) ? rv_fd_steal(&fd) : -1;
}

/* What is there already is looked at first. */
static int open_plain(int root, int parent, const char *name, const RvFileWish *wish,
                      GError **error)
{
    struct stat st;
    int made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                      wish->mode & 0777);
    if (made >= 0 || errno != EEXIST) {
        if (made < 0)
            (void)fail("make", wish->path, error);
        return made;
    }
    rv_autofd int there = resolve(root, wish->path, false);
    if (there < 0 || fstat(there, &st) < 0) {
        (void)fail("find", wish->path, error);
        return -1;
    }
    if (!check_place(there, wish->path, error))
        return -1;
    if (!S_ISREG(st.st_mode)) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED, "'%s' of the container is no plain file",
                     wish->path);
        return -1;
    }
    int fd = reopen(there, O_WRONLY);
    if (fd < 0)
        (void)fail("write", wish->path, error);
    return fd;
}

static bool write_plain(int root, int parent, const char *name, const RvFileWish *wish,
                        GError **error)
{
    struct stat st;
    rv_autofd int fd = open_plain(root, parent, name, wish, error);
    if (fd < 0)
        return false;
    if (wish->offset == 0 && ftruncate(fd, 0) < 0)
        return fail("write", wish->path, error);
    if (fstat(fd, &st) < 0 || (uint64_t)st.st_size != wish->offset) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "'%s' of the container was changed while it was written", wish->path);
        return false;
    }
    if (wish->offset == 0 && fchmod(fd, wish->mode & 0777) < 0)
        return fail("write", wish->path, error);
    return lseek(fd, 0, SEEK_END) >= 0 && rv_fd_write_all(fd, wish->bytes, wish->len, error);
}

static bool make_folder(int root, int parent, const char *name, const RvFileWish *wish,
                        GError **error)
{
    struct stat st;
    if (mkdirat(parent, name, wish->mode & 0777) == 0)
        return true;
    int fault = errno;
    rv_autofd int there = resolve(root, wish->path, false);
    if (fault == EEXIST && there >= 0 && fstat(there, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    errno = fault;
    return fail("make", wish->path, error);
}

static bool write_any(int root, const RvFileWish *wish, GError **error)
{
    const char *name;
    rv_autofd int parent = open_parent(root, wish->path, &name, error);
    if (parent < 0)
        return false;
    if (wish->kind == RV_FILE_PLAIN)
        return write_plain(root, parent, name, wish, error);
    if (wish->kind == RV_FILE_FOLDER)
        return make_folder(root, parent, name, wish, error);
    g_autofree char *target = g_strndup(wish->bytes, wish->len);
    return symlinkat(target, parent, name) == 0 || fail("make", wish->path, error);
}

static bool write_file(RvGuest *guest, const RvFileWish *wish, GError **error)
{
    const ContainerGuest *container = container_guest(guest);
    rv_autofd int root = open_root(container, error);
    if (root < 0)
        return false;
    ContainerIds ids = {0};
    container_ids_of(guest->def, container->range, &ids);
    bool good = container_ids_act_as_root(&ids, error) && write_any(root, wish, error);
    container_ids_clear(&ids);
    container_ids_act_as_ourselves();
    return good;
}

const RvFileOps container_file_ops = {.read = read_file, .write = write_file};
