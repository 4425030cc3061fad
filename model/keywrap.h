/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* <keywrap>: the ciphers that protect keys of a guest on s390. */

#include "model/device.h"
#include "model/xml-table.h"

typedef struct {
    int name; /* of rv_keywrap_cipher_names: "aes", "dea" */
    RvTristate state;
} RvKeywrapCipher;

extern const char *const rv_keywrap_cipher_names[];

typedef struct {
    GPtrArray *ciphers; /* RvKeywrapCipher, each once */
} RvKeywrap;

extern const RvXmlType rv_keywrap_xml;
