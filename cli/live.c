/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/live.h"

#include <string.h>

#include "base/error.h"

void rv_live_clear(RvLive *live)
{
    wire_domain_ret_clear(&live->found);
    g_clear_pointer(&live->document, rv_xml_document_free);
}

bool rv_live_get(RvCli *cli, const RvArgs *args, unsigned flags, bool must_run, RvLive *live,
                 GError **error)
{
    if (!rv_cli_find_domain(cli, rv_args_string(args, "domain"), RV_BY_ANY, &live->found, error))
        return false;
    const wire_domain *domain = &live->found.domain;
    if (must_run && domain->id == -1) {
        g_set_error(error, RV_ERROR, RV_ERR_OPERATION_INVALID, "domain '%s' is not running",
                    domain->name);
        rv_error_remedy(error, "start it with `reeve start %s`", domain->name);
        return false;
    }
    g_autofree char *xml = rv_cli_domain_xml(cli, domain, flags, error);
    if (!xml)
        return false;
    live->document = rv_xml_document_parse(xml, strlen(xml), error);
    if (!live->document) {
        g_prefix_error(error, "cannot read the definition of domain '%s': ", domain->name);
        return false;
    }
    live->devices = rv_live_child(rv_xml_document_root(live->document), "devices");
    return true;
}

static const RvXmlNode *first_of(const RvXmlNode *node, const char *name)
{
    while (node && strcmp(node->name, name) != 0)
        node = node->next;
    return node;
}

const RvXmlNode *rv_live_child(const RvXmlNode *parent, const char *name)
{
    return parent ? first_of(parent->children, name) : NULL;
}

const RvXmlNode *rv_live_next(const RvXmlNode *node, const char *name)
{
    return node ? first_of(node->next, name) : NULL;
}

const char *rv_live_attribute(const RvXmlNode *node, const char *name)
{
    const RvXmlAttribute *found = node ? rv_xml_node_attribute(node, name) : NULL;
    return found && *found->value ? found->value : NULL;
}

const char *rv_live_any_attribute(const RvXmlNode *node, const char *const *names)
{
    for (; *names; names++) {
        const char *value = rv_live_attribute(node, *names);
        if (value)
            return value;
    }
    return NULL;
}
