/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "tests/check-main.h"

/* A run that lasts longer than this has got stuck. */
enum { STUCK_MS = 20000 };

static RvLoop *loop;
static RvTimer *guard;

static void stuck(void *data)
{
    ck_abort_msg("the loop got stuck");
}

static void set_up(void)
{
    loop = rv_loop_new(NULL);
    ck_assert_ptr_nonnull(loop);
    guard = rv_timer_new(loop, STUCK_MS, stuck, NULL);
}

static void tear_down(void)
{
    rv_timer_free(guard);
    rv_loop_free(loop);
}

static void quit(void *data)
{
    rv_loop_quit(loop);
}

/* Runs what has been posted until now, and what is ready. */
static void run_once(void)
{
    rv_loop_post(loop, quit, NULL);
    rv_loop_run(loop);
}

/* ---- Posts --------------------------------------------------------------------------------- */

static GString *record;

static void note(void *data)
{
    g_string_append(record, data);
}

static void note_and_post(void *data)
{
    note(data);
    rv_loop_post(loop, note, (void *)"z");
}

START_TEST(test_post_order)
{
    record = g_string_new(NULL);
    rv_loop_post(loop, note, (void *)"a");
    rv_loop_post(loop, note_and_post, (void *)"b");
    rv_loop_post(loop, note, (void *)"c");
    run_once();
    run_once();
    ck_assert_str_eq(record->str, "abcz");
    g_string_free(record, TRUE);
}
END_TEST

enum { THREADS = 4, POSTS = 5000 };

static unsigned next_of[THREADS];
static unsigned arrived;
static bool out_of_order, on_other_thread;

static void arrive(void *data)
{
    unsigned thread = GPOINTER_TO_UINT(data) / POSTS, number = GPOINTER_TO_UINT(data) % POSTS;
    out_of_order |= next_of[thread]++ != number;
    on_other_thread |= !rv_loop_is_current(loop);
    if (++arrived == THREADS * POSTS)
        rv_loop_quit(loop);
}

static void *post_many(void *data)
{
    unsigned thread = GPOINTER_TO_UINT(data);
    if (rv_loop_is_current(loop))
        return (void *)"thinks it is the loop's thread";
    for (unsigned i = 0; i < POSTS; i++)
        rv_loop_post(loop, arrive, GUINT_TO_POINTER(thread * POSTS + i));
    return NULL;
}

START_TEST(test_post_threads)
{
    GThread *threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("post", post_many, GUINT_TO_POINTER(i));
    rv_loop_run(loop);
    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_ptr_null(g_thread_join(threads[i]));
    ck_assert_uint_eq(arrived, THREADS * POSTS);
    ck_assert(!out_of_order);
    ck_assert(!on_other_thread);
}
END_TEST

static void *quit_soon(void *data)
{
    g_usleep(20000);
    rv_loop_quit(loop);
    return NULL;
}

START_TEST(test_quit_from_thread)
{
    GThread *thread = g_thread_new("quit", quit_soon, NULL);
    rv_loop_run(loop);
    g_thread_join(thread);
}
END_TEST

/* ---- Watches ------------------------------------------------------------------------------- */

typedef struct {
    RvWatch *watch;
    int calls;
    uint32_t events;
} Seen;

static void see(RvWatch *watch, uint32_t events, void *data)
{
    Seen *seen = data;
    ck_assert_ptr_eq(watch, seen->watch);
    seen->calls++;
    seen->events |= events;
    rv_loop_quit(loop);
}

START_TEST(test_watch)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    rv_autofd int ours = ends[0];
    rv_autofd int theirs = ends[1];
    Seen seen = {0};
    seen.watch = rv_watch_new(loop, ours, EPOLLIN, see, &seen);
    run_once();
    ck_assert_int_eq(seen.calls, 0);

    ck_assert_int_eq(write(theirs, "x", 1), 1);
    rv_loop_run(loop);
    ck_assert_uint_eq(seen.events, EPOLLIN);

    /* Not read, it comes again; asked only for EPOLLOUT, that comes instead; asked for nothing,
     * nothing comes but the peer's end. */
    int calls = seen.calls;
    rv_loop_run(loop);
    ck_assert_int_gt(seen.calls, calls);
    rv_watch_set_events(seen.watch, EPOLLOUT);
    seen.events = 0;
    rv_loop_run(loop);
    ck_assert_uint_eq(seen.events, EPOLLOUT);
    rv_watch_set_events(seen.watch, 0);
    calls = seen.calls;
    run_once();
    ck_assert_int_eq(seen.calls, calls);
    rv_fd_close(&theirs);
    rv_loop_run(loop);
    ck_assert_uint_ne(seen.events & EPOLLHUP, 0);

    rv_watch_free(seen.watch);
    calls = seen.calls;
    run_once();
    ck_assert_int_eq(seen.calls, calls);
}
END_TEST

