/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/driver-set.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "daemon/paths.h"
#include "daemon/settings.h"

enum { REFUSAL_LASTS_US = 10 * G_USEC_PER_SEC };

typedef struct {
    const RvDriver *driver;
    RvDriverHost host;
    bool opened;
    GMutex lock; /* of the probe; held while it runs */
    bool probed;
    GError *refusal;
    int64_t refused_us;
} Entry;

struct RvDriverSet {
    Entry *entries;
    const RvDriver **list; /* NULL-terminated */
    size_t n;
};

/* Settings have one table for the whole daemon, and a driver asks by name only. */
static const RvSettings *settings;

static const char *setting(const char *name)
{
    return rv_settings_text(settings, name);
}

/* A guest's own user must find its files in there: passing is not listing. */
static bool make_passable(const char *dir, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(dir);
    if (!rv_dir_create(dir, 0711, error))
        return false;
    if (chmod(parent, 0711) == 0 && chmod(dir, 0711) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot set the mode of '%s'", dir);
    return false;
}

static bool open_entry(Entry *entry, RvCore *core, const RvGuestReports *reports, GError **error)
{
    const RvPaths *paths = core->paths;
    const char *name = entry->driver->name;
    g_mutex_init(&entry->lock);
    entry->host = (RvDriverHost){
        .driver = entry->driver,
        .loop = core->loop,
        .run_dir = g_build_filename(paths->run_dir, "drivers", name, NULL),
        .state_dir = g_build_filename(paths->state_dir, "drivers", name, NULL),
        .log_dir = g_build_filename(paths->log_dir, "guests", NULL),
        .privileged = geteuid() == 0,
        .reports = reports,
        .setting = setting,
        .core = core,
    };
    if (!make_passable(entry->host.run_dir, error) ||
        !rv_dir_create(entry->host.state_dir, 0700, error) ||
        !rv_dir_create(entry->host.log_dir, 0700, error))
        return false;
    entry->opened = !entry->driver->host->open || entry->driver->host->open(&entry->host, error);
    return entry->opened;
}

RvDriverSet *rv_driver_set_new(RvCore *core, const RvGuestReports *reports, GError **error)
{
    g_autoptr(RvDriverSet) set = g_new0(RvDriverSet, 1);
    settings = core->settings;
    for (set->n = 0; rv_drivers[set->n];)
        set->n++;
    set->entries = g_new0(Entry, set->n);
    set->list = g_new0(const RvDriver *, set->n + 1);
    for (size_t i = 0; i < set->n; i++) {
        set->list[i] =
            RV_TRACING(RV_TRACE_DRIVER) ? rv_driver_traced(rv_drivers[i]) : rv_drivers[i];
        set->entries[i].driver = set->list[i];
        if (!open_entry(&set->entries[i], core, reports, error)) {
            g_prefix_error(error, "driver %s: ", set->list[i]->name);
            return NULL;
        }
    }
    return g_steal_pointer(&set);
}

void rv_driver_set_free(RvDriverSet *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->n; i++) {
        Entry *entry = &set->entries[i];
        if (entry->opened && entry->driver->host->close)
            entry->driver->host->close(&entry->host);
        g_free((char *)entry->host.run_dir);
        g_free((char *)entry->host.state_dir);
        g_free((char *)entry->host.log_dir);
        g_clear_error(&entry->refusal);
        g_mutex_clear(&entry->lock);
    }
    g_free(set->entries);
    g_free(set->list);
    g_free(set);
}

const RvDriver *const *rv_driver_set_list(const RvDriverSet *set)
{
    return set->list;
}

const RvDriver *rv_driver_set_by_name(const RvDriverSet *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (g_str_equal(set->list[i]->name, name))
            return set->list[i];
    return NULL;
}

const RvDriver *rv_driver_set_by_virt_type(const RvDriverSet *set, RvVirtType type)
{
    for (size_t i = 0; i < set->n; i++)
        for (const RvVirtType *own = set->list[i]->virt_types; *own != RV_VIRT_LAST; own++)
            if (*own == type)
                return set->list[i];
    return NULL;
}

const RvDriver *rv_driver_set_by_uri_scheme(const RvDriverSet *set, const char *scheme)
{
    for (size_t i = 0; i < set->n; i++)
        if (g_strv_contains(set->list[i]->uri_schemes, scheme))
            return set->list[i];
    return NULL;
}

static Entry *find(const RvDriverSet *set, const RvDriver *driver)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->list[i] == driver)
            return &set->entries[i];
    g_assert_not_reached();
}

const RvDriverHost *rv_driver_set_host(const RvDriverSet *set, const RvDriver *driver)
{
    return &find(set, driver)->host;
}

bool rv_driver_set_probe(RvDriverSet *set, const RvDriver *driver, GError **error)
{
    Entry *entry = find(set, driver);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&entry->lock);
    bool refused_lately =
        entry->refusal && g_get_monotonic_time() - entry->refused_us < REFUSAL_LASTS_US;
    if (!entry->probed && !refused_lately) {
        g_clear_error(&entry->refusal);
        entry->probed = !driver->host->probe || driver->host->probe(&entry->host, &entry->refusal);
        entry->refused_us = g_get_monotonic_time();
    }
    if (!entry->probed && error)
        *error = g_error_copy(entry->refusal);
    return entry->probed;
}

bool rv_driver_set_is_probed(RvDriverSet *set, const RvDriver *driver)
{
    Entry *entry = find(set, driver);
    if (!g_mutex_trylock(&entry->lock))
        return false; /* it is being asked */
    bool probed = entry->probed;
    g_mutex_unlock(&entry->lock);
    return probed;
}
