/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "daemon/core.h"
#include "daemon/driver-set.h"
#include "daemon/event.h"
#include "daemon/lifecycle.h"
#include "daemon/object-life.h"
#include "daemon/paths.h"
#include "daemon/poller.h"
#include "daemon/registry.h"
#include "daemon/run-state.h"
#include "daemon/server.h"
#include "daemon/settings.h"
#include "daemon/store.h"

/* How long jobs that cannot be cancelled may take when the daemon ends. */
enum { END_MS = 10 * 1000, TICK_MS = 20, GROUP_BYTES = 1 << 20 };

typedef struct {
    char *root, *config;
    gboolean libvirt_sockets, foreground, version, sample, set_aside;
} Options;

typedef struct {
    RvCore core;
    RvPaths *paths;
    int lock_fd, signal_fd;
    RvWatch *signals;
    RvTimer *ending;
    int ticks;
    bool clean; /* no job was left behind at the end */
} Daemon;

/* ---- Options -------------------------------------------------------------------------------- */

static bool parse_options(int *argc, char ***argv, Options *options, GError **error)
{
    const GOptionEntry entries[] = {
        {"root", 0, 0, G_OPTION_ARG_FILENAME, &options->root, "Keep all below DIR", "DIR"},
        {"config", 0, 0, G_OPTION_ARG_FILENAME, &options->config, "Read the settings from FILE",
         "FILE"},
        {"libvirt-sockets", 0, 0, G_OPTION_ARG_NONE, &options->libvirt_sockets,
         "Listen where clients look for libvirtd, too", NULL},
        {"foreground", 0, 0, G_OPTION_ARG_NONE, &options->foreground,
         "Do not become a background process: it never does", NULL},
        {"set-aside-store", 0, 0, G_OPTION_ARG_NONE, &options->set_aside,
         "Rename the store and begin with an empty one", NULL},
        {"print-sample-config", 0, 0, G_OPTION_ARG_NONE, &options->sample,
         "Print all settings with their defaults", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- manage the guests of this host");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return false;
    if (*argc == 1)
        return true;
    rv_error_set(error, RV_ERR_INVALID_ARG, "'%s' is not an option", (*argv)[1]);
    return false;
}

/* ---- What the store has --------------------------------------------------------------------- */

static bool take_stored(const RvStored *stored, void *data, GError **error)
{
    RvCore *core = data;
    if (!stored->definition) {
        rv_objects_take_stored(core, stored);
        return true;
    }
    const RvDefinitionSummary *summary = rv_definition_summary(stored->definition);
    const RvDriver *driver = rv_driver_set_by_name(core->drivers, stored->driver);
    if (!driver) {
        rv_log_error("domain '%s' is left out: there is no driver '%s'", summary->name,
                     stored->driver);
        return true;
    }
    g_autoptr(RvDomain) domain = rv_domain_new(core, driver, &summary->uuid, summary->name);
    g_autoptr(GError) fault = NULL;
    if (!rv_registry_add(core->registry, domain, &fault)) {
        rv_log_error("domain '%s' is left out: %s", summary->name, fault->message);
        return true;
    }
    RvDomainView *view = g_new(RvDomainView, 1);
    *view = (RvDomainView){
        .refs = 1,
        .state = RV_DOMAIN_SHUTOFF,
        .id = -1,
        .persistent = true,
        .autostart = stored->autostart,
        .config = rv_definition_ref(stored->definition),
    };
    rv_domain_restore(domain, view);
    domain->warnings = stored->warnings ? g_ptr_array_ref(stored->warnings) : NULL;
    return true;
}

/* ---- Parts ---------------------------------------------------------------------------------- */

/* Held as long as the process lives, and no longer. */
static bool take_lock(Daemon *daemon, GError **error)
{
    g_autofree char *path = g_build_filename(daemon->paths->state_dir, "reeved.lock", NULL);
    daemon->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (daemon->lock_fd < 0) {
        rv_error_set_errno(error, errno, "cannot open '%s'", path);
        return false;
    }
    if (flock(daemon->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    rv_error_set(error, RV_ERR_RESOURCE_BUSY, "another reeved uses '%s'",
                 daemon->paths->state_dir);
    rv_error_remedy(error, "stop it first, or use --root for one of your own");
    return false;
}

/* Clients and guests of other users pass through the run directory; all else is ours alone. */
static bool make_dirs(const RvPaths *paths, GError **error)
{
    mode_t strict = umask(022);
    bool ok = rv_dir_create(paths->run_dir, 0755, error);
    umask(strict);
    return ok && rv_dir_create(paths->state_dir, 0700, error) &&
           rv_dir_create(paths->log_dir, 0700, error);
}

static bool open_store(Daemon *daemon, const Options *options, GError **error)
{
    RvCore *core = &daemon->core;
    g_autofree char *path = g_build_filename(daemon->paths->state_dir, "store.db", NULL);
    const RvStoreLimits limits = {
        .revisions = (unsigned)rv_settings_int(core->settings, "history_revisions"),
        .removed = (unsigned)rv_settings_int(core->settings, "history_removed"),
    };
    if (options->set_aside && !rv_store_set_aside(path, error))
        return false;
    core->store = rv_store_open(path, core->loop, &limits, error);
    return core->store && rv_store_load(core->store, take_stored, core, error);
}

static bool make_core(Daemon *daemon, const Options *options, GError **error)
{
    RvCore *core = &daemon->core;
    core->paths = daemon->paths;
    core->loop = rv_loop_new(error);
    if (!core->loop)
        return false;
    unsigned workers = (unsigned)rv_settings_int(core->settings, "workers");
    unsigned most = MAX(workers, (unsigned)rv_settings_int(core->settings, "max_workers"));
    core->workers = rv_workers_new(workers, most);
    core->urgent = rv_workers_new(workers, most);
    core->events = rv_events_new();
    core->registry = rv_registry_new();
    core->objects = rv_objects_new();
    /* First, since it removes what drivers left in another boot of the host. */
    core->run_state = rv_run_state_new(daemon->paths->run_dir, error);
    if (core->run_state)
        core->drivers = rv_driver_set_new(core, &rv_lifecycle_reports, error);
    if (!core->drivers || !open_store(daemon, options, error))
        return false;
    core->poller =
        rv_poller_new(core, (unsigned)rv_settings_int(core->settings, "stats_interval"));
    core->server = rv_server_new(core, NULL);
    return true;
}

/* ---- Sockets -------------------------------------------------------------------------------- */

static bool find_group(const RvSettings *settings, gid_t *ret, GError **error)
{
    const char *name = rv_settings_string(settings, "socket_group");
    *ret = (gid_t)-1;
    if (!*name)
        return true;
    struct group entry, *found = NULL;
    g_autofree char *buffer = g_malloc(GROUP_BYTES);
    if (getgrnam_r(name, &entry, buffer, GROUP_BYTES, &found) != 0 || !found) {
        rv_error_set(error, RV_ERR_INVALID_ARG, "socket_group: there is no group '%s'", name);
        return false;
    }
    *ret = found->gr_gid;
    return true;
}

static bool listen_pair(RvServer *server, const char *path, const char *path_ro, gid_t group,
                        GError **error)
{
    mode_t mode = group == (gid_t)-1 ? 0600 : 0660;
    return rv_server_listen(server, path, mode, group, false, error) &&
           rv_server_listen(server, path_ro, 0666, (gid_t)-1, true, error);
}

static bool listen_all(Daemon *daemon, const Options *options, GError **error)
{
    RvCore *core = &daemon->core;
    gid_t group;
    if (!find_group(core->settings, &group, error) ||
        !listen_pair(core->server, daemon->paths->socket, daemon->paths->socket_ro, group, error))
        return false;
    if (!options->libvirt_sockets && !rv_settings_bool(core->settings, "libvirt_sockets"))
        return true;

    g_autofree char *dir = geteuid() == 0 ? g_strdup("/run/libvirt")
                                          : g_build_filename(g_get_user_runtime_dir(), "libvirt", NULL);
    g_autofree char *path = g_build_filename(dir, "libvirt-sock", NULL);
    g_autofree char *path_ro = g_build_filename(dir, "libvirt-sock-ro", NULL);
    return rv_dir_create(dir, 0755, error) &&
           listen_pair(core->server, path, path_ro, group, error);
}

/* systemd's readiness protocol is one datagram. */
static void tell_manager(const char *text)
{
    const char *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;
    if (len == 0 || len >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    rv_autofd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (fd < 0 || sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0)
        rv_log_warning("cannot tell the service manager \"%s\": %s", text, g_strerror(errno));
}

/* ---- The end -------------------------------------------------------------------------------- */

static void see_whether_idle(void *data)
{
    Daemon *daemon = data;
    daemon->clean = rv_lifecycle_is_idle(&daemon->core);
    if (daemon->clean || ++daemon->ticks > END_MS / TICK_MS)
        rv_loop_quit(daemon->core.loop);
}

static void on_signal(RvWatch *watch, uint32_t events, void *data)
{
    Daemon *daemon = data;
    struct signalfd_siginfo info;
    if (read(daemon->signal_fd, &info, sizeof(info)) != sizeof(info) || daemon->ending)
        return;
    rv_log_info("ends on signal %u; guests run on", info.ssi_signo);
    tell_manager("STOPPING=1");
    rv_server_stop_listening(daemon->core.server);
    rv_lifecycle_stop(&daemon->core);
    daemon->ending = rv_timer_new(daemon->core.loop, TICK_MS, see_whether_idle, daemon);
}

/* Before the first thread, which inherits the mask. */
static bool block_signals(Daemon *daemon, GError **error)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, NULL) == 0 && sigprocmask(SIG_BLOCK, &set, NULL) == 0 &&
        (daemon->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) >= 0)
        return true;
    rv_error_set_errno(error, errno, "cannot watch for signals");
    return false;
}

static void quit_loop(void *data)
{
    rv_loop_quit(data);
}

/* Whoever refers to a domain, a guest or the loop goes before it. */
static void take_apart(Daemon *daemon)
{
    RvCore *core = &daemon->core;
    g_clear_pointer(&core->server, rv_server_free);
    if (core->poller)
        rv_poller_stop(core->poller);
    rv_workers_free(core->workers);
    rv_workers_free(core->urgent);
    g_clear_pointer(&core->store, rv_store_close);
    if (core->loop) { /* what those threads have posted */
        rv_loop_post(core->loop, quit_loop, core->loop);
        rv_loop_run(core->loop);
    }
    rv_poller_free(core->poller);
    if (core->registry)
        rv_lifecycle_let_go(core);
    rv_registry_free(core->registry);
    rv_objects_free(core->objects);
    rv_run_state_free(core->run_state);
    rv_driver_set_free(core->drivers);
    rv_events_free(core->events);
    rv_timer_free(daemon->ending);
    rv_watch_free(daemon->signals);
    rv_loop_free(core->loop);
    rv_settings_free(core->settings);
    rv_paths_free(daemon->paths);
    rv_fd_close(&daemon->signal_fd);
    rv_fd_close(&daemon->lock_fd);
}

/* ---- main ----------------------------------------------------------------------------------- */

static void set_log_level(const RvSettings *settings)
{
    static const struct {
        const char *name;
        RvLogLevel level;
    } levels[] = {{"error", RV_LOG_ERROR}, {"warning", RV_LOG_WARNING}, {"info", RV_LOG_INFO},
                  {"debug", RV_LOG_DEBUG}};
    const char *name = rv_settings_string(settings, "log_level");
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        if (g_str_equal(levels[i].name, name) && !g_getenv("REEVE_LOG_LEVEL"))
            rv_log_set_level(levels[i].level);
}

static bool run(Daemon *daemon, const Options *options, GError **error)
{
    RvCore *core = &daemon->core;
    daemon->paths = rv_paths_new(options->root);
    core->settings =
        rv_settings_load(options->config ? options->config : daemon->paths->config, error);
    if (!core->settings)
        return false;
    set_log_level(core->settings);
    if (!options->root)
        prctl(PR_SET_DUMPABLE, 0); /* secrets stay out of core files and other users' debuggers */
    if (!make_dirs(daemon->paths, error) || !take_lock(daemon, error) ||
        !block_signals(daemon, error) || !make_core(daemon, options, error) ||
        !listen_all(daemon, options, error) || !rv_lifecycle_recover(core, error))
        return false;

    daemon->signals = rv_watch_new(core->loop, daemon->signal_fd, EPOLLIN, on_signal, daemon);
    rv_log_info("reeved " PACKAGE_VERSION " is ready: %s", daemon->paths->socket);
    tell_manager("READY=1");
    rv_loop_run(core->loop);
    return true;
}

static int fail(const GError *error)
{
    const char *remedy = rv_error_get_remedy(error);
    rv_log_error("%s%s%s", error->message, remedy ? "; " : "", remedy ? remedy : "");
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    Options options = {0};
    Daemon daemon = {.lock_fd = -1, .signal_fd = -1, .clean = true};
    g_autoptr(GError) error = NULL;
    umask(077);
    rv_log_init("reeved");
    if (!parse_options(&argc, &argv, &options, &error))
        return fail(error);
    if (options.version || options.sample) {
        g_autofree char *text =
            options.version ? g_strdup("reeved " PACKAGE_VERSION "\n") : rv_settings_sample();
        fputs(text, stdout);
        return EXIT_SUCCESS;
    }

    bool ok = run(&daemon, &options, &error);
    if (!daemon.clean) {
        rv_log_warning("a job did not end in time; what it left is cleaned up by the next reeved");
        _exit(EXIT_FAILURE); /* its thread still uses everything */
    }
    take_apart(&daemon);
    g_free(options.root);
    g_free(options.config);
    return ok ? EXIT_SUCCESS : fail(error);
}
