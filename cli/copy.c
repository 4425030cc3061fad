/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files and folders into a running container, and out of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "wire/reeve.h"

enum { PLAIN = 1, FOLDER = 2, LINK = 3, NOFOLLOW = 1 << 0, MAX_DEPTH = 256 };

/* One end that is in a container; the other is ours. */
typedef struct {
    RvCli *cli;
    wire_domain domain;
    uint64_t files, bytes; /* copied */
} Copy;

static bool fail(const char *what, const char *path, GError **error)
{
    rv_error_set_errno(error, errno, "cannot %s '%s'", what, path);
    return false;
}

static bool ask(Copy *copy, const char *path, uint64_t offset, unsigned flags,
                wire_reeve_file_read_ret *ret, GError **error)
{
    wire_reeve_file_read_args call = {copy->domain, (char *)path, offset, flags};
    return rv_client_call_reeve(copy->cli->client, WIRE_REEVE_FILE_READ, wire_reeve_file_read_args,
                                &call, wire_reeve_file_read_ret, ret, error);
}

static bool tell(Copy *copy, const char *path, int kind, unsigned mode, uint64_t offset,
                 const void *bytes, size_t len, GError **error)
{
    wire_reeve_file_write_args call = {.domain = copy->domain,
                                       .path = (char *)path,
                                       .kind = kind,
                                       .mode = mode,
                                       .offset = offset,
                                       .bytes = {(u_int)len, (char *)bytes}};
    return rv_client_call_reeve(copy->cli->client, WIRE_REEVE_FILE_WRITE,
                                wire_reeve_file_write_args, &call, void, NULL, error);
}

/* ---- Out of it ---- */

/* What is made stands where no name that the container chose can have led. */
static int make_plain(int folder, const char *name, unsigned mode, bool top, GError **error)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (top ? O_TRUNC : O_EXCL | O_NOFOLLOW);
    int fd = openat(folder, name, flags, mode & 0777);
    if (fd < 0)
        (void)fail("write", name, error);
    return fd;
}

static bool fetch_plain(Copy *copy, const char *from, int folder, const char *name, bool top,
                        const wire_reeve_file_read_ret *first, GError **error)
{
    rv_autofd int fd = make_plain(folder, name, first->mode, top, error);
    if (fd < 0 || !rv_fd_write_all(fd, first->bytes.bytes_val, first->bytes.bytes_len, error))
        return false;
    uint64_t at = first->bytes.bytes_len;
    while (at < first->size) {
        g_auto(wire_reeve_file_read_ret) more = {0};
        if (!ask(copy, from, at, top ? 0 : NOFOLLOW, &more, error))
            return false;
        if (more.inode != first->inode || more.mtime != first->mtime || !more.bytes.bytes_len) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' was changed while it was read",
                         from);
            return false;
        }
        if (!rv_fd_write_all(fd, more.bytes.bytes_val, more.bytes.bytes_len, error))
            return false;
        at += more.bytes.bytes_len;
    }
    copy->files++;
    copy->bytes += at;
    return true;
}

static bool fetch(Copy *copy, const char *from, int folder, const char *name, unsigned depth,
                  GError **error);

static bool fetch_entries(Copy *copy, const char *from, const wire_reeve_file_read_ret *list,
                          int folder, unsigned depth, GError **error)
{
    const char *end = list->bytes.bytes_val + list->bytes.bytes_len;
    for (const char *entry = list->bytes.bytes_val; entry < end;) {
        size_t len = strnlen(entry, (size_t)(end - entry));
        g_autofree char *name = g_strndup(entry, len);
        g_autofree char *path = g_strdup_printf("%s/%s", from, name);
        if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..")) {
            rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' has a file with a bad name", from);
            return false;
        }
        if (!fetch(copy, path, folder, name, depth + 1, error))
            return false;
        entry += len + 1;
    }
    return true;
}

static bool fetch_folder(Copy *copy, const char *from, int folder, const char *name, bool top,
                         const wire_reeve_file_read_ret *list, unsigned depth, GError **error)
{
    if (mkdirat(folder, name, (list->mode & 0777) | 0700) < 0 && !(top && errno == EEXIST))
        return fail("make", name, error);
    rv_autofd int fd =
        openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (top ? 0 : O_NOFOLLOW));
    if (fd < 0)
        return fail("open", name, error);
    return fetch_entries(copy, from, list, fd, depth, error);
}

static bool fetch(Copy *copy, const char *from, int folder, const char *name, unsigned depth,
                  GError **error)
{
    bool top = depth == 0;
    g_auto(wire_reeve_file_read_ret) ret = {0};
    if (!ask(copy, from, 0, top ? 0 : NOFOLLOW, &ret, error))
        return false;
    if (depth > MAX_DEPTH) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED, "'%s' is too deep", from);
        return false;
    }
    if (ret.kind == FOLDER)
        return fetch_folder(copy, from, folder, name, top, &ret, depth, error);
    if (ret.kind == PLAIN)
        return fetch_plain(copy, from, folder, name, top, &ret, error);
    g_autofree char *target = g_strndup(ret.bytes.bytes_val, ret.bytes.bytes_len);
    return symlinkat(target, folder, name) == 0 || fail("make", name, error);
}

/* ---- Into it ---- */

