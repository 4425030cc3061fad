/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cgroup-mounts.h"

#include <stdbool.h>
#include <string.h>

/* By what /proc/self/cgroup and a v1 mount's options call each; the unified one has no name. */
static const char *const hierarchy_names[RV_HIERARCHY_LAST] = {
    [RV_HIERARCHY_UNIFIED] = "",
    [RV_HIERARCHY_MEMORY] = "memory",
    [RV_HIERARCHY_PIDS] = "pids",
    [RV_HIERARCHY_SYSTEMD] = "name=systemd",
};

static bool has_word(const char *list, const char *word)
{
    g_auto(GStrv) words = g_strsplit(list, ",", -1);
    return g_strv_contains((const char *const *)words, word);
}

/* Our path in the hierarchy, as seen from our cgroup namespace; NULL: not in it. */
static char *own_path(const char *self_cgroup, RvHierarchy hierarchy)
{
    g_auto(GStrv) lines = g_strsplit(self_cgroup, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) parts = g_strsplit(*line, ":", 3);
        if (g_strv_length(parts) != 3)
            continue;
        bool unified = strcmp(parts[0], "0") == 0;
        if (hierarchy == RV_HIERARCHY_UNIFIED ? unified
                                              : has_word(parts[1], hierarchy_names[hierarchy]))
            return g_strdup(parts[2]);
    }
    return NULL;
}

/* `path` as seen from below `root`: "" for root itself; NULL: it is elsewhere. */
static char *path_below(const char *path, const char *root)
{
    if (strcmp(root, "/") == 0)
        root = "";
    if (g_str_has_prefix(path, "/.."))
        path = ""; /* outside of our namespace: the best we can do is its root */
    size_t len = strlen(root);
    if (strncmp(path, root, len) != 0 || (path[len] && path[len] != '/'))
        return NULL;
    return g_strdup(strcmp(path + len, "/") == 0 ? "" : path + len);
}

/* One line of mountinfo, proc(5): fields of a fixed place, optional ones, "-", three more. */
typedef struct {
    char *root;
    char *mount;
    const char *type;
    const char *options;
    char **fields;
} Mount;

static void mount_clear(Mount *mount)
{
    g_free(mount->root);
    g_free(mount->mount);
    g_strfreev(mount->fields);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Mount, mount_clear)

static bool mount_parse(const char *line, Mount *ret)
{
    enum { ROOT = 3, MOUNT_POINT = 4, OPTIONAL = 6 };

    ret->fields = g_strsplit(line, " ", -1);
    guint n = g_strv_length(ret->fields);
    guint dash = OPTIONAL;
    while (dash < n && strcmp(ret->fields[dash], "-") != 0)
        dash++;
    if (dash + 3 >= n)
        return false;
    ret->root = g_strcompress(ret->fields[ROOT]); /* blanks are written as \040 */
    ret->mount = g_strcompress(ret->fields[MOUNT_POINT]);
    ret->type = ret->fields[dash + 1];
    ret->options = ret->fields[dash + 3];
    return true;
}

static bool mount_is(const Mount *mount, RvHierarchy hierarchy)
{
    if (hierarchy == RV_HIERARCHY_UNIFIED)
        return strcmp(mount->type, "cgroup2") == 0;
    return strcmp(mount->type, "cgroup") == 0 &&
           has_word(mount->options, hierarchy_names[hierarchy]);
}

void rv_cgroup_locate(const char *mountinfo, const char *self_cgroup,
                      RvCgroupPlace places[RV_HIERARCHY_LAST])
{
    memset(places, 0, sizeof(*places) * RV_HIERARCHY_LAST);
    char *own[RV_HIERARCHY_LAST];
    for (int i = 0; i < RV_HIERARCHY_LAST; i++)
        own[i] = own_path(self_cgroup, i);

    g_auto(GStrv) lines = g_strsplit(mountinfo, "\n", -1);
    for (char **line = lines; *line; line++) {
        /* A host may have thousands of mounts; few lines are worth taking apart. */
        if (!strstr(*line, " - cgroup"))
            continue;
        g_auto(Mount) mount = {0};
        if (!mount_parse(*line, &mount))
            continue;
        for (int i = 0; i < RV_HIERARCHY_LAST; i++) {
            g_autofree char *below = NULL;
            if (own[i] && mount_is(&mount, i))
                below = path_below(own[i], mount.root);
            if (!below)
                continue;
            /* The last mount of a place is the one seen there. */
            g_free(places[i].mount);
            g_free(places[i].own);
            places[i] = (RvCgroupPlace){g_strdup(mount.mount), g_steal_pointer(&below)};
        }
    }
    for (int i = 0; i < RV_HIERARCHY_LAST; i++)
        g_free(own[i]);
}

void rv_cgroup_places_clear(RvCgroupPlace places[RV_HIERARCHY_LAST])
{
    for (int i = 0; i < RV_HIERARCHY_LAST; i++) {
        g_clear_pointer(&places[i].mount, g_free);
        g_clear_pointer(&places[i].own, g_free);
    }
}
