/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The driver boundary. A driver is mechanism only: it never looks objects up, never checks rights,
 * never takes jobs, never emits events, never saves files of ours, never knows RPC. It is a set of
 * small constant tables; a table or slot that is missing is answered by the dispatcher as "not
 * supported by driver X". A new driver is its own folder and one line in drivers/drivers.c.
 *
 * Threads. Slots marked [job] run on a worker thread and may block; the core runs at most one of
 * them at a time for one guest. They must return soon after op->cancel is cancelled. Slots marked
 * [loop] run on the I/O thread and must not block at all. Slots marked [any] are pure.
 */

#include <gio/gio.h>
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/uuid.h"
#include "drivers/image.h"
#include "model/attachment.h"
#include "model/domain-def.h"
#include "model/domain-state.h"
#include "model/guest-stats.h"
#include "model/support.h"

typedef struct RvDriver RvDriver;
typedef struct RvGuest RvGuest;
struct RvDriverHost;

/* ---- What the core gives a driver ---------------------------------------------------------- */

typedef enum {
    RV_GUEST_REBOOTED, /* the guest restarted by itself or on request */
    RV_GUEST_RTC_CHANGED,
    RV_GUEST_WATCHDOG,
} RvGuestEvent;

/*
 * How a driver tells what happened to a guest without having been asked. Any thread; the core
 * judges, publishes, stores and tells clients. A report about a guest after `ended` is ignored.
 */
typedef struct {
    /* Panicked: RV_DOMAIN_CRASHED; the core acts by <on_crash>. Shutting down: RV_DOMAIN_SHUTDOWN
     * with who asked for it as the reason. */
    void (*state)(RvGuest *guest, RvDomainState state, int reason);
    void (*event)(RvGuest *guest, RvGuestEvent event);
    /* The instance is gone (process ended, domain destroyed). The core then calls cleanup(). */
    void (*ended)(RvGuest *guest, RvShutoffReason reason);
    /* The same, with how it ended in words (NULL: nothing to tell), and whether the driver's part
     * of its definition wants it to start again. */
    void (*exited)(RvGuest *guest, RvShutoffReason reason, const char *how, bool again);
    /* Something failed that nobody waited for; for `reeve failures`. */
    void (*failure)(RvGuest *guest, const char *text);
    /* It ended, since the guest rebooted: what then happens is said by <on_reboot>. */
    void (*rebooted)(RvGuest *guest);
    /* A guest runs that somebody else started. Unless the core knows it, it shows and adopts it;
     * `def` (live, with its id; copied) and `remembered` (a reference is taken) are for adopt(). */
    void (*found)(const struct RvDriverHost *host, const RvDomainDef *def, RvDomainState state,
                  json_t *remembered);
} RvGuestReports;

/* One for each driver, alive as long as the daemon. */
typedef struct RvDriverHost {
    const RvDriver *driver; /* whose host this is */
    RvLoop *loop;
    const char *run_dir;   /* RUN/drivers/NAME: sockets and scratch, gone after a reboot */
    const char *state_dir; /* STATE/drivers/NAME: survives a reboot */
    const char *log_dir;   /* LOG/guests */
    bool privileged;       /* may change uids and make devices and cgroups */
    const RvGuestReports *reports;
    const char *(*setting)(const char *name); /* "kvm_uid_base": value as text; see settings.c */
    void *priv;            /* the driver's; see open() */
    void *core;            /* the core's */
} RvDriverHost;

/*
 * One running (or starting, or just ended) instance. The core makes it before start() or adopt()
 * and frees it after cleanup(). `def` is the guest's own copy: start() and adopt() may write to it
 * what only a running guest has (aliases, tty paths, ports); after they return it is immutable.
 */
struct RvGuest {
    const RvDriver *driver;
    const RvDriverHost *host;
    RvDomainDef *def;
    int id;     /* the domain id clients see; start() may give another, as def->id, too */
    void *priv; /* the driver's */
    void *core; /* the core's */
};

/* The job in whose name a [job] slot runs. */
typedef struct RvOperation {
    GCancellable *cancel; /* never NULL */
    /* Tells how far it is, for clients that poll; total 0: unknown. May be called often. */
    void (*progress)(struct RvOperation *op, uint64_t done, uint64_t total);
} RvOperation;

/* ---- What a driver gives the core: tables -------------------------------------------------- */

