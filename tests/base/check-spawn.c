/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "tests/check-main.h"

enum { SOME_UID = 70124, SOME_GID = 70125, SOON_MS = 20000 };

/* ---- Helpers ------------------------------------------------------------------------------- */

static RvSpawn *shell(const char *script)
{
    RvSpawn *spawn = rv_spawn_new("/bin/sh");
    rv_spawn_arg(spawn, "-c");
    rv_spawn_arg(spawn, script);
    return spawn;
}

static RvSpawn *sleeper(void)
{
    RvSpawn *spawn = rv_spawn_new("sleep");
    rv_spawn_arg(spawn, "1000");
    return spawn;
}

static int start(RvSpawn *spawn, pid_t *ret_pid)
{
    g_autoptr(GError) error = NULL;
    RvProcessId id;
    int pidfd = -1;
    bool started = rv_spawn_start(spawn, &id, &pidfd, &error);
    ck_assert_msg(started, "%s", error ? error->message : "");
    ck_assert_int_ge(pidfd, 0);
    if (ret_pid)
        *ret_pid = id.pid;
    return pidfd;
}

static void stop(int pidfd)
{
    ck_assert(rv_process_signal(pidfd, SIGKILL, NULL));
    ck_assert(rv_process_wait(pidfd, SOON_MS, NULL));
}

static char *read_proc(pid_t pid, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", (int)pid, name);
    g_autoptr(GError) error = NULL;
    char *text = rv_file_read(path, 1 << 20, NULL, &error);
    ck_assert_msg(text, "%s", error ? error->message : "");
    return text;
}

/* The value of "Field:" in /proc/PID/status, with blanks for tabs. */
static char *status_field(pid_t pid, const char *field)
{
    g_autofree char *text = read_proc(pid, "status");
    g_autofree char *mark = g_strdup_printf("\n%s:", field);
    const char *at = strstr(text, mark);
    ck_assert_msg(at, "no %s in /proc/PID/status", field);
    at += strlen(mark);
    char *value = g_strndup(at, strcspn(at, "\n"));
    return g_strstrip(g_strdelimit(value, "\t", ' '));
}

static char *fd_target(pid_t pid, int fd)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd/%d", (int)pid, fd);
    return g_file_read_link(path, NULL);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in a folder, sorted, with a blank behind each. */
static char *list_folder(const char *format, ...) G_GNUC_PRINTF(1, 2);
static char *list_folder(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *path = g_strdup_vprintf(format, args);
    va_end(args);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    ck_assert_msg(dir, "cannot open %s", path);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s ", (const char *)names->pdata[i]);
    return g_string_free(text, FALSE);
}

/* A file with a name of its own, open. */
static int open_file(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("check-spawn-XXXXXX", &path, NULL);
    ck_assert_int_ge(fd, 0);
    unlink(path);
    return fd;
}

/* ---- Who a child is ------------------------------------------------------------------------ */

typedef struct {
    const char *field;
    const char *value;
} StatusRow;

static const StatusRow confined_rows[] = {
    {"CapInh", "0000000000000000"},
    {"CapPrm", "0000000000000000"},
    {"CapEff", "0000000000000000"},
    {"CapAmb", "0000000000000000"},
    {"NoNewPrivs", "1"},
    {"Umask", "0077"},
    {"SigBlk", "0000000000000000"},
    {"SigIgn", "0000000000000000"},
    {"SigCgt", "0000000000000000"},
};

/* As root only. */
static const StatusRow identity_rows[] = {
    {"Uid", "70124 70124 70124 70124"},
    {"Gid", "70125 70125 70125 70125"},
    {"Groups", ""},
    {"CapBnd", "0000000000000000"},
};

static void check_status(pid_t pid, const StatusRow *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *value = status_field(pid, rows[i].field);
        ck_assert_msg(strcmp(value, rows[i].value) == 0, "%s: got '%s', want '%s'", rows[i].field,
                      value, rows[i].value);
    }
}

