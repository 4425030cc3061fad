/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/save.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "daemon/lifecycle.h"
#include "daemon/paths.h"
#include "daemon/registry.h"
#include "daemon/run-state.h"

#define FOLDER "saved"
#define SUFFIX ".image"

static char *own_path(const RvDomain *domain)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&domain->uuid, uuid);
    return g_strdup_printf("%s/" FOLDER "/%s" SUFFIX, domain->core->paths->state_dir, uuid);
}

bool rv_save_is_own(const RvInstance *instance)
{
    g_autofree char *path = own_path(instance->domain);
    return g_strcmp0(instance->image, path) == 0;
}

/* ---- Saving --------------------------------------------------------------------------------- */

/* It comes to nothing: the guest runs as before, in as far as it is still there. */
static void take_back(RvInstance *instance, bool stopped)
{
    g_autoptr(GCancellable) never = g_cancellable_new();
    RvOperation op = {.cancel = never};
    g_autoptr(GError) error = NULL;
    RvGuest *guest = instance->guest;
    g_autofree char *path = g_strdup(instance->image);
    if (stopped && !instance->paused && !rv_instance_has_ended(instance) &&
        !guest->driver->save->go_on(guest, &op, &error)) {
        rv_log_error("domain '%s' does not go on after a save that failed: %s",
                     instance->domain->name, error->message);
        guest->host->reports->failure(guest, error->message);
    }
    rv_run_state_note_phase(instance->domain->core->run_state, instance, RV_PHASE_ACTIVE);
    rv_save_image_discard(path);
}

/* From here on there is no way back: a cancelled job goes on as well. */
static bool end_guest(RvDomain *domain, const char *path, GError **error)
{
    g_autoptr(GCancellable) never = g_cancellable_new();
    RvOperation op = {.cancel = never};
    if (rv_save_image_place(path, error) && rv_lifecycle_destroy(domain, false, &op, error))
        return true;
    g_prefix_error(error, "domain '%s' is saved, but not at its end: ", domain->name);
    rv_error_remedy(error, "destroy it; its state is in '%s'", path);
    return false;
}

/* `restored_paused`: what the image is to say. The next daemon is to find the file, so it is noted
 * before there is one. */
static RvSaveImage *begin(RvInstance *instance, const char *path, bool restored_paused,
                          GError **error)
{
    const RvGuest *guest = instance->guest;
    g_autofree char *xml = rv_domain_def_format(guest->def, RV_FORMAT_SECRETS);
    const RvSaveImage what = {
        .path = (char *)path,
        .driver = (char *)guest->driver->name,
        .xml = xml,
        .paused = restored_paused,
    };
    RvSaveImage *image = NULL;
    if (rv_run_state_set_phase(instance->domain->core->run_state, instance, RV_PHASE_SAVING, path,
                               error))
        image = rv_save_image_new(&what, error);
    if (!image)
        take_back(instance, false);
    return image;
}

static bool check_wish(const RvDomain *domain, const RvDomainView *view, bool own,
                       RvSaveFlags flags, GError **error)
{
    if (!domain->driver->save)
        rv_error_set(error, RV_ERR_NO_SUPPORT, "driver %s cannot save guests",
                     domain->driver->name);
    else if ((flags & RV_SAVE_RUNNING) && (flags & RV_SAVE_PAUSED))
        rv_error_set(error, RV_ERR_INVALID_ARG,
                     "a saved guest cannot be both running and paused when it is restored");
    else if (own && !view->persistent)
        rv_error_set(error, RV_ERR_OPERATION_INVALID,
                     "cannot do managed save for transient domain");
    else
        return true;
    return false;
}

bool rv_save(RvDomain *domain, const char *path, RvSaveFlags flags, RvOperation *op, GError **error)
{
    g_autoptr(RvDomainView) view = rv_domain_get_view(domain);
    g_autofree char *own = path ? NULL : own_path(domain);
    RvGuest *guest = rv_domain_get_guest(domain, error);
    if (!guest || !check_wish(domain, view, own, flags, error))
        return false;
    RvInstance *instance = domain->instance;
    bool paused = (flags & RV_SAVE_PAUSED) ||
                  (view->state == RV_DOMAIN_PAUSED && !(flags & RV_SAVE_RUNNING));
    g_autoptr(RvSaveImage) image = begin(instance, own ? own : path, paused, error);
    if (!image)
        return false;
    bool stopped = guest->driver->save->save(guest, image->fd, op, error);
    if (stopped && rv_save_image_complete(image, error) &&
        rv_run_state_set_phase(domain->core->run_state, instance, RV_PHASE_SAVED, image->path,
                               error))
        return end_guest(domain, image->path, error);
    take_back(instance, stopped);
    return false;
}

