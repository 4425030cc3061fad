/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "drivers/container/guest.h"
#include "drivers/container/profile.h"
#include "drivers/container/resources.h"

#define MAX_HOST_NAME 64

/* ---- The first program ---------------------------------------------------------------------- */

static json_t *arguments(const RvDomainDef *def)
{
    json_t *args = json_array();
    json_array_append_new(args, json_string(def->os.init));
    for (guint i = 0; i < def->os.init_args->len; i++)
        json_array_append_new(args, json_string(g_array_index(def->os.init_args, char *, i)));
    return args;
}

/* Runtimes differ in which of two values of a name they take: the later one it is to be. */
void container_bundle_set_variable(json_t *env, const char *name, const char *value)
{
    size_t i;
    json_t *other;
    g_autofree char *text = g_strdup_printf("%s=%s", name, value);
    json_array_foreach(env, i, other) {
        if (strncmp(json_string_value(other), text, strlen(name) + 1) == 0) {
            json_array_remove(env, i);
            break;
        }
    }
    json_array_append_new(env, json_string(text));
}

/* What libvirt's driver gives, whose names programs in containers look for. */
json_t *container_bundle_environment(const RvGuest *guest)
{
    const RvDomainDef *def = guest->def;
    g_autofree char *uuid = container_guest_id(guest);
    json_t *env = json_array();
    container_bundle_set_variable(env, "PATH",
                                  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    container_bundle_set_variable(env, "TERM", "linux");
    container_bundle_set_variable(env, "HOME", "/");
    container_bundle_set_variable(env, "container", "lxc-libvirt");
    container_bundle_set_variable(env, "container_uuid", uuid);
    container_bundle_set_variable(env, "LIBVIRT_LXC_UUID", uuid);
    container_bundle_set_variable(env, "LIBVIRT_LXC_NAME", def->name);
    if (def->os.cmdline)
        container_bundle_set_variable(env, "LIBVIRT_LXC_CMDLINE", def->os.cmdline);
    for (guint i = 0; i < def->os.init_env->len; i++) {
        const RvInitEnv *variable = def->os.init_env->pdata[i];
        container_bundle_set_variable(env, variable->name, variable->value);
    }
    return env;
}

/* A user namespace may lower limits only. */
static rlim_t most_files(void)
{
    enum { MOST = 65536 };
    struct rlimit own;
    return getrlimit(RLIMIT_NOFILE, &own) == 0 ? MIN(own.rlim_max, MOST) : MOST;
}

static void add_rlimit(json_t *limits, const char *name, uint64_t soft, uint64_t hard)
{
    g_autofree char *upper = g_ascii_strup(name, -1);
    g_autofree char *full = g_strdup_printf("RLIMIT_%s", upper);
    json_array_append_new(limits, json_pack("{s:s, s:I, s:I}", "type", full, "soft",
                                            (json_int_t)soft, "hard", (json_int_t)hard));
}

static json_t *rlimits(const RvRun *run)
{
    json_t *limits = json_array();
    bool files = false;
    for (guint i = 0; run && i < run->rlimits->len; i++) {
        const RvRlimit *limit = run->rlimits->pdata[i];
        files = files || strcmp(limit->name, "nofile") == 0;
        add_rlimit(limits, limit->name, limit->soft, limit->hard);
    }
    if (!files)
        add_rlimit(limits, "nofile", MIN(most_files(), 1024), most_files());
    return limits;
}

static json_t *process(const ContainerBundle *bundle)
{
    const RvDomainDef *def = bundle->guest->def;
    return json_pack("{s:b, s:{s:i, s:i}, s:o, s:o, s:s, s:o, s:b, s:o, s:s*}", "terminal", 1,
                     "user", "uid", (int)bundle->uid, "gid", (int)bundle->gid, "args",
                     arguments(def), "env", container_bundle_environment(bundle->guest), "cwd",
                     def->os.init_dir ? def->os.init_dir : "/", "capabilities",
                     container_profile_capabilities(def), "noNewPrivileges",
                     !container_profile_is_privileged(def), "rlimits", rlimits(def->run),
                     "apparmorProfile", container_profile_apparmor(def));
}

/* ---- Mounts --------------------------------------------------------------------------------- */

typedef struct {
    const char *target, *type, *source;
    const char *options[8];
} Mount;

static const Mount common[] = {
    {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
    {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {"/dev/pts", "devpts", "devpts",
     {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
    {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777"}},
    {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
    {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
    {"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "rw"}},
    {"/run", "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=755"}},
    {"/run/lock", "tmpfs", "tmpfs", {"nosuid", "nodev", "noexec", "mode=1777", "size=5120k"}},
};

/* Whether the user's own file system stands there. */
static bool is_taken(json_t *mounts, const char *target)
{
    size_t i;
    json_t *mount;
    json_array_foreach(mounts, i, mount) {
        if (strcmp(json_string_value(json_object_get(mount, "destination")), target) == 0)
            return true;
    }
    return false;
}

/* What shows a namespace's things can be mounted by those only whose namespace it is. */
static const Mount *suit(const ContainerBundle *bundle, const Mount *mount)
{
    static const Mount sys = {"/sys", "bind", "/sys",
                              {"rbind", "ro", "nosuid", "noexec", "nodev"}};
    if (bundle->shares->ipc >= 0 && strcmp(mount->type, "mqueue") == 0)
        return NULL;
    return bundle->shares->net >= 0 && strcmp(mount->type, "sysfs") == 0 ? &sys : mount;
}

static json_t *all_mounts(const ContainerBundle *bundle)
{
    bool privileged = container_profile_is_privileged(bundle->guest->def);
    json_t *all = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(common); i++) {
        const Mount *mount = suit(bundle, &common[i]);
        if (!mount)
            continue;
        json_t *options = json_array();
        for (size_t k = 0; k < G_N_ELEMENTS(mount->options) && mount->options[k]; k++)
            if (!privileged || strcmp(mount->options[k], "ro") != 0)
                json_array_append_new(options, json_string(mount->options[k]));
        json_t *row = json_pack("{s:s, s:s, s:s, s:o}", "destination", mount->target, "type",
                                mount->type, "source", mount->source, "options", options);
        if (is_taken(bundle->mounts, mount->target))
            json_decref(row);
        else
            json_array_append_new(all, row);
    }
    json_array_extend(all, bundle->mounts);
    return all;
}

/* ---- The kernel's part ---------------------------------------------------------------------- */

static json_t *mappings(const GPtrArray *ranges)
{
    json_t *array = json_array();
    for (guint i = 0; i < ranges->len; i++) {
        const RvIdRange *range = ranges->pdata[i];
        json_array_append_new(array, json_pack("{s:I, s:I, s:I}", "containerID",
                                               (json_int_t)range->start, "hostID",
                                               (json_int_t)range->target, "size",
                                               (json_int_t)range->count));
    }
    return array;
}

/* The runtime finds one that is shared among our descriptors: of a name it might find another. */
static json_t *namespaces(const ContainerBundle *bundle)
{
    const struct {
        const char *type;
        int fd;
    } rows[] = {
        {"pid", -1},   {"ipc", bundle->shares->ipc},     {"uts", bundle->shares->uts},
        {"mount", -1}, {"network", bundle->shares->net}, {"cgroup", -1},
        {"user", -1},
    };
    json_t *array = json_array();
    size_t n = G_N_ELEMENTS(rows) - container_profile_is_privileged(bundle->guest->def);
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_pack("{s:s}", "type", rows[i].type);
        g_autofree char *path = g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), rows[i].fd);
        if (rows[i].fd >= 0)
            json_object_set_new(row, "path", json_string(path));
        json_array_append_new(array, row);
    }
    return array;
}

/* What keeps its root from the host. */
static void confine(json_t *part, const ContainerBundle *bundle, json_t *seccomp)
{
    json_object_set_new(part, "uidMappings", mappings(bundle->ids->uids));
    json_object_set_new(part, "gidMappings", mappings(bundle->ids->gids));
    json_object_set_new(part, "maskedPaths", container_profile_masked_paths());
    json_object_set_new(part, "readonlyPaths", container_profile_read_only_paths());
    json_object_set(part, "seccomp", seccomp);
}

static json_t *linux_part(const ContainerBundle *bundle, GError **error)
{
    const RvDomainDef *def = bundle->guest->def;
    json_auto_t *seccomp = container_profile_seccomp(def, error);
    if (!seccomp)
        return NULL;
    g_autofree char *cgroup = g_strdup_printf("/%s", bundle->cgroup);
    json_t *part = json_pack("{s:o, s:s, s:o, s:s}", "namespaces", namespaces(bundle), "cgroupsPath",
                             cgroup, "resources", container_resources(def, bundle->devices),
                             "rootfsPropagation", "private");
    if (!container_profile_is_privileged(def))
        confine(part, bundle, seccomp);
    return part;
}

/* A domain's name may have what a host name cannot. */
static char *host_name(const char *name)
{
    g_autofree char *plain = g_str_to_ascii(name, "C");
    g_strcanon(plain, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-.", '-');
    return g_strndup(plain, MAX_HOST_NAME);
}

bool container_bundle_is_read_only(const RvDomainDef *def)
{
    return (def->oci && def->oci->read_only) || (def->run && def->run->read_only);
}

bool container_bundle_write(const ContainerBundle *bundle, GError **error)
{
    const RvDomainDef *def = bundle->guest->def;
    json_t *kernel = linux_part(bundle, error);
    if (!kernel)
        return false;
    bool read_only = container_bundle_is_read_only(def);
    g_autofree char *name = host_name(def->name);
    g_autofree char *path = g_build_filename(bundle->folder, "config.json", NULL);
    json_t *config = json_pack("{s:s, s:o, s:{s:s, s:b}, s:o, s:o}", "ociVersion", "1.0.2",
                               "process", process(bundle), "root", "path", bundle->root, "readonly",
                               read_only, "mounts", all_mounts(bundle), "linux", kernel);
    if (!config) {
        rv_error_set(error, RV_ERR_INTERNAL, "the definition of '%s' is not UTF-8", def->name);
        return false;
    }
    if (bundle->shares->uts < 0) /* else it is another's */
        json_object_set_new(config, "hostname", json_string(name));
    char *text = json_dumps(config, JSON_COMPACT);
    rv_autofd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && rv_fd_write_all(fd, text, strlen(text), error);
    if (fd < 0)
        rv_error_set_errno(error, errno, "cannot write '%s'", path);
    free(text);
    json_decref(config);
    return good;
}
