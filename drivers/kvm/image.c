/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define MAX_BOOT_FILE (1024LL * 1024 * 1024)

/* ---- Why a file does not open ------------------------------------------------------------- */

static char *describe(const char *path, const struct stat *st)
{
    return g_strdup_printf("'%s' (%s, mode %04o, uid %u, gid %u)", path,
                           S_ISDIR(st->st_mode) ? "directory" : "file",
                           (unsigned)st->st_mode & 07777, (unsigned)st->st_uid,
                           (unsigned)st->st_gid);
}

/* The first component of the path that explains `errnum`, in words; NULL: none does. */
static char *explain(const char *path, int errnum, bool writes)
{
    struct stat st;
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        g_autofree char *part = g_strndup(path, (gsize)(slash - path));
        if (stat(part, &st) < 0)
            return g_strdup_printf("'%s': %s", part, g_strerror(errno));
        g_autofree char *described = describe(part, &st);
        if (!S_ISDIR(st.st_mode))
            return g_strdup_printf("%s is not a directory", described);
        if (errnum == EACCES && faccessat(AT_FDCWD, part, X_OK, AT_EACCESS) < 0)
            return g_strdup_printf("%s cannot be passed by uid %u: search permission is missing",
                                   described, (unsigned)geteuid());
    }
    if (stat(path, &st) < 0)
        return errno == ENOENT ? g_strdup("it does not exist, its directory does") : NULL;
    g_autofree char *described = describe(path, &st);
    if (errnum == EACCES)
        return g_strdup_printf("%s cannot be %s by uid %u", described, writes ? "written" : "read",
                               (unsigned)geteuid());
    if (errnum == EROFS)
        return g_strdup_printf("%s is on a file system that is mounted read-only", described);
    return NULL;
}

static void set_open_error(GError **error, int errnum, const char *what, const char *path,
                           bool writes)
{
    g_autofree char *why = explain(path, errnum, writes);
    rv_error_set_errno(error, errnum, "cannot open %s '%s' for %s%s%s", what, path,
                       writes ? "writing" : "reading", why ? ": " : "", why ? why : "");
    if (writes && (errnum == EROFS || errnum == EACCES))
        rv_error_remedy(error, "give the disk <readonly/>, or make the file writable");
    else if (errnum == ENOENT)
        rv_error_remedy(error, "create it, or correct the path in the definition");
}

/* ---- Disks -------------------------------------------------------------------------------- */

static uint64_t big_endian(const unsigned char *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* Of a qcow2 header only two fields at fixed places are looked at: whether it refers to another
 * file. Everything else is the confined emulator's to find out. */
static bool check_alone(int fd, const RvDisk *disk, GError **error)
{
    enum { BACKING_OFFSET = 8, INCOMPATIBLE = 72, HEADER = 80, EXTERNAL_DATA = 1 << 2 };
    unsigned char header[HEADER];
    if (disk->source.format != RV_DISK_QCOW2)
        return true;
    ssize_t n = pread(fd, header, HEADER, 0);
    if (n < HEADER || memcmp(header, "QFI\xfb", 4) != 0) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is not a qcow2 image",
                     disk->source.path);
        rv_error_remedy(error, "say <driver type='raw'/> if it is a raw one");
        return false;
    }
    bool external = big_endian(header + 4, 4) >= 3 &&
                    (big_endian(header + INCOMPATIBLE, 8) & EXTERNAL_DATA);
    if (big_endian(header + BACKING_OFFSET, 8) != 0 || external) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "'%s' has %s, which is not followed unless the definition lists it",
                     disk->source.path, external ? "an external data file" : "a backing file");
        rv_error_remedy(error, "make it independent: qemu-img convert -O qcow2 '%s' NEW",
                        disk->source.path);
        return false;
    }
    return true;
}

static bool check_kind(int fd, const RvDisk *disk, GError **error)
{
    struct stat st;
    bool is_device = disk->source.type == RV_DISK_BLOCK || disk->source.on_device;
    bool good = fstat(fd, &st) == 0 && (is_device ? S_ISBLK(st.st_mode) : S_ISREG(st.st_mode));
    if (!good)
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' of disk '%s' is not a %s",
                     disk->source.path, disk->target,
                     is_device ? "block device" : "regular file");
    return good;
}

int kvm_image_open(const RvDisk *disk, GError **error)
{
    bool writes = !disk->read_only && disk->kind != RV_DISK_DEVICE_CDROM;
    /* Without O_NONBLOCK a FIFO would keep us; it goes again before the emulator gets it. */
    int flags = (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    rv_autofd int fd = open(disk->source.path, flags);
    if (fd < 0) {
        g_autofree char *what = g_strdup_printf("disk %s", disk->target);
        set_open_error(error, errno, what, disk->source.path, writes);
        return -1;
    }
    if (!check_kind(fd, disk, error) || !check_alone(fd, disk, error))
        return -1;
    if (fcntl(fd, F_SETFL, 0) < 0) {
        rv_error_set_errno(error, errno, "cannot use '%s'", disk->source.path);
        return -1;
    }
    return rv_fd_steal(&fd);
}

int kvm_image_open_log(const char *path, bool append, GError **error)
{
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK;
    rv_autofd int fd = open(path, flags | (append ? 0 : O_TRUNC), 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        set_open_error(error, errno, "log", path, true);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is not a regular file", path);
        return -1;
    }
    return rv_fd_steal(&fd);
}

/* ---- What is booted directly -------------------------------------------------------------- */

static int copy_sealed(int from, off_t size, const char *path, GError **error)
{
    rv_autofd int fd = memfd_create("reeve-boot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    off_t done = 0;
    while (fd >= 0 && done < size) {
        ssize_t n = sendfile(fd, from, &done, (size_t)(size - done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
    }
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (fd < 0 || done < size || fcntl(fd, F_ADD_SEALS, seals) < 0) {
        rv_error_set_errno(error, errno, "cannot copy '%s' for the guest", path);
        return -1;
    }
    return rv_fd_steal(&fd);
}

int kvm_image_open_boot(const char *path, const char *what, bool other_user, GError **error)
{
    rv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        set_open_error(error, errno, what, path, false);
        return -1;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > MAX_BOOT_FILE) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "'%s' is not a regular file of at most 1 GiB, so it cannot be a %s", path,
                     what);
        return -1;
    }
    if (!other_user || (st.st_mode & S_IROTH))
        return rv_fd_steal(&fd);
    return copy_sealed(fd, st.st_size, path, error);
}
