/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/table.h"

#include <string.h>

typedef struct {
    char *text;
    size_t width; /* columns of the terminal */
} Cell;

struct RvTable {
    unsigned n_columns;
    GArray *cells; /* Cell, row by row, the headings first */
};

static void cell_clear(void *cell)
{
    g_free(((Cell *)cell)->text);
}

static void append_escaped(GString *out, size_t *width, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        g_string_append_printf(out, "\\x%02x", (unsigned char)bytes[i]);
    *width += 4 * len;
}

/* A control character has no width that could be counted, and may command the terminal. */
static Cell make_cell(const char *text)
{
    GString *out = g_string_new(NULL);
    size_t width = 0;
    const char *at = text, *end = text + strlen(text);
    while (at < end) {
        gunichar letter = g_utf8_get_char_validated(at, end - at);
        bool valid = letter != (gunichar)-1 && letter != (gunichar)-2;
        size_t len = valid ? (size_t)(g_utf8_next_char(at) - at) : 1;
        if (!valid || !g_unichar_isprint(letter) || (at[0] == '\\' && at[1] == 'x')) {
            append_escaped(out, &width, at, len);
        } else {
            g_string_append_len(out, at, (gssize)len);
            width += g_unichar_iszerowidth(letter) ? 0 : g_unichar_iswide(letter) ? 2 : 1;
        }
        at += len;
    }
    return (Cell){.text = g_string_free(out, FALSE), .width = width};
}

static unsigned add_cells(RvTable *table, const char *first, va_list rest)
{
    unsigned n = 0;
    for (const char *text = first; text; text = va_arg(rest, const char *), n++) {
        Cell cell = make_cell(text);
        g_array_append_val(table->cells, cell);
    }
    return n;
}

RvTable *rv_table_new(const char *heading, ...)
{
    RvTable *table = g_new0(RvTable, 1);
    table->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
    g_array_set_clear_func(table->cells, cell_clear);
    va_list rest;
    va_start(rest, heading);
    table->n_columns = add_cells(table, heading, rest);
    va_end(rest);
    return table;
}

void rv_table_free(RvTable *table)
{
    if (!table)
        return;
    g_array_unref(table->cells);
    g_free(table);
}

void rv_table_add(RvTable *table, const char *cell, ...)
{
    va_list rest;
    va_start(rest, cell);
    unsigned n = add_cells(table, cell, rest);
    va_end(rest);
    g_assert(n == table->n_columns);
}

static size_t column_width(const RvTable *table, unsigned column, bool headings)
{
    size_t width = 0;
    for (unsigned i = column + (headings ? 0 : table->n_columns); i < table->cells->len;
         i += table->n_columns)
        width = MAX(width, g_array_index(table->cells, Cell, i).width);
    return width;
}

char *rv_table_to_text(const RvTable *table, bool headings)
{
    GString *out = g_string_new(NULL);
    g_autofree size_t *widths = g_new0(size_t, table->n_columns);
    size_t total = 0;
    for (unsigned i = 0; i < table->n_columns; i++) {
        widths[i] = column_width(table, i, headings);
        total += widths[i] + 3;
    }
    for (unsigned i = headings ? 0 : table->n_columns; i < table->cells->len; i++) {
        const Cell *cell = &g_array_index(table->cells, Cell, i);
        unsigned column = i % table->n_columns;
        bool last = column + 1 == table->n_columns;
        g_string_append_printf(out, " %s", cell->text);
        if (!last)
            g_string_append_printf(out, "%*s", (int)(widths[column] - cell->width + 2), "");
        else
            g_string_append_c(out, '\n');
        if (last && headings && i < table->n_columns) {
            for (size_t j = 0; j < total; j++)
                g_string_append_c(out, '-');
            g_string_append_c(out, '\n');
        }
    }
    return g_string_free(out, FALSE);
}

void rv_table_print(const RvTable *table, const RvOutput *output)
{
    g_autofree char *text = rv_table_to_text(table, !output->quiet);
    rv_output_text(output, "%s", text);
}
