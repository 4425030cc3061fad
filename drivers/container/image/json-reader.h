/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* JSON of strangers, read field by field; each error names the document and the field. Fields that
 * are null count as missing. */

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *document; /* "the manifest" */
    GError **error;
} RvJsonReader;

typedef enum { RV_JSON_OPTIONAL, RV_JSON_REQUIRED } RvJsonNeed;

json_t *rv_json_load(RvJsonReader *reader, const char *text, size_t len, size_t max);
bool rv_json_refuse(RvJsonReader *reader, const char *field, const char *why); /* false */

/* The field, borrowed. False: it is missing but needed, or of another type. */
bool rv_json_get(RvJsonReader *reader, const json_t *object, const char *field, json_type type,
                 RvJsonNeed need, json_t **ret);
bool rv_json_text(RvJsonReader *reader, const json_t *object, const char *field, RvJsonNeed need,
                  char **ret); /* a copy, or NULL */
bool rv_json_number(RvJsonReader *reader, const json_t *object, const char *field, RvJsonNeed need,
                    int64_t min, int64_t max, int64_t *ret);
/* An array of texts, or NULL and success where it is missing. */
bool rv_json_texts(RvJsonReader *reader, const json_t *object, const char *field, RvJsonNeed need,
                   GPtrArray **ret);
/* The keys of an object, sorted. */
bool rv_json_keys(RvJsonReader *reader, const json_t *object, const char *field, GPtrArray **ret);