/* What a child would inherit if nothing was done about it. */
static void ignore_and_block(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    ck_assert_int_eq(sigaction(SIGPIPE, &ignore, NULL), 0);
    ck_assert_int_eq(sigaction(SIGHUP, &ignore, NULL), 0);
    /* The two that the C library keeps to itself can still be ignored by a parent of ours. */
    const unsigned long kernel_ignore[8] = {(unsigned long)SIG_IGN};
    ck_assert_int_eq(syscall(SYS_rt_sigaction, 32, kernel_ignore, NULL, NSIG / 8), 0);
    ck_assert_int_eq(syscall(SYS_rt_sigaction, 33, kernel_ignore, NULL, NSIG / 8), 0);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGTERM);
    sigaddset(&some, SIGUSR1);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &some, NULL), 0);
    umask(022);
}

START_TEST(test_confined)
{
    ignore_and_block();
    g_autoptr(RvSpawn) spawn = sleeper();
    rv_spawn_confine(spawn);
    pid_t pid;
    rv_autofd int pidfd = start(spawn, &pid);
    check_status(pid, confined_rows, G_N_ELEMENTS(confined_rows));

    ck_assert_int_eq(getsid(pid), pid);
    struct rlimit core;
    ck_assert_int_eq(prlimit(pid, RLIMIT_CORE, NULL, &core), 0);
    ck_assert_uint_eq(core.rlim_max, 0);
    stop(pidfd);

    /* Our own mask is as it was. */
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    ck_assert(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
}
END_TEST

START_TEST(test_identity)
{
    if (!check_is_root("identity"))
        return;
    static const gid_t groups[] = {SOME_GID, 70126};
    ck_assert_int_eq(syscall(SYS_setgroups, G_N_ELEMENTS(groups), groups), 0);
    g_autoptr(RvSpawn) spawn = sleeper();
    rv_spawn_identity(spawn, SOME_UID, SOME_GID);
    rv_spawn_confine(spawn);
    pid_t pid;
    rv_autofd int pidfd = start(spawn, &pid);
    check_status(pid, confined_rows, G_N_ELEMENTS(confined_rows));
    check_status(pid, identity_rows, G_N_ELEMENTS(identity_rows));
    g_autofree char *cwd = g_strdup_printf("/proc/%d/cwd", (int)pid);
    g_autofree char *where = g_file_read_link(cwd, NULL);
    ck_assert_str_eq(where, "/");
    stop(pidfd);
}
END_TEST

/* Without any wish, a child is who we are. */
START_TEST(test_plain)
{
    g_autoptr(RvSpawn) spawn = sleeper();
    pid_t pid;
    rv_autofd int pidfd = start(spawn, &pid);
    static const char *const same[] = {"Uid", "Gid", "Groups", "CapBnd", "CapEff", "NoNewPrivs"};
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        g_autofree char *theirs = status_field(pid, same[i]);
        g_autofree char *ours = status_field(getpid(), same[i]);
        ck_assert_msg(strcmp(theirs, ours) == 0, "%s: '%s', not '%s'", same[i], theirs, ours);
    }
    stop(pidfd);
}
END_TEST

START_TEST(test_limits)
{
    g_autoptr(RvSpawn) spawn = sleeper();
    rv_spawn_limit(spawn, RLIMIT_NOFILE, 123);
    rv_spawn_limit(spawn, RLIMIT_FSIZE, 4567);
    pid_t pid;
    rv_autofd int pidfd = start(spawn, &pid);
    struct rlimit files, size;
    ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, NULL, &files), 0);
    ck_assert_int_eq(prlimit(pid, RLIMIT_FSIZE, NULL, &size), 0);
    stop(pidfd);
    ck_assert_uint_eq(files.rlim_cur, 123);
    ck_assert_uint_eq(files.rlim_max, 123);
    ck_assert_uint_eq(size.rlim_max, 4567);
}
END_TEST

START_TEST(test_environment)
{
    g_setenv("REEVE_CHECK_SECRET", "1", TRUE);
    g_autoptr(RvSpawn) spawn = sleeper();
    rv_spawn_env(spawn, "PATH", "/bin");
    rv_spawn_env(spawn, "A", "b=c");
    pid_t pid;
    rv_autofd int pidfd = start(spawn, &pid);
    static const char wanted[] = "PATH=/bin\0A=b=c";
    size_t len = 0;
    g_autofree char *path = g_strdup_printf("/proc/%d/environ", (int)pid);
    g_autofree char *text = rv_file_read(path, 4096, &len, NULL);
    stop(pidfd);
    ck_assert_uint_eq(len, sizeof(wanted));
    ck_assert_mem_eq(text, wanted, sizeof(wanted));
}
END_TEST

