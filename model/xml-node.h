/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A document as a light tree, built from libxml2's SAX events into one arena. Limits hold while it
 * is built, before memory is taken: 4 MiB of text, 256 levels, 50,000 elements, 64 attributes each,
 * 1 MiB for one text; a DOCTYPE is refused at its first byte; nothing is ever loaded from outside.
 * The text is UTF-8; comments and processing instructions leave no trace in the tree.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define RV_XML_MAX_BYTES (4u << 20)
#define RV_XML_MAX_DEPTH 256
#define RV_XML_MAX_ELEMENTS 50000
#define RV_XML_MAX_ATTRIBUTES 64
#define RV_XML_MAX_NAMESPACES 256 /* declarations in scope at one place */
#define RV_XML_MAX_TEXT (1u << 20)

typedef struct RvXmlNode RvXmlNode;
typedef struct RvXmlAttribute RvXmlAttribute;
typedef struct RvXmlNamespace RvXmlNamespace;
typedef struct RvXmlDocument RvXmlDocument;

struct RvXmlAttribute {
    const char *name; /* with its prefix, where it has one: "xml:space" */
    const char *value;
    RvXmlAttribute *next;
    bool known; /* a mark for whoever walks the tree, as that of a node */
};

/* A declaration: xmlns:prefix='uri', or xmlns='uri' with prefix "". */
struct RvXmlNamespace {
    const char *prefix, *uri;
    RvXmlNamespace *next;
};

struct RvXmlNode {
    const char *name;   /* local name */
    const char *prefix; /* or NULL */
    const char *ns;     /* namespace URI, or NULL */
    const char *text;   /* its own character data; "" where that is nothing but the white space
                           between its children */
    RvXmlAttribute *attributes;
    RvXmlNamespace *declares;
    RvXmlNode *parent, *children, *next; /* in document order */
    size_t start, end; /* bytes of the source, from '<' to behind the closing '>' */
    bool known;
};

/* NULL with an error (line and column in it) when it is not well-formed or over a limit:
 * RV_ERR_XML_DETAIL. `text` need not live on, nor end in NUL. */
G_GNUC_WARN_UNUSED_RESULT RvXmlDocument *rv_xml_document_parse(const char *text, size_t len,
                                                               GError **error);
void rv_xml_document_free(RvXmlDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvXmlDocument, rv_xml_document_free)

RvXmlNode *rv_xml_document_root(RvXmlDocument *document);
const char *rv_xml_document_source(const RvXmlDocument *document);

/* As strcmp() == 0, for names, which mostly differ in their first byte. */
static inline bool rv_xml_name_is(const char *name, const char *wanted)
{
    return name[0] == wanted[0] && !strcmp(name, wanted);
}

/* Whether a text is nothing but white space, or nothing. */
static inline bool rv_xml_is_blank(const char *text)
{
    while (*text == ' ' || *text == '\n' || *text == '\t' || *text == '\r')
        text++;
    return !*text;
}

RvXmlAttribute *rv_xml_node_attribute(const RvXmlNode *node, const char *name); /* or NULL */

/* The child of this name, the first being number 0, or `node` itself where there is none: the place
 * to show for a fault. */
const RvXmlNode *rv_xml_node_child(const RvXmlNode *node, const char *name, unsigned number);

/* Line and column (from 1, in characters) of a node, or of one of its attributes (may be NULL).
 * Computed when asked for, by reading the source up to there. */
void rv_xml_node_place(const RvXmlDocument *document, const RvXmlNode *node, const char *attribute,
                       unsigned *ret_line, unsigned *ret_column);

/* "domain/devices/disk[2]/@device": with a number where there are several of that name. */
char *rv_xml_node_path(const RvXmlNode *node, const char *attribute);

/* The element byte for byte, but for declarations of prefixes that it uses and inherits: these are
 * put into its start tag. Its own prefix and place in the document do not matter any more. */
char *rv_xml_node_slice(const RvXmlDocument *document, const RvXmlNode *node);
