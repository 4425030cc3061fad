/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A domain's definition as typed structs. Drivers read these and never walk XML. Reference-counted
 * and immutable once published; whoever wants a change works on a copy.
 *
 * Numbers that may be absent are 0 when absent unless said otherwise; memory is in KiB, as in
 * libvirt's XML. Strings are owned, NULL when absent. Lists are never NULL; what they hold belongs
 * to the definition and is made and freed by the rows of its type (rv_xml_new(&rv_disk_xml), see
 * model/xml-table.h), so that whoever adds an element gives it away.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/enum.h"
#include "base/uuid.h"
#include "model/audio.h"
#include "model/blkiotune.h"
#include "model/chardev.h"
#include "model/clock.h"
#include "model/container.h"
#include "model/controller.h"
#include "model/cputune.h"
#include "model/diagnostics.h"
#include "model/disk.h"
#include "model/features.h"
#include "model/filesystem.h"
#include "model/format.h"
#include "model/graphics.h"
#include "model/hostdev.h"
#include "model/hub.h"
#include "model/input.h"
#include "model/interface.h"
#include "model/iommu.h"
#include "model/iothread.h"
#include "model/keywrap.h"
#include "model/launch-security.h"
#include "model/lease.h"
#include "model/memballoon.h"
#include "model/memory-backing.h"
#include "model/memory.h"
#include "model/memtune.h"
#include "model/numa.h"
#include "model/nvram.h"
#include "model/lxc-namespace.h"
#include "model/oci.h"
#include "model/panic.h"
#include "model/perf.h"
#include "model/qemu-namespace.h"
#include "model/redirdev.h"
#include "model/rng.h"
#include "model/run.h"
#include "model/seclabel.h"
#include "model/shmem.h"
#include "model/smartcard.h"
#include "model/sound.h"
#include "model/sysinfo.h"
#include "model/tpm.h"
#include "model/vcpu.h"
#include "model/video.h"
#include "model/vsock.h"
#include "model/watchdog.h"
#include "model/xen-namespace.h"

typedef enum {
    RV_VIRT_KVM,
    RV_VIRT_QEMU,
    RV_VIRT_XEN,
    RV_VIRT_LXC,
    RV_VIRT_TEST,
    RV_VIRT_HVF, /* from here on: others', which no driver of ours runs */
    RV_VIRT_HYPERV,
    RV_VIRT_VMWARE,
    RV_VIRT_VBOX,
    RV_VIRT_OPENVZ,
    RV_VIRT_PARALLELS,
    RV_VIRT_VZ,
    RV_VIRT_BHYVE,
    RV_VIRT_LAST,
} RvVirtType;
RV_ENUM_DECLARE(rv_virt_type, RvVirtType);

typedef enum { RV_OS_HVM, RV_OS_LINUX, RV_OS_XEN, RV_OS_XENPVH, RV_OS_EXE, RV_OS_LAST } RvOsType;
RV_ENUM_DECLARE(rv_os_type, RvOsType);

typedef enum { RV_BOOT_NONE, RV_BOOT_FD, RV_BOOT_HD, RV_BOOT_CDROM, RV_BOOT_NETWORK, RV_BOOT_LAST }
    RvBootDevice;
RV_ENUM_DECLARE(rv_boot_device, RvBootDevice);

typedef enum {
    RV_LIFECYCLE_DEFAULT,
    RV_LIFECYCLE_DESTROY,
    RV_LIFECYCLE_RESTART,
    RV_LIFECYCLE_RENAME_RESTART,
    RV_LIFECYCLE_PRESERVE,
    RV_LIFECYCLE_COREDUMP_DESTROY,
    RV_LIFECYCLE_COREDUMP_RESTART,
    RV_LIFECYCLE_LAST,
} RvLifecycleAction;
RV_ENUM_DECLARE(rv_lifecycle_action, RvLifecycleAction);

typedef enum {
    RV_LOCK_FAILURE_DEFAULT,
    RV_LOCK_FAILURE_POWEROFF,
    RV_LOCK_FAILURE_RESTART,
    RV_LOCK_FAILURE_PAUSE,
    RV_LOCK_FAILURE_IGNORE,
    RV_LOCK_FAILURE_LAST,
} RvLockFailure;
RV_ENUM_DECLARE(rv_lock_failure, RvLockFailure);

/* A number that changes whenever the guest is set back in time, for it to notice. */
typedef struct {
    RvUuid uuid; /* zero until completed */
} RvGenid;

typedef enum {
    RV_CPU_NONE,
    RV_CPU_CUSTOM,
    RV_CPU_HOST_MODEL,
    RV_CPU_HOST_PASSTHROUGH,
    RV_CPU_MAXIMUM,
    RV_CPU_LAST,
} RvCpuMode;
RV_ENUM_DECLARE(rv_cpu_mode, RvCpuMode);

