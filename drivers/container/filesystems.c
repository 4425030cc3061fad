/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/filesystems.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/accounts.h"
#include "drivers/container/blockfs.h"
#include "drivers/container/bundle.h"
#include "drivers/container/export.h"
#include "drivers/container/guest.h"
#include "drivers/container/image/use.h"
#include "drivers/container/image/volumes.h"
#include "drivers/container/loop.h"
#include "drivers/container/namespace.h"
#include "drivers/container/profile.h"

typedef struct {
    const RvGuest *guest;
    RvSpawn *spawn;
    const char *folder;
    const ContainerIds *ids;
    int users;      /* through which files are seen; -1: as they are */
    json_t *mounts;
} Prepare;

void container_root_clear(ContainerRoot *root)
{
    g_clear_pointer(&root->path, g_free);
}

static bool is_root(const RvFilesystem *filesystem)
{
    return strcmp(filesystem->target, "/") == 0;
}

static const RvFilesystem *find_root(const RvDomainDef *def, GError **error)
{
    for (guint i = 0; i < def->filesystems->len; i++) {
        const RvFilesystem *filesystem = def->filesystems->pdata[i];
        if (is_root(filesystem))
            return filesystem;
    }
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the container '%s' has no root file system",
                 def->name);
    rv_error_remedy(error,
                    "give it a <filesystem> with <target dir='/'/>: the host's own files are "
                    "not shared");
    return NULL;
}

/* A mount point in the guest's folder, for a mount that only the runtime sees. */
static char *make_place(const Prepare *prepare, const char *name, bool is_folder, GError **error)
{
    g_autofree char *path = g_build_filename(prepare->folder, name, NULL);
    rv_autofd int fd = -1;
    bool good = is_folder ? mkdir(path, 0755) == 0 && chmod(path, 0755) == 0
                          : (fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) >= 0;
    if (good)
        return g_steal_pointer(&path);
    rv_error_set_errno(error, errno, "cannot make '%s'", path);
    return NULL;
}

/* The host's own root for a container to write to is nothing that anybody wants by mistake. */
static bool check_source(const RvFilesystem *filesystem, GError **error)
{
    g_autofree char *real = realpath(filesystem->source, NULL);
    if (!real) {
        rv_error_set_errno(error, errno, "cannot find '%s', which '%s' of the container is to be",
                           filesystem->source, filesystem->target);
        return false;
    }
    if (strcmp(real, "/") == 0 && !filesystem->read_only) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "the host's own root cannot be a container's file system");
        rv_error_remedy(error, "make it <readonly/>, or use a copy");
        return false;
    }
    return true;
}

/* ---- Sources ---------------------------------------------------------------------------------- */

static int open_folder(const Prepare *prepare, const RvFilesystem *filesystem, GError **error)
{
    if (!check_source(filesystem, error))
        return -1;
    return container_namespace_mount(filesystem->source, prepare->users, filesystem->read_only,
                                     error);
}

static int open_device(const Prepare *prepare, const char *device, const RvFilesystem *filesystem,
                       GError **error)
{
    rv_autofd int mount = container_blockfs_mount(device, filesystem->read_only, error);
    if (mount < 0 || !container_namespace_show(mount, prepare->users, filesystem->read_only,
                                               filesystem->source, error))
        return -1;
    return rv_fd_steal(&mount);
}

static int open_block(const Prepare *prepare, const RvFilesystem *filesystem, GError **error)
{
    return open_device(prepare, filesystem->source, filesystem, error);
}

static int open_file(const Prepare *prepare, const RvFilesystem *filesystem, GError **error)
{
    g_autofree char *path = NULL, *raw = container_export_is_needed(filesystem)
                                             ? container_export_begin(prepare->guest, filesystem,
                                                                      error)
                                             : g_strdup(filesystem->source);
    rv_autofd int device =
        raw ? container_loop_open(raw, filesystem->read_only, &path, error) : -1;
    int mount = device < 0 ? -1 : open_device(prepare, path, filesystem, error);
    if (device >= 0 && mount < 0)
        g_prefix_error(error, "the image '%s': ", filesystem->source);
    return mount;
}

/* The core has found out where it is; what it is shows there. */
static int open_volume(const Prepare *prepare, const RvFilesystem *filesystem, GError **error)
{
    struct stat st;
    if (stat(filesystem->source, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot find volume '%s' of pool '%s'", filesystem->volume,
                           filesystem->pool);
        return -1;
    }
    return S_ISDIR(st.st_mode)   ? open_folder(prepare, filesystem, error)
           : S_ISBLK(st.st_mode) ? open_block(prepare, filesystem, error)
                                 : open_file(prepare, filesystem, error);
}

/* Each opens a mount that is attached nowhere yet. */
static int (*const openers[RV_FILESYSTEM_LAST])(const Prepare *, const RvFilesystem *, GError **) = {
    [RV_FILESYSTEM_MOUNT] = open_folder,
    [RV_FILESYSTEM_BLOCK] = open_block,
    [RV_FILESYSTEM_FILE] = open_file,
    [RV_FILESYSTEM_VOLUME] = open_volume,
};

static int open_source(const Prepare *prepare, const RvFilesystem *filesystem, GError **error)
{
    if (openers[filesystem->type])
        return openers[filesystem->type](prepare, filesystem, error);
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 "a file system of type '%s' (at '%s') is not supported",
                 rv_filesystem_type_to_string(filesystem->type), filesystem->target);
    return -1;
}

