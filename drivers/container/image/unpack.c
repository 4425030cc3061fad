/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/unpack.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/image/inflate.h"
#include "drivers/container/image/tree.h"

#define WHITEOUT ".wh."
#define WHITEOUT_META ".wh..wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"
#define OPAQUE_ATTRIBUTE "trusted.overlay.opaque"
#define CHECK_SPACE_EACH ((uint64_t)64 << 20)
#define ATTRIBUTES_MAX 64
#define ATTRIBUTE_MAX (64u << 10)

const RvUnpackLimits rv_unpack_limits = {
    .max_bytes = (uint64_t)64 << 30,
    .max_entries = 2000000,
    .free_ratio = (uint64_t)1 << 30,
    .max_ratio = 100,
    .min_free = (uint64_t)256 << 20,
};

/* The times of folders are set when nothing is put into them any more. */
typedef struct {
    struct timespec time;
    char path[];
} Folder;

typedef struct {
    const RvUnpack *job;
    RvInflate inflate;
    struct archive *tar;
    struct archive_entry *entry;
    char *path;       /* of the entry, cleaned */
    const char *name; /* its last component */
    int parent;       /* the folder it is in: that of `parent_path` */
    char *parent_path;
    GPtrArray *folders; /* Folder */
    uint64_t written, unchecked;
    RvUnpacked *ret;
} Unpacking;

void rv_unpacked_clear(RvUnpacked *unpacked)
{
    g_clear_pointer(&unpacked->digest, g_free);
    g_clear_pointer(&unpacked->diff_id, g_free);
}

static bool fail(const Unpacking *u, GError **error, const char *what)
{
    rv_error_set_errno(error, errno, "cannot %s '%.200s'", what, u->path);
    return false;
}

static bool refuse(const Unpacking *u, GError **error, const char *why)
{
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%.200s' %s", u->path, why);
    return false;
}

/* ---- Where an entry goes -------------------------------------------------------------------- */

static void forget_parent(Unpacking *u)
{
    rv_fd_close(&u->parent);
    g_clear_pointer(&u->parent_path, g_free);
}

/* Entries of one folder mostly follow each other. A folder that was kept open is still one of the
 * root, whatever its path has become since. */
static bool enter_parent(Unpacking *u, GError **error)
{
    const char *slash = strrchr(u->path, '/');
    size_t len = slash ? (size_t)(slash - u->path) : 0;
    if (u->parent_path && strlen(u->parent_path) == len &&
        strncmp(u->parent_path, u->path, len) == 0) {
        u->name = slash ? slash + 1 : u->path;
        return true;
    }
    forget_parent(u);
    u->parent = rv_tree_parent(u->job->root, u->path, true, &u->name, error);
    if (u->parent < 0)
        return false;
    u->parent_path = g_strndup(u->path, len);
    return true;
}

/* What the archive says twice is what it said last; but a folder stays one. `ret_whiteout`: what
 * was there hid something of the layers below. */
