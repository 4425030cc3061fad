/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The calls that the load generator can make, as rows: each appends whole request frames. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/buffer.h"
#include "wire/frame.h"
#include "wire/remote.h"

typedef struct {
    const char *uri;    /* what connections open */
    wire_domain domain; /* of calls that ask for one: what the look-up by name answered */
    const char *xml;    /* of `define`: @NAME@ and @UUID@ stand for the domain's own */
    const char *prefix; /* of names that `define` and `undefine` make up */
    unsigned first;     /* the number that names begin with */
} RvLoadTarget;

typedef struct {
    const char *name;
    const char *about;
    int procedure;
    bool needs_domain;
    /* Appends the payload of call number `index`. */
    bool (*write)(RvBuffer *out, const RvFrameHeader *header, const RvLoadTarget *target,
                  unsigned index, GError **error);
} RvLoadCall;

const RvLoadCall *rv_load_call_find(const char *name); /* NULL: no such call */
char *rv_load_call_list(void);                         /* a line for each, for --help */

/* Appends the frame of call `index` with this serial. */
G_GNUC_WARN_UNUSED_RESULT bool rv_load_call_write(const RvLoadCall *call, RvBuffer *out,
                                                  uint32_t serial, const RvLoadTarget *target,
                                                  unsigned index, GError **error);