/* ---- Its descriptors ----------------------------------------------------------------------- */

/* The child's descriptors, once they are the wanted ones: just after exec the dynamic linker has
 * one more open now and then, but one that leaked would stay. */
static char *settled_fds(pid_t pid, const char *wanted)
{
    gint64 deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;
    for (;;) {
        g_autofree char *all = list_folder("/proc/%d/fd", (int)pid);
        if (strcmp(all, wanted) == 0 || g_get_monotonic_time() > deadline)
            return g_steal_pointer(&all);
        g_usleep(1000);
    }
}

START_TEST(test_fds)
{
    int leaked = fcntl(open_file(), F_DUPFD, 50); /* not close-on-exec */
    int passed[] = {open_file(), open_file(), fcntl(open_file(), F_DUPFD, 100)};
    g_autofree char *names[G_N_ELEMENTS(passed)] = {NULL};
    g_autoptr(RvSpawn) spawn = sleeper();
    /* The last first: numbers of parent and child cross each other. */
    for (int i = G_N_ELEMENTS(passed) - 1; i >= 0; i--) {
        names[i] = fd_target(getpid(), passed[i]);
        ck_assert_int_eq(rv_spawn_pass_fd(spawn, passed[i]), 3 + (2 - i));
    }
    int output = open_file();
    g_autofree char *output_name = fd_target(getpid(), output);
    rv_spawn_output(spawn, output);

    pid_t pid;
    rv_autofd int pidfd = start(spawn, &pid);
    g_autofree char *all = settled_fds(pid, "0 1 2 3 4 5 ");
    ck_assert_str_eq(all, "0 1 2 3 4 5 ");
    const char *const wanted[] = {"/dev/null", output_name, output_name,
                                  names[2],    names[1],    names[0]};
    for (int i = 0; i < (int)G_N_ELEMENTS(wanted); i++) {
        g_autofree char *target = fd_target(pid, i);
        ck_assert_msg(strcmp(target, wanted[i]) == 0, "%d is %s, not %s", i, target, wanted[i]);
    }
    ck_assert_int_ge(fcntl(leaked, F_GETFD), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(passed); i++)
        ck_assert_int_lt(fcntl(passed[i], F_GETFD), 0); /* taken over, and closed here */
    stop(pidfd);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_clear_pointer(&names[i], g_free);
}
END_TEST

/* In a process that is not the test's, Check's own assertions would end the wrong one. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition,            \
                    g_strerror(errno));                                                            \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void in_subprocess(void (*func)(void))
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        func();
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x; see above",
                  (unsigned)status);
}

/* Exactly 3 and 4, to become 4 and 3, and nothing at 0, 1 and 2. */
static void swap_numbers(void)
{
    REQUIRE(close_range(3, ~0u, 0) == 0);
    int a = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    int b = open("/etc/group", O_RDONLY | O_CLOEXEC);
    REQUIRE(a == 3 && b == 4);
    REQUIRE(close_range(0, 1, 0) == 0);
    g_autoptr(RvSpawn) spawn = sleeper();
    rv_spawn_pass_fd(spawn, b);
    rv_spawn_pass_fd(spawn, a);
    RvProcessId id;
    int pidfd;
    REQUIRE(rv_spawn_start(spawn, &id, &pidfd, NULL));
    g_autofree char *third = fd_target(id.pid, 3);
    g_autofree char *fourth = fd_target(id.pid, 4);
    g_autofree char *input = fd_target(id.pid, 0);
    g_autofree char *output = fd_target(id.pid, 1);
    REQUIRE(rv_process_signal(pidfd, SIGKILL, NULL));
    REQUIRE(strcmp(third, "/etc/group") == 0 && strcmp(fourth, "/etc/passwd") == 0);
    REQUIRE(strcmp(input, "/dev/null") == 0 && strcmp(output, "/dev/null") == 0);
}

