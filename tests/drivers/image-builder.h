/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Images as somebody else might make them: archives byte by byte, so that what no tool would write
 * can be written, and the documents around them. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *name;
    char type;         /* of ustar: '0' file, '1' hard link, '2' link, '3' device, '5' folder, ... */
    const char *data;  /* of a file; or where a link leads */
    const char *pax;   /* "key=value" of a header before it, or NULL */
    uint64_t size;     /* what the header says, where that is not so; 0: the data's */
    const char *octal; /* the size as it stands in the header, however wrong; NULL: well */
} ImageEntry;

/* Entries up to one without a name. */
void image_add_entry(GByteArray *tar, const ImageEntry *entry);
GByteArray *image_make_tar(const ImageEntry *entries); /* with the end of an archive */
GByteArray *image_gzip(const GByteArray *bytes);

/* Writes an OCI layout with these layers (GByteArray, as they are; tar or gzip). What is NULL is
 * made as it should be. */
typedef struct {
    GPtrArray *layers;
    const char *config, *manifest, *index; /* whole documents, with "@", "#", "$" for
                                             the digest, the size and the list in them */
    const char *diff_id;     /* of the last layer */
    const char *layer_type;  /* its media type */
    const char *run;         /* the object "config" of the configuration */
} ImageLayout;

void image_write_layout(const char *folder, const ImageLayout *layout);
void image_write(const char *folder, const char *path, const void *bytes, size_t len);
char *image_put_blob(const char *folder, const void *bytes, size_t len); /* its digest */
