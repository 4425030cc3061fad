/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a command prints: text, the same as virsh's for the commands it has, or, with -o json, one
 * JSON document. A command says both: the text as it goes, the JSON value once. In text mode the
 * value is dropped, in JSON mode the text is.
 */

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"

typedef struct {
    bool json;
    bool quiet;
} RvOutput;

/* Text that is the result: printed in quiet mode, too. */
void rv_output_text(const RvOutput *output, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Text around the result: headings, "Domain 'web' started". */
void rv_output_extra(const RvOutput *output, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "Max memory:     1024 KiB": a label, filled up to `width`, and its value. */
void rv_output_field(const RvOutput *output, int width, const char *label, const char *format,
                     ...) G_GNUC_PRINTF(4, 5);

/* Prints `value` (taken over) as one line of JSON. Its keys must be the command's `keys`. */
void rv_output_json(const RvOutput *output, const RvCommand *command, json_t *value);

/* "1.500 GiB"; free it. */
char *rv_size_text(uint64_t bytes);

/* A text of whatever bytes as JSON, which knows UTF-8 only; NULL becomes null. */
json_t *rv_json_text(const char *text);

/* "error: ..." and "remedy: ..." on standard error, or as a JSON object there. What would
 * command the terminal is printed as \xNN. */
void rv_output_error(const RvOutput *output, const GError *error);
