/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/image.h"

void rv_image_info_free(RvImageInfo *info)
{
    if (!info)
        return;
    g_free(info->id);
    g_free(info->digest);
    g_free(info->created);
    g_free(info->architecture);
    g_strfreev(info->names);
    g_free(info->config);
    g_free(info);
}
