/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/dump.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"

static char *make_path(const RvGuest *guest, GError **error)
{
    g_autofree char *folder = g_build_filename(guest->host->state_dir, "dump", NULL);
    if (!rv_dir_create(guest->host->state_dir, 0755, error) ||
        !rv_dir_create(folder, 0700, error))
        return NULL;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *when = g_date_time_format(now, "%Y-%m-%d-%H:%M:%S");
    g_autofree char *plain = rv_file_name_for(guest->def->name);
    g_autofree char *file = g_strdup_printf("%s-%s", plain, when);
    return g_build_filename(folder, file, NULL);
}

static bool write_dump(RvGuest *guest, RvOperation *op, GError **error)
{
    if (!guest->driver->life->dump) {
        rv_error_set(error, RV_ERR_NO_SUPPORT, "driver %s cannot dump a guest's memory",
                     guest->driver->name);
        return false;
    }
    g_autofree char *path = make_path(guest, error);
    if (!path || !guest->driver->life->dump(guest, path, op, error))
        return false;
    g_autofree char *told = g_strdup_printf("its memory was written to %s", path);
    rv_log_info("domain '%s' has crashed: %s", guest->def->name, told);
    guest->host->reports->failure(guest, told);
    return true;
}

/* What fails here is told, and keeps nobody from destroying it. */
static bool dump_work(RvJob *job, RvOperation *op, void *data, GError **error)
{
    RvInstance *instance = ((RvDomain *)data)->instance;
    g_autoptr(GError) fault = NULL;
    if (!instance || write_dump(instance->guest, op, &fault))
        return true;
    g_autofree char *told = g_strdup_printf("its memory could not be written: %s", fault->message);
    rv_log_error("domain '%s' has crashed: %s", instance->guest->def->name, told);
    instance->guest->host->reports->failure(instance->guest, told);
    return true;
}

static void dump_done(RvJob *job, void *data, const GError *error)
{
    RvDomain *domain = data;
    if (domain->instance && domain->view->state == RV_DOMAIN_CRASHED)
        rv_lifecycle_queue_destroy(domain, RV_SHUTOFF_CRASHED);
}

void rv_dump_queue_crashed(RvDomain *domain)
{
    g_autoptr(GError) error = NULL;
    RvJobSpec spec = {
        .kind = RV_JOB_DUMP,
        .owner = "reeved",
        .work = dump_work,
        .done = dump_done,
        .data = rv_domain_ref(domain),
        .free_data = (GDestroyNotify)rv_domain_unref,
    };
    if (rv_job_submit(domain->jobs, &spec, &error))
        return;
    rv_log_error("domain '%s' has crashed, and its memory is not written: %s", domain->name,
                 error->message);
    rv_domain_unref(domain);
    rv_lifecycle_queue_destroy(domain, RV_SHUTOFF_CRASHED);
}
