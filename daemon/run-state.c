/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/run-state.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/workers.h"

enum { FORMAT_VERSION = 1, MAX_BYTES = 32 << 20 };

#define ASIDE ".broken"

struct RvRunState {
    char *dir;      /* RUN */
    char *guests;   /* RUN/guests */
    char *boot_id;
    RvWorkers *writer; /* one thread, so in order */
    GMutex lock;    /* of ids */
    GHashTable *ids; /* driver name -> last id given */
    GMutex phasing; /* of the phase and image of instances that clients see */
};

/* One write (or removal: text NULL) on its way to the writer. */
typedef struct {
    char *path;
    char *text;
    bool waited_for; /* by a worker that owns it and sleeps on `changed` */
    GMutex lock;
    GCond changed;
    bool done;
    GError *error;
} Write;

/* ---- The boot ------------------------------------------------------------------------------- */

static bool write_text(const char *path, const char *text, GError **error)
{
    return rv_file_replace(path, 0600, text, strlen(text), error);
}

/* What another boot of the host left behind is about processes that are gone. */
static bool begin_boot(RvRunState *state, GError **error)
{
    g_autofree char *path = g_build_filename(state->dir, "boot-id", NULL);
    g_autofree char *known = rv_file_read(path, 256, NULL, NULL);
    state->boot_id = rv_file_read("/proc/sys/kernel/random/boot_id", 256, NULL, error);
    if (!state->boot_id)
        return false;
    g_strstrip(state->boot_id);
    if (known && g_str_equal(g_strstrip(known), state->boot_id))
        return true;

    static const char *const stale[] = {"guests", "objects", "drivers", "ids", "autostarted"};
    for (size_t i = 0; i < G_N_ELEMENTS(stale); i++) {
        g_autofree char *old = g_build_filename(state->dir, stale[i], NULL);
        if (!rv_dir_remove(old, error))
            return false;
    }
    return write_text(path, state->boot_id, error);
}

RvRunState *rv_run_state_new(const char *run_dir, GError **error)
{
    g_autoptr(RvRunState) state = g_new0(RvRunState, 1);
    g_mutex_init(&state->lock);
    g_mutex_init(&state->phasing);
    state->dir = g_strdup(run_dir);
    state->guests = g_build_filename(run_dir, "guests", NULL);
    g_autofree char *ids = g_build_filename(run_dir, "ids", NULL);
    state->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    state->writer = rv_workers_new(1, 1);
    if (!begin_boot(state, error) || !rv_dir_create(state->guests, 0700, error) ||
        !rv_dir_create(ids, 0700, error))
        return NULL;
    return g_steal_pointer(&state);
}

void rv_run_state_free(RvRunState *state)
{
    if (!state)
        return;
    rv_workers_free(state->writer);
    g_hash_table_unref(state->ids);
    g_mutex_clear(&state->lock);
    g_mutex_clear(&state->phasing);
    g_free(state->boot_id);
    g_free(state->guests);
    g_free(state->dir);
    g_free(state);
}

int rv_run_state_next_id(RvRunState *state, const char *driver, GError **error)
{
    g_autofree char *path = g_build_filename(state->dir, "ids", driver, NULL);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->lock);
    void *known;
    int last = 0;
    if (g_hash_table_lookup_extended(state->ids, driver, NULL, &known)) {
        last = GPOINTER_TO_INT(known);
    } else {
        g_autofree char *text = rv_file_read(path, 64, NULL, NULL);
        last = text ? (int)g_ascii_strtoull(text, NULL, 10) : 0;
    }

    g_autofree char *text = g_strdup_printf("%d\n", last + 1);
    if (!write_text(path, text, error))
        return -1;
    g_hash_table_replace(state->ids, g_strdup(driver), GINT_TO_POINTER(last + 1));
    return last + 1;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static void write_free(Write *write)
{
    g_mutex_clear(&write->lock);
    g_cond_clear(&write->changed);
    g_clear_error(&write->error);
    g_free(write->path);
    g_free(write->text);
    g_free(write);
}

