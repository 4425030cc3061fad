/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client of QEMU's machine protocol (QMP), that trusts its peer with nothing: a line has at most
 * 10 MiB and 64 levels, an event 64 KiB, a reply must answer a command that was sent, events are
 * counted. A peer that breaks a rule, or hangs up, makes the client broken: every call fails from
 * then on with the reason, and `closed` is called once.
 *
 * Threads. Bytes are read on the loop's thread, which only finds out what a line is; the thread
 * that waits for a reply parses it. Sending never blocks: what the socket does not take is kept
 * and written by the loop. QEMU reads its monitor one byte at a time (4.6 us each), so ask little.
 */

#include <gio/gio.h>
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

typedef struct Qmp Qmp;
typedef struct QmpCall QmpCall;

enum {
    QMP_MAX_LINE = 10 * 1024 * 1024,
    QMP_MAX_EVENT = 64 * 1024,
    QMP_MAX_DEPTH = 64,
    QMP_MAX_UNSENT = 1024 * 1024,
    /* More events than this within QMP_EVENT_WINDOW_S: not a guest, a flood. */
    QMP_MAX_EVENTS = 10000,
    QMP_EVENT_WINDOW_S = 10,
};

/* Both on the loop's thread, never after qmp_close() has returned there. */
typedef struct {
    /* `data` may be NULL; borrowed. */
    void (*event)(const char *name, json_t *data, void *user);
    /* Once: the peer hung up, or broke a rule. `reason` says which. */
    void (*closed)(const GError *reason, void *user);
} QmpHandler;

/* Takes the connected socket over and negotiates: the greeting need not have come yet. Any
 * thread. */
Qmp *qmp_new(RvLoop *loop, int fd, const QmpHandler *handler, void *user);
Qmp *qmp_ref(Qmp *qmp);
void qmp_unref(Qmp *qmp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Qmp, qmp_unref)

/* Ends it, once: all who wait get an error. Any thread; handlers may run until the loop came by,
 * unless called on its thread. */
void qmp_close(Qmp *qmp);

/* Reads what has come already: to hear of an end before acting on it. On the loop's thread. */
void qmp_drain(Qmp *qmp);

/* Whether a call was given up and its reply has still not come: the emulator hangs. */
bool qmp_is_late(Qmp *qmp);
bool qmp_is_broken(Qmp *qmp);

/* Sends a command and does not wait. `arguments` may be NULL; taken over. */
QmpCall *qmp_send(Qmp *qmp, const char *command, json_t *arguments);

/* Waits for the reply and frees the call. Returns its "return" member, for the caller to
 * json_decref(); RV_ERR_OPERATION_TIMEOUT after deadline_ms from now, RV_ERR_OPERATION_ABORTED when
 * cancelled (`cancel` may be NULL), RV_ERR_INTERNAL with the emulator's words for its refusal. */
json_t *qmp_wait(QmpCall *call, int deadline_ms, GCancellable *cancel, GError **error);

/* Sends and waits. */
json_t *qmp_execute(Qmp *qmp, const char *command, json_t *arguments, int deadline_ms,
                    GCancellable *cancel, GError **error);
/* The same, the answer thrown away. */
bool qmp_command(Qmp *qmp, const char *command, json_t *arguments, int deadline_ms,
                 GCancellable *cancel, GError **error);

/* Sends a command whose outcome matters to nobody. */
void qmp_post(Qmp *qmp, const char *command, json_t *arguments);
