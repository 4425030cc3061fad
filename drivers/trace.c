/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/driver.h"

#include "base/log.h"

/*
 * A driver around a driver: the same tables, filled with functions that log the call, hand it on,
 * and log how it ended and how long it took. A slot the inner driver lacks is missing here too, so
 * that the core sees the same driver.
 */
typedef struct {
    RvDriver driver; /* first: guest->driver and host->driver point at it */
    const RvDriver *inner;
    RvHostOps host;
    RvDefinitionOps definition;
    RvLifeOps life;
    RvConsoleOps console;
    RvStatsOps stats;
    RvTuneOps tune;
    RvDeviceOps devices;
    RvSaveOps save;
} Traced;

static const RvDriver *inner(const RvDriver *driver)
{
    return ((const Traced *)driver)->inner;
}

/* ---- Lines ---------------------------------------------------------------------------------- */

typedef struct {
    const char *driver, *slot, *subject;
    int64_t begun_us;
} Span;

static Span begin(const RvDriver *driver, const char *slot, const char *subject)
{
    rv_trace(RV_TRACE_DRIVER, "%s: %s(%s)", driver->name, slot, subject);
    return (Span){driver->name, slot, subject, g_get_monotonic_time()};
}

static Span begin_guest(const RvGuest *guest, const char *slot)
{
    return begin(guest->driver, slot, guest->def->name);
}

static void end(const Span *span, bool ok, GError **error)
{
    rv_trace(RV_TRACE_DRIVER, "%s: %s(%s) took %" G_GINT64_FORMAT " us: %s", span->driver,
             span->slot, span->subject, g_get_monotonic_time() - span->begun_us,
             ok ? "ok" : error && *error ? (*error)->message : "failed");
}

/* ---- Host ----------------------------------------------------------------------------------- */

static bool host_open(RvDriverHost *host, GError **error)
{
    Span span = begin(host->driver, "host.open", "");
    bool ok = inner(host->driver)->host->open(host, error);
    end(&span, ok, error);
    return ok;
}

static void host_close(RvDriverHost *host)
{
    Span span = begin(host->driver, "host.close", "");
    inner(host->driver)->host->close(host);
    end(&span, true, NULL);
}

static bool host_probe(const RvDriverHost *host, GError **error)
{
    Span span = begin(host->driver, "host.probe", "");
    bool ok = inner(host->driver)->host->probe(host, error);
    end(&span, ok, error);
    return ok;
}

static bool host_version(const RvDriverHost *host, unsigned long *ret_version, GError **error)
{
    Span span = begin(host->driver, "host.version", "");
    bool ok = inner(host->driver)->host->version(host, ret_version, error);
    end(&span, ok, error);
    return ok;
}

static bool host_node(const RvDriverHost *host, RvNode *ret, GError **error)
{
    Span span = begin(host->driver, "host.node", "");
    bool ok = inner(host->driver)->host->node(host, ret, error);
    end(&span, ok, error);
    return ok;
}

static char *host_guest_capabilities(const RvDriverHost *host, GError **error)
{
    Span span = begin(host->driver, "host.guest_capabilities", "");
    char *xml = inner(host->driver)->host->guest_capabilities(host, error);
    end(&span, xml, error);
    return xml;
}

static char *host_host_capabilities(const RvDriverHost *host, GError **error)
{
    Span span = begin(host->driver, "host.host_capabilities", "");
    char *xml = inner(host->driver)->host->host_capabilities(host, error);
    end(&span, xml, error);
    return xml;
}

static char *host_domain_capabilities(const RvDriverHost *host, const char *emulator,
                                      const char *arch, const char *machine,
                                      const char *virt_type, GError **error)
{
    Span span = begin(host->driver, "host.domain_capabilities", machine ? machine : "");
    char *xml = inner(host->driver)
                    ->host->domain_capabilities(host, emulator, arch, machine, virt_type, error);
    end(&span, xml, error);
    return xml;
}

