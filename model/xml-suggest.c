/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/xml-suggest.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define MAX_LEN 63

/* How many letters must be put in, left out, replaced or swapped with their neighbour; case does
 * not count. */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][MAX_LEN + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = g_ascii_tolower(a[i - 1]), y = g_ascii_tolower(b[j - 1]);
            now[j] = MIN(MIN(last[j], now[j - 1]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) &&
                y == g_ascii_tolower(a[i - 2]))
                now[j] = MIN(now[j], before[j - 2] + 1);
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_len];
}

void rv_xml_suggestion_init(RvXmlSuggestion *suggestion, const char *wanted)
{
    *suggestion = (RvXmlSuggestion){.wanted = wanted, .distance = G_MAXUINT};
}

void rv_xml_suggestion_offer(RvXmlSuggestion *suggestion, const char *candidate)
{
    size_t wanted_len = strlen(suggestion->wanted), len = strlen(candidate);
    if (wanted_len > MAX_LEN || len > MAX_LEN || !wanted_len || !len)
        return;
    unsigned distance = edit_distance(suggestion->wanted, wanted_len, candidate, len);
    /* A letter of three may be wrong, and of two; a whole word that begins or ends alike is near
     * as well ("bridge-name" for "bridge"). */
    size_t shorter = MIN(wanted_len, len);
    bool affix = shorter >= 3 &&
                 (!g_ascii_strncasecmp(suggestion->wanted, candidate, shorter) ||
                  !g_ascii_strcasecmp(suggestion->wanted + wanted_len - shorter,
                                      candidate + len - shorter));
    if (distance > MAX(MAX(wanted_len, len) / 3, 1) && !affix)
        return;
    if (shorter == 1 && distance)
        return;
    if (distance < suggestion->distance) {
        suggestion->distance = distance;
        suggestion->best = candidate;
    }
}

const char *rv_xml_suggest(const char *wanted, const char *const *names)
{
    RvXmlSuggestion suggestion;
    rv_xml_suggestion_init(&suggestion, wanted);
    for (; *names; names++)
        rv_xml_suggestion_offer(&suggestion, *names);
    return suggestion.best;
}
