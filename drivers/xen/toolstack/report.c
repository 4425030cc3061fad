/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxl_utils.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "drivers/xen/toolstack/report.h"
#include "drivers/xen/toolstack/session.h"

/*
 * All of this comes from the hypervisor or from libxl's own records (/libxl in xenstore, its files
 * in /var/lib/xen), which guests cannot write. The path of a console is written by xenconsoled into
 * a node that the guest may only read; the daemon checks what it opens nonetheless.
 */

json_t *report_domain(const libxl_dominfo *info)
{
    char uuid[LIBXL_UUID_FMTLEN + 1];
    g_snprintf(uuid, sizeof(uuid), LIBXL_UUID_FMT, LIBXL_UUID_BYTES(info->uuid));
    return json_pack("{s:i,s:s,s:b,s:b,s:b,s:i,s:I,s:I,s:I,s:i,s:i,s:s}", "domid",
                     (int)info->domid, "uuid", uuid, "paused", info->paused, "shutdown",
                     info->shutdown, "dying", info->dying, "reason", (int)info->shutdown_reason,
                     "memory-kib", (json_int_t)info->current_memkb, "max-kib",
                     (json_int_t)info->max_memkb, "cpu-ns", (json_int_t)info->cpu_time, "vcpus",
                     (int)info->vcpu_online, "max-vcpus", (int)info->vcpu_max_id + 1, "type",
                     libxl_domain_type_to_string(info->domain_type));
}

static bool list_domains(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    int n = 0;
    libxl_dominfo *all = libxl_list_domain(session_ctx(session), &n);
    if (!all) {
        session_fail(session, ERROR_FAIL, error, "cannot list the domains of this host");
        return false;
    }
    *ret = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(*ret, report_domain(&all[i]));
    libxl_dominfo_list_free(all, n);
    return true;
}

static bool get_config(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    libxl_domain_config config;
    uint32_t domid;
    if (!session_find(session, arguments, &domid, error))
        return false;
    libxl_domain_config_init(&config);
    int rc = libxl_retrieve_domain_configuration(session_ctx(session), domid, &config, NULL);
    char *text = rc == 0 ? libxl_domain_config_to_json(session_ctx(session), &config) : NULL;
    *ret = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    libxl_domain_config_dispose(&config);
    if (!*ret)
        session_fail(session, rc, error, "cannot get the configuration of domain %u", domid);
    return *ret;
}

/* ---- Numbers -------------------------------------------------------------------------------- */

static json_t *pack_bitmap(const libxl_bitmap *map)
{
    json_t *list = json_array();
    int bit;
    libxl_for_each_set_bit(bit, *map)
        json_array_append_new(list, json_integer(bit));
    return list;
}

static bool get_info(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    libxl_dominfo info;
    uint32_t domid;
    int n = 0, cpus = 0;
    if (!session_find(session, arguments, &domid, error))
        return false;
    libxl_dominfo_init(&info);
    int rc = libxl_domain_info(session_ctx(session), &info, domid);
    libxl_vcpuinfo *vcpus =
        rc == 0 ? libxl_list_vcpu(session_ctx(session), domid, &n, &cpus) : NULL;
    if (rc == 0) {
        *ret = report_domain(&info);
        json_t *list = json_array();
        for (int i = 0; vcpus && i < n; i++)
            json_array_append_new(list, json_pack("{s:b,s:i,s:I,s:b,s:o}", "online",
                                                  vcpus[i].online, "cpu", (int)vcpus[i].cpu,
                                                  "time-ns", (json_int_t)vcpus[i].vcpu_time,
                                                  "running", vcpus[i].running, "cpus",
                                                  pack_bitmap(&vcpus[i].cpumap)));
        json_object_set_new(*ret, "vcpu", list);
    } else {
        session_fail(session, rc, error, "cannot get the state of domain %u", domid);
    }
    if (vcpus)
        libxl_vcpuinfo_list_free(vcpus, n);
    libxl_dominfo_dispose(&info);
    return rc == 0;
}

