/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/save-image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"

enum { FORMAT_VERSION = 1, BLOCK = 4096, MAX_XML = 16 << 20 };

#define MAGIC "reeve saved guest\n"
#define UNPLACED ".reeve-new"

void rv_save_image_free(RvSaveImage *image)
{
    if (!image)
        return;
    rv_fd_close(&image->fd);
    g_free(image->path);
    g_free(image->driver);
    g_free(image->xml);
    g_free(image);
}

static char *other_name(const char *path)
{
    return g_strconcat(path, UNPLACED, NULL);
}

/* ---- The head ------------------------------------------------------------------------------- */

/* Of all that the head says, and of the definition. The driver's part has checks of its own. */
static char *make_checksum(const RvSaveImage *image)
{
    g_autofree char *head = g_strdup_printf("%d %s %d %" PRIu64 " %" PRIu64 "\n", FORMAT_VERSION,
                                            image->driver, image->paused, image->data_at,
                                            image->data_len);
    g_autofree char *all = g_strconcat(head, image->xml, NULL);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
}

static bool write_head(const RvSaveImage *image, bool complete, GError **error)
{
    char block[BLOCK] = MAGIC;
    g_autofree char *checksum = make_checksum(image);
    json_t *head = json_pack("{s:i, s:b, s:s, s:b, s:I, s:I, s:I, s:s}", "version", FORMAT_VERSION,
                             "complete", complete, "driver", image->driver, "paused", image->paused,
                             "xml-bytes", (json_int_t)strlen(image->xml), "data-at",
                             (json_int_t)image->data_at, "data-bytes", (json_int_t)image->data_len,
                             "sha256", checksum);
    char *text = json_dumps(head, 0);
    g_assert(text && strlen(text) < BLOCK - sizeof(MAGIC));
    g_strlcat(block, text, sizeof(block));
    g_strlcat(block, "\n", sizeof(block));
    free(text);
    json_decref(head);
    if (pwrite(image->fd, block, sizeof(block), 0) == (ssize_t)sizeof(block))
        return true;
    rv_error_set_errno(error, errno, "cannot write '%s'", image->path);
    return false;
}

static bool refuse(const RvSaveImage *image, GError **error, const char *why)
{
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' cannot be restored: %s", image->path, why);
    return false;
}

static bool read_at(const RvSaveImage *image, void *bytes, size_t len, uint64_t at)
{
    for (size_t done = 0; done < len;) {
        ssize_t got = pread(image->fd, (char *)bytes + done, len - done, (off_t)(at + done));
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += (size_t)MAX(got, 0);
    }
    return true;
}

/* *ret_xml_len and *ret_checksum (borrowed from `head`) are what it says of the definition. */
static bool take_head(RvSaveImage *image, json_t *head, uint64_t *ret_xml_len,
                      const char **ret_checksum, GError **error)
{
    const char *driver;
    int version, complete, paused;
    json_int_t xml_len, data_at, data_len;
    if (json_unpack(head, "{s:i}", "version", &version) < 0)
        return refuse(image, error, "its head is damaged");
    if (version != FORMAT_VERSION)
        return refuse(image, error, "it is of a version that this reeved does not know");
    if (json_unpack(head, "{s:b, s:s, s:b, s:I, s:I, s:I, s:s}", "complete", &complete, "driver",
                    &driver, "paused", &paused, "xml-bytes", &xml_len, "data-at", &data_at,
                    "data-bytes", &data_len, "sha256", ret_checksum) < 0)
        return refuse(image, error, "its head is damaged");
    if (!complete)
        return refuse(image, error, "it was not written to its end");
    if (xml_len <= 0 || xml_len > MAX_XML || data_at < BLOCK + xml_len || data_len < 0)
        return refuse(image, error, "its head is damaged");
    image->driver = g_strdup(driver);
    image->paused = paused;
    image->data_at = (uint64_t)data_at;
    image->data_len = (uint64_t)data_len;
    *ret_xml_len = (uint64_t)xml_len;
    return true;
}

