/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/pool.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/core.h"

/* What a pool keeps besides its documents. */
typedef struct {
    GMutex lock;       /* of figures and scanned */
    RvPoolFigures figures;
    GPtrArray *scanned; /* RvVolumeEntry: what the loop has not seen yet; NULL: nothing */
    GHashTable *volumes; /* name: RvVolumeType */
    GHashTable *claims;  /* name: number of readers, or -1: a maker, -2: a writer */
} State;

enum { MAKER = -1, WRITER = -2 };

static void *state_new(void)
{
    State *state = g_new0(State, 1);
    g_mutex_init(&state->lock);
    state->volumes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    state->claims = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return state;
}

static void state_free(void *data)
{
    State *state = data;
    g_clear_pointer(&state->scanned, g_ptr_array_unref);
    g_hash_table_unref(state->volumes);
    g_hash_table_unref(state->claims);
    g_mutex_clear(&state->lock);
    g_free(state);
}

/* ---- What the document leaves out ----------------------------------------------------------- */

static bool same_device(const RvPoolDef *a, const RvPoolDef *b)
{
    return a->devices->len && b->devices->len &&
           g_str_equal(((const RvPoolDevice *)a->devices->pdata[0])->path,
                       ((const RvPoolDevice *)b->devices->pdata[0])->path);
}

static bool same_export(const RvPoolDef *a, const RvPoolDef *b)
{
    return a->hosts->len && b->hosts->len && !g_strcmp0(a->source_dir, b->source_dir) &&
           g_str_equal(((const RvPoolHost *)a->hosts->pdata[0])->name,
                       ((const RvPoolHost *)b->hosts->pdata[0])->name);
}

/* Two pools of one storage would be in each other's way. */
static bool is_same_source(const RvPoolDef *a, const RvPoolDef *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case RV_POOL_DIR: return !g_strcmp0(a->target, b->target);
    case RV_POOL_NETFS:
    case RV_POOL_GLUSTER: return same_export(a, b);
    case RV_POOL_FS:
    case RV_POOL_LOGICAL:
    case RV_POOL_DISK: return same_device(a, b);
    default: return false;
    }
}

typedef struct {
    const RvObject *except;
    const RvPoolDef *def;
    const RvObject *found;
} Search;

static void look_for_source(RvObject *object, void *data)
{
    Search *search = data;
    const RvObjectDef *const defs[] = {object->view->config, object->view->live, object->pending};
    for (size_t i = 0; i < G_N_ELEMENTS(defs) && object != search->except; i++) {
        if (defs[i] && is_same_source(defs[i]->def, search->def))
            search->found = object;
    }
}

static bool complete(RvCore *core, void *def, const RvObject *known, GError **error)
{
    Search search = {known, def, NULL};
    rv_objects_foreach(core->objects, &rv_pool_kind, look_for_source, &search);
    if (search.found)
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "Storage source conflict with pool: '%s'",
                     search.found->name);
    return !search.found;
}

/* ---- Life ----------------------------------------------------------------------------------- */

RvPoolFigures rv_pool_figures(const RvObject *pool)
{
    State *state = pool->state;
    g_mutex_lock(&state->lock);
    RvPoolFigures figures = state->figures;
    g_mutex_unlock(&state->lock);
    return figures;
}

static bool measure(RvObject *pool, const RvPoolDef *def, GError **error)
{
    State *state = pool->state;
    g_autoptr(RvPoolDef) found = rv_pool_def_copy(def);
    if (!rv_pool_measure(found, error))
        return false;
    g_mutex_lock(&state->lock);
    state->figures = (RvPoolFigures){found->capacity, found->allocation, found->available,
                                     found->permissions};
    state->figures.permissions.label = NULL;
    g_mutex_unlock(&state->lock);
    return true;
}

void rv_pool_measure_again(RvObject *pool, const RvPoolDef *def)
{
    g_autoptr(GError) error = NULL;
    if (!measure(pool, def, &error))
        rv_log_warning("storage pool '%s': %s", pool->name, error->message);
}

