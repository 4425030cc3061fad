/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/cgroup.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cgroup-dir.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

enum { MOUNTS_MAX = 16 << 20, FILE_MAX = 64 << 10 };

typedef struct {
    char *mount;
    char **controllers; /* v1; NULL: the unified hierarchy */
} Hierarchy;

struct ContainerCgroups {
    GPtrArray *hierarchies; /* Hierarchy */
    bool v2;
};

static void hierarchy_free(void *data)
{
    Hierarchy *hierarchy = data;
    g_free(hierarchy->mount);
    g_strfreev(hierarchy->controllers);
    g_free(hierarchy);
}

/* One line of mountinfo, proc(5): what is behind " - " are type, source and options. */
static void take_mount(ContainerCgroups *cgroups, const char *line)
{
    const char *dash = strstr(line, " - cgroup");
    if (!dash)
        return;
    g_auto(GStrv) fields = g_strsplit(line, " ", 6);
    g_auto(GStrv) kind = g_strsplit(dash + 3, " ", 3);
    if (g_strv_length(fields) < 6 || g_strv_length(kind) < 3)
        return;
    bool unified = strcmp(kind[0], "cgroup2") == 0;
    Hierarchy *hierarchy = g_new0(Hierarchy, 1);
    hierarchy->mount = g_strcompress(fields[4]);
    hierarchy->controllers = unified ? NULL : g_strsplit(kind[2], ",", -1);
    g_ptr_array_add(cgroups->hierarchies, hierarchy);
    cgroups->v2 = cgroups->v2 && unified;
}

ContainerCgroups *container_cgroups_new(void)
{
    ContainerCgroups *cgroups = g_new0(ContainerCgroups, 1);
    g_autofree char *text = rv_file_read("/proc/self/mountinfo", MOUNTS_MAX, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    cgroups->hierarchies = g_ptr_array_new_with_free_func(hierarchy_free);
    cgroups->v2 = true;
    for (char **line = lines; *line; line++)
        take_mount(cgroups, *line);
    return cgroups;
}

void container_cgroups_free(ContainerCgroups *cgroups)
{
    if (!cgroups)
        return;
    g_ptr_array_unref(cgroups->hierarchies);
    g_free(cgroups);
}

bool container_cgroups_is_v2(const ContainerCgroups *cgroups)
{
    return cgroups->v2;
}

static const Hierarchy *find(const ContainerCgroups *cgroups, const char *controller)
{
    for (guint i = 0; i < cgroups->hierarchies->len; i++) {
        const Hierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        bool good = hierarchy->controllers
                        ? g_strv_contains((const char *const *)hierarchy->controllers, controller)
                        : cgroups->v2;
        if (good)
            return hierarchy;
    }
    return NULL;
}

bool container_cgroups_check(const ContainerCgroups *cgroups, GError **error)
{
    static const char *const needed[] = {"memory", "devices", "freezer"};
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (find(cgroups, needed[i]))
            continue;
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "the cgroup controller '%s' is not mounted", needed[i]);
        rv_error_remedy(error, "mount the unified cgroup hierarchy at /sys/fs/cgroup, or v1's "
                               "controllers below it");
        return false;
    }
    return true;
}

const char *container_cgroups_hybrid(const ContainerCgroups *cgroups)
{
    for (guint i = 0; !cgroups->v2 && i < cgroups->hierarchies->len; i++) {
        const Hierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        if (!hierarchy->controllers)
            return hierarchy->mount;
    }
    return NULL;
}

static char *folder_in(const Hierarchy *hierarchy, const char *name)
{
    return g_strdup_printf("%s/%s", hierarchy->mount, name);
}

char *container_cgroup_folder(const ContainerCgroups *cgroups, const char *name,
                              const char *controller)
{
    const Hierarchy *hierarchy = find(cgroups, controller);
    return hierarchy ? folder_in(hierarchy, name) : NULL;
}

/* v1 has hierarchies of no controller, as "name=systemd". */
static bool has_controllers(const ContainerCgroups *cgroups, const Hierarchy *hierarchy)
{
    return hierarchy->controllers
               ? !g_str_has_prefix(hierarchy->controllers[0], "name=") &&
                     !g_strv_contains((const char *const *)hierarchy->controllers, "name=systemd")
               : cgroups->v2;
}