typedef enum { RV_FIRMWARE_NONE, RV_FIRMWARE_BIOS, RV_FIRMWARE_EFI, RV_FIRMWARE_LAST } RvFirmware;
RV_ENUM_DECLARE(rv_firmware, RvFirmware);

typedef struct {
    RvTristate enabled;
    int name; /* of rv_firmware_feature_names: "enrolled-keys", "secure-boot" */
} RvFirmwareFeature;
extern const char *const rv_firmware_feature_names[];

typedef struct {
    char *type, *path; /* "slic" */
} RvAcpiTable;

typedef struct {
    unsigned sockets, dies, cores, threads;
} RvCpuTopology;

typedef struct {
    int level;  /* -1: not said */
    char *mode; /* "emulate", "passthrough", "disable" */
} RvCpuCache;

typedef struct {
    char *mode; /* "emulate", "passthrough" */
    int bits;   /* -1: not said */
} RvCpuAddress;

typedef struct {
    char *name;
    char *policy; /* "force", "require", "optional", "disable", "forbid" */
} RvCpuFeature;

typedef struct RvDomainDef RvDomainDef;
struct RvDomainDef {
    int refs;

    RvVirtType virt;
    int id; /* -1 when not active; shown in the live XML only */
    char *name;
    RvUuid uuid;
    RvGenid *genid; /* NULL: none wanted */
    char *title, *description;
    char *metadata; /* the whole <metadata> element, byte for byte */

    uint64_t hotplug_kib;       /* <maxMemory>: with all that can be plugged in; 0: none can */
    unsigned memory_slots;      /* its slots= */
    uint64_t max_memory_kib, memory_kib; /* <memory>, <currentMemory> */
    RvTristate dump_core;
    RvBlkiotune blkiotune;
    RvMemtune memtune;
    RvMemoryBacking memory_backing;
    unsigned max_vcpus, vcpus;           /* <vcpu>, its current= */
    char *vcpu_placement;                /* "static" or "auto" */
    char *cpuset;
    RvVcpus each_vcpu;
    RvIothreads iothreads;
    RvCputune cputune;
    RvNumatune numatune;
    GPtrArray *sysinfos; /* RvSysinfo */
    char *partition, *appid; /* <resource> */

    char *bootloader, *bootloader_args; /* xen: what reads the kernel from the guest's disk */

    struct {
        RvOsType type;
        char *arch, *machine;
        RvFirmware firmware; /* to be chosen by the driver; NONE: as the loader says */
        GPtrArray *firmware_features; /* RvFirmwareFeature, each once */
        GArray *boot; /* RvBootDevice */
        RvTristate boot_menu;
        int boot_menu_timeout; /* ms; -1: not said */
        RvTristate use_serial; /* the firmware's output on a serial port */
        int reboot_timeout;    /* ms until it tries again; INT_MIN: not said; -1: never */
        char *smbios;          /* "emulate", "host", "sysinfo" */
        GPtrArray *acpi_tables; /* RvAcpiTable: at most one */
        char *root;
        char *kernel, *initrd, *cmdline, *dtb;
        char *loader, *loader_type; /* "rom" or "pflash" */
        RvTristate loader_readonly, loader_secure, loader_stateless;
        char *nvram, *nvram_template;
        char *nvram_type, *nvram_source; /* instead of the path: the whole <source> */
        char *init; /* containers */
        GArray *init_args; /* char * */
        GPtrArray *init_env; /* RvInitEnv */
        char *init_dir, *init_user, *init_group;
    } os;

    RvIdMap idmap; /* containers */
    RvFeatures features;

    struct {
        RvCpuMode mode;
        char *match, *check, *model, *fallback, *vendor_id, *vendor;
        RvTristate migratable;
        RvCpuTopology topology;
        RvCpuCache *cache;     /* NULL: not said */
        RvCpuAddress *address; /* its width; NULL: not said */
        GPtrArray *features;   /* RvCpuFeature */
    } cpu;
    RvNuma numa;

    RvClock clock;

    RvLifecycleAction on_poweroff, on_reboot, on_crash;
    RvLockFailure on_lockfailure;

    struct {
        RvTristate to_mem, to_disk;
    } suspend;
    RvPerf perf;

