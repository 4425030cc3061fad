/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain-def.h"

RV_ENUM(rv_virt_type, RvVirtType, RV_VIRT_LAST, "kvm", "qemu", "xen", "lxc", "test");

RV_ENUM(rv_os_type, RvOsType, RV_OS_LAST, "hvm", "linux", "xen", "xenpvh", "exe");

RV_ENUM(rv_boot_device, RvBootDevice, RV_BOOT_LAST, "none", "fd", "hd", "cdrom", "network");

RV_ENUM(rv_lifecycle_action, RvLifecycleAction, RV_LIFECYCLE_LAST, "default", "destroy", "restart",
        "rename-restart", "preserve", "coredump-destroy", "coredump-restart");

RV_ENUM(rv_clock_offset, RvClockOffset, RV_CLOCK_LAST, "utc", "localtime", "variable", "timezone");

RV_ENUM(rv_tristate_switch, RvTristate, RV_TRISTATE_LAST, "default", "on", "off");
RV_ENUM(rv_tristate_bool, RvTristate, RV_TRISTATE_LAST, "default", "yes", "no");

RV_ENUM(rv_cpu_mode, RvCpuMode, RV_CPU_LAST, "none", "custom", "host-model", "host-passthrough",
        "maximum");
