/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rows of what only containers have, and which no device is. */

#include "model/container.h"

#include <stdlib.h>

#include "base/error.h"
#include "model/xml-table.h"

RV_ENUM(rv_capabilities_policy, RvCapabilitiesPolicy, RV_CAPABILITIES_LAST, "default", "allow",
        "deny");

RV_ENUM(rv_capability, RvCapability, RV_CAPABILITY_LAST, "audit_control", "audit_write",
        "block_suspend", "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "ipc_lock",
        "ipc_owner", "kill", "lease", "linux_immutable", "mac_admin", "mac_override", "mknod",
        "net_admin", "net_bind_service", "net_broadcast", "net_raw", "setgid", "setfcap", "setpcap",
        "setuid", "sys_admin", "sys_boot", "sys_chroot", "sys_module", "sys_nice", "sys_pacct",
        "sys_ptrace", "sys_rawio", "sys_resource", "sys_time", "sys_tty_config", "syslog",
        "wake_alarm");

/* ---- The environment of init ---------------------------------------------------------------- */

static const RvXmlRow init_env_rows[] = {
    RV_XML_ATTRIBUTE(RvInitEnv, name, "name", string, .flags = RV_XML_REQUIRED,
                     .missing_code = RV_ERR_NO_NAME, .doc = "Its name."),
    RV_XML_TEXT(RvInitEnv, value, string, .flags = RV_XML_REQUIRED, .doc = "Its value."),
};
const RvXmlType rv_init_env_xml = {
    .doc = "A variable of the environment of a container's first program.",
    .size = sizeof(RvInitEnv),
    RV_XML_ROWS(init_env_rows),
};

/* ---- Users and groups ----------------------------------------------------------------------- */

static const RvXmlRow range_rows[] = {
    RV_XML_ATTRIBUTE(RvIdRange, start, "start", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "The first of them in the container."),
    RV_XML_ATTRIBUTE(RvIdRange, target, "target", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "The first of them on the host."),
    RV_XML_ATTRIBUTE(RvIdRange, count, "count", uint, .flags = RV_XML_REQUIRED | RV_XML_ALWAYS,
                     .doc = "How many they are."),
};
static const RvXmlType range = {.size = sizeof(RvIdRange), RV_XML_ROWS(range_rows)};

static const RvXmlRow idmap_rows[] = {
    RV_XML_LIST(RvIdMap, uids, "uid", &range, .max = 340, .doc = "Users."),
    RV_XML_LIST(RvIdMap, gids, "gid", &range, .max = 340, .doc = "Groups."),
};

static int by_start(const void *a, const void *b)
{
    const RvIdRange *x = *(RvIdRange *const *)a, *y = *(RvIdRange *const *)b;
    return (x->start > y->start) - (x->start < y->start);
}

static void check_idmap(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    const RvIdMap *map = object;
    GPtrArray *const lists[] = {map->uids, map->gids};
    if (!lists[0]->len != !lists[1]->len)
        rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, NULL,
                     "users and groups are mapped both, or neither of them");
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_ptr_array_sort(lists[i], by_start);
        if (lists[i]->len && ((RvIdRange *)lists[i]->pdata[0])->start != 0)
            rv_xml_error(reader, RV_ERR_CONFIG_UNSUPPORTED, node, NULL,
                         "root of the container is not mapped");
    }
}

const RvXmlType rv_idmap_xml = {
    .doc = "Which users and groups of the host those of a container are.",
    .size = sizeof(RvIdMap),
    RV_XML_ROWS(idmap_rows),
    .check = check_idmap,
};

/* ---- Capabilities --------------------------------------------------------------------------- */

#define CAPABILITY(id, name_)                                                                      \
    RV_XML_LEAF(RvCapabilities, states[RV_CAPABILITY_##id], name_, enum,              \
                .attribute = "state", .min = 1, .names = rv_tristate_switch_names,             \
                .doc = "A capability of root, see capabilities(7).")

static bool none_said(const void *object)
{
    const RvCapabilities *capabilities = object;
    bool none = capabilities->policy == RV_CAPABILITIES_DEFAULT;
    for (unsigned i = 0; i < RV_CAPABILITY_LAST; i++)
        none = none && capabilities->states[i] == RV_TRISTATE_ABSENT;
    return none;
}

static const RvXmlRow capabilities_rows[] = {
    RV_XML_ATTRIBUTE(RvCapabilities, policy, "policy", enum,
                     .names = rv_capabilities_policy_names, .fallback = "default",
                     .flags = RV_XML_ALWAYS, .omit = none_said,
                     .doc = "Those that are not named: default, as is usual for containers; allow, "
                            "all; deny, none."),
    CAPABILITY(AUDIT_CONTROL, "audit_control"),
    CAPABILITY(AUDIT_WRITE, "audit_write"),
    CAPABILITY(BLOCK_SUSPEND, "block_suspend"),
    CAPABILITY(CHOWN, "chown"),
    CAPABILITY(DAC_OVERRIDE, "dac_override"),
    CAPABILITY(DAC_READ_SEARCH, "dac_read_search"),
    CAPABILITY(FOWNER, "fowner"),
    CAPABILITY(FSETID, "fsetid"),
    CAPABILITY(IPC_LOCK, "ipc_lock"),
    CAPABILITY(IPC_OWNER, "ipc_owner"),
    CAPABILITY(KILL, "kill"),
    CAPABILITY(LEASE, "lease"),
    CAPABILITY(LINUX_IMMUTABLE, "linux_immutable"),
    CAPABILITY(MAC_ADMIN, "mac_admin"),
    CAPABILITY(MAC_OVERRIDE, "mac_override"),
    CAPABILITY(MKNOD, "mknod"),
    CAPABILITY(NET_ADMIN, "net_admin"),
    CAPABILITY(NET_BIND_SERVICE, "net_bind_service"),
    CAPABILITY(NET_BROADCAST, "net_broadcast"),
    CAPABILITY(NET_RAW, "net_raw"),
    CAPABILITY(SETGID, "setgid"),
    CAPABILITY(SETFCAP, "setfcap"),
    CAPABILITY(SETPCAP, "setpcap"),
    CAPABILITY(SETUID, "setuid"),
    CAPABILITY(SYS_ADMIN, "sys_admin"),
    CAPABILITY(SYS_BOOT, "sys_boot"),
    CAPABILITY(SYS_CHROOT, "sys_chroot"),
    CAPABILITY(SYS_MODULE, "sys_module"),
    CAPABILITY(SYS_NICE, "sys_nice"),
    CAPABILITY(SYS_PACCT, "sys_pacct"),
    CAPABILITY(SYS_PTRACE, "sys_ptrace"),
    CAPABILITY(SYS_RAWIO, "sys_rawio"),
    CAPABILITY(SYS_RESOURCE, "sys_resource"),
    CAPABILITY(SYS_TIME, "sys_time"),
    CAPABILITY(SYS_TTY_CONFIG, "sys_tty_config"),
    CAPABILITY(SYSLOG, "syslog"),
    CAPABILITY(WAKE_ALARM, "wake_alarm"),
};
const RvXmlType rv_capabilities_xml = {
    .doc = "What root of a container may do.",
    .size = sizeof(RvCapabilities),
    RV_XML_ROWS(capabilities_rows),
};