    char *emulator;
    GPtrArray *disks;       /* RvDisk */
    GPtrArray *controllers; /* RvController */
    GPtrArray *filesystems; /* RvFilesystem */
    GPtrArray *leases;      /* RvLease */
    GPtrArray *interfaces;  /* RvInterface */
    GPtrArray *smartcards;  /* RvSmartcard */
    GPtrArray *serials, *parallels, *consoles, *channels; /* RvChardev */
    GPtrArray *inputs;      /* RvInput */
    GPtrArray *tpms;        /* RvTpm */
    GPtrArray *graphics;    /* RvGraphics */
    GPtrArray *sounds;      /* RvSound */
    GPtrArray *audios;      /* RvAudio */
    GPtrArray *videos;      /* RvVideo */
    GPtrArray *hostdevs;    /* RvHostdev */
    GPtrArray *redirdevs;   /* RvRedirdev */
    RvRedirfilter *redirfilter;
    GPtrArray *hubs;        /* RvHub */
    RvWatchdog *watchdog;
    RvMemballoon *memballoon; /* NULL: none said */
    GPtrArray *rngs;        /* RvRng */
    RvNvram *nvram;
    GPtrArray *panics;      /* RvPanic */
    GPtrArray *shmems;      /* RvShmem */
    GPtrArray *memories;    /* RvMemory */
    RvIommu *iommu;
    RvVsock *vsock;

    GPtrArray *seclabels; /* RvSeclabel */

    RvKeywrap keywrap;
    RvOci *oci; /* NULL: not said */
    RvRun *run; /* NULL: not said */
    RvLxcNamespace *lxc; /* NULL: not said */
    RvLaunchSecurity *launch_security; /* NULL: none */
    RvQemuNamespace qemu;
    RvXenCommandline *xen_commandline; /* NULL: none */

    GArray *foreign; /* char *: elements of other namespaces, byte for byte */
};

extern const RvXmlType rv_domain_xml;

/*
 * Parses and checks a document. All faults go to `diagnostics` (may be NULL): errors refuse it,
 * warnings name unknown content that was dropped. No defaults of a driver are filled in yet; what
 * only a running guest has (id, aliases, ...) is dropped.
 */
G_GNUC_WARN_UNUSED_RESULT RvDomainDef *rv_domain_def_parse(const char *text, size_t len,
                                                           RvDiagnostics *diagnostics,
                                                           GError **error);

/* The same for the document of a running guest, with all that RV_FORMAT_LIVE wrote. */
G_GNUC_WARN_UNUSED_RESULT RvDomainDef *rv_domain_def_parse_live(const char *text, size_t len,
                                                                RvDiagnostics *diagnostics,
                                                                GError **error);
char *rv_domain_def_format(const RvDomainDef *def, RvFormatFlags flags);

RvDomainDef *rv_domain_def_new(void);
RvDomainDef *rv_domain_def_copy(const RvDomainDef *def);
RvDomainDef *rv_domain_def_ref(RvDomainDef *def); /* any thread */
void rv_domain_def_unref(RvDomainDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDomainDef, rv_domain_def_unref)

/*
 * What libvirt fills in for every driver alike: UUID, MACs, memory, vCPUs, actions, order and
 * addresses of disks, indexes of controllers, controllers that disks and channels need, ports of
 * character devices, the console that is the first serial port, the device to boot from. For a
 * driver's complete(), after its own choices (buses, models of what is there) and before it gives
 * PCI and other addresses. `video_model` is for a machine with graphics but no video, and for
 * videos without a model. Doing it again changes nothing.
 */
G_GNUC_WARN_UNUSED_RESULT bool rv_domain_def_complete_common(RvDomainDef *def,
                                                             const char *video_model,
                                                             GError **error);

/* Gives indexes to controllers that have none: for a driver that looks for one before. */
void rv_domain_def_number_controllers(RvDomainDef *def);

/* Adds the controllers that the addresses of devices name, and gives smartcards their slots. For
 * rv_domain_def_complete_common(). */
G_GNUC_WARN_UNUSED_RESULT bool rv_domain_def_add_controllers(RvDomainDef *def, GError **error);

/* A disk by its target or, as libvirt's clients may, by the path of its source; NULL: there is none. */
RvDisk *rv_domain_def_find_disk(const RvDomainDef *def, const char *name);

RvController *rv_domain_def_find_controller(const RvDomainDef *def, RvControllerType type,
                                            int index);

/* Makes the first console of a full machine show what its first serial port is: after whatever
 * changed that port. */
void rv_domain_def_mirror_console(RvDomainDef *def);

/* KiB that the guest may take on the host, 0: no limit. A container's memory is nothing but a limit
 * of it: that of <memory>, unless <memtune> says another, and below it that of <currentMemory>. */
uint64_t rv_domain_def_memory_limit(const RvDomainDef *def);

/* Whether other programs can look into the guest's memory, as some that serve devices must. */
bool rv_domain_def_shares_memory(const RvDomainDef *def);

/* Whether formatting it without RV_FORMAT_SECRETS would leave something out. */
bool rv_domain_def_has_secrets(const RvDomainDef *def);
