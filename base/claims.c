/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/claims.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

enum { MAX_OWNER = 256 };

static char *path_of(const char *folder, unsigned number)
{
    return g_strdup_printf("%s/%u", folder, number);
}

/* Sets *ret_taken where the number was free. False: an error. */
static bool try(const char *path, const char *owner, bool *ret_taken, GError **error)
{
    rv_autofd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        *ret_taken = false;
        return true;
    }
    *ret_taken = fd >= 0 && write(fd, owner, strlen(owner)) == (ssize_t)strlen(owner);
    if (!*ret_taken) {
        rv_error_set_errno(error, errno, "cannot claim a number: '%s'", path);
        if (fd >= 0)
            unlink(path);
    }
    return *ret_taken;
}

bool rv_claims_take(const char *folder, unsigned first, unsigned count, int *turn,
                    const char *owner, unsigned *ret_number, GError **error)
{
    if (!rv_dir_create(folder, 0700, error))
        return false;
    for (unsigned i = 0; i < count; i++) {
        unsigned number = first + (unsigned)g_atomic_int_add(turn, 1) % count;
        g_autofree char *path = path_of(folder, number);
        bool taken;
        if (!try(path, owner, &taken, error))
            return false;
        if (taken) {
            *ret_number = number;
            return true;
        }
    }
    rv_error_set(error, RV_ERR_RESOURCE_BUSY, "all %u numbers of '%s' are in use", count, folder);
    return false;
}

char *rv_claims_owner(const char *folder, unsigned number)
{
    g_autofree char *path = path_of(folder, number);
    return rv_file_read(path, MAX_OWNER, NULL, NULL);
}

static void release_path(const char *path, const char *owner)
{
    g_autofree char *text = rv_file_read(path, MAX_OWNER, NULL, NULL);
    if (text && strcmp(text, owner) == 0)
        unlink(path);
}

void rv_claims_release(const char *folder, const char *owner, unsigned number)
{
    g_autofree char *path = path_of(folder, number);
    release_path(path, owner);
}

void rv_claims_release_all(const char *folder, const char *owner)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        release_path(path, owner);
    }
}
