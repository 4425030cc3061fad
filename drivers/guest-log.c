/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/guest-log.h"

#include "base/file.h"

char *rv_guest_log_path(const RvDriverHost *host, const char *name)
{
    g_autofree char *file = rv_file_name_for(name);
    return g_strdup_printf("%s/%s.log", host->log_dir, file);
}