bool rv_pool_look(RvObject *pool, const RvPoolDef *def, GError **error)
{
    State *state = pool->state;
    g_autoptr(GPtrArray) found = rv_volume_scan(def, error);
    if (!found || !measure(pool, def, error))
        return false;
    g_mutex_lock(&state->lock);
    g_clear_pointer(&state->scanned, g_ptr_array_unref);
    state->scanned = g_steal_pointer(&found);
    g_mutex_unlock(&state->lock);
    return true;
}

static bool start(RvObject *object, void *live, RvOperation *op, GError **error)
{
    return rv_pool_start(live, op, error) && rv_pool_look(object, live, error);
}

static bool stop(RvObject *object, const void *live, RvOperation *op, GError **error)
{
    return rv_pool_stop(live, op, error);
}

static bool adopt(RvObject *object, void *live, RvOperation *op, GError **error)
{
    const RvPoolDef *def = live;
    if (rv_pool_is_started(def))
        return start(object, live, op, error);
    rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' is not there any more", def->target);
    return false;
}

static char *describe(const RvObject *object, bool live)
{
    const RvObjectView *view = object->view;
    if (!live)
        return g_strdup(view->config->text);
    RvPoolFigures figures = rv_pool_figures(object);
    g_autoptr(RvPoolDef) def = rv_pool_def_copy(view->live->def);
    def->capacity = figures.capacity;
    def->allocation = figures.allocation;
    def->available = figures.available;
    def->permissions.mode = figures.permissions.mode;
    def->permissions.owner = figures.permissions.owner;
    def->permissions.group = figures.permissions.group;
    return rv_pool_def_format(def, RV_FORMAT_LIVE);
}

/* ---- Filters -------------------------------------------------------------------------------- */

/* libvirt's bits of list-all, which are in another order than its types. */
static const unsigned type_filters[RV_POOL_TYPE_LAST] = {
    [RV_POOL_DIR] = 1 << 6,      [RV_POOL_FS] = 1 << 7,       [RV_POOL_NETFS] = 1 << 8,
    [RV_POOL_LOGICAL] = 1 << 9,  [RV_POOL_DISK] = 1 << 10,    [RV_POOL_ISCSI] = 1 << 11,
    [RV_POOL_SCSI] = 1 << 12,    [RV_POOL_MPATH] = 1 << 13,   [RV_POOL_RBD] = 1 << 14,
    [RV_POOL_SHEEPDOG] = 1 << 15, [RV_POOL_GLUSTER] = 1 << 16, [RV_POOL_ZFS] = 1 << 17,
    [RV_POOL_VSTORAGE] = 1 << 18, [RV_POOL_ISCSI_DIRECT] = 1 << 19,
};

static bool is_wanted(const RvObject *object, unsigned flags)
{
    const RvObjectDef *def = rv_object_view_current(object->view);
    return def && (flags & type_filters[((const RvPoolDef *)def->def)->type]);
}

const RvObjectKind rv_pool_kind = {
    .name = "pool",
    .words = "storage pool",
    .root = "pool",
    .xml = &rv_pool_xml,
    .not_found = RV_ERR_NO_STORAGE_POOL,
    .source = RV_ERROR_SOURCE_STORAGE,
    .lifecycle = RV_EVENT_POOL_LIFECYCLE,
    .n_events = 2,
    .state_new = state_new,
    .state_free = state_free,
    .complete = complete,
    .start = start,
    .stop = stop,
    .adopt = adopt,
    .is_wanted = is_wanted,
    .extra_filters = 0xfffc0,
    .describe = describe,
};

/* ---- Names of volumes ----------------------------------------------------------------------- */

/* Takes over what a scan has found. What is being made has its name only when it is whole. */
GHashTable *rv_pool_volumes(RvObject *pool)
{
    State *state = pool->state;
    g_mutex_lock(&state->lock);
    g_autoptr(GPtrArray) scanned = g_steal_pointer(&state->scanned);
    g_mutex_unlock(&state->lock);
    if (!scanned)
        return state->volumes;
    g_hash_table_remove_all(state->volumes);
    for (guint i = 0; i < scanned->len; i++) {
        const RvVolumeEntry *entry = scanned->pdata[i];
        rv_pool_add_volume(pool, entry->name, entry->type);
    }
    return state->volumes;
}

