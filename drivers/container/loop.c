/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"

/* The lock is that of the open file, which the device keeps. */
static int open_locked(const char *path, bool read_only, GError **error)
{
    struct stat st;
    rv_autofd int fd =
        open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot open the image '%s'", path);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the image '%s' is not a file", path);
        rv_error_remedy(error, "a device is a <filesystem type='block'>, a folder one of type "
                               "'mount'");
        return -1;
    }
    if (flock(fd, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
        return rv_fd_steal(&fd);
    rv_error_set(error, RV_ERR_RESOURCE_BUSY, "the image '%s' is in use", path);
    rv_error_remedy(error, "end what uses it, or make both of them <readonly/>");
    return -1;
}

static int configure(int control, int file, bool read_only, char **ret_path, GError **error)
{
    const struct loop_config config = {
        .fd = (unsigned)file,
        .info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0),
    };
    /* Somebody else may have been quicker with a free one. */
    for (int attempt = 0; attempt < 256; attempt++) {
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        g_autofree char *path = g_strdup_printf("/dev/loop%d", number);
        rv_autofd int device =
            number < 0 ? -1 : open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
        if (device >= 0 && ioctl(device, LOOP_CONFIGURE, &config) == 0) {
            *ret_path = g_steal_pointer(&path);
            return rv_fd_steal(&device);
        }
        if (errno != EBUSY && errno != EAGAIN && errno != ENXIO) {
            rv_error_set_errno(error, errno, "cannot use the loop device '%s'", path);
            return -1;
        }
    }
    rv_error_set(error, RV_ERR_RESOURCE_BUSY,
                 "all loop devices are taken as soon as they are free");
    return -1;
}

int container_loop_open(const char *file, bool read_only, char **ret_path, GError **error)
{
    rv_autofd int image = open_locked(file, read_only, error);
    if (image < 0)
        return -1;
    rv_autofd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0) {
        rv_error_set_errno(error, errno, "this host has no loop devices");
        rv_error_remedy(error, "load the kernel's module: modprobe loop");
        return -1;
    }
    return configure(control, image, read_only, ret_path, error);
}