static json_t *pack_distances(const libxl_numainfo *cell)
{
    json_t *list = json_array();
    for (int i = 0; i < cell->num_dists; i++)
        json_array_append_new(list, json_integer((json_int_t)cell->dists[i]));
    return list;
}

/* The NUMA nodes of the host. */
static json_t *pack_cells(libxl_ctx *ctx)
{
    enum { KIB = 1024 };
    int n = 0;
    libxl_numainfo *cells = libxl_get_numainfo(ctx, &n);
    json_t *list = json_array();
    for (int i = 0; cells && i < n; i++)
        if (cells[i].size != LIBXL_NUMAINFO_INVALID_ENTRY)
            json_array_append_new(
                list, json_pack("{s:i,s:I,s:I,s:o}", "id", i, "size-kib",
                                (json_int_t)(cells[i].size / KIB), "free-kib",
                                (json_int_t)(cells[i].free / KIB), "distances",
                                pack_distances(&cells[i])));
    if (cells)
        libxl_numainfo_list_free(cells, n);
    return list;
}

/* Those of the host's CPUs that are in a core, as all are where there is no emulation. */
static json_t *pack_topology(libxl_ctx *ctx)
{
    int n = 0;
    libxl_cputopology *cpus = libxl_get_cpu_topology(ctx, &n);
    json_t *list = json_array();
    for (int i = 0; cpus && i < n; i++)
        if (cpus[i].core != LIBXL_CPUTOPOLOGY_INVALID_ENTRY)
            json_array_append_new(list, json_pack("{s:i,s:i,s:i,s:i}", "id", i, "node",
                                                  (int)cpus[i].node, "socket",
                                                  (int)cpus[i].socket, "core", (int)cpus[i].core));
    if (cpus)
        libxl_cputopology_list_free(cpus, n);
    return list;
}

static json_t *pack_words(const libxl_hwcap words)
{
    enum { WORDS = sizeof(libxl_hwcap) / sizeof(words[0]) };
    json_t *list = json_array();
    for (size_t i = 0; i < WORDS; i++)
        json_array_append_new(list, json_integer(words[i]));
    return list;
}

/* What Xen was told at its boot that its first domain can have at most, "dom0_mem=2G,max:4G"; 0: as
 * much as there is. What Xen itself says is the last target that somebody has set. */
static uint64_t first_domain_limit(const char *command_line)
{
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GRegex) regex = g_regex_new("(?:^| )dom0_mem=[^ ]*max:(\\d+)([bkmgt]?)",
                                          G_REGEX_CASELESS, 0, NULL);
    if (!command_line || !g_regex_match(regex, command_line, 0, &match))
        return 0;
    static const char units[] = "kmgt";
    g_autofree char *number = g_match_info_fetch(match, 1), *unit = g_match_info_fetch(match, 2);
    uint64_t value = g_ascii_strtoull(number, NULL, 10);
    const char *at = *unit ? strchr(units, g_ascii_tolower(*unit)) : units;
    return at ? value << (10 * (at - units)) : value / 1024;
}

static bool get_host(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    libxl_ctx *ctx = session_ctx(session);
    libxl_physinfo info;
    const libxl_version_info *version = libxl_get_version_info(ctx);
    libxl_physinfo_init(&info);
    int rc = version ? libxl_get_physinfo(ctx, &info) : ERROR_FAIL;
    if (rc == 0) {
        const char *scheduler = libxl_scheduler_to_string(libxl_get_scheduler(ctx));
        json_int_t page = version->pagesize / 1024;
        *ret = json_pack("{s:i,s:i,s:s,s:s,s:i,s:i,s:i,s:i,s:i,s:I,s:I,s:b,s:b,s:b,s:s}", "major",
                         version->xen_version_major, "minor", version->xen_version_minor, "extra",
                         version->xen_version_extra, "capabilities", version->capabilities, "cpus",
                         (int)info.nr_cpus, "cores", (int)info.cores_per_socket, "threads",
                         (int)info.threads_per_core, "nodes", (int)info.nr_nodes, "khz",
                         (int)info.cpu_khz, "total-kib", (json_int_t)info.total_pages * page,
                         "free-kib", (json_int_t)(info.free_pages + info.scrub_pages) * page, "hvm",
                         info.cap_hvm, "pv", info.cap_pv, "hap", info.cap_hap, "scheduler",
                         scheduler ? scheduler : "");
        json_object_set_new(*ret, "cells", pack_cells(ctx));
        json_object_set_new(*ret, "topology", pack_topology(ctx));
        json_object_set_new(*ret, "hw-caps", pack_words(info.hw_cap));
        json_object_set_new(*ret, "directio", json_boolean(info.cap_hvm_directio));
        json_object_set_new(*ret, "first-max-kib",
                            json_integer((json_int_t)first_domain_limit(version->commandline)));
    } else {
        session_fail(session, rc, error, "cannot get what Xen says of this host");
    }
    libxl_physinfo_dispose(&info);
    return rc == 0;
}

