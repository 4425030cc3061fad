/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Objects of the host that are no domains: what the commands about networks and about storage pools
 * have in common. The argument that names one is called as the kind is. */

#include "cli/cli.h"

typedef struct {
    const char *name;                                            /* "network" */
    const char *title;                                           /* "Network" */
    const char *list;                                            /* the command that lists them */
    unsigned look_up_uuid, look_up_name, set_autostart, get_xml; /* procedures */
} RvCliObjectKind;

extern const RvCliObjectKind rv_cli_pool; /* in pool.c: volumes are in pools */
#define RV_CLI_POOL                                                                                \
    {                                                                                              \
        .name = "pool", .kind = RV_OPTION_STRING, .required = true, .value = "POOL",               \
        .text = "name or UUID of the pool"                                                         \
    }

/* Flags of the procedures, the same for all kinds. */
enum { RV_CLI_OBJECT_INACTIVE = 1, RV_CLI_OBJECT_ACTIVE = 2 };

G_GNUC_WARN_UNUSED_RESULT bool rv_cli_object_find(RvCli *cli, const RvCliObjectKind *kind,
                                                  const RvArgs *args, wire_object_ret *ret,
                                                  GError **error);

char *rv_cli_object_uuid(const wire_object *object);
json_t *rv_cli_object_identity(const wire_object *object); /* "name" and "uuid" */

/* "Network lan TEXT", and `result` for programs. */
void rv_cli_object_report(RvCli *cli, const RvCliObjectKind *kind, const wire_object *object,
                          const char *result, const char *text);

/* A procedure about the one that is named; then its report. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cli_object_act(RvCli *cli, const RvCliObjectKind *kind,
                                                 const RvArgs *args, unsigned procedure,
                                                 const char *result, const char *text,
                                                 GError **error);

/* With --disable not; *ret is the one that was named. */
G_GNUC_WARN_UNUSED_RESULT bool rv_cli_object_set_autostart(RvCli *cli, const RvCliObjectKind *kind,
                                                           const RvArgs *args, wire_object_ret *ret,
                                                           GError **error);

/* Sends the file to a procedure that makes one of it; unknown content is refused but for --lenient.
 */
G_GNUC_WARN_UNUSED_RESULT bool rv_cli_object_send_file(RvCli *cli, const RvArgs *args,
                                                       unsigned procedure, wire_object_ret *ret,
                                                       GError **error);

G_GNUC_WARN_UNUSED_RESULT bool rv_cli_object_dumpxml(RvCli *cli, const RvCliObjectKind *kind,
                                                     const RvArgs *args, GError **error);

/* RV_CLI_OBJECT_ACTIVE, RV_CLI_OBJECT_INACTIVE or both, by --all and --inactive. */
unsigned rv_cli_object_wanted(const RvArgs *args);
G_GNUC_WARN_UNUSED_RESULT bool rv_cli_object_list(RvCli *cli, unsigned procedure, unsigned flags,
                                                  wire_list_all_objects_ret *ret, GError **error);
