/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/xen/host.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "drivers/xen/capabilities.h"
#include "drivers/xen/guest.h"
#include "drivers/xen/host-description.h"
#include "drivers/xen/toolstack.h"

enum { FIRST_MS = 20 * 1000, ASK_MS = 5 * 1000, MAX_VCPUS = 512 };

/* Files of sysfs and xenfs, which cannot block. */
static bool is_first_domain(void)
{
    g_autofree char *text = rv_file_read("/proc/xen/capabilities", 4096, NULL, NULL);
    return text && strstr(text, "control_d");
}

static bool open_host(RvDriverHost *host, GError **error)
{
    XenHost *xen = g_new0(XenHost, 1);
    xen->host = host;
    g_mutex_init(&xen->lock);
    xen->guests = g_hash_table_new(rv_uuid_hash, rv_uuid_equal);
    xen->strangers = g_hash_table_new(NULL, NULL);
    xen->learner = rv_workers_new(1, 1);
    host->priv = xen;
    if (xen_toolstack_program() && is_first_domain())
        xen->watcher = xen_watcher_new(&xen_guest_watcher_funcs, xen);
    return true;
}

static void close_host(RvDriverHost *host)
{
    XenHost *xen = host->priv;
    __atomic_store_n(&xen->closing, 1, __ATOMIC_RELEASE);
    xen_watcher_stop(xen->watcher);
    rv_workers_free(xen->learner);
    xen_watcher_free(xen->watcher);
    g_hash_table_unref(xen->guests);
    g_hash_table_unref(xen->strangers);
    g_mutex_clear(&xen->lock);
    g_free(xen);
    host->priv = NULL;
}

bool xen_host_check(const RvDriverHost *host, GError **error)
{
    XenHost *xen = xen_host(host);
    if (xen->watcher)
        return xen_watcher_await(xen->watcher, FIRST_MS, error);
    if (!xen_toolstack_program()) {
        rv_error_set(error, RV_ERR_NO_SUPPORT,
                     "the Xen driver found no hypervisor: this reeved was built without libxl");
        rv_error_remedy(error, "build it where libxen-dev is installed");
    } else {
        rv_error_set(error, RV_ERR_NO_SUPPORT,
                     "the Xen driver found no hypervisor: this host is not Xen's first domain");
        rv_error_remedy(error, "boot the host under Xen (package xen-system-amd64), and start "
                               "reeved again");
    }
    return false;
}

json_t *xen_host_report(const RvDriverHost *host, GError **error)
{
    if (!xen_host_check(host, error))
        return NULL;
    return xen_watcher_ask(xen_host(host)->watcher, "host", NULL, ASK_MS, error);
}

static bool version(const RvDriverHost *host, unsigned long *ret_version, GError **error)
{
    json_t *report = xen_host_report(host, error);
    if (!report)
        return false;
    /* "extra" is ".7" and the like: what comes after the second number. */
    const char *extra = json_string_value(json_object_get(report, "extra"));
    unsigned long release =
        extra && *extra == '.' ? (unsigned long)g_ascii_strtoull(extra + 1, NULL, 10) : 0;
    *ret_version = (unsigned long)json_integer_value(json_object_get(report, "major")) * 1000000 +
                   (unsigned long)json_integer_value(json_object_get(report, "minor")) * 1000 +
                   release;
    json_decref(report);
    return true;
}

static unsigned get_unsigned(const json_t *report, const char *name)
{
    return (unsigned)MAX(json_integer_value(json_object_get(report, name)), 0);
}

static uint64_t get_kib(const json_t *report, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(report, name));
}

/* Xen tells how many CPUs each core and socket has; what it does not divide by is one cell. */
static bool node(const RvDriverHost *host, RvNode *ret, GError **error)
{
    json_t *report = xen_host_report(host, error);
    if (!report)
        return false;
    const json_t *cells = json_object_get(report, "cells");
    *ret = (RvNode){
        .memory_kib = get_kib(report, "total-kib"),
        .free_kib = get_kib(report, "free-kib"),
        .cpus = get_unsigned(report, "cpus"),
        .mhz = get_unsigned(report, "khz") / 1000,
        .nodes = MIN(MAX((unsigned)json_array_size(cells), 1), RV_NODE_CELLS),
        .cores = MAX(get_unsigned(report, "cores"), 1),
        .threads = MAX(get_unsigned(report, "threads"), 1),
    };
    unsigned in_socket = ret->nodes * ret->cores * ret->threads;
    ret->sockets = ret->cpus / in_socket;
    if (ret->sockets * in_socket != ret->cpus) {
        ret->sockets = ret->threads = 1;
        ret->cores = ret->cpus;
        ret->nodes = 1;
    }
    ret->cell_free_kib[0] = ret->free_kib;
    for (size_t i = 0; i < json_array_size(cells) && i < ret->nodes; i++)
        ret->cell_free_kib[i] = get_kib(json_array_get(cells, i), "free-kib");
    json_decref(report);
    return true;
}

static bool max_vcpus(const RvDriverHost *host, const char *virt_type, unsigned *ret_max,
                      GError **error)
{
    *ret_max = MAX_VCPUS; /* of a PV guest; libxl knows no other limit */
    return true;
}

const RvHostOps xen_host_ops = {
    .open = open_host,
    .close = close_host,
    .probe = xen_host_check,
    .version = version,
    .node = node,
    .guest_capabilities = xen_guest_capabilities,
    .host_capabilities = xen_host_capabilities,
    .domain_capabilities = xen_domain_capabilities,
    .max_vcpus = max_vcpus,
};
