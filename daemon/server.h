/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's front door: listening sockets, the clients that came in by them, and how many of them
 * and how much of our memory each user may have. I/O thread only.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "daemon/core.h"

typedef struct {
    unsigned max_clients;          /* in all */
    unsigned max_clients_per_user; /* of one uid; root has no such bound */
    unsigned root_clients;         /* of all, kept for root */
    unsigned max_client_jobs;      /* slow calls of one client at a time; more wait */
    unsigned keepalive_ms;         /* of silence, after which a client is asked; 0: never */
    unsigned keepalive_count;      /* unanswered ones until the client counts as gone */
    unsigned silent_ms;            /* a client that never says anything is closed after this */
    unsigned half_message_ms;      /* so is one that does not finish a message */
    unsigned unread_ms;            /* so is one that reads nothing of what waits for it */
    unsigned tick_ms;              /* how often deadlines are looked at */
    size_t max_unread;             /* bytes: above, nothing more is read from it */
    size_t max_user_memory;        /* bytes buffered for all clients of one uid; root has no bound */
} RvServerLimits;

extern const RvServerLimits rv_server_default_limits;

typedef struct RvServer RvServer;
typedef struct RvSession RvSession;

/* `limits` NULL: those of core->settings, the rest by default. Nothing listens yet. */
RvServer *rv_server_new(RvCore *core, const RvServerLimits *limits);
/* Closes all clients and sockets, and removes the sockets' files. */
void rv_server_free(RvServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvServer, rv_server_free)

/*
 * Listens on a UNIX socket. A file that a dead daemon left is replaced; where something still
 * answers, this fails and says who (RV_ERR_OPERATION_FAILED): a live socket is never taken away.
 * `group`: who may connect beside the owner, as `mode` says; -1: the creator's.
 */
G_GNUC_WARN_UNUSED_RESULT bool rv_server_listen(RvServer *server, const char *path, mode_t mode,
                                                gid_t group, bool read_only, GError **error);

/* No new clients from now on: for a daemon that ends. */
void rv_server_stop_listening(RvServer *server);

unsigned rv_server_client_count(const RvServer *server);

/* ---- For session.c ---- */

#define RV_SERVER_SCRATCH_SIZE 65536

const RvServerLimits *rv_server_limits(const RvServer *server);
RvCore *rv_server_core(const RvServer *server);

/* Memory to read into, good until the next one reads. */
char *rv_server_scratch(RvServer *server);

/* A session that is closed goes; the server's reference is dropped. */
void rv_server_forget(RvServer *server, RvSession *session);

/* Whether to log what clients did wrong: so often in a second and no more, whatever they do. */
bool rv_server_may_log(RvServer *server);

/* Charges a user's account with more (or less) buffered memory; false: that is over its bound. */
bool rv_server_charge(RvServer *server, uid_t uid, ssize_t bytes);
