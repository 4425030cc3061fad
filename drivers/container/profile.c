/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/profile.h"

#include <errno.h>

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

json_t *container_profile_capabilities(const RvDomainDef *def)
{
    uint64_t set = granted(&def->features.capabilities);
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

json_t *container_profile_seccomp(const RvDomainDef *def)
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
