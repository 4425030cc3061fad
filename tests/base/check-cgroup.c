/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cgroup-dir.h"
#include "base/cgroup-mounts.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "tests/check-main.h"

enum { SOME_UID = 70123, DESTROY_MS = 10000 };

/* ---- Where hierarchies are ----------------------------------------------------------------- */

#define V1(name, root, mount)                                                                      \
    "33 31 0:29 " root " " mount " rw,relatime shared:5 - cgroup cgroup rw," name "\n"
#define V2(root, mount) "41 31 0:38 " root " " mount " rw - cgroup2 cgroup2 rw,nsdelegate\n"

static const struct {
    const char *label;
    const char *mountinfo;
    const char *own;
    const char *expected; /* "HIERARCHY=mount|own " for each found */
} places[] = {
    {"hybrid",
     V1("memory", "/", "/cg/memory") V1("pids", "/", "/cg/pids")
         V1("name=systemd", "/", "/cg/systemd") V2("/", "/cg/unified"),
     "9:name=systemd:/system.slice/a.service\n8:pids:/\n4:memory:/b/c\n0::/\n",
     "unified=/cg/unified| memory=/cg/memory|/b/c pids=/cg/pids| "
     "systemd=/cg/systemd|/system.slice/a.service "},
    {"pure v2", V2("/", "/sys/fs/cgroup"), "0::/system.slice/reeved.service\n",
     "unified=/sys/fs/cgroup|/system.slice/reeved.service "},
    {"two controllers in one hierarchy", V1("pids,memory", "/", "/m"), "4:memory,pids:/x\n",
     "memory=/m|/x pids=/m|/x "},
    {"only a part is mounted", V1("memory", "/docker/abc", "/m"), "4:memory:/docker/abc/d\n",
     "memory=/m|/d "},
    {"our own cgroup is what is mounted", V1("memory", "/docker/abc", "/m"),
     "4:memory:/docker/abc\n", "memory=/m| "},
    {"another part is mounted", V1("memory", "/docker/abc", "/m"), "4:memory:/docker/abcd\n", ""},
    {"we are outside of our namespace", V2("/", "/m"), "0::/../x\n", "unified=/m| "},
    {"blanks in the path", V2("/", "/a\\040b"), "0::/\n", "unified=/a b| "},
    {"one mount over the other", V2("/", "/a") V2("/", "/b"), "0::/\n", "unified=/b| "},
    {"not mounted", "22 27 0:21 / /proc rw - proc proc rw\n", "0::/\n", ""},
    {"a line cut off", "41 31 0:38 / /cg rw - cgroup2\n", "0::/\n", ""},
    {"nothing", "", "", ""},
};

START_TEST(test_locate)
{
    static const char *const names[] = {"unified", "memory", "pids", "systemd"};
    RvCgroupPlace found[RV_HIERARCHY_LAST];
    rv_cgroup_locate(places[_i].mountinfo, places[_i].own, found);

    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < RV_HIERARCHY_LAST; i++)
        if (found[i].mount)
            g_string_append_printf(text, "%s=%s|%s ", names[i], found[i].mount, found[i].own);
    ck_assert_msg(strcmp(text->str, places[_i].expected) == 0, "%s: got '%s', want '%s'",
                  places[_i].label, text->str, places[_i].expected);
    rv_cgroup_places_clear(found);
}
END_TEST

/* ---- Helpers ------------------------------------------------------------------------------- */

static RvCgroup *make_cgroup(const char *what, char **ret_name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strdup_printf("check-%d-%s", (int)getpid(), what);
    RvCgroup *cgroup = rv_cgroup_new(name, &error);
    ck_assert_msg(cgroup, "%s", error ? error->message : "");
    if (ret_name)
        *ret_name = g_steal_pointer(&name);
    return cgroup;
}

/* A shell in the cgroup, as an ordinary user; its pidfd. The script begins when it is in all
 * hierarchies: it stops itself until then. */
