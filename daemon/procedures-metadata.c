/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What people and other programs note in a definition: title, description, elements of namespaces of
 * their own. The element <metadata> is kept as it was written, so its text is what is changed. */
#include "daemon/procedures.h"

#include <libxml/tree.h>
#include <libxml/parser.h>
#include <string.h>

#include "base/error.h"
#include "daemon/tune.h"
#include "model/xml-node.h"

/* libvirt's virDomainMetadataType. */
enum { METADATA_DESCRIPTION, METADATA_TITLE, METADATA_ELEMENT };
enum { FLAGS = RV_CHANGE_LIVE | RV_CHANGE_CONFIG };

static bool refuse(GError **error, RvErrorCode code, const char *why)
{
    rv_error_set(error, code, "%s", why);
    rv_error_source(error, RV_ERROR_SOURCE_DOMAIN);
    return false;
}

/* The child of <metadata> in a namespace, NULL: there is none. */
static const RvXmlNode *find_node(RvXmlDocument *document, const char *uri)
{
    for (const RvXmlNode *node = rv_xml_document_root(document)->children; node; node = node->next)
        if (g_strcmp0(node->ns, uri) == 0)
            return node;
    return NULL;
}

static RvXmlDocument *parse(const char *metadata)
{
    return metadata ? rv_xml_document_parse(metadata, strlen(metadata), NULL) : NULL;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static char *find_element(const char *metadata, const char *uri)
{
    g_autoptr(RvXmlDocument) document = parse(metadata);
    const RvXmlNode *node = document ? find_node(document, uri) : NULL;
    return node ? g_strndup(metadata + node->start, node->end - node->start) : NULL;
}

static bool check(RvCall *call, const void *args, void *ret, GError **error)
{
    if ((rv_call_flags(call) & FLAGS) == FLAGS)
        return refuse(error, RV_ERR_OPERATION_INVALID,
                      "flags for the live and for the stored configuration exclude each other");
    return rv_change_choose(call, rv_call_flags(call), error);
}

static const char *tell_text(RvCall *call, const wire_domain_get_metadata_args *wish)
{
    const RvDomainDef *def = ((const RvTuneReading *)call->data)->def;
    if (wish->type == METADATA_ELEMENT) {
        char *element = find_element(def->metadata, wish->uri);
        return element ? rv_call_take(call, element) : NULL;
    }
    return wish->type == METADATA_TITLE ? def->title : def->description;
}

static bool tell(RvCall *call, const void *args, void *ret, GError **error)
{
    ((wire_text_ret *)ret)->text = (char *)tell_text(call, args);
    return ((wire_text_ret *)ret)->text ||
           refuse(error, RV_ERR_NO_DOMAIN_METADATA, "Requested metadata element is not present");
}

/* ---- Changing ------------------------------------------------------------------------------- */

static void set_namespace(xmlNode *node, xmlNs *ns)
{
    for (; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && !node->ns)
            xmlSetNs(node, ns);
        set_namespace(node->children, ns);
    }
}

