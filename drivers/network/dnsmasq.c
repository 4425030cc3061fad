/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/network/dnsmasq.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"

enum { START_MS = 20 * 1000, END_MS = 5 * 1000, OUTPUT_BYTES = 64 << 10 };

char *network_dnsmasq_path(const RvNetworkHost *host, const RvNetworkDef *def, const char *what)
{
    char uuid[RV_UUID_STRING_LEN + 1];
    rv_uuid_format(&def->identity.uuid, uuid);
    return g_strdup_printf(
        "%s/%s.%s", g_str_equal(what, "leases") ? host->state_dir : host->run_dir, uuid, what);
}

bool network_dnsmasq_is_wanted(const RvNetworkDef *def)
{
    if (!rv_network_has_own_bridge(def) || def->ips->len == 0)
        return false;
    bool serves = def->dns.enable != RV_TRISTATE_OFF;
    for (guint i = 0; i < def->ips->len; i++) {
        const RvNetworkIp *ip = def->ips->pdata[i];
        serves |= rv_network_ip_has_dhcp(ip) || ip->tftp_root;
    }
    return serves;
}

static bool is_ours(const char *pid, const char *conf)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/cmdline", pid);
    size_t len = 0;
    g_autofree char *command = rv_file_read(path, 64 << 10, &len, NULL);
    return command && memmem(command, len, "dnsmasq", 7) &&
           memmem(command, len, conf, strlen(conf));
}

/* A pidfd of one that runs with this network's configuration; -1: there is none. Its command line
 * tells, and no file: a daemon that was killed while it started one may not have seen it begin. */
static int find(const RvNetworkHost *host, const RvNetworkDef *def)
{
    g_autofree char *conf = network_dnsmasq_path(host, def, "conf");
    g_autofree char *argument = g_strconcat("--conf-file=", conf, NULL);
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    for (const char *pid; processes && (pid = g_dir_read_name(processes));) {
        RvProcessId id = {.pid = (pid_t)g_ascii_strtoll(pid, NULL, 10)};
        if (id.pid <= 1 || !rv_process_start_time(id.pid, &id.start_time, NULL))
            continue;
        rv_autofd int fd = is_ours(pid, argument) ? rv_process_open(&id, NULL) : -1;
        if (fd >= 0)
            return rv_fd_steal(&fd);
    }
    return -1;
}

bool network_dnsmasq_runs(const RvNetworkHost *host, const RvNetworkDef *def)
{
    rv_autofd int fd = find(host, def);
    return fd >= 0;
}

bool network_dnsmasq_start(const RvNetworkHost *host, const RvNetworkDef *def, RvOperation *op,
                           GError **error)
{
    g_autofree char *conf = network_dnsmasq_path(host, def, "conf");
    g_autofree char *program = g_find_program_in_path("dnsmasq");
    if (!program) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "network '%s' needs dnsmasq, which is not installed", def->identity.name);
        rv_error_remedy(error, "install the package dnsmasq-base; or define the network without "
                               "<dhcp> and with <dns enable='no'/>");
        return false;
    }
    if (chmod(host->run_dir, 0755) < 0) { /* our umask is strict */
        rv_error_set_errno(error, errno, "cannot open '%s' to others", host->run_dir);
        return false;
    }
    if (!network_dnsmasq_write(host, def, error))
        return false;
    /* It returns when its daemon listens, or says why it does not. */
    g_autoptr(RvSpawn) spawn = rv_spawn_new(program);
    rv_spawn_arg_format(spawn, "--conf-file=%s", conf);
    rv_spawn_umask(spawn, 022);
    g_autofree char *output = rv_spawn_run(spawn, OUTPUT_BYTES, START_MS, op->cancel, error);
    if (!output)
        g_prefix_error(error, "network '%s': ", def->identity.name);
    return output;
}

static bool remove_files(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    static const char *const files[] = {"conf", "hosts", "names"};
    for (unsigned i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = network_dnsmasq_path(host, def, files[i]);
        if (!rv_file_remove(path, error))
            return false;
    }
    return true;
}

static bool end(int fd, GError **error)
{
    if (!rv_process_signal(fd, SIGTERM, error))
        return false;
    if (rv_process_wait(fd, END_MS, NULL))
        return true;
    return rv_process_signal(fd, SIGKILL, error) && rv_process_wait(fd, END_MS, NULL);
}

bool network_dnsmasq_stop(const RvNetworkHost *host, const RvNetworkDef *def, GError **error)
{
    for (;;) {
        rv_autofd int fd = find(host, def);
        if (fd < 0)
            return remove_files(host, def, error);
        if (!end(fd, error))
            return false;
    }
}