static bool read_head(RvSaveImage *image, GError **error)
{
    char block[BLOCK + 1] = {0};
    if (!read_at(image, block, BLOCK, 0) || !g_str_has_prefix(block, MAGIC))
        return refuse(image, error, "it is no file of a saved guest that reeve wrote");
    const char *text = block + strlen(MAGIC);
    const char *checksum = NULL;
    uint64_t xml_len;
    json_t *head = json_loadb(text, strcspn(text, "\n"), JSON_REJECT_DUPLICATES, NULL);
    bool ok = take_head(image, head, &xml_len, &checksum, error);
    if (ok) {
        image->xml = g_malloc0(xml_len + 1);
        ok = read_at(image, image->xml, xml_len, BLOCK) || refuse(image, error, "it is cut short");
    }
    g_autofree char *computed = ok ? make_checksum(image) : NULL;
    if (ok && (strlen(image->xml) != xml_len || strcmp(computed, checksum) != 0))
        ok = refuse(image, error, "its head or its definition is damaged");
    json_decref(head);
    return ok;
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* What has the name must be a file that may be replaced: no device, no link. */
static bool check_path(const char *path, GError **error)
{
    struct stat st;
    if (!g_path_is_absolute(path))
        rv_error_set(error, RV_ERR_INVALID_ARG, "the path '%s' is not absolute", path);
    else if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "'%s' is no plain file: a guest is saved to a new file, or in place of one",
                     path);
    else
        return true;
    return false;
}

RvSaveImage *rv_save_image_new(const RvSaveImage *what, GError **error)
{
    if (!check_path(what->path, error))
        return NULL;
    g_autofree char *name = other_name(what->path);
    g_autoptr(RvSaveImage) image = g_new0(RvSaveImage, 1);
    size_t xml_len = strlen(what->xml);
    image->path = g_strdup(what->path);
    image->driver = g_strdup(what->driver);
    image->xml = g_strdup(what->xml);
    image->paused = what->paused;
    image->data_at = BLOCK + (xml_len + BLOCK - 1) / BLOCK * BLOCK;
    unlink(name);
    image->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (image->fd < 0) {
        rv_error_set_errno(error, errno, "cannot create '%s'", name);
        return NULL;
    }
    if (!write_head(image, false, error) || lseek(image->fd, BLOCK, SEEK_SET) < 0 ||
        !rv_fd_write_all(image->fd, image->xml, xml_len, error) ||
        lseek(image->fd, (off_t)image->data_at, SEEK_SET) < 0) {
        unlink(name);
        return NULL;
    }
    return g_steal_pointer(&image);
}

bool rv_save_image_complete(RvSaveImage *image, GError **error)
{
    struct stat st;
    if (fstat(image->fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot look at '%s'", image->path);
        return false;
    }
    image->data_len = (uint64_t)MAX(st.st_size - (off_t)image->data_at, 0);
    if (!write_head(image, true, error))
        return false;
    if (fsync(image->fd) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot sync '%s'", image->path);
    return false;
}

bool rv_save_image_place(const char *path, GError **error)
{
    g_autofree char *name = other_name(path);
    if (rename(name, path) < 0 && !(errno == ENOENT && access(path, F_OK) == 0)) {
        rv_error_set_errno(error, errno, "cannot rename '%s' to '%s'", name, path);
        return false;
    }
    return rv_file_sync_folder(path, error);
}

void rv_save_image_discard(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = other_name(path);
    if (!rv_file_remove(name, &error))
        rv_log_error("%s", error->message);
}

/* ---- Reading -------------------------------------------------------------------------------- */

RvSaveImage *rv_save_image_open(const char *path, GError **error)
{
    struct stat st;
    g_autoptr(RvSaveImage) image = g_new0(RvSaveImage, 1);
    image->path = g_strdup(path);
    /* What is no file must not keep us waiting. */
    image->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (image->fd < 0 || fstat(image->fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot read '%s'", path);
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        refuse(image, error, "it is no plain file");
        return NULL;
    }
    if (!read_head(image, error))
        return NULL;
    if ((uint64_t)st.st_size != image->data_at + image->data_len) {
        g_autofree char *why = g_strdup_printf("it should have %" PRIu64 " bytes, and has %" PRIu64,
                                               image->data_at + image->data_len,
                                               (uint64_t)st.st_size);
        refuse(image, error, why);
        return NULL;
    }
    if (lseek(image->fd, (off_t)image->data_at, SEEK_SET) >= 0)
        return g_steal_pointer(&image);
    rv_error_set_errno(error, errno, "cannot read '%s'", path);
    return NULL;
}
