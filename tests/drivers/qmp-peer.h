/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A peer that plays QEMU from a script: it sends the greeting, and for each command that arrives
 * the next line of the script, in which $ID is the id of that command. Special lines:
 *   "!silence"  no answer at all          "!close"   hangs up
 *   "!long"     11 MiB without a newline  "!flood"   a million events
 *   "!deep"     a reply with 100 levels   "!rest"    never reads again
 * A line may hold several lines of the protocol, separated by newlines. Behind the script's end all
 * commands are answered with an empty object.
 */

#include <glib.h>

typedef struct QmpPeer QmpPeer;

#define QMP_PEER_GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}"

/* `greeting` NULL: none. `script` is NULL-terminated and must live as long as the peer. */
QmpPeer *qmp_peer_new(const char *greeting, const char *const *script);
int qmp_peer_take_fd(QmpPeer *peer); /* the client's end */
/* Waits until the peer has seen `count` commands, qmp_capabilities included; 5 s at most. */
void qmp_peer_await(QmpPeer *peer, unsigned count);
void qmp_peer_say(QmpPeer *peer, const char *text);
void qmp_peer_free(QmpPeer *peer); /* hangs up */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpPeer, qmp_peer_free)
