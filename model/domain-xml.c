/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rows of <domain> but for its parts that have their own file: os.c, cpu.c and the devices. */

#include "base/error.h"
#include "model/domain-def.h"
#include "model/domain-xml.h"

#include <string.h>

RV_ENUM(rv_virt_type, RvVirtType, RV_VIRT_LAST, "kvm", "qemu", "xen", "lxc", "test", "hvf",
        "hyperv", "vmware", "vbox", "openvz", "parallels", "vz", "bhyve");

RV_ENUM(rv_lifecycle_action, RvLifecycleAction, RV_LIFECYCLE_LAST, "default", "destroy", "restart",
        "rename-restart", "preserve", "coredump-destroy", "coredump-restart");

RV_ENUM(rv_lock_failure, RvLockFailure, RV_LOCK_FAILURE_LAST, "default", "poweroff", "restart",
        "pause", "ignore");

static const char *const placement_names[] = {"static", "auto", NULL};

static bool all_vcpus_on(const void *object)
{
    const RvDomainDef *def = object;
    return !def->vcpus || def->vcpus == def->max_vcpus;
}

static const RvXmlRow vcpu_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, vcpu_placement, "placement", string, .names = placement_names,
                     .fallback = "static", .doc = "auto: numad chooses the host's CPUs."),
    RV_XML_ATTRIBUTE(RvDomainDef, cpuset, "cpuset", cpuset,
                     .bad_code = RV_ERR_INVALID_ARG,
                     .doc = "The host's CPUs that may be used."),
    RV_XML_ATTRIBUTE(RvDomainDef, vcpus, "current", uint, .min = 1, .max = RV_MAX_VCPUS,
                     .omit = all_vcpus_on, .flags = RV_XML_ABI, .fallback = "all",
                     .doc = "How many the guest starts with."),
    RV_XML_TEXT(RvDomainDef, max_vcpus, uint, .min = 1, .max = RV_MAX_VCPUS, .flags = RV_XML_ABI,
                .fallback = "1", .doc = "How many virtual CPUs the guest can have."),
};
static const RvXmlType vcpu = {RV_XML_ROWS(vcpu_rows)};

static const RvXmlRow genid_rows[] = {
    RV_XML_TEXT(RvGenid, uuid, uuid, .flags = RV_XML_ABI, .bad_code = RV_ERR_INTERNAL,
                .fallback = "a random one", .doc = "The number to begin with."),
};
static const RvXmlType genid = {
    .doc = "A number that changes whenever the guest is set back in time.",
    .size = sizeof(RvGenid),
    RV_XML_ROWS(genid_rows),
};

static const RvXmlRow hotplug_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, memory_slots, "slots", uint, .flags = RV_XML_ABI,
                     .doc = "How many memory devices there can be."),
    RV_XML_TEXT(RvDomainDef, hotplug_kib, kib, .flags = RV_XML_ABI,
                .doc = "The memory of the guest with all that can be plugged in."),
};
static const RvXmlType hotplug = {RV_XML_ROWS(hotplug_rows)};

static const RvXmlRow memory_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, dump_core, "dumpCore", enum, .names = rv_tristate_switch_names,
                     .min = 1, .doc = "Whether it is in a core file of the emulator."),
    RV_XML_TEXT(RvDomainDef, max_memory_kib, kib,
                .flags = RV_XML_ALWAYS | RV_XML_ABI, .fallback = "that of the NUMA nodes",
                .doc = "The memory of the guest when it starts."),
};
static const RvXmlType memory = {RV_XML_ROWS(memory_rows)};

static const RvXmlRow resource_rows[] = {
    RV_XML_LEAF(RvDomainDef, partition, "partition", string,
                .doc = "The host's cgroup in which the guest's is made."),
    RV_XML_LEAF(RvDomainDef, appid, "fibrechannel", string, .attribute = "appid",
                .doc = "The name under which Fibre Channel switches know its traffic."),
};
static const RvXmlType resource = {RV_XML_ROWS(resource_rows)};

static const RvXmlRow pm_rows[] = {
    RV_XML_LEAF(RvDomainDef, suspend.to_mem, "suspend-to-mem", enum, .attribute = "enabled",
                .names = rv_tristate_bool_names, .min = 1,
                .doc = "Whether the guest is offered to sleep (S3)."),
    RV_XML_LEAF(RvDomainDef, suspend.to_disk, "suspend-to-disk", enum, .attribute = "enabled",
                .names = rv_tristate_bool_names, .min = 1,
                .doc = "Whether the guest is offered to hibernate (S4)."),
};
static const RvXmlType pm = {RV_XML_ROWS(pm_rows)};

#define DEVICES(field, name, xml, ...)                                                             \
    RV_XML_LIST(RvDomainDef, field, name, &xml, .max = RV_MAX_DEVICES, __VA_ARGS__)

/* Kinds of which there can be one. */
#define DEVICE(field, name, xml, ...)                                                              \
    RV_XML_CHILD(RvDomainDef, field, name, &xml,                                                   \
                 .flags = RV_XML_ABI | RV_XML_SINGLE | RV_XML_ORIGIN, __VA_ARGS__)

