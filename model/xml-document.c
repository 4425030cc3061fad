/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Builds the tree of xml-node.h from the events of libxml2's parser. All of a tree lives in one
 * arena that is freed at once; names come from the parser's dictionary. */

#include "base/error.h"
#include "model/xml-node.h"
#include "model/xml-scan.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#define ARENA_FIRST (32 * 1024)
#define ARENA_MAX (256 * 1024)
#define MAX_KEPT_NAMES 2000
/* Blanks behind a document. For each token of the last 250 bytes the parser tries to get more input,
 * which it has all: a small document's half. */
#define PADDING 256

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *next;
    size_t used, size;
    max_align_t data[];
};

struct RvXmlDocument {
    Chunk *chunks;
    char *source;
    size_t len;
    xmlDictPtr names;
    RvXmlNode *root;
};

/* An element whose end is still to come. */
typedef struct {
    RvXmlNode *node, *last_child;
    unsigned text_start; /* of its own text in Builder.text; its children's come and go behind it */
    unsigned n_namespaces;
} Open;

typedef struct {
    RvXmlDocument *document;
    xmlParserCtxtPtr parser;
    GString *text;
    Open *open; /* RV_XML_MAX_DEPTH of them */
    unsigned depth, n_elements, n_namespaces;
    char *message; /* the first fault */
    unsigned line, column;
} Builder;

/* A first chunk, as each thread keeps one: to give so much memory back and to ask for it again, for
 * each document, has malloc() sort all that is free. */
static GPrivate kept_chunk = G_PRIVATE_INIT(g_free);

static Chunk *take_chunk(size_t size)
{
    Chunk *kept = size == ARENA_FIRST ? g_private_get(&kept_chunk) : NULL;
    if (!kept)
        return g_malloc(sizeof(Chunk) + size);
    g_private_set(&kept_chunk, NULL);
    return kept;
}

static void leave_chunk(Chunk *chunk)
{
    if (chunk->size == ARENA_FIRST && !g_private_get(&kept_chunk))
        g_private_set(&kept_chunk, chunk);
    else
        g_free(chunk);
}

static void *arena_alloc(RvXmlDocument *document, size_t size)
{
    size = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    Chunk *chunk = document->chunks;
    if (!chunk || chunk->size - chunk->used < size) {
        size_t next = chunk ? MIN(chunk->size * 2, ARENA_MAX) : ARENA_FIRST;
        next = MAX(next, size);
        chunk = take_chunk(next);
        *chunk = (Chunk){.next = document->chunks, .size = next};
        document->chunks = chunk;
    }
    void *memory = (char *)chunk->data + chunk->used;
    chunk->used += size;
    return memory;
}

