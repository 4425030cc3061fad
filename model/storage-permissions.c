/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/storage-permissions.h"

#include <string.h>

#include "model/xml-table.h"

static const RvXmlRow permission_rows[] = {
    RV_XML_LEAF(RvStoragePermissions, mode, "mode", octal, .max = 0777, .absent = -1,
                .doc = "The permission bits."),
    RV_XML_LEAF(RvStoragePermissions, owner, "owner", int64, .min = -1, .max = UINT32_MAX,
                .absent = -1, .doc = "The number of the user it belongs to."),
    RV_XML_LEAF(RvStoragePermissions, group, "group", int64, .min = -1, .max = UINT32_MAX,
                .absent = -1, .doc = "The number of its group."),
    RV_XML_LEAF(RvStoragePermissions, label, "label", string, .doc = "Its security label."),
};

/* The number that stands for nobody stands for nothing said. */
static void check_permissions(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvStoragePermissions *permissions = object;
    if (permissions->owner == UINT32_MAX)
        permissions->owner = -1;
    if (permissions->group == UINT32_MAX)
        permissions->group = -1;
}

const RvXmlType rv_storage_permissions_xml = {
    .doc = "Who may touch it.",
    .size = sizeof(RvStoragePermissions),
    RV_XML_ROWS(permission_rows),
    .check = check_permissions,
};

char *rv_storage_path(const char *path)
{
    if (!path)
        return NULL;
    size_t slashes = strspn(path, "/");
    g_autoptr(GString) clean = g_string_new(slashes == 2 ? "//" : slashes ? "/" : "");
    for (const char *at = path + slashes; *at;) {
        size_t len = strcspn(at, "/");
        g_string_append_len(clean, at, (gssize)len);
        at += len + strspn(at + len, "/");
        if (*at)
            g_string_append_c(clean, '/');
    }
    return g_string_free(g_steal_pointer(&clean), FALSE);
}
