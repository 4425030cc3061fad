/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/cli.h"
#include "cli/document.h"

/* Defines a domain. With `strict` the daemon refuses what it does not understand; the error then
 * has the place of each fault. */
G_GNUC_WARN_UNUSED_RESULT bool rv_definition_send(RvCli *cli, const RvDocument *document,
                                                  bool strict, wire_domain_ret *ret,
                                                  GError **error);
