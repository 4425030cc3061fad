/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images of people who mean harm, and of people who do not. After each that is refused nothing of
 * it is left; and nothing is ever written outside of the store. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/file.h"
#include "drivers/container/image/digest.h"
#include "drivers/container/image/import.h"
#include "drivers/container/image/root.h"
#include "drivers/container/image/tree.h"
#include "tests/check-main.h"
#include "tests/drivers/image-builder.h"

static const RvUnpackLimits small = {
    .max_bytes = 8 << 20,
    .max_entries = 200,
    .free_ratio = 1 << 20,
    .max_ratio = 50,
};

static char *folder; /* of one test: canary, layout/, store/ */
static RvImageStore *store;

static void set_up(void)
{
    /* In memory, where nothing waits for a disk. */
    folder = g_mkdtemp(g_strdup("/dev/shm/reeve-image-XXXXXX"));
    if (!folder)
        folder = g_dir_make_tmp("reeve-image-XXXXXX", NULL);
    image_write(folder, "canary", "alive", 5);
    g_autofree char *path = g_build_filename(folder, "store", NULL);
    store = rv_image_store_new(path);
}

static void tear_down(void)
{
    rv_image_store_free(store);
    g_autoptr(GError) error = NULL;
    ck_assert_msg(rv_dir_remove(folder, &error), "%s", error ? error->message : "");
    g_free(folder);
}

static unsigned count_entries(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned n = 0;
    while (dir && g_dir_read_name(dir))
        n++;
    return n;
}

static void check_canary(const char *label)
{
    g_autofree char *path = g_build_filename(folder, "canary", NULL);
    g_autofree char *text = rv_file_read(path, 100, NULL, NULL);
    ck_assert_msg(g_strcmp0(text, "alive") == 0, "%s: the canary is dead", label);
    ck_assert_msg(count_entries(".") <= 3, "%s: something was written beside the store", label);
    ck_assert_msg(count_entries("store/tmp") == 0, "%s: something is left", label);
}

static RvImage *import(const char *source, GError **error)
{
    RvImageImport job = {.source = source, .name = "test", .limits = &small};
    return rv_image_import(store, &job, error);
}

static RvImage *import_layers(GPtrArray *layers, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "layout", NULL);
    ImageLayout layout = {.layers = layers};
    image_write_layout(path, &layout);
    return import(path, error);
}

static void judge(const char *label, RvImage *image, const GError *error, const char *refusal)
{
    if (!refusal) {
        ck_assert_msg(image, "%s: %s", label, error ? error->message : "");
    } else {
        ck_assert_msg(!image, "%s: was not refused", label);
        ck_assert_msg(strstr(error->message, refusal), "%s: %s", label, error->message);
        ck_assert_msg(count_entries("store/configs") == 0, "%s: a configuration is left", label);
    }
    check_canary(label);
}

/* ---- Layers --------------------------------------------------------------------------------- */

