/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/profile.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "base/error.h"
#include "base/file.h"

enum { MAX_FILTER = 1 << 20 };

#define BIT(name) (UINT64_C(1) << RV_CAPABILITY_##name)

/*
 * What a whole system needs in namespaces of its own: its users and files, its network, reboot(2),
 * which ends the container only. Not among them are those that lead into the kernel's depths:
 * sys_admin, sys_module, sys_rawio, sys_time, sys_ptrace, mknod, mac_*, syslog.
 */
static const uint64_t usual = BIT(AUDIT_WRITE) | BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(FOWNER) |
                              BIT(FSETID) | BIT(KILL) | BIT(NET_ADMIN) | BIT(NET_BIND_SERVICE) |
                              BIT(NET_RAW) | BIT(SETFCAP) | BIT(SETGID) | BIT(SETPCAP) |
                              BIT(SETUID) | BIT(SYS_BOOT) | BIT(SYS_CHROOT);

bool container_profile_is_privileged(const RvDomainDef *def)
{
    return def->run && def->run->privileged;
}

static uint64_t granted(const RvCapabilities *capabilities)
{
    uint64_t all = (UINT64_C(1) << RV_CAPABILITY_LAST) - 1;
    uint64_t set = capabilities->policy == RV_CAPABILITIES_ALLOW  ? all
                   : capabilities->policy == RV_CAPABILITIES_DENY ? 0
                                                               : usual;
    for (unsigned i = 0; i < RV_CAPABILITY_LAST; i++) {
        if (capabilities->states[i] == RV_TRISTATE_ON)
            set |= UINT64_C(1) << i;
        else if (capabilities->states[i] == RV_TRISTATE_OFF)
            set &= ~(UINT64_C(1) << i);
    }
    return set;
}

/* All that this daemon itself may have: nothing can be handed on that it has not. */
static uint64_t all_of_ours(void)
{
#define ROW(name) [RV_CAPABILITY_##name] = CAP_##name
    static const int numbers[RV_CAPABILITY_LAST] = {
        ROW(AUDIT_CONTROL), ROW(AUDIT_WRITE), ROW(BLOCK_SUSPEND), ROW(CHOWN), ROW(DAC_OVERRIDE),
        ROW(DAC_READ_SEARCH), ROW(FOWNER), ROW(FSETID), ROW(IPC_LOCK), ROW(IPC_OWNER), ROW(KILL),
        ROW(LEASE), ROW(LINUX_IMMUTABLE), ROW(MAC_ADMIN), ROW(MAC_OVERRIDE), ROW(MKNOD),
        ROW(NET_ADMIN), ROW(NET_BIND_SERVICE), ROW(NET_BROADCAST), ROW(NET_RAW), ROW(SETGID),
        ROW(SETFCAP), ROW(SETPCAP), ROW(SETUID), ROW(SYS_ADMIN), ROW(SYS_BOOT), ROW(SYS_CHROOT),
        ROW(SYS_MODULE), ROW(SYS_NICE), ROW(SYS_PACCT), ROW(SYS_PTRACE), ROW(SYS_RAWIO),
        ROW(SYS_RESOURCE), ROW(SYS_TIME), ROW(SYS_TTY_CONFIG), ROW(SYSLOG), ROW(WAKE_ALARM),
    };
#undef ROW
    uint64_t set = 0;
    for (unsigned i = 0; i < RV_CAPABILITY_LAST; i++)
        if (prctl(PR_CAPBSET_READ, numbers[i], 0, 0, 0) == 1)
            set |= UINT64_C(1) << i;
    return set;
}

const char *container_profile_apparmor(const RvDomainDef *def)
{
    for (guint i = 0; i < def->seclabels->len; i++) {
        const RvSeclabel *label = def->seclabels->pdata[i];
        if (label->type == RV_SECLABEL_STATIC && g_strcmp0(label->model, "apparmor") == 0)
            return label->label;
    }
    return NULL;
}