/* Takes both over. */
static Write *write_new(char *path, char *text)
{
    Write *write = g_new0(Write, 1);
    g_mutex_init(&write->lock);
    g_cond_init(&write->changed);
    write->path = path;
    write->text = text;
    return write;
}

static char *guest_path(const RvRunState *state, const RvUuid *uuid, const char *suffix)
{
    char name[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(uuid, name);
    return g_strdup_printf("%s/%s.json%s", state->guests, name, suffix);
}

static void run_write(void *data)
{
    Write *write = data;
    GError *error = NULL;
    if (write->text)
        write_text(write->path, write->text, &error);
    else if (!rv_file_remove(write->path, &error))
        g_prefix_error(&error, "run-time state: ");

    if (!write->waited_for) {
        if (error)
            rv_log_error("%s", error->message);
        g_clear_error(&error);
        write_free(write);
        return;
    }
    g_mutex_lock(&write->lock);
    write->error = error;
    write->done = true;
    g_cond_signal(&write->changed);
    g_mutex_unlock(&write->lock);
}

/* Behind all that were queued before. */
static void push_waited_for(RvRunState *state, Write *write)
{
    write->waited_for = true;
    rv_workers_push(state->writer, run_write, write);
}

/* Until it is done. */
static bool await_write(Write *write, GError **error)
{
    g_mutex_lock(&write->lock);
    while (!write->done)
        g_cond_wait(&write->changed, &write->lock);
    g_mutex_unlock(&write->lock);

    bool ok = !write->error;
    if (!ok)
        g_propagate_error(error, g_steal_pointer(&write->error));
    write_free(write);
    return ok;
}

static bool write_and_wait(RvRunState *state, Write *write, GError **error)
{
    push_waited_for(state, write);
    return await_write(write, error);
}

static char *to_text(const RvRunState *state, const RvInstance *instance, const RvDomainView *view)
{
    const RvGuest *guest = instance->guest;
    const RvDomain *domain = instance->domain;
    g_autofree char *formatted = NULL;
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&domain->uuid, uuid);
    if (!view || !view->live)
        formatted = rv_domain_def_format(guest->def, RV_FORMAT_LIVE | RV_FORMAT_SECRETS);

    json_t *root = json_pack(
        "{si ss ss ss ss si ss ss si sI sb sb sb sb ss ss* sO*}", "version", FORMAT_VERSION, "boot",
        state->boot_id, "driver", guest->driver->name, "uuid", uuid, "name", domain->name, "id",
        guest->id, "phase", rv_phase_to_string(instance->phase), "state",
        rv_domain_state_to_string(view ? view->state : RV_DOMAIN_PAUSED), "reason",
        view ? view->reason : RV_PAUSED_STARTING_UP, "since",
        (json_int_t)(view ? view->since_us : g_get_real_time()), "paused", instance->paused,
        "autodestroy", instance->autodestroy, "transient", instance->transient, "restart",
        instance->restart, "live",
        formatted ? formatted : rv_definition_text(view->live, true), "image", instance->image,
        "remembered", instance->remembered);
    g_assert(root);
    char *text = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    return text;
}

bool rv_run_state_write(RvRunState *state, const RvInstance *instance, GError **error)
{
    char *text = to_text(state, instance, NULL);
    char *path = guest_path(state, &instance->domain->uuid, "");
    return write_and_wait(state, write_new(path, text), error);
}

bool rv_run_state_set_phase(RvRunState *state, RvInstance *instance, RvPhase phase,
                            const char *image, GError **error)
{
    g_autoptr(RvDomainView) view = rv_domain_get_view(instance->domain);
    g_autofree char *former = NULL;
    g_mutex_lock(&state->phasing);
    if (phase == RV_PHASE_SAVING)
        instance->paused = view->state == RV_DOMAIN_PAUSED;
    former = instance->image;
    instance->image = g_strdup(image);
    instance->phase = phase;
    Write *write = write_new(guest_path(state, &instance->domain->uuid, ""),
                             to_text(state, instance, view));
    push_waited_for(state, write); /* before any update of the loop's that sees the new phase */
    g_mutex_unlock(&state->phasing);
    return await_write(write, error);
}

