/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Documents that differ from a good one in one place, made from the document and the rows that
 * describe it, with what a reader should say about each.
 */

#include "model/xml-table.h"

typedef enum {
    MUTATION_MISSPELT_ELEMENT,
    MUTATION_MISSPELT_ATTRIBUTE,
    MUTATION_MISSPELT_VALUE, /* one of the row's names */
    MUTATION_WRONG_VALUE,    /* nothing of the row's kind */
    MUTATION_WRONG_PLACE,    /* an element moved to where it is not known */
    MUTATION_MISSING,        /* what is required */
    MUTATION_OTHER,          /* which may still be good */
    MUTATION_LAST
} MutationKind;

extern const char *const mutation_names[MUTATION_LAST];

typedef struct {
    MutationKind kind;
    const char *text;       /* the whole document */
    const char *what;       /* "domain/vcpu: 'vcpu' -> 'vpcu'" */
    unsigned line;          /* of the fault; 0: not known */
    const char *suggestion; /* what was meant, as diagnostics write it; or NULL */
    const char *says;       /* a part of the message; or NULL */
} Mutation;

/* Calls `use` for each; of names to misspell `variant` says how. The source must be well-formed,
 * with an attribute's quotes right behind its "=". */
void mutation_each(const char *source, const RvXmlType *root, unsigned variant,
                   void (*use)(const Mutation *mutation, void *data), void *data);
