/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one description of an XML document: tables of rows, one row for each attribute or element,
 * from which parsing, formatting, comparing, freeing, copying, diagnostics, the RELAX NG grammar
 * and the reference page all come. A newcomer adds an attribute by adding a row.
 *
 * An RvXmlType describes the rows of one element. A row says where its part stands in the document
 * (place, name), where it lives in the struct (offset), of what kind it is (kind, or type of a
 * child), its range or names, and when it applies. The order of rows is the order of formatting,
 * and of parsing: a field that decides about other rows (`when`) stands before them. Odd cases are
 * small functions named in their row or type.
 *
 *     static const RvXmlRow target_rows[] = {
 *         RV_XML_ATTRIBUTE(RvDisk, target, "dev", string, .flags = RV_XML_REQUIRED,
 *                          .doc = "Name of the disk; its prefix suggests a bus."),
 *         RV_XML_ATTRIBUTE(RvDisk, bus, "bus", enum, .names = rv_disk_bus_names, .min = 1),
 *     };
 *     static const RvXmlType target = {RV_XML_ROWS(target_rows)};
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/diagnostics.h"
#include "model/format.h"
#include "model/support.h"
#include "model/xml-node.h"

typedef struct RvXmlType RvXmlType;
typedef struct RvXmlRow RvXmlRow;
typedef struct RvXmlReader RvXmlReader;
typedef struct RvXmlPlan RvXmlPlan; /* xml-plan.h */

/* How one kind of value is written, and how it is kept in a field. Those there are: end of file. */
typedef struct {
    const char *name;
    size_t size; /* of the field */
    /* An attribute that belongs to the text of this kind (unit='KiB'), and what we write there. */
    const char *attribute, *attribute_value, *attribute_pattern;
    const char *(*attribute_of)(const void *field); /* instead of attribute_value; not escaped */
    const char *attribute_doc; /* "b, KiB, MiB, ..." */
    bool (*attribute_ok)(const char *value);

    /* False: `text` is not of this kind or not in the row's range. `extra` is the value of
     * `attribute`, NULL where it is absent. */
    bool (*parse)(const RvXmlRow *row, const char *text, const char *extra, void *field);
    void (*format)(const RvXmlRow *row, const void *field, GString *out); /* not escaped */
    bool (*is_absent)(const RvXmlRow *row, const void *field);
    bool (*equal)(const void *a, const void *b);
    void (*copy)(void *field); /* makes a field that was copied as bytes own what it points to */
    void (*clear)(void *field);
    void (*describe)(const RvXmlRow *row, GString *out); /* "a number from 1 to 8", for people */
    void (*grammar)(const RvXmlRow *row, GString *out);  /* a RELAX NG pattern */
} RvXmlKind;

typedef enum {
    RV_XML_PLACE_ATTRIBUTE, /* name='value' */
    RV_XML_PLACE_TEXT,      /* the text of the element itself; last of its rows */
    RV_XML_PLACE_LEAF,      /* <name>value</name>, or, with .attribute, <name attribute='value'/> */
    RV_XML_PLACE_VALUES,    /* any number of such leaves; GArray of the kind's fields */
    RV_XML_PLACE_FLAG,      /* <name/>: a bool */
    RV_XML_PLACE_GROUP,     /* <name>: rows of `type`, in the same struct or one embedded in it */
    RV_XML_PLACE_CHILD,     /* <name>: a struct of its own; pointer, NULL when absent */
    RV_XML_PLACE_LIST,      /* any number of such children; GPtrArray */
    RV_XML_PLACE_RAW,       /* <name>: the whole element byte for byte; string */
    RV_XML_PLACE_FOREIGN,   /* all elements of other namespaces, byte for byte; GArray of strings */
} RvXmlPlace;

typedef enum {
    RV_XML_REQUIRED = 1 << 0,
    RV_XML_ALWAYS = 1 << 1,     /* written even when absent (a value) or empty (a group) */
    RV_XML_SECRET = 1 << 2,     /* written with RV_FORMAT_SECRETS only */
    RV_XML_LIVE = 1 << 3,       /* of a running guest: read and written with RV_FORMAT_LIVE only,
                                   else as if it were absent */
    RV_XML_KEEP_EMPTY = 1 << 4, /* an empty string is a value; else it counts as absent */
    RV_XML_ABI = 1 << 5,        /* the guest can see it: it cannot differ while the guest lives */
    RV_XML_NOT_EMPTY = 1 << 6,  /* of a leaf with an attribute: where it stands, it has a value */
    RV_XML_SINGLE = 1 << 7,     /* a second element of this name is refused, not ignored */
    RV_XML_ORIGIN = 1 << 8,     /* of a child or list: the struct begins with an unsigned that is set
                                   to the place of the element in the text, from 1 */
} RvXmlRowFlags;

