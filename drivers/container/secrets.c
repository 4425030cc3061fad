/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

enum { MAX_BYTES = 1 << 20 };

static bool copy_one(const RvSecretFile *secret, const char *folder, uid_t uid, gid_t gid,
                     GError **error)
{
    size_t len;
    g_autofree char *path = g_build_filename(folder, secret->name, NULL);
    g_autofree char *text = rv_file_read(secret->file, MAX_BYTES, &len, error);
    if (!text) {
        g_prefix_error(error, "the secret '%s': ", secret->name);
        return false;
    }
    rv_autofd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
    bool good = fd >= 0 && fchown(fd, uid, gid) == 0;
    if (!good)
        rv_error_set_errno(error, errno, "cannot write '%s'", path);
    good = good && rv_fd_write_all(fd, text, len, error);
    explicit_bzero(text, len);
    return good;
}

bool container_secrets_prepare(const RvGuest *guest, const char *folder, const ContainerIds *ids,
                               unsigned uid, unsigned gid, json_t *mounts, GError **error)
{
    const RvRun *run = guest->def->run;
    unsigned user, group;
    if (!run || run->secrets->len == 0)
        return true;
    g_autofree char *path = g_build_filename(folder, "secrets", NULL);
    if (!container_ids_map(ids->uids, uid, &user) || !container_ids_map(ids->gids, gid, &group)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "the container has no user %u whose its secrets could be", uid);
        return false;
    }
    if (mkdir(path, 0500) < 0 || chown(path, user, group) < 0) {
        rv_error_set_errno(error, errno, "cannot make '%s'", path);
        return false;
    }
    for (guint i = 0; i < run->secrets->len; i++)
        if (!copy_one(run->secrets->pdata[i], path, user, group, error))
            return false;
    json_array_append_new(mounts, json_pack("{s:s, s:s, s:s, s:[s, s, s, s, s]}", "destination",
                                            "/run/secrets", "type", "bind", "source", path,
                                            "options", "bind", "ro", "nosuid", "nodev", "noexec"));
    return true;
}