/* The host as the hypervisor has it. */
enum { RV_NODE_CELLS = 64 };
typedef struct {
    uint64_t memory_kib, free_kib;
    unsigned cpus, mhz, nodes, sockets, cores, threads; /* by the rules of RvHostInfo */
    uint64_t cell_free_kib[RV_NODE_CELLS]; /* of `nodes` NUMA cells */
} RvNode;

/* The host as this driver sees it. */
typedef struct {
    /* [loop] The first call of all: makes host->priv. Starts nothing and waits for nothing. Both
     * are optional; after close() the driver is not called again, while its guests run on. */
    bool (*open)(RvDriverHost *host, GError **error);
    void (*close)(RvDriverHost *host);

    /* [job] Called once, when first needed. False: the driver cannot work here, the error says
     * why and what to install. The daemon runs on without it. */
    bool (*probe)(const RvDriverHost *host, GError **error);

    /* [job] The version of the hypervisor, as major * 1,000,000 + minor * 1,000 + release. */
    bool (*version)(const RvDriverHost *host, unsigned long *ret_version, GError **error);

    /* [job] The <guest> elements of the capabilities document, as XML text. The <host> part is the
     * core's, but for what follows. */
    char *(*guest_capabilities)(const RvDriverHost *host, GError **error);

    /* [job] What <host> has there from <cpu> to <topology>, as XML text. Only where the kernel that
     * we run on does not know it, being a guest of the hypervisor itself. */
    char *(*host_capabilities)(const RvDriverHost *host, GError **error);

    /* [job] The whole domain capabilities document. Any argument may be NULL: the default. Optional. */
    char *(*domain_capabilities)(const RvDriverHost *host, const char *emulator, const char *arch,
                                 const char *machine, const char *virt_type, GError **error);

    /* [job] The host's numbers. Only where the kernel that we run on does not know them, being a
     * guest of the hypervisor itself. */
    bool (*node)(const RvDriverHost *host, RvNode *ret, GError **error);

    /* [any] The most vCPUs a guest of this type can have; virt_type may be NULL. */
    bool (*max_vcpus)(const RvDriverHost *host, const char *virt_type, unsigned *ret_max,
                      GError **error);
} RvHostOps;

/* A configuration of the hypervisor's own, by libvirt's name of its format. */
typedef struct {
    const char *name; /* "qemu-argv" */
    bool of_start;    /* says how a guest is started: none of what the driver cannot start */
    bool former;      /* libvirt read it once; nobody does any more */
} RvNativeFormat;

/* Definitions. */
typedef struct {
    /* [any] Whether complete() and check() have all in memory that they need for such a definition:
     * then they may be called on the I/O thread. Where it says no, the core calls prepare() on a
     * worker before them, and refuses the definition with its error. Both are optional: without
     * them all is done on workers. */
    bool (*is_prepared)(const RvDriverHost *host, const RvDomainDef *def);
    /* [job] Asks the emulator what it can do: may take a second, the first time. */
    bool (*prepare)(const RvDriverHost *host, const RvDomainDef *def, GError **error);

    /* [any] Fills in what the user left out, as libvirt's driver for this type would: emulator,
     * machine, controllers, MACs, ... Completing a completed definition changes nothing. Must not
     * start a program. Mandatory. */
    bool (*complete)(const RvDriverHost *host, RvDomainDef *def, GError **error);

    /* [any] Refuses what libvirt's driver for this type refuses when a domain is defined, and
     * nothing else. */
    bool (*check)(const RvDriverHost *host, const RvDomainDef *def, RvDiagnostics *diagnostics);

    /* The paths of a completed definition that a guest can be started with. NULL: all. */
    const RvSupport *support;
    /* [any] Tells what of a checked definition this driver cannot do that `support` cannot say:
     * what more than one place or the host decides. The core asks before start(), which is then
     * refused, and at define, which is then a warning. Optional. */
    void (*check_start)(const RvDriverHost *host, const RvDomainDef *def, RvDiagnosticLevel level,
                        RvDiagnostics *diagnostics);

    /* [job] Makes of a copy of a definition what a dump for a purpose shows: with
     * RV_FORMAT_MIGRATABLE without what every host adds by itself, with RV_FORMAT_UPDATE_CPU with
     * the CPU that this host makes of what is asked for. RV_FORMAT_LIVE: it is the one of a running
     * guest. Optional: then it is shown as it is. */
    bool (*adapt)(const RvDriverHost *host, RvDomainDef *def, RvFormatFlags flags, GError **error);

    /* For `domxml-to-native` and `domxml-from-native`: the formats, ended by one without a name, and
     * the ways to one and back. All are optional. */
    const RvNativeFormat *native_formats;
    /* [job] The configuration of a completed definition. */
    char *(*to_native)(const RvDriverHost *host, const RvNativeFormat *format,
                       const RvDomainDef *def, GError **error);
    /* [job] A document, which the core parses and completes. *ret_ignored: names of what of the
     * text it could not use, NULL: none. */
    char *(*from_native)(const RvDriverHost *host, const RvNativeFormat *format, const char *text,
                         char **ret_ignored, GError **error);
} RvDefinitionOps;