START_TEST(test_swapped_fds)
{
    in_subprocess(swap_numbers);
}
END_TEST

static unsigned count_own_fds(void)
{
    g_autofree char *all = list_folder("/proc/self/fd");
    unsigned n = 0;
    for (const char *at = all; *at; at++)
        n += *at == ' ';
    return n;
}

START_TEST(test_no_leaks)
{
    unsigned before = count_own_fds();
    for (int i = 0; i < 5; i++) {
        g_autoptr(RvSpawn) good = rv_spawn_new("/bin/true");
        rv_spawn_pass_fd(good, open_file());
        rv_autofd int pidfd = start(good, NULL);
        ck_assert(rv_process_wait(pidfd, SOON_MS, NULL));
        g_autoptr(RvSpawn) bad = rv_spawn_new("/nonexistent");
        rv_spawn_pass_fd(bad, open_file());
        rv_spawn_output(bad, open_file());
        ck_assert(!rv_spawn_start(bad, NULL, NULL, NULL));
    }
    ck_assert_uint_eq(count_own_fds(), before);
}
END_TEST

/* ---- What fails ---------------------------------------------------------------------------- */

typedef enum { AS_ANYBODY, AS_ROOT, AS_USER } Who;

static void too_high_limit(RvSpawn *spawn)
{
    rv_spawn_limit(spawn, RLIMIT_NOFILE, 1u << 31); /* above fs.nr_open, for root as well */
}

static void other_identity(RvSpawn *spawn)
{
    rv_spawn_identity(spawn, 0, 0);
}

static void no_device(RvSpawn *spawn)
{
    static const char *const devices[] = {"/dev/reeve-none", NULL};
    rv_spawn_private_dev(spawn, devices, SOME_UID, SOME_GID);
}

static void no_such_folder(RvSpawn *spawn)
{
    static const char *const devices[] = {"/dev/../etc/passwd", NULL};
    rv_spawn_private_dev(spawn, devices, SOME_UID, SOME_GID);
}

static void regular_file(RvSpawn *spawn)
{
    static const char *const devices[] = {"/dev/shm", NULL};
    rv_spawn_private_dev(spawn, devices, SOME_UID, SOME_GID);
}

static void bad_fd(RvSpawn *spawn)
{
    rv_spawn_pass_fd(spawn, -1);
}

static const struct {
    const char *label;
    const char *program;
    void (*prepare)(RvSpawn *spawn);
    Who who;
    const char *expected[2]; /* both in the message */
} failures[] = {
    {"no program",
     "/nonexistent/program",
     NULL,
     AS_ANYBODY,
     {"'/nonexistent/program': cannot run the program", "No such file"}},
    {"no program in PATH", "reeve-nonexistent", NULL, AS_ANYBODY, {"reeve-nonexistent", "PATH"}},
    {"a folder", "/tmp", NULL, AS_ANYBODY, {"cannot run the program", "Permission denied"}},
    {"not executable", "/etc/passwd", NULL, AS_ANYBODY, {"run the program", "Permission denied"}},
    {"limit", "/bin/true", too_high_limit, AS_ANYBODY, {"set its limits", "Operation not perm"}},
    {"descriptor", "/bin/true", bad_fd, AS_ANYBODY, {"pass its descriptors", "Bad file"}},
    {"identity", "/bin/true", other_identity, AS_USER, {"supplementary groups", "not permitted"}},
    {"device", "/bin/true", no_device, AS_ROOT, {"/dev/reeve-none", "No such file"}},
    {"device elsewhere", "/bin/true", no_such_folder, AS_ROOT, {"/etc/passwd", "not below /dev"}},
    {"no device", "/bin/true", regular_file, AS_ROOT, {"/dev/shm", "not a device"}},
};

