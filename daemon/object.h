/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An object of this host that is no domain: a network, a storage pool. What they have in common is
 * here and in object-life.h: identity, definition, whether it is active, its queue of jobs, and the
 * view of it that every read is answered from. What a kind is besides is in its RvObjectKind.
 *
 * Threads, views and jobs are as those of domains: an RvObject belongs to the I/O thread; any thread
 * may count references and get the view; what a job of it uses does not change while it runs.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "daemon/event.h"
#include "daemon/job.h"
#include "model/identity.h"
#include "model/xml-table.h"

typedef struct RvObject RvObject;
struct RvCore;

/*
 * A kind of objects. Its documents have <root> and are structs that begin with an RvIdentity.
 *
 * A daemon that was killed leaves a file for each active object, with its live document and how far
 * it was: what was being started or stopped is stopped, what was active is taken over. So stop() can
 * be called on anything that start() may have done, or half done.
 */
typedef struct RvObjectKind {
    const char *name;  /* "network": in the store and the run directory */
    const char *words; /* "storage pool": in messages */
    const char *root;  /* "network", "pool" */
    const RvXmlType *xml;
    RvErrorCode not_found;
    RvErrorSource source;
    RvEventId lifecycle; /* the first of its events */
    int n_events;

    /* What the kind keeps of each besides, object->state; NULL: nothing. */
    void *(*state_new)(void);
    void (*state_free)(void *state);

    /* [loop] Fills in what the document leaves out and checks it against the others of the kind
     * (`known`: the one it is to replace, or NULL). Must not block. Name and uuid are there. */
    bool (*complete)(struct RvCore *core, void *def, const RvObject *known, GError **error);
    /* [job] Makes it active. `live` is its own copy of the definition, and is changed into the live
     * one. On failure stop() is called. */
    bool (*start)(RvObject *object, void *live, RvOperation *op, GError **error);
    /* [job] Undoes start(), as far as that came. */
    bool (*stop)(RvObject *object, const void *live, RvOperation *op, GError **error);
    /* [job] Takes over what a former daemon has started: makes good what went missing. `live` may be
     * changed. Where there is nothing left to take over, false; then stop() is called. */
    bool (*adopt)(RvObject *object, void *live, RvOperation *op, GError **error);
    /* [loop] Whether it passes the filters of list-all that only this kind has; NULL: there are none.
     * `extra_filters` are their bits. */
    bool (*is_wanted)(const RvObject *object, unsigned flags);
    unsigned extra_filters;
    /* [loop] The document as clients see it; NULL: as it is. To be freed. */
    char *(*describe)(const RvObject *object, bool live);
} RvObjectKind;

extern const RvObjectKind *const rv_object_kinds[]; /* object-kinds.c; NULL-terminated */

/* A document: parsed, and as text. Immutable, reference-counted (any thread). */
typedef struct {
    int refs;
    const RvObjectKind *kind;
    void *def; /* of kind->xml */
    char *text;
} RvObjectDef;

/* Takes `def` over. `flags` as rv_xml_write(). */
RvObjectDef *rv_object_def_new(const RvObjectKind *kind, void *def, RvFormatFlags flags);
RvObjectDef *rv_object_def_ref(RvObjectDef *def);
void rv_object_def_unref(RvObjectDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvObjectDef, rv_object_def_unref)
const RvIdentity *rv_object_def_identity(const RvObjectDef *def);

typedef struct {
    int refs;
    bool active, persistent, autostart;
    int64_t since_us;    /* wall clock: when it became (in)active */
    RvObjectDef *config; /* what the next start uses; NULL: it is transient */
    RvObjectDef *live;   /* NULL: inactive */
} RvObjectView;

RvObjectView *rv_object_get_view(RvObject *object); /* any thread; to be given back */
RvObjectView *rv_object_view_ref(RvObjectView *view);
void rv_object_view_unref(RvObjectView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvObjectView, rv_object_view_unref)
/* Live if active, config if not. Borrowed. */
const RvObjectDef *rv_object_view_current(const RvObjectView *view);

struct RvObject {
    int refs;
    struct RvCore *core;
    const RvObjectKind *kind;
    RvUuid uuid;
    char *name;
    bool visible;         /* acknowledged: in the store, or active */
    RvObjectView *view;   /* never NULL; replaced by the functions below only */
    RvObjectDef *pending; /* what a call is about to define or start; NULL: nothing */
    RvJobQueue *jobs;
    GPtrArray *warnings;  /* what was dropped from its document at the last define: char *; or NULL */
    void *state;           /* the kind's own */
    RvObjectDef *starting; /* of a running start, until rv_object_started() */
};

RvObject *rv_object_ref(RvObject *object);
void rv_object_unref(RvObject *object);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvObject, rv_object_unref)

/* ---- All of them (I/O thread) ---- */

typedef struct RvObjects RvObjects;
RvObjects *rv_objects_new(void);
void rv_objects_free(RvObjects *objects);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvObjects, rv_objects_free)

/* Borrowed; also those that are not visible. NULL: there is none. */
RvObject *rv_objects_find(RvObjects *objects, const RvObjectKind *kind, const RvUuid *uuid);
RvObject *rv_objects_find_name(RvObjects *objects, const RvObjectKind *kind, const char *name);
/* Visible ones. Not found: the kind's code and libvirt's words. */
RvObject *rv_objects_by_uuid(RvObjects *objects, const RvObjectKind *kind, const RvUuid *uuid,
                             GError **error);
RvObject *rv_objects_by_name(RvObjects *objects, const RvObjectKind *kind, const char *name,
                             GError **error);
/* `kind` NULL: of all. In the order of their making; `func` may remove the one it is given. */
typedef void (*RvObjectFunc)(RvObject *object, void *data);
void rv_objects_foreach(RvObjects *objects, const RvObjectKind *kind, RvObjectFunc func,
                        void *data);

/* [any] The view of a visible one; to be given back. NULL: an error as above. */
RvObjectView *rv_objects_get_view(RvObjects *objects, const RvObjectKind *kind, const char *name,
                                  GError **error);

/* The object of this identity: that which is there, or a new one, invisible. The name of another or
 * the uuid of another: RV_ERR_OPERATION_FAILED with libvirt's words. To be released. */
RvObject *rv_object_reserve(struct RvCore *core, const RvObjectKind *kind,
                            const RvIdentity *identity, GError **error);
/* Lets one go that is neither defined nor active, nor has jobs. */
void rv_object_release(RvObject *object);

/* What befell it besides; libvirt's numbers. */
void rv_object_tell(RvObject *object, int type);

/* ---- Setters: each publishes a new view, and emits its event ---- */

void rv_object_restore(RvObject *object, RvObjectView *view); /* silent; takes over */
void rv_object_set_config(RvObject *object, RvObjectDef *config); /* NULL: it is undefined */
void rv_object_set_live(RvObject *object, RvObjectDef *live); /* NULL: it is inactive from now on */
/* Other documents of what is what it was: without an event. NULL: that one stays. */
void rv_object_set_documents(RvObject *object, RvObjectDef *config, RvObjectDef *live);
void rv_object_set_autostart(RvObject *object, bool autostart);
void rv_object_set_pending(RvObject *object, RvObjectDef *pending); /* no view */
