/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What was probably meant by a name that is not known. */

/* Keeps the best of the candidates offered to it. */
typedef struct {
    const char *wanted;
    const char *best; /* NULL: none is near enough */
    unsigned distance;
} RvXmlSuggestion;

void rv_xml_suggestion_init(RvXmlSuggestion *suggestion, const char *wanted);
void rv_xml_suggestion_offer(RvXmlSuggestion *suggestion, const char *candidate);

/* The nearest of a NULL-terminated list, or NULL. */
const char *rv_xml_suggest(const char *wanted, const char *const *names);
