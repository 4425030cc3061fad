/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/storage/image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

enum {
    MAX_OUTPUT = 64 << 10,
    MAX_CHAIN = 64,
    CREATE_MS = 3600000, /* of preallocation */
    CONVERT_MS = INT_MAX,
    RESIZE_MS = 3600000,
};
#define MAX_MEMORY (UINT64_C(4) << 30)

void storage_image_read_header(RvHeader *header, int fd)
{
    g_autofree unsigned char *bytes = g_malloc(RV_HEADER_MAX);
    ssize_t len = pread(fd, bytes, RV_HEADER_MAX, 0);
    rv_header_read(header, bytes, len > 0 ? (size_t)len : 0);
}

char *storage_image_backing_path(const char *folder, const RvHeader *header)
{
    const char *backing = header->backing;
    if (g_str_has_prefix(backing, "file:"))
        backing += strlen("file:");
    size_t scheme = strcspn(backing, ":/");
    if (backing[scheme] == ':')
        return NULL;
    return g_path_is_absolute(backing) ? g_strdup(backing)
                                       : g_build_filename(folder, backing, NULL);
}

const char *storage_image_format(const char *format, GError **error)
{
    static const char *const known[][2] = {
        {"qcow2", "qcow2"}, {"qcow", "qcow"}, {"qed", "qed"},   {"vmdk", "vmdk"},
        {"vdi", "vdi"},     {"vpc", "vpc"},   {"vhd", "vhdx"},  {"raw", "raw"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++) {
        if (!g_strcmp0(format, known[i][0]))
            return known[i][1];
    }
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "volumes of format '%s' cannot be made", format);
    rv_error_remedy(error, "raw, qcow2, qcow, qed, vmdk, vdi and vpc can");
    return NULL;
}

/* ---- qemu-img -------------------------------------------------------------------------------- */

static RvSpawn *qemu_img(const char *command)
{
    RvSpawn *spawn = rv_spawn_new("qemu-img");
    rv_spawn_arg(spawn, command);
    rv_spawn_limit(spawn, RLIMIT_AS, MAX_MEMORY);
    rv_spawn_limit(spawn, RLIMIT_CORE, 0);
    return spawn;
}

/* The path by which the child finds a descriptor of ours; NULL: an error. */
static char *pass(RvSpawn *spawn, int fd, GError **error)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) {
        rv_error_set_errno(error, errno, "cannot pass an image");
        return NULL;
    }
    return g_strdup_printf("/proc/self/fd/%d", rv_spawn_pass_fd(spawn, copy));
}

static bool run(RvSpawn *spawn, int timeout_ms, RvOperation *op, GError **error)
{
    g_autofree char *output = rv_spawn_run(spawn, MAX_OUTPUT, timeout_ms, op->cancel, error);
    if (!output && g_error_matches(*error, RV_ERROR, RV_ERR_SYSTEM))
        rv_error_remedy(error, "qemu-img is in Debian's package qemu-utils");
    return output != NULL;
}

/* ---- Making one ------------------------------------------------------------------------------ */

static bool add_features(const RvVolumeImage *target, GString *options, GError **error)
{
    bool old = !g_strcmp0(target->compat, "0.10");
    if (old && (target->lazy_refcounts || target->extended_l2)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "%s is not there in images that are compatible with QEMU 0.10",
                     target->lazy_refcounts ? "lazy_refcounts" : "extended_l2");
        return false;
    }
    if (target->lazy_refcounts)
        g_string_append(options, "lazy_refcounts=on,");
    if (target->extended_l2)
        g_string_append(options, "extended_l2=on,");
    return true;
}

/* The comma is what ends an option: in a value it is doubled. */
static void append_value(GString *options, const char *value)
{
    for (; *value; value++)
        g_string_append(options, *value == ',' ? ",," : (char[]){*value, '\0'});
}