/* Takes the mount over. */
static char *attach(Prepare *prepare, int mount, const char *name, GError **error)
{
    struct stat st;
    bool is_folder = fstat(mount, &st) == 0 && S_ISDIR(st.st_mode);
    char *place = make_place(prepare, name, is_folder, error);
    if (place)
        rv_spawn_attach(prepare->spawn, mount, place);
    else
        rv_fd_close(&mount);
    return place;
}

/* ---- The root ----------------------------------------------------------------------------------- */

static bool prepare_root(Prepare *prepare, const RvFilesystem *root, ContainerRoot *ret,
                         GError **error)
{
    const RvDomainDef *def = prepare->guest->def;
    g_autoptr(GPtrArray) volumes = NULL;
    rv_autofd int mount = root ? open_source(prepare, root, error)
                               : container_image_open(prepare->guest, prepare->ids, &volumes,
                                                      error);
    if (mount < 0)
        return false;
    g_autofree char *open = g_strdup_printf("/proc/self/fd/%d", mount);
    if (!container_accounts_find(open, def->os.init_user, def->os.init_group, &ret->uid, &ret->gid,
                                 error))
        return false;
    g_autofree char *path = g_build_filename(prepare->folder, "root", NULL);
    if (volumes && container_bundle_is_read_only(def) &&
        !container_image_add_volumes(volumes, prepare->ids, mount, path, prepare->mounts, error))
        return false;
    ret->path = attach(prepare, rv_fd_steal(&mount), "root", error);
    return ret->path;
}

/* ---- Others --------------------------------------------------------------------------------- */

static void add_mount(Prepare *prepare, const RvFilesystem *filesystem, const char *type,
                      const char *source, json_t *options)
{
    if (filesystem->read_only)
        json_array_append_new(options, json_string("ro"));
    json_array_append_new(prepare->mounts,
                          json_pack("{s:s, s:s, s:s, s:o}", "destination", filesystem->target,
                                    "type", type, "source", source, "options", options));
}

static bool prepare_mount(Prepare *prepare, const RvFilesystem *filesystem, guint number,
                          GError **error)
{
    int mount = open_source(prepare, filesystem, error);
    g_autofree char *name = g_strdup_printf("mount%u", number);
    g_autofree char *place = mount < 0 ? NULL : attach(prepare, mount, name, error);
    if (!place)
        return false;
    add_mount(prepare, filesystem, "bind", place,
              json_pack("[s, s, s]", "bind", "nosuid", "nodev"));
    return true;
}

static bool prepare_ram(Prepare *prepare, const RvFilesystem *filesystem, guint number,
                        GError **error)
{
    g_autofree char *size =
        g_strdup_printf("size=%" G_GUINT64_FORMAT "k", filesystem->usage);
    add_mount(prepare, filesystem, "tmpfs", "tmpfs",
              json_pack("[s, s, s, s]", "nosuid", "nodev", "mode=755", size));
    return true;
}

static bool prepare_nothing(Prepare *prepare, const RvFilesystem *filesystem, guint number,
                            GError **error)
{
    return true;
}

typedef bool (*PrepareFunc)(Prepare *prepare, const RvFilesystem *filesystem, guint number,
                            GError **error);

/* What a bind shows is the container's own: see container_filesystems_bind(). */
static const PrepareFunc kinds[RV_FILESYSTEM_LAST] = {
    [RV_FILESYSTEM_RAM] = prepare_ram,
    [RV_FILESYSTEM_BIND] = prepare_nothing,
};

static bool prepare_all(Prepare *prepare, ContainerRoot *ret, GError **error)
{
    const RvDomainDef *def = prepare->guest->def;
    const RvFilesystem *root = def->oci ? NULL : find_root(def, error);
    if ((!def->oci && !root) || !prepare_root(prepare, root, ret, error))
        return false;
    for (guint i = 0; i < def->filesystems->len; i++) {
        const RvFilesystem *filesystem = def->filesystems->pdata[i];
        PrepareFunc prepare_one = kinds[filesystem->type] ? kinds[filesystem->type] : prepare_mount;
        if (filesystem != root && !prepare_one(prepare, filesystem, i, error))
            return false;
    }
    return true;
}

static void add_tmpfs(const RvRun *run, json_t *mounts)
{
    for (guint i = 0; run && i < run->tmpfs->len; i++) {
        const RvTmpfs *tmpfs = run->tmpfs->pdata[i];
        json_t *options = json_pack("[s, s, s]", "nosuid", "nodev", "mode=1777");
        if (tmpfs->size_kib) {
            g_autofree char *size =
                g_strdup_printf("size=%" G_GUINT64_FORMAT "k", tmpfs->size_kib);
            json_array_append_new(options, json_string(size));
        }
        json_array_append_new(mounts, json_pack("{s:s, s:s, s:s, s:o}", "destination", tmpfs->dir,
                                                "type", "tmpfs", "source", "tmpfs", "options",
                                                options));
    }
}

bool container_filesystems_prepare(const RvGuest *guest, const ContainerIds *ids, RvSpawn *spawn,
                                   ContainerRoot *ret, json_t *mounts, GError **error)
{
    g_autofree char *folder = container_guest_folder(guest);
    Prepare prepare = {
        .guest = guest,
        .spawn = spawn,
        .folder = folder,
        .ids = ids,
        .users = -1,
        .mounts = mounts,
    };
    /* With an <idmap> the files belong to those users already, as libvirt's driver has it. */
    bool own = guest->def->idmap.uids->len == 0 && !container_profile_is_privileged(guest->def);
    if (own && (prepare.users = container_namespace_users(ids->uids, ids->gids, error)) < 0)
        return false;
    bool good = prepare_all(&prepare, ret, error);
    add_tmpfs(guest->def->run, mounts);
    rv_fd_close(&prepare.users);
    return good;
}
