/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/cli.h"

/* A picture on its way from the daemon to a file. */
typedef struct {
    int fd;
    size_t len;
    bool ended;
    GError *error; /* why it came to nothing */
} Picture;

static void on_stream(const char *bytes, size_t len, const GError *error, void *data)
{
    Picture *picture = data;
    picture->len += len;
    picture->ended = picture->ended || len == 0;
    if (error && !picture->error)
        picture->error = g_error_copy(error);
    if (len && !picture->error && !rv_fd_write_all(picture->fd, bytes, len, &picture->error))
        picture->ended = true;
}

static bool receive(RvClient *client, Picture *picture, GError **error)
{
    while (!picture->ended) {
        struct pollfd daemon = {.fd = rv_client_fd(client),
                                .events = rv_client_poll_events(client)};
        if (poll(&daemon, 1, rv_client_poll_timeout(client)) < 0 && errno != EINTR) {
            rv_error_set_errno(error, errno, "cannot wait for the picture");
            return false;
        }
        if (!rv_client_tick(client, error) || !rv_client_io(client, error))
            return false;
    }
    if (picture->error) {
        g_propagate_error(error, g_steal_pointer(&picture->error));
        return false;
    }
    return rv_client_stream_finish(client, error);
}

static bool take(RvCli *cli, const wire_domain *domain, unsigned screen, const char *path,
                 GError **error)
{
    rv_autofd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_new = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0) {
        rv_error_set_errno(error, errno, "cannot write to '%s'", path);
        return false;
    }
    Picture picture = {.fd = fd};
    wire_domain_screenshot_args args = {.domain = *domain, .screen = screen};
    bool ok = rv_client_open_stream(cli->client, WIRE_REMOTE_PROGRAM, WIRE_DOMAIN_SCREENSHOT,
                                    (xdrproc_t)xdr_wire_domain_screenshot_args, &args, on_stream,
                                    &picture, error) &&
              receive(cli->client, &picture, error);
    g_clear_error(&picture.error);
    if (!ok && is_new)
        unlink(path);
    return ok;
}

static bool run_screenshot(RvCli *cli, const RvArgs *args, GError **error)
{
    g_auto(wire_domain_ret) found = {0};
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &found, error))
        return false;
    const char *path = rv_args_string(args, "file");
    if (!take(cli, &found.domain, (unsigned)rv_args_int(args, "screen", 0), path, error)) {
        g_prefix_error(error, "could not take a screenshot of domain '%s': ", found.domain.name);
        return false;
    }
    rv_cli_report(cli, &found.domain, "shown", "Screenshot of domain '%s' saved to %s\n",
                  found.domain.name, path);
    return true;
}

const RvCommand rv_command_screenshot = {
    .name = "screenshot",
    .summary = "write a picture of a domain's screen to a file",
    .options =
        (const RvOption[]){
            RV_OPTION_DOMAIN(RV_COMPLETE_ACTIVE),
            {.name = "file", .kind = RV_OPTION_STRING, .required = true,
             .completion = RV_COMPLETE_FILE, .value = "FILE", .text = "a picture of type PPM"},
            {.name = "screen", .kind = RV_OPTION_INT, .value = "N", .text = "not the first, 0"},
            {NULL},
        },
    .examples = (const RvExample[]){{"screenshot web web.ppm", "What a viewer would show."},
                                    {NULL}},
    .keys = RV_REPORT_KEYS,
    .run = run_screenshot,
};
