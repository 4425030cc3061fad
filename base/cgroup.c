/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cgroup-dir.h"
#include "base/cgroup-mounts.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

enum { PROC_FILE_MAX = 16 << 20 };

struct RvCgroup {
    char *name;
    char *dirs[RV_HIERARCHY_LAST]; /* NULL: this hierarchy is not used */
};

static bool writable(const char *dir)
{
    g_autofree char *procs = g_strconcat(dir, "/cgroup.procs", NULL);
    return faccessat(AT_FDCWD, dir, W_OK, AT_EACCESS) == 0 &&
           faccessat(AT_FDCWD, procs, W_OK, AT_EACCESS) == 0;
}

/* The topmost cgroup that may be written, from our own upwards without a gap: a process can only
 * be moved below a common ancestor that may be written as well. */
static char *topmost_writable(const RvCgroupPlace *place)
{
    char *topmost = NULL;
    g_autofree char *own = g_strdup(place->own);
    for (;;) {
        g_autofree char *dir = g_strconcat(place->mount, own, NULL);
        if (!writable(dir))
            return topmost;
        g_free(topmost);
        topmost = g_steal_pointer(&dir);
        char *slash = strrchr(own, '/');
        if (!slash)
            return topmost;
        *slash = '\0';
    }
}

/* Where reeve/ belongs in each hierarchy, found once: neither the host's mounts nor our own place
 * change under a running daemon. */
static const char *const *base_dirs(void)
{
    static const char *dirs[RV_HIERARCHY_LAST];
    static gsize found;

    if (!g_once_init_enter(&found))
        return dirs;
    g_autofree char *mountinfo = rv_file_read("/proc/self/mountinfo", PROC_FILE_MAX, NULL, NULL);
    g_autofree char *own = rv_file_read("/proc/self/cgroup", PROC_FILE_MAX, NULL, NULL);
    RvCgroupPlace places[RV_HIERARCHY_LAST];
    rv_cgroup_locate(mountinfo ? mountinfo : "", own ? own : "", places);
    for (int i = 0; i < RV_HIERARCHY_LAST; i++) {
        /* At the root of systemd's own hierarchy there is no service to leave. */
        bool pointless = i == RV_HIERARCHY_SYSTEMD && places[i].own && !*places[i].own;
        g_autofree char *top = NULL;
        if (places[i].mount && !pointless)
            top = topmost_writable(&places[i]);
        dirs[i] = top ? g_strconcat(top, "/reeve", NULL) : NULL;
    }
    rv_cgroup_places_clear(places);
    g_once_init_leave(&found, 1);
    return dirs;
}

/* The root of the hierarchy alone may hold processes and hand down controllers at once. Elsewhere
 * the kernel would refuse some, and take others (pids) as the wish for a threaded subtree, in whose
 * cgroups no process can be started. */
static bool can_hand_down(const char *dir)
{
    g_autofree char *type = g_build_filename(dir, "cgroup.type", NULL);
    g_autofree char *procs = g_build_filename(dir, "cgroup.procs", NULL);
    if (access(type, F_OK) < 0)
        return true;
    g_autofree char *pids = rv_file_read(procs, PROC_FILE_MAX, NULL, NULL);
    return pids && !*pids;
}

/* In the unified hierarchy children get the controllers that their parent hands down. What cannot
 * be handed down, or is not in this kernel, is done without. */
static void hand_down_controllers(const char *dir)
{
    static const char *const wanted[] = {"+memory", "+pids"};
    if (!can_hand_down(dir))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        (void)rv_cgroup_dir_write(dir, "cgroup.subtree_control", wanted[i]);
}

static bool make_base(const char *base, RvHierarchy hierarchy)
{
    if (hierarchy == RV_HIERARCHY_UNIFIED) {
        g_autofree char *parent = g_path_get_dirname(base);
        hand_down_controllers(parent);
    }
    /* Containers look at their own cgroups through it, whatever our umask is. */
    if (mkdir(base, 0755) == 0 ? chmod(base, 0755) < 0 : errno != EEXIST)
        return false;
    if (hierarchy == RV_HIERARCHY_UNIFIED)
        hand_down_controllers(base);
    return true;
}

static bool make_dir(const char *base, const char *dir, RvHierarchy hierarchy, GError **error)
{
    bool made = mkdir(dir, 0755) == 0;
    if (!made && errno == ENOENT)
        made = make_base(base, hierarchy) && mkdir(dir, 0755) == 0;
    if (!made && errno != EEXIST) {
        rv_error_set_errno(error, errno, "cannot make the cgroup '%s'", dir);
        return false;
    }
    return true;
}

static bool check_name(const char *name, GError **error)
{
    /* No name of ours may meet one of the kernel's files in the same directory. */
    if (!*name || *name == '.' || strchr(name, '/') || strchr(name, '\n') ||
        g_str_has_prefix(name, "cgroup.") || strlen(name) > NAME_MAX) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' cannot name a cgroup", name);
        return false;
    }
    return true;
}

