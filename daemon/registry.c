/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/registry.h"

#include <stdint.h>

#include "base/error.h"

/*
 * Names and ids are few drivers' own, so each index holds the domains themselves, hashed by the
 * name (or id) and the driver together. Order of addition: a queue, whose links are the values of
 * the index by uuid.
 */
struct RvRegistry {
    GQueue order;        /* RvDomain, a reference each */
    GHashTable *by_uuid; /* &domain->uuid -> its link in `order` */
    GHashTable *by_name; /* set of RvDomain */
    GHashTable *by_id;   /* set of Active */
    GPtrArray *drivers;  /* RvDriver: those that have or had a domain */
};

typedef struct {
    const RvDriver *driver;
    int id;
    RvDomain *domain;
} Active;

static guint name_hash(const void *key)
{
    const RvDomain *domain = key;
    return g_str_hash(domain->name) ^ g_direct_hash(domain->driver);
}

static gboolean name_equal(const void *a, const void *b)
{
    const RvDomain *x = a, *y = b;
    return x->driver == y->driver && g_str_equal(x->name, y->name);
}

static guint active_hash(const void *key)
{
    const Active *active = key;
    return (guint)active->id ^ g_direct_hash(active->driver);
}

static gboolean active_equal(const void *a, const void *b)
{
    const Active *x = a, *y = b;
    return x->driver == y->driver && x->id == y->id;
}

RvRegistry *rv_registry_new(void)
{
    RvRegistry *registry = g_new0(RvRegistry, 1);
    registry->by_uuid = g_hash_table_new(rv_uuid_hash, rv_uuid_equal);
    registry->by_name = g_hash_table_new(name_hash, name_equal);
    registry->by_id = g_hash_table_new_full(active_hash, active_equal, g_free, NULL);
    registry->drivers = g_ptr_array_new();
    return registry;
}

static void drop_domain(void *domain)
{
    rv_domain_unref(domain);
}

void rv_registry_free(RvRegistry *registry)
{
    if (!registry)
        return;
    g_ptr_array_unref(registry->drivers);
    g_hash_table_unref(registry->by_id);
    g_hash_table_unref(registry->by_name);
    g_hash_table_unref(registry->by_uuid);
    g_queue_clear_full(&registry->order, drop_domain);
    g_free(registry);
}

RvDomain *rv_registry_find(RvRegistry *registry, const RvUuid *uuid)
{
    GList *link = g_hash_table_lookup(registry->by_uuid, uuid);
    return link ? link->data : NULL;
}

RvDomain *rv_registry_find_name(RvRegistry *registry, const RvDriver *driver, const char *name)
{
    RvDomain key = {.driver = driver, .name = (char *)name};
    return g_hash_table_lookup(registry->by_name, &key);
}

bool rv_registry_add(RvRegistry *registry, RvDomain *domain, GError **error)
{
    char text[RV_UUID_STRING_LEN + 1];
    const RvDomain *same = rv_registry_find(registry, &domain->uuid);
    if (same) {
        rv_uuid_format(&same->uuid, text);
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "domain '%s' is already defined with uuid %s",
                     same->name, text);
        rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
        return false;
    }
    same = rv_registry_find_name(registry, domain->driver, domain->name);
    if (same) {
        rv_uuid_format(&same->uuid, text);
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "domain '%s' already exists with uuid %s",
                     same->name, text);
        rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
        rv_error_remedy(error,
                        "to change that domain, put <uuid>%s</uuid> into the document or use "
                        "`reeve edit`; for a second one, choose another name",
                        text);
        return false;
    }

    g_queue_push_tail(&registry->order, rv_domain_ref(domain));
    g_hash_table_insert(registry->by_uuid, &domain->uuid, registry->order.tail);
    g_hash_table_add(registry->by_name, domain);
    rv_registry_id_changed(registry, domain, -1, domain->view->id);
    if (!g_ptr_array_find(registry->drivers, domain->driver, NULL))
        g_ptr_array_add(registry->drivers, (void *)domain->driver);
    return true;
}

void rv_registry_remove(RvRegistry *registry, RvDomain *domain)
{
    GList *link = g_hash_table_lookup(registry->by_uuid, &domain->uuid);
    g_assert(link && link->data == domain);
    rv_registry_id_changed(registry, domain, domain->view->id, -1);
    g_hash_table_remove(registry->by_uuid, &domain->uuid);
    g_hash_table_remove(registry->by_name, domain);
    g_queue_delete_link(&registry->order, link);
    rv_domain_unref(domain);
}

