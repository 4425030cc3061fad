/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/stage.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/image/inflate.h"
#include "drivers/container/image/tree.h"

enum { FILES_MAX = 8192, ENTRIES_MAX = 65536 };

typedef struct {
    const RvStage *job;
    RvInflate inflate;
    struct archive *tar;
    uint64_t bytes;
    unsigned files, entries;
} Staging;

/* The last components of files that are part of an image; those that end in a suffix. */
static bool is_part(const char *path)
{
    static const char *const names[] = {"oci-layout", "index.json", "manifest.json", NULL};
    static const char *const suffixes[] = {".json", ".tar", "/layer.tar", NULL};
    if (g_strv_contains(names, path))
        return true;
    if (g_str_has_prefix(path, "blobs/sha256/"))
        return rv_digest_is_valid(path + strlen("blobs/sha256/"));
    for (const char *const *suffix = suffixes; *suffix; suffix++) {
        const char *slash = strchr(path, '/');
        size_t len = strlen(path);
        bool matches = len == RV_DIGEST_LEN + strlen(*suffix) && g_str_has_suffix(path, *suffix);
        if (matches && (!slash || slash == path + RV_DIGEST_LEN))
            return true;
    }
    return false;
}

static bool copy_data(Staging *staging, int fd, const char *path, GError **error)
{
    const void *bytes;
    size_t len;
    la_int64_t at, expected = 0;
    int result;
    while ((result = archive_read_data_block(staging->tar, &bytes, &len, &at)) == ARCHIVE_OK) {
        if (at != expected) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%.200s' has holes", path);
            return false;
        }
        expected += (la_int64_t)len;
        if (!rv_fd_write_all(fd, bytes, len, error))
            return false;
    }
    if (result == ARCHIVE_EOF)
        return true;
    rv_inflate_fail(&staging->inflate, staging->tar, "the archive ends too early, or is damaged",
                    error);
    return false;
}

static bool take_file(Staging *staging, struct archive_entry *entry, const char *path,
                      GError **error)
{
    const char *name;
    la_int64_t size = archive_entry_size(entry);
    if (++staging->files > FILES_MAX || size < 0 ||
        (uint64_t)size > staging->job->max_bytes - staging->bytes) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "the archive holds more files, or more bytes, than are allowed");
        return false;
    }
    staging->bytes += (uint64_t)size;
    rv_autofd int parent = rv_tree_parent(staging->job->folder, path, true, &name, error);
    if (parent < 0)
        return false;
    rv_autofd int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                              0600);
    if (fd < 0 && errno == EEXIST)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the archive holds '%.200s' twice", path);
    else if (fd < 0)
        rv_error_set_errno(error, errno, "cannot unpack '%.200s'", path);
    return fd >= 0 && copy_data(staging, fd, path, error);
}

static bool take_entry(Staging *staging, struct archive_entry *entry, GError **error)
{
    const char *name = archive_entry_pathname(entry);
    if (++staging->entries > ENTRIES_MAX) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the archive holds too many files");
        return false;
    }
    g_autofree char *path = rv_tree_clean(name ? name : "..", error);
    if (!path)
        return false;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        !is_part(path))
        return true;
    return take_file(staging, entry, path, error);
}

static bool take_all(Staging *staging, GError **error)
{
    struct archive_entry *entry;
    int result;
    while ((result = archive_read_next_header(staging->tar, &entry)) == ARCHIVE_OK ||
           result == ARCHIVE_WARN)
        if (!take_entry(staging, entry, error))
            return false;
    if (result == ARCHIVE_EOF)
        return true;
    rv_inflate_fail(&staging->inflate, staging->tar, "the archive is damaged", error);
    return false;
}

bool rv_stage_archive(const RvStage *stage, GError **error)
{
    Staging staging = {.job = stage};
    rv_inflate_init(&staging.inflate, stage->archive, rv_inflate_guess(stage->archive),
                    !RV_INFLATE_DIGESTS);
    staging.inflate.cancel = stage->cancel;
    staging.inflate.progress = stage->progress;
    staging.inflate.data = stage->data;
    bool ok = rv_inflate_open(&staging.inflate, error) &&
              (staging.tar = rv_inflate_tar(&staging.inflate, error)) && take_all(&staging, error);
    g_clear_pointer(&staging.tar, archive_read_free);
    rv_inflate_clear(&staging.inflate);
    return ok;
}