/* The row applies where the enum at `offset` of the same struct has a value of `mask`. */
typedef struct {
    size_t offset;
    uint64_t mask; /* 0: it always applies */
} RvXmlWhen;

struct RvXmlRow {
    /* What is asked of every row of every object stands in its first 64 bytes. */
    RvXmlPlace place;
    unsigned flags;
    const char *name;
    size_t offset, size;
    RvXmlWhen when;
    const RvXmlNamespace *ns; /* of the element; NULL: none. Of a child or list only */
    int64_t absent;           /* the number that stands for "not said"; 0: so do zero bytes */
    const char *attribute;
    const RvXmlKind *kind;
    const RvXmlType *type;
    const char *const *names; /* of an enum, or all strings that are allowed */
    int64_t min;              /* least number or first of `names`; shortest string */
    uint64_t max;             /* 0: as much as the field can hold; of a list: its length */
    int bare;                 /* of a leaf with .attribute: the number of one without it */
    bool (*omit)(const void *object);  /* do not write it now */
    bool (*stays)(const void *object); /* LIVE, but this value is part of the definition */
    int bad_code, missing_code;       /* RvErrorCode; 0: RV_ERR_XML. Of a SINGLE element bad_code is
                                         that of a second one */
    const char *doc;                  /* a sentence or two for the reference page */
    const char *fallback;             /* what holds when it is absent, for the reference page */
};

struct RvXmlType {
    const char *doc;
    size_t size; /* of the struct; 0: a group in another's */
    const RvXmlRow *rows;
    unsigned n_rows;
    RvXmlPlan **plan; /* its own; made when first used */
    int unknown_code; /* RvErrorCode that refuses unknown elements in it; 0: they are dropped */
    /* After all rows were read without an error, and before what is LIVE is dropped: what more
     * than one row decides. Faults go to rv_xml_fault(). */
    void (*check)(RvXmlReader *reader, const RvXmlNode *node, void *object);
};

#define RV_XML_FIELD(Struct, field)                                                                \
    .offset = offsetof(Struct, field), .size = sizeof(((Struct *)0)->field)

#define RV_XML_ATTRIBUTE(Struct, field, name_, kind_, ...)                                         \
    {.place = RV_XML_PLACE_ATTRIBUTE,                                                              \
     .name = (name_),                                                                              \
     .kind = &rv_xml_##kind_,                                                                      \
     RV_XML_FIELD(Struct, field),                                                                  \
     __VA_ARGS__}