static int run_in(const RvCgroup *cgroup, const char *script, RvProcessId *ret_id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvSpawn) spawn = rv_spawn_new("/bin/sh");
    rv_spawn_arg(spawn, "-c");
    rv_spawn_arg_format(spawn, "kill -STOP $$; %s", script);
    rv_spawn_limit(spawn, RLIMIT_NPROC, 200); /* whatever goes wrong, not the whole host */
    /* Each test its own user, as that limit counts the zombies of other tests until init comes. */
    rv_spawn_identity(spawn, SOME_UID + (uid_t)getpid() % 10000, SOME_UID);
    rv_spawn_cgroup(spawn, cgroup);
    int pidfd = -1;
    bool started = rv_spawn_start(spawn, ret_id, &pidfd, &error);
    ck_assert_msg(started, "%s", error ? error->message : "");
    siginfo_t stopped;
    ck_assert_int_eq(waitid(P_PIDFD, (id_t)pidfd, &stopped, WSTOPPED), 0);
    ck_assert(rv_process_signal(pidfd, SIGCONT, NULL));
    return pidfd;
}

static void destroy(RvCgroup *cgroup)
{
    g_autoptr(GError) error = NULL;
    bool destroyed = rv_cgroup_destroy(cgroup, DESTROY_MS, &error);
    ck_assert_msg(destroyed, "%s", error ? error->message : "");
}

static void locate(RvCgroupPlace found[RV_HIERARCHY_LAST])
{
    g_autofree char *mountinfo = rv_file_read("/proc/self/mountinfo", 1 << 20, NULL, NULL);
    g_autofree char *own = rv_file_read("/proc/self/cgroup", 1 << 20, NULL, NULL);
    rv_cgroup_locate(mountinfo, own, found);
}

/* The directories reeve/NAME that are there, in all hierarchies mounted. */
static GPtrArray *dirs_of(const char *name)
{
    RvCgroupPlace found[RV_HIERARCHY_LAST];
    locate(found);
    GPtrArray *dirs = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < RV_HIERARCHY_LAST; i++) {
        if (!found[i].mount)
            continue;
        g_autofree char *dir = g_build_filename(found[i].mount, "reeve", name, NULL);
        if (g_file_test(dir, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(dirs, g_steal_pointer(&dir));
    }
    rv_cgroup_places_clear(found);
    return dirs;
}

static unsigned count_dirs(const char *name)
{
    g_autoptr(GPtrArray) dirs = dirs_of(name);
    return dirs->len;
}

static unsigned count_processes(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "cgroup.procs", NULL);
    g_autofree char *text = rv_file_read(path, 1 << 20, NULL, NULL);
    unsigned n = 0;
    for (const char *at = text ? text : ""; *at; at++)
        n += *at == '\n';
    return n;
}

/* Nothing tells of a fork, so look again and again. */
static bool await_processes(const char *dir, unsigned wanted)
{
    gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    while (count_processes(dir) < wanted) {
        if (g_get_monotonic_time() > deadline)
            return false;
        g_usleep(2000);
    }
    return true;
}

/* In how many of its cgroups a process is in one whose path ends so. */
static unsigned count_memberships(pid_t pid, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", (int)pid);
    g_autofree char *text = rv_file_read(path, 1 << 16, NULL, NULL);
    g_autofree char *suffix = g_strdup_printf("/reeve/%s", name);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    unsigned n = 0;
    for (char **line = lines; *line; line++)
        n += g_str_has_suffix(*line, suffix);
    return n;
}

/* Root, and there is a hierarchy at all. */
static bool can_make(const char *test)
{
    if (!check_is_root(test))
        return false;
    g_autofree char *name = g_strdup_printf("check-%d-probe", (int)getpid());
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new(name, NULL);
    if (!cgroup) {
        check_skip(test, "no cgroup hierarchy can be written");
        return false;
    }
    destroy(cgroup);
    return true;
}

/* ---- One cgroup ---------------------------------------------------------------------------- */

static const char *const bad_names[] = {"",     ".",       "..",           "a/b",
                                        "../x", ".hidden", "cgroup.procs", "a\nb"};

START_TEST(test_bad_name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new(bad_names[_i], &error);
    ck_assert_msg(!cgroup, "'%s' was taken", bad_names[_i]);
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_INVALID_ARG));
}
END_TEST

