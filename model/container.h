/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What only containers have: the environment of their init, users of their own, capabilities. */

#include <glib.h>
#include <stdbool.h>

#include "base/enum.h"
#include "model/device.h"

typedef struct {
    char *name, *value;
} RvInitEnv;

/* `count` ids from `start` in the container are those from `target` on the host. */
typedef struct {
    unsigned start, target, count;
} RvIdRange;

typedef enum {
    RV_CAPABILITIES_DEFAULT, /* the driver's own choice */
    RV_CAPABILITIES_ALLOW,   /* all but those named off */
    RV_CAPABILITIES_DENY,    /* none but those named on */
    RV_CAPABILITIES_LAST,
} RvCapabilitiesPolicy;
RV_ENUM_DECLARE(rv_capabilities_policy, RvCapabilitiesPolicy);

/* In the order in which libvirt writes them. */
typedef enum {
    RV_CAPABILITY_AUDIT_CONTROL,
    RV_CAPABILITY_AUDIT_WRITE,
    RV_CAPABILITY_BLOCK_SUSPEND,
    RV_CAPABILITY_CHOWN,
    RV_CAPABILITY_DAC_OVERRIDE,
    RV_CAPABILITY_DAC_READ_SEARCH,
    RV_CAPABILITY_FOWNER,
    RV_CAPABILITY_FSETID,
    RV_CAPABILITY_IPC_LOCK,
    RV_CAPABILITY_IPC_OWNER,
    RV_CAPABILITY_KILL,
    RV_CAPABILITY_LEASE,
    RV_CAPABILITY_LINUX_IMMUTABLE,
    RV_CAPABILITY_MAC_ADMIN,
    RV_CAPABILITY_MAC_OVERRIDE,
    RV_CAPABILITY_MKNOD,
    RV_CAPABILITY_NET_ADMIN,
    RV_CAPABILITY_NET_BIND_SERVICE,
    RV_CAPABILITY_NET_BROADCAST,
    RV_CAPABILITY_NET_RAW,
    RV_CAPABILITY_SETGID,
    RV_CAPABILITY_SETFCAP,
    RV_CAPABILITY_SETPCAP,
    RV_CAPABILITY_SETUID,
    RV_CAPABILITY_SYS_ADMIN,
    RV_CAPABILITY_SYS_BOOT,
    RV_CAPABILITY_SYS_CHROOT,
    RV_CAPABILITY_SYS_MODULE,
    RV_CAPABILITY_SYS_NICE,
    RV_CAPABILITY_SYS_PACCT,
    RV_CAPABILITY_SYS_PTRACE,
    RV_CAPABILITY_SYS_RAWIO,
    RV_CAPABILITY_SYS_RESOURCE,
    RV_CAPABILITY_SYS_TIME,
    RV_CAPABILITY_SYS_TTY_CONFIG,
    RV_CAPABILITY_SYSLOG,
    RV_CAPABILITY_WAKE_ALARM,
    RV_CAPABILITY_LAST,
} RvCapability;
RV_ENUM_DECLARE(rv_capability, RvCapability); /* "audit_control", ... */

typedef struct {
    RvCapabilitiesPolicy policy;
    RvTristate states[RV_CAPABILITY_LAST];
} RvCapabilities;

typedef struct {
    GPtrArray *uids, *gids; /* RvIdRange, by `start`; empty: not said */
} RvIdMap;

extern const RvXmlType rv_init_env_xml, rv_idmap_xml, rv_capabilities_xml;