static bool clear_place(Unpacking *u, bool *ret_whiteout, GError **error)
{
    struct stat st;
    *ret_whiteout = false;
    if (fstatat(u->parent, u->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || fail(u, error, "look at");
    if (S_ISDIR(st.st_mode))
        return refuse(u, error, "is a folder, and then another kind of file in the same layer");
    *ret_whiteout = S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
    return unlinkat(u->parent, u->name, 0) == 0 || fail(u, error, "replace");
}

/* ---- What an entry is ----------------------------------------------------------------------- */

static bool is_kept_attribute(const char *name)
{
    return strcmp(name, "security.capability") == 0 ||
           (g_str_has_prefix(name, "user.") && !g_str_has_prefix(name, "user.overlay."));
}

static bool set_attributes(Unpacking *u, int fd, GError **error)
{
    const char *name;
    const void *value;
    size_t size;
    if (archive_entry_xattr_count(u->entry) > ATTRIBUTES_MAX)
        return refuse(u, error, "has too many extended attributes");
    archive_entry_xattr_reset(u->entry);
    while (archive_entry_xattr_next(u->entry, &name, &value, &size) == ARCHIVE_OK) {
        if (g_str_has_prefix(name, "trusted.overlay.") || g_str_has_prefix(name, "user.overlay."))
            return refuse(u, error, "has attributes by which overlayfs would be misled");
        if (size > ATTRIBUTE_MAX)
            return refuse(u, error, "has an extended attribute that is too large");
        /* A file system that cannot hold it is no reason to refuse the image. */
        if (is_kept_attribute(name) && fsetxattr(fd, name, value, size, 0) < 0 &&
            errno != ENOTSUP && errno != ENOSPC && errno != EPERM)
            return fail(u, error, "set an extended attribute of");
    }
    return true;
}

static struct timespec time_of(struct archive_entry *entry)
{
    return (struct timespec){archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
}

static bool get_owner(Unpacking *u, uid_t *ret_uid, gid_t *ret_gid, GError **error)
{
    la_int64_t uid = archive_entry_uid(u->entry), gid = archive_entry_gid(u->entry);
    if (uid < 0 || gid < 0 || uid >= UINT32_MAX || gid >= UINT32_MAX)
        return refuse(u, error, "has an owner who cannot be");
    *ret_uid = (uid_t)uid;
    *ret_gid = (gid_t)gid;
    return true;
}

/* Mode last: a change of the owner takes bits away. */
static bool set_owner_and_mode(Unpacking *u, int fd, GError **error)
{
    uid_t uid;
    gid_t gid;
    return get_owner(u, &uid, &gid, error) &&
           (fchown(fd, uid, gid) == 0 || fail(u, error, "set the owner of")) &&
           set_attributes(u, fd, error) &&
           (fchmod(fd, archive_entry_perm(u->entry) & 07777) == 0 ||
            fail(u, error, "set the mode of"));
}

static bool write_at(Unpacking *u, int fd, const char *bytes, size_t len, la_int64_t at,
                     GError **error)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, bytes, len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(u, error, "write");
        bytes += n;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* What the archive says of itself is counted beforehand; this is what is really there. */
static bool count_written(Unpacking *u, size_t len, GError **error)
{
    const RvUnpackLimits *limits = u->job->limits;
    struct statvfs fs;
    u->written += len;
    u->unchecked += len;
    if (u->written > limits->free_ratio && u->written / limits->max_ratio > u->inflate.n_in)
        return refuse(u, error, "is too large for the size of its archive: that is a bomb");
    if (u->unchecked < CHECK_SPACE_EACH || fstatvfs(u->job->root, &fs) < 0)
        return true;
    u->unchecked = 0;
    if (fs.f_bavail * fs.f_frsize >= limits->min_free)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "the disk is nearly full");
    rv_error_remedy(error, "make room; `reeve image prune` removes what no container uses");
    return false;
}

static bool write_data(Unpacking *u, int fd, GError **error)
{
    la_int64_t size = archive_entry_size(u->entry), at;
    const void *bytes;
    size_t len;
    int result;
    while ((result = archive_read_data_block(u->tar, &bytes, &len, &at)) == ARCHIVE_OK) {
        if (at < 0 || at > size || (uint64_t)len > (uint64_t)(size - at))
            return refuse(u, error, "has data beyond its end");
        if (!count_written(u, len, error) || !write_at(u, fd, bytes, len, at, error))
            return false;
    }
    if (result != ARCHIVE_EOF) {
        rv_inflate_fail(&u->inflate, u->tar, "the archive ends too early, or is damaged", error);
        return false;
    }
    return size == 0 || ftruncate(fd, size) == 0 || fail(u, error, "write");
}

static bool make_file(Unpacking *u, GError **error)
{
    bool whiteout;
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    rv_autofd int fd = openat(u->parent, u->name, flags, 0600);
    if (fd < 0 && errno == EEXIST) {
        if (!clear_place(u, &whiteout, error))
            return false;
        fd = openat(u->parent, u->name, flags, 0600);
    }
    if (fd < 0)
        return fail(u, error, "make");
    struct timespec times[] = {time_of(u->entry), time_of(u->entry)};
    return write_data(u, fd, error) && set_owner_and_mode(u, fd, error) &&
           (futimens(fd, times) == 0 || fail(u, error, "set the time of"));
}

static bool set_opaque(Unpacking *u, int at, const char *name, GError **error)
{
    rv_autofd int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return (fd >= 0 && fsetxattr(fd, OPAQUE_ATTRIBUTE, "y", 1, 0) == 0) ||
           fail(u, error, "hide the layers below");
}

static void remember_folder(Unpacking *u)
{
    size_t size = strlen(u->path) + 1;
    Folder *folder = g_malloc(sizeof(*folder) + size);
    folder->time = time_of(u->entry);
    memcpy(folder->path, u->path, size);
    g_ptr_array_add(u->folders, folder);
}

static bool make_folder(Unpacking *u, GError **error)
{
    bool whiteout = false;
    if (mkdirat(u->parent, u->name, 0700) < 0) {
        struct stat st;
        if (errno != EEXIST || fstatat(u->parent, u->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            return fail(u, error, "make the folder");
        if (!S_ISDIR(st.st_mode) && (!clear_place(u, &whiteout, error) ||
                                     (mkdirat(u->parent, u->name, 0700) < 0 &&
                                      !fail(u, error, "make the folder"))))
            return false;
    }
    rv_autofd int fd = openat(u->parent, u->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(u, error, "open the folder");
    remember_folder(u);
    return (!whiteout || set_opaque(u, u->parent, u->name, error)) &&
           set_owner_and_mode(u, fd, error);
}

/* The root itself: its owner, mode and time. */
static bool set_root(Unpacking *u, GError **error)
{
    if (archive_entry_filetype(u->entry) != AE_IFDIR)
        return refuse(u, error, "stands for the root, and is not a folder");
    remember_folder(u);
    return set_owner_and_mode(u, u->job->root, error);
}

static const char *link_text(const char *plain, const char *utf8)
{
    return plain ? plain : utf8;
}

static bool make_symlink(Unpacking *u, GError **error)
{
    bool whiteout;
    uid_t uid;
    gid_t gid;
    const char *target = link_text(archive_entry_symlink(u->entry),
                                   archive_entry_symlink_utf8(u->entry));
    if (!target || !*target || strlen(target) > RV_TREE_PATH_MAX)
        return refuse(u, error, "is a link to nothing");
    if (!clear_place(u, &whiteout, error) || !get_owner(u, &uid, &gid, error))
        return false;
    if (symlinkat(target, u->parent, u->name) < 0)
        return fail(u, error, "make the link");
    /* A folder that is kept open may be reached by another path now. */
    struct timespec times[] = {time_of(u->entry), time_of(u->entry)};
    return (fchownat(u->parent, u->name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 &&
            utimensat(u->parent, u->name, times, AT_SYMLINK_NOFOLLOW) == 0) ||
           fail(u, error, "set the owner of the link");
}

static bool check_link_target(Unpacking *u, int at, const char *name, GError **error)
{
    struct stat st;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return refuse(u, error, "is a hard link to a file that is not in the layer");
    return S_ISREG(st.st_mode) ||
           refuse(u, error, "is a hard link to something else than a regular file");
}

static bool make_hard_link(Unpacking *u, GError **error)
{
    const char *text = link_text(archive_entry_hardlink(u->entry),
                                 archive_entry_hardlink_utf8(u->entry));
    const char *name;
    bool whiteout;
    g_autofree char *target = rv_tree_clean(text ? text : "", error);
    if (!target)
        return false;
    if (!*target)
        return refuse(u, error, "is a hard link to nothing");
    rv_autofd int at = rv_tree_parent(u->job->root, target, false, &name, error);
    if (at < 0 || !check_link_target(u, at, name, error))
        return false;
    if (strcmp(target, u->path) == 0)
        return true;
    return clear_place(u, &whiteout, error) &&
           (linkat(at, name, u->parent, u->name, 0) == 0 || fail(u, error, "make the hard link"));
}

static bool make_fifo(Unpacking *u, GError **error)
{
    bool whiteout;
    uid_t uid;
    gid_t gid;
    if (!clear_place(u, &whiteout, error) || !get_owner(u, &uid, &gid, error))
        return false;
    mode_t mode = archive_entry_perm(u->entry) & 0777;
    return (mkfifoat(u->parent, u->name, mode) == 0 &&
            fchownat(u->parent, u->name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 &&
            fchmodat(u->parent, u->name, mode, 0) == 0) ||
           fail(u, error, "make the FIFO");
}

/* ---- Whiteouts ------------------------------------------------------------------------------ */

static bool make_whiteout(Unpacking *u, GError **error)
{
    const char *hidden = u->name + strlen(WHITEOUT);
    if (strcmp(u->name, WHITEOUT_OPAQUE) == 0)
        return set_opaque(u, u->parent, ".", error);
    if (g_str_has_prefix(u->name, WHITEOUT_META)) /* a note that aufs made for itself */
        return true;
    if (!*hidden || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
        return refuse(u, error, "hides nothing that could be");
    if (mknodat(u->parent, hidden, S_IFCHR, makedev(0, 0)) == 0)
        return true;
    struct stat st;
    if (errno != EEXIST || fstatat(u->parent, hidden, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(u, error, "hide");
    /* What this layer itself brings is not hidden; but a folder then hides what was below. */
    return !S_ISDIR(st.st_mode) || set_opaque(u, u->parent, hidden, error);
}

/* ---- Entries -------------------------------------------------------------------------------- */

static bool count(Unpacking *u, GError **error)
{
    const RvUnpackLimits *limits = u->job->limits;
    la_int64_t size = archive_entry_size(u->entry);
    bool has_data = archive_entry_filetype(u->entry) == AE_IFREG &&
                    !archive_entry_hardlink(u->entry);
    if (++u->ret->entries > limits->max_entries)
        return refuse(u, error, "is one file too many: the layer has more than are allowed");
    if (size < 0 || (has_data && (uint64_t)size > limits->max_bytes - u->ret->bytes))
        return refuse(u, error, "is too large: the layer would unpack to more than is allowed");
    if (has_data)
        u->ret->bytes += (uint64_t)size;
    return true;
}

static bool make_by_type(Unpacking *u, GError **error)
{
    if (archive_entry_hardlink(u->entry) || archive_entry_hardlink_utf8(u->entry))
        return make_hard_link(u, error);
    switch (archive_entry_filetype(u->entry)) {
    case AE_IFREG:
        return make_file(u, error);
    case AE_IFDIR:
        return make_folder(u, error);
    case AE_IFLNK:
        return make_symlink(u, error);
    case AE_IFIFO:
        return make_fifo(u, error);
    case AE_IFCHR:
    case AE_IFBLK:
    case AE_IFSOCK:
        u->ret->devices++;
        return true;
    default:
        return refuse(u, error, "is of an unknown type");
    }
}

static bool make_entry(Unpacking *u, GError **error)
{
    const char *path = link_text(archive_entry_pathname(u->entry),
                                 archive_entry_pathname_utf8(u->entry));
    g_free(u->path);
    u->path = rv_tree_clean(path ? path : "..", error);
    if (!u->path || !count(u, error))
        return false;
    if (!*u->path)
        return set_root(u, error);
    if (!enter_parent(u, error))
        return false;
    if (g_str_has_prefix(u->name, WHITEOUT))
        return make_whiteout(u, error);
    return make_by_type(u, error);
}

/* A path that has come to lead to something else is passed by: nothing is lost but a time. */
static void set_folder_times(Unpacking *u)
{
    for (guint i = u->folders->len; i > 0; i--) {
        const Folder *folder = u->folders->pdata[i - 1];
        rv_autofd int fd = rv_tree_open(u->job->root, folder->path,
                                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
        struct timespec times[] = {folder->time, folder->time};
        if (fd >= 0 && futimens(fd, times) < 0)
            continue;
    }
}

static bool unpack_all(Unpacking *u, GError **error)
{
    int result;
    while ((result = archive_read_next_header(u->tar, &u->entry)) == ARCHIVE_OK ||
           result == ARCHIVE_WARN)
        if (!make_entry(u, error))
            return false;
    if (result != ARCHIVE_EOF) {
        rv_inflate_fail(&u->inflate, u->tar, "the archive is damaged", error);
        return false;
    }
    set_folder_times(u);
    return rv_inflate_drain(&u->inflate, error);
}

static void take_digests(Unpacking *u)
{
    u->ret->digest = rv_digest_end(u->inflate.outer);
    u->ret->diff_id = u->inflate.inner ? rv_digest_end(u->inflate.inner) : g_strdup(u->ret->digest);
    u->ret->size = u->inflate.n_in;
}

bool rv_unpack_layer(const RvUnpack *unpack, RvUnpacked *ret, GError **error)
{
    Unpacking u = {.job = unpack, .parent = -1, .ret = ret};
    *ret = (RvUnpacked){0};
    rv_inflate_init(&u.inflate, unpack->archive, unpack->format, RV_INFLATE_DIGESTS);
    u.inflate.cancel = unpack->cancel;
    u.inflate.progress = unpack->progress;
    u.inflate.data = unpack->data;
    u.folders = g_ptr_array_new_with_free_func(g_free);
    bool ok = rv_inflate_open(&u.inflate, error) && (u.tar = rv_inflate_tar(&u.inflate, error)) &&
              unpack_all(&u, error);
    if (ok)
        take_digests(&u);
    else
        g_prefix_error(error, "%s: ", unpack->label);
    g_clear_pointer(&u.tar, archive_read_free);
    rv_inflate_clear(&u.inflate);
    g_ptr_array_unref(u.folders);
    forget_parent(&u);
    g_free(u.path);
    return ok;
}