static bool host_max_vcpus(const RvDriverHost *host, const char *virt_type, unsigned *ret_max,
                           GError **error)
{
    Span span = begin(host->driver, "host.max_vcpus", virt_type ? virt_type : "");
    bool ok = inner(host->driver)->host->max_vcpus(host, virt_type, ret_max, error);
    end(&span, ok, error);
    return ok;
}

/* ---- Definitions ---------------------------------------------------------------------------- */

static bool definition_is_prepared(const RvDriverHost *host, const RvDomainDef *def)
{
    Span span = begin(host->driver, "definition.is_prepared", def->name);
    bool ok = inner(host->driver)->definition->is_prepared(host, def);
    end(&span, ok, NULL);
    return ok;
}

static bool definition_prepare(const RvDriverHost *host, const RvDomainDef *def, GError **error)
{
    Span span = begin(host->driver, "definition.prepare", def->name);
    bool ok = inner(host->driver)->definition->prepare(host, def, error);
    end(&span, ok, error);
    return ok;
}

static bool definition_complete(const RvDriverHost *host, RvDomainDef *def, GError **error)
{
    Span span = begin(host->driver, "definition.complete", def->name);
    bool ok = inner(host->driver)->definition->complete(host, def, error);
    end(&span, ok, error);
    return ok;
}

static bool definition_check(const RvDriverHost *host, const RvDomainDef *def,
                             RvDiagnostics *diagnostics)
{
    Span span = begin(host->driver, "definition.check", def->name);
    bool ok = inner(host->driver)->definition->check(host, def, diagnostics);
    end(&span, ok, NULL);
    return ok;
}

static void definition_check_start(const RvDriverHost *host, const RvDomainDef *def,
                                   RvDiagnosticLevel level, RvDiagnostics *diagnostics)
{
    Span span = begin(host->driver, "definition.check_start", def->name);
    inner(host->driver)->definition->check_start(host, def, level, diagnostics);
    end(&span, true, NULL);
}

static bool definition_adapt(const RvDriverHost *host, RvDomainDef *def, RvFormatFlags flags,
                             GError **error)
{
    Span span = begin(host->driver, "definition.adapt", def->name);
    bool ok = inner(host->driver)->definition->adapt(host, def, flags, error);
    end(&span, ok, error);
    return ok;
}

static char *definition_to_native(const RvDriverHost *host, const RvNativeFormat *format,
                                  const RvDomainDef *def, GError **error)
{
    Span span = begin(host->driver, "definition.to_native", def->name);
    char *text = inner(host->driver)->definition->to_native(host, format, def, error);
    end(&span, text, error);
    return text;
}

static char *definition_from_native(const RvDriverHost *host, const RvNativeFormat *format,
                                    const char *text, char **ret_ignored, GError **error)
{
    Span span = begin(host->driver, "definition.from_native", format->name);
    char *xml =
        inner(host->driver)->definition->from_native(host, format, text, ret_ignored, error);
    end(&span, xml, error);
    return xml;
}

/* ---- Life ----------------------------------------------------------------------------------- */

static bool life_start(RvGuest *guest, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.start");
    bool ok = inner(guest->driver)->life->start(guest, op, error);
    end(&span, ok, error);
    return ok;
}

static json_t *life_remember(const RvGuest *guest)
{
    Span span = begin_guest(guest, "life.remember");
    json_t *remembered = inner(guest->driver)->life->remember(guest);
    end(&span, true, NULL);
    return remembered;
}

static bool life_adopt(RvGuest *guest, json_t *remembered, RvOperation *op, RvAdopted *ret,
                       GError **error)
{
    Span span = begin_guest(guest, "life.adopt");
    bool ok = inner(guest->driver)->life->adopt(guest, remembered, op, ret, error);
    end(&span, ok, error);
    return ok;
}

