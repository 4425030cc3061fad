/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a URI leads: which socket, and what to tell the daemon behind it. URIs are libvirt's:
 * reeve:///system, qemu:///session, qemu+unix:///system?socket=PATH. */

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *uri;    /* as the daemon is told it: without transport and socket */
    char *socket; /* path */
} RvAddress;

/* Who asks. */
typedef struct {
    bool root;
    bool read_only;
    const char *runtime_dir; /* XDG's */
    const char *socket;      /* a path that goes before the usual one; NULL: none */
} RvAddressDefaults;

/* `uri` NULL: reeve:///system for root, reeve:///session for others. A socket in the URI goes
 * before all. A URI of another host is an error. */
G_GNUC_WARN_UNUSED_RESULT bool rv_address_parse(RvAddress *address, const char *uri,
                                                const RvAddressDefaults *defaults,
                                                GError **error);
void rv_address_clear(RvAddress *address);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RvAddress, rv_address_clear)
