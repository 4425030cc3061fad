/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every command runs with: the global options, the output, the connection, and the look-up of
 * domains by what people call them. */

#include <glib.h>
#include <stdbool.h>

#include "cli/command.h"
#include "cli/output.h"
#include "wire/client.h"
#include "wire/owned.h"

/* Exit codes: documented in the manual, which reads them from here. */
typedef enum {
    RV_EXIT_OK = 0,
    RV_EXIT_FAILED = 1,
    RV_EXIT_USAGE = 2,
    RV_EXIT_NO_DAEMON = 3,
} RvExit;

typedef struct RvCli RvCli;
struct RvCli {
    RvArgs *globals;   /* of the whole program, from before the command */
    RvArgs *effective; /* the same with those behind the command: what counts while it runs */
    RvOutput output;
    const RvCommand *command; /* the one that runs */
    RvClient *client;         /* NULL: not connected yet */
    char *uri;                /* what it is connected to: as it was given, NULL: by default */
    bool quit;                /* no further command is to be read */
    char escape;              /* what leaves a console */
    int status;               /* exit code of a program that the command has run */
};

/* Takes the global options: from before the command, parsed already. */
void rv_cli_init(RvCli *cli, RvArgs *globals);
void rv_cli_clear(RvCli *cli);

/* Connects and opens the URI, if that was not done yet. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cli_connect(RvCli *cli, GError **error);

/* Runs one command line: name and words. */
RvExit rv_cli_run(RvCli *cli, const char *const *words, size_t n_words);

/* Runs all commands of a text: separated by semicolons and line ends, words quoted as in a shell.
 * The result is that of the last one. */
RvExit rv_cli_run_script(RvCli *cli, const char *text);

typedef enum {
    RV_BY_ID = 1 << 0,
    RV_BY_UUID = 1 << 1,
    RV_BY_NAME = 1 << 2,
    RV_BY_ANY = RV_BY_ID | RV_BY_UUID | RV_BY_NAME,
} RvDomainBy;

/* Finds the domain that `name` names: as an id, else as a UUID, else as a name. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cli_find_domain(RvCli *cli, const char *name, RvDomainBy by,
                                                  wire_domain_ret *ret, GError **error);

/* All domains of which the filter `flags` (virConnectListAllDomainsFlags) is true. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cli_list(RvCli *cli, unsigned flags,
                                           wire_connect_list_all_domains_ret *ret,
                                           GError **error);
#define RV_LIST_ACTIVE 1u
#define RV_LIST_INACTIVE 2u

/* The XML of a domain; `flags` are virDomainXMLFlags. NULL on error. */
G_GNUC_WARN_UNUSED_RESULT char *rv_cli_domain_xml(RvCli *cli, const wire_domain *domain,
                                                  unsigned flags, GError **error);
#define RV_XML_SECURE 1u
#define RV_XML_INACTIVE 2u
#define RV_XML_UPDATE_CPU 4u
#define RV_XML_MIGRATABLE 8u

/* "uuid" for JSON; a new reference. */
json_t *rv_cli_json_uuid(const wire_domain *domain);

/* What was done to a domain: the text, or as JSON {"name", "uuid", "result"}. */
void rv_cli_report(RvCli *cli, const wire_domain *domain, const char *result, const char *format,
                   ...) G_GNUC_PRINTF(4, 5);
#define RV_REPORT_KEYS                                                                             \
    (const RvKey[])                                                                                \
    {                                                                                              \
        {"name", "the domain's name"}, {"uuid", "its UUID"}, {"result", "what was done"}, {NULL}   \
    }
