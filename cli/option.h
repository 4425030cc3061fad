/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Options as data, and the arguments that were given for them. The grammar is virsh's: --name,
 * --name VALUE, --name=VALUE, in any order; a word without dashes goes to the first option in the
 * table that takes a value and has none yet, unless that option wants to be named; "--" ends names.
 * Beyond virsh, an option may have a letter: -q, -c VALUE, -cVALUE.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    RV_OPTION_FLAG,
    RV_OPTION_STRING,
    RV_OPTION_INT,  /* a decimal number from 0 to 2^31 - 1 */
    RV_OPTION_LIST, /* may be given again and again: the last of its table */
} RvOptionKind;

/* What the shell may offer for a value. */
typedef enum {
    RV_COMPLETE_NOTHING,
    RV_COMPLETE_DOMAIN,
    RV_COMPLETE_ACTIVE,   /* a domain that runs */
    RV_COMPLETE_INACTIVE, /* a domain that does not */
    RV_COMPLETE_FILE,
    RV_COMPLETE_COMMAND,
    RV_COMPLETE_WORD,     /* one of the option's words */
} RvCompletion;

typedef struct {
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    RvOptionKind kind;
    bool required;
    bool named; /* its value never comes by position */
    bool rest;  /* of a list: from its first value on, all words are its, whatever they look like */
    RvCompletion completion;
    const char *const *words; /* the values there are; ended by NULL; NULL: any */
    bool several; /* a comma-separated list of `words` */
    const char *value; /* what the help calls its value: "FILE"; NULL: by its kind */
    const char *text;
} RvOption;

typedef struct RvArgs RvArgs;

RvArgs *rv_args_new(const RvOption *options); /* `options` may be NULL: none */
RvArgs *rv_args_copy(const RvArgs *args);
void rv_args_free(RvArgs *args);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvArgs, rv_args_free)

/* Parses words into `own` and, what is not among those, `globals` (may be NULL). With
 * `stop_at_word` it ends before the first word that is not an option; *ret_used says how many were
 * eaten. */
G_GNUC_WARN_UNUSED_RESULT bool rv_args_parse(RvArgs *own, RvArgs *globals, bool stop_at_word,
                                             const char *const *words, size_t n_words,
                                             size_t *ret_used, GError **error);

/* Whether all that is required is there: the first that is not, or NULL. */
const RvOption *rv_args_missing(const RvArgs *args);

/* Asking for a name that is not in the table is our own mistake. All results are borrowed. */
bool rv_args_has(const RvArgs *args, const char *name);
const char *rv_args_string(const RvArgs *args, const char *name); /* NULL: not given */
int rv_args_int(const RvArgs *args, const char *name, int otherwise);
const char *const *rv_args_list(const RvArgs *args, const char *name); /* never NULL */

/* The ored bits of the flags in `bits` (ended by a NULL name) that were given. */
typedef struct {
    const char *name;
    unsigned bit;
} RvOptionBit;
unsigned rv_args_bits(const RvArgs *args, const RvOptionBit *bits);

/* A size that was given: "512", of `unit` ("bytes", "KiB"), or with a unit of its own: "512M", "2GiB";
 * "500MB" is 500,000,000 bytes. */
G_GNUC_WARN_UNUSED_RESULT bool rv_option_size(const char *text, const char *unit,
                                              uint64_t *ret_bytes, GError **error);

/* The call is wrong: RV_ERR_INVALID_ARG with just these words. */
void rv_usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "STRING", "NUMBER", or what the option calls it itself; NULL for a flag. */
const char *rv_option_value_name(const RvOption *option);
