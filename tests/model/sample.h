/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Domains that nobody wrote: whatever the rows allow, chosen byte by byte. The same bytes make the
 * same domain; random ones make a domain that has a bit of everything, none at all the least one.
 * Only what rows say is obeyed, not what check functions want.
 */

#include "model/domain-def.h"
#include "model/xml-table.h"

typedef struct {
    const uint8_t *bytes; /* what is left of them */
    size_t len;
    unsigned depth;
    /* Rows that were given a value (may be NULL), and whatever no value could be found for. */
    GHashTable *filled;
    GPtrArray *lacking;
} Sample;

/* Below `n`; 0 when no bytes are left. */
unsigned sample_choose(Sample *sample, unsigned n);

/* Gives values to an object that rv_xml_init() made. */
void sample_fill(Sample *sample, const RvXmlType *type, void *object);

RvDomainDef *sample_domain(const uint8_t *bytes, size_t len);

/* `len` bytes, the same for the same `seed`. */
uint8_t *sample_bytes(unsigned seed, size_t len);