static bool add_options(RvSpawn *spawn, const RvVolumeDef *def, const RvVolumeMake *make,
                        GError **error)
{
    const RvVolumeImage *target = &def->target;
    g_autoptr(GString) options = g_string_new(NULL);
    if (make->preallocate)
        g_string_append_printf(options, "preallocation=%s,",
                               def->allocation < def->capacity ? "metadata" : "falloc");
    if (target->nocow)
        g_string_append(options, "nocow=on,");
    if (target->cluster_size)
        g_string_append_printf(options, "cluster_size=%" PRIu64 ",", target->cluster_size);
    if (!g_strcmp0(target->format, "qcow2")) {
        g_string_append(options, "compat=");
        append_value(options, target->compat ? target->compat : "1.1");
        g_string_append_c(options, ',');
        if (!add_features(target, options, error))
            return false;
    }
    if (options->len) {
        g_string_truncate(options, options->len - 1);
        rv_spawn_arg(spawn, "-o");
        rv_spawn_arg(spawn, options->str);
    }
    return true;
}

/* The size of what an overlay is one of. */
static bool backing_capacity(const RvVolumeImage *backing, uint64_t *ret, GError **error)
{
    rv_autofd int fd = open(backing->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        rv_error_set_errno(error, errno, "cannot open backing store '%s'", backing->path);
        return false;
    }
    g_auto(RvHeader) header = {.format = "raw"};
    off_t end = S_ISBLK(st.st_mode) ? lseek(fd, 0, SEEK_END) : st.st_size;
    *ret = end > 0 ? (uint64_t)end : 0;
    if (g_strcmp0(backing->format, "raw")) {
        storage_image_read_header(&header, fd);
        if (g_strcmp0(backing->format, header.format)) {
            rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                         "backing store '%s' is of format '%s', not '%s'", backing->path,
                         header.format, backing->format);
            return false;
        }
        *ret = header.capacity ? header.capacity : *ret;
    }
    return true;
}

bool storage_image_create(int fd, const RvVolumeDef *def, const RvVolumeMake *make,
                          RvOperation *op, GError **error)
{
    const RvVolumeImage *backing = def->backing;
    const char *format = storage_image_format(def->target.format, error);
    g_autoptr(RvSpawn) spawn = qemu_img("create");
    g_autofree char *path = format ? pass(spawn, fd, error) : NULL;
    uint64_t capacity = def->capacity;
    if (!path || (backing && capacity == RV_VOLUME_SIZE_NONE &&
                  !backing_capacity(backing, &capacity, error)))
        return false;
    rv_spawn_arg(spawn, "-q");
    rv_spawn_arg(spawn, "-f");
    rv_spawn_arg(spawn, format);
    if (!add_options(spawn, def, make, error))
        return false;
    if (backing) {
        uint64_t ignored;
        if (!storage_image_format(backing->format, error) ||
            !backing_capacity(backing, &ignored, error))
            return false;
        rv_spawn_arg(spawn, "-u");
        rv_spawn_arg(spawn, "-b");
        rv_spawn_arg(spawn, backing->path);
        rv_spawn_arg(spawn, "-F");
        rv_spawn_arg(spawn, storage_image_format(backing->format, error));
    }
    rv_spawn_arg(spawn, path);
    rv_spawn_arg_format(spawn, "%" PRIu64, capacity);
    return run(spawn, CREATE_MS, op, error);
}

/* ---- Reading one ----------------------------------------------------------------------------- */

/* Within one of the folders that are allowed, after all links. */
static bool is_allowed(const char *path, const char *const *folders)
{
    g_autofree char *real = realpath(path, NULL);
    for (; real && folders && *folders; folders++) {
        g_autofree char *folder = realpath(*folders, NULL);
        size_t len = folder ? strlen(folder) : 0;
        if (len && !strncmp(real, folder, len) && real[len] == '/')
            return true;
    }
    return false;
}

static int open_backing(const StorageOrigin *origin, const RvHeader *header, char **ret_folder,
                        GError **error)
{
    g_autofree char *path = storage_image_backing_path(origin->folder, header);
    if (!path || !is_allowed(path, origin->folders)) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "the image says that it is an overlay of '%s', which is in no active pool",
                     header->backing);
        rv_error_remedy(error, "start a pool of that folder, if the image can be trusted");
        return -1;
    }
    if (!header->backing_format) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "the image does not say the format of '%s', which it is an overlay of", path);
        rv_error_remedy(error, "qemu-img rebase -u -b '%s' -F FORMAT IMAGE", path);
        return -1;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot open '%s'", path);
    *ret_folder = g_path_get_dirname(path);
    return fd;
}

