/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/setup.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "drivers/kvm/console.h"
#include "drivers/kvm/cpu.h"
#include "drivers/kvm/guest.h"

/* An emulator may have gigabytes of memory to prepare first. */
enum { DEADLINE_MS = 60000 };

typedef struct {
    Qmp *qmp;
    GPtrArray *calls; /* QmpCall, in the order of their answers */
} Batch;

static void say(Batch *batch, const char *command, json_t *arguments)
{
    g_ptr_array_add(batch->calls, qmp_send(batch->qmp, command, arguments));
}

/* ---- What it is told ---------------------------------------------------------------------- */

/* "2030-01-31T12:00:00", in UTC, as the emulator wants it: seconds since 1970. */
static char *seconds_of(const char *time)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) parsed = g_date_time_new_from_iso8601(time, utc);
    return parsed ? g_strdup_printf("%" G_GINT64_FORMAT, g_date_time_to_unix(parsed)) : NULL;
}

static void set_password(Batch *batch, const RvGraphics *graphics)
{
    if (!graphics->password)
        return;
    say(batch, "set_password",
        json_pack("{s:s, s:s}", "protocol", "vnc", "password", graphics->password));
    /* A time that cannot be read is one that has passed: better nobody gets in. */
    g_autofree char *until =
        graphics->password_valid_to ? seconds_of(graphics->password_valid_to) : g_strdup("never");
    say(batch, "expire_password",
        json_pack("{s:s, s:s}", "protocol", "vnc", "time", until ? until : "now"));
}

static void tell(Batch *batch, const RvDomainDef *def)
{
    for (guint i = 0; i < def->graphics->len; i++)
        set_password(batch, g_ptr_array_index(def->graphics, i));
    for (guint i = 0; i < def->interfaces->len; i++) {
        const RvInterface *interface = g_ptr_array_index(def->interfaces, i);
        if (g_strcmp0(interface->link_state, "down") == 0)
            say(batch, "set_link",
                json_pack("{s:s, s:b}", "name", interface->device.alias, "up", 0));
    }
    const RvMemballoon *balloon = def->memballoon;
    if (balloon && balloon->stats_period && balloon->device.alias) {
        g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", balloon->device.alias);
        say(batch, "qom-set",
            json_pack("{s:s, s:s, s:i}", "path", path, "property",
                      "guest-stats-polling-interval", "value", (int)balloon->stats_period));
    }
}

/* ---- What it is asked --------------------------------------------------------------------- */

enum { CHARDEV_LISTS = 4 };

static void get_chardevs(const RvDomainDef *def, GPtrArray *lists[CHARDEV_LISTS])
{
    lists[0] = def->serials;
    lists[1] = def->parallels;
    lists[2] = def->consoles;
    lists[3] = def->channels;
}

static bool has_terminals(const RvDomainDef *def)
{
    GPtrArray *lists[CHARDEV_LISTS];
    get_chardevs(def, lists);
    for (unsigned list = 0; list < CHARDEV_LISTS; list++) {
        for (guint i = 0; i < lists[list]->len; i++) {
            if (((RvChardev *)g_ptr_array_index(lists[list], i))->source.type == RV_CHARDEV_PTY)
                return true;
        }
    }
    return false;
}

/* The path of one device's terminal among the emulator's character devices; borrowed. */
static const char *terminal_of(json_t *chardevs, const char *alias)
{
    size_t i;
    json_t *row;
    g_autofree char *label = g_strdup_printf("char%s", alias);
    json_array_foreach(chardevs, i, row) {
        const char *its_label = json_string_value(json_object_get(row, "label"));
        const char *file = json_string_value(json_object_get(row, "filename"));
        if (g_strcmp0(its_label, label) == 0 && file && g_str_has_prefix(file, "pty:"))
            return file + strlen("pty:");
    }
    return NULL;
}

static bool take_terminal(RvChardev *chardev, json_t *chardevs, GError **error)
{
    const char *path = terminal_of(chardevs, chardev->device.alias);
    if (!path || !kvm_console_is_terminal_path(path)) {
        rv_error_set(error, RV_ERR_INTERNAL, "QEMU named no terminal for '%s'",
                     chardev->device.alias);
        return false;
    }
    g_free(chardev->source.path);
    chardev->source.path = g_strdup(path);
    return true;
}

static bool take_terminals(RvDomainDef *def, json_t *chardevs, GError **error)
{
    GPtrArray *lists[CHARDEV_LISTS];
    get_chardevs(def, lists);
    for (unsigned list = 0; list < CHARDEV_LISTS; list++) {
        for (guint i = 0; i < lists[list]->len; i++) {
            RvChardev *chardev = g_ptr_array_index(lists[list], i);
            if (chardev->source.type == RV_CHARDEV_PTY && !take_terminal(chardev, chardevs, error))
                return false;
        }
    }
    return true;
}

/* ---- Both --------------------------------------------------------------------------------- */

/* The answers from `from` on; those to calls that may be refused may be NULL. */
static GPtrArray *wait_for_rest(const Batch *batch, guint from, int deadline_ms, RvOperation *op)
{
    GPtrArray *answers = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
    for (guint i = from; i < batch->calls->len; i++)
        g_ptr_array_add(answers, qmp_wait(g_ptr_array_index(batch->calls, i), deadline_ms,
                                          op->cancel, NULL));
    return answers;
}

/* All before them must be answered well; the last of those answers is returned. */
static json_t *wait_for_first(const Batch *batch, guint n, RvOperation *op, GError **error)
{
    json_t *answer = NULL;
    bool good = true;
    for (guint i = 0; i < n; i++) {
        json_decref(answer);
        answer = qmp_wait(g_ptr_array_index(batch->calls, i), good ? DEADLINE_MS : 0, op->cancel,
                          good ? error : NULL);
        good = good && answer;
    }
    if (!good)
        g_clear_pointer(&answer, json_decref);
    return answer;
}

static bool take_cpu(RvGuest *guest, GPtrArray *answers, GError **error)
{
    json_t *asked = NULL;
    if (!kvm_cpu_take(guest->def, answers, &asked, error))
        return false;
    kvm_cpu_set_asked(guest->host, &guest->def->uuid, asked);
    return true;
}

bool kvm_setup(RvGuest *guest, RvOperation *op, GError **error)
{
    bool terminals = has_terminals(guest->def);
    Batch batch = {
        .qmp = kvm_guest(guest)->qmp,
        .calls = g_ptr_array_new(),
    };
    tell(&batch, guest->def);
    say(&batch, terminals ? "query-chardev" : "query-status", NULL);
    guint n = batch.calls->len;
    kvm_cpu_ask(batch.qmp, guest->def, batch.calls);

    json_t *answer = wait_for_first(&batch, n, op, error);
    g_autoptr(GPtrArray) cpu = wait_for_rest(&batch, n, answer ? DEADLINE_MS : 0, op);
    g_ptr_array_unref(batch.calls);
    bool good = answer && (!terminals || take_terminals(guest->def, answer, error)) &&
                take_cpu(guest, cpu, error);
    json_decref(answer);
    return good;
}
