/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Commands as data. One constant RvCommand says all there is to say about a command: its names, its
 * options, its examples, the keys of its JSON result, and what runs it. The parser, `help`, the man
 * page and completion read nothing else.
 */

#include <glib.h>
#include <stdbool.h>

#include "cli/option.h"

struct RvCli;

typedef struct {
    const char *line; /* "start web --console", without the program's name */
    const char *text; /* what it does; a whole sentence is not needed */
} RvExample;

/* A key of the JSON object (or of each object of the list) that a command prints with -o json.
 * Scripts depend on these: a key may be added, none is renamed. */
typedef struct {
    const char *name;
    const char *text;
} RvKey;

/* The option that nearly every command begins with. */
#define RV_OPTION_DOMAIN(completes)                                                                \
    {                                                                                              \
        .name = "domain", .kind = RV_OPTION_STRING, .required = true, .completion = (completes),   \
        .value = "DOMAIN", .text = "name, id or UUID of the domain"                                \
    }

typedef struct {
    const char *first, *second;
} RvOptionPair;

typedef struct {
    const char *name;
    const char *summary;     /* a few words, no full stop */
    const char *description; /* more of it, or NULL */
    const RvOption *options;        /* ended by one without a name; NULL: none */
    const RvOptionPair *exclusive;  /* options that refuse each other; ended by NULL names */
    const RvOptionPair *dependent;  /* the first is no good without the second */
    const RvExample *examples;      /* at least one; ended by NULL */
    const RvKey *keys;              /* ended by NULL; NULL: prints a text that JSON cannot better */
    bool offline;                   /* works without a daemon */
    bool raw;                       /* what it prints is not ours: nothing is added to it */
    bool hidden;                    /* for our own scripts: not in help and manual */

    /* False with an error, or without one where the output has said it all. */
    bool (*run)(struct RvCli *cli, const RvArgs *args, GError **error);
} RvCommand;

/* Commands that belong together: one heading in the help and in the manual, one file, but for
 * commands long enough for a file of their own. */
typedef struct {
    const char *name; /* for `reeve help NAME` */
    const char *title;
    const RvCommand *const *commands; /* sorted by name, ended by NULL */
} RvFamily;

extern const RvCommand rv_command_blkiotune;
extern const RvCommand rv_command_check;
extern const RvCommand rv_command_console;
extern const RvCommand rv_command_cp;
extern const RvCommand rv_command_cpu_stats;
extern const RvCommand rv_command_desc;
extern const RvCommand rv_command_domifstat;
extern const RvCommand rv_command_domstats;
extern const RvCommand rv_command_edit;
extern const RvCommand rv_command_from_native, rv_command_to_native;
extern const RvCommand rv_command_event;
extern const RvCommand rv_command_exec;
extern const RvCommand rv_command_freecell;
extern const RvCommand rv_command_image_import;
extern const RvCommand rv_command_image_pull;
extern const RvCommand rv_command_list;
extern const RvCommand rv_command_memtune;
extern const RvCommand rv_command_metadata;
extern const RvCommand rv_command_nodecpustats;
extern const RvCommand rv_command_nodememstats;
extern const RvCommand rv_command_numatune;
extern const RvCommand rv_command_schedinfo;
extern const RvCommand rv_command_screenshot;

extern const RvFamily rv_family_definition;
extern const RvFamily rv_family_device;
extern const RvFamily rv_family_lifecycle;
extern const RvFamily rv_family_save;
extern const RvFamily rv_family_image;
extern const RvFamily rv_family_info;
extern const RvFamily rv_family_screen;
extern const RvFamily rv_family_history;
extern const RvFamily rv_family_jobs;
extern const RvFamily rv_family_logs;
extern const RvFamily rv_family_host;
extern const RvFamily rv_family_network;
extern const RvFamily rv_family_pool;
extern const RvFamily rv_family_self;
extern const RvFamily rv_family_tune;
extern const RvFamily rv_family_volume;

extern const RvFamily *const rv_families[]; /* ended by NULL */

/* What stands before the command: -c, -q, -o, ... They are understood behind it as well. */
extern const RvOption rv_global_options[];

/* NULL: there is none of this name. */
const RvCommand *rv_command_find(const char *name);

/* The same by the words of a line; the first two may be one name: `image list` is image-list.
 * *ret_named says how many are the name. */
const RvCommand *rv_command_of(const char *const *words, size_t n_words, size_t *ret_named);

/* The command that was probably meant, or NULL. */
const char *rv_command_suggest(const char *name);

/* Parses what follows the command's name. `ret_args` gets the command's own options, `globals` the
 * global ones among them (--help too, which makes all other checks void). */
G_GNUC_WARN_UNUSED_RESULT bool rv_command_parse(const RvCommand *command, const char *const *words,
                                                size_t n_words, RvArgs *globals,
                                                RvArgs **ret_args, GError **error);