typedef enum {
    RV_POWER_DEFAULT = 0,
    RV_POWER_ACPI = 1 << 0,
    RV_POWER_AGENT = 1 << 1,
    RV_POWER_INITCTL = 1 << 2,
    RV_POWER_SIGNAL = 1 << 3,
    RV_POWER_PARAVIRT = 1 << 4,
} RvPowerMethod; /* libvirt's numbers */

typedef struct {
    RvDomainState state; /* what the guest turned out to be in */
    int reason;
} RvAdopted;

/* The life of one guest. All of it is mandatory but free() and what says that it is optional. */
typedef struct {
    /* [job] Brings the guest up to the point where its vCPUs could run, but do not yet: the core
     * makes its run-time state durable and then calls resume(). A failure leaves nothing that
     * cleanup() would not remove; the core calls cleanup() then. */
    bool (*start)(RvGuest *guest, RvOperation *op, GError **error);

    /* [any] All that adopt() will need in another daemon's life, as JSON. The core keeps it. Called
     * before start() as well (priv may be NULL): then it says where a half-started guest can be
     * found. NULL: nothing. */
    json_t *(*remember)(const RvGuest *guest);

    /* [job] Finds a guest again that a former daemon left running; guest->def is its live
     * definition. RV_ERR_NO_DOMAIN: it is gone for good (the core then calls cleanup()). Another
     * error: it is there but does not answer; priv stays NULL, the core keeps its last known state
     * and tries again later. */
    bool (*adopt)(RvGuest *guest, json_t *remembered, RvOperation *op, RvAdopted *ret,
                  GError **error);

    bool (*suspend)(RvGuest *guest, RvOperation *op, GError **error);                      /* [job] */
    bool (*resume)(RvGuest *guest, RvOperation *op, GError **error);                       /* [job] */
    bool (*shutdown)(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error);  /* [job] */
    bool (*reboot)(RvGuest *guest, RvPowerMethod how, RvOperation *op, GError **error);    /* [job] */
    bool (*reset)(RvGuest *guest, RvOperation *op, GError **error);                        /* [job] */

    /* [job] A non-maskable interrupt to all vCPUs. Optional. */
    bool (*inject_nmi)(RvGuest *guest, RvOperation *op, GError **error);

    /* [job] Presses keys together and lets them go after hold_ms (0: as the driver likes); numbers
     * of rv_key_to_scan(). Does not wait for that. Optional. */
    bool (*send_keys)(RvGuest *guest, const unsigned *scans, size_t n, unsigned hold_ms,
                      RvOperation *op, GError **error);

    /* [job] A signal to one of the guest's processes, by the guest's own number of it. Optional. */
    bool (*send_signal)(RvGuest *guest, int64_t pid, int signum, RvOperation *op, GError **error);

    /* [job] Writes the memory of a guest, which may be stopped or have crashed, to a file that only
     * we can read then. One that fails leaves no file. Optional. */
    bool (*dump)(RvGuest *guest, const char *path, RvOperation *op, GError **error);

    /* [job] Ends the guest at once and returns when it is gone; with `graceful` it asks first and
     * fails (RV_ERR_OPERATION_FAILED) rather than kill. Must work on a guest that is stuck. */
    bool (*destroy)(RvGuest *guest, bool graceful, RvOperation *op, GError **error);

    /* [job] Removes everything of an instance that is gone, failed to start, or was never adopted:
     * processes, cgroups, files. Idempotent, works from `remembered` alone (priv may be NULL). */
    void (*cleanup)(RvGuest *guest, json_t *remembered);

    /* [loop] Frees guest->priv. */
    void (*free)(RvGuest *guest);
} RvLifeOps;

