/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/*
 * A GSource with one descriptor: the epoll set. Watches that are freed while events are being
 * handed out are only marked, and go when the round is over, so that a pointer epoll gave us stays
 * good for the round.
 */
enum { EVENTS_A_ROUND = 128 };

/* What became ready meanwhile is taken along before GLib's own turn, which costs more. */
enum { ROUNDS_A_TURN = 8 };

typedef struct {
    RvLoopFunc func;
    void *data;
} Post;

struct RvLoop {
    GMainContext *context;
    GMainLoop *main;
    GSource *source;
    int epoll_fd;
    int wake_fd;
    bool in_round;
    GPtrArray *freed; /* watches to free after the round */
    GMutex lock;      /* of posts */
    GArray *posts;    /* Post */
    GThread *thread;
};

struct RvWatch {
    RvLoop *loop;
    int fd;
    uint32_t events;
    RvWatchFunc func; /* NULL: freed */
    void *data;
};

struct RvTimer {
    GSource *source;
    RvLoopFunc func;
    void *data;
};

typedef struct {
    GSource source;
    RvLoop *loop;
} EpollSource;

static void run_posts(RvLoop *loop)
{
    uint64_t count;
    while (read(loop->wake_fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;

    g_mutex_lock(&loop->lock);
    g_autoptr(GArray) posts = g_steal_pointer(&loop->posts);
    loop->posts = g_array_new(FALSE, FALSE, sizeof(Post));
    g_mutex_unlock(&loop->lock);

    for (guint i = 0; i < posts->len; i++) {
        Post *post = &g_array_index(posts, Post, i);
        post->func(post->data);
    }
}

static bool run_round(RvLoop *loop)
{
    struct epoll_event ready[EVENTS_A_ROUND];
    int n = epoll_wait(loop->epoll_fd, ready, EVENTS_A_ROUND, 0);

    loop->in_round = true;
    for (int i = 0; i < n; i++) {
        RvWatch *watch = ready[i].data.ptr;
        if (!watch)
            run_posts(loop);
        else if (watch->func)
            watch->func(watch, ready[i].events, watch->data);
    }
    loop->in_round = false;
    g_ptr_array_set_size(loop->freed, 0);
    return n > 0;
}

static gboolean epoll_dispatch(GSource *source, GSourceFunc func, void *data)
{
    RvLoop *loop = ((EpollSource *)source)->loop;
    for (int i = 0; i < ROUNDS_A_TURN && run_round(loop); i++)
        ;
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs epoll_funcs = {.dispatch = epoll_dispatch};

static bool make_descriptors(RvLoop *loop, GError **error)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) < 0) {
        rv_error_set_errno(error, errno, "cannot set up the event loop");
        return false;
    }
    return true;
}

RvLoop *rv_loop_new(GError **error)
{
    g_autoptr(RvLoop) loop = g_new0(RvLoop, 1);
    loop->epoll_fd = loop->wake_fd = -1;
    g_mutex_init(&loop->lock);
    loop->posts = g_array_new(FALSE, FALSE, sizeof(Post));
    loop->freed = g_ptr_array_new_with_free_func(g_free);
    loop->context = g_main_context_ref(g_main_context_default());
    loop->main = g_main_loop_new(loop->context, FALSE);
    loop->thread = g_thread_self();
    if (!make_descriptors(loop, error))
        return NULL;

    loop->source = g_source_new(&epoll_funcs, sizeof(EpollSource));
    ((EpollSource *)loop->source)->loop = loop;
    g_source_add_unix_fd(loop->source, loop->epoll_fd, G_IO_IN);
    /* A source that cannot recurse is taken out of the poll set for each dispatch, and each time
     * GLib wakes itself up for that. */
    g_source_set_can_recurse(loop->source, TRUE);
    g_source_attach(loop->source, loop->context);
    return g_steal_pointer(&loop);
}

void rv_loop_free(RvLoop *loop)
{
    if (!loop)
        return;
    if (loop->source) {
        g_source_destroy(loop->source);
        g_source_unref(loop->source);
    }
    g_main_loop_unref(loop->main);
    g_main_context_unref(loop->context);
    g_ptr_array_unref(loop->freed);
    g_array_unref(loop->posts);
    g_mutex_clear(&loop->lock);
    rv_fd_close(&loop->epoll_fd);
    rv_fd_close(&loop->wake_fd);
    g_free(loop);
}

void rv_loop_run(RvLoop *loop)
{
    __atomic_store_n(&loop->thread, g_thread_self(), __ATOMIC_RELAXED);
    g_main_loop_run(loop->main);
}

void rv_loop_quit(RvLoop *loop)
{
    g_main_loop_quit(loop->main);
}

bool rv_loop_is_current(const RvLoop *loop)
{
    return __atomic_load_n(&loop->thread, __ATOMIC_RELAXED) == g_thread_self();
}

void rv_loop_post(RvLoop *loop, RvLoopFunc func, void *data)
{
    Post post = {func, data};
    g_mutex_lock(&loop->lock);
    bool first = loop->posts->len == 0;
    g_array_append_val(loop->posts, post);
    g_mutex_unlock(&loop->lock);

    /* Whoever posts first wakes the loop; the others' posts ride along. */
    if (first && eventfd_write(loop->wake_fd, 1) < 0)
        g_assert(errno == EAGAIN);
}

RvWatch *rv_watch_new(RvLoop *loop, int fd, uint32_t events, RvWatchFunc func, void *data)
{
    RvWatch *watch = g_new(RvWatch, 1);
    *watch = (RvWatch){loop, fd, events, func, data};
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        g_error("cannot watch descriptor %d: %s", fd, g_strerror(errno));
    return watch;
}

void rv_watch_set_events(RvWatch *watch, uint32_t events)
{
    if (watch->events == events)
        return;
    watch->events = events;
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
        g_error("cannot watch descriptor %d: %s", watch->fd, g_strerror(errno));
}

void rv_watch_free(RvWatch *watch)
{
    if (!watch)
        return;
    epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->func = NULL;
    if (watch->loop->in_round)
        g_ptr_array_add(watch->loop->freed, watch);
    else
        g_free(watch);
}

static gboolean timer_fired(void *data)
{
    RvTimer *timer = data;
    timer->func(timer->data);
    return G_SOURCE_CONTINUE;
}

RvTimer *rv_timer_new(RvLoop *loop, unsigned interval_ms, RvLoopFunc func, void *data)
{
    RvTimer *timer = g_new(RvTimer, 1);
    *timer = (RvTimer){g_timeout_source_new(interval_ms), func, data};
    /* The source owns the timer, so that it may be freed from within its own callback. */
    g_source_set_callback(timer->source, timer_fired, timer, g_free);
    g_source_attach(timer->source, loop->context);
    return timer;
}

void rv_timer_free(RvTimer *timer)
{
    if (!timer)
        return;
    GSource *source = timer->source;
    g_source_destroy(source);
    g_source_unref(source);
}
