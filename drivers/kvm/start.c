/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/kvm/start.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "drivers/kvm/alias.h"
#include "drivers/kvm/command-line.h"
#include "drivers/kvm/cpu.h"
#include "drivers/kvm/emulators.h"
#include "drivers/kvm/events.h"
#include "drivers/kvm/guest.h"
#include "drivers/kvm/holders.h"
#include "drivers/kvm/host.h"
#include "drivers/kvm/image.h"
#include "drivers/kvm/network.h"
#include "drivers/kvm/ports.h"
#include "drivers/kvm/setup.h"
#include "drivers/kvm/socket.h"
#include "drivers/kvm/start-error.h"
#include "drivers/kvm/tune.h"
#include "drivers/kvm/uids.h"

/*
 * A start that fails leaves what it made where it is: the core calls cleanup(), which finds all of
 * it by the guest's UUID.
 */
enum { BASE_PIDS = 512, MAX_FILES = 4096 };

typedef struct {
    RvGuest *guest;
    KvmGuest *kvm;
    KvmEmulator *emulator;
    RvSpawn *spawn;
    GHashTable *fds;
    char *kernel, *initrd;
} Start;

static void start_clear(Start *start)
{
    kvm_emulator_unref(start->emulator);
    rv_spawn_free(start->spawn);
    g_hash_table_unref(start->fds);
    g_free(start->kernel);
    g_free(start->initrd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

static void pass(Start *start, const void *device, int fd)
{
    int number = rv_spawn_pass_fd(start->spawn, fd);
    g_hash_table_insert(start->fds, (void *)device, GINT_TO_POINTER(number));
}

/* ---- What the guest uses ------------------------------------------------------------------ */

/* A drive that may do without its medium, and has to. */
static bool is_optional(const RvDisk *disk)
{
    return g_strcmp0(disk->source.startup_policy, "optional") == 0 &&
           disk->kind != RV_DISK_DEVICE_DISK && access(disk->source.path, F_OK) < 0 &&
           errno == ENOENT;
}

static bool open_disks(Start *start, GError **error)
{
    RvDomainDef *def = start->guest->def;
    for (guint i = 0; i < def->disks->len; i++) {
        RvDisk *disk = g_ptr_array_index(def->disks, i);
        if (disk->source.path && is_optional(disk))
            g_clear_pointer(&disk->source.path, g_free);
        if (!disk->source.path)
            continue;
        if (disk->shareable && !disk->cache) /* what one guest writes the others are to read */
            disk->cache = g_strdup("none");
        int fd = kvm_image_open(disk, error);
        struct stat st;
        if (fd < 0)
            return false;
        if (!disk->read_only && fstat(fd, &st) == 0)
            kvm_holders_add(start->guest->host, &st, def->name);
        pass(start, disk, fd);
    }
    return true;
}

/* *ret_path is how the emulator opens it: by its descriptor. */
static bool open_boot_file(Start *start, const char *path, const char *what, char **ret_path,
                           GError **error)
{
    if (!path)
        return true;
    int fd = kvm_image_open_boot(path, what, start->kvm->uid != 0, error);
    if (fd < 0)
        return false;
    *ret_path = g_strdup_printf("/proc/self/fd/%d", rv_spawn_pass_fd(start->spawn, fd));
    return true;
}

static bool open_chardev(Start *start, RvChardev *chardev, GError **error)
{
    int fd;
    if (chardev->source.type == RV_CHARDEV_UNIX) {
        fd = kvm_socket_listen(start->kvm->folder, chardev->device.alias, error);
        g_free(chardev->source.path);
        chardev->source.path = g_build_filename(start->kvm->folder, chardev->device.alias, NULL);
        chardev->source.mode = RV_CHARDEV_BIND;
    } else if (chardev->source.type == RV_CHARDEV_FILE) {
        fd = kvm_image_open_log(chardev->source.path, chardev->source.append == RV_TRISTATE_ON,
                                error);
    } else {
        return true;
    }
    if (fd >= 0)
        pass(start, chardev, fd);
    return fd >= 0;
}

static bool open_chardevs(Start *start, GPtrArray *chardevs, GError **error)
{
    for (guint i = 0; i < chardevs->len; i++) {
        RvChardev *chardev = g_ptr_array_index(chardevs, i);
        /* The console of type serial is the serial port. */
        if (g_strcmp0(chardev->target_type, "serial") != 0 && !open_chardev(start, chardev, error))
            return false;
    }
    return true;
}

static bool open_interfaces(Start *start, GError **error)
{
    const GPtrArray *interfaces = start->guest->def->interfaces;
    for (guint i = 0; i < interfaces->len; i++) {
        if (!rv_interface_has_host_end(interfaces->pdata[i]))
            continue;
        int fd = kvm_network_open(start->guest, i, error);
        if (fd < 0)
            return false;
        pass(start, interfaces->pdata[i], fd);
    }
    return true;
}

static bool open_all(Start *start, GError **error)
{
    RvDomainDef *def = start->guest->def;
    bool good = open_disks(start, error) &&
                open_boot_file(start, def->os.kernel, "kernel", &start->kernel, error) &&
                open_boot_file(start, def->os.initrd, "initrd", &start->initrd, error) &&
                open_chardevs(start, def->serials, error) &&
                open_chardevs(start, def->parallels, error) &&
                open_chardevs(start, def->consoles, error) &&
                open_chardevs(start, def->channels, error) && open_interfaces(start, error);
    rv_domain_def_mirror_console(def);
    return good;
}

/* ---- Where it runs ------------------------------------------------------------------------ */

static bool make_folder(KvmGuest *kvm, GError **error)
{
    if (!rv_dir_remove(kvm->folder, error))
        return false;
    if (mkdir(kvm->folder, 0700) == 0)
        return true;
    rv_error_set_errno(error, errno, "cannot make '%s'", kvm->folder);
    return false;
}

static bool make_cgroup(KvmGuest *kvm, const RvDomainDef *def, GError **error)
{
    g_autofree char *name = kvm_guest_cgroup_name(kvm->guest);
    g_autoptr(GError) fault = NULL;
    kvm->cgroup = rv_cgroup_new(name, &fault);
    if (!kvm->cgroup && !g_error_matches(fault, RV_ERROR, RV_ERR_OPERATION_UNSUPPORTED)) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    if (kvm->cgroup)
        rv_cgroup_set_pids_max(kvm->cgroup, BASE_PIDS + def->max_vcpus);
    return kvm_tune_start(kvm->guest, error);
}

/* As root: a user of its own, and a /dev with nothing but what it needs. */
static void confine(Start *start)
{
    static const char *const with_kvm[] = {"/dev/kvm", NULL};
    static const char *const nothing[] = {NULL};
    const RvDomainDef *def = start->guest->def;
    uid_t uid = start->kvm->uid;
    rv_spawn_confine(start->spawn);
    if (uid) {
        rv_spawn_identity(start->spawn, uid, uid);
        rv_spawn_private_dev(start->spawn, def->virt == RV_VIRT_KVM ? with_kvm : nothing, uid, uid);
    }
    if (start->kvm->cgroup)
        rv_spawn_cgroup(start->spawn, start->kvm->cgroup);
    rv_spawn_limit(start->spawn, RLIMIT_NOFILE, MAX_FILES);
    /* For people: whose emulator a process is, where nothing among its arguments says so. */
    rv_spawn_env(start->spawn, "REEVE_GUEST", start->kvm->folder);
    if (def->clock.offset == RV_CLOCK_TIMEZONE && def->clock.timezone)
        rv_spawn_env(start->spawn, "TZ", def->clock.timezone);
}

static bool make_place(Start *start, GError **error)
{
    KvmGuest *kvm = start->kvm;
    const RvDriverHost *host = start->guest->host;
    RvDomainDef *def = start->guest->def;
    if (!make_folder(kvm, error))
        return false;
    if (host->privileged && !kvm_uids_take(host, &def->uuid, &kvm->uid, error))
        return false;
    kvm->output = kvm_output_new(host, def->name, kvm->folder, error);
    return kvm->output && make_cgroup(kvm, def, error) && kvm_ports_take(host, def, error);
}

/* ---- The emulator ------------------------------------------------------------------------- */

static bool check_accelerator(Start *start, GError **error)
{
    const RvDomainDef *def = start->guest->def;
    KvmHost *kvm = kvm_host(start->guest->host);
    if (def->virt != RV_VIRT_KVM)
        return true;
    if (!start->emulator->has_kvm) {
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED, "'%s' was built without KVM",
                     def->emulator);
        rv_error_remedy(error, "use <domain type='qemu'>");
        return false;
    }
    return kvm_accelerator_check(&kvm->accelerator, error);
}

static bool add_arguments(Start *start, GError **error)
{
    int monitor = kvm_socket_listen(start->kvm->folder, KVM_MONITOR_SOCKET, error);
    int output = monitor >= 0 ? kvm_output_open(start->kvm->output, error) : -1;
    if (output < 0) {
        rv_fd_close(&monitor);
        return false;
    }
    rv_spawn_output(start->spawn, output);
    const KvmLaunch launch = {
        .emulator = start->emulator,
        .monitor_fd = rv_spawn_pass_fd(start->spawn, monitor),
        .fds = start->fds,
        .kernel = start->kernel,
        .initrd = start->initrd,
    };
    g_autoptr(GPtrArray) args = kvm_command_line(start->guest->def, &launch, error);
    if (!args)
        return false;
    g_autoptr(GString) line = g_string_new(start->guest->def->emulator);
    for (guint i = 0; i < args->len; i++) {
        g_autofree char *quoted = g_shell_quote(g_ptr_array_index(args, i));
        g_string_append_printf(line, " %s", quoted);
        rv_spawn_arg(start->spawn, g_ptr_array_index(args, i));
    }
    kvm_output_note(start->kvm->output, "starting as user %u: %s",
                    (unsigned)(start->kvm->uid ? start->kvm->uid : geteuid()), line->str);
    return true;
}

static bool launch(Start *start, RvOperation *op, GError **error)
{
    KvmGuest *kvm = start->kvm;
    if (!rv_spawn_start(start->spawn, &kvm->process, &kvm->pidfd, error))
        return false;
    g_autoptr(GError) fault = NULL;
    /* Who listens cannot be told yet: the emulator may not have come so far. */
    if (kvm_guest_connect(kvm, false, &fault) && kvm_setup(start->guest, op, &fault)) {
        kvm_guest_watch(kvm);
        return true;
    }
    kvm_start_error(start->guest, g_steal_pointer(&fault), error);
    return false;
}

bool kvm_start(RvGuest *guest, RvOperation *op, GError **error)
{
    g_auto(Start) start = {
        .guest = guest,
        .kvm = kvm_guest_new(guest),
        .spawn = rv_spawn_new(guest->def->emulator),
        .fds = g_hash_table_new(g_direct_hash, g_direct_equal),
    };
    guest->priv = start.kvm;
    start.emulator = kvm_emulators_get(guest->host, guest->def->emulator, error);
    if (!start.emulator || !check_accelerator(&start, error) ||
        !kvm_cpu_prepare(guest->host, start.emulator, guest->def, error) ||
        !make_place(&start, error))
        return false;
    kvm_assign_aliases(guest->def);
    if (!open_all(&start, error))
        return false;
    confine(&start);
    if (!add_arguments(&start, error))
        return false;
    kvm_note_images(guest->def);
    return launch(&start, op, error);
}
