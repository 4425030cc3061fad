/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* No link is followed: the runtime, which is told the path, is outside of the container's root. */
static int open_plain(int folder, const char *name)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
}

/* The folder at the end of a path below `mount`, made where it is missing. -1 with errno. */
static int open_volume(int mount, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    rv_autofd int folder = fcntl(mount, F_DUPFD_CLOEXEC, 0);
    for (char **name = names; folder >= 0 && *name; name++) {
        if (!**name || strcmp(*name, ".") == 0)
            continue;
        int next = open_plain(folder, *name);
        if (next < 0 && errno == ENOENT && mkdirat(folder, *name, 0755) == 0)
            next = open_plain(folder, *name);
        int fault = errno;
        rv_fd_close(&folder);
        folder = next;
        errno = fault;
    }
    return rv_fd_steal(&folder);
}

static bool add_volume(const char *volume, const ContainerIds *ids, int mount, const char *path,
                       json_t *mounts, GError **error)
{
    bool good = container_ids_act_as_root(ids, error);
    rv_autofd int folder = good ? open_volume(mount, volume) : -1;
    int fault = errno;
    container_ids_act_as_ourselves();
    if (good && folder < 0) {
        rv_error_set_errno(error, fault, "cannot make the image's volume '%s'", volume);
        rv_error_remedy(error, "it must be a folder that no link leads to; without a read-only "
                               "root it need not be one");
    }
    if (folder < 0)
        return false;
    g_autofree char *source = g_build_filename(path, volume, NULL);
    json_array_append_new(mounts, json_pack("{s:s, s:s, s:s, s:[s, s, s]}", "destination", volume,
                                            "type", "bind", "source", source, "options", "bind",
                                            "nosuid", "nodev"));
    return true;
}

bool container_image_add_volumes(const GPtrArray *volumes, const ContainerIds *ids, int mount,
                                 const char *path, json_t *mounts, GError **error)
{
    for (guint i = 0; i < volumes->len; i++) {
        const char *volume = volumes->pdata[i];
        bool is_root = strspn(volume, "/.") == strlen(volume); /* the root stays what it is */
        if (!is_root && !add_volume(volume, ids, mount, path, mounts, error))
            return false;
    }
    return true;
}
