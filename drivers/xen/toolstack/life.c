/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdint.h> /* xen/sched.h wants it before */
#include <stdlib.h>
#include <string.h>
#include <xen/sched.h>
#include <xendevicemodel.h>
#include <xenstore.h>

#include "base/error.h"
#include "drivers/xen/toolstack/device-model.h"
#include "drivers/xen/toolstack/session.h"

/* ---- Creating ------------------------------------------------------------------------------- */

/* "FEATURE=VALUE", as xl takes them: how libxl writes them as JSON is different from one Xen to the
 * next. */
static bool set_features(libxl_domain_config *config, const json_t *features, GError **error)
{
    size_t i;
    json_t *feature;
    json_array_foreach(features, i, feature) {
        const char *text = json_string_value(feature);
        if (text && libxl_cpuid_parse_config(&config->b_info.cpuid, text) == 0)
            continue;
        rv_error_set(error, RV_ERR_CONFIG_UNSUPPORTED,
                     "libxl has no CPU feature '%.*s': take it out of the definition",
                     text ? (int)strcspn(text, "=") : 0, text);
        return false;
    }
    return true;
}

/* A guest with more nodes than its host has them all on the first. */
static bool place_nodes(Session *session, libxl_domain_config *config, GError **error)
{
    if (config->b_info.num_vnuma_nodes == 0)
        return true;
    libxl_physinfo info;
    libxl_physinfo_init(&info);
    int rc = libxl_get_physinfo(session_ctx(session), &info);
    int n = rc == 0 && info.nr_nodes >= (unsigned)config->b_info.num_vnuma_nodes
                ? 0
                : config->b_info.num_vnuma_nodes;
    for (int i = 0; i < n; i++)
        config->b_info.vnuma_nodes[i].pnode = 0;
    libxl_physinfo_dispose(&info);
    if (rc != 0)
        session_fail(session, rc, error, "cannot ask for the host's NUMA nodes");
    return rc == 0;
}

static bool read_config(Session *session, const json_t *arguments, libxl_domain_config *config,
                        GError **error)
{
    json_t *wanted = json_object_get(arguments, "config");
    json_t *build = json_object_get(wanted, "b_info");
    json_t *features = json_incref(json_object_get(build, "cpuid"));
    json_object_del(build, "cpuid");
    char *text = json_dumps(wanted, JSON_COMPACT);
    int rc = text ? libxl_domain_config_from_json(session_ctx(session), config, text) : ERROR_INVAL;
    free(text);
    if (rc != 0)
        session_fail(session, rc, error, "libxl does not understand the configuration");
    bool ok = rc == 0 && set_features(config, features, error) &&
              place_nodes(session, config, error);
    json_decref(features);
    return ok;
}

/* What libxl has filled in, such as the back ends of disks. */
static json_t *pack_config(Session *session, libxl_domain_config *config)
{
    char *text = libxl_domain_config_to_json(session_ctx(session), config);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return json ? json : json_null();
}

/* {"config": ...}; the domain stays paused. */
static bool make_domain(Session *session, const json_t *arguments, bool restore, json_t **ret,
                        GError **error)
{
    libxl_domain_config config;
    uint32_t domid = (uint32_t)-1;
    gint64 began = g_get_real_time();
    device_model_adopt();
    libxl_domain_config_init(&config);
    bool ok = read_config(session, arguments, &config, error);
    if (ok) {
        libxl_domain_restore_params params;
        libxl_domain_restore_params_init(&params);
        params.stream_version = 2;
        int rc = restore
                     ? libxl_domain_create_restore(session_ctx(session), &config, &domid,
                                                   SESSION_IMAGE_FD, -1, &params, NULL, NULL)
                     : libxl_domain_create_new(session_ctx(session), &config, &domid, NULL, NULL);
        libxl_domain_restore_params_dispose(&params);
        ok = rc == 0;
        if (!ok) {
            session_fail(session, rc, error, "cannot %s domain '%s'",
                         restore ? "restore" : "create", config.c_info.name);
            device_model_add_words(config.c_info.name, began, error);
        }
    }
    if (ok)
        *ret = json_pack("{s:i,s:o,s:o}", "domid", (int)domid, "config",
                         pack_config(session, &config), "model", device_model_pack(domid));
    else
        device_model_await_end();
    libxl_domain_config_dispose(&config);
    return ok;
}

static bool create_domain(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return make_domain(session, arguments, false, ret, error);
}

static bool restore_domain(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    return make_domain(session, arguments, true, ret, error);
}

/* ---- One call each -------------------------------------------------------------------------- */

static bool judge(Session *session, int rc, const char *what, uint32_t domid, GError **error)
{
    if (rc != 0)
        session_fail(session, rc, error, "cannot %s domain %u", what, domid);
    return rc == 0;
}

/* libxl leaves the folder that its back end of PCI devices had, without any. */
static void forget_pci(uint32_t domid)
{
    struct xs_handle *store = xs_open(0);
    g_autofree char *path = g_strdup_printf("/local/domain/0/backend/pci/%u", domid);
    if (!store)
        return;
    (void)xs_rm(store, XBT_NULL, path);
    xs_close(store);
}