char *container_cgroups_lack(const ContainerCgroups *cgroups, const char *name, bool make)
{
    for (guint i = 0; i < cgroups->hierarchies->len; i++) {
        const Hierarchy *hierarchy = cgroups->hierarchies->pdata[i];
        g_autofree char *folder = folder_in(hierarchy, name);
        if (has_controllers(cgroups, hierarchy) && access(folder, F_OK) < 0 &&
            !(make && mkdir(folder, 0755) == 0 && chmod(folder, 0755) == 0))
            return g_steal_pointer(&folder);
    }
    return NULL;
}

/* ---- Freezing ------------------------------------------------------------------------------- */

/* v1 has no event for it, v2's cgroup.events has. */
static bool is_frozen(const ContainerCgroups *cgroups, const char *folder)
{
    uint64_t frozen;
    if (cgroups->v2)
        return rv_cgroup_dir_read_number(folder, "cgroup.events", "frozen", &frozen) && frozen;
    g_autofree char *path = g_build_filename(folder, "freezer.state", NULL);
    g_autofree char *text = rv_file_read(path, FILE_MAX, NULL, NULL);
    return text && g_str_has_prefix(text, "FROZEN");
}

bool container_cgroup_is_frozen(const ContainerCgroups *cgroups, const char *name)
{
    g_autofree char *folder = container_cgroup_folder(cgroups, name, "freezer");
    return folder && is_frozen(cgroups, folder);
}

bool container_cgroup_freeze(const ContainerCgroups *cgroups, const char *name, bool freeze,
                             int timeout_ms, GError **error)
{
    g_autofree char *folder = container_cgroup_folder(cgroups, name, "freezer");
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    const char *file = cgroups->v2 ? "cgroup.freeze" : "freezer.state";
    const char *value = cgroups->v2 ? (freeze ? "1" : "0") : (freeze ? "FROZEN" : "THAWED");
    int fault = rv_cgroup_dir_write(folder, file, value);
    if (fault) {
        rv_error_set_errno(error, fault, "cannot %s the container: '%s/%s'",
                           freeze ? "pause" : "resume", folder, file);
        return false;
    }
    for (unsigned pause = 50; is_frozen(cgroups, folder) != freeze; pause = MIN(pause * 2, 5000)) {
        if (g_get_monotonic_time() > deadline) {
            (void)rv_cgroup_dir_write(folder, file, cgroups->v2 ? "0" : "THAWED");
            rv_error_set(error, RV_ERR_OPERATION_TIMEOUT,
                         "the container's processes have not stopped within %d ms", timeout_ms);
            return false;
        }
        /* A process that is busy in the kernel comes later; v1 also wants to be told again. */
        g_usleep(pause);
        if (!cgroups->v2)
            (void)rv_cgroup_dir_write(folder, file, value);
    }
    return true;
}

/* ---- Handing over, and the end -------------------------------------------------------------- */

/* v2: cgroups below it, and processes moved between them, but none of its limits. v1: the hierarchy
 * without a controller, by which a service manager knows its services. */
void container_cgroup_hand_over(const ContainerCgroups *cgroups, const char *name, uid_t uid,
                                gid_t gid)
{
    static const char *const files[] = {"", "cgroup.procs", "cgroup.threads",
                                        "cgroup.subtree_control", "tasks"};
    const Hierarchy *hierarchy = find(cgroups, cgroups->v2 ? "memory" : "name=systemd");
    if (!hierarchy)
        return;
    g_autofree char *folder = folder_in(hierarchy, name);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        if (lchown(path, uid, gid) < 0 && errno != ENOENT)
            return;
    }
}

bool container_cgroup_holds(const char *name, pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", (int)pid);
    g_autofree char *text = rv_file_read(path, FILE_MAX, NULL, NULL);
    return text && strstr(text, name);
}

bool container_cgroup_destroy(const ContainerCgroups *cgroups, const char *name, int timeout_ms,
                              GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    /* What is frozen dies when it thaws only, on v1. */
    g_autofree char *freezer = container_cgroup_folder(cgroups, name, "freezer");
    if (!cgroups->v2 && freezer)
        (void)rv_cgroup_dir_write(freezer, "freezer.state", "THAWED");
    for (guint i = 0; i < cgroups->hierarchies->len; i++) {
        g_autofree char *folder = folder_in(cgroups->hierarchies->pdata[i], name);
        if (access(folder, F_OK) < 0)
            continue;
        if ((!rv_cgroup_dir_is_empty(folder) && !rv_cgroup_dir_kill(folder, deadline, error)) ||
            !rv_cgroup_dir_remove(folder, deadline, error))
            return false;
    }
    return true;
}