START_TEST(test_failure)
{
    if (failures[_i].who == AS_ROOT && !check_is_root(failures[_i].label))
        return;
    if (failures[_i].who == AS_USER && geteuid() == 0) {
        check_skip(failures[_i].label, "root may do it");
        return;
    }
    g_autoptr(RvSpawn) spawn = rv_spawn_new(failures[_i].program);
    if (failures[_i].prepare)
        failures[_i].prepare(spawn);
    g_autoptr(GError) error = NULL;
    int pidfd = -1;
    bool started = rv_spawn_start(spawn, NULL, &pidfd, &error);
    ck_assert_msg(!started, "%s: started", failures[_i].label);
    ck_assert_int_eq(pidfd, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(failures[_i].expected); i++)
        ck_assert_msg(strstr(error->message, failures[_i].expected[i]), "%s: '%s' not in: %s",
                      failures[_i].label, failures[_i].expected[i], error->message);
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "%s: a zombie is left",
                  failures[_i].label);
}
END_TEST

/* ---- A private /dev ------------------------------------------------------------------------ */

static const struct {
    const char *name;
    mode_t mode;
    unsigned major, minor;
    uid_t uid;
    gid_t gid;
} nodes[] = {
    {"null", S_IFCHR | 0666, 1, 3, 0, 0},
    {"zero", S_IFCHR | 0666, 1, 5, 0, 0},
    {"full", S_IFCHR | 0666, 1, 7, 0, 0},
    {"random", S_IFCHR | 0666, 1, 8, 0, 0},
    {"urandom", S_IFCHR | 0666, 1, 9, 0, 0},
    {"ptmx", S_IFCHR | 0666, 5, 2, 0, 0},
    {"tty", S_IFCHR | 0600, 5, 0, SOME_UID, SOME_GID},
    {"net/tun", S_IFCHR | 0600, 10, 200, SOME_UID, SOME_GID},
};

/* What opens here as a terminal there is the host's, under the same path. */
static void check_terminal(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/root/dev/ptmx", (int)pid);
    rv_autofd int terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_msg(terminal >= 0, "%s", g_strerror(errno));
    unsigned number;
    ck_assert_int_eq(ioctl(terminal, TIOCGPTN, &number), 0);
    g_autofree char *ours = g_strdup_printf("/dev/pts/%u", number);
    g_autofree char *theirs = g_strdup_printf("/proc/%d/root/dev/pts/%u", (int)pid, number);
    struct stat a, b;
    ck_assert_int_eq(stat(ours, &a), 0);
    ck_assert_int_eq(stat(theirs, &b), 0);
    ck_assert_uint_eq(a.st_rdev, b.st_rdev);
    ck_assert_uint_eq(a.st_dev, b.st_dev);
    ck_assert_uint_eq(a.st_ino, b.st_ino);
}

START_TEST(test_private_dev)
{
    if (!check_is_root("private_dev"))
        return;
    static const char *const devices[] = {"/dev/tty", "/dev/net/tun", NULL};
    struct stat before, after;
    ck_assert_int_eq(stat("/dev", &before), 0);
    umask(077);
    g_autoptr(RvSpawn) spawn = sleeper();
    rv_spawn_private_dev(spawn, devices, SOME_UID, SOME_GID);
    rv_spawn_identity(spawn, SOME_UID, SOME_GID);
    rv_spawn_confine(spawn);
    pid_t pid;
    rv_autofd int pidfd = start(spawn, &pid);

    g_autofree char *all = list_folder("/proc/%d/root/dev", (int)pid);
    ck_assert_str_eq(all, "full net null ptmx pts random tty urandom zero ");
    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++) {
        g_autofree char *path = g_strdup_printf("/proc/%d/root/dev/%s", (int)pid, nodes[i].name);
        struct stat st;
        ck_assert_msg(stat(path, &st) == 0, "%s is missing", nodes[i].name);
        ck_assert_msg(st.st_mode == nodes[i].mode, "%s: mode %o", nodes[i].name, st.st_mode);
        ck_assert_msg(st.st_rdev == makedev(nodes[i].major, nodes[i].minor), "%s: device %u:%u",
                      nodes[i].name, major(st.st_rdev), minor(st.st_rdev));
        ck_assert_msg(st.st_uid == nodes[i].uid && st.st_gid == nodes[i].gid, "%s: owner %u:%u",
                      nodes[i].name, st.st_uid, st.st_gid);
    }
    check_terminal(pid);
    stop(pidfd);

    ck_assert_int_eq(stat("/dev", &after), 0);
    ck_assert_uint_eq(before.st_dev, after.st_dev); /* ours has stayed */
}
END_TEST

