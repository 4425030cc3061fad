/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define RV_UUID_STRING_LEN 36

typedef struct {
    unsigned char bytes[16];
} RvUuid;

void rv_uuid_generate(RvUuid *uuid); /* random, version 4 */
bool rv_uuid_parse(const char *text, RvUuid *uuid); /* with or without dashes, as libvirt */
void rv_uuid_format(const RvUuid *uuid, char text[RV_UUID_STRING_LEN + 1]);
bool rv_uuid_is_zero(const RvUuid *uuid);

unsigned rv_uuid_hash(const void *uuid); /* for GHashTable keys */
int rv_uuid_equal(const void *a, const void *b);