enum { CROWD = 300 }; /* more than the loop asks the kernel for at once */

static struct {
    int fd;
    RvWatch *watch;
    int calls;
} crowd[CROWD];
static int crowd_calls;

/* Frees itself, its neighbours on both sides, and one far away that has had its turn or not. */
static void free_some(RvWatch *watch, uint32_t events, void *data)
{
    int me = GPOINTER_TO_INT(data);
    ck_assert_ptr_eq(crowd[me].watch, watch);
    crowd[me].calls++;
    crowd_calls++;
    const int victims[] = {me, (me + 1) % CROWD, (me + CROWD - 1) % CROWD, (me * 7 + 50) % CROWD};
    for (size_t i = 0; i < G_N_ELEMENTS(victims); i++)
        g_clear_pointer(&crowd[victims[i]].watch, rv_watch_free);
}

START_TEST(test_free_in_callback)
{
    for (int i = 0; i < CROWD; i++) {
        crowd[i].fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
        crowd[i].watch = rv_watch_new(loop, crowd[i].fd, EPOLLIN, free_some, GINT_TO_POINTER(i));
    }
    int left;
    int rounds = 0;
    do {
        run_once();
        left = 0;
        for (int i = 0; i < CROWD; i++)
            left += crowd[i].watch != NULL;
    } while (left > 0 && ++rounds < 100);
    ck_assert_int_eq(left, 0);
    ck_assert_int_ge(crowd_calls, CROWD / 4);
    ck_assert_int_lt(crowd_calls, CROWD);
    for (int i = 0; i < CROWD; i++) {
        ck_assert_int_le(crowd[i].calls, 1);
        rv_fd_close(&crowd[i].fd);
    }
}
END_TEST

static int count_calls[CROWD];

static void take(RvWatch *watch, uint32_t events, void *data)
{
    count_calls[GPOINTER_TO_INT(data)]++;
}

/* Those that are ready without end keep nobody else from their turn, nor posts from theirs. */
START_TEST(test_fair)
{
    for (int i = 0; i < CROWD; i++) {
        crowd[i].fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
        crowd[i].watch = rv_watch_new(loop, crowd[i].fd, EPOLLIN, take, GINT_TO_POINTER(i));
    }
    for (int i = 0; i < 20; i++)
        run_once();
    for (int i = 0; i < CROWD; i++) {
        ck_assert_msg(count_calls[i] > 0, "watch %d had no turn", i);
        rv_watch_free(crowd[i].watch);
        rv_fd_close(&crowd[i].fd);
    }
}
END_TEST

/* ---- Timers -------------------------------------------------------------------------------- */

static int ticks;
static RvTimer *timer;

static void tick(void *data)
{
    if (++ticks == 3)
        rv_loop_quit(loop);
}

static void tick_once(void *data)
{
    ticks++;
    rv_timer_free(timer);
    rv_loop_post(loop, quit, NULL);
}

START_TEST(test_timer)
{
    gint64 begin = g_get_monotonic_time();
    timer = rv_timer_new(loop, 10, tick, NULL);
    rv_loop_run(loop);
    ck_assert_int_eq(ticks, 3);
    ck_assert_int_ge(g_get_monotonic_time() - begin, 29000);
    rv_timer_free(timer);

    ticks = 0;
    timer = rv_timer_new(loop, 1, tick_once, NULL);
    rv_loop_run(loop);
    run_once();
    ck_assert_int_eq(ticks, 1);
    rv_timer_free(NULL);
    rv_watch_free(NULL);
    rv_loop_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop");
    TCase *tests = tcase_create("loop");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_post_order);
    tcase_add_test(tests, test_post_threads);
    tcase_add_test(tests, test_quit_from_thread);
    tcase_add_test(tests, test_watch);
    tcase_add_test(tests, test_free_in_callback);
    tcase_add_test(tests, test_fair);
    tcase_add_test(tests, test_timer);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