#define LONG_NAME                                                                                  \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"   \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"   \
    "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static const struct {
    const char *label;
    ImageEntry entries[6];
    const char *refusal; /* NULL: it is taken, and harmless */
    const char *there;   /* what is then in the layer */
} layer_rows[] = {
    {"a file", {{"f", '0', "x"}}, NULL, "f"},
    {"a file in folders nobody made", {{"a/b/c", '0', "x"}}, NULL, "a/b/c"},
    {"absolute", {{"/etc/passwd", '0', "x"}}, NULL, "etc/passwd"},
    {"doubled slashes and dots", {{"//./etc//./x", '0', "x"}}, NULL, "etc/x"},
    {"up", {{"../canary", '0', "x"}}, "'..'", NULL},
    {"up in the middle", {{"a/../../canary", '0', "x"}}, "'..'", NULL},
    {"up at the end", {{"a/..", '5'}}, "'..'", NULL},
    {"absolute and up", {{"/../../canary", '0', "x"}}, "'..'", NULL},
    {"up by a long name", {{"x", '0', "x", .pax = "path=../canary"}}, "'..'", NULL},
    {"through a link up", {{"l", '2', "../.."}, {"l/canary", '0', "x"}}, NULL, "canary"},
    {"through an absolute link", {{"l", '2', "/tmp"}, {"l/f", '0', "x"}}, "l", NULL},
    {"through a link of /proc", {{"l", '2', "/proc/self/root"}, {"l/f", '0', "x"}}, "l", NULL},
    {"through a link to itself", {{"l", '2', "l"}, {"l/f", '0', "x"}}, "l", NULL},
    {"over a link", {{"l", '2', "../canary"}, {"l", '0', "x"}}, NULL, "l"},
    {"over a link, as a folder", {{"l", '2', ".."}, {"l", '5'}, {"l/f", '0', "x"}}, NULL, "l/f"},
    {"hard link up", {{"h", '1', "../canary"}}, "'..'", NULL},
    {"hard link absolute", {{"h", '1', "/etc/passwd"}}, "etc", NULL},
    {"hard link through a link",
     {{"l", '2', "/etc"}, {"h", '1', "l/passwd"}}, "l", NULL},
    {"hard link to a link", {{"l", '2', "../canary"}, {"h", '1', "l"}},
     "something else than a regular file", NULL},
    {"hard link to a folder", {{"d", '5'}, {"h", '1', "d"}},
     "something else than a regular file", NULL},
    {"hard link to itself", {{"f", '0', "x"}, {"f", '1', "f"}}, NULL, "f"},
    {"hard link to what is not there", {{"h", '1', "f"}}, "not in the layer", NULL},
    {"hard link to the root", {{"h", '1', "/"}}, "hard link to nothing", NULL},
    {"block device", {{"sda", '4', .pax = "x=y"}}, NULL, "-sda"},
    {"character device", {{"mem", '3'}}, NULL, "-mem"},
    {"FIFO", {{"p", '6'}}, NULL, "p"},
    {"write into a FIFO", {{"p", '6'}, {"p", '0', "x"}}, NULL, "p"},
    {"whiteout", {{"d/.wh.f", '0'}}, NULL, "d/f"},
    {"whiteout of nothing", {{".wh.", '0'}}, "hides nothing", NULL},
    {"whiteout up", {{"d/.wh...", '0'}}, "hides nothing", NULL},
    {"whiteout of here", {{"d/.wh..", '0'}}, "hides nothing", NULL},
    {"opaque", {{"d/.wh..wh..opq", '0'}}, NULL, "d"},
    {"below a whiteout", {{".wh.d", '0'}, {"d/f", '0', "x"}}, "d", NULL},
    {"misleading overlayfs", {{"d", '5', .pax = "SCHILY.xattr.trusted.overlay.redirect=/etc"}},
     "misled", NULL},
    {"misleading it by a user's", {{"d", '5', .pax = "SCHILY.xattr.user.overlay.metacopy=y"}},
     "misled", NULL},
    {"folder into file", {{"d", '5'}, {"d", '0', "x"}}, "then another kind", NULL},
    {"file into folder", {{"d", '0', "x"}, {"d/f", '0', "x"}}, "d", NULL},
    {"root as a link", {{"./", '2', "/etc"}}, "stands for the root", NULL},
    {"component too long", {{"x", '0', "x", .pax = "path=" LONG_NAME}}, "255 bytes", NULL},
    {"endless", {{"f", '0', "x", .size = 7 << 20}}, "ends too early", NULL},
    {"larger than allowed", {{"f", '0', "x", .size = (uint64_t)1 << 32}}, "too large", NULL},
    {"of exabytes", {{"f", '0', "x", .octal = "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"}}, "", NULL},
    {"negative size", {{"f", '0', "x", .octal = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"}},
     "", NULL},
    {"sparse bomb",
     {{"f", '0', .pax = "GNU.sparse.size=1099511627776"}}, "too large", NULL},
    {"owner who cannot be", {{"f", '0', "x", .pax = "uid=99999999999"}}, "owner who cannot be",
     NULL},
    {"name in another tongue", {{"x", '0', "x", .pax = "path=gr\xc3\xbc\xc3\x9f" "e"}}, NULL,
     "gr\xc3\xbc\xc3\x9f" "e"},
};

START_TEST(takes_and_refuses_layers)
{
    const char *label = layer_rows[_i].label;
    if (!check_is_root("takes_and_refuses_layers"))
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    g_ptr_array_add(layers, image_make_tar(layer_rows[_i].entries));
    g_autoptr(RvImage) image = import_layers(layers, &error);
    judge(label, image, error, layer_rows[_i].refusal);
    if (!image)
        return;
    const char *there = layer_rows[_i].there;
    bool wanted = *there != '-';
    struct stat st;
    g_autofree char *path = g_build_filename(folder, "store/layers", image->layers->pdata[0],
                                             there + !wanted, NULL);
    ck_assert_msg((lstat(path, &st) == 0) == wanted, "%s: %s", label, path);
}
END_TEST

static char *path_in(const RvImage *image, const char *name)
{
    return g_build_filename(folder, "store/layers", image->layers->pdata[0], name, NULL);
}

START_TEST(makes_what_overlayfs_wants)
{
    static const ImageEntry entries[] = {{"d/.wh.gone", '0'},  {"d/.wh..wh..opq", '0'},
                                         {".wh.new", '0'},     {"new", '5'},
                                         {"own", '5'},         {".wh.own", '0'},
                                         {NULL}};
    static const char *const opaque[] = {"d", "new", "own"};
    if (!check_is_root("makes_what_overlayfs_wants"))
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    g_ptr_array_add(layers, image_make_tar(entries));
    g_autoptr(RvImage) image = import_layers(layers, &error);
    ck_assert_msg(image, "%s", error ? error->message : "");
    struct stat st;
    g_autofree char *gone = path_in(image, "d/gone");
    ck_assert_int_eq(lstat(gone, &st), 0);
    ck_assert(S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0));
    for (size_t i = 0; i < G_N_ELEMENTS(opaque); i++) {
        char value[2] = {0};
        g_autofree char *path = path_in(image, opaque[i]);
        ck_assert_msg(getxattr(path, "trusted.overlay.opaque", value, 2) == 1 && *value == 'y',
                      "%s", opaque[i]);
    }
}
END_TEST

/* Whatever is cut off or turned over, it is refused, and nothing is left. */
START_TEST(refuses_damaged_layers)
{
    static const ImageEntry entries[] = {{"d", '5'}, {"d/f", '0', "some text"}, {NULL}};
    if (!check_is_root("refuses_damaged_layers"))
        return;
    g_autoptr(GByteArray) plain = image_make_tar(entries);
    g_autoptr(GByteArray) packed = image_gzip(plain);
    g_autofree char *diff_id = rv_digest_of(plain->data, plain->len);
    for (guint cut = 0; cut < packed->len; cut += 7) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(folder, "layout", NULL);
        g_autoptr(GPtrArray) layers =
            g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
        GByteArray *layer = g_byte_array_new();
        g_byte_array_append(layer, packed->data, _i ? packed->len : cut);
        if (_i)
            layer->data[cut] ^= 0x55;
        g_ptr_array_add(layers, layer);
        ImageLayout layout = {.layers = layers, .diff_id = diff_id,
                              .layer_type = "application/vnd.oci.image.layer.v1.tar+gzip"};
        image_write_layout(path, &layout);
        g_autoptr(RvImage) image = import(path, &error);
        /* A few bytes of gzip's header and of its end mean nothing. */
        if (!image || !_i || (cut > 9 && cut + 8 < packed->len))
            judge("damaged", image, error, "");
        if (image)
            ck_assert(rv_image_store_remove(store, image->id, NULL));
    }
}
END_TEST

