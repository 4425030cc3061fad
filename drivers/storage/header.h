/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the first bytes of a file say about its format. Whoever can write the file can write anything
 * there: nothing is followed, nothing is believed beyond what is told to who asks, and nothing is
 * read but the bytes that are handed in.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many bytes as can matter. */
#define RV_HEADER_MAX (68u << 10)

typedef struct {
    const char *format;     /* "raw" where nothing else fits */
    uint64_t capacity;      /* bytes; 0: the length of the file */
    uint64_t payload;       /* bytes of the file before its data */
    char *backing;          /* as it is written there; NULL: none */
    char *backing_format;   /* NULL: not said */
    const char *compat;     /* NULL: the format has none */
    const char *encryption; /* "luks", "qcow"; NULL: none */
    uint64_t cluster_size;  /* 0: not known */
    bool lazy_refcounts, extended_l2, data_file;
} RvHeader;

void rv_header_read(RvHeader *header, const unsigned char *bytes, size_t len);
void rv_header_clear(RvHeader *header);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RvHeader, rv_header_clear)
