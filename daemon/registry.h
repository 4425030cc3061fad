/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All domains of this host, by uuid, by (driver, name) and by (driver, id). I/O thread only. */

#include <glib.h>

#include "daemon/domain.h"

typedef struct RvRegistry RvRegistry;

RvRegistry *rv_registry_new(void);
void rv_registry_free(RvRegistry *registry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvRegistry, rv_registry_free)

/* Adds a domain (a reference is taken). RV_ERR_OPERATION_FAILED with libvirt's text when the name
 * belongs to another uuid or the uuid to another name. */
G_GNUC_WARN_UNUSED_RESULT bool rv_registry_add(RvRegistry *registry, RvDomain *domain,
                                               GError **error);
void rv_registry_remove(RvRegistry *registry, RvDomain *domain);

/* Borrowed; visible domains only. `driver` NULL: of any driver; a name or id that two drivers use
 * is then an error that names both. Not found: RV_ERR_NO_DOMAIN. */
RvDomain *rv_registry_by_uuid(RvRegistry *registry, const RvDriver *driver, const RvUuid *uuid,
                              GError **error);
RvDomain *rv_registry_by_name(RvRegistry *registry, const RvDriver *driver, const char *name,
                              GError **error);
RvDomain *rv_registry_by_id(RvRegistry *registry, const RvDriver *driver, int id, GError **error);

/* Every domain of `driver` (NULL: all), in order of addition, the invisible ones too. `func` may
 * remove the domain it is called with. */
typedef void (*RvRegistryFunc)(RvDomain *domain, void *data);
void rv_registry_foreach(RvRegistry *registry, const RvDriver *driver, RvRegistryFunc func,
                         void *data);

/* The index by id follows the domain's view; rv_domain_set_state() calls this. */
void rv_registry_id_changed(RvRegistry *registry, RvDomain *domain, int old_id, int new_id);

/* The domain of a uuid or a (driver, name), the invisible ones too; NULL: none. */
RvDomain *rv_registry_find(RvRegistry *registry, const RvUuid *uuid);
RvDomain *rv_registry_find_name(RvRegistry *registry, const RvDriver *driver, const char *name);