void rv_run_state_note_phase(RvRunState *state, RvInstance *instance, RvPhase phase)
{
    g_autoptr(GError) error = NULL;
    if (!rv_run_state_set_phase(state, instance, phase, NULL, &error))
        rv_log_error("run-time state of '%s': %s", instance->domain->name, error->message);
}

bool rv_run_state_remove(RvRunState *state, const RvUuid *uuid, GError **error)
{
    return write_and_wait(state, write_new(guest_path(state, uuid, ""), NULL), error);
}

void rv_run_state_update(RvRunState *state, const RvDomain *domain)
{
    const RvInstance *instance = domain->instance;
    if (!state || !instance || rv_instance_has_ended(instance))
        return;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&state->phasing);
    if (instance->phase != RV_PHASE_ACTIVE)
        return;
    char *text = to_text(state, instance, domain->view);
    char *path = guest_path(state, &domain->uuid, "");
    rv_workers_push(state->writer, run_write, write_new(path, text));
}

bool rv_run_state_is_autostart_due(const RvRunState *state)
{
    g_autofree char *path = g_build_filename(state->dir, "autostarted", NULL);
    return access(path, F_OK) < 0;
}

void rv_run_state_set_autostarted(RvRunState *state)
{
    char *path = g_build_filename(state->dir, "autostarted", NULL);
    rv_workers_push(state->writer, run_write, write_new(path, g_strdup(state->boot_id)));
}

bool rv_run_state_check(const RvRunState *state, const RvUuid *uuid, GError **error)
{
    g_autofree char *aside = guest_path(state, uuid, ASIDE);
    if (access(aside, F_OK) < 0)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_INVALID,
                 "it may be running already: what was remembered of an earlier start could not be "
                 "understood");
    rv_error_remedy(error, "make sure that it does not run, then remove '%s'", aside);
    return false;
}

/* ---- Loading -------------------------------------------------------------------------------- */

void rv_remembered_free(RvRemembered *remembered)
{
    if (!remembered)
        return;
    g_free(remembered->driver);
    g_free(remembered->name);
    g_free(remembered->live);
    g_free(remembered->image);
    json_decref(remembered->remembered);
    g_free(remembered);
}

static RvRemembered *parse(const RvRunState *state, const char *text, size_t len, GError **error)
{
    json_error_t fault;
    json_t *root = json_loadb(text, len, 0, &fault);
    const char *boot, *driver, *uuid, *name, *phase, *domain_state, *live, *image = NULL;
    int version, id, reason, paused, autodestroy, transient, restart;
    json_int_t since;
    json_t *remembered = NULL;
    if (!root ||
        json_unpack_ex(root, &fault, 0, "{si ss ss ss ss si ss ss si sI sb sb sb sb ss s?s s?o}",
                       "version", &version, "boot", &boot, "driver", &driver, "uuid", &uuid, "name",
                       &name, "id", &id, "phase", &phase, "state", &domain_state, "reason",
                       &reason, "since", &since, "paused", &paused, "autodestroy", &autodestroy,
                       "transient", &transient, "restart", &restart, "live", &live, "image",
                       &image, "remembered", &remembered) < 0) {
        rv_error_set(error, RV_ERR_INTERNAL, "%s", fault.text);
        json_decref(root);
        return NULL;
    }

    g_autoptr(RvRemembered) result = g_new0(RvRemembered, 1);
    int phase_number = rv_phase_from_string(phase);
    int state_number = rv_domain_state_from_string(domain_state);
    bool ok = version == FORMAT_VERSION && g_str_equal(boot, state->boot_id) &&
              rv_uuid_parse(uuid, &result->uuid) && id >= 0 && phase_number >= 0 &&
              state_number >= 0 && rv_domain_state_is_active(state_number) &&
              (phase_number < RV_PHASE_SAVING || image);
    *result = (RvRemembered){
        .uuid = result->uuid,
        .driver = g_strdup(driver),
        .name = g_strdup(name),
        .id = id,
        .phase = (RvPhase)phase_number,
        .state = (RvDomainState)state_number,
        .reason = reason,
        .since_us = since,
        .paused = paused,
        .autodestroy = autodestroy,
        .transient = transient,
        .restart = restart,
        .remembered = json_incref(remembered),
        .live = g_strdup(live),
        .image = g_strdup(image),
    };
    json_decref(root);
    if (ok)
        return g_steal_pointer(&result);
    rv_error_set(error, RV_ERR_INTERNAL, "a value is of another version, boot or range");
    return NULL;
}

