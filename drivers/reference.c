/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/reference.h"

#include "drivers/driver.h"

char *rv_drivers_reference(const RvXmlType *type, const char *noun, const char *heading)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(RvXmlDriver));
    for (const RvDriver *const *driver = rv_drivers; *driver; driver++) {
        const RvXmlDriver row = {(*driver)->name, (*driver)->definition->support};
        g_array_append_val(list, row);
    }
    return rv_xml_reference(type, noun, heading, (const RvXmlDriver *)list->data, list->len);
}
