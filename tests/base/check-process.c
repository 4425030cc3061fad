/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/fd.h"
#include "tests/check-main.h"

enum { SOON_MS = 20000 };

static RvSpawn *shell(const char *script)
{
    RvSpawn *spawn = rv_spawn_new("/bin/sh");
    rv_spawn_arg(spawn, "-c");
    rv_spawn_arg(spawn, script);
    return spawn;
}

static int start(const char *script, RvProcessId *ret_id)
{
    g_autoptr(RvSpawn) spawn = shell(script);
    g_autoptr(GError) error = NULL;
    int pidfd = -1;
    bool started = rv_spawn_start(spawn, ret_id, &pidfd, &error);
    ck_assert_msg(started, "%s", error ? error->message : "");
    return pidfd;
}

/* ---- Known by pid and start time ----------------------------------------------------------- */

START_TEST(test_open)
{
    RvProcessId id;
    rv_autofd int pidfd = start("exec sleep 1000", &id);
    uint64_t start_time;
    ck_assert(rv_process_start_time(id.pid, &start_time, NULL));
    ck_assert_uint_eq(start_time, id.start_time);
    rv_autofd int again = rv_process_open(&id, NULL);
    ck_assert_int_ge(again, 0);
    ck_assert_int_ne(fcntl(again, F_GETFD) & FD_CLOEXEC, 0);

    RvProcessId others[] = {{id.pid, id.start_time + 1}, {id.pid, id.start_time - 1}, {id.pid, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_int_eq(rv_process_open(&others[i], &error), -1);
        ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_OPERATION_INVALID));
    }

    ck_assert(rv_process_signal(again, SIGKILL, NULL));
    ck_assert(rv_process_wait(pidfd, SOON_MS, NULL));
    RvProcessId gone[] = {id, {0, 0}, {-1, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(gone); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_int_eq(rv_process_open(&gone[i], &error), -1);
        ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_OPERATION_INVALID));
    }
    ck_assert(rv_process_signal(again, SIGKILL, NULL)); /* gone is as wanted */
}
END_TEST

/* ---- Its end ------------------------------------------------------------------------------- */

static const struct {
    const char *script;
    int status;
} ends[] = {
    {"exit 0", 0},
    {"exit 3", 3},
    {"kill -9 $$", 128 + 9},
    {"kill -TERM $$", 128 + 15},
};

START_TEST(test_end)
{
    rv_autofd int pidfd = start(ends[_i].script, NULL);
    int status = -2;
    ck_assert(rv_process_wait(pidfd, SOON_MS, &status));
    ck_assert_msg(status == ends[_i].status, "%s: status %d", ends[_i].script, status);
    /* Reaped: nothing more to learn, and no zombie. */
    ck_assert(rv_process_wait(pidfd, 0, &status));
    ck_assert_int_eq(status, -1);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(test_wait_timeout)
{
    rv_autofd int pidfd = start("exec sleep 1000", NULL);
    int status = -2;
    ck_assert(!rv_process_wait(pidfd, 0, &status));
    gint64 begin = g_get_monotonic_time();
    ck_assert(!rv_process_wait(pidfd, 50, &status));
    ck_assert_int_ge(g_get_monotonic_time() - begin, 50000);
    ck_assert_int_eq(status, -2);
    /* A stopped process ends as well. */
    ck_assert(rv_process_signal(pidfd, SIGSTOP, NULL));
    ck_assert(rv_process_signal(pidfd, SIGKILL, NULL));
    ck_assert(rv_process_wait(pidfd, -1, &status));
    ck_assert_int_eq(status, 128 + SIGKILL);
}
END_TEST

/* A process that starts another and dies at once; what it started is told by the pipe. */
static RvProcessId start_by_another(void)
{
    int ends_of_pipe[2];
    ck_assert_int_eq(pipe2(ends_of_pipe, O_CLOEXEC), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        g_autoptr(RvSpawn) spawn = shell("exec sleep 1000");
        RvProcessId id = {0};
        bool started = rv_spawn_start(spawn, &id, NULL, NULL);
        bool told = rv_fd_write_all(ends_of_pipe[1], &id, sizeof(id), NULL);
        kill(getpid(), started && told ? SIGKILL : SIGABRT);
    }
    int status;
    RvProcessId id;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert_int_eq(read(ends_of_pipe[0], &id, sizeof(id)), sizeof(id));
    close(ends_of_pipe[0]);
    close(ends_of_pipe[1]);
    return id;
}

START_TEST(test_outlives_us)
{
    RvProcessId id = start_by_another();
    g_autoptr(GError) error = NULL;
    rv_autofd int pidfd = rv_process_open(&id, &error);
    ck_assert_msg(pidfd >= 0, "%s", error ? error->message : "");
    ck_assert(!rv_process_wait(pidfd, 0, NULL));
    ck_assert(rv_process_signal(pidfd, SIGKILL, NULL));
    int status;
    ck_assert(rv_process_wait(pidfd, SOON_MS, &status)); /* init may be slow: a zombie has ended */
    ck_assert_int_eq(status, -1);
}
END_TEST

START_TEST(test_usage)
{
    RvProcessId id;
    rv_autofd int pidfd = start("while :; do :; done", &id);
    uint64_t cpu = 0, rss = 0;
    gint64 deadline = g_get_monotonic_time() + SOON_MS * 1000;
    while (cpu < 3000000 && g_get_monotonic_time() < deadline)
        ck_assert(rv_process_usage(id.pid, &cpu, &rss));
    ck_assert(rv_process_signal(pidfd, SIGKILL, NULL));
    ck_assert(rv_process_wait(pidfd, SOON_MS, NULL));
    ck_assert_uint_ge(cpu, 3000000);
    ck_assert_uint_ge(rss, 4); /* older kernels add up a young process's pages in batches */
    ck_assert_uint_le(rss, 100000);
    ck_assert(!rv_process_usage(id.pid, &cpu, &rss));
}
END_TEST

/* ---- Helper programs ----------------------------------------------------------------------- */

enum { OUTPUT_MAX = 100000 };

static const struct {
    const char *script;
    const char *output;   /* NULL: an error */
    const char *expected; /* in its message */
    RvErrorCode code;
} runs[] = {
    {"echo hello; echo noise >&2", "hello\n", NULL, 0},
    {"true", "", NULL, 0},
    {"cat; echo $LC_ALL", "C\n", NULL, 0},                /* no input, English */
    {"echo early; sleep 5 & exit 0", "early\n", NULL, 0}, /* the pipe is still open */
    {"echo out; echo ' it hurts ' >&2; exit 7", NULL, "exit code 7: it hurts",
     RV_ERR_OPERATION_FAILED},
    {"exit 1", NULL, "exit code 1", RV_ERR_OPERATION_FAILED},
    {"printf 'a\\377b' >&2; exit 1", NULL, "exit code 1: a\357\277\275b",
     RV_ERR_OPERATION_FAILED}, /* what is no UTF-8 is replaced */
    {"kill -SEGV $$", NULL, "signal 11", RV_ERR_OPERATION_FAILED},
    {"exec yes", NULL, "more than 100000 bytes", RV_ERR_OPERATION_FAILED},
    {"exec yes >&2", NULL, "not ended after 300 ms", RV_ERR_OPERATION_TIMEOUT},
    {"sleep 1000 & wait", NULL, "not ended after 300 ms", RV_ERR_OPERATION_TIMEOUT},
    {"exec >&- 2>&-; sleep 1000", NULL, "not ended after 300 ms", RV_ERR_OPERATION_TIMEOUT},
    {"trap '' TERM INT HUP; while :; do :; done", NULL, "not ended", RV_ERR_OPERATION_TIMEOUT},
};

START_TEST(test_run)
{
    const char *argv[] = {"sh", "-c", runs[_i].script, NULL};
    bool slow = runs[_i].code == RV_ERR_OPERATION_TIMEOUT;
    g_autoptr(GError) error = NULL;
    g_autofree char *output = rv_process_run(argv, OUTPUT_MAX, slow ? 300 : SOON_MS, &error);
    if (runs[_i].output) {
        ck_assert_msg(output && strcmp(output, runs[_i].output) == 0, "%s: got '%s', %s",
                      runs[_i].script, output ? output : "", error ? error->message : "");
    } else {
        ck_assert_msg(!output, "%s: no error", runs[_i].script);
        ck_assert_msg(g_error_matches(error, RV_ERROR, (int)runs[_i].code) &&
                          strstr(error->message, runs[_i].expected),
                      "%s: %s", runs[_i].script, error->message);
    }
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) < 0, "%s: a zombie is left", runs[_i].script);
}
END_TEST