typedef struct {
    /* [job] Opens the guest's console (alias NULL: the first) for reading and writing: a
     * non-blocking descriptor that the caller owns. Where the guest's end would take with it what
     * is unread (a terminal does), *ret_keep, -1 before, is another one that prevents it: the
     * caller reads on after the end until there is nothing left, and closes both. */
    int (*open)(RvGuest *guest, const char *alias, int *ret_keep, GError **error);
    /* [job] Writes what a screen shows, as PPM, to a file that is there and empty. Optional. */
    bool (*screenshot)(RvGuest *guest, unsigned screen, const char *path, RvOperation *op,
                       GError **error);
} RvConsoleOps;

typedef struct {
    /* [job, on the poller's threads, beside any other job] Fills in what can be had within
     * deadline_ms; fields not had stay as they are. */
    bool (*refresh)(RvGuest *guest, int deadline_ms, RvGuestStats *stats, GError **error);
} RvStatsOps;

/* A program to run within a guest, beside what runs there. NULL: as the guest's first program. */
typedef struct {
    char *const *args; /* ended by NULL; at least one */
    char *const *env;  /* NAME=VALUE, beside what the first program has; ended by NULL; may be NULL */
    const char *dir, *user, *group;
    bool terminal;
} RvExecWish;

/* One that runs; the caller owns the descriptors. With a terminal `output` is its master, and the
 * others are -1. */
typedef struct {
    int input, output, errors; /* pipes, not blocking */
    int runner; /* pidfd of our own child, which ends as the program does, with its exit code */
    int program; /* pidfd of the program */
} RvExecution;

typedef struct {
    /* [job] */
    bool (*start)(RvGuest *guest, const RvExecWish *wish, RvExecution *ret, GError **error);

    /* [job] Adds descriptors of the guest's namespaces, in the order to enter them. Optional. */
    bool (*namespaces)(RvGuest *guest, GArray *fds, GError **error);
} RvExecOps;

/* Its numbers are on the wire. */
typedef enum { RV_FILE_PLAIN = 1, RV_FILE_FOLDER = 2, RV_FILE_LINK = 3 } RvFileKind;

/* A part of a file of a guest's, or all of a folder or link. */
typedef struct {
    RvFileKind kind;
    unsigned mode; /* permissions */
    uint64_t size, inode;
    int64_t mtime_ns;
    GByteArray *bytes; /* of a folder: names, each ended by NUL; of a link: where it leads */
} RvFilePiece;

typedef struct {
    const char *path;
    RvFileKind kind;
    unsigned mode;
    uint64_t offset; /* 0: made anew; else behind what is there */
    const void *bytes;
    size_t len;
} RvFileWish;

/* Files of a running guest, as its root sees them: no link leads out of its own root. */
typedef struct {
    /* [job] Appends at most `max` bytes to ret->bytes, which is there. A link as the last part of
     * the path is followed unless `nofollow`. */
    bool (*read)(RvGuest *guest, const char *path, uint64_t offset, size_t max, bool nofollow,
                 RvFilePiece *ret, GError **error);
    /* [job] It belongs to root of the guest. A folder may be there already. */
    bool (*write)(RvGuest *guest, const RvFileWish *wish, GError **error);
} RvFileOps;

/* Images that guests can be made from. All of it is [job], several at once; mandatory where the
 * table is there. Names are those of images, ids, or the beginning of one. */
typedef struct {
    RvImageInfo *(*import)(const RvDriverHost *host, const RvImageSource *source, RvOperation *op,
                           GError **error);
    GPtrArray *(*list)(const RvDriverHost *host, GError **error); /* RvImageInfo, by name */
    RvImageInfo *(*inspect)(const RvDriverHost *host, const char *name, GError **error);
    bool (*remove)(const RvDriverHost *host, const char *name, GError **error);
    /* Those that have no name (`all`: any) and that no guest uses. */
    bool (*prune)(const RvDriverHost *host, bool all, unsigned *ret_images, uint64_t *ret_bytes,
                  GError **error);
    /* The domain is gone for good: what its guest has written upon an image may go. */
    void (*forget)(const RvDriverHost *host, const RvUuid *uuid);
} RvImageOps;

/* How the hypervisor shares CPUs among guests. */
typedef struct {
    char name[16];        /* "credit2" */
    bool has_weight, has_cap;
    unsigned weight, cap; /* cap: percent of one CPU; 0: none */
} RvSchedule;

