/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/root.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

/* overlayfs wants paths, and a page of options at most: so all is put under short names into a mount
 * namespace that lives as long as a thread does. What it has stacked stays. */
#define UPPER "u"
#define MERGED "m"

typedef struct {
    const char *scratch; /* a folder to mount on */
    const int *layers;   /* mounts, top first */
    unsigned n_layers;
    int upper;           /* with "upper" and "work" in it */
    int merged;          /* the result */
    const char *step;    /* that failed, with errnum */
    int errnum;
} Stacking;

RvImage *rv_image_root_claim(RvImageStore *store, const char *owner, const char *name,
                             GError **error)
{
    return rv_image_store_claim(store, owner, name, error);
}

bool rv_image_root_forget(RvImageStore *store, const char *owner, GError **error)
{
    g_autofree char *path = rv_image_store_path(store, "writable", owner);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    /* Out of the way at once: who is defined anew begins anew. */
    g_autofree char *litter = rv_image_store_temporary(store, error);
    if (!litter)
        return false;
    g_autofree char *moved = g_build_filename(litter, owner, NULL);
    if (rename(path, moved) == 0 || errno == ENOENT)
        return rv_dir_remove(litter, error);
    rv_error_set_errno(error, errno, "cannot remove '%s'", path);
    return false;
}

/* ---- Stacking ------------------------------------------------------------------------------- */

static bool attach(int mount, const char *name)
{
    return mkdir(name, 0700) == 0 &&
           move_mount(mount, "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

static bool attach_layers(const Stacking *stacking, GString *options)
{
    for (unsigned i = 0; i < stacking->n_layers; i++) {
        char name[16];
        g_snprintf(name, sizeof(name), "%u", i);
        if (!attach(stacking->layers[i], name))
            return false;
        g_string_append_printf(options, "%s%s", i ? ":" : "lowerdir=", name);
    }
    g_string_append(options, ",upperdir=" UPPER "/upper,workdir=" UPPER "/work");
    return attach(stacking->upper, UPPER);
}

static bool stack(Stacking *stacking)
{
    g_autoptr(GString) options = g_string_new(NULL);
    stacking->step = "make a mount namespace";
    if (unshare(CLONE_FS | CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", stacking->scratch, "tmpfs", 0, "mode=700") < 0 ||
        chdir(stacking->scratch) < 0)
        return false;
    stacking->step = "attach the image's layers";
    if (!attach_layers(stacking, options) || mkdir(MERGED, 0700) < 0)
        return false;
    stacking->step = "stack the image's layers with overlayfs";
    if (mount("overlay", MERGED, "overlay", MS_NODEV, options->str) < 0)
        return false;
    stacking->merged = open_tree(AT_FDCWD, MERGED, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    return stacking->merged >= 0;
}

static void *run_stack(void *data)
{
    Stacking *stacking = data;
    if (!stack(stacking))
        stacking->errnum = errno;
    return NULL;
}

/* ---- Layers --------------------------------------------------------------------------------- */

static int clone_mount(const char *path, int users, bool read_only, GError **error)
{
    rv_autofd int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot open '%s'", path);
        return -1;
    }
    struct mount_attr attr = {
        .attr_set = (read_only ? MOUNT_ATTR_RDONLY : 0) | (users >= 0 ? MOUNT_ATTR_IDMAP : 0),
        .propagation = MS_PRIVATE,
        .userns_fd = users >= 0 ? (uint64_t)users : 0,
    };
    if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0)
        return rv_fd_steal(&fd);
    rv_error_set_errno(error, errno, "cannot mount '%s' for the container's users", path);
    if (users >= 0)
        rv_error_remedy(error, "images must lie on ext4, xfs or btrfs, below the daemon's state "
                               "folder");
    return -1;
}

static void close_all(const GArray *fds)
{
    for (guint i = 0; i < fds->len; i++) {
        int fd = g_array_index(fds, int, i);
        rv_fd_close(&fd);
    }
}

static bool clone_layers(RvImageStore *store, const RvImage *image, int users, GArray *ret,
                         GError **error)
{
    for (guint i = image->layers->len; i > 0; i--) {
        g_autofree char *path = rv_image_store_path(store, "layers", image->layers->pdata[i - 1]);
        int fd = clone_mount(path, users, true, error);
        if (fd < 0)
            return false;
        g_array_append_val(ret, fd);
    }
    return true;
}

/* Its root looks as that of the topmost layer does. */
static bool make_upper(const char *path, int top, GError **error)
{
    struct stat st;
    g_autofree char *upper = g_build_filename(path, "upper", NULL);
    g_autofree char *work = g_build_filename(path, "work", NULL);
    if (g_file_test(upper, G_FILE_TEST_IS_DIR))
        return rv_dir_create(work, 0700, error);
    if (!rv_dir_create(work, 0700, error) || !rv_dir_create(upper, 0755, error))
        return false;
    if (fstat(top, &st) == 0 && chmod(upper, st.st_mode & 07777) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot prepare '%s'", upper);
    return false;
}

static int clone_upper(RvImageStore *store, const char *owner, int users, int top, GError **error)
{
    g_autofree char *path = rv_image_store_path(store, "writable", owner);
    return make_upper(path, top, error) ? clone_mount(path, users, false, error) : -1;
}

int rv_image_root_mount(RvImageStore *store, const char *owner, const RvImage *image, int users,
                        GError **error)
{
    g_autoptr(GArray) layers = g_array_new(FALSE, FALSE, sizeof(int));
    g_autofree char *scratch = rv_image_store_path(store, "tmp", NULL);
    bool ok = clone_layers(store, image, users, layers, error);
    rv_autofd int upper =
        ok ? clone_upper(store, owner, users, g_array_index(layers, int, 0), error) : -1;
    ok = upper >= 0;
    Stacking stacking = {
        .scratch = scratch,
        .layers = (const int *)(const void *)layers->data,
        .n_layers = layers->len,
        .upper = upper,
        .merged = -1,
    };
    if (ok)
        g_thread_join(g_thread_new("overlay", run_stack, &stacking));
    close_all(layers);
    if (ok && stacking.errnum) {
        rv_error_set_errno(error, stacking.errnum, "cannot %s", stacking.step);
        rv_error_remedy(error, "that takes Linux 5.19 or newer with overlayfs");
    }
    return stacking.merged;
}