/* The user itself can use what is there, and can change nothing. */
START_TEST(test_private_dev_inside)
{
    if (!check_is_root("private_dev_inside"))
        return;
    g_autoptr(RvSpawn) spawn = shell("set -e; echo x > /dev/null; head -c 4 /dev/urandom | wc -c;"
                                     "! touch /dev/x 2>/dev/null; ! rm /dev/null 2>/dev/null;"
                                     "! umount /dev 2>/dev/null; echo well");
    rv_spawn_private_dev(spawn, NULL, 0, 0);
    rv_spawn_identity(spawn, SOME_UID, SOME_GID);
    rv_spawn_confine(spawn);
    g_autoptr(GError) error = NULL;
    g_autofree char *output = rv_spawn_run(spawn, 1000, SOON_MS, NULL, &error);
    ck_assert_msg(output, "%s", error ? error->message : "");
    ck_assert_str_eq(output, "4\nwell\n");
}
END_TEST

/* ---- In which surroundings ----------------------------------------------------------------- */

/* As sandboxes do that know nothing of clone3(). */
static void forbid_clone3(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {G_N_ELEMENTS(code), code};
    REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    REQUIRE(syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS);
}

static void spawn_without_clone3(void)
{
    forbid_clone3();
    g_autofree char *name = g_strdup_printf("check-%d-plain", (int)getpid());
    g_autoptr(RvCgroup) cgroup = rv_cgroup_new(name, NULL);
    g_autoptr(RvSpawn) spawn = sleeper();
    rv_spawn_confine(spawn);
    if (cgroup)
        rv_spawn_cgroup(spawn, cgroup);
    RvProcessId id;
    int pidfd;
    REQUIRE(rv_spawn_start(spawn, &id, &pidfd, NULL));
    if (cgroup) {
        REQUIRE(!rv_cgroup_is_empty(cgroup));
        g_autofree char *membership = read_proc(id.pid, "cgroup");
        REQUIRE(strstr(membership, name));
        REQUIRE(rv_cgroup_destroy(cgroup, SOON_MS, NULL));
    }
    REQUIRE(rv_process_signal(pidfd, SIGKILL, NULL));
    int status;
    REQUIRE(rv_process_wait(pidfd, SOON_MS, &status));
    REQUIRE(status == 128 + SIGKILL);

    g_autoptr(RvSpawn) bad = rv_spawn_new("/nonexistent");
    REQUIRE(!rv_spawn_start(bad, NULL, NULL, NULL));
    REQUIRE(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

START_TEST(test_without_clone3)
{
    in_subprocess(spawn_without_clone3);
}
END_TEST

static void *spawn_some(void *failed)
{
    for (int i = 0; i < 15; i++) {
        g_autoptr(RvSpawn) spawn = shell("exit 42");
        g_autoptr(GError) error = NULL;
        rv_autofd int pidfd = -1;
        int status = -1;
        if (!rv_spawn_start(spawn, NULL, &pidfd, &error) ||
            !rv_process_wait(pidfd, SOON_MS, &status) || status != 42)
            g_atomic_int_inc((int *)failed);
    }
    return NULL;
}

START_TEST(test_threads)
{
    int failed = 0;
    GThread *threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("spawn", spawn_some, &failed);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    ck_assert_int_eq(failed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spawn");
    TCase *tests = tcase_create("spawn");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_confined);
    tcase_add_test(tests, test_identity);
    tcase_add_test(tests, test_plain);
    tcase_add_test(tests, test_limits);
    tcase_add_test(tests, test_environment);
    tcase_add_test(tests, test_fds);
    tcase_add_test(tests, test_swapped_fds);
    tcase_add_test(tests, test_no_leaks);
    tcase_add_loop_test(tests, test_failure, 0, G_N_ELEMENTS(failures));
    tcase_add_test(tests, test_private_dev);
    tcase_add_test(tests, test_private_dev_inside);
    tcase_add_test(tests, test_without_clone3);
    tcase_add_test(tests, test_threads);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