START_TEST(test_run_exact)
{
    /* As much as allowed is allowed. */
    const char *argv[] = {"sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *output = rv_process_run(argv, OUTPUT_MAX, SOON_MS, &error);
    ck_assert_msg(output, "%s", error ? error->message : "");
    ck_assert_uint_eq(strlen(output), OUTPUT_MAX);
}
END_TEST

/* The whole group of a helper that is given up goes with it. */
START_TEST(test_run_kills_group)
{
    int pipe_ends[2];
    ck_assert_int_eq(pipe2(pipe_ends, O_CLOEXEC), 0);
    rv_autofd int held = pipe_ends[0];
    g_autoptr(RvSpawn) spawn = shell("sleep 1000 & sleep 1000");
    rv_spawn_pass_fd(spawn, pipe_ends[1]);
    g_autoptr(GError) error = NULL;
    g_autofree char *output = rv_spawn_run(spawn, OUTPUT_MAX, 200, NULL, &error);
    ck_assert_ptr_null(output);
    char end;
    ck_assert_int_eq(read(held, &end, 1), 0); /* nobody has the other end any more */
}
END_TEST

static void *cancel_soon(void *cancel)
{
    g_usleep(50000);
    g_cancellable_cancel(cancel);
    return NULL;
}

START_TEST(test_run_cancel)
{
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    GThread *thread = g_thread_new("cancel", cancel_soon, cancel);
    g_autoptr(RvSpawn) spawn = shell("sleep 1000");
    g_autoptr(GError) error = NULL;
    gint64 begin = g_get_monotonic_time();
    g_autofree char *output = rv_spawn_run(spawn, OUTPUT_MAX, SOON_MS, cancel, &error);
    g_thread_join(thread);
    ck_assert_ptr_null(output);
    ck_assert(g_error_matches(error, RV_ERROR, RV_ERR_OPERATION_ABORTED));
    ck_assert_int_lt(g_get_monotonic_time() - begin, SOON_MS / 2 * 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *tests = tcase_create("process");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_open);
    tcase_add_loop_test(tests, test_end, 0, G_N_ELEMENTS(ends));
    tcase_add_test(tests, test_wait_timeout);
    tcase_add_test(tests, test_outlives_us);
    tcase_add_test(tests, test_usage);
    tcase_add_loop_test(tests, test_run, 0, G_N_ELEMENTS(runs));
    tcase_add_test(tests, test_run_exact);
    tcase_add_test(tests, test_run_kills_group);
    tcase_add_test(tests, test_run_cancel);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