static const char *arena_string(RvXmlDocument *document, const char *text, size_t len)
{
    if (!len)
        return "";
    char *copy = arena_alloc(document, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static size_t position(const Builder *builder)
{
    const xmlParserInput *input = builder->parser->input;
    return input->consumed + (size_t)(input->cur - input->base);
}

G_GNUC_PRINTF(2, 3)
static void fail(Builder *builder, const char *format, ...)
{
    const RvXmlDocument *document = builder->document;
    if (!builder->message) {
        va_list args;
        va_start(args, format);
        builder->message = g_strdup_vprintf(format, args);
        va_end(args);
        rv_xml_place(document->source, MIN(position(builder), document->len), &builder->line,
                     &builder->column);
    }
    xmlStopParser(builder->parser);
}

static void add_namespaces(Builder *builder, RvXmlNode *node, int count, const xmlChar **pairs)
{
    for (int i = 0; i < count; i++) {
        RvXmlNamespace *ns = arena_alloc(builder->document, sizeof(*ns));
        ns->prefix = pairs[2 * i] ? (const char *)pairs[2 * i] : "";
        ns->uri = pairs[2 * i + 1] ? (const char *)pairs[2 * i + 1] : "";
        ns->next = node->declares;
        node->declares = ns;
    }
}

/* libxml2 hands five pointers for each: local name, prefix, URI, begin and end of the value. */
static void add_attributes(Builder *builder, RvXmlNode *node, int count, const xmlChar **fields)
{
    RvXmlAttribute **link = &node->attributes;
    for (int i = 0; i < count; i++, fields += 5) {
        RvXmlAttribute *attribute = arena_alloc(builder->document, sizeof(*attribute));
        const xmlChar *name = fields[0];
        if (fields[1])
            name = xmlDictQLookup(builder->document->names, fields[1], fields[0]);
        *attribute = (RvXmlAttribute){
            .name = (const char *)name,
            .value = arena_string(builder->document, (const char *)fields[3],
                                  (size_t)(fields[4] - fields[3])),
        };
        *link = attribute;
        link = &attribute->next;
    }
}

static void start_element(void *data, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                          int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    Builder *builder = data;
    if (builder->depth == RV_XML_MAX_DEPTH || ++builder->n_elements > RV_XML_MAX_ELEMENTS ||
        n_attributes > RV_XML_MAX_ATTRIBUTES) {
        fail(builder, "too many levels, elements or attributes");
        return;
    }
    builder->n_namespaces += (unsigned)n_namespaces;
    if (builder->n_namespaces > RV_XML_MAX_NAMESPACES) {
        fail(builder, "more than %d namespaces are declared at one place", RV_XML_MAX_NAMESPACES);
        return;
    }

    /* The parser stands behind the attributes; no '<' can be between it and the tag's own. */
    const char *source = builder->document->source;
    const char *tag = memrchr(source, '<', MIN(position(builder), builder->document->len));
    RvXmlNode *node = arena_alloc(builder->document, sizeof(*node));
    *node = (RvXmlNode){
        .name = (const char *)name,
        .prefix = (const char *)prefix,
        .ns = (const char *)uri,
        .start = (size_t)(tag - source),
    };
    add_namespaces(builder, node, n_namespaces, namespaces);
    add_attributes(builder, node, n_attributes, attributes);

    if (builder->depth) {
        Open *parent = &builder->open[builder->depth - 1];
        node->parent = parent->node;
        *(parent->last_child ? &parent->last_child->next : &parent->node->children) = node;
        parent->last_child = node;
    } else {
        builder->document->root = node;
    }
    builder->open[builder->depth++] = (Open){
        .node = node,
        .text_start = (unsigned)builder->text->len,
        .n_namespaces = (unsigned)n_namespaces,
    };
}

static void end_element(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    Builder *builder = data;
    Open *open = &builder->open[--builder->depth];
    const char *text = builder->text->str + open->text_start;
    open->node->end = position(builder);
    open->node->text = "";
    if (!open->node->children || !rv_xml_is_blank(text))
        open->node->text =
            arena_string(builder->document, text, builder->text->len - open->text_start);
    g_string_truncate(builder->text, open->text_start);
    builder->n_namespaces -= open->n_namespaces;
}

static void characters(void *data, const xmlChar *text, int len)
{
    Builder *builder = data;
    if (!builder->depth)
        return;
    size_t before = builder->text->len - builder->open[builder->depth - 1].text_start;
    if (before + (size_t)len > RV_XML_MAX_TEXT)
        fail(builder, "a text has more than %u bytes", RV_XML_MAX_TEXT);
    else
        g_string_append_len(builder->text, (const char *)text, len);
}

static void refuse_doctype(void *data, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
    fail(data, "a document type declaration (<!DOCTYPE>) is not accepted");
}

/* Errors in the use of namespaces do not stop the parser: libvirt takes such documents. */
static void on_error(void *data, xmlErrorPtr fault)
{
    if (fault->level != XML_ERR_FATAL)
        return;
    g_autofree char *message = g_strdup(fault->message ? fault->message : "not well-formed");
    fail(data, "%s", g_strchomp(message));
}

static void free_parser(void *parser)
{
    xmlFreeParserCtxt(parser);
}

/* Each thread keeps its parser, with the names that it has met, until these are too many. */
static xmlParserCtxtPtr take_parser(void)
{
    static GPrivate kept = G_PRIVATE_INIT(free_parser);
    xmlParserCtxtPtr parser = g_private_get(&kept);
    if (!parser || xmlDictSize(parser->dict) > MAX_KEPT_NAMES) {
        parser = xmlNewParserCtxt();
        g_private_replace(&kept, parser);
    }
    *parser->sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = start_element,
        .endElementNs = end_element,
        .characters = characters,
        .ignorableWhitespace = characters,
        .internalSubset = refuse_doctype,
        .serror = on_error,
    };
    return parser;
}

static void parse(Builder *builder)
{
    RvXmlDocument *document = builder->document;
    builder->parser = take_parser();
    document->names = builder->parser->dict;
    xmlDictReference(document->names);
    builder->parser->userData = builder;
    /* NOENT: without a DOCTYPE it only means that &amp; in attributes is handed over as '&'. */
    xmlCtxtReadMemory(builder->parser, document->source, (int)document->len + PADDING, NULL, NULL,
                      XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT);
    if (!builder->message && (!builder->parser->wellFormed || !document->root || builder->depth))
        fail(builder, "the document is not well-formed");
    builder->parser->userData = builder->parser;
    xmlCtxtReset(builder->parser);
}

RvXmlDocument *rv_xml_document_parse(const char *text, size_t len, GError **error)
{
    static gsize initialized;
    if (g_once_init_enter(&initialized)) {
        xmlInitParser();
        g_once_init_leave(&initialized, 1);
    }
    if (!rv_xml_scan(text, len, error))
        return NULL;
    if (len == 0) {
        rv_error_set(error, RV_ERR_XML_DETAIL, "the document is empty");
        return NULL;
    }

    g_autoptr(RvXmlDocument) document = g_new0(RvXmlDocument, 1);
    document->source = arena_alloc(document, len + PADDING + 1);
    memcpy(document->source, text, len);
    memset(document->source + len, ' ', PADDING);
    document->source[len + PADDING] = '\0';
    document->len = len;
    Open open[RV_XML_MAX_DEPTH];
    g_autoptr(GString) texts = g_string_sized_new(256);
    Builder builder = {.document = document, .text = texts, .open = open};
    parse(&builder);
    if (builder.message) {
        rv_error_set(error, RV_ERR_XML_DETAIL, "%u:%u: %s", builder.line, builder.column,
                     builder.message);
        g_free(builder.message);
        return NULL;
    }
    return g_steal_pointer(&document);
}

void rv_xml_document_free(RvXmlDocument *document)
{
    if (!document)
        return;
    for (Chunk *chunk = document->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        leave_chunk(chunk);
    }
    if (document->names)
        xmlDictFree(document->names);
    g_free(document);
}

RvXmlNode *rv_xml_document_root(RvXmlDocument *document)
{
    return document->root;
}

const char *rv_xml_document_source(const RvXmlDocument *document)
{
    return document->source;
}