/* {"number", "serial"}: where xenconsoled or the device model has put it. */
static bool get_console(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    char *path = NULL;
    int number = (int)json_integer_value(json_object_get(arguments, "number"));
    bool serial = json_is_true(json_object_get(arguments, "serial"));
    if (!session_find(session, arguments, &domid, error))
        return false;
    int rc = libxl_console_get_tty(session_ctx(session), domid, number,
                                   serial ? LIBXL_CONSOLE_TYPE_SERIAL : LIBXL_CONSOLE_TYPE_PV,
                                   &path);
    if (rc == 0)
        *ret = json_pack("{s:s}", "path", path);
    else
        session_fail(session, rc, error, "cannot find console %d of domain %u", number, domid);
    free(path);
    return rc == 0;
}

/* The terminals of its channels; null: it is none, or it has none yet. libxl numbers them anew here,
 * so that their names tell them apart. */
static bool list_channels(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    libxl_ctx *ctx = session_ctx(session);
    uint32_t domid;
    int n = 0;
    if (!session_find(session, arguments, &domid, error))
        return false;
    libxl_device_channel *all = libxl_device_channel_list(ctx, domid, &n);
    *ret = json_array();
    for (int i = 0; i < n; i++) {
        libxl_channelinfo info;
        libxl_channelinfo_init(&info);
        bool ok = libxl_device_channel_getinfo(ctx, domid, &all[i], &info) == 0 &&
                  info.connection == LIBXL_CHANNEL_CONNECTION_PTY && info.u.pty.path;
        json_array_append_new(*ret, json_pack("{s:s?,s:s?}", "name", all[i].name, "path",
                                              ok ? info.u.pty.path : NULL));
        libxl_channelinfo_dispose(&info);
        libxl_device_channel_dispose(&all[i]);
    }
    free(all);
    return true;
}

/* {"path"}: its device model writes there what its screen shows, or says why not. */
static bool screenshot(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    char *said = NULL;
    if (!session_find(session, arguments, &domid, error))
        return false;
    g_autoptr(GString) path = g_string_new(json_string_value(json_object_get(arguments, "path")));
    g_string_replace(path, "\\", "\\\\", 0);
    g_string_replace(path, "\"", "\\\"", 0);
    g_autofree char *command = g_strdup_printf("screendump \"%s\"", path->str);
    int rc = libxl_qemu_monitor_command(session_ctx(session), domid, command, &said, NULL);
    bool ok = rc == 0 && (!said || !*g_strstrip(said));
    if (rc != 0)
        session_fail(session, rc, error, "cannot see the screen of domain %u", domid);
    else if (!ok)
        rv_error_set(error, RV_ERR_OPERATION_FAILED,
                     "the device model of domain %u does not show its screen: %s", domid, said);
    free(said);
    return ok;
}

const Operation report_operations[] = {
    {"list", list_domains}, {"config", get_config},   {"info", get_info},
    {"host", get_host},     {"console", get_console}, {"channels", list_channels},
    {"screenshot", screenshot},
    {NULL, NULL},
};