START_TEST(test_life)
{
    if (!can_make("life"))
        return;
    g_autofree char *name = NULL;
    g_autoptr(RvCgroup) cgroup = make_cgroup("life", &name);
    unsigned dirs = count_dirs(name);
    ck_assert_uint_ge(dirs, 1);
    ck_assert(rv_cgroup_is_empty(cgroup));

    RvProcessId id;
    rv_autofd int pidfd = run_in(cgroup, "exec sleep 1000", &id);
    ck_assert_uint_eq(count_memberships(id.pid, name), dirs);
    ck_assert(!rv_cgroup_is_empty(cgroup));

    /* Forgotten and found again, it is the same one. */
    rv_cgroup_free(g_steal_pointer(&cgroup));
    ck_assert(!rv_process_wait(pidfd, 0, NULL));
    cgroup = make_cgroup("life", NULL);
    ck_assert(!rv_cgroup_is_empty(cgroup));

    destroy(cgroup);
    int status;
    ck_assert(rv_process_wait(pidfd, 0, &status));
    ck_assert_int_eq(status, 128 + SIGKILL);
    ck_assert_uint_eq(count_dirs(name), 0);
    ck_assert(rv_cgroup_is_empty(cgroup));
    destroy(cgroup); /* once more is no error */
}
END_TEST

/* Processes that never stop forking, ignore what can be ignored, and leave session and parent. */
static const char restless[] =
    "trap '' TERM HUP INT; while :; do setsid sleep 1000 & (setsid sleep 1000 & sleep 1000) & done";

START_TEST(test_destroy_many)
{
    if (!can_make("destroy_many"))
        return;
    g_autofree char *name = NULL;
    g_autoptr(RvCgroup) cgroup = make_cgroup("many", &name);
    g_autoptr(GPtrArray) dirs = dirs_of(name);
    (void)rv_cgroup_set_pids_max(cgroup, 60);

    rv_autofd int pidfd = run_in(cgroup, restless, NULL);
    ck_assert(await_processes(dirs->pdata[0], 20));
    destroy(cgroup);
    ck_assert(rv_process_wait(pidfd, 0, NULL));
    ck_assert_uint_eq(count_dirs(name), 0);
}
END_TEST

/* A hierarchy of this cgroup without cgroup.kill, or NULL. */
static const char *v1_dir(const GPtrArray *dirs)
{
    for (guint i = 0; i < dirs->len; i++) {
        g_autofree char *kill_file = g_build_filename(dirs->pdata[i], "cgroup.kill", NULL);
        if (!g_file_test(kill_file, G_FILE_TEST_EXISTS))
            return dirs->pdata[i];
    }
    return NULL;
}

START_TEST(test_kill_one_by_one)
{
    if (!can_make("kill_one_by_one"))
        return;
    g_autofree char *name = NULL;
    g_autoptr(RvCgroup) cgroup = make_cgroup("each", &name);
    g_autoptr(GPtrArray) dirs = dirs_of(name);
    const char *dir = v1_dir(dirs);
    if (dir) {
        g_autoptr(GError) error = NULL;
        (void)rv_cgroup_set_pids_max(cgroup, 60);
        rv_autofd int pidfd = run_in(cgroup, restless, NULL);
        ck_assert(await_processes(dir, 20));
        bool killed = rv_cgroup_dir_kill(dir, g_get_monotonic_time() + DESTROY_MS * 1000, &error);
        ck_assert_msg(killed, "%s", error ? error->message : "");
        ck_assert_uint_eq(count_processes(dir), 0);
        ck_assert(rv_process_wait(pidfd, 0, NULL));
    } else {
        check_skip("kill_one_by_one", "there is no v1 hierarchy");
    }
    destroy(cgroup);
}
END_TEST

START_TEST(test_destroy_nested)
{
    if (!can_make("destroy_nested"))
        return;
    g_autofree char *name = NULL;
    g_autoptr(RvCgroup) cgroup = make_cgroup("nested", &name);
    g_autoptr(GPtrArray) dirs = dirs_of(name);
    RvProcessId id;
    rv_autofd int pidfd = run_in(cgroup, "exec sleep 1000", &id);
    g_autofree char *pid = g_strdup_printf("%d", (int)id.pid);
    for (guint i = 0; i < dirs->len; i++) {
        g_autofree char *child = g_build_filename(dirs->pdata[i], "a", NULL);
        g_autofree char *grandchild = g_build_filename(child, "b", NULL);
        ck_assert_int_eq(mkdir(child, 0755), 0);
        ck_assert_int_eq(mkdir(grandchild, 0755), 0);
        ck_assert_int_eq(rv_cgroup_dir_write(grandchild, "cgroup.procs", pid), 0);
    }
    ck_assert(!rv_cgroup_is_empty(cgroup));
    destroy(cgroup);
    ck_assert(rv_process_wait(pidfd, 0, NULL));
    ck_assert_uint_eq(count_dirs(name), 0);
}
END_TEST

