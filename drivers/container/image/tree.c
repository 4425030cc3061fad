/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define RACES_MAX 64

static bool refuse(GError **error, const char *path, const char *why)
{
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "the path '%.200s' %s", path, why);
    return false;
}

static bool check_component(const char *path, const char *component, size_t len, GError **error)
{
    if (len == 2 && memcmp(component, "..", 2) == 0)
        return refuse(error, path, "has '..' in it");
    if (len > NAME_MAX)
        return refuse(error, path, "has a component of more than 255 bytes");
    return true;
}

char *rv_tree_clean(const char *path, GError **error)
{
    unsigned depth = 0;
    size_t len = strlen(path);
    if (len > RV_TREE_PATH_MAX) {
        refuse(error, path, "is too long");
        return NULL;
    }
    g_autoptr(GString) clean = g_string_sized_new(len + 1);
    for (const char *at = path; *at;) {
        size_t n = strcspn(at, "/");
        if (n > 0 && !(n == 1 && *at == '.')) {
            if (!check_component(path, at, n, error))
                return NULL;
            if (clean->len > 0)
                g_string_append_c(clean, '/');
            g_string_append_len(clean, at, (gssize)n);
            depth++;
        }
        at += n;
        at += strspn(at, "/");
    }
    if (depth > RV_TREE_DEPTH_MAX) {
        refuse(error, path, "is too deep");
        return NULL;
    }
    return g_string_free(g_steal_pointer(&clean), FALSE);
}

int rv_tree_open(int root, const char *path, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY | O_NONBLOCK)),
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    /* EAGAIN: something was renamed meanwhile, and the kernel cannot tell whether it left. */
    for (int i = 0;; i++) {
        int fd = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
        if (fd >= 0 || errno != EAGAIN || i >= RACES_MAX)
            return fd;
    }
}

static int make_folder(int root, const char *path, GError **error)
{
    const char *name;
    rv_autofd int parent = rv_tree_parent(root, path, true, &name, error);
    if (parent < 0)
        return -1;
    if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST) {
        rv_error_set_errno(error, errno, "cannot make the folder '%.200s'", path);
        return -1;
    }
    int fd = rv_tree_open(root, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot open the folder '%.200s'", path);
    return fd;
}

int rv_tree_parent(int root, const char *path, bool make, const char **ret_name, GError **error)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *folder = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
    *ret_name = slash ? slash + 1 : path;
    int fd = rv_tree_open(root, folder, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && errno == ENOENT && make && *folder)
        return make_folder(root, folder, error);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot open the folder '%.200s'", folder);
    return fd;
}

static bool read_all(int fd, char *bytes, size_t len, const char *path, GError **error)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = read(fd, bytes + at, len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            rv_error_set_errno(error, n < 0 ? errno : EIO, "cannot read '%.200s'", path);
            return false;
        }
        at += (size_t)n;
    }
    return true;
}

char *rv_tree_read(int root, const char *path, size_t max, size_t *ret_len, GError **error)
{
    struct stat st;
    rv_autofd int fd = rv_tree_open(root, path, O_RDONLY, 0);
    if (fd < 0 || fstat(fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot open '%.200s'", path);
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%.200s' %s", path,
                     S_ISREG(st.st_mode) ? "is larger than such a file may be"
                                         : "is not a regular file");
        return NULL;
    }
    g_autofree char *bytes = g_malloc((size_t)st.st_size + 1);
    if (!read_all(fd, bytes, (size_t)st.st_size, path, error))
        return NULL;
    bytes[st.st_size] = '\0';
    *ret_len = (size_t)st.st_size;
    return g_steal_pointer(&bytes);
}
