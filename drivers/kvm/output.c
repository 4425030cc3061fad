/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "drivers/guest-log.h"
#include "drivers/kvm/host.h"

enum {
    BLOCK = 64 * 1024,
    PAUSE_MS = 20,
    MAX_FILE = 2 * 1024 * 1024,
    OLD_FILES = 2,
};

struct KvmOutput {
    int refs;
    const RvDriverHost *host;
    char *fifo, *log;
    int fd;
    /* The loop's. */
    RvWatch *watch;
    RvTimer *pause;
    /* The log thread's. */
    bool failed;
};

typedef struct {
    KvmOutput *output;
    size_t len;
    char bytes[];
} Block;

KvmOutput *kvm_output_ref(KvmOutput *output)
{
    g_atomic_int_inc(&output->refs);
    return output;
}

void kvm_output_unref(KvmOutput *output)
{
    if (!output || !g_atomic_int_dec_and_test(&output->refs))
        return;
    rv_fd_close(&output->fd);
    g_free(output->fifo);
    g_free(output->log);
    g_free(output);
}

KvmOutput *kvm_output_new(const RvDriverHost *host, const char *name, const char *folder,
                          GError **error)
{
    g_autoptr(KvmOutput) output = g_new0(KvmOutput, 1);
    output->refs = 1;
    output->host = host;
    output->fifo = g_build_filename(folder, "output", NULL);
    output->log = rv_guest_log_path(host, name);
    output->fd = -1;
    if (mkfifo(output->fifo, 0600) < 0 && errno != EEXIST) {
        rv_error_set_errno(error, errno, "cannot make '%s'", output->fifo);
        return NULL;
    }
    output->fd = open(output->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (output->fd < 0 || fstat(output->fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
        rv_error_set_errno(error, errno, "cannot read '%s'", output->fifo);
        return NULL;
    }
    return g_steal_pointer(&output);
}

int kvm_output_open(KvmOutput *output, GError **error)
{
    int fd = open(output->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot open '%s'", output->fifo);
    return fd;
}

/* ---- The log thread ----------------------------------------------------------------------- */

static void turn(const char *log)
{
    for (int i = OLD_FILES; i > 0; i--) {
        g_autofree char *newer = i > 1 ? g_strdup_printf("%s.%d", log, i - 1) : g_strdup(log);
        g_autofree char *older = g_strdup_printf("%s.%d", log, i);
        if (rename(newer, older) < 0 && errno != ENOENT)
            unlink(newer); /* so that the space is bounded in any case */
    }
}

static bool append(const char *log, const char *bytes, size_t len, GError **error)
{
    struct stat st;
    if (lstat(log, &st) == 0 && st.st_size + (off_t)len > MAX_FILE)
        turn(log);
    rv_autofd int fd =
        open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot write '%s'", log);
        return false;
    }
    return rv_fd_write_all(fd, bytes, len, error);
}

static void write_block(void *data)
{
    Block *block = data;
    KvmOutput *output = block->output;
    g_autoptr(GError) error = NULL;
    bool good = append(output->log, block->bytes, block->len, &error);
    if (!good && !output->failed)
        rv_log_warning("what an emulator says is lost: %s", error->message);
    output->failed = !good;
    kvm_output_unref(output);
    g_free(block);
}

static void hand_over(KvmOutput *output, const char *bytes, size_t len)
{
    Block *block = g_malloc(sizeof(Block) + len);
    block->output = kvm_output_ref(output);
    block->len = len;
    memcpy(block->bytes, bytes, len);
    rv_workers_push(kvm_host(output->host)->log_writer, write_block, block);
}

void kvm_output_note(KvmOutput *output, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S.%fZ");
    g_autofree char *line = g_strdup_printf("%s reeved: %s\n", time, text);
    hand_over(output, line, strlen(line));
}

/* ---- Reading ------------------------------------------------------------------------------ */

static ssize_t read_block(KvmOutput *output, char bytes[BLOCK])
{
    ssize_t n;
    do {
        n = read(output->fd, bytes, BLOCK);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        hand_over(output, bytes, (size_t)n);
    return n;
}

char *kvm_output_drain(KvmOutput *output)
{
    g_autofree char *bytes = g_malloc(BLOCK);
    ssize_t n = read_block(output, bytes);
    return g_strndup(bytes, (gsize)MAX(n, 0));
}

static void resume(void *data)
{
    KvmOutput *output = data;
    g_clear_pointer(&output->pause, rv_timer_free);
    rv_watch_set_events(output->watch, EPOLLIN);
}

static void readable(RvWatch *watch, uint32_t events, void *data)
{
    KvmOutput *output = data;
    g_autofree char *bytes = g_malloc(BLOCK);
    ssize_t n = read_block(output, bytes);
    if (n <= 0 && !(n < 0 && errno == EAGAIN)) {
        /* All ends are closed: the emulator is gone, perhaps within a pause. */
        g_clear_pointer(&output->pause, rv_timer_free);
        g_clear_pointer(&output->watch, rv_watch_free);
        return;
    }
    rv_watch_set_events(watch, 0);
    if (!output->pause) /* a hang-up is told of also now */
        output->pause = rv_timer_new(output->host->loop, PAUSE_MS, resume, output);
}

void kvm_output_watch(KvmOutput *output)
{
    output->watch = rv_watch_new(output->host->loop, output->fd, EPOLLIN, readable, output);
}

void kvm_output_unwatch(KvmOutput *output)
{
    g_autofree char *bytes = g_malloc(BLOCK);
    g_clear_pointer(&output->pause, rv_timer_free);
    if (!output->watch)
        return;
    g_clear_pointer(&output->watch, rv_watch_free);
    read_block(output, bytes);
}
