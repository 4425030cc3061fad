/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A domain's document as the daemon has it now, read as a tree: what is in it need not be known to
 * this program. */

#include "cli/cli.h"
#include "model/xml-node.h"

typedef struct {
    wire_domain_ret found;
    RvXmlDocument *document;
    const RvXmlNode *devices; /* may be NULL */
} RvLive;

void rv_live_clear(RvLive *live);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RvLive, rv_live_clear)

/* The domain that --domain names; `flags` are virDomainXMLFlags. With `must_run` one that does not
 * is an error. */
G_GNUC_WARN_UNUSED_RESULT bool rv_live_get(RvCli *cli, const RvArgs *args, unsigned flags,
                                           bool must_run, RvLive *live, GError **error);

/* All take NULL for a node, and return NULL for what is not there, or is empty. */
const RvXmlNode *rv_live_child(const RvXmlNode *parent, const char *name);
const RvXmlNode *rv_live_next(const RvXmlNode *node, const char *name); /* its next sibling */
const char *rv_live_attribute(const RvXmlNode *node, const char *name);

/* The first of several attributes (ended by NULL) that there is. */
const char *rv_live_any_attribute(const RvXmlNode *node, const char *const *names);
