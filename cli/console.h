/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/cli.h"

/* Connects the terminal with a domain's console (`device` NULL: the first) until one of them ends
 * or the escape character is typed. `flags` are virDomainConsoleFlags. */
G_GNUC_WARN_UNUSED_RESULT bool rv_console_run(RvCli *cli, const wire_domain *domain,
                                              const char *device, unsigned flags, GError **error);