static bool await_frozen(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "freezer.state", NULL);
    gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    for (;;) {
        g_autofree char *state = rv_file_read(path, 64, NULL, NULL);
        if (state && strcmp(state, "FROZEN\n") == 0)
            return true;
        if (g_get_monotonic_time() > deadline)
            return false;
        g_usleep(1000);
    }
}

/* A process in a frozen v1 cgroup does not die until it is thawed. */
START_TEST(test_destroy_timeout)
{
    static const char freezer[] = "/sys/fs/cgroup/freezer";
    if (!can_make("destroy_timeout"))
        return;
    g_autofree char *name = NULL;
    g_autofree char *frozen = g_strdup_printf("%s/check-%d", freezer, (int)getpid());
    if (mkdir(frozen, 0755) < 0) {
        check_skip("destroy_timeout", "there is no v1 freezer");
        return;
    }
    g_autoptr(RvCgroup) cgroup = make_cgroup("stuck", &name);
    RvProcessId id;
    rv_autofd int pidfd = run_in(cgroup, "exec sleep 1000", &id);
    g_autofree char *pid = g_strdup_printf("%d", (int)id.pid);
    ck_assert_int_eq(rv_cgroup_dir_write(frozen, "cgroup.procs", pid), 0);
    ck_assert_int_eq(rv_cgroup_dir_write(frozen, "freezer.state", "FROZEN"), 0);
    bool frozen_in_time = await_frozen(frozen);

    g_autoptr(GError) error = NULL;
    gint64 begin = g_get_monotonic_time();
    bool destroyed = rv_cgroup_destroy(cgroup, 100, &error);
    gint64 took_ms = (g_get_monotonic_time() - begin) / 1000;
    ck_assert_int_eq(rv_cgroup_dir_write(frozen, "freezer.state", "THAWED"), 0);
    destroy(cgroup);
    rv_process_wait(pidfd, DESTROY_MS, NULL);
    bool removed = rv_cgroup_dir_remove(frozen, g_get_monotonic_time() + DESTROY_MS * 1000, NULL);
    ck_assert(removed);

    ck_assert(frozen_in_time);
    ck_assert(!destroyed);
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_OPERATION_TIMEOUT));
    ck_assert_msg(strstr(error->message, pid), "%s", error->message);
    ck_assert_int_ge(took_ms, 100);
    ck_assert_int_lt(took_ms, 2000);
}
END_TEST

START_TEST(test_pids_max)
{
    if (!can_make("pids_max"))
        return;
    g_autoptr(RvCgroup) cgroup = make_cgroup("pids", NULL);
    if (rv_cgroup_set_pids_max(cgroup, 1)) {
        /* A shell that cannot fork fails; one that can ends well. */
        rv_autofd int pidfd = run_in(cgroup, "/bin/true & wait $!", NULL);
        int status;
        ck_assert(rv_process_wait(pidfd, 10000, &status));
        ck_assert_int_ne(status, 0);
    } else {
        check_skip("pids_max", "there is no pids controller");
    }
    destroy(cgroup);
}
END_TEST

START_TEST(test_cpu)
{
    if (!can_make("cpu"))
        return;
    g_autoptr(RvCgroup) cgroup = make_cgroup("cpu", NULL);
    uint64_t before, after = 0;
    if (!rv_cgroup_get_cpu_ns(cgroup, &before)) {
        check_skip("cpu", "no CPU time is accounted");
        destroy(cgroup);
        return;
    }
    rv_autofd int pidfd = run_in(cgroup, "while :; do :; done", NULL);
    gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    while (after < before + 5000000 && g_get_monotonic_time() < deadline) {
        ck_assert(rv_cgroup_get_cpu_ns(cgroup, &after));
        g_usleep(1000);
    }
    destroy(cgroup);
    ck_assert_uint_ge(after, before + 5000000);
}
END_TEST

/* ---- Other hosts: what is writable is found out once for each process ---------------------- */

/* In a process that is not the test's, Check's own assertions would end the wrong one. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition,            \
                    g_strerror(errno));                                                            \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* Runs func in a process of its own. */
static void in_subprocess(void (*func)(int row), int row)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        func(row);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x; see above",
                  (unsigned)status);
}