#define RV_XML_TEXT(Struct, field, kind_, ...)                                                     \
    {.place = RV_XML_PLACE_TEXT, .kind = &rv_xml_##kind_, RV_XML_FIELD(Struct, field), __VA_ARGS__}
#define RV_XML_LEAF(Struct, field, name_, kind_, ...)                                              \
    {.place = RV_XML_PLACE_LEAF,                                                                   \
     .name = (name_),                                                                              \
     .kind = &rv_xml_##kind_,                                                                      \
     RV_XML_FIELD(Struct, field),                                                                  \
     __VA_ARGS__}
#define RV_XML_VALUES(Struct, field, name_, kind_, ...)                                            \
    {.place = RV_XML_PLACE_VALUES,                                                                 \
     .name = (name_),                                                                              \
     .kind = &rv_xml_##kind_,                                                                      \
     RV_XML_FIELD(Struct, field),                                                                  \
     __VA_ARGS__}
#define RV_XML_FLAG(Struct, field, name_, ...)                                                     \
    {.place = RV_XML_PLACE_FLAG, .name = (name_), RV_XML_FIELD(Struct, field), __VA_ARGS__}
#define RV_XML_GROUP(name_, type_, ...)                                                            \
    {.place = RV_XML_PLACE_GROUP, .name = (name_), .type = (type_), __VA_ARGS__}
#define RV_XML_EMBED(Struct, field, name_, type_, ...)                                             \
    {.place = RV_XML_PLACE_GROUP,                                                                  \
     .name = (name_),                                                                              \
     .type = (type_),                                                                              \
     RV_XML_FIELD(Struct, field),                                                                  \
     __VA_ARGS__}
#define RV_XML_CHILD(Struct, field, name_, type_, ...)                                             \
    {.place = RV_XML_PLACE_CHILD,                                                                  \
     .name = (name_),                                                                              \
     .type = (type_),                                                                              \
     RV_XML_FIELD(Struct, field),                                                                  \
     __VA_ARGS__}
#define RV_XML_LIST(Struct, field, name_, type_, ...)                                              \
    {.place = RV_XML_PLACE_LIST,                                                                   \
     .name = (name_),                                                                              \
     .type = (type_),                                                                              \
     RV_XML_FIELD(Struct, field),                                                                  \
     __VA_ARGS__}
/* The same in a namespace; so are then all elements below. */
#define RV_XML_CHILD_OF(ns_, Struct, field, name_, type_, ...)                                     \
    RV_XML_CHILD(Struct, field, name_, type_, .ns = (ns_), __VA_ARGS__)
#define RV_XML_LIST_OF(ns_, Struct, field, name_, type_, ...)                                      \
    RV_XML_LIST(Struct, field, name_, type_, .ns = (ns_), __VA_ARGS__)
#define RV_XML_RAW(Struct, field, name_, ...)                                                      \
    {.place = RV_XML_PLACE_RAW,                                                                    \
     .name = (name_),                                                                              \
     .kind = &rv_xml_string,                                                                       \
     RV_XML_FIELD(Struct, field),                                                                  \
     __VA_ARGS__}
#define RV_XML_FOREIGN(Struct, field, ...)                                                         \
    {.place = RV_XML_PLACE_FOREIGN,                                                                \
     .kind = &rv_xml_string,                                                                       \
     RV_XML_FIELD(Struct, field),                                                                  \
     __VA_ARGS__}
#define RV_XML_ROWS(table)                                                                         \
    .rows = (table), .n_rows = G_N_ELEMENTS(table), .plan = &(RvXmlPlan *) {NULL}
#define RV_XML_WHEN(Struct, field, mask_)                                                          \
    .when = {.offset = offsetof(Struct, field), .mask = (mask_)}
#define RV_XML_BIT(value) (UINT64_C(1) << (value))

/* ---- Structs (xml-object.c) ---------------------------------------------------------------- */

void rv_xml_init(const RvXmlType *type, void *object); /* all absent; on any memory */
void rv_xml_clear(const RvXmlType *type, void *object);
void rv_xml_drop_live(const RvXmlType *type, void *object); /* of its own rows, not below */
void *rv_xml_new(const RvXmlType *type);
void *rv_xml_copy(const RvXmlType *type, const void *object);
void rv_xml_free(const RvXmlType *type, void *object);

static inline bool rv_xml_row_applies(const RvXmlRow *row, const void *object)
{
    if (!row->when.mask)
        return true;
    unsigned value = *(const unsigned *)((const char *)object + row->when.offset);
    return value < 64 && (row->when.mask & RV_XML_BIT(value));
}

static inline bool rv_xml_row_is_list(const RvXmlRow *row)
{
    return row->place == RV_XML_PLACE_LIST || row->place == RV_XML_PLACE_VALUES ||
           row->place == RV_XML_PLACE_FOREIGN;
}

/* Whether a row with one of these flags has a value. */
bool rv_xml_has(const RvXmlType *type, const void *object, unsigned flags);

/* Whether all rows that have one of these flags (0: all rows) are equal. Each difference is told to
 * `differences` (may be NULL) as an error RV_ERR_CONFIG_UNSUPPORTED with its path below `path`. */
bool rv_xml_equal(const RvXmlType *type, const char *path, const void *a, const void *b,
                  unsigned flags, RvDiagnostics *differences);

/* ---- Reading (xml-read.c) ------------------------------------------------------------------ */

/* An element being read, and those around it that are read into the same struct. */
typedef struct RvXmlFrame {
    const RvXmlType *type;
    const void *object;
    const struct RvXmlFrame *outer;
} RvXmlFrame;

struct RvXmlReader {
    const RvXmlDocument *document;
    const RvXmlType *root;
    RvDiagnostics *diagnostics;
    RvFormatFlags flags; /* RV_FORMAT_LIVE: keep what only a running guest has */
    bool rows_only;      /* leave out the checks of types */
    const RvXmlFrame *frame; /* while reading */
};

/* Reads the element `node` into an object that rv_xml_init() made. Faults go to the diagnostics:
 * values that are refused as errors, unknown content as warnings. */
void rv_xml_read(RvXmlReader *reader, const RvXmlType *type, RvXmlNode *node, void *object);

/* A whole document whose root is <name>: a new object. NULL: an error, also in `diagnostics` (may be
 * NULL). `flags`: RV_FORMAT_LIVE as in RvXmlReader. */
G_GNUC_WARN_UNUSED_RESULT void *rv_xml_parse(const RvXmlType *type, const char *name,
                                             const char *text, size_t len, RvFormatFlags flags,
                                             RvDiagnostics *diagnostics, GError **error);

/* A fault of an element or, where `attribute` is not NULL, of its attribute. */
void rv_xml_fault(RvXmlReader *reader, RvDiagnosticLevel level, int code, const RvXmlNode *node,
                  const char *attribute, const char *suggestion, const char *format, ...)
    G_GNUC_PRINTF(7, 8);
#define rv_xml_error(reader, code, node, attribute, ...)                                           \
    rv_xml_fault(reader, RV_DIAGNOSTIC_ERROR, code, node, attribute, NULL, __VA_ARGS__)

/* ---- Writing (xml-write.c) ----------------------------------------------------------------- */

/* Appends the element, indented by `depth` levels of two spaces. */
void rv_xml_write(const RvXmlType *type, const char *name, const void *object, RvFormatFlags flags,
                  unsigned depth, GString *out);
void rv_xml_append_escaped(GString *out, const char *text); /* for attributes and texts */

/* ---- What else comes from the rows --------------------------------------------------------- */

/* A RELAX NG grammar of a document whose root is <name> (xml-grammar.c). */
char *rv_xml_grammar(const RvXmlType *type, const char *name);

/* Who can do what of a document, for the page about it; `support` NULL: all. */
typedef struct {
    const char *name;
    const RvSupport *support;
} RvXmlDriver;

/* A page that explains it (xml-reference.c). */
char *rv_xml_reference(const RvXmlType *type, const char *name, const char *heading,
                       const RvXmlDriver *drivers, unsigned n_drivers);

/* ---- Kinds of values (xml-kind*.c) --------------------------------------------------------- */

extern const RvXmlKind rv_xml_string; /* char *; with .names only these; .min/.max bytes */
extern const RvXmlKind rv_xml_int;    /* int */
extern const RvXmlKind rv_xml_uint;   /* unsigned */
extern const RvXmlKind rv_xml_int64;  /* int64_t */
extern const RvXmlKind rv_xml_uint64; /* uint64_t */
extern const RvXmlKind rv_xml_hex2, rv_xml_hex4, rv_xml_hex8, rv_xml_hex; /* unsigned; written as
                                    0x0a, 0x000a, 0x0000000a, 0xa; read in any base */
extern const RvXmlKind rv_xml_hex64, rv_xml_hex64_8; /* uint64_t; written as 0xa, 0x0000000a; read
                                                        as hexadecimal */
extern const RvXmlKind rv_xml_octal;  /* int; written with a 0 before it; .max is needed */
extern const RvXmlKind rv_xml_count;  /* unsigned; read in any base, written as a decimal */
extern const RvXmlKind rv_xml_enum;   /* an enum or int, from `min` on, named by .names */
extern const RvXmlKind rv_xml_yes_no; /* bool */
extern const RvXmlKind rv_xml_uuid;   /* RvUuid */
extern const RvXmlKind rv_xml_mac;    /* RvMac */
extern const RvXmlKind rv_xml_cpuset; /* char *: "0-3,8" */

/* Bytes of one unit: b, byte, bytes; K, KiB (1024), KB (1000), and so on up to E. 0: unknown. */
uint64_t rv_xml_unit_bytes(const char *unit);
extern const RvXmlKind rv_xml_kib;    /* uint64_t, KiB; read with unit=, written with unit='KiB'.
                                         As an attribute it has that attribute beside it. */
extern const RvXmlKind rv_xml_mib;    /* uint64_t, MiB; read as bytes or with unit=, written with
                                         unit='M' */
/* uint64_t, bytes, with a unit as well. Read as bytes, KiB or MiB where no unit is said; bytes are
 * written as such, the others in the largest unit that fits, as libvirt does it. */
extern const RvXmlKind rv_xml_bytes, rv_xml_long_bytes, rv_xml_size_kib, rv_xml_size_mib;