static bool life_suspend(RvGuest *guest, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.suspend");
    bool ok = inner(guest->driver)->life->suspend(guest, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_resume(RvGuest *guest, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.resume");
    bool ok = inner(guest->driver)->life->resume(guest, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_shutdown(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.shutdown");
    bool ok = inner(guest->driver)->life->shutdown(guest, how, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_reboot(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.reboot");
    bool ok = inner(guest->driver)->life->reboot(guest, how, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_reset(RvGuest *guest, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.reset");
    bool ok = inner(guest->driver)->life->reset(guest, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_dump(RvGuest *guest, const char *path, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.dump");
    bool ok = inner(guest->driver)->life->dump(guest, path, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_send_signal(RvGuest *guest, int64_t pid, int signum, RvOperation *op,
                             GError **error)
{
    Span span = begin_guest(guest, "life.send_signal");
    bool ok = inner(guest->driver)->life->send_signal(guest, pid, signum, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_send_keys(RvGuest *guest, const unsigned *scans, size_t n, unsigned hold_ms,
                           RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.send_keys");
    bool ok = inner(guest->driver)->life->send_keys(guest, scans, n, hold_ms, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_inject_nmi(RvGuest *guest, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "life.inject_nmi");
    bool ok = inner(guest->driver)->life->inject_nmi(guest, op, error);
    end(&span, ok, error);
    return ok;
}

static bool life_destroy(RvGuest *guest, bool graceful, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, graceful ? "life.destroy, graceful" : "life.destroy");
    bool ok = inner(guest->driver)->life->destroy(guest, graceful, op, error);
    end(&span, ok, error);
    return ok;
}

static void life_cleanup(RvGuest *guest, json_t *remembered)
{
    Span span = begin_guest(guest, "life.cleanup");
    inner(guest->driver)->life->cleanup(guest, remembered);
    end(&span, true, NULL);
}

static void life_free(RvGuest *guest)
{
    Span span = begin_guest(guest, "life.free");
    inner(guest->driver)->life->free(guest);
    end(&span, true, NULL);
}

/* ---- Console and statistics ----------------------------------------------------------------- */

static int console_open(RvGuest *guest, const char *alias, int *ret_keep, GError **error)
{
    Span span = begin_guest(guest, "console.open");
    int fd = inner(guest->driver)->console->open(guest, alias, ret_keep, error);
    end(&span, fd >= 0, error);
    return fd;
}

static bool console_screenshot(RvGuest *guest, unsigned screen, const char *path, RvOperation *op,
                               GError **error)
{
    Span span = begin_guest(guest, "console.screenshot");
    bool ok = inner(guest->driver)->console->screenshot(guest, screen, path, op, error);
    end(&span, ok, error);
    return ok;
}

static bool stats_refresh(RvGuest *guest, int deadline_ms, RvGuestStats *stats, GError **error)
{
    Span span = begin_guest(guest, "stats.refresh");
    bool ok = inner(guest->driver)->stats->refresh(guest, deadline_ms, stats, error);
    end(&span, ok, error);
    return ok;
}

/* ---- Images --------------------------------------------------------------------------------- */

static RvImageInfo *images_import(const RvDriverHost *host, const RvImageSource *source,
                                  RvOperation *op, GError **error)
{
    Span span = begin(host->driver, "images.import", source->source);
    RvImageInfo *info = inner(host->driver)->images->import(host, source, op, error);
    end(&span, info, error);
    return info;
}

static GPtrArray *images_list(const RvDriverHost *host, GError **error)
{
    Span span = begin(host->driver, "images.list", "");
    GPtrArray *list = inner(host->driver)->images->list(host, error);
    end(&span, list, error);
    return list;
}

static RvImageInfo *images_inspect(const RvDriverHost *host, const char *name, GError **error)
{
    Span span = begin(host->driver, "images.inspect", name);
    RvImageInfo *info = inner(host->driver)->images->inspect(host, name, error);
    end(&span, info, error);
    return info;
}

static bool images_remove(const RvDriverHost *host, const char *name, GError **error)
{
    Span span = begin(host->driver, "images.remove", name);
    bool ok = inner(host->driver)->images->remove(host, name, error);
    end(&span, ok, error);
    return ok;
}

static bool images_prune(const RvDriverHost *host, bool all, unsigned *ret_images,
                         uint64_t *ret_bytes, GError **error)
{
    Span span = begin(host->driver, "images.prune", all ? "all" : "");
    bool ok = inner(host->driver)->images->prune(host, all, ret_images, ret_bytes, error);
    end(&span, ok, error);
    return ok;
}

static void images_forget(const RvDriverHost *host, const RvUuid *uuid)
{
    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(uuid, text);
    Span span = begin(host->driver, "images.forget", text);
    inner(host->driver)->images->forget(host, uuid);
    end(&span, true, NULL);
}

static const RvImageOps traced_images = {
    .import = images_import,
    .list = images_list,
    .inspect = images_inspect,
    .remove = images_remove,
    .prune = images_prune,
    .forget = images_forget,
};

/* ---- Tuning ------------------------------------------------------------------------------- */

static bool tune_apply(RvGuest *guest, const RvDomainDef *def, RvTuneWhat what, RvOperation *op,
                       GError **error)
{
    Span span = begin_guest(guest, "tune.apply");
    bool ok = inner(guest->driver)->tune->apply(guest, def, what, op, error);
    end(&span, ok, error);
    return ok;
}

static bool tune_get_schedule(RvGuest *guest, RvSchedule *ret, GError **error)
{
    Span span = begin_guest(guest, "tune.get_schedule");
    bool ok = inner(guest->driver)->tune->get_schedule(guest, ret, error);
    end(&span, ok, error);
    return ok;
}

static bool tune_set_schedule(RvGuest *guest, const RvSchedule *schedule, RvOperation *op,
                              GError **error)
{
    Span span = begin_guest(guest, "tune.set_schedule");
    bool ok = inner(guest->driver)->tune->set_schedule(guest, schedule, op, error);
    end(&span, ok, error);
    return ok;
}

/* ---- Devices -------------------------------------------------------------------------------- */

static bool devices_attach(RvGuest *guest, RvAttachment *device, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "devices.attach");
    bool ok = inner(guest->driver)->devices->attach(guest, device, op, error);
    end(&span, ok, error);
    return ok;
}

static bool devices_detach(RvGuest *guest, const RvAttachment *device, RvOperation *op,
                           GError **error)
{
    Span span = begin_guest(guest, "devices.detach");
    bool ok = inner(guest->driver)->devices->detach(guest, device, op, error);
    end(&span, ok, error);
    return ok;
}

static bool devices_change_medium(RvGuest *guest, RvDisk *disk, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "devices.change_medium");
    bool ok = inner(guest->driver)->devices->change_medium(guest, disk, op, error);
    end(&span, ok, error);
    return ok;
}

/* ---- Saving --------------------------------------------------------------------------------- */

static bool save_save(RvGuest *guest, int fd, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "save.save");
    bool ok = inner(guest->driver)->save->save(guest, fd, op, error);
    end(&span, ok, error);
    return ok;
}

static bool save_go_on(RvGuest *guest, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "save.go_on");
    bool ok = inner(guest->driver)->save->go_on(guest, op, error);
    end(&span, ok, error);
    return ok;
}

static bool save_restore(RvGuest *guest, int fd, RvOperation *op, GError **error)
{
    Span span = begin_guest(guest, "save.restore");
    bool ok = inner(guest->driver)->save->restore(guest, fd, op, error);
    end(&span, ok, error);
    return ok;
}

/* ---- Tables --------------------------------------------------------------------------------- */

/* The traced slot where the inner driver has one. */
#define SLOT(table, name) .name = table->name ? table##_##name : NULL

static RvHostOps wrap_host(const RvHostOps *host)
{
    return (RvHostOps){
        SLOT(host, open),
        SLOT(host, close),
        SLOT(host, probe),
        SLOT(host, version),
        SLOT(host, node),
        SLOT(host, guest_capabilities),
        SLOT(host, host_capabilities),
        SLOT(host, domain_capabilities),
        SLOT(host, max_vcpus),
    };
}

static RvDefinitionOps wrap_definition(const RvDefinitionOps *definition)
{
    return (RvDefinitionOps){
        SLOT(definition, is_prepared),
        SLOT(definition, prepare),
        SLOT(definition, complete),
        SLOT(definition, check),
        .support = definition->support,
        SLOT(definition, check_start),
        SLOT(definition, adapt),
        .native_formats = definition->native_formats,
        SLOT(definition, to_native),
        SLOT(definition, from_native),
    };
}

static RvLifeOps wrap_life(const RvLifeOps *life)
{
    return (RvLifeOps){
        SLOT(life, start),  SLOT(life, remember), SLOT(life, adopt),   SLOT(life, suspend),
        SLOT(life, resume), SLOT(life, shutdown), SLOT(life, reboot),  SLOT(life, reset),
        SLOT(life, inject_nmi), SLOT(life, send_keys), SLOT(life, send_signal), SLOT(life, dump),
        SLOT(life, destroy),
        SLOT(life, cleanup), SLOT(life, free),
    };
}

static RvTuneOps wrap_tune(const RvTuneOps *tune)
{
    return (RvTuneOps){
        .tunes = tune->tunes,
        .has_threads = tune->has_threads,
        SLOT(tune, apply),
        SLOT(tune, get_schedule),
        SLOT(tune, set_schedule),
    };
}

static RvDeviceOps wrap_devices(const RvDeviceOps *devices)
{
    return (RvDeviceOps){
        SLOT(devices, attach),
        SLOT(devices, detach),
        SLOT(devices, change_medium),
    };
}

static RvSaveOps wrap_save(const RvSaveOps *save)
{
    return (RvSaveOps){SLOT(save, save), SLOT(save, go_on), SLOT(save, restore)};
}

static Traced *wrap(const RvDriver *driver)
{
    Traced *traced = g_new0(Traced, 1);
    traced->driver = *driver;
    traced->inner = driver;
    traced->host = wrap_host(driver->host);
    traced->definition = wrap_definition(driver->definition);
    traced->life = wrap_life(driver->life);
    traced->driver.host = &traced->host;
    traced->driver.definition = &traced->definition;
    traced->driver.life = &traced->life;
    if (driver->console) {
        traced->console.open = driver->console->open ? console_open : NULL;
        traced->console.screenshot = driver->console->screenshot ? console_screenshot : NULL;
        traced->driver.console = &traced->console;
    }
    if (driver->stats) {
        traced->stats.refresh = driver->stats->refresh ? stats_refresh : NULL;
        traced->driver.stats = &traced->stats;
    }
    if (driver->tune) {
        traced->tune = wrap_tune(driver->tune);
        traced->driver.tune = &traced->tune;
    }
    if (driver->devices) {
        traced->devices = wrap_devices(driver->devices);
        traced->driver.devices = &traced->devices;
    }
    if (driver->save) {
        traced->save = wrap_save(driver->save);
        traced->driver.save = &traced->save;
    }
    if (driver->images)
        traced->driver.images = &traced_images;
    return traced;
}

const RvDriver *rv_driver_traced(const RvDriver *driver)
{
    static GHashTable *known; /* driver -> Traced; both live as long as the process */
    if (!known)
        known = g_hash_table_new(NULL, NULL);
    Traced *traced = g_hash_table_lookup(known, driver);
    if (!traced) {
        traced = wrap(driver);
        g_hash_table_insert(known, (void *)driver, traced);
    }
    return &traced->driver;
}
