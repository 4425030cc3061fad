/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Saving a guest to an image, and the images that domains have of their own, from which their next
 * start restores them: STATE/saved/UUID.image.
 *
 * A guest never runs beside an image of itself that a start would use. Until the image is complete
 * and on disk, a daemon that is killed has its guest go on; once the run-time state says that it is
 * (RV_PHASE_SAVED), the next daemon gives it its name and removes the guest. An image that was
 * restored is removed before the guest runs.
 */

#include "daemon/core.h"
#include "daemon/domain.h"
#include "daemon/instance.h"
#include "daemon/save-image.h"

/* libvirt's virDomainSaveRestoreFlags. */
typedef enum {
    RV_SAVE_BYPASS_CACHE = 1 << 0,
    RV_SAVE_RUNNING = 1 << 1,
    RV_SAVE_PAUSED = 1 << 2,
    RV_SAVE_RESET_NVRAM = 1 << 3,
} RvSaveFlags;

/* [job] Saves the guest to `path`, NULL: its domain's own image. Success: it is gone; failure: it
 * goes on. Then [loop]. */
G_GNUC_WARN_UNUSED_RESULT bool rv_save(RvDomain *domain, const char *path, RvSaveFlags flags,
                                       RvOperation *op, GError **error);
void rv_saved(RvDomain *domain, const char *path);

/* [job] Whether the domain's driver can restore, and wrote this image. */
G_GNUC_WARN_UNUSED_RESULT bool rv_save_check_image(const RvDomain *domain, const RvSaveImage *image,
                                                   GError **error);
/* [job] The domain's own image, and its definition. */
G_GNUC_WARN_UNUSED_RESULT RvSaveImage *rv_save_open(const RvDomain *domain, RvDomainDef **ret_def,
                                                    GError **error);
/* [job] Removes it, durably; and says so on the loop. One that is not there is success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_save_forget(RvDomain *domain, GError **error);

/* [loop] At start-up, once the store's domains are known: which have an image. */
G_GNUC_WARN_UNUSED_RESULT bool rv_save_load(RvCore *core, GError **error);

/* [job] What a former daemon had begun (RV_PHASE_SAVING; the guest is adopted), and what it had
 * done but for the end (RV_PHASE_SAVED). */
G_GNUC_WARN_UNUSED_RESULT bool rv_save_undo(RvInstance *instance, RvOperation *op, GError **error);
G_GNUC_WARN_UNUSED_RESULT bool rv_save_finish(RvInstance *instance, GError **error);
/* [loop] Whether an instance is saved to its domain's own image. */
bool rv_save_is_own(const RvInstance *instance);