static void set_aside(const char *path)
{
    g_autofree char *aside = g_strconcat(path, ASIDE, NULL);
    rv_log_error("run-time state set aside: '%s' is now '%s'", path, aside);
    if (rename(path, aside) < 0)
        rv_log_error("cannot rename '%s': %s", path, g_strerror(errno));
}

void rv_run_state_set_aside(const RvRunState *state, const RvUuid *uuid)
{
    g_autofree char *path = guest_path(state, uuid, "");
    set_aside(path);
}

/* Of one file: what is kept of it, or NULL. */
typedef void *(*ParseFunc)(const RvRunState *state, const char *text, size_t len, GError **error);

static GPtrArray *load_dir(const RvRunState *state, const char *path, ParseFunc func,
                           GDestroyNotify free_one, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, error);
    if (!dir)
        return NULL;

    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_one);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (g_str_has_suffix(name, ".new"))
            unlink(file); /* a write that a crash cut short */
        if (!g_str_has_suffix(name, ".json"))
            continue;

        g_autoptr(GError) fault = NULL;
        size_t len = 0;
        g_autofree char *text = rv_file_read(file, MAX_BYTES, &len, &fault);
        void *remembered = text ? func(state, text, len, &fault) : NULL;
        if (remembered) {
            g_ptr_array_add(all, remembered);
            continue;
        }
        rv_log_error("run-time state '%s' cannot be understood: %s", file, fault->message);
        set_aside(file);
    }
    return g_steal_pointer(&all);
}

static void *parse_guest(const RvRunState *state, const char *text, size_t len, GError **error)
{
    return parse(state, text, len, error);
}

static void free_guest(void *remembered)
{
    rv_remembered_free(remembered);
}

GPtrArray *rv_run_state_load(RvRunState *state, GError **error)
{
    return load_dir(state, state->guests, parse_guest, free_guest, error);
}

/* ---- Other objects -------------------------------------------------------------------------- */

static char *objects_dir(const RvRunState *state, const char *kind)
{
    return g_build_filename(state->dir, "objects", kind, NULL);
}

bool rv_run_state_set_object(RvRunState *state, const char *kind, const RvUuid *uuid,
                             json_t *content, GError **error)
{
    char name[RV_UUID_STRING_LEN + 1];
    g_autofree char *dir = objects_dir(state, kind);
    char *text = NULL;
    rv_uuid_format(uuid, name);
    if (content) {
        json_object_set_new(content, "version", json_integer(FORMAT_VERSION));
        json_object_set_new(content, "boot", json_string(state->boot_id));
        text = json_dumps(content, JSON_INDENT(1));
        json_decref(content);
    }
    char *path = g_strdup_printf("%s/%s.json", dir, name);
    return write_and_wait(state, write_new(path, text), error);
}

static void *parse_object(const RvRunState *state, const char *text, size_t len, GError **error)
{
    json_error_t fault;
    int version;
    const char *boot;
    json_t *root = json_loadb(text, len, 0, &fault);
    if (!root || json_unpack_ex(root, &fault, 0, "{si ss}", "version", &version, "boot", &boot)) {
        rv_error_set(error, RV_ERR_INTERNAL, "line %d: %s", fault.line, fault.text);
    } else if (version != FORMAT_VERSION || !g_str_equal(boot, state->boot_id)) {
        rv_error_set(error, RV_ERR_INTERNAL, "it is of another version or boot");
    } else {
        return root;
    }
    json_decref(root);
    return NULL;
}

static void free_object(void *content)
{
    json_decref(content);
}

GPtrArray *rv_run_state_load_objects(RvRunState *state, const char *kind, GError **error)
{
    g_autofree char *dir = objects_dir(state, kind);
    return rv_dir_create(dir, 0700, error) ? load_dir(state, dir, parse_object, free_object, error)
                                           : NULL;
}