void rv_saved(RvDomain *domain, const char *path)
{
    if (!path)
        rv_domain_set_saved(domain, true);
    if (domain->instance)
        rv_lifecycle_stopped(domain, RV_SHUTOFF_SAVED);
}

/* ---- A former daemon's ---------------------------------------------------------------------- */

bool rv_save_undo(RvInstance *instance, RvOperation *op, GError **error)
{
    RvGuest *guest = instance->guest;
    rv_save_image_discard(instance->image);
    return instance->paused || guest->driver->save->go_on(guest, op, error);
}

bool rv_save_finish(RvInstance *instance, GError **error)
{
    return rv_save_image_place(instance->image, error);
}

/* ---- Images of domains ---------------------------------------------------------------------- */

bool rv_save_check_image(const RvDomain *domain, const RvSaveImage *image, GError **error)
{
    if (!domain->driver->save)
        rv_error_set(error, RV_ERR_NO_SUPPORT, "driver %s cannot restore guests",
                     domain->driver->name);
    else if (strcmp(image->driver, domain->driver->name) != 0)
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "'%s' cannot be restored: driver %s wrote it, and '%s' is of driver %s",
                     image->path, image->driver, domain->name, domain->driver->name);
    else
        return true;
    return false;
}

RvSaveImage *rv_save_open(const RvDomain *domain, RvDomainDef **ret_def, GError **error)
{
    g_autofree char *path = own_path(domain);
    g_autoptr(RvSaveImage) image = rv_save_image_open(path, error);
    g_autoptr(RvDomainDef) def =
        image ? rv_domain_def_parse(image->xml, strlen(image->xml), NULL, error) : NULL;
    if (!def)
        return NULL;
    if (!rv_uuid_equal(&def->uuid, &domain->uuid) || strcmp(def->name, domain->name) != 0) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "'%s' cannot be restored: it is of domain '%s', not of '%s'", path, def->name,
                     domain->name);
        return NULL;
    }
    *ret_def = g_steal_pointer(&def);
    return g_steal_pointer(&image);
}

/* [loop] */
static void show_forgotten(void *data)
{
    g_autoptr(RvDomain) domain = data;
    rv_domain_set_saved(domain, false);
}

bool rv_save_forget(RvDomain *domain, GError **error)
{
    g_autofree char *path = own_path(domain);
    if (!rv_file_remove(path, error))
        return false;
    rv_loop_post(domain->core->loop, show_forgotten, rv_domain_ref(domain));
    return true;
}

/* What a save left that was cut short with the host; one that a daemon of this boot began is its
 * guest's to undo or finish. */
static void discard_leftover(RvCore *core, const char *folder, const char *name)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    RvUuid key;
    g_strlcpy(uuid, name, sizeof(uuid));
    const RvDomain *domain =
        rv_uuid_parse(uuid, &key) ? rv_registry_find(core->registry, &key) : NULL;
    if (domain && domain->instance)
        return;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (unlink(path) == 0)
        rv_log_info("removed '%s', which was not written to its end", path);
}

static void load_one(RvCore *core, const char *folder, const char *name)
{
    g_autofree char *uuid = g_strndup(name, strlen(name) - strlen(SUFFIX));
    RvUuid key;
    RvDomain *domain =
        rv_uuid_parse(uuid, &key) ? rv_registry_find(core->registry, &key) : NULL;
    if (domain)
        rv_domain_set_saved(domain, true);
    else
        rv_log_warning("'%s/%s' is the saved state of no domain", folder, name);
}

bool rv_save_load(RvCore *core, GError **error)
{
    g_autofree char *folder = g_build_filename(core->paths->state_dir, FOLDER, NULL);
    if (!rv_dir_create(folder, 0700, error))
        return false;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (g_str_has_suffix(name, SUFFIX))
            load_one(core, folder, name);
        else
            discard_leftover(core, folder, name);
    }
    return dir;
}
