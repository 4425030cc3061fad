/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/uuid.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

void rv_uuid_generate(RvUuid *uuid)
{
    size_t got = 0;
    while (got < sizeof(uuid->bytes)) {
        ssize_t more = getrandom(uuid->bytes + got, sizeof(uuid->bytes) - got, 0);
        g_assert(more >= 0 || errno == EINTR);
        got += more > 0 ? (size_t)more : 0;
    }
    uuid->bytes[6] = (uuid->bytes[6] & 0x0f) | 0x40; /* RFC 4122: version 4 */
    uuid->bytes[8] = (uuid->bytes[8] & 0x3f) | 0x80; /* and its variant */
}

bool rv_uuid_parse(const char *text, RvUuid *uuid)
{
    RvUuid parsed;
    while (g_ascii_isspace(*text))
        text++;
    for (size_t i = 0; i < sizeof(parsed.bytes); i++) {
        while (*text == '-')
            text++;
        int high = g_ascii_xdigit_value(text[0]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);
        if (low < 0)
            return false;
        parsed.bytes[i] = (unsigned char)(high << 4 | low);
        text += 2;
    }
    while (g_ascii_isspace(*text))
        text++;
    if (*text)
        return false;
    *uuid = parsed;
    return true;
}

void rv_uuid_format(const RvUuid *uuid, char text[RV_UUID_STRING_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof(uuid->bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *text++ = '-';
        *text++ = digits[uuid->bytes[i] >> 4];
        *text++ = digits[uuid->bytes[i] & 15];
    }
    *text = '\0';
}

bool rv_uuid_is_zero(const RvUuid *uuid)
{
    static const RvUuid zero;
    return memcmp(uuid, &zero, sizeof(zero)) == 0;
}

/* Clients choose UUIDs, numbered ones for instance: all of it counts, by factors that nobody outside
 * knows. */
unsigned rv_uuid_hash(const void *uuid)
{
    static gsize known;
    static uint64_t factors[2];
    if (g_once_init_enter(&known)) {
        for (int i = 0; i < 2; i++)
            factors[i] = (uint64_t)g_random_int() << 32 | g_random_int() | 1;
        g_once_init_leave(&known, 1);
    }
    uint64_t halves[2];
    memcpy(halves, uuid, sizeof(halves));
    uint64_t mixed = (halves[0] ^ halves[0] >> 32) * factors[0];
    mixed += (halves[1] ^ halves[1] >> 32) * factors[1];
    /* Neighbours whose factor happens to be a poor one are parted here (murmur's last step). */
    mixed = (mixed ^ mixed >> 33) * 0xff51afd7ed558ccdULL;
    return (unsigned)(mixed >> 32);
}

int rv_uuid_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(RvUuid)) == 0;
}