json_t *container_profile_capabilities(const RvDomainDef *def)
{
    uint64_t set = container_profile_is_privileged(def) ? all_of_ours()
                                                        : granted(&def->features.capabilities);
    json_t *names = json_array();
    for (unsigned i = 0; i < RV_CAPABILITY_LAST; i++) {
        if (!(set & (UINT64_C(1) << i)))
            continue;
        g_autofree char *upper = g_ascii_strup(rv_capability_to_string(i), -1);
        g_autofree char *name = g_strdup_printf("CAP_%s", upper);
        json_array_append_new(names, json_string(name));
    }
    return json_pack("{s:O, s:O, s:o}", "bounding", names, "effective", names, "permitted", names);
}

/* ---- System calls --------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    uint64_t unless; /* a capability that asks for it; 0: never allowed */
} Call;

/* Those that act on the whole host, that make namespaces of which each is a new way to the kernel's
 * depths, or that have been the way out of containers before. */
static const Call refused[] = {
    {"acct", BIT(SYS_PACCT)},
    {"add_key", 0},
    {"bpf", BIT(SYS_ADMIN)},
    {"clock_adjtime", BIT(SYS_TIME)},
    {"clock_settime", BIT(SYS_TIME)},
    {"create_module", 0},
    {"delete_module", BIT(SYS_MODULE)},
    {"fanotify_init", BIT(SYS_ADMIN)},
    {"finit_module", BIT(SYS_MODULE)},
    {"fsconfig", BIT(SYS_ADMIN)},
    {"fsmount", BIT(SYS_ADMIN)},
    {"fsopen", BIT(SYS_ADMIN)},
    {"fspick", BIT(SYS_ADMIN)},
    {"get_kernel_syms", 0},
    {"get_mempolicy", BIT(SYS_NICE)},
    {"init_module", BIT(SYS_MODULE)},
    {"io_uring_enter", BIT(SYS_ADMIN)},
    {"io_uring_register", BIT(SYS_ADMIN)},
    {"io_uring_setup", BIT(SYS_ADMIN)},
    {"ioperm", BIT(SYS_RAWIO)},
    {"iopl", BIT(SYS_RAWIO)},
    {"kcmp", BIT(SYS_PTRACE)},
    {"kexec_file_load", 0},
    {"kexec_load", 0},
    {"keyctl", 0},
    {"lookup_dcookie", BIT(SYS_ADMIN)},
    {"mbind", BIT(SYS_NICE)},
    {"mount", BIT(SYS_ADMIN)},
    {"mount_setattr", BIT(SYS_ADMIN)},
    {"move_mount", BIT(SYS_ADMIN)},
    {"move_pages", BIT(SYS_NICE)},
    {"nfsservctl", 0},
    {"open_by_handle_at", BIT(DAC_READ_SEARCH)},
    {"open_tree", BIT(SYS_ADMIN)},
    {"perf_event_open", BIT(SYS_ADMIN)},
    {"pivot_root", BIT(SYS_ADMIN)},
    {"process_vm_readv", BIT(SYS_PTRACE)},
    {"process_vm_writev", BIT(SYS_PTRACE)},
    {"ptrace", BIT(SYS_PTRACE)},
    {"query_module", 0},
    {"quotactl", BIT(SYS_ADMIN)},
    {"quotactl_fd", BIT(SYS_ADMIN)},
    {"request_key", 0},
    {"set_mempolicy", BIT(SYS_NICE)},
    {"setns", BIT(SYS_ADMIN)},
    {"settimeofday", BIT(SYS_TIME)},
    {"stime", BIT(SYS_TIME)},
    {"swapoff", 0},
    {"swapon", 0},
    {"_sysctl", 0},
    {"sysfs", 0},
    {"umount", BIT(SYS_ADMIN)},
    {"umount2", BIT(SYS_ADMIN)},
    {"unshare", BIT(SYS_ADMIN)},
    {"uselib", 0},
    {"userfaultfd", BIT(SYS_PTRACE)},
    {"ustat", 0},
    {"vhangup", BIT(SYS_TTY_CONFIG)},
    {"vm86", 0},
    {"vm86old", 0},
};

static json_t *refuse(json_t *names, int error, json_t *args)
{
    json_t *rule = json_pack("{s:o, s:s, s:i}", "names", names, "action", "SCMP_ACT_ERRNO",
                             "errnoRet", error);
    if (args)
        json_object_set_new(rule, "args", args);
    return rule;
}

