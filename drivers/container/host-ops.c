/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/container/host-ops.h"

#include <stdio.h>
#include <sys/prctl.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "drivers/container/exit.h"
#include "drivers/container/host.h"
#include "drivers/container/image/ops.h"

enum { ANSWER_MS = 10000, ANSWER_BYTES = 65536 };

static bool open_host(RvDriverHost *host, GError **error)
{
    ContainerHost *container = g_new0(ContainerHost, 1);
    g_mutex_init(&container->lock);
    container->cgroups = container_cgroups_new();
    container->images = container_images_new(host);
    container->running = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    container->mounts = -1;
    /* Daemons with their own run directories do not know of each other's containers. */
    container->last_range = (int)(g_str_hash(host->run_dir) & 0xfffff);
    /* Where the kernel does not tell everybody how a process has ended, its parent knows. */
    if (!container_exit_is_told())
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    host->priv = container;
    return true;
}

static void close_host(RvDriverHost *host)
{
    ContainerHost *container = host->priv;
    rv_fd_close(&container->mounts);
    container_cgroups_free(container->cgroups);
    rv_image_store_free(container->images);
    g_hash_table_unref(container->running);
    g_mutex_clear(&container->lock);
    g_free(container);
    host->priv = NULL;
}

/* "crun version 1.8.1", "runc version 1.1.5+ds1". */
static bool version(const RvDriverHost *host, unsigned long *ret_version, GError **error)
{
    g_autofree char *runtime = container_host_runtime(host, error);
    const char *const argv[] = {runtime, "--version", NULL};
    g_autofree char *text =
        runtime ? rv_process_run(argv, ANSWER_BYTES, ANSWER_MS, error) : NULL;
    if (!text)
        return false;
    const char *number = strstr(text, "version ");
    unsigned parts[3] = {0};
    if (!number || sscanf(number, "version %u.%u.%u", &parts[0], &parts[1], &parts[2]) < 1) {
        rv_error_set(error, RV_ERR_OPERATION_FAILED, "'%s' does not tell its version", runtime);
        return false;
    }
    *ret_version = parts[0] * 1000000ul + parts[1] * 1000ul + parts[2];
    return true;
}

/* What its commands have to know: `create` with a terminal's socket, and cgroup v2. */
static bool check_version(const RvDriverHost *host, GError **error)
{
    enum { OLDEST = 1000000 };
    unsigned long found;
    if (!version(host, &found, error))
        return false;
    if (found >= OLDEST)
        return true;
    rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED,
                 "the OCI runtime '%s' is of version %lu.%lu.%lu, which is too old",
                 host->setting("container_runtime"), found / 1000000, found / 1000 % 1000,
                 found % 1000);
    rv_error_remedy(error, "install crun or runc 1.0 or newer, or set container_runtime in "
                           "reeved.conf");
    return false;
}

static bool probe(const RvDriverHost *host, GError **error)
{
    if (!host->privileged) {
        rv_error_set(error, RV_ERR_OPERATION_UNSUPPORTED, "containers need a daemon of root's");
        return false;
    }
    g_autofree char *runtime = container_host_runtime(host, error);
    return runtime && check_version(host, error) &&
           container_cgroups_check(container_host(host)->cgroups, error);
}

static char *guest_capabilities(const RvDriverHost *host, GError **error)
{
    g_autofree char *runtime = container_host_runtime(host, error);
    if (!runtime)
        return NULL;
    return g_markup_printf_escaped("  <guest>\n"
                                   "    <os_type>exe</os_type>\n"
                                   "    <arch name='" CONTAINER_NATIVE_ARCH "'>\n"
                                   "      <wordsize>64</wordsize>\n"
                                   "      <emulator>%s</emulator>\n"
                                   "      <domain type='lxc'/>\n"
                                   "    </arch>\n"
                                   "  </guest>\n\n", runtime);
}

/* libvirt's driver for containers has no limit of its own. */
static bool max_vcpus(const RvDriverHost *host, const char *virt_type, unsigned *ret_max,
                      GError **error)
{
    *ret_max = 16384;
    return true;
}

const RvHostOps container_host_ops = {
    .open = open_host,
    .close = close_host,
    .probe = probe,
    .version = version,
    .guest_capabilities = guest_capabilities,
    .max_vcpus = max_vcpus,
};
