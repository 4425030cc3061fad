/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/binds.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

typedef struct {
    const RvDomainDef *def;
    const ContainerIds *ids;
    int mounts; /* the container's mount namespace */
    GError *error;
} Binding;

static bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static bool make_place(const char *path, bool is_folder, GError **error)
{
    if (is_there(path))
        return true;
    g_autofree char *parent = g_path_get_dirname(path);
    bool good = g_mkdir_with_parents(is_folder ? path : parent, 0755) == 0;
    rv_autofd int fd = -1;
    if (good && !is_folder)
        good = (fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644)) >= 0;
    if (!good)
        rv_error_set_errno(error, errno, "cannot make '%s' in the container", path);
    return good;
}

/* By its paths, which are the container's own: this thread's root is the container's. */
static bool bind_one(const RvFilesystem *filesystem, GError **error)
{
    struct stat st;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    if (stat(filesystem->source, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot find '%s' in the container", filesystem->source);
        rv_error_remedy(error,
                        "the source of a bind is the container's own: a folder of the host is "
                        "a <filesystem type='mount'>");
        return false;
    }
    if (!make_place(filesystem->target, S_ISDIR(st.st_mode), error))
        return false;
    if (mount(filesystem->source, filesystem->target, NULL, MS_BIND, NULL) == 0 &&
        (!filesystem->read_only ||
         mount_setattr(AT_FDCWD, filesystem->target, 0, &attr, sizeof(attr)) == 0))
        return true;
    rv_error_set_errno(error, errno, "cannot show '%s' of the container at '%s'",
                       filesystem->source, filesystem->target);
    return false;
}

/* A thread of its own, that need not come back. */
static void *bind_all(void *data)
{
    Binding *binding = data;
    if (unshare(CLONE_FS) < 0 || setns(binding->mounts, CLONE_NEWNS) < 0) {
        rv_error_set_errno(&binding->error, errno, "cannot enter the container's file systems");
        return NULL;
    }
    umask(022);
    if (!container_ids_act_as_root(binding->ids, &binding->error))
        return NULL;
    for (guint i = 0; i < binding->def->filesystems->len; i++) {
        const RvFilesystem *filesystem = binding->def->filesystems->pdata[i];
        if (filesystem->type == RV_FILESYSTEM_BIND && !bind_one(filesystem, &binding->error))
            break;
    }
    return NULL;
}

static bool has_any(const RvDomainDef *def)
{
    for (guint i = 0; i < def->filesystems->len; i++) {
        const RvFilesystem *filesystem = def->filesystems->pdata[i];
        if (filesystem->type == RV_FILESYSTEM_BIND)
            return true;
    }
    return false;
}

bool container_binds_mount(const RvGuest *guest, const ContainerIds *ids, pid_t pid, GError **error)
{
    if (!has_any(guest->def))
        return true;
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/mnt", (int)pid);
    rv_autofd int mounts = open(path, O_RDONLY | O_CLOEXEC);
    if (mounts < 0) {
        rv_error_set_errno(error, errno, "cannot open '%s'", path);
        return false;
    }
    Binding binding = {guest->def, ids, mounts, NULL};
    g_thread_join(g_thread_new("binds", bind_all, &binding));
    if (!binding.error)
        return true;
    g_propagate_error(error, binding.error);
    return false;
}