void rv_pool_add_volume(RvObject *pool, const char *name, RvVolumeType type)
{
    State *state = pool->state;
    g_hash_table_replace(state->volumes, g_strdup(name), GUINT_TO_POINTER(type));
}

void rv_pool_remove_volume(RvObject *pool, const char *name)
{
    g_hash_table_remove(rv_pool_volumes(pool), name);
}

typedef struct {
    const char *path;
    bool exact;
    RvObject *found;
    const char *rest;
    GPtrArray *folders;
} FolderSearch;

static const char *folder_of(const RvObject *pool)
{
    const RvObjectDef *live = pool->view->live;
    return live ? ((const RvPoolDef *)live->def)->target : NULL;
}

static void look_for_folder(RvObject *pool, void *data)
{
    FolderSearch *search = data;
    const char *folder = folder_of(pool);
    if (!folder)
        return;
    if (search->folders)
        g_ptr_array_add(search->folders, g_strdup(folder));
    size_t len = strlen(folder);
    if (!search->path || strncmp(search->path, folder, len) != 0)
        return;
    const char *rest = search->path + len;
    if (search->exact && !*rest) {
        search->found = pool;
    } else if (!search->exact && *rest == '/' && rest[1] && !strchr(rest + 1, '/')) {
        search->found = pool;
        search->rest = rest + 1;
    }
}

RvObject *rv_pool_of_path(RvCore *core, const char *path, const char **ret_name)
{
    FolderSearch search = {.path = path};
    rv_objects_foreach(core->objects, &rv_pool_kind, look_for_folder, &search);
    *ret_name = search.rest;
    return search.found;
}

RvObject *rv_pool_of_target(RvCore *core, const char *path)
{
    FolderSearch search = {.path = path, .exact = true};
    rv_objects_foreach(core->objects, &rv_pool_kind, look_for_folder, &search);
    return search.found;
}

char **rv_pool_folders(RvCore *core)
{
    FolderSearch search = {.folders = g_ptr_array_new()};
    rv_objects_foreach(core->objects, &rv_pool_kind, look_for_folder, &search);
    g_ptr_array_add(search.folders, NULL);
    return (char **)g_ptr_array_free(search.folders, FALSE);
}

/* ---- Who works on a volume ------------------------------------------------------------------ */

bool rv_pool_claim(RvObject *pool, const char *name, RvClaim claim, GError **error)
{
    State *state = pool->state;
    int now = GPOINTER_TO_INT(g_hash_table_lookup(state->claims, name));
    if (now == MAKER || (now == WRITER && claim == RV_CLAIM_NEW)) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "volume '%s' is still being allocated.",
                     name);
        return false;
    }
    if (now != 0 && (now == WRITER || claim != RV_CLAIM_READ)) {
        rv_error_set(error, RV_ERR_OPERATION_INVALID, "volume '%s' is still in use.", name);
        return false;
    }
    int then = claim == RV_CLAIM_NEW ? MAKER : claim == RV_CLAIM_WRITE ? WRITER : now + 1;
    g_hash_table_replace(state->claims, g_strdup(name), GINT_TO_POINTER(then));
    return true;
}

void rv_pool_unclaim(RvObject *pool, const char *name, RvClaim claim)
{
    State *state = pool->state;
    int now = GPOINTER_TO_INT(g_hash_table_lookup(state->claims, name));
    if (claim == RV_CLAIM_READ && now > 1)
        g_hash_table_replace(state->claims, g_strdup(name), GINT_TO_POINTER(now - 1));
    else
        g_hash_table_remove(state->claims, name);
}

bool rv_pool_check_idle(RvObject *pool, GError **error)
{
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, ((State *)pool->state)->claims);
    if (!g_hash_table_iter_next(&iter, &name, NULL))
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID,
                 "volume '%s' of storage pool '%s' is still in use.", (const char *)name,
                 pool->name);
    return false;
}
