/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

char *rv_file_read(const char *path, size_t max, size_t *ret_len, GError **error)
{
    rv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot open '%s'", path);
        return NULL;
    }

    /* Sizes of procfs files are not known beforehand, so read until there is no more. */
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (;;) {
        guint8 chunk[16384];
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rv_error_set_errno(error, errno, "cannot read '%s'", path);
            return NULL;
        }
        if (got == 0)
            break;
        if (bytes->len + (size_t)got > max) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' is larger than %zu bytes", path,
                         max);
            return NULL;
        }
        g_byte_array_append(bytes, chunk, (guint)got);
    }
    if (ret_len)
        *ret_len = bytes->len;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}

bool rv_file_sync_folder(const char *path, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    rv_autofd int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0) {
        rv_error_set_errno(error, errno, "cannot sync the folder '%s'", parent);
        return false;
    }
    return true;
}

static bool write_and_sync(const char *path, mode_t mode, const char *text, size_t len,
                           GError **error)
{
    rv_autofd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot create '%s'", path);
        return false;
    }
    if (!rv_fd_write_all(fd, text, len, error)) {
        g_prefix_error(error, "'%s': ", path);
        return false;
    }
    if (fsync(fd) < 0) {
        rv_error_set_errno(error, errno, "cannot sync '%s'", path);
        return false;
    }
    return true;
}

bool rv_file_replace(const char *path, mode_t mode, const char *text, size_t len, GError **error)
{
    g_autofree char *temporary = g_strconcat(path, ".new", NULL);
    if (!write_and_sync(temporary, mode, text, len, error)) {
        unlink(temporary);
        return false;
    }
    if (rename(temporary, path) < 0) {
        rv_error_set_errno(error, errno, "cannot rename '%s' to '%s'", temporary, path);
        unlink(temporary);
        return false;
    }
    return rv_file_sync_folder(path, error);
}

bool rv_file_remove(const char *path, GError **error)
{
    if (unlink(path) < 0) {
        if (errno == ENOENT)
            return true;
        rv_error_set_errno(error, errno, "cannot remove '%s'", path);
        return false;
    }
    return rv_file_sync_folder(path, error);
}

bool rv_file_block_device(const char *path, dev_t *ret_device, GError **error)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot find the block device '%s'", path);
        return false;
    }
    *ret_device = st.st_rdev;
    if (S_ISBLK(st.st_mode))
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' is not a block device", path);
    return false;
}

/* Removes what `name` in the folder `at` is. Errors are in errno. */
static bool remove_entry(int at, const char *name)
{
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;

    rv_autofd int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return false;
    rv_fd_steal(&fd); /* the stream's now */
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = remove_entry(dirfd(dir), entry->d_name);
    int fault = errno;
    closedir(dir);
    errno = fault;
    return ok && unlinkat(at, name, AT_REMOVEDIR) == 0;
}

bool rv_dir_remove(const char *path, GError **error)
{
    if (remove_entry(AT_FDCWD, path))
        return true;
    rv_error_set_errno(error, errno, "cannot remove the folder '%s'", path);
    return false;
}

static bool check_ours(const char *path, GError **error)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot use the folder '%s'", path);
        return false;
    }
    if (st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_DENIED,
                 "the folder '%s' belongs to user %u, with mode %04o: others could change what is "
                 "in it", path, (unsigned)st.st_uid, (unsigned)st.st_mode & 07777);
    rv_error_remedy(error, "remove it, or run: chown %u '%s'; chmod go-w '%s'",
                    (unsigned)geteuid(), path, path);
    return false;
}

bool rv_dir_create(const char *path, mode_t mode, GError **error)
{
    if (g_mkdir_with_parents(path, (int)mode) < 0) {
        rv_error_set_errno(error, errno, "cannot create the folder '%s'", path);
        return false;
    }
    return check_ours(path, error);
}

char *rv_file_name_for(const char *name)
{
    enum { MAX_NAME = 200 };
    char *escaped = g_uri_escape_string(name, " ", TRUE);
    if (escaped[0] == '.')
        escaped[0] = '_';
    if (strlen(escaped) > MAX_NAME)
        escaped[MAX_NAME] = 0;
    return escaped;
}
