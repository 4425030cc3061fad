/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-scan.h"

#include "base/error.h"
#include "model/xml-node.h"

#include <stdint.h>
#include <string.h>

typedef struct {
    const char *text, *end;
    const char *fault; /* where it went wrong, and what */
    char *message;
    unsigned depth, elements;
} Scan;

void rv_xml_place(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column)
{
    const char *newline = memrchr(text, '\n', offset);
    unsigned lines = 1, column = 1;
    for (size_t i = 0; i < offset; i++)
        lines += text[i] == '\n';
    for (const char *at = newline ? newline + 1 : text; at < text + offset; at++)
        column += ((unsigned char)*at & 0xc0) != 0x80;
    *ret_line = lines;
    *ret_column = column;
}

G_GNUC_PRINTF(3, 4)
static bool fail(Scan *scan, const char *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    scan->fault = at;
    scan->message = g_strdup_vprintf(format, args);
    va_end(args);
    return false;
}

/* Behind the next `what`, which ends in '>', or the end of the text. */
static const char *behind(const Scan *scan, const char *from, const char *what)
{
    size_t len = strlen(what);
    for (const char *at = from; (at = memchr(at, '>', (size_t)(scan->end - at)));) {
        at++;
        if ((size_t)(at - from) >= len && !memcmp(at - len, what, len))
            return at;
    }
    return scan->end;
}

static bool starts_with(const Scan *scan, const char *at, const char *what)
{
    return (size_t)(scan->end - at) >= strlen(what) && !memcmp(at, what, strlen(what));
}

/* From the '<' of a start tag to behind its '>'. Each attribute has one quoted value. */
static const char *scan_start_tag(Scan *scan, const char *at)
{
    const char *tag = at;
    unsigned attributes = 0;
    for (at++; at < scan->end && *at != '>'; at++) {
        if (*at != '"' && *at != '\'')
            continue;
        if (++attributes > RV_XML_MAX_ATTRIBUTES) {
            fail(scan, tag, "an element has more than %d attributes", RV_XML_MAX_ATTRIBUTES);
            return NULL;
        }
        at = memchr(at + 1, *at, (size_t)(scan->end - at - 1));
        if (!at)
            return scan->end;
    }
    if (++scan->elements > RV_XML_MAX_ELEMENTS) {
        fail(scan, tag, "the document has more than %d elements", RV_XML_MAX_ELEMENTS);
        return NULL;
    }
    if (scan->depth == RV_XML_MAX_DEPTH) {
        fail(scan, tag, "elements are nested more than %d levels deep", RV_XML_MAX_DEPTH);
        return NULL;
    }
    if (at == scan->end)
        return at;
    scan->depth += at[-1] != '/';
    return at + 1;
}

static bool scan_markup(Scan *scan)
{
    const char *at = scan->text;
    while (at && at < scan->end && (at = memchr(at, '<', (size_t)(scan->end - at)))) {
        if (starts_with(scan, at, "<!--")) {
            at = behind(scan, at + 4, "-->");
        } else if (starts_with(scan, at, "<![CDATA[")) {
            at = behind(scan, at + 9, "]]>");
        } else if (starts_with(scan, at, "<!")) {
            return fail(scan, at, "a document type declaration (<!DOCTYPE>) is not accepted");
        } else if (starts_with(scan, at, "<?")) {
            at = behind(scan, at + 2, "?>");
        } else if (starts_with(scan, at, "</")) {
            scan->depth -= scan->depth > 0;
            at += 2;
        } else if (!(at = scan_start_tag(scan, at))) {
            return false;
        }
    }
    return true;
}

/* The name in <?xml ... encoding='...'?>, or NULL. */
static char *declared_encoding(const Scan *scan)
{
    if (!starts_with(scan, scan->text, "<?xml"))
        return NULL;
    g_autofree char *declaration =
        g_strndup(scan->text, (size_t)(behind(scan, scan->text, "?>") - scan->text));
    const char *name = strstr(declaration, "encoding");
    if (!name || !(name = strpbrk(name, "\"'")))
        return NULL;
    return g_strndup(name + 1, strcspn(name + 1, "\"'"));
}

/* Neither bytes above 0x7f nor NUL. */
static bool is_ascii(const char *text, size_t len)
{
    uint64_t word, seen = 0;
    size_t i = 0;
    for (; i + sizeof(word) <= len; i += sizeof(word)) {
        memcpy(&word, text + i, sizeof(word));
        seen |= word;
    }
    for (; i < len; i++)
        seen |= (unsigned char)text[i];
    return !(seen & UINT64_C(0x8080808080808080)) && !memchr(text, 0, len);
}

static bool scan_encoding(Scan *scan)
{
    static const char *const same[] = {"utf-8", "utf8", "us-ascii", "ascii", NULL};
    const char *bad = scan->text;
    size_t len = (size_t)(scan->end - scan->text);
    g_autofree char *encoding = NULL;

    if (starts_with(scan, scan->text, "\xff\xfe") || starts_with(scan, scan->text, "\xfe\xff"))
        return fail(scan, scan->text, "the document is UTF-16: save it as UTF-8");
    if (is_ascii(scan->text, len)) /* true in any encoding that may be declared */
        return true;
    encoding = declared_encoding(scan);
    if (encoding) {
        g_autofree char *lower = g_ascii_strdown(encoding, -1);
        if (!g_strv_contains(same, lower))
            return fail(scan, scan->text, "encoding '%s' is not supported: save it as UTF-8",
                        encoding);
    }
    if (!g_utf8_validate_len(scan->text, len, &bad))
        return *bad ? fail(scan, bad, "this byte (0x%02x) is not UTF-8", (unsigned char)*bad)
                    : fail(scan, bad, "a NUL byte");
    return true;
}

bool rv_xml_scan(const char *text, size_t len, GError **error)
{
    Scan scan = {.text = text, .end = text + MIN(len, RV_XML_MAX_BYTES)};
    if (len > RV_XML_MAX_BYTES) {
        rv_error_set(error, RV_ERR_XML_DETAIL, "the document has %zu bytes, %u are allowed", len,
                     RV_XML_MAX_BYTES);
        return false;
    }
    if (scan_encoding(&scan) && scan_markup(&scan))
        return true;

    unsigned line, column;
    rv_xml_place(text, (size_t)(scan.fault - text), &line, &column);
    rv_error_set(error, RV_ERR_XML_DETAIL, "%u:%u: %s", line, column, scan.message);
    g_free(scan.message);
    return false;
}