START_TEST(refuses_bombs)
{
    if (!check_is_root("refuses_bombs"))
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    g_autoptr(GByteArray) tar = g_byte_array_new();
    if (_i == 0) { /* zeros that pack well */
        g_autofree char *text = g_strnfill(6 << 20, '0');
        ImageEntry entry = {"zeros", '0', text};
        image_add_entry(tar, &entry);
    }
    for (unsigned i = 0; _i == 1 && i < 300; i++) { /* many files */
        g_autofree char *name = g_strdup_printf("f%u", i);
        ImageEntry entry = {name, '0', ""};
        image_add_entry(tar, &entry);
    }
    g_autoptr(GString) deep = g_string_new("path=");
    for (unsigned i = 0; _i == 2 && i < 200; i++)
        g_string_append(deep, "d/");
    if (_i == 2) { /* many folders in each other */
        ImageEntry entry = {"x", '5', .pax = deep->str};
        image_add_entry(tar, &entry);
    }
    g_byte_array_set_size(tar, tar->len + 1024);
    memset(tar->data + tar->len - 1024, 0, 1024);
    g_ptr_array_add(layers, image_gzip(tar));
    g_autoptr(RvImage) image = import_layers(layers, &error);
    static const char *const refusals[] = {"bomb", "one file too many", "too deep"};
    judge(refusals[_i], image, error, refusals[_i]);
}
END_TEST