static void remove_made(RvCgroup *cgroup)
{
    for (int i = 0; i < RV_HIERARCHY_LAST; i++)
        if (cgroup->dirs[i])
            rmdir(cgroup->dirs[i]); /* one found again with processes in it stays */
}

RvCgroup *rv_cgroup_new(const char *name, GError **error)
{
    if (!check_name(name, error))
        return NULL;

    const char *const *bases = base_dirs();
    g_autoptr(RvCgroup) cgroup = g_new0(RvCgroup, 1);
    cgroup->name = g_strdup(name);
    bool any = false;
    for (int i = 0; i < RV_HIERARCHY_LAST; i++) {
        if (!bases[i])
            continue;
        any = true;
        cgroup->dirs[i] = g_build_filename(bases[i], name, NULL);
        if (!make_dir(bases[i], cgroup->dirs[i], i, error)) {
            remove_made(cgroup);
            return NULL;
        }
    }
    if (!any) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                     "no cgroup hierarchy of this host can be written");
        rv_error_remedy(error, "run reeved as root, or in a systemd unit with Delegate=yes");
        return NULL;
    }
    return g_steal_pointer(&cgroup);
}

void rv_cgroup_free(RvCgroup *cgroup)
{
    if (!cgroup)
        return;
    for (int i = 0; i < RV_HIERARCHY_LAST; i++)
        g_free(cgroup->dirs[i]);
    g_free(cgroup->name);
    g_free(cgroup);
}

bool rv_cgroup_destroy(RvCgroup *cgroup, int timeout_ms, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;

    /* A kill in one hierarchy is a race against fork(); without new processes it ends. */
    rv_cgroup_set_pids_max(cgroup, 0);
    for (int i = 0; i < RV_HIERARCHY_LAST; i++)
        if (cgroup->dirs[i] && !rv_cgroup_dir_kill(cgroup->dirs[i], deadline, error))
            return false;
    for (int i = 0; i < RV_HIERARCHY_LAST; i++)
        if (cgroup->dirs[i] && !rv_cgroup_dir_remove(cgroup->dirs[i], deadline, error))
            return false;
    return true;
}

bool rv_cgroup_open_unified(const RvCgroup *cgroup, int *ret_fd, GError **error)
{
    const char *dir = cgroup->dirs[RV_HIERARCHY_UNIFIED];
    *ret_fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (dir && *ret_fd < 0) {
        rv_error_set_errno(error, errno, "cannot open the cgroup '%s'", dir);
        return false;
    }
    return true;
}

G_STATIC_ASSERT(RV_CGROUP_V1_MAX == RV_HIERARCHY_LAST - 1);

bool rv_cgroup_open_v1(const RvCgroup *cgroup, int fds[RV_CGROUP_V1_MAX], unsigned *ret_n,
                       GError **error)
{
    *ret_n = 0;
    for (int i = 0; i < RV_HIERARCHY_LAST; i++) {
        if (i == RV_HIERARCHY_UNIFIED || !cgroup->dirs[i])
            continue;
        g_autofree char *path = g_build_filename(cgroup->dirs[i], "cgroup.procs", NULL);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0) {
            rv_error_set_errno(error, errno, "cannot open '%s'", path);
            while (*ret_n > 0)
                rv_fd_close(&fds[--*ret_n]);
            return false;
        }
        fds[(*ret_n)++] = fd;
    }
    return true;
}

char *rv_cgroup_memory_folder(const RvCgroup *cgroup, bool *ret_v2)
{
    const char *v1 = cgroup->dirs[RV_HIERARCHY_MEMORY], *v2 = cgroup->dirs[RV_HIERARCHY_UNIFIED];
    g_autofree char *max = g_build_filename(v2 ? v2 : "", "memory.max", NULL);
    *ret_v2 = !v1;
    if (v1)
        return g_strdup(v1);
    return v2 && access(max, F_OK) == 0 ? g_strdup(v2) : NULL;
}

bool rv_cgroup_set_pids_max(RvCgroup *cgroup, unsigned max)
{
    static const RvHierarchy candidates[] = {RV_HIERARCHY_PIDS, RV_HIERARCHY_UNIFIED};
    g_autofree char *text = g_strdup_printf("%u", max);
    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
        const char *dir = cgroup->dirs[candidates[i]];
        if (dir && rv_cgroup_dir_write(dir, "pids.max", text) == 0)
            return true;
    }
    return false;
}

bool rv_cgroup_get_cpu_ns(const RvCgroup *cgroup, uint64_t *ret_ns)
{
    /* The unified hierarchy accounts CPU time even where v1 has the cpu controller. */
    const char *dir = cgroup->dirs[RV_HIERARCHY_UNIFIED];
    uint64_t usec;
    if (!dir || !rv_cgroup_dir_read_number(dir, "cpu.stat", "usage_usec", &usec))
        return false;
    *ret_ns = usec * 1000;
    return true;
}

bool rv_cgroup_is_empty(const RvCgroup *cgroup)
{
    for (int i = 0; i < RV_HIERARCHY_LAST; i++)
        if (cgroup->dirs[i] && !rv_cgroup_dir_is_empty(cgroup->dirs[i]))
            return false;
    return true;
}
