/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Run-time state: what a later daemon needs to find every guest again. One file for each instance,
 * RUN/guests/UUID.json, replaced atomically; one for each other object that is active,
 * RUN/objects/KIND/UUID.json; and the last domain id of each driver, RUN/ids/DRIVER.
 * All of it belongs to one boot of the host; what is left of another boot is removed at the start.
 *
 * One thread writes, in the order asked for, so that a late update never brings a removed file
 * back.
 */

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "daemon/instance.h"

typedef struct RvRunState RvRunState;

G_GNUC_WARN_UNUSED_RESULT RvRunState *rv_run_state_new(const char *run_dir, GError **error);
void rv_run_state_free(RvRunState *state); /* writes what waits */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvRunState, rv_run_state_free)

/* [any] The next domain id, from 1; never given twice in one boot of the host. -1: error. */
int rv_run_state_next_id(RvRunState *state, const char *driver, GError **error);

/* [job] Writes the instance's file durably, as of now. */
G_GNUC_WARN_UNUSED_RESULT bool rv_run_state_write(RvRunState *state, const RvInstance *instance,
                                                  GError **error);
/* [job] The same for one that clients see, as it enters a phase; `image` as in RvInstance (copied). */
G_GNUC_WARN_UNUSED_RESULT bool rv_run_state_set_phase(RvRunState *state, RvInstance *instance,
                                                      RvPhase phase, const char *image,
                                                      GError **error);
/* [job] The same, where an error is no reason not to go on: it is logged. */
void rv_run_state_note_phase(RvRunState *state, RvInstance *instance, RvPhase phase);
/* [job] Removes it, durably. One that is not there is success. */
G_GNUC_WARN_UNUSED_RESULT bool rv_run_state_remove(RvRunState *state, const RvUuid *uuid,
                                                   GError **error);
/* [loop] Queues a write with the domain's present state; a failure is logged. `state` NULL or no
 * acknowledged instance: nothing. */
void rv_run_state_update(RvRunState *state, const RvDomain *domain);

/* [any] False where an earlier instance was set aside, and may still run: start none. */
G_GNUC_WARN_UNUSED_RESULT bool rv_run_state_check(const RvRunState *state, const RvUuid *uuid,
                                                  GError **error);

/* [loop] Whether what is to autostart was not started yet in this boot of the host. */
bool rv_run_state_is_autostart_due(const RvRunState *state);
void rv_run_state_set_autostarted(RvRunState *state);

/* [job] What is to be known of an object that is no domain, durably; `content` (an object of JSON,
 * taken over) NULL: nothing any more. */
G_GNUC_WARN_UNUSED_RESULT bool rv_run_state_set_object(RvRunState *state, const char *kind,
                                                       const RvUuid *uuid, json_t *content,
                                                       GError **error);
/* At start-up: all of a kind (json_t). */
G_GNUC_WARN_UNUSED_RESULT GPtrArray *rv_run_state_load_objects(RvRunState *state, const char *kind,
                                                               GError **error);

/* What a file says. */
typedef struct RvRemembered {
    RvUuid uuid;
    char *driver, *name;
    int id;
    RvPhase phase;
    RvDomainState state;
    int reason;
    int64_t since_us;
    bool paused, autodestroy, transient, restart;
    json_t *remembered; /* NULL: nothing */
    char *image;        /* NULL: none */
    char *live;         /* the definition's text */
} RvRemembered;
void rv_remembered_free(RvRemembered *remembered);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvRemembered, rv_remembered_free)

/* At start-up: what nobody can take over; see rv_run_state_check(). */
void rv_run_state_set_aside(const RvRunState *state, const RvUuid *uuid);

/* At start-up: every instance remembered (RvRemembered). A file that cannot be understood is set
 * aside as NAME.broken, and logged. */
G_GNUC_WARN_UNUSED_RESULT GPtrArray *rv_run_state_load(RvRunState *state, GError **error);