/* The element with its namespace, which the client names beside it. */
static char *qualify(const char *text, const char *key, const char *uri, GError **error)
{
    xmlDoc *document = xmlReadMemory(text, (int)strlen(text), NULL, NULL,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    xmlNs *ns = root ? xmlNewNs(root, (const xmlChar *)uri, (const xmlChar *)key) : NULL;
    char *result = NULL;
    if (ns) {
        xmlBuffer *buffer = xmlBufferCreate();
        set_namespace(root, ns);
        xmlNodeDump(buffer, document, root, 0, 0);
        result = g_strdup((const char *)xmlBufferContent(buffer));
        xmlBufferFree(buffer);
    } else {
        rv_error_set(error, root ? RV_ERR_INVALID_ARG : RV_ERR_XML,
                     root ? "the element has the namespace '%s' already"
                          : "%s is no element of XML",
                     root ? key : "what is to be noted");
    }
    xmlFreeDoc(document);
    return result;
}

/* *metadata without what it has of this namespace, and with `element` (may be NULL) at its end. */
static void put_element(char **metadata, const char *uri, const char *element)
{
    static const char begin[] = "<metadata>", end[] = "</metadata>";
    g_autoptr(GString) text = g_string_new(*metadata);
    g_autoptr(RvXmlDocument) document = parse(*metadata);
    const RvXmlNode *old = document ? find_node(document, uri) : NULL;
    if (old) {
        size_t from = old->start;
        while (from > 0 && g_ascii_isspace(text->str[from - 1]))
            from--;
        g_string_erase(text, (gssize)from, (gssize)(old->end - from));
    }
    if (element) {
        char *close = strstr(text->str, end);
        if (!close)
            g_string_printf(text, "%s\n  %s", begin, end);
        g_autofree char *line = g_strdup_printf("  %s\n  ", element);
        g_string_insert(text, g_strrstr(text->str, end) - text->str, line);
    }
    g_free(*metadata);
    *metadata = g_strdup(text->len ? text->str : NULL);
}

static bool apply_element(RvDomainDef *def, const wire_domain_set_metadata_args *wish,
                          GError **error)
{
    if (!wish->uri || (wish->metadata && !wish->key))
        return refuse(error, RV_ERR_INVALID_ARG, "an element needs a URI and a key");
    if (wish->metadata && xmlValidateNCName((const xmlChar *)wish->key, 0) != 0)
        return refuse(error, RV_ERR_INVALID_ARG, "the key is no prefix of XML");
    g_autofree char *element =
        wish->metadata ? qualify(wish->metadata, wish->key, wish->uri, error) : NULL;
    if (wish->metadata && !element)
        return false;
    put_element(&def->metadata, wish->uri, element);
    return true;
}

static bool apply(RvDomainDef *def, bool live, const void *args, GError **error)
{
    const wire_domain_set_metadata_args *wish = args;
    const char *text = wish->metadata && *wish->metadata ? wish->metadata : NULL;
    if (wish->type == METADATA_ELEMENT) {
        if (!apply_element(def, wish, error))
            return false;
    } else if (wish->type == METADATA_TITLE || wish->type == METADATA_DESCRIPTION) {
        char **field = wish->type == METADATA_TITLE ? &def->title : &def->description;
        g_free(*field);
        *field = g_strdup(text);
    } else {
        return refuse(error, RV_ERR_INVALID_ARG, "there is no metadata of that type");
    }
    /* What cannot be read again is not to be stored. */
    g_autofree char *document = rv_domain_def_format(def, live ? RV_FORMAT_LIVE : 0);
    g_autoptr(RvDomainDef) again =
        live ? rv_domain_def_parse_live(document, strlen(document), NULL, error)
             : rv_domain_def_parse(document, strlen(document), NULL, error);
    return again;
}

/* The guest does not know of it. */
static bool drive(RvCall *call, RvGuest *guest, RvDomainDef *def, const void *args, RvOperation *op,
                  GError **error)
{
    return true;
}

static bool set(RvCall *call, const void *args, RvOperation *op, GError **error)
{
    return rv_change_make(call, args, rv_call_flags(call), apply, drive, op, error);
}

static const RvProcedure rows[] = {
    {.number = WIRE_DOMAIN_SET_METADATA, .name = "domain-set-metadata",
     RV_PROC_ARGS(wire_domain_set_metadata_args), RV_PROC_FLAGS(wire_domain_set_metadata_args, FLAGS),
     .right = RV_RIGHT_WRITE, .target = RV_TARGET_DOMAIN, .job = RV_JOB_MODIFY, .work = set,
     .finish = rv_change_publish},

    {.number = WIRE_DOMAIN_GET_METADATA, .name = "domain-get-metadata",
     RV_PROC_ARGS(wire_domain_get_metadata_args), RV_PROC_FLAGS(wire_domain_get_metadata_args, FLAGS),
     RV_PROC_RET(wire_text_ret), .right = RV_RIGHT_READ, .target = RV_TARGET_DOMAIN, .answer = check,
     .work = rv_tune_read, .finish = tell},
};
const RvProcedureTable rv_procedures_metadata = RV_PROCEDURE_TABLE(rows);
