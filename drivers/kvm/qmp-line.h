/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a line of QMP is, found in one pass and without making objects of it, so that the I/O
 * thread can hand a reply of megabytes to whoever waits for it without parsing it.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    QMP_LINE_BAD, /* not an object, too deep, cut short, or none of the following */
    QMP_LINE_GREETING,
    QMP_LINE_REPLY, /* "return" or "error" */
    QMP_LINE_EVENT,
} QmpLineKind;

typedef struct {
    QmpLineKind kind;
    bool has_id;
    uint64_t id; /* a decimal number within quotes, as we send it */
} QmpLine;

/* Looks at the members of the outermost object only; what is deeper is checked for balance. */
QmpLine qmp_line_scan(const char *text, size_t len);
