/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/storage/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"

enum {
    MAX_OUTPUT = 64 << 10,
    MOUNT_MS = 90000,   /* a server may be slow, but not for ever */
    FORMAT_MS = 600000,
};

/* What mount(8) calls the source; NULL with an error: it has none. */
static char *source_of(const RvPoolDef *def, GError **error)
{
    if (def->type == RV_POOL_FS)
        return g_strdup(((const RvPoolDevice *)def->devices->pdata[0])->path);
    if (def->hosts->len != 1) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "pool '%s' must have one <host>, it has %u",
                     def->identity.name, def->hosts->len);
        return NULL;
    }
    const char *host = ((const RvPoolHost *)def->hosts->pdata[0])->name;
    if (!g_strcmp0(def->format, "cifs"))
        return g_strdup_printf("//%s/%s", host, def->source_dir);
    return g_strdup_printf("%s:%s", host, def->source_dir);
}

bool storage_is_mounted(const RvPoolDef *def)
{
    g_autofree char *source = source_of(def, NULL);
    char texts[8192];
    struct mntent entry;
    FILE *mounts = source ? setmntent("/proc/self/mounts", "re") : NULL;
    bool found = false;
    while (mounts && getmntent_r(mounts, &entry, texts, sizeof(texts))) {
        if (g_str_equal(entry.mnt_dir, def->target))
            found = g_str_equal(entry.mnt_fsname, source); /* the last one is on top */
    }
    if (mounts)
        endmntent(mounts);
    return found;
}

/* No device of the file system is one, and no program of it gets more rights, unless asked. */
static char *options_of(const RvPoolDef *def)
{
    g_autoptr(GString) options = g_string_new("nodev,nosuid,noexec");
    if (def->protocol_version)
        g_string_append_printf(options, ",nfsvers=%s", def->protocol_version);
    for (unsigned i = 0; def->mount_options && i < def->mount_options->options->len; i++) {
        const RvPoolOption *option = def->mount_options->options->pdata[i];
        g_string_append_printf(options, ",%s", option->name);
    }
    return g_string_free(g_steal_pointer(&options), FALSE);
}

static bool run(RvSpawn *spawn, int timeout_ms, RvOperation *op, GError **error)
{
    g_autofree char *output = rv_spawn_run(spawn, MAX_OUTPUT, timeout_ms, op->cancel, error);
    return output != NULL;
}

bool storage_mount(const RvPoolDef *def, RvOperation *op, GError **error)
{
    g_autofree char *source = source_of(def, error);
    if (!source)
        return false;
    if (storage_is_mounted(def))
        return true;
    g_autofree char *options = options_of(def);
    g_autoptr(RvSpawn) spawn = rv_spawn_new("mount");
    rv_spawn_arg(spawn, "-o");
    rv_spawn_arg(spawn, options);
    if (g_strcmp0(def->format, "auto")) {
        rv_spawn_arg(spawn, "-t");
        rv_spawn_arg(spawn, def->format);
    }
    rv_spawn_arg(spawn, "--");
    rv_spawn_arg(spawn, source);
    rv_spawn_arg(spawn, def->target);
    if (run(spawn, MOUNT_MS, op, error))
        return true;
    g_prefix_error(error, "cannot mount '%s' at '%s': ", source, def->target);
    return false;
}

bool storage_unmount(const RvPoolDef *def, RvOperation *op, GError **error)
{
    if (!storage_is_mounted(def))
        return true;
    g_autoptr(RvSpawn) spawn = rv_spawn_new("umount");
    rv_spawn_arg(spawn, "--");
    rv_spawn_arg(spawn, def->target);
    if (run(spawn, MOUNT_MS, op, error))
        return true;
    g_prefix_error(error, "cannot unmount '%s': ", def->target);
    return false;
}

/* ---- A new file system ----------------------------------------------------------------------- */

/* blkid exits with 2 where it finds nothing. */
static bool is_blank(const char *device, RvOperation *op, GError **error)
{
    g_autoptr(GError) fault = NULL;
    g_autoptr(RvSpawn) spawn = rv_spawn_new("blkid");
    rv_spawn_arg(spawn, "-p");
    rv_spawn_arg(spawn, "--");
    rv_spawn_arg(spawn, device);
    g_autofree char *found = rv_spawn_run(spawn, MAX_OUTPUT, MOUNT_MS, op->cancel, &fault);
    rv_autofd int fd = open(device, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot open '%s'", device);
        return false;
    }
    if (!found)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID, "'%s' is not empty: %s", device,
                 g_strstrip(found));
    rv_error_remedy(error, "pool-build --overwrite, if nothing of it is needed any more");
    return false;
}

bool storage_mount_format(const RvPoolDef *def, RvPoolBuild how, RvOperation *op, GError **error)
{
    const char *device = ((const RvPoolDevice *)def->devices->pdata[0])->path;
    const char *format = g_strcmp0(def->format, "auto") ? def->format : "ext4";
    if (how == RV_POOL_BUILD_NO_OVERWRITE && !is_blank(device, op, error))
        return false;
    g_autofree char *program = g_strdup_printf("mkfs.%s", format);
    g_autoptr(RvSpawn) spawn = rv_spawn_new(program);
    if (g_str_has_prefix(format, "ext"))
        rv_spawn_arg(spawn, "-F");
    else if (g_str_equal(format, "xfs"))
        rv_spawn_arg(spawn, "-f");
    rv_spawn_arg(spawn, "--");
    rv_spawn_arg(spawn, device);
    if (run(spawn, FORMAT_MS, op, error))
        return true;
    g_prefix_error(error, "cannot make a file system of type '%s' on '%s': ", format, device);
    return false;
}
