/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/blockfs.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

static bool check_device(const char *path, GError **error)
{
    dev_t device;
    g_autoptr(GError) fault = NULL;
    if (rv_file_block_device(path, &device, &fault))
        return true;
    if (g_error_matches(fault, RV_ERROR, RV_ERR_CONFIG_UNSUPPORTED))
        rv_error_remedy(&fault, "an image is a <filesystem type='file'>, a folder one of type "
                                "'mount'");
    g_propagate_error(error, g_steal_pointer(&fault));
    return false;
}

static char *find_kind(const char *device, GError **error)
{
    const char *kind = NULL;
    blkid_probe probe = blkid_new_probe_from_filename(device);
    if (!probe) {
        rv_error_set_errno(error, errno, "cannot read the block device '%s'", device);
        return NULL;
    }
    blkid_probe_enable_superblocks(probe, true);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE);
    blkid_probe_filter_superblocks_usage(probe, BLKID_FLTR_ONLYIN, BLKID_USAGE_FILESYSTEM);
    if (blkid_do_safeprobe(probe) == 0)
        (void)blkid_probe_lookup_value(probe, "TYPE", &kind, NULL);
    char *copy = g_strdup(kind);
    blkid_free_probe(probe);
    if (!copy) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "no file system is known on '%s'", device);
        rv_error_remedy(error, "make one on all of it, without partitions: mkfs.ext4 for instance");
    }
    return copy;
}

/* The kernel's own words, of which the last are the nearest: "e ext4: ...". */
static void tell(int fs, const char *kind, const char *device, int errnum, GError **error)
{
    char said[512] = "", line[512];
    ssize_t got;
    while ((got = read(fs, line, sizeof(line) - 1)) > 0) {
        line[got] = '\0';
        g_strlcpy(said, line + (got > 2 && line[1] == ' ' ? 2 : 0), sizeof(said));
    }
    if (*said)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "cannot mount the %s of '%s': %s", kind,
                     device, g_strchomp(said));
    else
        rv_error_set_errno(error, errnum, "cannot mount the %s of '%s'", kind, device);
}

int container_blockfs_mount(const char *device, bool read_only, GError **error)
{
    g_autofree char *kind = check_device(device, error) ? find_kind(device, error) : NULL;
    if (!kind)
        return -1;
    rv_autofd int fs = fsopen(kind, FSOPEN_CLOEXEC);
    if (fs < 0) {
        rv_error_set_errno(error, errno, "this host's kernel cannot mount %s, which is on '%s'",
                           kind, device);
        return -1;
    }
    if (fsconfig(fs, FSCONFIG_SET_STRING, "source", device, 0) == 0 &&
        (!read_only || fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) == 0) &&
        fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
        int mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
        if (mount >= 0)
            return mount;
    }
    tell(fs, kind, device, errno, error);
    return -1;
}
