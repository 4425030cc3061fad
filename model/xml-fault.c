/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "model/xml-node.h"
#include "model/xml-table.h"

void rv_xml_fault(RvXmlReader *reader, RvDiagnosticLevel level, int code, const RvXmlNode *node,
                  const char *attribute, const char *suggestion, const char *format, ...)
{
    if (!rv_diagnostics_has_room(reader->diagnostics, level)) {
        rv_diagnostics_add(reader->diagnostics, level, code, 0, 0, NULL, NULL, "%s", "");
        return;
    }
    unsigned line, column;
    rv_xml_node_place(reader->document, node, attribute, &line, &column);
    g_autofree char *path = rv_xml_node_path(node, attribute);
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    rv_diagnostics_add(reader->diagnostics, level, code ? code : RV_ERR_XML, line, column, path,
                       suggestion, "%s", message);
}
