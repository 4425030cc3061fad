/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The event loop of the I/O thread: GLib's main loop, with all clients' and guests' descriptors in
 * one epoll set that is a single source of it, so that a thousand idle guests cost nothing.
 *
 * Everything here is for the loop's own thread, but for rv_loop_post() and rv_loop_quit(). A
 * callback must not block: no file system, no hypervisor, no waiting for another thread.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct RvLoop RvLoop;
typedef struct RvWatch RvWatch;
typedef struct RvTimer RvTimer;

typedef void (*RvWatchFunc)(RvWatch *watch, uint32_t events, void *data);
typedef void (*RvLoopFunc)(void *data);

G_GNUC_WARN_UNUSED_RESULT RvLoop *rv_loop_new(GError **error);
void rv_loop_free(RvLoop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvLoop, rv_loop_free)

void rv_loop_run(RvLoop *loop); /* makes the caller the loop's thread, until rv_loop_quit() */
void rv_loop_quit(RvLoop *loop);
bool rv_loop_is_current(const RvLoop *loop);

/* Runs func(data) on the loop's thread: in the order of posting, after what runs now. */
void rv_loop_post(RvLoop *loop, RvLoopFunc func, void *data);

/* Watches `fd` (not owned) for EPOLLIN and/or EPOLLOUT; EPOLLHUP and EPOLLERR always come. A watch
 * may be removed from within any callback, its own too, and is not called after that. */
RvWatch *rv_watch_new(RvLoop *loop, int fd, uint32_t events, RvWatchFunc func, void *data);
void rv_watch_set_events(RvWatch *watch, uint32_t events);
void rv_watch_free(RvWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvWatch, rv_watch_free)

/* Calls func(data) every `interval_ms` until freed; may be freed from within its callback. */
RvTimer *rv_timer_new(RvLoop *loop, unsigned interval_ms, RvLoopFunc func, void *data);
void rv_timer_free(RvTimer *timer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvTimer, rv_timer_free)
