/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SHA-256, by which contents are named: 64 lower-case hexadecimal digits. */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define RV_DIGEST_LEN 64

typedef struct evp_md_ctx_st RvDigest;

RvDigest *rv_digest_new(void);
void rv_digest_free(RvDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDigest, rv_digest_free)

void rv_digest_add(RvDigest *digest, const void *bytes, size_t len);
char *rv_digest_end(RvDigest *digest); /* once; nothing can be added any more */

char *rv_digest_of(const void *bytes, size_t len);
bool rv_digest_is_valid(const char *text); /* NULL is not */