/* ---- Roots ---------------------------------------------------------------------------------- */

#define OWNER "00000000-0000-4000-8000-000000000001"

static char *read_at(int root, const char *path)
{
    size_t len;
    return rv_tree_read(root, path, 100, &len, NULL);
}

static void write_at(int root, const char *path, const char *text)
{
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ck_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    ck_assert_int_eq(close(fd), 0);
}

/* What a container writes is its own, stays, and holds its image. */
START_TEST(stacks_layers)
{
    static const ImageEntry lower[] = {{"hidden", '0', "x"}, {"kept", '0', "kept"},
                                       {"changed", '0', "old"}, {"d/f", '0', "x"}, {NULL}};
    static const ImageEntry upper[] = {{".wh.hidden", '0'}, {"changed", '0', "new"},
                                       {"d/.wh..wh..opq", '0'}, {"d/g", '0', "g"}, {NULL}};
    if (!check_is_root("stacks_layers"))
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    g_ptr_array_add(layers, image_make_tar(lower));
    g_ptr_array_add(layers, image_make_tar(upper));
    g_autoptr(RvImage) image = import_layers(layers, &error);
    ck_assert_msg(image, "%s", error ? error->message : "");
    g_autoptr(RvImage) claimed = rv_image_root_claim(store, OWNER, "test", &error);
    ck_assert(claimed && !strcmp(claimed->id, image->id));
    for (int round = 0; round < 2; round++) {
        rv_autofd int root = rv_image_root_mount(store, OWNER, image, -1, &error);
        ck_assert_msg(root >= 0, "%s", error ? error->message : "");
        g_autofree char *hidden = read_at(root, "hidden"), *kept = read_at(root, "kept");
        g_autofree char *changed = read_at(root, "changed"), *f = read_at(root, "d/f");
        g_autofree char *g = read_at(root, "d/g");
        ck_assert(!hidden && !f);
        ck_assert_str_eq(kept, round ? "mine" : "kept");
        ck_assert_str_eq(changed, "new");
        ck_assert_str_eq(g, "g");
        write_at(root, "kept", "mine");
    }
    ck_assert(!rv_image_store_remove(store, "test", &error));
    ck_assert_msg(strstr(error->message, OWNER), "%s", error->message);
    ck_assert(rv_image_root_forget(store, OWNER, NULL));
    ck_assert(rv_image_store_remove(store, "test", NULL));
    ck_assert_uint_eq(count_entries("store/layers"), 0);
}
END_TEST

/* ---- Documents ------------------------------------------------------------------------------ */

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CONFIG_TYPE "\"mediaType\":\"application/vnd.oci.image.config.v1+json\""
#define INDEX(manifest) "{\"schemaVersion\":2,\"manifests\":[" manifest "]}"
#define MANIFEST_TYPE "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\""