/* clone() that makes a namespace; clone3() hides its flags from us, and programs do without. */
static void refuse_namespaces(json_t *rules)
{
    static const unsigned flags[] = {0x00020000, 0x02000000, 0x04000000, 0x08000000,
                                     0x10000000, 0x20000000, 0x40000000};
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        json_array_append_new(
            rules, refuse(json_pack("[s]", "clone"), EPERM,
                          json_pack("[{s:i, s:I, s:I, s:s}]", "index", 0, "value",
                                    (json_int_t)flags[i], "valueTwo", (json_int_t)flags[i], "op",
                                    "SCMP_CMP_MASKED_EQ")));
    json_array_append_new(rules, refuse(json_pack("[s]", "clone3"), ENOSYS, NULL));
}

/* Pushing characters into a terminal's input, as if somebody had typed them. */
static void refuse_typing(json_t *rules)
{
    enum { TIOCSTI_NUMBER = 0x5412, TIOCLINUX_NUMBER = 0x541c };
    const int requests[] = {TIOCSTI_NUMBER, TIOCLINUX_NUMBER};
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        json_array_append_new(rules, refuse(json_pack("[s]", "ioctl"), EPERM,
                                            json_pack("[{s:i, s:I, s:I, s:s}]", "index", 1, "value",
                                                      (json_int_t)0xffffffff, "valueTwo",
                                                      (json_int_t)requests[i], "op",
                                                      "SCMP_CMP_MASKED_EQ")));
}

static json_t *read_filter(const char *path, GError **error)
{
    json_error_t fault;
    g_autofree char *text = rv_file_read(path, MAX_FILTER, NULL, error);
    if (!text) {
        g_prefix_error(error, "the seccomp profile: ");
        return NULL;
    }
    json_t *filter = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    if (filter && json_is_string(json_object_get(filter, "defaultAction")))
        return filter;
    rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "the seccomp profile '%s' %s%s", path,
                 filter ? "has no \"defaultAction\"" : "is not JSON: ", filter ? "" : fault.text);
    rv_error_remedy(error, "it is to be as linux.seccomp of the OCI runtime specification");
    json_decref(filter);
    return NULL;
}

static json_t *usual_filter(const RvDomainDef *def)
{
    uint64_t set = granted(&def->features.capabilities);
    json_t *rules = json_array(), *names = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        if (!(refused[i].unless & set))
            json_array_append_new(names, json_string(refused[i].name));
    }
    json_array_append_new(rules, refuse(names, EPERM, NULL));
    if (!(set & BIT(SYS_ADMIN)))
        refuse_namespaces(rules);
    refuse_typing(rules);
#if defined(__x86_64__)
    json_t *archs = json_pack("[s, s, s]", "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
#else
    json_t *archs = json_pack("[s, s]", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
#endif
    return json_pack("{s:s, s:o, s:o}", "defaultAction", "SCMP_ACT_ALLOW", "architectures", archs,
                     "syscalls", rules);
}

json_t *container_profile_seccomp(const RvDomainDef *def, GError **error)
{
    return def->run && def->run->seccomp ? read_filter(def->run->seccomp->file, error)
                                         : usual_filter(def);
}

/* ---- Files of the kernel -------------------------------------------------------------------- */

static json_t *strings(const char *const *list, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_string(list[i]));
    return array;
}

json_t *container_profile_masked_paths(void)
{
    static const char *const paths[] = {
        "/proc/acpi",       "/proc/asound",      "/proc/interrupts",   "/proc/kallsyms",
        "/proc/kcore",      "/proc/keys",        "/proc/key-users",    "/proc/kmsg",
        "/proc/kpagecount", "/proc/kpageflags",  "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi",       "/proc/slabinfo",    "/proc/timer_list",   "/proc/timer_stats",
        "/proc/vmallocinfo", "/sys/devices/virtual/powercap", "/sys/firmware",
        "/sys/fs/selinux",  "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/module",
    };
    return strings(paths, G_N_ELEMENTS(paths));
}

json_t *container_profile_read_only_paths(void)
{
    static const char *const paths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"};
    return strings(paths, G_N_ELEMENTS(paths));
}
