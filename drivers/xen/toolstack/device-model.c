/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/toolstack/device-model.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include "base/file.h"
#include "base/process.h"

/*
 * Libxl forks a device model twice and forgets it, for init to reap. The daemon takes in all
 * orphans of its children, since it wants the exit codes of containers: so it is told the device
 * models of its guests, and reaps them itself. Those of a domain that could not be created never
 * come to it.
 */
enum { END_S = 3, AGAIN_US = 100 * 1000, LOG_BYTES = 1 << 20, WORDS_BYTES = 400 };

/* Where Debian's libxl lets it write. */
#define LOGS "/var/log/xen"

json_t *device_model_pack(uint32_t domid)
{
    struct xs_handle *store = xs_open(0);
    g_autofree char *path = g_strdup_printf("/local/domain/%u/image/device-model-pid", domid);
    unsigned len;
    char *text = store ? xs_read(store, XBT_NULL, path, &len) : NULL;
    pid_t pid = text ? (pid_t)strtol(text, NULL, 10) : 0;
    uint64_t start_time;
    free(text);
    if (store)
        xs_close(store);
    if (pid <= 1 || !rv_process_start_time(pid, &start_time, NULL))
        return json_null();
    return json_pack("{s:i,s:I}", "pid", (int)pid, "start-time", (json_int_t)start_time);
}

void device_model_adopt(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void wake_up(int signal)
{
}

void device_model_await_end(void)
{
    const struct sigaction wake = {.sa_handler = wake_up}; /* without SA_RESTART */
    const struct itimerval late = {.it_value.tv_sec = END_S, .it_interval.tv_usec = AGAIN_US};
    gint64 deadline = g_get_monotonic_time() + END_S * G_USEC_PER_SEC;
    pid_t ended;
    sigaction(SIGALRM, &wake, NULL);
    setitimer(ITIMER_REAL, &late, NULL); /* again and again: the first may come too early */
    do
        ended = waitpid(-1, NULL, 0);
    while (ended > 0 || (errno == EINTR && g_get_monotonic_time() < deadline));
}

/* The last line, which may hold anything that a guest made its device model say. */
static char *find_last_line(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    for (guint i = g_strv_length(lines); i > 0; i--)
        if (*g_strstrip(lines[i - 1])) {
            g_autofree char *words = g_strndup(lines[i - 1], WORDS_BYTES);
            g_autofree char *valid = g_utf8_make_valid(words, -1);
            return g_strescape(valid, NULL);
        }
    return NULL;
}

void device_model_add_words(const char *name, gint64 since, GError **error)
{
    struct stat about;
    g_autofree char *path = g_strdup_printf(LOGS "/qemu-dm-%s.log", name);
    if (!error || !*error || strchr(name, '/') || stat(path, &about) < 0 ||
        about.st_mtime < since / G_USEC_PER_SEC || about.st_size > LOG_BYTES)
        return;
    g_autofree char *text = rv_file_read(path, LOG_BYTES, NULL, NULL);
    g_autofree char *words = text ? find_last_line(text) : NULL;
    if (!words)
        return;
    char *message = g_strdup_printf("%s; its device model says: %s", (*error)->message, words);
    g_free((*error)->message);
    (*error)->message = message;
}
