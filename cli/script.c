/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/script.h"

#include <stdbool.h>
#include <string.h>

#include "cli/option.h"

/* Eats one word; *at is behind it. */
static char *next_word(const char **at, GError **error)
{
    g_autoptr(GString) word = g_string_new(NULL);
    char quote = 0;
    const char *p = *at;
    for (; *p && (quote || !strchr(" \t;\n", *p)); p++) {
        if (quote != '\'' && *p == '\\') {
            if (!*++p)
                break;
            if (*p != '\n')
                g_string_append_c(word, *p);
        } else if (quote && *p == quote) {
            quote = 0;
        } else if (!quote && (*p == '\'' || *p == '"')) {
            quote = *p;
        } else {
            g_string_append_c(word, *p);
        }
    }
    if (quote || (p > *at && !*p && p[-1] == '\\')) {
        rv_usage_error(error, quote ? "a quote is not closed: %s" : "nothing follows the \\: %s",
                       *at);
        return NULL;
    }
    *at = p;
    return g_string_free(g_steal_pointer(&word), FALSE);
}

GPtrArray *rv_script_next(const char **rest, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_null_terminated(8, g_free, TRUE);
    const char *at = *rest;
    for (;;) {
        at += strspn(at, " \t");
        if (*at == '#')
            at += strcspn(at, "\n");
        if (!*at || *at == ';' || *at == '\n')
            break;
        char *word = next_word(&at, error);
        if (!word)
            return NULL;
        g_ptr_array_add(words, word);
    }
    *rest = *at ? at + 1 : NULL;
    return g_steal_pointer(&words);
}