static bool refuse_origin(const RvHeader *header, unsigned depth, GError **error)
{
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                 header->data_file   ? "the image has an external data file, which is not followed"
                 : depth > MAX_CHAIN ? "the image has too many others below it"
                                     : "the image is not of the format that it should be of");
    return false;
}

static json_t *describe(RvSpawn *spawn, const StorageOrigin *origin, const char *format,
                        unsigned depth, GError **error);

/* What the image is an overlay of, so that it need not look for that itself. */
static bool add_backing(json_t *node, RvSpawn *spawn, const StorageOrigin *origin,
                        const RvHeader *header, unsigned depth, GError **error)
{
    g_autofree char *folder = NULL;
    if (!header->backing) {
        bool could_have = g_str_has_prefix(header->format, "q"); /* qcow, qcow2, qed */
        return !could_have || json_object_set_new(node, "backing", json_null()) == 0;
    }
    rv_autofd int fd = open_backing(origin, header, &folder, error);
    const StorageOrigin next = {fd, folder, origin->folders};
    json_t *backing =
        fd >= 0 ? describe(spawn, &next, header->backing_format, depth + 1, error) : NULL;
    return backing && json_object_set_new(node, "backing", backing) == 0;
}

/* An image and all below it, in QEMU's words: every file by its descriptor. NULL: an error. */
static json_t *describe(RvSpawn *spawn, const StorageOrigin *origin, const char *format,
                        unsigned depth, GError **error)
{
    g_auto(RvHeader) header = {.format = "raw"};
    g_autofree char *path = pass(spawn, origin->fd, error);
    const char *driver = storage_image_format(format, error);
    if (!path || !driver)
        return NULL;
    if (g_strcmp0(format, "raw"))
        storage_image_read_header(&header, origin->fd);
    if ((g_strcmp0(format, header.format) || header.data_file || depth > MAX_CHAIN) &&
        !refuse_origin(&header, depth, error))
        return NULL;
    json_t *node = json_pack("{ss s{ss ss}}", "driver", driver, "file", "driver", "file",
                             "filename", path);
    if (add_backing(node, spawn, origin, &header, depth, error))
        return node;
    json_decref(node);
    return NULL;
}

/* The whole as a name that qemu-img takes. */
static char *describe_whole(RvSpawn *spawn, const StorageOrigin *origin, GError **error)
{
    g_auto(RvHeader) header = {.format = "raw"};
    storage_image_read_header(&header, origin->fd);
    const char *format = g_str_equal(header.format, "iso") ? "raw" : header.format;
    json_t *node = describe(spawn, origin, format, 0, error);
    if (!node)
        return NULL;
    char *text = json_dumps(node, JSON_COMPACT);
    char *name = g_strdup_printf("json:%s", text);
    free(text);
    json_decref(node);
    return name;
}

bool storage_image_convert(int fd, const RvVolumeDef *def, const StorageOrigin *origin,
                           const RvVolumeMake *make, RvOperation *op, GError **error)
{
    const char *format = storage_image_format(def->target.format, error);
    g_autoptr(RvSpawn) spawn = qemu_img("convert");
    g_autofree char *source = format ? describe_whole(spawn, origin, error) : NULL;
    g_autofree char *path = source ? pass(spawn, fd, error) : NULL;
    if (!path)
        return false;
    rv_spawn_arg(spawn, "-q");
    rv_spawn_arg(spawn, "-O");
    rv_spawn_arg(spawn, format);
    if (!add_options(spawn, def, make, error))
        return false;
    rv_spawn_arg(spawn, source);
    rv_spawn_arg(spawn, path);
    return run(spawn, CONVERT_MS, op, error);
}

bool storage_image_resize(const StorageOrigin *origin, uint64_t capacity, bool shrink,
                          RvOperation *op, GError **error)
{
    g_autoptr(RvSpawn) spawn = qemu_img("resize");
    g_autofree char *image = describe_whole(spawn, origin, error);
    if (!image)
        return false;
    rv_spawn_arg(spawn, "-q");
    if (shrink)
        rv_spawn_arg(spawn, "--shrink");
    rv_spawn_arg(spawn, image);
    rv_spawn_arg_format(spawn, "%" PRIu64, capacity);
    return run(spawn, RESIZE_MS, op, error);
}