static const struct {
    const char *label;
    ImageLayout layout;
    const char *refusal;
} document_rows[] = {
    {"no JSON", {.index = "x"}, "the index"},
    {"cut", {.index = "{\"manifests\":"}, "the index"},
    {"not an object", {.index = "[]"}, "not an object"},
    {"no manifests", {.index = "{}"}, "'manifests' is missing"},
    {"no image", {.index = "{\"manifests\":[]}"}, "there is no image"},
    {"a key twice", {.index = "{\"manifests\":[],\"manifests\":[]}"}, "the index"},
    {"another version", {.index = "{\"schemaVersion\":1,\"manifests\":[]}"},
     "'schemaVersion' is not 2"},
    {"no digest", {.index = INDEX("{" MANIFEST_TYPE ",\"size\":1}")},
     "'digest' is missing"},
    {"digest that climbs",
     {.index = INDEX("{" MANIFEST_TYPE ",\"digest\":\"sha256:../../../canary\",\"size\":5}")
              }, "not a SHA-256 digest"},
    {"unknown digest",
     {.index = INDEX("{" MANIFEST_TYPE ",\"digest\":\"md5:" HEX "\",\"size\":5}")},
     "not a SHA-256 digest"},
    {"missing blob",
     {.index = INDEX("{" MANIFEST_TYPE ",\"digest\":\"sha256:" HEX "\",\"size\":5}")},
     "the manifest"},
    {"negative size",
     {.index = INDEX("{" MANIFEST_TYPE ",\"digest\":\"sha256:@\",\"size\":-1}") ""},
     "'size' is out of range"},
    {"wrong size",
     {.index = INDEX("{" MANIFEST_TYPE ",\"digest\":\"sha256:@\",\"size\":1}") ""},
     "not what its name says"},
    {"of another machine",
     {.index = INDEX("{" MANIFEST_TYPE ",\"digest\":\"sha256:@\",\"size\":#,\"platform\":"
                     "{\"os\":\"linux\",\"architecture\":\"z80\"}}")}, "not for linux on"},
    {"unknown configuration",
     {.manifest = "{\"config\":{\"mediaType\":\"x\",\"digest\":\"sha256:@\",\"size\":#},"
                  "\"layers\":[$]}"}, "none of a container's image"},
    {"no layers",
     {.manifest = "{\"config\":{" CONFIG_TYPE ",\"digest\":\"sha256:@\",\"size\":#},"
                  "\"layers\":[]}"}, "'layers' has none"},
    {"wrong configuration",
     {.manifest = "{\"config\":{" CONFIG_TYPE ",\"digest\":\"sha256:@\",\"size\":3#},"
                  "\"layers\":[$]}"}, "not what its name says"},
    {"encrypted layer", {.layer_type = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"},
     "unknown type"},
    {"foreign layer", {.layer_type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"},
     "unknown type"},
    {"wrong diff id", {.diff_id = HEX}, "not the one that the image's configuration"},
    {"diff id that climbs", {.diff_id = "../../../canary"}, "not a SHA-256 digest"},
    {"too few diff ids",
     {.config = "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"diff_ids\":[]}}"},
     "another number of layers"},
    {"no architecture", {.config = "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[$]}}"},
     "'architecture' is missing"},
    {"another system",
     {.config = "{\"os\":\"plan9\",\"architecture\":\"z80\",\"rootfs\":{\"diff_ids\":[$]}}"},
     "the image is for plan9 on z80"},
    {"relative working folder", {.run = "{\"WorkingDir\":\"../..\"}"}, "not an absolute path"},
    {"relative volume", {.run = "{\"Volumes\":{\"../x\":{}}}"}, "not an absolute path"},
    {"environment without a name", {.run = "{\"Env\":[\"=x\"]}"}, "not NAME=VALUE"},
    {"NUL in a text", {.run = "{\"Cmd\":[\"a\\u0000b\"]}"}, "the image's configuration"},
    {"no UTF-8", {.run = "{\"Cmd\":[\"\xff\"]}"}, "the image's configuration"},
    {"entry point that is no list", {.run = "{\"Entrypoint\":\"/bin/sh\"}"}, "not an array"},
    {"well", {.run = "{\"Cmd\":[\"/bin/sh\"],\"User\":\"1:1\",\"Healthcheck\":{\"Test\":[\"NONE\"]}}"},
     NULL},
};

START_TEST(judges_documents)
{
    static const ImageEntry entries[] = {{"f", '0', "x"}, {NULL}};
    if (!check_is_root("judges_documents"))
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "layout", NULL);
    g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    g_ptr_array_add(layers, image_make_tar(entries));
    ImageLayout layout = document_rows[_i].layout;
    layout.layers = layers;
    image_write_layout(path, &layout);
    g_autoptr(RvImage) image = import(path, &error);
    judge(document_rows[_i].label, image, error, document_rows[_i].refusal);
}
END_TEST

/* ---- Archives of images --------------------------------------------------------------------- */

static void add_file(GByteArray *tar, const char *path, const char *name)
{
    gsize len;
    g_autofree char *full = g_build_filename(path, name, NULL);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(full, &text, &len, NULL));
    ImageEntry entry = {name, '0', "", .size = len};
    image_add_entry(tar, &entry);
    g_byte_array_append(tar, (guint8 *)text, (guint)len);
    guint end = tar->len + (512 - len % 512) % 512;
    memset(g_byte_array_set_size(tar, end)->data + end - (512 - len % 512) % 512, 0,
           (512 - len % 512) % 512);
}

