/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/test/console.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/test/instance.h"

static const RvChardev *find_by_alias(const GPtrArray *chardevs, const char *alias)
{
    for (guint i = 0; i < chardevs->len; i++) {
        const RvChardev *chardev = chardevs->pdata[i];
        if (!alias || g_strcmp0(chardev->device.alias, alias) == 0)
            return chardev;
    }
    return NULL;
}

static int open_console(RvGuest *guest, const char *alias, int *ret_keep, GError **error)
{
    const RvChardev *chardev = find_by_alias(guest->def->consoles, alias);
    if (!chardev)
        chardev = find_by_alias(guest->def->serials, alias);
    if (!chardev) {
        rv_error_set(error, RV_ERR_INTERNAL, "cannot find character device %s",
                     alias ? alias : "<null>");
        return -1;
    }

    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
        rv_error_set_errno(error, errno, "cannot make a console for '%s'", guest->def->name);
        return -1;
    }
    test_instance_plug(guest->priv, ends[1]);
    return ends[0];
}

const RvConsoleOps test_console_ops = {
    .open = open_console,
};
