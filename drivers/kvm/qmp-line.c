/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/qmp-line.h"

#include <string.h>

#include "drivers/kvm/qmp.h"

typedef struct {
    const char *at, *end;
} Cursor;

static void skip_blanks(Cursor *cursor)
{
    while (cursor->at < cursor->end && g_ascii_isspace(*cursor->at))
        cursor->at++;
}

static bool accept(Cursor *cursor, char c)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

/* A string as it stands between its quotes: escapes stay. */
static bool scan_string(Cursor *cursor, const char **ret_text, size_t *ret_len)
{
    if (!accept(cursor, '"'))
        return false;
    const char *start = cursor->at;
    for (; cursor->at < cursor->end; cursor->at++) {
        if (*cursor->at == '\\') {
            cursor->at++;
        } else if (*cursor->at == '"') {
            *ret_text = start;
            *ret_len = (size_t)(cursor->at - start);
            cursor->at++;
            return true;
        }
    }
    return false;
}

/* Past a value of any kind, up to the comma or brace behind it. */
static bool skip_value(Cursor *cursor)
{
    const char *text;
    size_t len;
    int depth = 1; /* the outermost object */
    for (;;) {
        skip_blanks(cursor);
        if (cursor->at == cursor->end)
            return false;
        char c = *cursor->at;
        if (depth == 1 && (c == ',' || c == '}'))
            return true;
        if (c == '"') {
            if (!scan_string(cursor, &text, &len))
                return false;
            continue;
        }
        if ((c == '{' || c == '[') && ++depth > QMP_MAX_DEPTH)
            return false;
        if ((c == '}' || c == ']') && --depth < 1)
            return false;
        cursor->at++;
    }
}

static bool scan_id(Cursor *cursor, QmpLine *line)
{
    const char *text;
    size_t len;
    if (!scan_string(cursor, &text, &len) || len == 0 || len > 18)
        return false;
    line->id = 0;
    for (size_t i = 0; i < len; i++) {
        if (!g_ascii_isdigit(text[i]))
            return false;
        line->id = line->id * 10 + (uint64_t)(text[i] - '0');
    }
    line->has_id = true;
    return true;
}

static bool is(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

static const struct {
    const char *member;
    QmpLineKind kind;
} kinds[] = {
    {"QMP", QMP_LINE_GREETING},
    {"return", QMP_LINE_REPLY},
    {"error", QMP_LINE_REPLY},
    {"event", QMP_LINE_EVENT},
};

static bool scan_member(Cursor *cursor, QmpLine *line)
{
    const char *name;
    size_t len;
    if (!scan_string(cursor, &name, &len) || !accept(cursor, ':'))
        return false;
    if (is(name, len, "id"))
        return !line->has_id && scan_id(cursor, line);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!is(name, len, kinds[i].member))
            continue;
        if (line->kind != QMP_LINE_BAD)
            return false;
        line->kind = kinds[i].kind;
    }
    return skip_value(cursor);
}

QmpLine qmp_line_scan(const char *text, size_t len)
{
    const QmpLine bad = {.kind = QMP_LINE_BAD};
    Cursor cursor = {.at = text, .end = text + len};
    QmpLine line = bad;

    if (!accept(&cursor, '{'))
        return bad;
    do {
        if (!scan_member(&cursor, &line))
            return bad;
    } while (accept(&cursor, ','));
    if (!accept(&cursor, '}'))
        return bad;
    skip_blanks(&cursor);
    return cursor.at == cursor.end ? line : bad;
}