/* The device kinds, one row for each, in libvirt's order. */
static const RvXmlRow devices_rows[] = {
    RV_XML_LEAF(RvDomainDef, emulator, "emulator", string,
                .doc = "Absolute path of the program that runs the guest."),
    DEVICES(disks, "disk", rv_disk_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(controllers, "controller", rv_controller_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(leases, "lease", rv_lease_xml),
    DEVICES(filesystems, "filesystem", rv_filesystem_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(interfaces, "interface", rv_interface_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(smartcards, "smartcard", rv_smartcard_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(serials, "serial", rv_serial_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(parallels, "parallel", rv_parallel_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(consoles, "console", rv_console_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(channels, "channel", rv_channel_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(inputs, "input", rv_input_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(tpms, "tpm", rv_tpm_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(graphics, "graphics", rv_graphics_xml),
    DEVICES(sounds, "sound", rv_sound_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(audios, "audio", rv_audio_xml),
    DEVICES(videos, "video", rv_video_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(hostdevs, "hostdev", rv_hostdev_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(redirdevs, "redirdev", rv_redirdev_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    RV_XML_CHILD(RvDomainDef, redirfilter, "redirfilter", &rv_redirfilter_xml),
    DEVICES(hubs, "hub", rv_hub_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICE(watchdog, "watchdog", rv_watchdog_xml, .bad_code = RV_ERR_INTERNAL),
    DEVICE(memballoon, "memballoon", rv_memballoon_xml, .bad_code = RV_ERR_INTERNAL),
    DEVICES(rngs, "rng", rv_rng_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICE(nvram, "nvram", rv_nvram_xml, .bad_code = RV_ERR_INTERNAL),
    DEVICES(panics, "panic", rv_panic_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(shmems, "shmem", rv_shmem_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICES(memories, "memory", rv_memory_xml, .flags = RV_XML_ABI | RV_XML_ORIGIN),
    DEVICE(iommu, "iommu", rv_iommu_xml),
    DEVICE(vsock, "vsock", rv_vsock_xml),
};

static const RvXmlType devices = {RV_XML_ROWS(devices_rows)};

#define QEMU_CHILD(field, name, type)                                                              \
    RV_XML_CHILD_OF(&rv_qemu_namespace, RvDomainDef, qemu.field, name, type, .flags = RV_XML_ABI)

static const RvXmlRow domain_rows[] = {
    RV_XML_ATTRIBUTE(RvDomainDef, virt, "type", enum, .names = rv_virt_type_names,
                     .flags = RV_XML_REQUIRED | RV_XML_ALWAYS | RV_XML_ABI,
                     .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                     .doc = "Who runs the guest."),
    RV_XML_ATTRIBUTE(RvDomainDef, id, "id", int, .min = 0, .max = INT_MAX, .absent = -1,
                     .flags = RV_XML_LIVE, .doc = "The number of the running guest."),
    RV_XML_LEAF(RvDomainDef, name, "name", string, .max = RV_MAX_NAME,
                .flags = RV_XML_REQUIRED | RV_XML_ABI, .missing_code = RV_ERR_NO_NAME,
                .doc = "Its name, unique on the host."),
    RV_XML_LEAF(RvDomainDef, uuid, "uuid", uuid, .flags = RV_XML_ALWAYS | RV_XML_ABI,
                .bad_code = RV_ERR_INTERNAL,
                .fallback = "a random one",
                .doc = "Its identity, unique in the world."),
    RV_XML_CHILD(RvDomainDef, genid, "genid", &genid, .flags = RV_XML_ABI),
    RV_XML_LEAF(RvDomainDef, title, "title", string, .doc = "A short description, on one line."),
    RV_XML_LEAF(RvDomainDef, description, "description", string, .doc = "For people."),
    RV_XML_RAW(RvDomainDef, metadata, "metadata",
               .doc = "Whatever applications keep with the domain, in their own namespaces."),
    RV_XML_GROUP("maxMemory", &hotplug, .doc = "Room for memory that can be plugged in."),
    RV_XML_GROUP("memory", &memory, .flags = RV_XML_ALWAYS),
    RV_XML_LEAF(RvDomainDef, memory_kib, "currentMemory", kib,
                .fallback = "as <memory>", .doc = "What the balloon leaves to the guest of it."),
    RV_XML_EMBED(RvDomainDef, blkiotune, "blkiotune", &rv_blkiotune_xml),
    RV_XML_EMBED(RvDomainDef, memtune, "memtune", &rv_memtune_xml),
    RV_XML_EMBED(RvDomainDef, memory_backing, "memoryBacking", &rv_memory_backing_xml,
                 .flags = RV_XML_ABI),
    RV_XML_GROUP("vcpu", &vcpu),
    RV_XML_EMBED(RvDomainDef, each_vcpu, "vcpus", &rv_vcpus_xml, .flags = RV_XML_ABI),
    RV_XML_LEAF(RvDomainDef, iothreads.count, "iothreads", uint, .max = RV_MAX_IOTHREADS,
                .doc = "Threads for the work of disks, numbered from 1."),
    RV_XML_EMBED(RvDomainDef, iothreads, "iothreadids", &rv_iothread_ids_xml,
                 .doc = "The numbers of these threads."),
    RV_XML_EMBED(RvDomainDef, iothreads, "defaultiothread", &rv_default_iothread_xml,
                 .doc = "The thread that does the work of all other devices."),
    RV_XML_EMBED(RvDomainDef, cputune, "cputune", &rv_cputune_xml),
    RV_XML_EMBED(RvDomainDef, numatune, "numatune", &rv_numatune_xml),
    RV_XML_GROUP("resource", &resource, .doc = "To what of the host the guest belongs."),
    RV_XML_LIST(RvDomainDef, sysinfos, "sysinfo", &rv_sysinfo_xml, .max = 16, .flags = RV_XML_ABI),
    RV_XML_LEAF(RvDomainDef, bootloader, "bootloader", string, .flags = RV_XML_ABI,
                .doc = "Absolute path of the program that reads a kernel from the guest's disk "
                       "(Xen)."),
    RV_XML_LEAF(RvDomainDef, bootloader_args, "bootloader_args", string, .flags = RV_XML_ABI,
                .doc = "Its arguments."),
    RV_XML_GROUP("os", &rv_os_xml, .flags = RV_XML_ALWAYS | RV_XML_REQUIRED,
                 .doc = "What the guest boots, and on what machine."),
    RV_XML_EMBED(RvDomainDef, idmap, "idmap", &rv_idmap_xml),
    RV_XML_EMBED(RvDomainDef, features, "features", &rv_features_xml),
    RV_XML_GROUP("cpu", &rv_cpu_xml, .doc = "The CPU that the guest sees."),
    RV_XML_EMBED(RvDomainDef, clock, "clock", &rv_clock_xml, .flags = RV_XML_ALWAYS),
    RV_XML_LEAF(RvDomainDef, on_poweroff, "on_poweroff", enum, .names = rv_lifecycle_action_names,
                .min = 1, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .fallback = "destroy", .doc = "What happens when the guest powers off."),
    RV_XML_LEAF(RvDomainDef, on_reboot, "on_reboot", enum, .names = rv_lifecycle_action_names,
                .min = 1, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .fallback = "restart", .doc = "What happens when the guest reboots."),
    RV_XML_LEAF(RvDomainDef, on_crash, "on_crash", enum, .names = rv_lifecycle_action_names,
                .min = 1, .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .fallback = "destroy", .doc = "What happens when the guest crashes."),
    RV_XML_LEAF(RvDomainDef, on_lockfailure, "on_lockfailure", enum, .names = rv_lock_failure_names,
                .bad_code = RV_ERR_CONFIG_UNSUPPORTED,
                .doc = "What happens when the lock of a disk is lost."),
    RV_XML_GROUP("pm", &pm, .doc = "Power management that the guest is offered."),
    RV_XML_EMBED(RvDomainDef, perf, "perf", &rv_perf_xml),
    RV_XML_GROUP("devices", &devices, .flags = RV_XML_ALWAYS),
    RV_XML_LIST(RvDomainDef, seclabels, "seclabel", &rv_seclabel_xml, .max = 64),
    RV_XML_EMBED(RvDomainDef, keywrap, "keywrap", &rv_keywrap_xml),
    RV_XML_CHILD_OF(&rv_container_namespace, RvDomainDef, oci, "image", &rv_oci_xml),
    RV_XML_CHILD_OF(&rv_container_namespace, RvDomainDef, run, "run", &rv_run_xml),
    RV_XML_CHILD(RvDomainDef, launch_security, "launchSecurity", &rv_launch_security_xml,
                 .flags = RV_XML_ABI),
    RV_XML_CHILD_OF(&rv_lxc_namespace, RvDomainDef, lxc, "namespace", &rv_lxc_namespace_xml),
    QEMU_CHILD(commandline, "commandline", &rv_qemu_commandline_xml),
    QEMU_CHILD(capabilities, "capabilities", &rv_qemu_capabilities_xml),
    QEMU_CHILD(overrides, "override", &rv_qemu_override_xml),
    QEMU_CHILD(deprecation, "deprecation", &rv_qemu_deprecation_xml),
    RV_XML_CHILD_OF(&rv_xen_namespace, RvDomainDef, xen_commandline, "commandline",
                    &rv_xen_commandline_xml, .flags = RV_XML_ABI),
    RV_XML_FOREIGN(RvDomainDef, foreign,
                   .doc = "Elements of other namespaces are kept as they are."),
};

static void check_domain(RvXmlReader *reader, const RvXmlNode *node, void *object)
{
    RvDomainDef *def = object;
    rv_domain_def_settle(reader, node, def);
    rv_domain_def_check(reader, node, def);
    rv_domain_def_order(def);
    if (!def->vcpus)
        def->vcpus = def->max_vcpus;
}

const RvXmlType rv_domain_xml = {
    .doc = "A guest.",
    .size = sizeof(RvDomainDef),
    RV_XML_ROWS(domain_rows),
    .check = check_domain,
};