/* Answers with the device model that it had. */
static bool destroy_domain(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    g_autoptr(GError) fault = NULL;
    if (!session_find(session, arguments, &domid, &fault)) {
        if (g_error_matches(fault, RV_ERROR, RV_ERR_NO_DOMAIN))
            return true;
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    *ret = json_pack("{s:o}", "model", device_model_pack(domid));
    int rc = libxl_domain_destroy(session_ctx(session), domid, NULL);
    if (rc == 0)
        forget_pci(domid);
    return rc == ERROR_DOMAIN_NOTFOUND || judge(session, rc, "destroy", domid, error);
}

static bool pause_domain(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    return session_find(session, arguments, &domid, error) &&
           judge(session, libxl_domain_pause(session_ctx(session), domid, NULL), "pause", domid,
                 error);
}

static bool unpause_domain(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    return session_find(session, arguments, &domid, error) &&
           judge(session, libxl_domain_unpause(session_ctx(session), domid, NULL), "unpause",
                 domid, error);
}

/* The guest's own driver is asked first; an HVM guest without one has a power button. */
static bool shut_down(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    libxl_ctx *ctx = session_ctx(session);
    uint32_t domid;
    if (!session_find(session, arguments, &domid, error))
        return false;
    int rc = ERROR_NOPARAVIRT;
    if (json_is_true(json_object_get(arguments, "paravirt")))
        rc = libxl_domain_shutdown(ctx, domid, NULL);
    if (rc == ERROR_NOPARAVIRT && json_is_true(json_object_get(arguments, "acpi")))
        rc = libxl_send_trigger(ctx, domid, LIBXL_TRIGGER_POWER, 0, NULL);
    return judge(session, rc, "shut down", domid, error);
}

static bool reboot(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    return session_find(session, arguments, &domid, error) &&
           judge(session, libxl_domain_reboot(session_ctx(session), domid, NULL), "reboot", domid,
                 error);
}

/* As a device model does it for a guest that pulls its reset line: the domain ends at once, and says
 * that it is to be made anew. libxl has a trigger of that name, which Xen refuses on x86. */
static bool reset(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    if (!session_find(session, arguments, &domid, error))
        return false;
    xendevicemodel_handle *handle = xendevicemodel_open(NULL, 0);
    bool ok = handle && xendevicemodel_shutdown(handle, (domid_t)domid, SHUTDOWN_reboot) == 0;
    if (!ok)
        rv_error_set_errno(error, errno, "cannot reset domain %u", domid);
    if (handle)
        xendevicemodel_close(handle);
    return ok;
}

static bool inject_nmi(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    enum { FIRST_VCPU = 0 };
    uint32_t domid;
    return session_find(session, arguments, &domid, error) &&
           judge(session,
                 libxl_send_trigger(session_ctx(session), domid, LIBXL_TRIGGER_NMI, FIRST_VCPU,
                                    NULL),
                 "interrupt", domid, error);
}

/* ---- Images --------------------------------------------------------------------------------- */

static bool dump_core(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    const char *path = json_string_value(json_object_get(arguments, "path"));
    uint32_t domid;
    return session_find(session, arguments, &domid, error) &&
           judge(session, libxl_domain_core_dump(session_ctx(session), domid, path, NULL),
                 "dump the memory of", domid, error);
}

/* The domain is then in the state "suspended", and has to be destroyed or to be resumed. */
static bool save_domain(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    return session_find(session, arguments, &domid, error) &&
           judge(session,
                 libxl_domain_suspend(session_ctx(session), domid, SESSION_IMAGE_FD, 0, NULL),
                 "save", domid, error);
}

/* Only one that is suspended; answers {"resumed": whether it was}. */
static bool resume_domain(Session *session, const json_t *arguments, json_t **ret, GError **error)
{
    uint32_t domid;
    libxl_dominfo info;
    if (!session_find(session, arguments, &domid, error))
        return false;
    libxl_dominfo_init(&info);
    int rc = libxl_domain_info(session_ctx(session), &info, domid);
    bool suspended = rc == 0 && info.shutdown &&
                     info.shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND;
    libxl_dominfo_dispose(&info);
    if (suspended)
        rc = libxl_domain_resume(session_ctx(session), domid, 1, NULL);
    *ret = json_pack("{s:b}", "resumed", suspended && rc == 0);
    return judge(session, rc, "resume", domid, error);
}

const Operation life_operations[] = {
    {"create", create_domain}, {"destroy", destroy_domain}, {"pause", pause_domain},
    {"unpause", unpause_domain}, {"shutdown", shut_down},   {"reboot", reboot},
    {"reset", reset},          {"nmi", inject_nmi},         {"dump", dump_core},
    {"save", save_domain},     {"resume", resume_domain},   {"restore", restore_domain},
    {NULL, NULL},
};
