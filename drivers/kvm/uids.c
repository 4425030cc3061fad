/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/uids.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "drivers/kvm/host.h"

static unsigned setting(const RvDriverHost *host, const char *name)
{
    return (unsigned)g_ascii_strtoull(host->setting(name), NULL, 10);
}

static uid_t first(const RvDriverHost *host)
{
    return setting(host, "kvm_uid_base");
}

static unsigned count(const RvDriverHost *host)
{
    return setting(host, "kvm_uid_count");
}

uid_t kvm_uids_for_probes(const RvDriverHost *host)
{
    return first(host);
}

bool kvm_uids_contains(const RvDriverHost *host, uid_t uid)
{
    return uid > first(host) && uid - first(host) < count(host);
}

static char *path_of(const RvDriverHost *host, uid_t uid)
{
    return g_strdup_printf("%s/uids/%u", host->run_dir, (unsigned)uid);
}

static bool is_owned_by(const char *path, const char *owner)
{
    size_t len;
    g_autofree char *text = rv_file_read(path, RV_UUID_STRING_LEN, &len, NULL);
    return text && strcmp(text, owner) == 0;
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
        rv_error_set_errno(error, errno, "cannot take a user id for the guest: '%s'", path);
        if (fd >= 0)
            unlink(path);
    }
    return *ret_taken;
}

bool kvm_uids_take(const RvDriverHost *host, const RvUuid *owner, uid_t *ret_uid, GError **error)
{
    KvmHost *kvm = kvm_host(host);
    g_autofree char *folder = g_strdup_printf("%s/uids", host->run_dir);
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(owner, text);
    if (!rv_dir_create(folder, 0700, error))
        return false;

    unsigned n = count(host);
    for (unsigned i = 1; i < n; i++) {
        /* The next number, not the last one freed: what an ended guest left behind, if anything,
         * belongs to nobody for as long as possible. */
        unsigned turn = (unsigned)g_atomic_int_add(&kvm->last_uid, 1);
        uid_t uid = first(host) + 1 + turn % (n - 1);
        g_autofree char *path = path_of(host, uid);
        bool taken;
        if (!try(path, text, &taken, error))
            return false;
        if (taken) {
            *ret_uid = uid;
            return true;
        }
    }
    rv_error_set(error, RV_ERR_RESOURCE_BUSY, "all %u user ids for guests are in use", n - 1);
    rv_error_remedy(error, "raise kvm_uid_count in reeved.conf");
    return false;
}

static void release_path(const char *path, const char *owner)
{
    if (is_owned_by(path, owner))
        unlink(path);
}

static void release_all(const RvDriverHost *host, const char *owner)
{
    g_autofree char *folder = g_strdup_printf("%s/uids", host->run_dir);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        release_path(path, owner);
    }
}

void kvm_uids_release(const RvDriverHost *host, const RvUuid *owner, uid_t uid)
{
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(owner, text);
    g_autofree char *path = path_of(host, uid);
    if (uid == 0)
        release_all(host, text);
    else if (kvm_uids_contains(host, uid))
        release_path(path, text);
}