/* What of a definition can be changed while a guest runs. */
typedef enum {
    RV_TUNE_MEMORY,        /* memory_kib */
    RV_TUNE_MAX_MEMORY,    /* max_memory_kib */
    RV_TUNE_MEMORY_LIMITS, /* memtune */
    RV_TUNE_VCPUS,         /* vcpus: the first of them are to be online */
    RV_TUNE_PINS,          /* cputune.vcpu_pins */
    RV_TUNE_EMULATOR_PIN,  /* cputune.emulator_pin */
    RV_TUNE_CPU,           /* cputune: shares, periods and quotas */
    RV_TUNE_BLOCK_IO,      /* blkiotune */
    RV_TUNE_NUMA,          /* numatune.memory's nodeset */
    RV_TUNE_LAST,
} RvTuneWhat;

/* Changes of a running guest; the core changes the definitions. Each slot is optional. */
typedef struct {
    unsigned tunes;   /* bits of RvTuneWhat that apply() knows */
    bool has_threads; /* emulator and I/O threads have periods and quotas of their own */
    /* [job] Makes one part of the running guest what `def` says, which until then is what
     * guest->def says. All or nothing. */
    bool (*apply)(RvGuest *guest, const RvDomainDef *def, RvTuneWhat what, RvOperation *op,
                  GError **error);
    /* [job] As it is now. A driver without these has its guests scheduled by the host's kernel, as
     * their <cputune> says. */
    bool (*get_schedule)(RvGuest *guest, RvSchedule *ret, GError **error);
    /* [job] Sets what `schedule` has. */
    bool (*set_schedule)(RvGuest *guest, const RvSchedule *schedule, RvOperation *op,
                         GError **error);
} RvTuneOps;

/* Devices that come and go while a guest runs; the core changes the definitions. All of it is
 * [job], each slot optional. */
typedef struct {
    /* `device` is a part of the definition that the guest will have; what only a running guest's
     * device has may be written to it. */
    bool (*attach)(RvGuest *guest, RvAttachment *device, RvOperation *op, GError **error);
    /* One of guest->def; returns when it is gone. */
    bool (*detach)(RvGuest *guest, const RvAttachment *device, RvOperation *op, GError **error);
    /* Puts what `disk` says into the drive of that target, or takes out what is there. */
    bool (*change_medium)(RvGuest *guest, RvDisk *disk, RvOperation *op, GError **error);
} RvDeviceOps;

/* A guest's memory and devices out of it and into it again. All of it is mandatory where the table is
 * there. Of the file the core knows all but what save() writes: see daemon/save-image.h. */
typedef struct {
    /* [job] Writes to `fd`, a file, from where it stands. The guest stops for it; success leaves it
     * there, stopped, to be destroyed or to go on. Failure leaves it as it was. */
    bool (*save)(RvGuest *guest, int fd, RvOperation *op, GError **error);
    /* [job] A guest that ran is to do so again, since nothing came of its save; one of a former
     * daemon's, too, that may have come to any point in it. */
    bool (*go_on)(RvGuest *guest, RvOperation *op, GError **error);
    /* [job] In place of life->start(), from where `fd` stands, which save() of the same definition
     * wrote to. */
    bool (*restore)(RvGuest *guest, int fd, RvOperation *op, GError **error);
} RvSaveOps;

struct RvDriver {
    const char *name;                  /* "kvm" */
    const char *hypervisor;            /* virConnectGetType: "QEMU" */
    int error_source;                  /* virErrorDomain that its errors carry: 10 for QEMU */
    const char *const *uri_schemes;    /* { "qemu", NULL } */
    const RvVirtType *virt_types;      /* domain types it serves, ended by RV_VIRT_LAST */

    bool uses_networks;                /* interfaces of type network are its guests', too: the core
                                          says by which bridge (RvInterface.bridge) */
    bool uses_volumes;                 /* the same of disks and file systems of type volume */

    const RvHostOps *host;             /* mandatory tables: host, definition, life */
    const RvDefinitionOps *definition;
    const RvLifeOps *life;
    const RvConsoleOps *console;
    const RvStatsOps *stats;
    const RvImageOps *images;
    const RvTuneOps *tune;
    const RvDeviceOps *devices;
    const RvSaveOps *save;
    const RvExecOps *exec;
    const RvFileOps *files;
};

extern const RvDriver *const rv_drivers[]; /* drivers.c; NULL-terminated */

/* The same driver with every call logged (REEVE_TRACE=driver). drivers/trace.c. */
const RvDriver *rv_driver_traced(const RvDriver *driver);
