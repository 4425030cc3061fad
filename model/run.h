/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a container is run, as far as libvirt's documents do not know it: <run> in the namespace
 * urn:reeve:container. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/enum.h"
#include "model/xml-table.h"

typedef enum {
    RV_RESTART_NO,
    RV_RESTART_ON_FAILURE, /* by a signal, or with another exit code than 0 */
    RV_RESTART_ALWAYS,     /* unless somebody asked it to end */
    RV_RESTART_LAST,
} RvRestart;
RV_ENUM_DECLARE(rv_restart, RvRestart);

typedef struct {
    char *signal;     /* "SIGTERM", "RTMIN+3", "15"; NULL: the image's, or what its init takes */
    unsigned timeout; /* seconds that --graceful waits; 0: not said */
} RvStop;

typedef enum {
    RV_UNHEALTHY_NOTE,
    RV_UNHEALTHY_RESTART,
    RV_UNHEALTHY_IGNORE, /* nobody looks */
    RV_UNHEALTHY_LAST,
} RvUnhealthy;
RV_ENUM_DECLARE(rv_unhealthy, RvUnhealthy);

typedef struct {
    char *value;
} RvArgument;

/* A command that is run in the container again and again. Seconds. */
typedef struct {
    unsigned interval, timeout, retries, start_period; /* 0: not said */
    RvUnhealthy action;
    GPtrArray *args; /* RvArgument */
} RvHealth;

typedef struct {
    char *dir;
    uint64_t size_kib; /* 0: the kernel's half of the memory */
} RvTmpfs;

typedef struct {
    char *name; /* "nofile" */
    uint64_t soft, hard;
} RvRlimit;

typedef struct {
    char *name; /* of the file in /run/secrets */
    char *file; /* of the host */
} RvSecretFile;

typedef struct {
    char *file; /* JSON, as the OCI runtime specification has it */
} RvSeccomp;

typedef struct {
    char *words; /* RV_PRIVILEGED_WORDS */
} RvPrivileged;

/* What has to be said for it. */
#define RV_PRIVILEGED_WORDS "root of this container is root of the host"

typedef struct {
    bool read_only; /* the container cannot write to its root */
    unsigned processes; /* how many, with threads; 0: not said */
    RvRestart restart;
    RvStop *stop;
    RvHealth *health;
    GPtrArray *tmpfs;   /* RvTmpfs */
    GPtrArray *rlimits; /* RvRlimit */
    GPtrArray *secrets; /* RvSecretFile */
    RvSeccomp *seccomp;
    RvPrivileged *privileged; /* NULL: it is not */
} RvRun;

extern const RvXmlType rv_run_xml, rv_health_xml;
