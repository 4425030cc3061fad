/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/storage/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"

enum { MAX_NAME = 255 };

int storage_folder_open(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot open directory '%s'", path);
    return fd;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static bool is_plain(const char *name)
{
    for (const char *at = name; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    }
    return g_utf8_validate(name, -1, NULL);
}

bool storage_name_check(const char *name, GError **error)
{
    const char *fault = !*name               ? "is empty"
                        : strchr(name, '/')  ? "cannot contain '/'"
                        : name[0] == '.'     ? "cannot begin with '.'"
                        : !is_plain(name)    ? "cannot contain control characters"
                        : strlen(name) > MAX_NAME ? "is longer than 255 bytes"
                                             : NULL;
    if (fault)
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "volume name '%s' %s", name, fault);
    return !fault;
}

bool storage_name_is_told(const char *name)
{
    return !g_str_equal(name, ".") && !g_str_equal(name, "..") && is_plain(name) &&
           !g_str_has_prefix(name, STORAGE_NEW_PREFIX);
}

static int open_how(int folder, const char *path, const char *name, int flags, uint64_t resolve,
                    GError **error)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK),
        .resolve = resolve,
    };
    bool is_name = *name && storage_name_is_told(name) && !strchr(name, '/');
    int fd = is_name ? (int)syscall(SYS_openat2, folder, name, &how, sizeof(how)) : -1;
    if (fd >= 0)
        return fd;
    int fault = is_name ? errno : ENOENT;
    if (fault == ENOENT) {
        rv_error_set(error, RV_ERR_NO_STORAGE_VOL, "no storage vol with matching name '%s'", name);
    } else if (fault == EXDEV) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "'%s/%s' is a link that leads out of the pool's folder, which is not followed",
                     path, name);
    } else {
        rv_error_set_errno(error, fault, "cannot open volume '%s/%s'", path, name);
    }
    return -1;
}

int storage_open(int folder, const char *path, const char *name, int flags, GError **error)
{
    return open_how(folder, path, name, flags, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS, error);
}

int storage_open_look(int folder, const char *path, const char *name, GError **error)
{
    return open_how(folder, path, name, O_RDONLY, RESOLVE_NO_MAGICLINKS, error);
}

/* ---- New files ------------------------------------------------------------------------------- */

static char *make_name(void)
{
    return g_strdup_printf("%s%08x%08x", STORAGE_NEW_PREFIX, g_random_int(), g_random_int());
}

bool storage_new_file(StorageNew *new_file, int folder, GError **error)
{
    *new_file = (StorageNew){.folder = folder, .fd = -1, .name = make_name()};
    new_file->fd = openat(folder, new_file->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (new_file->fd < 0 || flock(new_file->fd, LOCK_EX | LOCK_NB) < 0) {
        rv_error_set_errno(error, errno, "cannot create a file in the pool's folder");
        return false;
    }
    return true;
}

bool storage_new_folder(StorageNew *new_file, int folder, GError **error)
{
    g_autofree char *name = make_name();
    *new_file = (StorageNew){.folder = folder, .fd = -1};
    if (mkdirat(folder, name, 0700) < 0) {
        rv_error_set_errno(error, errno, "cannot create a folder in the pool's folder");
        return false;
    }
    new_file->name = g_steal_pointer(&name);
    return true;
}

bool storage_new_publish(StorageNew *new_file, const char *name, GError **error)
{
    int folder = new_file->folder;
    if (new_file->fd >= 0 && fsync(new_file->fd) < 0) {
        rv_error_set_errno(error, errno, "cannot sync volume '%s'", name);
        return false;
    }
    /* Where the file system cannot refuse to replace, a link can: a name that is there is kept. */
    bool moved = renameat2(folder, new_file->name, folder, name, RENAME_NOREPLACE) == 0;
    if (!moved && errno == EINVAL && new_file->fd >= 0) {
        moved = linkat(folder, new_file->name, folder, name, 0) == 0;
        if (moved)
            unlinkat(folder, new_file->name, 0);
    }
    if (!moved && errno == EEXIST) {
        rv_error_set(error, RV_ERR_STORAGE_VOL_EXIST, "'%s'", name);
        return false;
    }
    if (!moved || fsync(folder) < 0) {
        rv_error_set_errno(error, errno, "cannot give volume '%s' its name", name);
        return false;
    }
    g_clear_pointer(&new_file->name, g_free);
    return true;
}

void storage_new_clear(StorageNew *new_file)
{
    if (new_file->name)
        unlinkat(new_file->folder, new_file->name, new_file->fd < 0 ? AT_REMOVEDIR : 0);
    g_clear_pointer(&new_file->name, g_free);
    rv_fd_close(&new_file->fd);
}

/* Nobody holds the lock of one whose maker is gone. */
static void clean(int folder, const char *name)
{
    rv_autofd int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0)
        return;
    rv_log_info("'%s' was not finished, and is removed", name);
    unlinkat(folder, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
}

void storage_folder_clean(int folder)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again >= 0 ? fdopendir(again) : NULL;
    if (!dir) {
        rv_fd_close(&again);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (g_str_has_prefix(entry->d_name, STORAGE_NEW_PREFIX))
            clean(folder, entry->d_name);
    }
    closedir(dir);
}