static bool send_plain(Copy *copy, int fd, const struct stat *st, const char *to, GError **error)
{
    g_autofree char *bytes = g_malloc(WIRE_FILE_MAX);
    uint64_t at = 0;
    ssize_t got;
    do {
        got = read(fd, bytes, WIRE_FILE_MAX);
        if (got < 0)
            return fail("read what is to be", to, error);
        if ((got > 0 || at == 0) &&
            !tell(copy, to, PLAIN, st->st_mode & 0777, at, bytes, (size_t)got, error))
            return false;
        at += (uint64_t)got;
    } while (got > 0);
    copy->files++;
    copy->bytes += at;
    return true;
}

static bool send_any(Copy *copy, int folder, const char *name, const char *to, unsigned depth,
                     GError **error);

static bool send_folder(Copy *copy, int fd, const struct stat *st, const char *to, unsigned depth,
                        GError **error)
{
    if (!tell(copy, to, FOLDER, st->st_mode & 0777, 0, NULL, 0, error))
        return false;
    DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!dir)
        return fail("read what is to be", to, error);
    const struct dirent *entry;
    bool good = true;
    while (good && (entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        g_autofree char *path = g_strdup_printf("%s/%s", to, entry->d_name);
        good = send_any(copy, fd, entry->d_name, path, depth + 1, error);
    }
    closedir(dir);
    return good;
}

static bool send_link(Copy *copy, int folder, const char *name, const char *to, GError **error)
{
    char target[4096];
    ssize_t got = readlinkat(folder, name, target, sizeof(target));
    return got < 0 ? fail("read", name, error)
                   : tell(copy, to, LINK, 0777, 0, target, (size_t)got, error);
}

static bool send_any(Copy *copy, int folder, const char *name, const char *to, unsigned depth,
                     GError **error)
{
    struct stat st;
    if (depth > 0 && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
        return send_link(copy, folder, name, to, error);
    rv_autofd int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail("open", name, error);
    if (S_ISDIR(st.st_mode))
        return send_folder(copy, fd, &st, to, depth, error);
    if (S_ISREG(st.st_mode))
        return send_plain(copy, fd, &st, to, error);
    rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED, "'%s' is no plain file", name);
    return false;
}

/* ---- The command ---- */

/* "NAME:PATH"; a path with a slash before its colon is ours. NULL: not so. */
static const char *path_inside(const char *text)
{
    const char *colon = strchr(text, ':');
    const char *slash = strchr(text, '/');
    return colon && colon != text && (!slash || slash > colon) ? colon + 1 : NULL;
}

/* As cp has it: into what is a folder already, under the name it has. */
static char *place_inside(Copy *copy, const char *from, const char *to)
{
    g_auto(wire_reeve_file_read_ret) there = {0};
    g_autofree char *name = g_path_get_basename(from);
    bool is_folder = ask(copy, to, 0, 0, &there, NULL) && there.kind == FOLDER;
    return is_folder ? g_build_filename(to, name, NULL) : g_strdup(to);
}

static char *place_here(const char *from, const char *to)
{
    g_autofree char *name = g_path_get_basename(from);
    return g_file_test(to, G_FILE_TEST_IS_DIR) ? g_build_filename(to, name, NULL) : g_strdup(to);
}

static bool copy_all(Copy *copy, const char *from, const char *to, bool out, GError **error)
{
    g_autofree char *place = out ? place_here(from, to) : place_inside(copy, from, to);
    return out ? fetch(copy, from, AT_FDCWD, place, 0, error)
               : send_any(copy, AT_FDCWD, from, place, 0, error);
}

static bool run_cp(RvCli *cli, const RvArgs *args, GError **error)
{
    const char *source = rv_args_string(args, "source"), *target = rv_args_string(args, "target");
    const char *from = path_inside(source), *to = path_inside(target);
    if (!from == !to) {
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "one of the two is to be in a container: NAME:PATH");
        rv_error_remedy(error, "write a path of this host that has a colon as ./PATH");
        return false;
    }
    const char *inside = from ? source : target;
    g_autofree char *name = g_strndup(inside, strcspn(inside, ":"));
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, name, RV_BY_ANY, &found, error))
        return false;
    Copy copy = {.cli = cli, .domain = found.domain};
    if (!copy_all(&copy, from ? from : source, to ? to : target, from != NULL, error)) {
        g_prefix_error(error, "could not copy '%s' to '%s': ", source, target);
        return false;
    }
    rv_output_json(&cli->output, cli->command,
                   json_pack("{s:I, s:I}", "files", (json_int_t)copy.files, "bytes",
                             (json_int_t)copy.bytes));
    return true;
}

const RvCommand rv_command_cp = {
    .name = "cp",
    .summary = "copy files into a running container, or out of it",
    .description = "Folders with all that is in them. What is copied into a container belongs to its "
                   "root; no link of the container's leads out of it. What is no plain file, folder or "
                   "link is refused.",
    .options = (const RvOption[]){{.name = "source", .kind = RV_OPTION_STRING, .required = true,
                                   .completion = RV_COMPLETE_FILE, .value = "SOURCE",
                                   .text = "a path of this host, or NAME:PATH of a container"},
                                  {.name = "target", .kind = RV_OPTION_STRING, .required = true,
                                   .completion = RV_COMPLETE_FILE, .value = "TARGET",
                                   .text = "the same; a folder that is there takes it in"},
                                  {NULL}},
    .examples = (const RvExample[]){{"cp web.conf web:/etc/web.conf", "One file into it."},
                                    {"cp web:/var/log ./logs", "A folder out of it."},
                                    {NULL}},
    .keys = (const RvKey[]){{"files", "how many were copied"}, {"bytes", "in all"}, {NULL}},
    .run = run_cp,
};