static void as_plain_user(int row)
{
    REQUIRE(geteuid() != 0 || setresuid(SOME_UID, SOME_UID, SOME_UID) == 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new("check-user", &error);
    if (cgroup) { /* a subtree delegated to this user: then it must be of use */
        REQUIRE(rv_cgroup_destroy(cgroup, 1000, NULL));
        return;
    }
    REQUIRE(g_error_matches(error, RV_ERROR, RV_ERR_OPERATION_UNSUPPORTED));
    REQUIRE(rv_error_get_remedy(error));
}

START_TEST(test_plain_user)
{
    if (check_is_forked("plain_user"))
        in_subprocess(as_plain_user, 0);
}
END_TEST

/* What of this host's hierarchies is left, in a mount namespace of our own. */
static const struct {
    const char *label;
    const char *gone; /* file system type */
} hosts[] = {
    {"v2 alone", "cgroup"},
    {"v1 alone", "cgroup2"},
};

static void unmount_all(const char *type)
{
    REQUIRE(unshare(CLONE_NEWNS) == 0);
    REQUIRE(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    g_autofree char *mountinfo = rv_file_read("/proc/self/mountinfo", 1 << 20, NULL, NULL);
    g_autofree char *mark = g_strdup_printf(" - %s ", type);
    g_auto(GStrv) lines = g_strsplit(mountinfo, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (!strstr(*line, mark))
            continue;
        g_auto(GStrv) fields = g_strsplit(*line, " ", -1);
        REQUIRE(umount2(fields[4], MNT_DETACH) == 0);
    }
}

static void on_other_host(int row)
{
    unmount_all(hosts[row].gone);
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strdup_printf("check-%d-host", (int)getpid());
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new(name, &error);
    if (g_error_matches(error, RV_ERROR, RV_ERR_OPERATION_UNSUPPORTED)) {
        check_skip(hosts[row].label, "this host has nothing of it");
        return;
    }
    REQUIRE(cgroup);

    RvProcessId id;
    rv_autofd int pidfd = run_in(cgroup, restless, &id);
    REQUIRE(count_memberships(id.pid, name) >= 1);
    REQUIRE(!rv_cgroup_is_empty(cgroup));
    REQUIRE(rv_cgroup_destroy(cgroup, DESTROY_MS, &error));
    REQUIRE(rv_process_wait(pidfd, 0, NULL));
    REQUIRE(count_dirs(name) == 0);
}

START_TEST(test_other_host)
{
    if (check_is_root(hosts[_i].label) && check_is_forked(hosts[_i].label))
        in_subprocess(on_other_host, _i);
}
END_TEST

/* We are a service, known to its manager by a cgroup: what it starts as root must not be in there,
 * or would end with it. */
static const RvHierarchy managers[] = {RV_HIERARCHY_UNIFIED, RV_HIERARCHY_SYSTEMD};

static void in_service(int row)
{
    RvCgroupPlace found[RV_HIERARCHY_LAST];
    g_autofree char *service = g_strdup_printf("check-%d-service", (int)getpid());
    locate(found);
    unsigned left = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(managers); i++) {
        if (!found[managers[i]].mount)
            continue;
        g_autofree char *dir = g_build_filename(found[managers[i]].mount, service, NULL);
        REQUIRE(mkdir(dir, 0755) == 0);
        REQUIRE(rv_cgroup_dir_write(dir, "cgroup.procs", "0") == 0);
        left++;
    }
    RvProcessId id;
    g_autofree char *name = NULL;
    g_autoptr(RvCgroup) cgroup = make_cgroup("guest", &name);
    rv_autofd int pidfd = run_in(cgroup, "exec sleep 1000", &id);
    unsigned memberships = count_memberships(id.pid, name);
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", (int)id.pid);
    g_autofree char *text = rv_file_read(path, 1 << 16, NULL, NULL);
    bool destroyed = rv_cgroup_destroy(cgroup, DESTROY_MS, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(managers); i++) {
        if (!found[managers[i]].mount)
            continue;
        g_autofree char *dir = g_build_filename(found[managers[i]].mount, service, NULL);
        REQUIRE(rv_cgroup_dir_write(found[managers[i]].mount, "cgroup.procs", "0") == 0);
        REQUIRE(rmdir(dir) == 0);
    }
    REQUIRE(destroyed);
    REQUIRE(memberships >= left);
    REQUIRE(text && !strstr(text, service));
}

START_TEST(test_service)
{
    if (check_is_root("service") && check_is_forked("service"))
        in_subprocess(in_service, 0);
}
END_TEST

/* A subtree that is SOME_UID's, and where in it we are. */
static char *delegated_dir;
static const char *const whereabouts[] = {"", "/leaf"};

static void give_away(const char *dir)
{
    static const char *const files[] = {"", "/cgroup.procs", "/cgroup.subtree_control"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strconcat(dir, files[i], NULL);
        REQUIRE(chown(path, SOME_UID, SOME_UID) == 0);
    }
}

static void enter_delegated(const char *where)
{
    g_autofree char *dir = g_strconcat(delegated_dir, where, NULL);
    REQUIRE(mkdir(dir, 0755) == 0 || errno == EEXIST);
    give_away(delegated_dir);
    give_away(dir);
    REQUIRE(rv_cgroup_dir_write(dir, "cgroup.procs", "0") == 0);
    REQUIRE(setresuid(SOME_UID, SOME_UID, SOME_UID) == 0);
}

static bool is_offered(const char *controller)
{
    g_autofree char *path = g_build_filename(delegated_dir, "cgroup.controllers", NULL);
    g_autofree char *text = rv_file_read(path, 4096, NULL, NULL);
    return text && strstr(text, controller);
}

static void in_delegated(int row)
{
    enter_delegated(whereabouts[row]);
    g_autoptr(GError) error = NULL;
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new("mine", &error);
    REQUIRE(cgroup);
    /* Controllers are handed down where no process, such as us, is in the way. */
    REQUIRE(rv_cgroup_set_pids_max(cgroup, 9) == (*whereabouts[row] && is_offered("pids")));

    g_autoptr(RvSpawn) spawn = rv_spawn_new("/bin/sleep");
    rv_spawn_arg(spawn, "1000");
    rv_spawn_confine(spawn);
    rv_spawn_cgroup(spawn, cgroup);
    rv_autofd int pidfd = -1;
    RvProcessId id;
    REQUIRE(rv_spawn_start(spawn, &id, &pidfd, &error));
    REQUIRE(count_memberships(id.pid, "mine") == 1);
    g_autofree char *made = g_build_filename(delegated_dir, "reeve/mine", NULL);
    REQUIRE(count_processes(made) == 1);
    REQUIRE(rv_cgroup_destroy(cgroup, DESTROY_MS, &error));
    REQUIRE(!g_file_test(made, G_FILE_TEST_EXISTS));
}

START_TEST(test_delegated)
{
    if (!check_is_root("delegated") || !check_is_forked("delegated"))
        return;
    RvCgroupPlace found[RV_HIERARCHY_LAST];
    locate(found);
    g_autofree char *mount = g_steal_pointer(&found[RV_HIERARCHY_UNIFIED].mount);
    rv_cgroup_places_clear(found);
    if (!mount) {
        check_skip("delegated", "there is no unified hierarchy");
        return;
    }
    (void)rv_cgroup_dir_write(mount, "cgroup.subtree_control", "+pids");
    delegated_dir = g_strdup_printf("%s/check-%d", mount, (int)getpid());
    ck_assert_int_eq(mkdir(delegated_dir, 0755), 0);
    in_subprocess(in_delegated, _i);
    g_autoptr(GError) error = NULL;
    bool removed =
        rv_cgroup_dir_remove(delegated_dir, g_get_monotonic_time() + DESTROY_MS * 1000, &error);
    ck_assert_msg(removed, "%s", error ? error->message : "");
    g_free(delegated_dir);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cgroup");
    TCase *tests = tcase_create("cgroup");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_locate, 0, G_N_ELEMENTS(places));
    tcase_add_loop_test(tests, test_bad_name, 0, G_N_ELEMENTS(bad_names));
    tcase_add_test(tests, test_plain_user);
    tcase_add_loop_test(tests, test_other_host, 0, G_N_ELEMENTS(hosts));
    tcase_add_test(tests, test_service);
    tcase_add_loop_test(tests, test_delegated, 0, G_N_ELEMENTS(whereabouts));
    tcase_add_test(tests, test_life);
    tcase_add_test(tests, test_destroy_many);
    tcase_add_test(tests, test_kill_one_by_one);
    tcase_add_test(tests, test_destroy_nested);
    tcase_add_test(tests, test_destroy_timeout);
    tcase_add_test(tests, test_pids_max);
    tcase_add_test(tests, test_cpu);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
