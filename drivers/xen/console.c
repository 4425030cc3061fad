/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/console.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/host.h"
#include "drivers/xen/toolstack.h"

/* xenconsoled makes a guest's terminal a moment after the guest; then it is awaited. */
enum { ASK_MS = 5 * 1000, AWAIT_MS = 5 * 1000, AGAIN_MS = 50 };
enum { FIRST_PTS_MAJOR = 136, LAST_PTS_MAJOR = 143 };

#define PTS "/dev/pts/"

/* ---- Where it is ---------------------------------------------------------------------------- */

/* The path stands in xenstore, where it is xenconsoled's to write and the guest's to read. It is
 * taken for nothing but the number of a terminal nonetheless. */
static bool is_terminal_path(const char *path)
{
    const char *number = g_str_has_prefix(path, PTS) ? path + strlen(PTS) : "";
    return *number && strlen(number) < 10 && strspn(number, "0123456789") == strlen(number);
}

/* NULL: it is not known (yet). */
static char *find_path(RvGuest *guest, guint number, bool serial, GError **error)
{
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "number", json_integer(number));
    json_object_set_new(arguments, "serial", json_boolean(serial));
    json_t *result =
        xen_watcher_ask(xen_host(guest->host)->watcher, "console", arguments, ASK_MS, error);
    const char *path = json_string_value(json_object_get(result, "path"));
    char *found = path && is_terminal_path(path) ? g_strdup(path) : NULL;
    if (result && !found)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "the console of '%s' has no terminal",
                     guest->def->name);
    json_decref(result);
    return found;
}

/* The `number` is Xen's. */
static void learn_one(RvGuest *guest, RvChardev *chardev, guint place, guint number, bool serial)
{
    g_free(chardev->device.alias);
    chardev->device.alias = g_strdup_printf("%s%u", serial ? "serial" : "console", place);
    if (chardev->source.type != RV_CHARDEV_PTY)
        return;
    g_autoptr(GError) unknown = NULL;
    g_free(chardev->source.path);
    chardev->source.path = find_path(guest, number, serial, &unknown);
}

static const char *find_terminal(const json_t *list, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        const char *path = json_string_value(json_object_get(item, "path"));
        if (g_strcmp0(json_string_value(json_object_get(item, "name")), name) == 0 && path &&
            is_terminal_path(path))
            return path;
    }
    return NULL;
}

/* False: one of them has no terminal yet. */
static bool find_channels(RvGuest *guest)
{
    g_autoptr(GError) unknown = NULL;
    json_t *list = xen_watcher_ask(xen_host(guest->host)->watcher, "channels",
                                   xen_guest_arguments(guest), ASK_MS, &unknown);
    bool all = true;
    for (guint i = 0; i < guest->def->channels->len; i++) {
        RvChardev *channel = guest->def->channels->pdata[i];
        if (channel->source.type != RV_CHARDEV_PTY)
            continue;
        g_free(channel->source.path);
        channel->source.path = g_strdup(find_terminal(list, channel->target_name));
        all = all && channel->source.path;
    }
    json_decref(list);
    return all || !list;
}

/* The device model makes them a moment after the guest. */
static void learn_channels(RvGuest *guest)
{
    int64_t deadline = g_get_monotonic_time() + AWAIT_MS * 1000;
    for (guint i = 0; i < guest->def->channels->len; i++) {
        RvChardev *channel = guest->def->channels->pdata[i];
        g_free(channel->device.alias);
        channel->device.alias = g_strdup_printf("channel%u", i);
    }
    while (guest->def->channels->len > 0 && !find_channels(guest) &&
           g_get_monotonic_time() < deadline)
        g_poll(NULL, 0, AGAIN_MS);
}

static bool shows_serial(const RvGuest *guest, const RvChardev *console, guint number)
{
    return guest->def->os.type == RV_OS_HVM && number == 0 &&
           g_strcmp0(console->target_type, "serial") == 0;
}

/* Beside a serial port, an HVM guest's own console is Xen's first. */
static guint xen_number(const RvGuest *guest, guint number)
{
    const RvChardev *first = guest->def->consoles->pdata[0];
    return number > 0 && shows_serial(guest, first, 0) ? number - 1 : number;
}

void xen_console_learn(RvGuest *guest)
{
    RvDomainDef *def = guest->def;
    learn_channels(guest);
    for (guint i = 0; i < def->serials->len; i++)
        learn_one(guest, def->serials->pdata[i], i, i, true);
    for (guint i = 0; i < def->consoles->len; i++) {
        RvChardev *console = def->consoles->pdata[i];
        bool serial = shows_serial(guest, console, i);
        learn_one(guest, console, i, xen_number(guest, i), serial);
    }
}

/* ---- Opening -------------------------------------------------------------------------------- */

static int open_terminal(const char *path, GError **error)
{
    struct stat about;
    rv_autofd int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &about) < 0) {
        rv_error_set_errno(error, errno, "cannot open the console '%s'", path);
        return -1;
    }
    if (!S_ISCHR(about.st_mode) || major(about.st_rdev) < FIRST_PTS_MAJOR ||
        major(about.st_rdev) > LAST_PTS_MAJOR) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' is no terminal", path);
        return -1;
    }
    struct termios raw;
    if (tcgetattr(fd, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(fd, TCSANOW, &raw);
    }
    return rv_fd_steal(&fd);
}

static char *await_path(RvGuest *guest, guint number, bool serial, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + AWAIT_MS * 1000;
    for (;;) {
        g_autoptr(GError) fault = NULL;
        char *path = find_path(guest, number, serial, &fault);
        if (path)
            return path;
        if (g_get_monotonic_time() > deadline ||
            g_error_matches(fault, RV_ERROR, RV_ERR_NO_DOMAIN)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return NULL;
        }
        g_poll(NULL, 0, AGAIN_MS);
    }
}

static int find_by_alias(const GPtrArray *chardevs, const char *alias)
{
    for (guint i = 0; i < chardevs->len; i++) {
        const RvChardev *chardev = chardevs->pdata[i];
        if (!alias || g_strcmp0(chardev->device.alias, alias) == 0)
            return (int)i;
    }
    return -1;
}

static int open_console(RvGuest *guest, const char *alias, int *ret_keep, GError **error)
{
    int serial = find_by_alias(guest->def->serials, alias);
    int console = find_by_alias(guest->def->consoles, alias);
    if ((serial < 0 && console < 0) || xen_guest_is_first(guest)) {
        rv_error_set(error, RV_ERR_INTERNAL, "cannot find character device %s",
                     alias ? alias : "<null>");
        return -1;
    }
    bool is_serial =
        serial >= 0 &&
        (console < 0 || shows_serial(guest, guest->def->consoles->pdata[console], (guint)console));
    guint number = is_serial ? (guint)serial : xen_number(guest, (guint)console);
    g_autofree char *path = await_path(guest, number, is_serial, error);
    return path ? open_terminal(path, error) : -1;
}

static bool screenshot(RvGuest *guest, unsigned screen, const char *path, RvOperation *op,
                       GError **error)
{
    enum { SHOT_MS = 30 * 1000 };
    if (screen >= guest->def->graphics->len) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "the domain has no screen %u", screen);
        rv_error_remedy(error, "give it one: <graphics type='vnc'/>");
        return false;
    }
    json_t *arguments = xen_guest_arguments(guest);
    json_object_set_new(arguments, "path", json_string(path));
    return xen_toolstack_do("screenshot", arguments, SHOT_MS, op->cancel, error);
}

const RvConsoleOps xen_console_ops = {
    .open = open_console,
    .screenshot = screenshot,
};
