/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What commands that tune a domain have in common: which of its definitions they mean. */

#include "cli/cli.h"

/* Of a command's table of options, and of what exclude each other. */
#define RV_TUNE_OPTIONS                                                                            \
    {.name = "config", .text = "of its next start"},                                               \
        {.name = "live", .text = "of the running domain"},                                         \
        {.name = "current", .text = "as it is: of the running domain, else of its next start"}
#define RV_TUNE_EXCLUSIVE {"current", "live"}, {"current", "config"}

unsigned rv_tune_flags(const RvArgs *args); /* libvirt's virDomainModificationImpact */

/* "512", KiB, or with a unit: "512M", "2GiB"; "500MB" is 500,000,000 bytes. Rounded up. */
G_GNUC_WARN_UNUSED_RESULT bool rv_tune_parse_kib(const char *text, uint64_t *ret_kib,
                                                 GError **error);
