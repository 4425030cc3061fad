/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

enum { MAX_BYTES = 1 << 20 };

/* A file of the container, as one that its root sees: links stay below it. "" where it is not there
 * or is no plain file. */
static char *read_inside(const char *root, const char *path)
{
    rv_autofd int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    rv_autofd int fd =
        folder < 0 ? -1 : (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
    char *text = g_malloc(MAX_BYTES + 1);
    size_t len = 0;
    ssize_t got;
    while (fd >= 0 && len < MAX_BYTES && (got = read(fd, text + len, MAX_BYTES - len)) > 0)
        len += (size_t)got;
    text[len] = 0;
    return text;
}

/* The line "name:x:ID:..." of passwd(5) and group(5), by name or, where that is NULL, by number. */
static char **find_line(const char *text, const char *name, unsigned id)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char **fields = g_strsplit(*line, ":", 7);
        if (g_strv_length(fields) >= 4 &&
            (name ? strcmp(fields[0], name) == 0
                  : g_ascii_strtoull(fields[2], NULL, 10) == id && g_ascii_isdigit(fields[2][0])))
            return fields;
        g_strfreev(fields);
    }
    return NULL;
}

static bool is_number(const char *text, unsigned *ret)
{
    guint64 value;
    if (*text == '+')
        text++;
    if (!g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX - 1, &value, NULL))
        return false;
    *ret = (unsigned)value;
    return true;
}

static bool find_one(const char *text, const char *kind, const char *name, unsigned *ret,
                     GError **error)
{
    if (is_number(name, ret))
        return true;
    g_auto(GStrv) fields = find_line(text, name, 0);
    if (fields && is_number(fields[2], ret))
        return true;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the container has no %s '%s'", kind, name);
    rv_error_remedy(error, "see /etc/%s in its root, or give a number",
                    strcmp(kind, "user") == 0 ? "passwd" : "group");
    return false;
}

bool container_accounts_find(const char *root, const char *user, const char *group,
                             unsigned *ret_uid, unsigned *ret_gid, GError **error)
{
    *ret_uid = *ret_gid = 0;
    if (user) {
        g_autofree char *text = read_inside(root, "etc/passwd");
        if (!find_one(text, "user", user, ret_uid, error))
            return false;
        g_auto(GStrv) fields = find_line(text, NULL, *ret_uid);
        if (fields)
            (void)is_number(fields[3], ret_gid);
    }
    if (!group)
        return true;
    g_autofree char *text = read_inside(root, "etc/group");
    return find_one(text, "group", group, ret_gid, error);
}
