/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/image/digest.h"

#include <openssl/evp.h>
#include <string.h>

RvDigest *rv_digest_new(void)
{
    RvDigest *digest = EVP_MD_CTX_new();
    g_assert(digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL));
    return digest;
}

void rv_digest_free(RvDigest *digest)
{
    EVP_MD_CTX_free(digest);
}

void rv_digest_add(RvDigest *digest, const void *bytes, size_t len)
{
    int ok = EVP_DigestUpdate(digest, bytes, len);
    g_assert(ok);
}

char *rv_digest_end(RvDigest *digest)
{
    unsigned char raw[RV_DIGEST_LEN / 2];
    int ok = EVP_DigestFinal_ex(digest, raw, NULL);
    g_assert(ok);
    GString *text = g_string_sized_new(RV_DIGEST_LEN);
    for (size_t i = 0; i < sizeof(raw); i++)
        g_string_append_printf(text, "%02x", raw[i]);
    return g_string_free(text, FALSE);
}

char *rv_digest_of(const void *bytes, size_t len)
{
    g_autoptr(RvDigest) digest = rv_digest_new();
    rv_digest_add(digest, bytes, len);
    return rv_digest_end(digest);
}

bool rv_digest_is_valid(const char *text)
{
    return text && strlen(text) == RV_DIGEST_LEN &&
           strspn(text, "0123456789abcdef") == RV_DIGEST_LEN;
}
