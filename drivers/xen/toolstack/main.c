/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/xen/toolstack/session.h"
#include "drivers/xen/toolstack/watch.h"

/* An operation whose owner is gone is not to go on beside that of the next daemon. */
static void *await_owner(void *unused)
{
    struct pollfd owner = {.fd = SESSION_OWNER_FD};
    while (!(owner.revents & (POLLHUP | POLLERR | POLLNVAL)))
        poll(&owner, 1, -1);
    _exit(EXIT_FAILURE);
}

/* What libxl starts, such as device models, must not hold them. */
static bool take_descriptors(GError **error)
{
    for (int fd = SESSION_REQUEST_FD; fd <= SESSION_LOG_FD; fd++) {
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
            rv_error_set(error, RV_ERR_INTERNAL, "reeve-libxl is run by reeved only");
            return false;
        }
    }
    fcntl(SESSION_IMAGE_FD, F_SETFD, FD_CLOEXEC); /* where there is one */
    return true;
}

static json_t *read_arguments(GError **error)
{
    json_error_t fault;
    lseek(SESSION_REQUEST_FD, 0, SEEK_SET);
    json_t *arguments = json_loadfd(SESSION_REQUEST_FD, JSON_REJECT_DUPLICATES, &fault);
    if (!arguments)
        rv_error_set(error, RV_ERR_INTERNAL, "reeve-libxl cannot read its arguments: %s",
                     fault.text);
    return arguments;
}

static json_t *run(const char *operation, GError **error)
{
    if (!take_descriptors(error))
        return NULL;
    g_thread_unref(g_thread_new("owner", await_owner, NULL));
    json_t *arguments = read_arguments(error);
    g_autoptr(Session) session = arguments ? session_new(SESSION_LOG_FD, error) : NULL;
    json_t *answer = session ? session_run(session, operation, arguments) : NULL;
    json_decref(arguments);
    return answer;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 2)
        return EXIT_FAILURE;
    umask(022); /* what libxl makes has modes of its own */
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    if (strcmp(argv[1], "watch") == 0)
        return watch_run() ? EXIT_SUCCESS : EXIT_FAILURE;

    json_t *answer = run(argv[1], &error);
    if (!answer)
        answer = json_pack("{s:{s:i,s:s}}", "error", "code", error->code, "message",
                           error->message);
    char *text = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    bool ok = text && rv_fd_write_all(STDOUT_FILENO, text, strlen(text), NULL);
    free(text);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