RvDomain *rv_registry_by_uuid(RvRegistry *registry, const RvDriver *driver, const RvUuid *uuid,
                              GError **error)
{
    RvDomain *domain = rv_registry_find(registry, uuid);
    if (domain && domain->visible && (!driver || domain->driver == driver))
        return domain;

    char text[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(uuid, text);
    rv_error_set(error, RV_ERR_NO_DOMAIN, "no domain with matching uuid '%s'", text);
    return NULL;
}

/* A domain of one driver, by what `key` points to. */
typedef RvDomain *(*FindFunc)(RvRegistry *registry, const RvDriver *driver, const void *key);

/* The visible domain that `find` knows under `key`, of `driver` or else of any; *ret_other is the
 * second one where two drivers have one. */
static RvDomain *find_visible(RvRegistry *registry, const RvDriver *driver, FindFunc find,
                              const void *key, RvDomain **ret_other)
{
    RvDomain *found = NULL;
    *ret_other = NULL;
    for (guint i = 0; i < registry->drivers->len; i++) {
        const RvDriver *one = registry->drivers->pdata[i];
        RvDomain *domain = driver && driver != one ? NULL : find(registry, one, key);
        if (!domain || !domain->visible)
            continue;
        if (found)
            *ret_other = domain;
        else
            found = domain;
    }
    return found;
}

static bool is_ambiguous(const RvDomain *a, const RvDomain *b, GError **error)
{
    if (!b)
        return false;
    char x[RV_UUID_STRING_LEN + 1], y[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&a->uuid, x);
    rv_uuid_format(&b->uuid, y);
    rv_error_set(error, RV_ERR_MULTIPLE_DOMAINS,
                 "there are two such domains: '%s' of driver %s (%s) and '%s' of driver %s (%s)",
                 a->name, a->driver->name, x, b->name, b->driver->name, y);
    rv_error_remedy(error, "use the uuid, or connect to one driver's own URI");
    return true;
}

static RvDomain *find_by_name(RvRegistry *registry, const RvDriver *driver, const void *key)
{
    return rv_registry_find_name(registry, driver, key);
}

RvDomain *rv_registry_by_name(RvRegistry *registry, const RvDriver *driver, const char *name,
                              GError **error)
{
    RvDomain *other;
    RvDomain *domain = find_visible(registry, driver, find_by_name, name, &other);
    if (!domain)
        rv_error_set(error, RV_ERR_NO_DOMAIN, "no domain with matching name '%s'", name);
    return domain && !is_ambiguous(domain, other, error) ? domain : NULL;
}

static RvDomain *find_by_id(RvRegistry *registry, const RvDriver *driver, const void *id)
{
    const Active *active = g_hash_table_lookup(
        registry->by_id, &(Active){.driver = driver, .id = *(const int *)id});
    return active ? active->domain : NULL;
}

RvDomain *rv_registry_by_id(RvRegistry *registry, const RvDriver *driver, int id, GError **error)
{
    RvDomain *other;
    RvDomain *domain = find_visible(registry, driver, find_by_id, &id, &other);
    if (!domain)
        rv_error_set(error, RV_ERR_NO_DOMAIN, "no domain with matching id %d", id);
    return domain && !is_ambiguous(domain, other, error) ? domain : NULL;
}

void rv_registry_foreach(RvRegistry *registry, const RvDriver *driver, RvRegistryFunc func,
                         void *data)
{
    for (GList *link = registry->order.head, *next; link; link = next) {
        RvDomain *domain = link->data;
        next = link->next;
        if (!driver || domain->driver == driver)
            func(domain, data);
    }
}

void rv_registry_id_changed(RvRegistry *registry, RvDomain *domain, int old_id, int new_id)
{
    if (old_id == new_id)
        return;
    if (old_id >= 0)
        g_hash_table_remove(registry->by_id, &(Active){.driver = domain->driver, .id = old_id});
    if (new_id < 0)
        return;
    Active *active = g_new(Active, 1);
    *active = (Active){.driver = domain->driver, .id = new_id, .domain = domain};
    g_hash_table_replace(registry->by_id, active, active);
}