/* A good archive, with one entry more. */
static GByteArray *archive_layout(const char *path, const ImageEntry *extra)
{
    GByteArray *tar = g_byte_array_new();
    g_autofree char *blobs = g_build_filename(path, "blobs/sha256", NULL);
    g_autoptr(GDir) dir = g_dir_open(blobs, 0, NULL);
    add_file(tar, path, "oci-layout");
    add_file(tar, path, "index.json");
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *blob = g_strconcat("blobs/sha256/", name, NULL);
        add_file(tar, path, blob);
    }
    if (extra->name)
        image_add_entry(tar, extra);
    guint end = tar->len + 1024;
    memset(g_byte_array_set_size(tar, end)->data + end - 1024, 0, 1024);
    return tar;
}

static const struct {
    const char *label;
    ImageEntry extra;
    int cut;
    const char *refusal;
} archive_rows[] = {
    {"well", {NULL}, 0, NULL},
    {"a second index", {"index.json", '0', "{}"}, 0, "'index.json' twice"},
    {"a second index by another path", {"./index.json", '0', "{}"}, 0, "'index.json' twice"},
    {"an absolute index", {"/index.json", '0', "{}"}, 0, "'index.json' twice"},
    {"up", {"../canary", '0', "x"}, 0, "'..'"},
    {"a link instead of a blob", {"blobs/sha256/" HEX, '2', "../../../canary"}, 0, NULL},
    {"a link instead of the folder", {"blobs", '2', "/"}, 0, NULL},
    {"something else", {"etc/passwd", '0', "x"}, 0, NULL},
    {"larger than allowed", {"blobs/sha256/" HEX, '0', "", .size = (uint64_t)1 << 40}, 0,
     "more files, or more bytes"},
    {"cut", {NULL}, 1200, "cannot import"},
    {"cut in a header", {NULL}, 1800, "cannot import"},
    {"nothing", {NULL}, -1, "neither an OCI layout nor"},
};

START_TEST(judges_archives)
{
    static const ImageEntry entries[] = {{"f", '0', "x"}, {NULL}};
    if (!check_is_root("judges_archives"))
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "layout", NULL);
    g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    g_ptr_array_add(layers, image_make_tar(entries));
    ImageLayout layout = {.layers = layers};
    image_write_layout(path, &layout);
    g_autoptr(GByteArray) tar = archive_layout(path, &archive_rows[_i].extra);
    int cut = archive_rows[_i].cut;
    image_write(path, "image.tar", tar->data, cut < 0 ? 0 : cut > 0 ? tar->len - (guint)cut - 512
                                                                    : tar->len);
    g_autofree char *file = g_build_filename(path, "image.tar", NULL);
    g_autoptr(RvImage) image = import(file, &error);
    judge(archive_rows[_i].label, image, error, archive_rows[_i].refusal);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("container-image");
    TCase *tcase = tcase_create("image");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, takes_and_refuses_layers, 0, G_N_ELEMENTS(layer_rows));
    tcase_add_test(tcase, makes_what_overlayfs_wants);
    tcase_add_loop_test(tcase, refuses_damaged_layers, 0, 2);
    tcase_add_loop_test(tcase, refuses_bombs, 0, 3);
    tcase_add_test(tcase, stacks_layers);
    tcase_add_loop_test(tcase, judges_documents, 0, G_N_ELEMENTS(document_rows));
    tcase_add_loop_test(tcase, judges_archives, 0, G_N_ELEMENTS(archive_rows));
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return check_run(make_suite());
}
