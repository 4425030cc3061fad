/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A document as a light tree, built from libxml2's SAX events into one arena. Limits hold while it
 * is built, before memory is taken: 4 MiB of text, 256 levels, 50,000 elements, 64 attributes each,
 * 1 MiB for one text; a DOCTYPE is refused at its first byte; nothing is ever loaded from outside.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/diagnostics.h"

#define RV_XML_MAX_BYTES (4u << 20)
#define RV_XML_MAX_DEPTH 256
#define RV_XML_MAX_ELEMENTS 50000
#define RV_XML_MAX_ATTRIBUTES 64
#define RV_XML_MAX_TEXT (1u << 20)

typedef struct RvXmlNode RvXmlNode;
typedef struct RvXmlAttribute RvXmlAttribute;
typedef struct RvXmlDocument RvXmlDocument;

struct RvXmlAttribute {
    const char *name, *value;
    RvXmlAttribute *next;
};

struct RvXmlNode {
    const char *name; /* local name */
    const char *ns;   /* namespace URI, or NULL */
    const char *text; /* its own character data, or "" */
    RvXmlAttribute *attributes;
    RvXmlNode *parent, *children, *next; /* in document order */
    size_t start, end; /* bytes of the source, from '<' to behind the closing '>' */
    bool known;        /* marks for whoever walks the tree */
};

/* NULL with an error (line and column in it) when it is not well-formed or over a limit. */
G_GNUC_WARN_UNUSED_RESULT RvXmlDocument *rv_xml_document_parse(const char *text, size_t len,
                                                               GError **error);
void rv_xml_document_free(RvXmlDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvXmlDocument, rv_xml_document_free)

RvXmlNode *rv_xml_document_root(RvXmlDocument *document);
const char *rv_xml_document_source(const RvXmlDocument *document);

/* Line and column (from 1) of a node, or of one of its attributes. Computed when asked for. */
void rv_xml_node_place(const RvXmlDocument *document, const RvXmlNode *node, const char *attribute,
                       unsigned *ret_line, unsigned *ret_column);
char *rv_xml_node_path(const RvXmlNode *node, const char *attribute);
